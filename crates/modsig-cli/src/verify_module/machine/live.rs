//! What only a running kernel says: its release, command line, enforcement, lockdown, FIPS mode, and loaded modules.
//!
//! All of it is read from files, so that tests bring their own.

use crate::error::CliError;
use crate::files::read_file;
use crate::verify_module::kernel_result::Fact;
use modsig::kernel::{BootState, Lockdown};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// The longest file of `/proc` and `/sys` that is read: `/proc/modules` has 100 bytes for each module.
const LIMIT: u64 = 16 << 20;

/// Where the files are.
#[derive(Clone, Debug)]
pub(in crate::verify_module) struct Places {
    pub(super) proc: PathBuf,
    pub(super) sys: PathBuf,
}

impl Places {
    /// Those of this system.
    pub(super) fn of_system() -> Self {
        Self { proc: "/proc".into(), sys: "/sys".into() }
    }
}

/// The state of the running kernel.
#[derive(Debug, Default)]
pub(super) struct Live {
    /// What the command line and the system's state add to the configuration.
    pub(super) boot: BootState,
    /// Taints of each loaded module by its name (with `_`), as in `/proc/modules`: `OE`, or empty.
    pub(super) loaded: BTreeMap<String, String>,
    pub(super) facts: Vec<Fact>,
}

/// The running kernel's release.
///
/// # Errors
/// `/proc/sys/kernel/osrelease` cannot be read, or is empty.
pub(super) fn release(places: &Places) -> Result<String, CliError> {
    let path = places.proc.join("sys/kernel/osrelease");
    let text = read_text(&path)?;
    match text.lines().next() {
        Some(release) if !release.is_empty() && !release.contains('/') => Ok(release.to_owned()),
        _ => Err(CliError::io("does not hold a release", &io::ErrorKind::InvalidData.into())),
    }
}

/// Reads the state.
pub(super) fn read(places: &Places) -> Live {
    let mut live = Live::default();
    command_line(places, &mut live);
    enforcement(places, &mut live);
    lockdown(places, &mut live);
    fips(places, &mut live);
    loaded(places, &mut live);
    live
}

fn read_text(path: &Path) -> Result<String, CliError> {
    read_file(path, LIMIT).map(|source| String::from_utf8_lossy(&source.bytes).into_owned())
}

/// Adds the fact, or why it is not known.
fn take(
    live: &mut Live,
    what: &'static str,
    path: &Path,
    follows: &'static str,
    read: impl FnOnce(&mut Live, &str) -> Option<String>,
) {
    let source = path.display().to_string();
    let fact = match read_text(path) {
        Err(error) => Fact::missing(what, source, error.what, follows),
        Ok(text) => match read(live, &text) {
            Some(value) => Fact::known(what, source, value),
            None => Fact::missing(what, source, "has an unknown form", follows),
        },
    };
    live.facts.push(fact);
}

/// The words of the command line that change the answer. The kernel takes the last of each.
fn command_line(places: &Places, live: &mut Live) {
    let follows =
        "module.sig_enforce=, lockdown= and fips= of the boot loader are known only from /sys and /proc";
    take(live, "command line", &places.proc.join("cmdline"), follows, |live, text| {
        let mut words = Vec::new();
        for word in text.split_ascii_whitespace() {
            // Linux treats - and _ in names of parameters as equal.
            let (name, value) =
                word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
            match (&*name.replace('-', "_"), value) {
                // Setting it back is not possible: `param_set_bool_enable_only`.
                ("module.sig_enforce", value) => live.boot.sig_enforce |= value.is_none_or(is_yes),
                ("lockdown", Some(level)) => {
                    live.boot.lockdown = Lockdown::from_name(level).unwrap_or(live.boot.lockdown);
                }
                ("fips", Some(value)) => live.boot.fips = value != "0",
                _ => continue,
            }
            words.push(word);
        }
        Some(if words.is_empty() { "nothing about modules".into() } else { words.join(" ") })
    });
}

/// What `kstrtobool` takes for true.
fn is_yes(value: &str) -> bool {
    matches!(value.as_bytes(), [b'y' | b'Y' | b't' | b'T' | b'1', ..] | [b'o' | b'O', b'n' | b'N', ..])
}

fn enforcement(places: &Places, live: &mut Live) {
    let path = places.sys.join("module/module/parameters/sig_enforce");
    let follows = "enforcement is known only from the configuration and the command line";
    take(live, "enforcement", &path, follows, |live, text| match text.trim() {
        "Y" => {
            live.boot.sig_enforce = true;
            Some("signatures are enforced".into())
        }
        "N" => Some("signatures are not enforced".into()),
        _ => None,
    });
}

/// The level in brackets: `none [integrity] confidentiality`.
fn lockdown(places: &Places, live: &mut Live) {
    let follows = "lockdown is known only from the configuration and the command line";
    take(live, "lockdown", &places.sys.join("kernel/security/lockdown"), follows, |live, text| {
        let level = text.split_once('[')?.1.split_once(']')?.0;
        // What the kernel says now is what counts.
        live.boot.lockdown = Lockdown::from_name(level)?;
        Some(level.to_owned())
    });
}

