//! The kernel whose answer is predicted: a known one or one with its own `.config` ([`kernel_config`](crate::kernel_config)),
//! with single options changed.

use crate::error::{CliError, InFile as _};
use crate::exit::Exit;
use crate::files::read_stream;
use crate::kernel_config::{known_versions, parse_config, parse_config_of};
use crate::spelling::AnySpelling;
use crate::usage::usage_error;
use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser};
use modsig::kernel::{Config, ConfigOption, Lockdown, Preset, Version};
use std::path::PathBuf;

/// The longest kernel configuration that is read: 4 MiB. A distribution's has 0.3 MiB.
const CONFIG_LIMIT: u64 = 4 << 20;

/// A kernel that is known by name: the name, the configuration, and a line of help.
type NamedKernel = (&'static str, fn() -> Config, &'static str);

/// The kernels that are known by name. A [version](Version::KNOWN) is a name too: the strict kernel of that version.
static KERNELS: [NamedKernel; 10] = [
    ("strict", || Config::STRICT, "Linux 7.2, all algorithms, signatures enforced, no signed attributes"),
    ("waiver", || Config::WAIVER, "The same with CONFIG_PKCS7_WAIVE_AUTHATTRS_REJECTION_FOR_MLDSA"),
    (
        "debian-7.2",
        || Preset::DEBIAN_7_2.config(),
        "Debian's 7.2 as shipped: no ML-DSA, signatures not enforced, certificates from UEFI",
    ),
    ("debian-12", || Preset::DEBIAN_12.config(), "Debian 12 (6.1) as shipped"),
    ("debian-13", || Preset::DEBIAN_13.config(), "Debian 13 (6.12) as shipped"),
    ("debian-7.3", || Preset::DEBIAN_7_3.config(), "Debian's 7.3 as shipped"),
    ("debian-sid", || Preset::DEBIAN_7_3.config(), "The same: Debian sid in November 2026"),
    (
        "opensuse",
        || Preset::OPENSUSE.config(),
        "openSUSE: as Debian, and keys need codeSigning (from public documents)",
    ),
    ("rhel-10", || Preset::RHEL_10.config(), "Red Hat Enterprise Linux 10 (from public documents)"),
    ("ubuntu", || Preset::UBUNTU.config(), "Ubuntu (from public documents)"),
];

/// The names of the known versions. (clap wants static text.)
static VERSIONS: [&str; Version::KNOWN.len()] = ["6.1", "6.12", "7.0", "7.1", "7.2", "7.3"];

/// A kernel and its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KernelChoice {
    /// `strict`, `debian-7.2, CRYPTO_SHA1=n`, or the name of its configuration's file.
    pub name: String,
    /// How it is configured.
    pub config: Config,
    /// The options that the user set, also to the value that they had.
    chosen: Vec<ConfigOption>,
}

impl KernelChoice {
    /// The kernel with this name, in any case; `None` if there is none.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let (name, config) = match version_named(name) {
            Some(version) => (version.to_string(), Config::strict_of(version)),
            None => {
                let (name, config, _) =
                    KERNELS.iter().find(|(known, ..)| known.eq_ignore_ascii_case(name))?;
                ((*name).to_owned(), config())
            }
        };
        Some(Self { name, config, chosen: Vec::new() })
    }

    /// The kernel that is predicted if nothing names one.
    #[must_use]
    pub fn strict() -> Self {
        Self { name: "strict".to_owned(), config: Config::STRICT, chosen: Vec::new() }
    }

    /// All names.
    #[must_use]
    pub fn names() -> Vec<String> {
        KERNELS.iter().map(|(name, ..)| *name).chain(VERSIONS).map(str::to_owned).collect()
    }

    /// Whether the user set this option: what is found elsewhere does not change it.
    #[must_use]
    pub fn is_chosen(&self, option: ConfigOption) -> bool {
        self.chosen.contains(&option)
    }

    /// The kernel in a sentence: `Linux 7.2`, `Linux 6.12 (config)`. A kernel named by its version, and the strict one,
    /// need no name.
    #[must_use]
    pub fn label(&self) -> String {
        let version = self.config.version;
        if self.name == "strict" || self.name == version.to_string() {
            return format!("Linux {version}");
        }
        format!("Linux {version} ({})", self.name)
    }
}

/// The version that a name of a kernel is.
fn version_named(name: &str) -> Option<Version> {
    let at = VERSIONS.iter().position(|known| *known == name)?;
    Version::KNOWN.get(at).copied()
}

/// The names as clap shows them.
fn possible_values() -> Vec<PossibleValue> {
    let named = KERNELS.iter().map(|(name, _, help)| PossibleValue::new(*name).help(*help));
    named.chain(VERSIONS.map(|name| PossibleValue::new(name).help("As strict, of this version"))).collect()
}

