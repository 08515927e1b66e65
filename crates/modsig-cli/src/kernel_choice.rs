//! The kernel whose answer is predicted: a known one or one with its own `.config`, with single options changed.

use crate::error::{CliError, InFile as _};
use crate::exit::Exit;
use crate::files::read_stream;
use crate::spelling::AnySpelling;
use crate::usage::usage_error;
use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser};
use modsig::kernel::{Config, ConfigOption, KeyringKind, Lockdown, Preset, Version};
use std::path::PathBuf;

/// The longest kernel configuration that is read: 4 MiB. A distribution's has 0.3 MiB.
const CONFIG_LIMIT: u64 = 4 << 20;

/// A kernel that is known by name: the name, the configuration, and a line of help.
type NamedKernel = (&'static str, fn() -> Config, &'static str);

/// The kernels that are known by name. A [version](Version::KNOWN) is a
/// name too: the strict kernel of that version.
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

/// The known versions, for a message.
fn known_versions() -> String {
    VERSIONS.join(", ")
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
                "{name} is not an option that changes the answer, such as {}; docs/kernel-rules.md has all",
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
    let mut config = parse_config_of(text, Version::V7_2)?;
    let version = version_of_config(text)?;
    if version != config.version {
        config = parse_config_of(text, version)?;
    }
    Ok(config)
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
    use modsig::kernel::{Compression, Compressions, Keyrings, Unpacker};

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

    #[test]
    fn values_of_options() {
        assert!(value_of("fips", "1") == Some(Value::On) && value_of("CRYPTO_RSA", "n") == Some(Value::Off));
        assert!(value_of("lockdown", "confidentiality") == Some(Value::Lockdown(Lockdown::Confidentiality)));
        assert!(value_of("lockdown", "y").is_none() && value_of("CRYPTO_RSA", "m").is_none());
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
