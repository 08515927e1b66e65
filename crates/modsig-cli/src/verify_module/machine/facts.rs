//! What the files of a root say about one kernel: its configuration, and the certificates in its image.

use super::live::{Fact, Places};
use crate::error::{CliError, InFile as _};
use crate::exit::Exit;
use crate::files::{Compression, Links, MODULE_LIMIT, Root, read_file, read_file_with, unpack};
use crate::kernel_choice::parse_config;
use modsig::kernel::{Config, Version};
use std::io;
use std::path::{Path, PathBuf};
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
    /// The kernel image, if it was found.
    pub(super) image: Option<(PathBuf, Vec<u8>)>,
    pub(super) facts: Vec<Fact>,
    /// Files that are there and cannot be used.
    pub(super) errors: Vec<CliError>,
}

/// Reads the files of the kernel `release`. `running` is where the running kernel says more.
pub(super) fn read(root: &Arc<Root>, release: &str, running: Option<&Places>) -> Kernel {
    let mut kernel = Kernel {
        config: Config::STRICT,
        configuration: None,
        image: None,
        facts: Vec::new(),
        errors: Vec::new(),
    };
    let places = |names: [&str; 3]| names.map(|name| PathBuf::from(name.replace("RELEASE", release)));
    let of_system = running.and_then(|places| {
        let path = places.proc.join("config.gz");
        let packed = read_file(&path, CONFIG_LIMIT).ok()?;
        let text = unpack(Compression::Gzip, &packed.bytes).ok()?;
        Some((path, text.bytes))
    });
    let names =
        places(["boot/config-RELEASE", "usr/lib/modules/RELEASE/config", "lib/modules/RELEASE/config"]);
    let text = of_system.or_else(|| first(root, &names, CONFIG_LIMIT, &mut kernel.errors));
    let parsed = text.and_then(|(path, text)| match parse_config(&text) {
        Ok(config) => Some((path, text, config)),
        Err(error) => {
            kernel.errors.push(error.in_file(path));
            None
        }
    });
    kernel.facts.push(match parsed {
        Some((path, text, config)) => {
            kernel.config = config;
            kernel.configuration = Some(text);
            Fact::known("configuration", path.display().to_string(), "read")
        }
        None => Fact::missing(
            "configuration",
            looked_at(&names),
            "was not found or cannot be used",
            "the strictest one is assumed: signatures enforced, all algorithms",
        ),
    });
    kernel.config.version = version_of(release, &mut kernel);
    let names = places(["boot/vmlinuz-RELEASE", "usr/lib/modules/RELEASE/vmlinuz", "boot/vmlinux-RELEASE"]);
    kernel.image = first(root, &names, IMAGE_LIMIT, &mut kernel.errors);
    if kernel.image.is_none() {
        kernel.facts.push(Fact::missing(
            "built-in certificates",
            looked_at(&names),
            "no kernel image was found",
            "only the certificates that you give (--trust) count: others' modules are predicted as signed by an unknown key",
        ));
    }
    kernel
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

/// The version in a release: `6.12` in `6.12.117+deb13-amd64`.
fn version_of(release: &str, kernel: &mut Kernel) -> Version {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map(str::parse::<u16>);
    if let (Some(Ok(major)), Some(Ok(minor))) = (numbers.next(), numbers.next()) {
        return Version::new(major, minor);
    }
    let what = format!("{release} does not begin with a version of Linux");
    let error = CliError::new(Exit::Malformed, what, "check the name of the directory");
    kernel.errors.push(error.in_file(Path::new(release)));
    kernel.config.version
}
