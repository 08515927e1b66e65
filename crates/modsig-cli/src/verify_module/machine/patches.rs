//! Patches of distributions that no configuration shows, from what the kernel says of itself.

use super::certificates::Given;
use super::live::Places;
use crate::files::read_file;
use crate::verify_module::kernel_result::Fact;
use modsig::kernel::{Config, Version};
use std::path::Path;

/// The longest `/proc/version` that is read, in bytes.
const LIMIT: u64 = 4096;

/// Who compiles Debian's kernels (`debian/rules.real`, `KBUILD_BUILD_USER`, `KBUILD_BUILD_HOST`). The name of the compiler
/// says Debian on every kernel that was compiled there.
const DEBIAN: &str = "(debian-kernel@lists.debian.org)";

/// Sets the patches of a kernel that was found: Debian's by its banner, and the comparison of digests by its message. Says
/// on what that rests.
///
/// All of Debian's kernels whose rules are known verify modules with `.platform`: the source packages of 6.1, 6.12, 7.2 and
/// 7.3 have the patch, and its 7.0 and 7.1 loaded modules by keys of the firmware.
pub(super) fn set(
    config: &mut Config,
    given: &Given,
    image: Option<&Path>,
    running: Option<&Places>,
) -> Vec<Fact> {
    let mut facts = Vec::new();
    let of_image = image.zip(given.banner.clone()).map(|(path, banner)| (path.to_path_buf(), banner));
    let banner = of_image.or_else(|| {
        let path = running?.proc.join("version");
        let text = read_file(&path, LIMIT).ok()?;
        Some((path, String::from_utf8_lossy(&text.bytes).into_owned()))
    });
    if let Some((path, banner)) = banner
        && let Some(package) = debian_package(&banner)
    {
        config.keyrings.platform_for_modules = true;
        let value = format!(
            "Debian {package} by the kernel's banner: modules are also verified with the keys of the firmware (.platform), \
             as in Debian's source packages"
        );
        facts.push(Fact::known("patches", path.display().to_string(), value));
        // Without an image, the source packages tell: 6.1 and 6.12 have this patch, 7.2 and 7.3 do not.
        config.keyrings.file_blacklist_for_modules = image.is_none() && config.version < Version::V7_0;
    }
    if let Some(path) = image.filter(|_| given.refuses_files) {
        config.keyrings.file_blacklist_for_modules = true;
        let value = "a message in the image: digests of modules are compared with the blacklist";
        facts.push(Fact::known("patches", path.display().to_string(), value));
    }
    facts
}

/// The version of the package in the banner of one of Debian's kernels: `Linux version RELEASE (debian-kernel@…) (COMPILER) #1
/// SMP … Debian 6.1.192-1 (DATE)`.
fn debian_package(banner: &str) -> Option<&str> {
    let mut words = banner.split_ascii_whitespace().skip(3);
    if words.next() != Some(DEBIAN) {
        return None;
    }
    let (_, version) = banner.rsplit_once(") #")?;
    let mut words = version.split_ascii_whitespace();
    words.find(|word| *word == "Debian")?;
    words.next()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kills: a kernel that was only compiled on Debian taken for Debian's; another's banner.
    #[test]
    fn debian_is_known_by_who_compiled_it() {
        let debian = "Linux version 6.1.0-56-amd64 (debian-kernel@lists.debian.org) (gcc-12 (Debian 12.2.0-14) 12.2.0, GNU ld \
                      (GNU Binutils for Debian) 2.40) #1 SMP PREEMPT_DYNAMIC Debian 6.1.192-1 (2026-10-01)";
        assert_eq!(debian_package(debian), Some("6.1.192-1"));
        for other in [
            "",
            "Linux version 6.1.0-56-amd64 (debian-kernel@lists.debian.org)",
            &debian.replace("debian-kernel@lists.debian.org", "root@host"),
            &debian.replace("DYNAMIC Debian", "DYNAMIC Other"),
            "Linux version 6.12.1 (root@host) (gcc (Debian 14) (debian-kernel@lists.debian.org)) #1 SMP Debian 6.12.1-1",
        ] {
            assert_eq!(debian_package(other), None, "{other}");
        }
    }
}
