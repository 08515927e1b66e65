//! One file and several kernels: the options that change the answer.

use crate::common::{self, Node, certificate, path, trust, with_cms};
use modsig::kernel::{
    self, Answer, BootState, Config, ConfigOption, Errno, Keyring, KeyringKind, LoadError, Lockdown, Stage,
    Version,
};
use modsig::trust::TrustStore;
use modsig::verdict::{Policy, Problem, verify};

fn asked(file: &[u8], trusted: &[&str], config: &Config) -> Answer {
    let policy = Policy::DEFAULT.with_kernel(config.clone());
    verify(file, &trust(trusted), &policy).kernel
}

fn without(option: ConfigOption) -> Config {
    let mut config = Config::STRICT;
    option.set(&mut config, false);
    assert!(!option.get(&config));
    config
}

#[test]
fn missing_algorithms() {
    let ml_dsa = common::signed("mldsa65-ossl40.sf40.sha512");
    // The certificate is rejected, so the key is unknown.
    let answer = asked(&ml_dsa, &["mldsa65-ossl40"], &without(ConfigOption::MlDsa));
    assert_eq!((answer.refusal, answer.stage), (Some(Errno::ENOKEY), Stage::Trust));
    let sha1 = common::signed("rsa4096.sf40.sha1");
    let answer = asked(&sha1, &["rsa4096"], &without(ConfigOption::Sha1));
    assert_eq!((answer.refusal, answer.stage), (Some(Errno::ENOPKG), Stage::Integrity));
    let sha3 = with_cms(&common::cms("p384.sf40.sha3-384"));
    assert_eq!(asked(&sha3, &["p384"], &without(ConfigOption::Sha3)).refusal, Some(Errno::ENOPKG));
    assert_eq!(asked(&sha3, &["p384"], &without(ConfigOption::Ecdsa)).refusal, Some(Errno::ENOKEY));
    assert_eq!(asked(&sha3, &["p384"], &Config::DEBIAN).refusal, None);
    assert_eq!(asked(&ml_dsa, &["mldsa65-ossl40"], &Config::DEBIAN).refusal, Some(Errno::ENOKEY));
}

/// Without MODULE_SIG_FORCE three errors are tolerated.
#[test]
fn not_enforced() {
    let lax = Config { sig_force: false, ..Config::STRICT };
    let unsigned = asked(&common::module(), &["p384"], &lax);
    assert!(unsigned.loads() && unsigned.taints() && !unsigned.is_accepted());
    assert_eq!((unsigned.user_errno(), unsigned.reason(), unsigned.stage), (None, None, Stage::Marker));
    let mut bad = common::signed("p384.sf40.sha384");
    bad[0] ^= 1;
    let bad = asked(&bad, &["p384"], &lax);
    assert!(!bad.loads());
    let empty = asked(&[], &["p384"], &lax);
    assert_eq!((empty.user_errno(), empty.stage), (Some(Errno::EINVAL), Stage::Reading));
}

#[test]
fn options_that_matter() {
    let matter = |file: &[u8], trusted: &str| {
        let store = trust(&[trusted]);
        let changes = kernel::options_that_matter(file, store.sources(), &Config::STRICT);
        changes.into_iter().map(|(option, answer)| (option, answer.loads())).collect::<Vec<_>>()
    };
    use ConfigOption::{Ecdsa, MlDsa, Sha512, SigForce, WaiveAuthattrs};
    assert_eq!(matter(&common::signed("mldsa65-ossl40.sf40.sha512"), "mldsa65-ossl40"), [(MlDsa, false)]);
    assert_eq!(matter(&common::signed("p384.sf40.sha384"), "p384"), [(Ecdsa, false), (Sha512, false)]);
    let attributes = common::signed("mldsa65-ossl35.sf35.sha512");
    assert_eq!(matter(&attributes, "mldsa65-ossl35"), [(WaiveAuthattrs, true)]);
    assert_eq!(matter(&common::module(), "p384"), [(SigForce, true)]);
    for option in ConfigOption::ALL {
        assert_eq!(ConfigOption::from_name(option.name()), Some(option));
    }
}

