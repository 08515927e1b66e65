//! The kernel whose answer is predicted: a known one or one with its own `.config`, with single options changed.

use crate::error::{CliError, InFile as _};
use crate::exit::Exit;
use crate::files::read_stream;
use crate::usage::usage_error;
use clap::{Args, ValueEnum};
use modsig::kernel::{Config, ConfigOption, KeyringKind, Lockdown, Preset};
use serde::Deserialize;
use std::path::PathBuf;

/// The longest kernel configuration that is read: 4 MiB. A distribution's has 0.3 MiB.
const CONFIG_LIMIT: u64 = 4 << 20;

/// The kernels that are known by name.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, ValueEnum)]
pub enum KernelName {
    /// All algorithms, signatures enforced, no signed attributes
    #[serde(rename = "strict")]
    Strict,
    /// The same with `CONFIG_PKCS7_WAIVE_AUTHATTRS_REJECTION_FOR_MLDSA`
    #[serde(rename = "waiver")]
    Waiver,
    /// Debian's 7.2 as shipped: no ML-DSA, signatures not enforced, certificates from UEFI
    #[serde(rename = "debian-7.2")]
    #[value(name = "debian-7.2")]
    Debian,
    /// Debian 12 (6.1) as shipped
    #[serde(rename = "debian-12")]
    #[value(name = "debian-12")]
    Debian12,
    /// Debian 13 (6.12) as shipped
    #[serde(rename = "debian-13")]
    #[value(name = "debian-13")]
    Debian13,
    /// Debian sid (7.3) as shipped
    #[serde(rename = "debian-sid", alias = "debian-7.3")]
    #[value(name = "debian-sid", alias = "debian-7.3")]
    DebianSid,
    /// openSUSE: as Debian, and keys need codeSigning (from public documents)
    #[serde(rename = "opensuse")]
    #[value(name = "opensuse")]
    OpenSuse,
    /// Red Hat Enterprise Linux 10 (from public documents)
    #[serde(rename = "rhel-10")]
    #[value(name = "rhel-10")]
    Rhel10,
    /// Ubuntu (from public documents)
    #[serde(rename = "ubuntu")]
    #[value(name = "ubuntu")]
    Ubuntu,
}

/// A kernel and its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KernelChoice {
    /// `strict`, `debian-7.2, CRYPTO_SHA1=n`, or the name of its configuration's file.
    pub name: String,
    /// How it is configured.
    pub config: Config,
}

impl From<KernelName> for KernelChoice {
    fn from(name: KernelName) -> Self {
        let of = |preset: Preset| (preset.name, preset.config());
        let (name, config) = match name {
            KernelName::Strict => ("strict", Config::STRICT),
            KernelName::Waiver => ("waiver", Config::WAIVER),
            KernelName::Debian => of(Preset::DEBIAN_7_2),
            KernelName::Debian12 => of(Preset::DEBIAN_12),
            KernelName::Debian13 => of(Preset::DEBIAN_13),
            KernelName::DebianSid => ("debian-sid", Preset::DEBIAN_7_3.config()),
            KernelName::OpenSuse => of(Preset::OPENSUSE),
            KernelName::Rhel10 => of(Preset::RHEL_10),
            KernelName::Ubuntu => of(Preset::UBUNTU),
        };
        Self { name: name.to_owned(), config }
    }
}

/// The command-line options that choose the kernel.
#[derive(Args, Clone, Debug)]
pub struct KernelArguments {
    /// Which Linux 7.2 to predict [default: that of the policy, or else strict]
    #[arg(long, value_name = "NAME", value_enum, ignore_case = true)]
    kernel: Option<KernelName>,
    /// Predict a Linux 7.2 with this configuration (/boot/config-VERSION; '-' is standard input)
    #[arg(long, value_name = "FILE", conflicts_with = "kernel")]
    kernel_config: Option<PathBuf>,
    /// Change one option of that kernel, such as CRYPTO_MLDSA=n, or a state of its boot: module.sig_enforce=1,
    /// lockdown=integrity, fips=1, SecureBoot=1, MokListTrustedRT=1 (may be given several times)
    #[arg(long, value_name = "OPTION=VALUE")]
    kernel_option: Vec<String>,
}