fn fips(places: &Places, live: &mut Live) {
    let follows = "FIPS mode is known only from the command line";
    take(live, "FIPS mode", &places.proc.join("sys/crypto/fips_enabled"), follows, |live, text| {
        live.boot.fips = match text.trim() {
            "0" => false,
            "1" => true,
            _ => return None,
        };
        Some(if live.boot.fips { "on" } else { "off" }.into())
    });
}

/// `NAME SIZE USERS USED-BY STATE ADDRESS (TAINTS)`, one module a line.
fn loaded(places: &Places, live: &mut Live) {
    let follows = "which modules are loaded now is not known";
    take(live, "loaded modules", &places.proc.join("modules"), follows, |live, text| {
        for line in text.lines() {
            let mut words = line.split_ascii_whitespace();
            let name = words.next()?;
            let last = words.last().unwrap_or_default();
            let taints = last.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or_default();
            live.loaded.insert(name.to_owned(), taints.to_owned());
        }
        Some(format!("{} loaded", live.loaded.len()))
    });
}

/// The name that Linux gives to the module in this file: without the extensions, with `_` for `-`.
pub(super) fn module_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.split(".ko").next().unwrap_or_default().replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    struct Machine {
        folder: tempfile::TempDir,
    }

    impl Machine {
        fn new(files: &[(&str, &str)]) -> Self {
            let folder = tempfile::tempdir().unwrap();
            for (name, text) in files {
                let path = folder.path().join(name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
            Self { folder }
        }

        fn places(&self) -> Places {
            Places { proc: self.folder.path().join("proc"), sys: self.folder.path().join("sys") }
        }

        fn boot(&self) -> BootState {
            read(&self.places()).boot
        }
    }

    /// Kills: enforcement or lockdown that is on and not noticed, from any of its sources; the lowest of the bracketed levels.
    #[test]
    fn enforcement_lockdown_and_fips_come_from_everywhere() {
        let enforce = |command: &str| Machine::new(&[("proc/cmdline", command)]).boot().sig_enforce;
        for on in [
            "module.sig_enforce",
            "a module.sig_enforce=1 b",
            "module.sig-enforce=on",
            "module.sig_enforce=Y",
        ] {
            assert!(enforce(on), "{on}");
        }
        for off in ["", "module.sig_enforce=0", "sig_enforce=1", "xmodule.sig_enforce=1"] {
            assert!(!enforce(off), "{off}");
        }
        let sys = ("sys/module/module/parameters/sig_enforce", "Y\n");
        assert!(Machine::new(&[("proc/cmdline", "quiet"), sys]).boot().sig_enforce);
        let level = |text: &str| Machine::new(&[("sys/kernel/security/lockdown", text)]).boot().lockdown;
        assert_eq!(level("none [integrity] confidentiality\n"), Lockdown::Integrity);
        assert_eq!(level("none integrity [confidentiality]\n"), Lockdown::Confidentiality);
        assert_eq!(level("[none] integrity confidentiality\n"), Lockdown::None);
        assert_eq!(
            Machine::new(&[("proc/cmdline", "lockdown=integrity")]).boot().lockdown,
            Lockdown::Integrity
        );
        assert!(Machine::new(&[("proc/cmdline", "fips=1")]).boot().fips);
        assert!(
            !Machine::new(&[("proc/cmdline", "fips=1"), ("proc/sys/crypto/fips_enabled", "0\n")]).boot().fips
        );
    }

    /// Kills: a file that cannot be read, passed over in silence.
    #[test]
    fn what_is_not_there_is_said() {
        let live = read(&Machine::new(&[("sys/kernel/security/lockdown", "integrity")]).places());
        assert_eq!(live.facts.len(), 5);
        for fact in &live.facts {
            let missing = fact.state.as_ref().unwrap_err();
            assert!(!missing.why.is_empty() && !missing.follows.is_empty(), "{fact:?}");
        }
        assert!(release(&Machine::new(&[]).places()).is_err());
        let osrelease = |text: &str| release(&Machine::new(&[("proc/sys/kernel/osrelease", text)]).places());
        assert_eq!(osrelease("7.2.12+deb13-amd64\n").unwrap(), "7.2.12+deb13-amd64");
        assert!(osrelease("").is_err() && osrelease("../x").is_err());
    }

    #[test]
    fn loaded_modules_have_names_and_taints() {
        let text = "snd_hda_intel 61440 0 - Live 0x0000000000000000\n\
                    dummy 16384 1 a,b, Live 0xffffffffc0000000 (OE)\nunloading 1 0 - Unloading 0x0\n";
        let live = read(&Machine::new(&[("proc/modules", text)]).places());
        let expected = [("dummy", "OE"), ("snd_hda_intel", ""), ("unloading", "")];
        assert!(live.loaded.iter().map(|(name, taints)| (&**name, &**taints)).eq(expected));
        assert_eq!(module_name(Path::new("a/snd-hda-intel.ko.xz")), "snd_hda_intel");
        assert_eq!(module_name(Path::new("dummy.ko")), "dummy");
    }
}
