//! Origins of certificates, blacklists, lockdown, FIPS mode, kernels without signatures, presets.

use crate::common::{self, certificate, trust};
use modsig::algorithm::Digest;
use modsig::cert::{Certificate, SelfSigned};
use modsig::kernel::{
    self, Answer, BootState, CertificateProblem, Config, ConfigOption, Errno, Evidence, Keyring, Keyrings,
    Load, LoadError, Lockdown, Modular, NotForModules, Origin, Preset, Stage, Version,
};
use modsig::trust::TrustStore;
use modsig::verdict::{Kind, Policy, Problem, Verdict, verify};

/// The verdict on a file signed with P-384, whose certificate has this origin.
fn judged(origin: Origin, config: &Config) -> Verdict {
    let mut store = TrustStore::new();
    store.add_from(certificate("p384"), origin);
    judge(&store, config)
}

fn judge(store: &TrustStore, config: &Config) -> Verdict {
    verify(&common::signed("p384.sf40.sha384"), store, &Policy::DEFAULT.with_kernel(config.clone()))
}

fn reason(verdict: &Verdict) -> Option<NotForModules> {
    verdict.findings.iter().find_map(|finding| match finding.problem {
        Problem::NotForModules { reason, .. } => Some(reason),
        _ => None,
    })
}

fn tbs_hash(der: &[u8]) -> [u8; 32] {
    // Certificate and TBSCertificate have lengths of two octets.
    let length = 4 + (usize::from(der[6]) << 8 | usize::from(der[7]));
    Digest::Sha256.hash(&der[4..4 + length]).unwrap().try_into().unwrap()
}

const SECURE: BootState = BootState { secure_boot: true, mok_list_trusted: true, ..BootState::NONE };

/// UEFI's certificates verify modules only where a patch says so. Kills: a certificate of `db` that counts in mainline.
#[test]
fn firmware() {
    let mainline = judged(Origin::Firmware, &Config::STRICT);
    assert_eq!(mainline.kernel.refusal, Some(Errno::ENOKEY));
    assert_eq!((mainline.kind(), reason(&mainline)), (Kind::UnknownSigner, Some(NotForModules::Platform)));
    let debian = judged(Origin::Firmware, &Config::DEBIAN);
    assert!(debian.is_good() && debian.kernel.is_accepted());
    let mut none = Config::DEBIAN;
    none.keyrings.platform = false;
    let none = judged(Origin::Firmware, &none);
    assert_eq!(reason(&none), Some(NotForModules::NotRead(ConfigOption::PlatformKeyring)));
    assert_eq!(none.kernel.refusal, Some(Errno::ENOKEY));
    for origin in [Origin::Given, Origin::BuiltIn] {
        for config in [Config::STRICT, Config::DEBIAN] {
            assert!(judged(origin, &config).is_good());
        }
    }
}

/// Machine owner's keys need Secure Boot, MokListTrustedRT, the keyring, and where demanded a CA certificate. Kills: each
/// of these conditions forgotten.
#[test]
fn machine_owner() {
    let config = Config { boot: SECURE, ..Config::STRICT };
    assert!(judged(Origin::MachineOwner, &config).is_good());
    let with = |change: fn(&mut Config)| {
        let mut changed = config.clone();
        change(&mut changed);
        let verdict = judged(Origin::MachineOwner, &changed);
        assert_eq!(verdict.kernel.refusal, Some(Errno::ENOKEY));
        assert!(!verdict.is_good());
        reason(&verdict).unwrap()
    };
    assert_eq!(with(|it| it.boot.secure_boot = false), NotForModules::SecureBootOff);
    assert_eq!(with(|it| it.boot.mok_list_trusted = false), NotForModules::MokListNotTrusted);
    let machine = NotForModules::Machine(ConfigOption::MachineKeyring);
    assert_eq!(with(|it| it.keyrings.machine = false), machine);
    let secondary = NotForModules::Machine(ConfigOption::SecondaryTrustedKeyring);
    assert_eq!(with(|it| it.keyrings.secondary = false), secondary);
    assert_eq!(with(|it| it.keyrings.machine_ca = true), NotForModules::NotAuthority);
    // What does not enter .machine enters .platform, where a patch uses it.
    let mut patched = config.clone();
    (patched.keyrings.machine_ca, patched.keyrings.platform_for_modules) = (true, true);
    assert!(judged(Origin::MachineOwner, &patched).is_good());
    for why in [NotForModules::SecureBootOff, NotForModules::MokListNotTrusted, machine] {
        assert!(!why.to_string().ends_with('.') && !why.remedy().is_empty());
    }
}

