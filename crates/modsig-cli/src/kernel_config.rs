//! A kernel's configuration, from its `.config`.

use crate::error::CliError;
use crate::exit::Exit;
use modsig::kernel::{Config, ConfigOption, KeyringKind, Version};

/// The known versions, for a message.
#[must_use]
pub fn known_versions() -> String {
    Version::KNOWN.map(|version| version.to_string()).join(", ")
}

/// The version of Linux that a `.config` is for: that of the comment `Linux/x86 7.2.13 Kernel Configuration` before its first
/// option.
///
/// # Errors
/// [`Exit::Malformed`] if there is none, [`Exit::Refused`] if its rules are not known.
pub fn version_of_config(text: &[u8]) -> Result<Version, CliError> {
    let comments = text.split(|&byte| byte == b'\n').take_while(|line| !line.starts_with(b"CONFIG_"));
    let mut lines = comments.filter_map(|line| str::from_utf8(line).ok());
    let version = lines.find_map(|line| {
        let line = line.trim_end().strip_prefix("# Linux/")?.strip_suffix(" Kernel Configuration")?;
        Version::from_release(line.split_once(' ')?.1)
    });
    let advice = "name the version to predict: --kernel VERSION";
    let Some(version) = version else {
        let what = "does not say its version of Linux: it has no line such as \"# Linux/x86 7.2.13 Kernel Configuration\"";
        return Err(CliError::new(Exit::Malformed, what, advice));
    };
    if !version.is_known() {
        let what =
            format!("is of Linux {version}, whose rules are not known (known are {})", known_versions());
        return Err(CliError::new(Exit::Refused, what, advice));
    }
    Ok(version)
}

/// Reads a `.config`. An option without a line is off, as in Kconfig; one that is a module (`=m`) is on, because the kernel
/// loads it on demand, but not before it has read its certificates. Of two lines about one option the last counts. Lines that
/// are not UTF-8 set no option. States of the boot and patches of distributions are not in the file: all off.
///
/// # Errors
/// [`Exit::Malformed`] if no line sets an option; those of [`version_of_config`].
pub fn parse_config(text: &[u8]) -> Result<Config, CliError> {
    let version = version_of_config(text);
    // What is no configuration at all has no version either: that error comes first.
    let config = parse_config_of(text, *version.as_ref().unwrap_or(&Version::V7_2))?;
    version.map(|_| config)
}

/// The same for a kernel of this version, whatever the file says.
///
/// # Errors
/// [`Exit::Malformed`] if no line sets an option.
pub fn parse_config_of(text: &[u8], version: Version) -> Result<Config, CliError> {
    let mut config = Config { version, keyring: KeyringKind::BuiltIn, ..Config::STRICT };
    for option in ConfigOption::ALL {
        option.set(&mut config, false);
    }
    let mut seen = false;
    for line in text.split(|&byte| byte == b'\n') {
        let Some((name, value)) = str::from_utf8(line).ok().and_then(|line| assignment(line.trim_end()))
        else {
            continue;
        };
        seen |= line.starts_with(b"CONFIG_");
        let (on, modular) = (matches!(value, "y" | "m"), value == "m");
        if let Some(option) = ConfigOption::ALL.into_iter().find(|option| option.name() == name) {
            option.set(&mut config, on);
            match option {
                ConfigOption::Rsa => config.modular.rsa = modular,
                ConfigOption::Ecdsa => config.modular.ecdsa = modular,
                ConfigOption::MlDsa => config.modular.mldsa = modular,
                _ => {}
            }
        }
    }
    if !seen {
        let what = "is not a kernel's configuration: no line starts with CONFIG_";
        return Err(CliError::new(
            Exit::Malformed,
            what,
            "give a file such as /boot/config-VERSION, not compressed",
        ));
    }
    Ok(config)
}

/// Whether a `.config` sets this option (`=y` or `=m`); the last line about it counts.
#[must_use]
pub fn is_set(text: &[u8], option: &str) -> bool {
    matches!(value_in(text, option), Some("y" | "m"))
}

/// The value of this option in a `.config`; the last line about it counts.
#[must_use]
pub fn value_in<'t>(text: &'t [u8], option: &str) -> Option<&'t str> {
    let lines = text.split(|&byte| byte == b'\n');
    let mut assignments = lines.filter_map(|line| assignment(str::from_utf8(line).ok()?.trim_end()));
    assignments.rfind(|(name, _)| *name == option).map(|(_, value)| value)
}

