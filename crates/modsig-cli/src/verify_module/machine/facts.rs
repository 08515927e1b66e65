//! What the files of a root say about one kernel: its configuration, and the certificates in its image.

use super::certificates::{self, FOLLOWS, Given};
use super::live::Places;
use super::patches;
use crate::error::{CliError, InFile as _};
use crate::exit::Exit;
use crate::files::{Compression, Links, MODULE_LIMIT, Root, read_file, read_file_with, unpack};
use crate::kernel_config::{is_set, parse_config_of, value_in};
use crate::verify_module::kernel_result::Fact;
use modsig::kernel::{Config, ConfigOption, Version};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// The longest configuration that is read, packed or not: 4 MiB. A distribution's has 0.3 MiB.
const CONFIG_LIMIT: u64 = 4 << 20;
/// The longest kernel image that is read: 512 MiB, enough for one with debugging symbols.
const IMAGE_LIMIT: u64 = MODULE_LIMIT / 2;

/// One kernel, as far as files tell.
pub(super) struct Kernel {
    pub(super) config: Config,
    /// The text of the configuration, if it was found.
    pub(super) configuration: Option<Vec<u8>>,
    /// What its image gives it.
    pub(super) given: Given,
    pub(super) facts: Vec<Fact>,
    /// Files that are there and cannot be used.
    pub(super) errors: Vec<CliError>,
}

/// Reads the files of the kernel `release`. `running` is where the running kernel says more.
pub(super) fn read(root: &Arc<Root>, release: &str, running: Option<&Places>) -> Kernel {
    let (mut facts, mut errors) = (Vec::new(), Vec::new());
    let places = |names: [&str; 3]| names.map(|name| PathBuf::from(name.replace("RELEASE", release)));
    let of_system = running.and_then(|places| {
        let path = places.proc.join("config.gz");
        let packed = read_file(&path, CONFIG_LIMIT).ok()?;
        let text = unpack(Compression::Gzip, &packed.bytes).ok()?;
        Some((path, text.bytes))
    });
    let names =
        places(["boot/config-RELEASE", "usr/lib/modules/RELEASE/config", "lib/modules/RELEASE/config"]);
    let mut text = of_system.or_else(|| first(root, &names, CONFIG_LIMIT, &mut errors));

    let images = places(["boot/vmlinuz-RELEASE", "usr/lib/modules/RELEASE/vmlinuz", "boot/vmlinux-RELEASE"]);
    let mut given = Given::default();
    let mut image_path = None;
    match first(root, &images, IMAGE_LIMIT, &mut errors) {
        Some((path, image)) => {
            let (found, more) = certificates::read(&path, &image, release, text.is_none(), &mut errors);
            given = found;
            facts.extend(more);
            text = text.or_else(|| Some((path.clone(), given.configuration.take()?)));
            image_path = Some(path);
        }
        None => {
            let what = "built-in certificates";
            facts.push(Fact::missing(what, looked_at(&images), "no kernel image can be read", FOLLOWS));
        }
    }

    let version = Version::from_release(release).filter(|version| version.is_known()).unwrap_or_else(|| {
        let assumed = Config::STRICT.version;
        let what = format!("the rules of Linux {release} are not known");
        let follows = format!("the answers are those of Linux {assumed}, which may differ");
        errors.push(CliError::new(Exit::Refused, what, follows));
        assumed
    });
    let mut config = Config::strict_of(version);
    let mut configuration = None;
    let parsed = text.map(|(path, text)| {
        parse_config_of(&text, version).map(|config| (path.clone(), text, config)).in_file(path)
    });
    facts.push(match parsed {
        Some(Ok((path, text, parsed))) => {
            let value = match (is_set(&text, "CONFIG_MODULES"), parsed.module_sig) {
                // A part of a configuration may leave it out.
                (false, false) => "no CONFIG_MODULES: this kernel loads no module",
                (_, false) => "no CONFIG_MODULE_SIG: signatures are not checked",
                (_, true) => "read",
            };
            config = parsed;
            configuration = Some(text);
            Fact::known("configuration", path.display().to_string(), value)
        }
        unusable => {
            errors.extend(unusable.and_then(Result::err));
            Fact::missing(
                "configuration",
                looked_at(&names),
                "was not found or cannot be used",
                "the strictest one is assumed: signatures enforced, all algorithms",
            )
        }
    });
    if let Some(text) = &configuration {
        facts.extend(modular(text, &config, &looked_at(&names)));
    }
    facts.extend(patches::set(&mut config, &given, image_path.as_deref(), running));
    Kernel { config, configuration, given, facts, errors }
}

/// What it means that algorithms are modules (`=m`) themselves. Nothing if none is.
fn modular(text: &[u8], config: &Config, source: &str) -> Vec<Fact> {
    use ConfigOption as Kconfig;
    let among = |options: &[ConfigOption]| {
        let is_module = |option: &&ConfigOption| {
            option.get(config) && value_in(text, option.name()).is_some_and(|value| value == "m")
        };
        let names =
            options.iter().filter(is_module).map(|option| option.name().trim_start_matches("CONFIG_"));
        names.collect::<Vec<_>>().join(", ")
    };
    let digests = among(&[Kconfig::Md5, Kconfig::Sha1, Kconfig::Sha256, Kconfig::Sha512, Kconfig::Sha3]);
    let keys = among(&[Kconfig::Rsa, Kconfig::Ecdsa, Kconfig::MlDsa]);
    let mut facts = Vec::new();
    if !digests.is_empty() {
        let value = format!(
            "{digests} (=m): predicted as present, because Linux loads them on demand; where modprobe does not find them, as in \
             an initramfs without them, signatures with these digests are not supported (ENOPKG)"
        );
        facts.push(Fact::known("digests that are modules", source, value));
    }
    if !keys.is_empty() {
        let value = format!(
            "{keys} (=m): missing when certificates are read, so self-signed certificates with such keys are rejected"
        );
        facts.push(Fact::known("key algorithms that are modules", source, value));
    }
    facts
}

fn looked_at(names: &[PathBuf]) -> String {
    names.iter().map(|name| name.display().to_string()).collect::<Vec<_>>().join(", ")
}

/// The first of these files that exists, with its name for messages. One that exists and cannot be read is an error, and ends the
/// search: another file may be of another kernel.
fn first(
    root: &Arc<Root>,
    names: &[PathBuf],
    limit: u64,
    errors: &mut Vec<CliError>,
) -> Option<(PathBuf, Vec<u8>)> {
    for name in names {
        if matches!(root.file(name), Err(error) if is_absent(&error)) {
            continue;
        }
        let path = root.path_of(name);
        match read_file_with(&path, limit, &Links::Inside(Arc::clone(root))) {
            Ok(source) => return Some((path, source.bytes)),
            Err(error) => errors.push(error.in_file(path)),
        }
        return None;
    }
    None
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
