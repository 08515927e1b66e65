//! A kernel's configuration, and options that are changed by name.

use crate::claims::{claim, claim_short};
use crate::question;
use modsig::kernel::{Config, ConfigOption, KeyringKind, Version};
use modsig_cli::error::CliError;
use modsig_cli::exit::Exit;
use modsig_cli::kernel_choice::{KernelChoice, set_option};
use modsig_cli::kernel_config::parse_config_of;

/// What is claimed.
pub const CLAIMS: &[&str] = &[
    "kernel config: what is read, written as Kconfig does, is read back the same",
    "kernel config: lines about something else change nothing",
    "kernel config: the last line about an option counts",
    "kernel config: an option that is not named is off",
    "kernel config: a kernel checks signatures only with CONFIG_MODULE_SIG",
    "kernel config: an error is told shortly, in one line",
    "kernel option: it is set, and nothing else; its name tells it",
    "kernel option: an unknown one changes nothing, and the error is short",
];

/// A file; an option's name.
pub const QUESTIONS: u8 = 2;

/// The longest input, in bytes: all options together have 300.
pub const MAX_LEN: usize = 600;

/// The question; then a `.config`; or a byte for the kernel and the value, and an option's name.
pub fn run(data: &[u8]) {
    match question(data, QUESTIONS) {
        Some((0, text)) => check_file(text),
        Some((_, data)) => check_option(data),
        None => {}
    }
}

/// The version is given: few inputs would have the line that names one.
fn parse_config(text: &[u8]) -> Result<Config, CliError> {
    parse_config_of(text, Version::V7_2)
}

fn check_file(text: &[u8]) {
    let has = |part: &str| text.windows(part.len()).any(|window| window == part.as_bytes());
    let config = match parse_config(text) {
        Ok(config) => config,
        Err(failure) => {
            claim_short("kernel config: an error is told shortly, in one line", &failure);
            let line = !failure.to_string().contains('\n');
            let exit = match failure.exit {
                Exit::Refused => has("CONFIG_"),
                exit => exit == Exit::Malformed,
            };
            claim("kernel config: an error is told shortly, in one line", line && exit);
            return;
        }
    };
    let checks = !config.module_sig || has("CONFIG_MODULE_SIG=");
    claim("kernel config: a kernel checks signatures only with CONFIG_MODULE_SIG", checks);
    let off = ConfigOption::ALL.into_iter().all(|option| !option.get(&config) || has(option.name()));
    claim("kernel config: an option that is not named is off", off && config.keyring == KeyringKind::BuiltIn);
    let modular = |option: ConfigOption| match option {
        ConfigOption::Rsa => config.modular.rsa,
        ConfigOption::Ecdsa => config.modular.ecdsa,
        ConfigOption::MlDsa => config.modular.mldsa,
        _ => false,
    };
    // A file in which no option is on needs one line that shows what it is.
    let mut written = String::from("CONFIG_X=y\n");
    for option in ConfigOption::ALL {
        written += &match option.get(&config) {
            true if modular(option) => format!("{}=m\n", option.name()),
            true => format!("{}=y\n", option.name()),
            false => format!("# {} is not set\n", option.name()),
        };
    }
    let back = parse_config(written.as_bytes());
    let same = back.is_ok_and(|back| back == config);
    claim("kernel config: what is read, written as Kconfig does, is read back the same", same);
    let lines = text.split(|byte| *byte == b'\n').flat_map(|line| [b"# a=\xff\nCONFIG_X=y\n", line, b"\n"]);
    let among = parse_config(&lines.collect::<Vec<_>>().concat());
    let same = among.is_ok_and(|among| among == config);
    claim("kernel config: lines about something else change nothing", same);
    let option = ConfigOption::ALL[text.len() % ConfigOption::ALL.len()];
    if !option.name().starts_with("CONFIG_") || modular(option) {
        return;
    }
    let value = if option.get(&config) { "n" } else { "y" };
    let last = parse_config(&[text, format!("\n{}={value}", option.name()).as_bytes()].concat());
    let mut expected = config;
    option.set(&mut expected, value == "y");
    claim("kernel config: the last line about an option counts", last.is_ok_and(|last| last == expected));
}

fn check_option(data: &[u8]) {
    let Some((first, name)) = data.split_first() else { return };
    let Ok(name) = str::from_utf8(name) else { return };
    let name_of_kernel = ["strict", "waiver", "debian-7.2"][usize::from(first >> 1) % 3];
    let value = first & 1 != 0;
    let before = KernelChoice::named(name_of_kernel).expect("a known name");
    let mut after = before.clone();
    match set_option(&mut after, name, value) {
        Ok(option) => {
            let mut expected: Config = before.config.clone();
            option.set(&mut expected, value);
            let changed = option.get(&before.config) != value;
            let told = match changed {
                true => after.name.starts_with(&before.name) && after.name.len() > before.name.len(),
                false => after.name == before.name,
            };
            let right =
                after.config == expected && name.ends_with(option.name().trim_start_matches("CONFIG_"));
            claim("kernel option: it is set, and nothing else; its name tells it", right && told);
        }
        Err(failure) => {
            let short = failure.to_string().len() <= 2048 && failure.exit == Exit::Usage;
            claim(
                "kernel option: an unknown one changes nothing, and the error is short",
                short && after == before,
            );
        }
    }
}