/// The option of a line, and its value. `# CONFIG_X is not set` is `n`.
fn assignment(line: &str) -> Option<(&str, &str)> {
    if let Some(name) = line.strip_prefix("# ").and_then(|line| line.strip_suffix(" is not set")) {
        return name.starts_with("CONFIG_").then_some((name, "n"));
    }
    let (name, value) = line.split_once('=')?;
    name.starts_with("CONFIG_").then_some((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use modsig::kernel::{Compression, Compressions, Keyrings, Lockdown, Unpacker};

    const V7_2: &str = "# Linux/x86 7.2.13 Kernel Configuration\n";

    fn parse_7_2(text: &[u8]) -> Result<Config, CliError> {
        parse_config(&[V7_2.as_bytes(), text].concat())
    }

    /// What was assigned last counts, also if it turns an option off again.
    #[test]
    fn the_last_assignment_counts() {
        let text = b"CONFIG_MODULE_SIG=y\nCONFIG_CRYPTO_SHA512=y\nCONFIG_CRYPTO_SHA256=y\nCONFIG_CRYPTO_RSA=y\n\
                     # CONFIG_CRYPTO_SHA512 is not set\n# CONFIG_CRYPTO_MLDSA is not set\nCONFIG_CRYPTO_MLDSA=y\n\
                     CONFIG_CRYPTO_RSA=n\n";
        let config = parse_7_2(text).unwrap();
        assert!(!config.sha512 && config.sha256 && config.mldsa && !config.rsa);
        let off = b"CONFIG_MODULE_SIG=y\nCONFIG_CRYPTO_RSA=y\n# CONFIG_MODULE_SIG is not set\n";
        assert!(!parse_7_2(off).unwrap().module_sig);
    }

    /// The compression alone does not make the kernel unpack modules.
    #[test]
    fn who_unpacks_is_read_from_two_options() {
        let with = |more: &str| parse_7_2(format!("CONFIG_MODULE_SIG=y\n{more}").as_bytes()).unwrap();
        let by = |config: &Config| Compression::ALL.map(|one| config.unpacker(one) == Unpacker::Linux);
        assert_eq!(by(&with("CONFIG_MODULE_COMPRESS_XZ=y\n")), [false; 3]);
        assert_eq!(by(&with("CONFIG_MODULE_DECOMPRESS=y\n")), [false; 3]);
        let both = with("CONFIG_MODULE_COMPRESS_XZ=y\nCONFIG_MODULE_DECOMPRESS=y\n");
        assert_eq!(by(&both), [false, true, false]);
    }

    #[test]
    fn a_config_is_read_as_kconfig_writes_it() {
        let text = b"#\n# Linux/x86 7.2.13 Kernel Configuration\n#\nCONFIG_MODULE_SIG=y\n\
                     # CONFIG_MODULE_SIG_FORCE is not set\nCONFIG_CRYPTO_RSA=y\nCONFIG_CRYPTO_SHA3=m\n\
                     CONFIG_CRYPTO_ECDSA=n\nCONFIG_LOCALVERSION=\"\xff\"\n# CONFIG_CRYPTO_MLDSA is not set\n";
        let config = parse_config(text).unwrap();
        let expected = Config {
            sig_force: false,
            mldsa: false,
            ecdsa: false,
            sha1: false,
            sha256: false,
            sha512: false,
            module_decompress: false,
            compressions: Compressions::NONE,
            keyrings: Keyrings::BUILT_IN_ONLY,
            lockdown_lsm: false,
            fips: false,
            ..Config::STRICT
        };
        assert_eq!(config, expected);
    }

    /// Kills: a kernel that does not look taken for one that enforces, a module (`=m`) that is there at the boot.
    #[test]
    fn other_files_are_errors_and_kernels_without_signatures_are_known() {
        assert_eq!(parse_config(b"\x1f\x8b\x08").unwrap_err().exit, Exit::Malformed);
        assert!(!parse_7_2(b"CONFIG_CRYPTO_RSA=y\n").unwrap().module_sig);
        assert!(!parse_7_2(b"# CONFIG_MODULE_SIG is not set\nCONFIG_X=y\n").unwrap().module_sig);
        let modules = parse_7_2(b"CONFIG_CRYPTO_RSA=m\nCONFIG_CRYPTO_ECDSA=y\n").unwrap();
        assert!(modules.rsa && modules.modular.rsa && modules.ecdsa && !modules.modular.ecdsa);
        let forced =
            parse_7_2(b"CONFIG_SECURITY_LOCKDOWN_LSM=y\nCONFIG_LOCK_DOWN_KERNEL_FORCE_INTEGRITY=y\n");
        assert_eq!(forced.unwrap().lockdown(), Lockdown::Integrity);
    }

    /// The version comes from the first lines; an unknown one, or none, is an error, unless --kernel names one. Kills: a
    /// kernel of 6.12 that is predicted as 7.2, options that this version does not have.
    #[test]
    fn the_version_of_a_config_is_known_or_refused() {
        let of = |head: &str| parse_config(format!("{head}\nCONFIG_MODULE_SIG=y\n").as_bytes());
        let head = |version: &str| format!("#\n# Linux/arm64 {version} Kernel Configuration\n#");
        for (text, version) in
            [("6.1.192", Version::V6_1), ("6.12.117", Version::V6_12), ("7.3.4", Version::V7_3)]
        {
            assert_eq!(of(&head(text)).unwrap().version, version);
        }
        let unknown = of(&head("6.8.12")).unwrap_err();
        assert_eq!(unknown.exit, Exit::Refused);
        assert!(unknown.what.contains("Linux 6.8, whose rules are not known"), "{unknown}");
        for none in [
            "",
            "# Linux/x86",
            "# Linux/x86 next Kernel Configuration",
            "CONFIG_X=y\n# Linux/x86 7.2.1 Kernel Configuration",
        ] {
            assert_eq!(of(none).unwrap_err().exit, Exit::Malformed, "{none}");
        }
        let text = b"# Linux/x86 6.1.192 Kernel Configuration\nCONFIG_MODULE_SIG=y\nCONFIG_CRYPTO_SHA3=y\n\
                     CONFIG_MODULE_DECOMPRESS=y\nCONFIG_MODULE_COMPRESS_ZSTD=y\nCONFIG_CRYPTO_MLDSA=y\n";
        let config = parse_config(text).unwrap();
        assert!(!config.sha3 && !config.mldsa && config.compressions == Compressions::NONE);
        let as_7_2 = parse_config_of(text, Version::V7_2).unwrap();
        assert!(as_7_2.sha3 && as_7_2.mldsa && as_7_2.version == Version::V7_2);
    }
}