/// A CA certificate enters `.machine` under both options, the build's own (CA:FALSE, digitalSignature) under none.
#[test]
fn certificates_of_authorities() {
    let key = common::private_key("p384");
    let recipe = SelfSigned {
        common_name: "Machine owner",
        serial: [7; 20],
        not_before: certificate("p384").not_before(),
        days: 30,
    };
    let authority = recipe.issue_authority(&key, &mldsa::Rnd::DETERMINISTIC).unwrap();
    let plain = recipe.issue(&key, &mldsa::Rnd::DETERMINISTIC).unwrap();
    for max in [false, true] {
        let mut config = Config { boot: SECURE, ..Config::STRICT };
        (config.keyrings.machine_ca, config.keyrings.machine_ca_max) = (true, max);
        let fate = |certificate: &Certificate| {
            let mut store = TrustStore::new();
            store.add_from(certificate.clone(), Origin::MachineOwner);
            store.not_for_modules(certificate, &config)
        };
        assert_eq!(fate(&authority), None);
        assert_eq!(fate(&plain), Some(NotForModules::NotAuthority));
    }
}

/// A running system adds only what a trusted key signed. Kills: a self-signed certificate in the secondary keyring.
#[test]
fn secondary() {
    let own = judged(Origin::Secondary, &Config::STRICT);
    assert_eq!((own.kind(), reason(&own)), (Kind::UnknownSigner, Some(NotForModules::NotVouchedFor)));
    assert_eq!(own.kernel.refusal, Some(Errno::ENOKEY));
    let authority_key = common::private_key("rsa4096");
    let recipe = SelfSigned {
        common_name: "Authority",
        serial: [1; 20],
        not_before: certificate("p384").not_before(),
        days: 30,
    };
    let authority = recipe.issue_authority(&authority_key, &mldsa::Rnd::DETERMINISTIC).unwrap();
    let subject = SelfSigned { common_name: "Signer", serial: [2; 20], ..recipe };
    let signer = subject
        .issue_by(certificate("p384").public_key(), &authority_key, &authority, &mldsa::Rnd::DETERMINISTIC)
        .unwrap();
    let place = |origin: Origin, config: &Config| {
        let mut store = TrustStore::new();
        store.add_from(authority.clone(), origin);
        store.add_from(signer.clone(), Origin::Secondary);
        store.not_for_modules(&signer, config)
    };
    let strict = Config { boot: SECURE, ..Config::STRICT };
    assert_eq!(place(Origin::BuiltIn, &strict), None);
    assert_eq!(place(Origin::MachineOwner, &strict), None);
    // .platform vouches for nothing.
    assert_eq!(place(Origin::Firmware, &strict), Some(NotForModules::NotVouchedFor));
    let mut built_in_only = strict.clone();
    built_in_only.keyrings.secondary_signed_by_builtin = true;
    assert_eq!(place(Origin::BuiltIn, &built_in_only), None);
    assert_eq!(place(Origin::MachineOwner, &built_in_only), Some(NotForModules::NotVouchedFor));
    let off = Config { keyrings: Keyrings::BUILT_IN_ONLY, ..Config::STRICT };
    let option = ConfigOption::SecondaryTrustedKeyring;
    assert_eq!(place(Origin::BuiltIn, &off), Some(NotForModules::NotRead(option)));
}