/// The built-in list ends at a certificate that does not start with 30 82; certificates from UEFI are loaded one by
/// one.
#[test]
fn lists_of_certificates() {
    let (one, two) = (certificate("p384"), certificate("rsa4096"));
    let short = [0x30, 0x81, 1, 0];
    let list = [one.as_der(), &short[..], two.as_der()];
    let keyring = Keyring::new(list, &Config::STRICT);
    let refusals: Vec<_> = keyring.loads().iter().map(|load| (load.offset, load.refusal)).collect();
    assert_eq!(refusals, [(0, None), (one.as_der().len(), Some(LoadError::EndsTheList))]);
    let one_by_one = Config { keyring: KeyringKind::OneByOne, ..Config::STRICT };
    let refusals: Vec<_> = Keyring::new(list, &one_by_one).loads().iter().map(|load| load.refusal).collect();
    assert_eq!(refusals, [None, Some(LoadError::Refused(Errno::EBADMSG)), None]);
    // The kernel may accept what this crate cannot read: here a certificate with bytes after it.
    let mut store = TrustStore::new();
    store.add_for_kernel_only(&[one.as_der(), two.as_der()].concat());
    let verdict = verify(&common::signed("p384.sf40.sha384"), &store, &Policy::DEFAULT);
    assert!(verdict.kernel.is_accepted() && !verdict.is_good());
}

/// A blacklisted certificate gives no key.
#[test]
fn blacklisted() {
    let der = certificate("p384").as_der().to_vec();
    // The TBSCertificate: the first element inside, here with a length of two octets.
    let length = 4 + (usize::from(der[6]) << 8 | usize::from(der[7]));
    let hash = modsig::algorithm::Digest::Sha256.hash(&der[4..4 + length]).unwrap();
    let config = Config { blacklist: vec![hash], ..Config::STRICT };
    let answer = asked(&common::signed("p384.sf40.sha384"), &["p384", "rsa4096"], &config);
    assert_eq!(answer.refusal, Some(Errno::ENOKEY));
    // The certificate is signed with SHA-512: before the rule, its digest by SHA-256 is not looked up.
    let before = Config { version: Version::V6_12, ..config };
    let answer = asked(&common::signed("p384.sf40.sha384"), &["p384", "rsa4096"], &before);
    assert!(answer.is_accepted(), "{answer}");
}

/// The signer's certificate is embedded, and blacklisted: the kernel says so before it looks for a trusted key. Kills: an
/// embedded certificate whose blacklisting does not reach its signer.
#[test]
fn blacklisted_and_embedded() {
    let der = certificate("mldsa65-ossl40").as_der().to_vec();
    let mut tree = Node::parse(common::split(&common::signed("mldsa65-ossl40.sf40.sha512")).1);
    let embedded = Node::Constructed(0xa0, vec![Node::parse(&der)]);
    tree.at(path::SIGNED_DATA).children().insert(3, embedded);
    let file = with_cms(&tree.der());
    assert_eq!(asked(&file, &["mldsa65-ossl40"], &Config::STRICT).refusal, None);
    let tbs = Node::parse(&der).at(&[0]).der();
    let hash = modsig::algorithm::Digest::Sha256.hash(&tbs).unwrap();
    let config = Config { blacklist: vec![hash], ..Config::STRICT };
    let answer = asked(&file, &["mldsa65-ossl40"], &config);
    assert_eq!((answer.refusal, answer.stage), (Some(Errno::EKEYREJECTED), Stage::Integrity));
}

/// Kills: a kernel without MODULE_SIG that checks what it unpacked, one with it that does not, an answer to a file that was
/// not unpacked which forgets what is enforced.
#[test]
fn unpacked_by_the_kernel() {
    let ask = |file: &[u8], config: &Config| {
        let store = trust(&["p384"]);
        kernel::answer_unpacked(file, &Keyring::of(store.sources(), config))
    };
    let (good, none) = (common::signed("p384.sf40.sha384"), without(ConfigOption::ModuleSig));
    assert!(ask(&good, &Config::STRICT).is_accepted());
    assert_eq!(ask(&[], &Config::STRICT).refusal, Some(Errno::ENODATA));
    let unchecked = ask(&good, &none);
    assert!(unchecked.stage == Stage::NotChecked && unchecked.loads() && !unchecked.locked_down);
    for mut locked in [none, Config::STRICT] {
        assert!(!ask(&good, &locked).locked_down);
        locked.boot.lockdown = Lockdown::Integrity;
        let answer = ask(&good, &locked);
        assert!(answer.locked_down && answer.refusal.is_none());
    }
    for (module_sig, sig_force) in [(true, true), (true, false), (false, true), (false, false)] {
        let config = Config { module_sig, sig_force, ..Config::STRICT };
        let answer = Answer::not_unpacked(Errno::EINVAL, None, &config);
        assert_eq!(answer.enforced, module_sig && sig_force);
        assert!(!answer.locked_down);
    }
    let mut config = Config::STRICT;
    config.boot.lockdown = Lockdown::Integrity;
    assert!(Answer::not_unpacked(Errno::EINVAL, None, &config).locked_down);
}