/// The command-line options that choose the kernel.
#[derive(Args, Clone, Debug)]
pub struct KernelArguments {
    /// Which Linux to predict [default: that of the policy, or else strict]
    #[arg(long, value_name = "NAME", value_parser = AnySpelling(PossibleValuesParser::new(possible_values())), help_heading = "Which Linux to predict")]
    kernel: Option<String>,
    /// Predict a Linux with this configuration (/boot/config-VERSION; '-' is standard input). Its version is the one in the
    /// file's first lines, or that of --kernel VERSION
    #[arg(long, value_name = "FILE", help_heading = "Which Linux to predict")]
    kernel_config: Option<PathBuf>,
    /// Change one option of that kernel, such as CRYPTO_MLDSA=n, or a state of its boot: module.sig_enforce=1,
    /// lockdown=integrity, fips=1, SecureBoot=1, MokListTrustedRT=1 (may be given several times)
    #[arg(long, value_name = "OPTION=VALUE", help_heading = "Which Linux to predict")]
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
        let usage = |what: String| usage_error("verify-module", what);
        let mut choice = match (&self.kernel_config, &self.kernel, of_policy) {
            (Some(path), None, _) => read_config(path, None).in_file(path)?,
            (Some(path), Some(name), _) => match version_named(name) {
                Some(version) => read_config(path, Some(version)).in_file(path)?,
                None => {
                    let what = "with --kernel-config, --kernel must be a version";
                    return Err(usage(format!("--kernel {name}: {what}: {}", known_versions())));
                }
            },
            (None, Some(name), _) => {
                KernelChoice::named(name).ok_or_else(|| usage(format!("--kernel {name}: unknown")))?
            }
            (None, None, Some(choice)) => choice,
            (None, None, None) => KernelChoice::strict(),
        };
        self.change(&mut choice)?;
        Ok(choice)
    }

    /// A kernel that was found, with the options of the command line changed.
    ///
    /// # Errors
    /// What is wrong with the command line.
    pub fn changed(&self, name: String, config: Config) -> Result<KernelChoice, CliError> {
        let mut choice = KernelChoice { name, config, chosen: Vec::new() };
        self.change(&mut choice)?;
        Ok(choice)
    }

    fn change(&self, choice: &mut KernelChoice) -> Result<(), CliError> {
        let usage = |what: String| usage_error("verify-module", what);
        for option in &self.kernel_option {
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
        let name: String = name.chars().take(80).collect();
        CliError::new(
            Exit::Usage,
            format!(
                "{name} is not an option that changes the answer, such as {}; docs/guide/programs.md has all",
                KNOWN.map(short_name).join(", ")
            ),
            "",
        )
    })?;
    choice.chosen.push(option);
    if option.get(&choice.config) != value {
        option.set(&mut choice.config, value);
        if option.get(&choice.config) != value {
            let what = format!("Linux {} does not have {}", choice.config.version, short_name(option));
            return Err(CliError::new(Exit::Usage, what, ""));
        }
        let value = if value { 'y' } else { 'n' };
        choice.name = format!("{}, {}={value}", choice.name, short_name(option));
    }
    Ok(option)
}

/// Options that an error message names.
const KNOWN: [ConfigOption; 5] = [
    ConfigOption::MlDsa,
    ConfigOption::Sha1,
    ConfigOption::SigForce,
    ConfigOption::SigEnforce,
    ConfigOption::Lockdown,
];

/// The option without `CONFIG_`.
fn short_name(option: ConfigOption) -> &'static str {
    option.name().trim_start_matches("CONFIG_")
}

fn read_config(path: &std::path::Path, version: Option<Version>) -> Result<KernelChoice, CliError> {
    let bytes = read_stream(path, CONFIG_LIMIT)?;
    let config = match version {
        Some(version) => parse_config_of(&bytes, version)?,
        None => parse_config(&bytes)?,
    };
    Ok(KernelChoice { name: path.display().to_string(), config, chosen: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_options() {
        assert!(value_of("fips", "1") == Some(Value::On) && value_of("CRYPTO_RSA", "n") == Some(Value::Off));
        assert!(value_of("lockdown", "confidentiality") == Some(Value::Lockdown(Lockdown::Confidentiality)));
        assert!(value_of("lockdown", "y").is_none() && value_of("CRYPTO_RSA", "m").is_none());
    }

    /// Every name has its kernel. Kills: a version without a name, a label that does not tell the version.
    #[test]
    fn names_and_labels() {
        for name in KernelChoice::names() {
            let choice = KernelChoice::named(&name.to_uppercase()).unwrap();
            assert_eq!(choice.name, name);
            assert!(choice.label().contains(&choice.config.version.to_string()), "{}", choice.label());
        }
        assert_eq!(VERSIONS.map(str::to_owned), Version::KNOWN.map(|version| version.to_string()));
        let label = |name: &str| KernelChoice::named(name).unwrap().label();
        assert_eq!(label("6.12"), "Linux 6.12");
        assert_eq!(label("strict"), "Linux 7.2");
        assert_eq!(label("waiver"), "Linux 7.2 (waiver)");
        assert!(KernelChoice::named("6.8").is_none() && KernelChoice::named("6.12.1").is_none());
        let mut choice = KernelChoice::named("6.12").unwrap();
        assert!(!choice.config.mldsa && choice.config.sha3);
        let failure = set_option(&mut choice, "CRYPTO_MLDSA", true).unwrap_err();
        assert_eq!(failure.what, "Linux 6.12 does not have CRYPTO_MLDSA");
        set_option(&mut choice, "CRYPTO_SHA1", false).unwrap();
        assert_eq!(choice.label(), "Linux 6.12 (6.12, CRYPTO_SHA1=n)");
    }

    #[test]
    fn options_change_kernel_and_name() {
        let mut choice = KernelChoice::strict();
        set_option(&mut choice, "CONFIG_CRYPTO_MLDSA", false).unwrap();
        set_option(&mut choice, "CRYPTO_RSA", true).unwrap();
        assert_eq!(choice.name, "strict, CRYPTO_MLDSA=n");
        assert!(!choice.config.mldsa && choice.config.rsa);
        assert!(set_option(&mut choice, "CRYPTO_MD5", true).is_err());
    }
}