/// The strict verifier refuses what is revoked, whatever the origin; so does Linux with a revocation list, but 6.1 looks only
/// before it uses `.platform`. Kills: a revoked signer that is good, a prediction that it loads, one rule for all versions.
#[test]
fn revoked_certificates() {
    let mut list = Config::DEBIAN;
    list.keyrings.revocation_list = true;
    let mut without_blacklist = list.clone();
    without_blacklist.keyrings.blacklist = false;
    let old = Config { version: Version::V6_1, ..list.clone() };
    for (trusted, config, refusal) in [
        (Origin::Firmware, &list, Some(Errno::EKEYREJECTED)),
        (Origin::Firmware, &without_blacklist, None),
        (Origin::Firmware, &Config::DEBIAN, None),
        (Origin::BuiltIn, &list, Some(Errno::EKEYREJECTED)),
        (Origin::BuiltIn, &Config::STRICT, Some(Errno::EKEYREJECTED)),
        (Origin::BuiltIn, &Config::DEBIAN, None),
        (Origin::BuiltIn, &old, None),
        (Origin::Firmware, &old, Some(Errno::EKEYREJECTED)),
    ] {
        for revoked in [Origin::Given, Origin::Firmware] {
            let mut store = TrustStore::new();
            store.add_from(certificate("p384"), trusted);
            store.revoke_certificate(certificate("p384").as_der(), revoked);
            let verdict = judge(&store, config);
            assert_eq!(verdict.kernel.refusal, refusal);
            assert_eq!(verdict.kind(), Kind::RefusedByPolicy);
            assert!(matches!(verdict.findings[0].problem, Problem::Revoked { .. }));
            assert!(!verdict.signers[0].verified);
        }
    }
    // MokListXRT is read only with Secure Boot.
    let mut store = TrustStore::new();
    store.add_from(certificate("p384"), Origin::Firmware);
    store.revoke_certificate(certificate("p384").as_der(), Origin::MachineOwner);
    assert_eq!(judge(&store, &list).kernel.refusal, None);
    let secure = Config { boot: SECURE, ..list.clone() };
    assert_eq!(judge(&store, &secure).kernel.refusal, Some(Errno::EKEYREJECTED));
    // Another certificate stays what it is.
    let mut other = trust(&["p384"]);
    other.revoke_certificate(certificate("rsa4096").as_der(), Origin::Firmware);
    assert!(judge(&other, &Config::STRICT).is_good());
}

/// A digest in the built-in list keeps a certificate out; UEFI's come after the built-in certificates, but the strict verifier
/// refuses.
#[test]
fn revoked_digests() {
    let hash = tbs_hash(certificate("p384").as_der());
    for (origin, refusal) in [
        (Origin::BuiltIn, Some(Errno::ENOKEY)),
        (Origin::Given, Some(Errno::ENOKEY)),
        (Origin::Firmware, None),
        (Origin::MachineOwner, None),
    ] {
        let mut store = trust(&["p384"]);
        store.revoke_tbs_hash(&hash, origin);
        let verdict = judge(&store, &Config::STRICT);
        assert_eq!(verdict.kernel.refusal, refusal, "{origin}");
        assert_eq!(verdict.kind(), Kind::RefusedByPolicy);
    }
    let config = Config { blacklist: vec![hash.to_vec()], ..Config::STRICT };
    assert_eq!(judge(&trust(&["p384"]), &config).kind(), Kind::RefusedByPolicy);
}

/// Linux before 7.0 looks up the digest that the certificate's signature uses, here SHA-512, and later versions SHA-256; the
/// strict verifier refuses each. Kills: a digest of another length that refuses nothing, one lookup for all versions, a time
/// of UEFI's entry that hides its digest from the strict verifier, or that the kernel is predicted to skip.
#[test]
fn revoked_digests_have_any_length() {
    let der = certificate("p384").as_der().to_vec();
    let length = 4 + (usize::from(der[6]) << 8 | usize::from(der[7]));
    let digest = |algorithm: Digest| algorithm.hash(&der[4..4 + length]).unwrap();
    let with_time = [digest(Digest::Sha256), vec![0; 16]].concat();
    let refused = Some(Errno::ENOKEY);
    let rows = [
        (digest(Digest::Sha256), None, refused, true),
        (digest(Digest::Sha512), refused, None, true),
        (digest(Digest::Sha384), None, None, true),
        (digest(Digest::Sha1), None, None, true),
        (digest(Digest::Sha512)[..63].to_vec(), None, None, false),
        (vec![0; 64], None, None, false),
        (with_time.clone(), None, None, false),
    ];
    for (hash, before_7_0, later, is_refused) in rows {
        for (version, refusal) in [
            (Version::V6_1, before_7_0),
            (Version::V6_12, before_7_0),
            (Version::V7_0, later),
            (Version::V7_3, later),
        ] {
            let mut store = trust(&["p384"]);
            store.revoke_tbs_hash(&hash, Origin::BuiltIn);
            let verdict = judge(&store, &Config::strict_of(version));
            assert_eq!(verdict.kernel.refusal, refusal, "{version}, {} bytes", hash.len());
            assert_eq!(
                verdict.kind() == Kind::RefusedByPolicy,
                is_refused,
                "{version}, {} bytes",
                hash.len()
            );
        }
    }
    // dbx is read before MokListRT.
    for (hash, refusal) in [(digest(Digest::Sha256), Some(Errno::ENOKEY)), (with_time, None)] {
        let mut store = TrustStore::new();
        store.add_from(certificate("p384"), Origin::MachineOwner);
        store.revoke_tbs_hash(&hash, Origin::Firmware);
        let verdict = judge(&store, &Config { boot: SECURE, ..Config::STRICT });
        assert_eq!(verdict.kernel.refusal, refusal);
        assert_eq!(verdict.kind(), Kind::RefusedByPolicy);
    }
}