/// Kills: an option that clears the level of the other.
#[test]
fn forced_lockdown() {
    use ConfigOption::{LockDownForceConfidentiality, LockDownForceIntegrity};
    let mut config = Config::STRICT;
    LockDownForceConfidentiality.set(&mut config, true);
    LockDownForceIntegrity.set(&mut config, false);
    assert_eq!(config.lockdown_forced, Lockdown::Confidentiality);
    LockDownForceConfidentiality.set(&mut config, false);
    assert_eq!(config.lockdown_forced, Lockdown::None);
}

/// Kills: a text that is empty.
#[test]
fn names_are_shown() {
    assert_eq!(Lockdown::Integrity.to_string(), "integrity");
    assert_eq!(Version::V6_12.to_string(), "6.12");
    assert_eq!(kernel::Origin::Firmware.to_string(), "UEFI db");
}

/// Debian 12 has MD5, and its 6.1 loads a module that is signed with it: seen on 6.1.192-2, with the key in UEFI's db. Kills: MD5
/// that counts as missing or as known everywhere; a verdict that becomes good; a verdict of "does not match" although
/// nothing was compared.
#[test]
fn md5_of_debian_12() {
    // By the kernel's sign-file with OpenSSL 4.0.3: `sign-file -d md5`.
    let module = common::with_cms(include_bytes!("inputs/md5.p7s"));
    let old = modsig::kernel::Preset::DEBIAN_12.config();
    for (config, refusal) in [
        (old.clone(), None),
        (Config { md5: false, ..old.clone() }, Some(Errno::ENOPKG)),
        (
            Config { fips: true, boot: BootState { fips: true, ..BootState::NONE }, ..old.clone() },
            Some(Errno::ENOPKG),
        ),
        (Config { version: Version::V6_12, ..old.clone() }, Some(Errno::ENOPKG)),
        (Config::strict_of(Version::V6_1), Some(Errno::ENOPKG)),
    ] {
        assert_eq!(asked(&module, &["rsa2048"], &config).refusal, refusal, "{config:?}");
    }
    let mut changed = module.clone();
    changed[1000] ^= 1;
    assert_eq!(asked(&changed, &["rsa2048"], &old).refusal, Some(Errno::EKEYREJECTED));
    let verdict = verify(&module, &trust(&["rsa2048"]), &Policy::DEFAULT.with_kernel(old));
    assert!(!verdict.is_good() && verdict.kernel.is_accepted());
    assert!(!verdict.findings.iter().any(|finding| finding.problem == Problem::BadSignature), "{verdict:?}");
    // MD4 stays missing, also under the name that Linux gives to md5WithRSAEncryption.
    let known = |name: &str| modsig::kernel::ConfigOption::from_name(name).is_some();
    assert!(known("CRYPTO_MD5") && !known("CRYPTO_MD4"));
}

/// What each version knows. Kills: an algorithm that counts as known before its version, a log line with the number of
/// another version's list.
#[test]
fn versions() {
    let cases = [
        ("mldsa65-ossl40.sf40.sha512", "mldsa65-ossl40", Version::V7_0),
        ("p384.sf40.sha384", "p384", Version::V6_1),
    ];
    for (file, key, first) in cases {
        for version in Version::KNOWN {
            let answer = asked(&common::signed(file), &[key], &Config::strict_of(version));
            assert_eq!(answer.is_accepted(), version >= first, "{version}: {answer}");
            if version < first {
                assert_eq!(answer.refusal, Some(Errno::ENOPKG));
                let number = if version == Version::V6_1 { 98 } else { 103 };
                let line = format!("Unsupported pkey algo: {number}");
                assert!(answer.log_lines().any(|other| other == line), "{version}: {answer}");
            }
        }
    }
    let old = Config::strict_of(Version::V6_1);
    assert!(!old.mldsa && !old.sha3 && !old.waive_authattrs && old.sha1);
}