impl KernelArguments {
    /// Whether the command line chooses a kernel.
    #[must_use]
    pub const fn is_given(&self) -> bool {
        self.kernel.is_some() || self.kernel_config.is_some() || !self.kernel_option.is_empty()
    }

    /// The kernel of the command line, or else `of_policy`, or else the strict one.
    ///
    /// # Errors
    /// What is wrong with the configuration's file, or with the command line.
    pub fn choose(&self, of_policy: Option<KernelChoice>) -> Result<KernelChoice, CliError> {
        let mut choice = match (&self.kernel_config, self.kernel, of_policy) {
            (Some(path), ..) => read_config(path).in_file(path)?,
            (None, Some(name), _) => name.into(),
            (None, None, Some(choice)) => choice,
            (None, None, None) => KernelName::Strict.into(),
        };
        self.change(&mut choice)?;
        Ok(choice)
    }

    /// A kernel that was found, with the options of the command line changed.
    ///
    /// # Errors
    /// What is wrong with the command line.
    pub fn changed(&self, name: String, config: Config) -> Result<KernelChoice, CliError> {
        let mut choice = KernelChoice { name, config };
        self.change(&mut choice)?;
        Ok(choice)
    }

    fn change(&self, choice: &mut KernelChoice) -> Result<(), CliError> {
        for option in &self.kernel_option {
            let usage = |what: String| usage_error("verify-module", what);
            let value = option.split_once('=').and_then(|(name, value)| Some((name, value_of(name, value)?)));
            let Some((name, value)) = value else {
                return Err(usage(format!(
                    "--kernel-option {option}: it must be OPTION=y or OPTION=n (lockdown: none, integrity, confidentiality)"
                )));
            };
            let option = set_option(choice, name, value != Value::Off)
                .map_err(|failure| usage(format!("--kernel-option {}", failure.what)))?;
            if let Value::Lockdown(level) = value
                && option == ConfigOption::Lockdown
            {
                choice.config.boot.lockdown = level;
            }
        }
        Ok(())
    }
}

/// The value of an option on the command line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Value {
    On,
    Off,
    Lockdown(Lockdown),
}

/// `y`, `n`, `1`, `0`; for `lockdown` a level. `m` is not here: which module would be loaded when?
fn value_of(name: &str, value: &str) -> Option<Value> {
    match (name, value) {
        ("lockdown", "none") | (_, "n" | "0") => Some(Value::Off),
        ("lockdown", level) => Lockdown::from_name(level).map(Value::Lockdown),
        (_, "y" | "1") => Some(Value::On),
        _ => None,
    }
}

/// Changes one option of a kernel, and the kernel's name with it. Returns the option that `name` means, with or without
/// `CONFIG_`.
///
/// # Errors
/// [`Exit::Usage`] if there is no such option, or it does not change the answer.
pub fn set_option(choice: &mut KernelChoice, name: &str, value: bool) -> Result<ConfigOption, CliError> {
    let option = ConfigOption::from_name(name).ok_or_else(|| {
        let known = ConfigOption::ALL.map(short_name).join(", ");
        let name: String = name.chars().take(80).collect();
        CliError::new(
            Exit::Usage,
            format!("{name} is not an option that changes the answer; known are {known}"),
            "",
        )
    })?;
    if option.get(&choice.config) != value {
        option.set(&mut choice.config, value);
        let value = if value { 'y' } else { 'n' };
        choice.name = format!("{}, {}={value}", choice.name, short_name(option));
    }
    Ok(option)
}

/// The option without `CONFIG_`.
fn short_name(option: ConfigOption) -> &'static str {
    option.name().trim_start_matches("CONFIG_")
}

fn read_config(path: &std::path::Path) -> Result<KernelChoice, CliError> {
    let bytes = read_stream(path, CONFIG_LIMIT)?;
    Ok(KernelChoice { name: path.display().to_string(), config: parse_config(&bytes)? })
}