/// Debian up to 6.12 refuses files by their digest. Kills: the digest of the module without its signature.
#[test]
fn revoked_files() {
    let file = common::signed("p384.sf40.sha384");
    let whole: [u8; 32] = Digest::Sha256.hash(&file).unwrap().try_into().unwrap();
    let mut store = trust(&["p384"]);
    store.revoke_file_hash([0; 32], Origin::Firmware);
    assert!(judge(&store, &Config::STRICT).is_good());
    store.revoke_file_hash(whole, Origin::Firmware);
    let patched = Config {
        keyrings: Keyrings { file_blacklist_for_modules: true, ..Keyrings::MAINLINE },
        ..Config::STRICT
    };
    for (config, refusal) in [(&Config::STRICT, None), (&patched, Some(Errno::EKEYREJECTED))] {
        let verdict = judge(&store, config);
        assert_eq!(verdict.kernel.refusal, refusal);
        assert!(verdict.findings.iter().any(|finding| finding.problem == Problem::RevokedFile));
        assert_eq!(verdict.kind(), Kind::RefusedByPolicy);
    }
}

/// ENOPKG ends the first pass: `.platform` is tried after ENOKEY only, and lines of the log come twice.
#[test]
fn two_passes() {
    let shake = common::with_cms(&common::cms("mldsa44-ossl40.sf40.shake256"));
    let unsupported = kernel::answer(&shake, &Keyring::new([certificate("p384").as_der()], &Config::DEBIAN));
    assert_eq!((unsupported.refusal, unsupported.log.len()), (Some(Errno::ENOPKG), 3));
    let unknown = judge(&trust(&["rsa4096"]), &Config::DEBIAN);
    assert_eq!((unknown.kernel.refusal, unknown.kernel.log.len()), (Some(Errno::ENOKEY), 0));
}

/// Where signatures are not enforced, lockdown refuses with EPERM, as Debian's 7.2.13 did; enforcement comes first.
#[test]
fn lockdown() {
    let answer = |boot: BootState, config: Config| -> Answer {
        verify(&common::module(), &trust(&["p384"]), &Policy::DEFAULT.with_kernel(Config { boot, ..config }))
            .kernel
    };
    let lax = || Config { sig_force: false, ..Config::STRICT };
    let none = answer(BootState::NONE, lax());
    assert!(none.loads() && none.taints() && !none.locked_down);
    for lockdown in [Lockdown::Integrity, Lockdown::Confidentiality] {
        let boot = BootState { lockdown, ..BootState::NONE };
        let refused = answer(boot, lax());
        assert_eq!((refused.user_errno(), refused.refusal), (Some(Errno::EPERM), Some(Errno::ENODATA)));
        assert!(!refused.loads() && !refused.taints());
        let line = "Lockdown: insmod: unsigned module loading is restricted; see man kernel_lockdown.7";
        assert_eq!(refused.log_lines().collect::<Vec<_>>(), [line]);
        assert!(refused.to_string().starts_with("refused with EPERM (1), ENODATA inside"));
        let enforced = answer(BootState { sig_enforce: true, ..boot }, lax());
        assert_eq!(enforced.user_errno(), Some(Errno::EKEYREJECTED));
        assert_eq!(enforced.reason(), Some("Loading of unsigned module is rejected"));
        assert!(answer(boot, Config { lockdown_lsm: false, ..lax() }).loads());
    }
    assert!(!answer(BootState::NONE, Config { lockdown_forced: Lockdown::Integrity, ..lax() }).loads());
    // Secure Boot: locks down by a patch, enforces by CONFIG_IMA_ARCH_POLICY.
    assert!(answer(SECURE, lax()).loads());
    let patched = answer(SECURE, Config { lockdown_in_secure_boot: true, ..lax() });
    assert_eq!(patched.user_errno(), Some(Errno::EPERM));
    let ima = answer(SECURE, Config { ima_arch_policy: true, ..lax() });
    assert_eq!(ima.user_errno(), Some(Errno::EKEYREJECTED));
    assert!(Lockdown::ALL.iter().all(|level| Lockdown::from_name(level.name()) == Some(*level)));
}