/// Numbers, names and tolerated errors, as in Linux. Kills: a wrong number or name.
#[test]
fn errnos_and_stages() {
    for (errno, number, name, tolerated) in [
        (Errno::ENOENT, 2, "ENOENT", false),
        (Errno::ENOMEM, 12, "ENOMEM", false),
        (Errno::EINVAL, 22, "EINVAL", false),
        (Errno::ENODATA, 61, "ENODATA", true),
        (Errno::ENOPKG, 65, "ENOPKG", true),
        (Errno::EBADMSG, 74, "EBADMSG", false),
        (Errno::EMSGSIZE, 90, "EMSGSIZE", false),
        (Errno::ENOKEY, 126, "ENOKEY", true),
        (Errno::EKEYREJECTED, 129, "EKEYREJECTED", false),
    ] {
        assert_eq!((errno.number(), errno.name(), errno.to_string().as_str()), (number, name, name));
        assert_eq!(errno.is_tolerated_when_not_enforced(), tolerated, "{name}");
    }
    for (stage, text) in [
        (Stage::Reading, "reading the file"),
        (Stage::Marker, "looking for the marker"),
        (Stage::Trailer, "checking the trailer"),
        (Stage::Message, "reading the CMS"),
        (Stage::Integrity, "checking the CMS"),
        (Stage::Trust, "checking with the trusted keys"),
        (Stage::Accepted, "accepted"),
        (Stage::TooExpensive, "too expensive to evaluate"),
    ] {
        assert_eq!(stage.to_string(), text);
    }
}

/// The kernel's log, line by line, and the answer in one line. Kills: a missing or wrong line, lines of a kernel that
/// enforces signatures in one that does not.
#[test]
fn lines_of_the_log() {
    let lax = Config { sig_force: false, ..Config::STRICT };
    let lines = |answer: &Answer| answer.log_lines().map(str::to_owned).collect::<Vec<_>>();
    let unsigned = asked(&common::module(), &["p384"], &Config::STRICT);
    assert_eq!(lines(&unsigned), ["Loading of unsigned module is rejected"]);
    assert_eq!(
        unsigned.to_string(),
        "refused with EKEYREJECTED (129), ENODATA inside: Loading of unsigned module is rejected"
    );
    assert!(lines(&asked(&common::module(), &["p384"], &lax)).is_empty());
    let shake = with_cms(&common::cms("mldsa44-ossl40.sf40.shake256"));
    let unsupported = asked(&shake, &["mldsa44-ossl40"], &Config::STRICT);
    let found = lines(&unsupported);
    let expected = [
        "PKCS7: Unknown OID: [32] 2.16.840.1.101.3.4.2.12",
        "PKCS7: Unknown OID: [135] 2.16.840.1.101.3.4.2.12",
        "Unsupported digest algo: 106",
        "Loading of module with unsupported crypto is rejected",
    ];
    assert_eq!(found, expected);
    assert_eq!(lines(&asked(&shake, &["mldsa44-ossl40"], &lax)), expected[..3]);
    let unknown = asked(&common::signed("p384.sf40.sha384"), &["rsa4096"], &Config::STRICT);
    assert_eq!(lines(&unknown).last().unwrap(), "Loading of module with unavailable key is rejected");
    // An id_type of another kind is rejected in the trailer, with its own log line.
    let mut other = common::signed("p384.sf40.sha384");
    let at = other.len() - 40 + 2;
    other[at] = 1;
    let other = asked(&other, &["p384"], &Config::STRICT);
    assert_eq!((other.refusal, other.stage), (Some(Errno::ENOPKG), Stage::Trailer));
    assert_eq!(lines(&other)[0], "module: not signed with expected PKCS#7 message");
    let mut bad = common::signed("p384.sf40.sha384");
    bad[0] ^= 1;
    let bad = asked(&bad, &["p384"], &Config::STRICT);
    assert!(bad.to_string().starts_with("refused with EKEYREJECTED (129)"), "{bad}");
    assert!(!bad.to_string().contains("inside"), "{bad}");
}

