//! Whether a module was built for the kernel that is to load it: its `vermagic`.
//!
//! Linux compares it after the signature (`check_modinfo` in `kernel/module/main.c`, `same_magic` in
//! `kernel/module/version.c`, the same in 6.1 and 7.3). Only the release, its first word, is compared here: the rest follows from
//! options of the kernel's build.

use crate::elf::{Modinfo, modinfo};
use crate::kernel_config::is_set;

/// The longest release that is kept of a module, in characters: Linux's own has at most 64.
const RELEASE_LEN: usize = 100;

/// What a kernel expects of modules.
#[derive(Clone, Debug)]
pub(super) struct Expected {
    /// Its release: `7.2.12+deb13-amd64`.
    pub(super) release: String,
    /// `CONFIG_MODVERSIONS`: the release is not compared if the module has `__versions`.
    modversions: bool,
    /// `CONFIG_MODULE_FORCE_LOAD`: a module without vermagic loads and taints.
    force_load: bool,
}

/// A module that was built for another kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mismatch {
    /// The release that the module names, if it has one.
    pub(super) found: Option<String>,
    /// Whether Linux refuses the module for this alone (ENOEXEC).
    pub(super) refused: bool,
}

impl Expected {
    /// For a kernel with this configuration; without one, no option is set, which is the strictest.
    pub(super) fn new(release: &str, configuration: Option<&[u8]>) -> Self {
        let set = |option: &str| configuration.is_some_and(|text| is_set(text, option));
        Self {
            release: release.to_owned(),
            modversions: set("CONFIG_MODVERSIONS"),
            force_load: set("CONFIG_MODULE_FORCE_LOAD"),
        }
    }

    /// What is wrong with the vermagic of an unpacked module. `None`: nothing, or it is no ELF file.
    pub(super) fn mismatch(&self, module: &[u8]) -> Option<Mismatch> {
        let Modinfo { vermagic, has_versions } = modinfo(module)?;
        let Some(vermagic) = vermagic else {
            return Some(Mismatch { found: None, refused: !self.force_load });
        };
        let text = String::from_utf8_lossy(vermagic);
        let release = text.split(' ').next().unwrap_or_default();
        if release == self.release {
            return None;
        }
        let found = Some(release.chars().take(RELEASE_LEN).collect());
        Some(Mismatch { found, refused: !(self.modversions && has_versions) })
    }
}

impl Mismatch {
    /// A sentence for people.
    pub(super) fn sentence(&self, expected: &str) -> String {
        let what = match &self.found {
            Some(found) => format!("built for {found}, not for {expected} (vermagic)"),
            None => "has no vermagic".into(),
        };
        let follows = match (self.refused, &self.found) {
            (true, _) => "such a module does not load either, whatever its signature (ENOEXEC): rebuild it",
            (false, Some(_)) => "it loads only if all symbols that it uses have the same CRC",
            (false, None) => "it loads only by force (modprobe --force)",
        };
        format!("{what}: {follows}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    fn module() -> Vec<u8> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/crc16.ko");
        fs::read(path).unwrap()
    }

    /// The same module with `vermagic` replaced by another key.
    fn without_vermagic() -> Vec<u8> {
        let mut module = module();
        let at = module.windows(9).position(|window| window == b"vermagic=").unwrap();
        module[at] = b'V';
        module
    }

    /// Kills: a release that is a prefix of the other and counts as equal; MODVERSIONS that excuses a module without CRCs; a
    /// missing vermagic that is fine.
    #[test]
    fn only_the_kernels_own_release_fits() {
        let module = module();
        let text = String::from_utf8_lossy(&module);
        let own = text.split("vermagic=").nth(1).unwrap().split(' ').next().unwrap().to_owned();
        let refused = |release: &str, config: &[u8], module: &[u8]| {
            Expected::new(release, Some(config)).mismatch(module).map(|mismatch| mismatch.refused)
        };
        assert_eq!(refused(&own, b"", &module), None);
        for other in [&own[..own.len() - 1], &format!("{own}x"), "", "6.1.0"] {
            assert_eq!(refused(other, b"", &module), Some(true), "{other}");
            // The test's module has no __versions.
            assert_eq!(refused(other, b"CONFIG_MODVERSIONS=y\n", &module), Some(true), "{other}");
        }
        assert_eq!(refused(&own, b"", &without_vermagic()), Some(true));
        assert_eq!(refused(&own, b"CONFIG_MODULE_FORCE_LOAD=y\n", &without_vermagic()), Some(false));
        assert_eq!(refused(&own, b"", b"no ELF"), None);
        let found = Expected::new("6.1.0", None).mismatch(&module).unwrap();
        assert_eq!(found.found, Some(own));
    }
}