/// A kernel without `CONFIG_MODULE_SIG` loads everything, and nothing is good for that. Kills: `--policy kernel` that calls
/// an unsigned module good.
#[test]
fn without_signatures() {
    let off = Config { module_sig: false, ..Config::STRICT };
    let mut changed = common::signed("p384.sf40.sha384");
    changed[0] ^= 1;
    for file in [common::module(), changed] {
        for policy in [Policy::DEFAULT, Policy::KERNEL] {
            let verdict = verify(&file, &trust(&["p384"]), &policy.with_kernel(off.clone()));
            assert!(!verdict.is_good());
            assert!(verdict.kernel.loads() && !verdict.kernel.is_accepted() && !verdict.kernel.taints());
            assert_eq!((verdict.kernel.stage, verdict.kernel.user_errno()), (Stage::NotChecked, None));
            assert_eq!(verdict.kernel.to_string(), "loaded, not checked");
        }
    }
    // The strict verdict is about the file.
    assert!(judge(&trust(&["p384"]), &off).is_good());
    let empty = kernel::answer(&[], &Keyring::new([], &off));
    assert_eq!(empty.user_errno(), Some(Errno::EINVAL));
}

/// FIPS mode refuses SHA-1 with RSA, short RSA keys, and ECDSA in old kernels. Kills: a rule for the wrong version.
#[test]
fn fips_mode() {
    let fips = |version: Version| {
        let boot = BootState { fips: true, ..BootState::NONE };
        Config { version, boot, ..Config::STRICT }
    };
    let refusal = |file: &str, key: &str, config: &Config| {
        let policy = Policy::DEFAULT.with_kernel(config.clone());
        verify(&common::signed(file), &trust(&[key]), &policy).kernel.refusal
    };
    let new = fips(Version::V7_2);
    assert_eq!(refusal("rsa4096.sf40.sha1", "rsa4096", &new), Some(Errno::EKEYREJECTED));
    assert_eq!(refusal("rsa4096.sf40.sha1", "rsa4096", &Config { fips: false, ..new.clone() }), None);
    assert_eq!(refusal("p384.sf40.sha384", "p384", &new), None);
    assert_eq!(refusal("mldsa65-ossl40.sf40.sha512", "mldsa65-ossl40", &new), None);
    let short = Load::alone(&common::vector("modsig/certificates/rsa1024-self.der"), &new);
    assert_eq!(short.refusal, Some(LoadError::Refused(Errno::EINVAL)));
    // Its own signature cannot be verified, so it gives no key.
    let old = Load::alone(certificate("p384").as_der(), &fips(Version::V6_1));
    assert_eq!(old.refusal, Some(LoadError::Refused(Errno::ENOENT)));
}

/// An algorithm that is a module is not there when the kernel reads its certificates, a self-signed one is then refused.
#[test]
fn algorithms_that_are_modules() {
    let modular = Modular { ecdsa: true, ..Modular::default() };
    let config = Config { modular, ..Config::STRICT };
    let load = Load::alone(certificate("p384").as_der(), &config);
    assert_eq!(load.refusal, Some(LoadError::Refused(Errno::ENOENT)));
    assert_eq!(load.problem, Some(CertificateProblem::Modular(ConfigOption::Ecdsa)));
    // What the kernel itself holds counts as it does; what the user gives is the user's word.
    assert_eq!(reason(&judged(Origin::BuiltIn, &config)), Some(NotForModules::NotLoaded));
    assert!(judged(Origin::Given, &config).is_good());
    assert!(Load::alone(certificate("rsa4096").as_der(), &config).is_usable());
}