/// Each option is one field of the configuration, with Kconfig's name.
#[test]
fn options_of_the_configuration() {
    let names = [
        (ConfigOption::ModuleSig, "CONFIG_MODULE_SIG"),
        (ConfigOption::WaiveAuthattrs, "CONFIG_PKCS7_WAIVE_AUTHATTRS_REJECTION_FOR_MLDSA"),
        (ConfigOption::SigForce, "CONFIG_MODULE_SIG_FORCE"),
        (ConfigOption::MlDsa, "CONFIG_CRYPTO_MLDSA"),
        (ConfigOption::Rsa, "CONFIG_CRYPTO_RSA"),
        (ConfigOption::Ecdsa, "CONFIG_CRYPTO_ECDSA"),
        (ConfigOption::Md5, "CONFIG_CRYPTO_MD5"),
        (ConfigOption::Sha1, "CONFIG_CRYPTO_SHA1"),
        (ConfigOption::Sha256, "CONFIG_CRYPTO_SHA256"),
        (ConfigOption::Sha512, "CONFIG_CRYPTO_SHA512"),
        (ConfigOption::Sha3, "CONFIG_CRYPTO_SHA3"),
        (ConfigOption::ModuleDecompress, "CONFIG_MODULE_DECOMPRESS"),
        (ConfigOption::ModuleCompressGzip, "CONFIG_MODULE_COMPRESS_GZIP"),
        (ConfigOption::ModuleCompressXz, "CONFIG_MODULE_COMPRESS_XZ"),
        (ConfigOption::ModuleCompressZstd, "CONFIG_MODULE_COMPRESS_ZSTD"),
        (ConfigOption::SecondaryTrustedKeyring, "CONFIG_SECONDARY_TRUSTED_KEYRING"),
        (ConfigOption::SecondarySignedByBuiltin, "CONFIG_SECONDARY_TRUSTED_KEYRING_SIGNED_BY_BUILTIN"),
        (ConfigOption::PlatformKeyring, "CONFIG_INTEGRITY_PLATFORM_KEYRING"),
        (ConfigOption::MachineKeyring, "CONFIG_INTEGRITY_MACHINE_KEYRING"),
        (ConfigOption::CaMachineKeyring, "CONFIG_INTEGRITY_CA_MACHINE_KEYRING"),
        (ConfigOption::CaMachineKeyringMax, "CONFIG_INTEGRITY_CA_MACHINE_KEYRING_MAX"),
        (ConfigOption::BlacklistKeyring, "CONFIG_SYSTEM_BLACKLIST_KEYRING"),
        (ConfigOption::RevocationList, "CONFIG_SYSTEM_REVOCATION_LIST"),
        (ConfigOption::CheckCodesignEku, "CONFIG_CHECK_CODESIGN_EKU"),
        (ConfigOption::LockdownLsm, "CONFIG_SECURITY_LOCKDOWN_LSM"),
        (ConfigOption::LockDownForceIntegrity, "CONFIG_LOCK_DOWN_KERNEL_FORCE_INTEGRITY"),
        (ConfigOption::LockDownForceConfidentiality, "CONFIG_LOCK_DOWN_KERNEL_FORCE_CONFIDENTIALITY"),
        (ConfigOption::LockDownInSecureBoot, "CONFIG_LOCK_DOWN_IN_EFI_SECURE_BOOT"),
        (ConfigOption::ImaArchPolicy, "CONFIG_IMA_ARCH_POLICY"),
        (ConfigOption::CryptoFips, "CONFIG_CRYPTO_FIPS"),
        (ConfigOption::PlatformForModules, "platform_for_modules"),
        (ConfigOption::FileBlacklistForModules, "file_blacklist_for_modules"),
        (ConfigOption::SigEnforce, "module.sig_enforce"),
        (ConfigOption::Lockdown, "lockdown"),
        (ConfigOption::FipsMode, "fips"),
        (ConfigOption::SecureBoot, "SecureBoot"),
        (ConfigOption::MokListTrusted, "MokListTrustedRT"),
    ];
    assert_eq!(names.map(|(option, _)| option), ConfigOption::ALL);
    for (option, name) in names {
        assert_eq!(option.name(), name);
        assert_eq!(ConfigOption::from_name(name), Some(option));
        if let Some(bare) = name.strip_prefix("CONFIG_") {
            assert_eq!(ConfigOption::from_name(bare), Some(option));
        }
        for value in [true, false] {
            let mut config = Config::STRICT;
            option.set(&mut config, value);
            for (other, _) in names {
                // 7.2 does not use MD5.
                let value = value && option != ConfigOption::Md5;
                let expected = if other == option { value } else { other.get(&Config::STRICT) };
                assert_eq!(other.get(&config), expected, "{name} {}", other.name());
            }
        }
    }
    assert_eq!(ConfigOption::from_name("CONFIG_NOTHING"), None);
    assert_eq!(ConfigOption::from_name("CONFIG_CONFIG_MODULE_SIG_FORCE"), None);
    assert_eq!(Config::default(), Config::STRICT);
    let (strict, waiver, debian) = (&Config::STRICT, &Config::WAIVER, &Config::DEBIAN);
    assert_eq!([strict, waiver].map(|config| ConfigOption::WaiveAuthattrs.get(config)), [false, true]);
    assert_eq!([strict, waiver, debian].map(|config| ConfigOption::MlDsa.get(config)), [true, true, false]);
}