/// Reads a `.config`. An option without a line is off, as in Kconfig; one that is a module (`=m`) is on, because the kernel
/// loads it on demand, but not before it has read its certificates. Of two lines about one option the last counts. Lines that
/// are not UTF-8 set no option. States of the boot and patches of distributions are not in the file: all off.
///
/// # Errors
/// [`Exit::Malformed`] if no line sets an option.
pub fn parse_config(text: &[u8]) -> Result<Config, CliError> {
    let mut config = Config { keyring: KeyringKind::BuiltIn, ..Config::STRICT };
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
    let lines = text.split(|&byte| byte == b'\n');
    let assignments = lines.filter_map(|line| assignment(str::from_utf8(line).ok()?.trim_end()));
    assignments
        .filter(|(name, _)| *name == option)
        .last()
        .is_some_and(|(_, value)| matches!(value, "y" | "m"))
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
    use modsig::kernel::{Compression, Compressions, Keyrings, Unpacker};

    /// What was assigned last counts, also if it turns an option off again.
    #[test]
    fn the_last_assignment_counts() {
        let text = b"CONFIG_MODULE_SIG=y\nCONFIG_CRYPTO_SHA512=y\nCONFIG_CRYPTO_SHA256=y\nCONFIG_CRYPTO_RSA=y\n\
                     # CONFIG_CRYPTO_SHA512 is not set\n# CONFIG_CRYPTO_MLDSA is not set\nCONFIG_CRYPTO_MLDSA=y\n\
                     CONFIG_CRYPTO_RSA=n\n";
        let config = parse_config(text).unwrap();
        assert!(!config.sha512 && config.sha256 && config.mldsa && !config.rsa);
        let off = b"CONFIG_MODULE_SIG=y\nCONFIG_CRYPTO_RSA=y\n# CONFIG_MODULE_SIG is not set\n";
        assert!(!parse_config(off).unwrap().module_sig);
    }

    /// The compression alone does not make the kernel unpack modules.
    #[test]
    fn who_unpacks_is_read_from_two_options() {
        let with = |more: &str| parse_config(format!("CONFIG_MODULE_SIG=y\n{more}").as_bytes()).unwrap();
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
        assert!(!parse_config(b"CONFIG_CRYPTO_RSA=y\n").unwrap().module_sig);
        assert!(!parse_config(b"# CONFIG_MODULE_SIG is not set\nCONFIG_X=y\n").unwrap().module_sig);
        let modules = parse_config(b"CONFIG_CRYPTO_RSA=m\nCONFIG_CRYPTO_ECDSA=y\n").unwrap();
        assert!(modules.rsa && modules.modular.rsa && modules.ecdsa && !modules.modular.ecdsa);
        let forced =
            parse_config(b"CONFIG_SECURITY_LOCKDOWN_LSM=y\nCONFIG_LOCK_DOWN_KERNEL_FORCE_INTEGRITY=y\n");
        assert_eq!(forced.unwrap().lockdown(), Lockdown::Integrity);
    }

    #[test]
    fn values_of_options() {
        assert!(value_of("fips", "1") == Some(Value::On) && value_of("CRYPTO_RSA", "n") == Some(Value::Off));
        assert!(value_of("lockdown", "confidentiality") == Some(Value::Lockdown(Lockdown::Confidentiality)));
        assert!(value_of("lockdown", "y").is_none() && value_of("CRYPTO_RSA", "m").is_none());
    }

    #[test]
    fn options_change_kernel_and_name() {
        let mut choice = KernelChoice::from(KernelName::Strict);
        set_option(&mut choice, "CONFIG_CRYPTO_MLDSA", false).unwrap();
        set_option(&mut choice, "CRYPTO_RSA", true).unwrap();
        assert_eq!(choice.name, "strict, CRYPTO_MLDSA=n");
        assert!(!choice.config.mldsa && choice.config.rsa);
        assert!(set_option(&mut choice, "CRYPTO_MD5", true).is_err());
    }
}