/// SUSE's kernel demands codeSigning of every key.
#[test]
fn code_signing() {
    let suse = Preset::OPENSUSE.config();
    let verdict = judged(Origin::BuiltIn, &suse);
    assert_eq!(
        (verdict.kernel.refusal, reason(&verdict)),
        (Some(Errno::ENOKEY), Some(NotForModules::NoCodeSigning))
    );
    let usage = [0x30, 0x13, 6, 3, 0x55, 0x1d, 0x25, 4, 12, 0x30, 10, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 3];
    let with = Certificate::from_der(&with_extension(certificate("p384").as_der(), &usage)).unwrap();
    let mut store = TrustStore::new();
    store.add_from(with, Origin::BuiltIn);
    let verdict = judge(&store, &suse);
    assert!(verdict.is_good() && verdict.kernel.is_accepted(), "{:?}", verdict.findings);
    // Another purpose is not enough.
    let mut other = usage;
    other[20] = 4;
    let other = Certificate::from_der(&with_extension(certificate("p384").as_der(), &other)).unwrap();
    let mut store = TrustStore::new();
    store.add_from(other, Origin::BuiltIn);
    assert_eq!(reason(&judge(&store, &suse)), Some(NotForModules::NoCodeSigning));
}

/// Adds an extension, and changes the subject, so that Linux does not take it for self-signed.
fn with_extension(der: &[u8], extension: &[u8]) -> Vec<u8> {
    let mut der = der.to_vec();
    let name = certificate("p384").subject_der().to_vec();
    let subject = der.windows(name.len()).rposition(|it| it == name).unwrap();
    der[subject + name.len() - 1] ^= 1;
    let tbs_end = 8 + (usize::from(der[6]) << 8 | usize::from(der[7]));
    let list = (8..tbs_end)
        .find(|&at| der[at] == 0xa3 && at + 2 + usize::from(der[at + 1]) == tbs_end && der[at + 2] == 0x30)
        .unwrap();
    der.splice(tbs_end..tbs_end, extension.iter().copied());
    for at in [list + 1, list + 3] {
        der[at] += u8::try_from(extension.len()).unwrap();
    }
    assert!(der[list + 1] < 0x80);
    for at in [2, 6] {
        let length = u16::from_be_bytes([der[at], der[at + 1]]) + u16::try_from(extension.len()).unwrap();
        der[at..at + 2].copy_from_slice(&length.to_be_bytes());
    }
    der
}

/// The presets' facts, as in the distributions' files. Kills: a fact lost in a change.
#[test]
fn presets() {
    for preset in Preset::ALL {
        assert_eq!(Preset::from_name(preset.name).map(|found| found.source), Some(preset.source));
        let config = preset.config();
        assert!(
            config.keyrings.platform_for_modules && !config.enforces() && !config.mldsa,
            "{}",
            preset.name
        );
        assert!(config.lockdown_in_secure_boot && !preset.source.is_empty());
        let debian = preset.name.starts_with("debian");
        assert_eq!(preset.evidence == Evidence::Seen, debian);
        assert_eq!(config.keyrings.revocation_list, !debian);
    }
    let [twelve, thirteen, last] =
        [Preset::DEBIAN_12, Preset::DEBIAN_13, Preset::DEBIAN_7_3].map(|preset| preset.config());
    assert!(!twelve.ecdsa && !twelve.module_decompress && twelve.keyrings.file_blacklist_for_modules);
    assert!(thirteen.ecdsa && thirteen.fips && thirteen.keyrings.file_blacklist_for_modules);
    assert!(!last.fips && !last.keyrings.file_blacklist_for_modules && last.version == Version::V7_3);
    assert_eq!(Preset::DEBIAN_7_2.config(), Config::DEBIAN);
    assert!(Preset::RHEL_10.config().keyrings.machine_ca_max);
}

/// Boot states appear among the options only if they are on. Kills: output that explodes.
#[test]
fn boot_states_that_matter() {
    let matter = |config: &Config| {
        let changes = kernel::options_that_matter(&common::module(), trust(&["p384"]).sources(), config);
        changes.into_iter().map(|(option, _)| option).collect::<Vec<_>>()
    };
    let mut config = Config { sig_force: false, ..Config::STRICT };
    assert_eq!(matter(&config), [ConfigOption::SigForce]);
    config.boot.lockdown = Lockdown::Integrity;
    let both = [ConfigOption::LockdownLsm, ConfigOption::Lockdown];
    assert_eq!(matter(&config)[1..], both);
    config.boot.sig_enforce = true;
    assert_eq!(matter(&config), [ConfigOption::SigEnforce]);
    config.module_sig = false;
    assert_eq!(matter(&config), [ConfigOption::ModuleSig]);
}
