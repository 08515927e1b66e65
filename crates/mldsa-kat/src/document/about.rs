//! What ran, where and when: the header of a report.

use std::ffi::OsStr;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pkcs8::der::DateTime;

use crate::backend::{Backend, Kernels};

/// What ran, where and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// The version of the program.
    pub version: &'static str,
    /// The commit, if the builder or the packed archive named it.
    pub commit: Option<&'static str>,
    /// What `rustc --version` printed at build time, if it could be run.
    pub compiler: Option<&'static str>,
    /// The target triple of the build.
    pub target: &'static str,
    /// `release` or `debug`.
    pub profile: &'static str,
    /// The back end on the command line.
    pub requested: &'static str,
    /// The back end that ran.
    pub back_end: &'static str,
    /// The processor, as the operating system names it.
    pub cpu: Option<String>,
    /// When; `None` in a report that does not depend on it.
    pub time: Option<Time>,
}

/// The time of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Time {
    /// UTC, such as `2026-11-28T21:31:12Z`.
    pub utc: String,
    /// Whether it is that of `SOURCE_DATE_EPOCH` and not of the clock.
    pub from_environment: bool,
}

/// `SOURCE_DATE_EPOCH` is not a number of seconds since 1970, or is after the year 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidEpoch;

impl About {
    /// Describes this build and this machine.
    pub fn new(requested: Backend, kernels: Kernels, time: Option<Time>) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION"),
            commit: known(env!("MLDSA_KAT_BUILD_COMMIT")),
            compiler: known(env!("MLDSA_KAT_BUILD_COMPILER")),
            target: env!("MLDSA_KAT_BUILD_TARGET"),
            profile: env!("MLDSA_KAT_BUILD_PROFILE"),
            requested: requested.name(),
            back_end: kernels.name(),
            cpu: cpu(),
            time,
        }
    }
}

fn known(value: &'static str) -> Option<&'static str> {
    Some(value).filter(|value| !value.is_empty())
}

impl Time {
    /// The time of a report: `epoch` (the value of `SOURCE_DATE_EPOCH`) if it is set, otherwise the clock's.
    ///
    /// # Errors
    /// [`InvalidEpoch`].
    pub fn now(epoch: Option<&OsStr>) -> Result<Self, InvalidEpoch> {
        let since_1970 = match epoch {
            Some(epoch) => epoch.to_str().and_then(seconds).ok_or(InvalidEpoch)?,
            // A clock before 1970 is shown as 1970.
            None => SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default(),
        };
        let utc = DateTime::from_unix_duration(since_1970).map_err(|_| InvalidEpoch)?;
        Ok(Self { utc: utc.to_string(), from_environment: epoch.is_some() })
    }
}

/// Digits only: no sign, no fraction.
fn seconds(text: &str) -> Option<Duration> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok().map(Duration::from_secs) } else { None }
}

/// The processor: `model name` of Linux's `/proc/cpuinfo`, or on Arm its implementer and part. `None` elsewhere.
fn cpu() -> Option<String> {
    let mut text = String::new();
    // The first processor is in the first kilobytes.
    File::open("/proc/cpuinfo").ok()?.take(64 << 10).read_to_string(&mut text).ok()?;
    cpu_of(&text)
}

fn cpu_of(cpuinfo: &str) -> Option<String> {
    let field = |name: &str| {
        let of_line = |line: &str| {
            let (found, value) = line.split_once(':')?;
            (found.trim() == name).then(|| value.trim().to_owned())
        };
        cpuinfo.lines().find_map(of_line).filter(|value| !value.is_empty())
    };
    field("model name").or_else(|| {
        Some(format!("CPU implementer {}, part {}", field("CPU implementer")?, field("CPU part")?))
    })
}

impl fmt::Display for InvalidEpoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SOURCE_DATE_EPOCH must be a number of seconds since 1970, before the year 10000")
    }
}

impl std::error::Error for InvalidEpoch {}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kills: local time, a sign or a fraction that is read as another time, an epoch that is ignored.
    #[test]
    fn the_epoch_is_the_time() {
        let time = |epoch: &str| Time::now(Some(OsStr::new(epoch)));
        assert_eq!(
            time("1700000000"),
            Ok(Time { utc: "2023-11-14T22:13:20Z".to_owned(), from_environment: true })
        );
        assert_eq!(time("0").unwrap().utc, "1970-01-01T00:00:00Z");
        assert_eq!(time("951782400").unwrap().utc, "2000-02-29T00:00:00Z");
        for bad in ["", "-1", "+1", "1.5", "1e9", "now", "253402300800", "99999999999999999999"] {
            assert_eq!(time(bad), Err(InvalidEpoch), "{bad}");
        }
        let now = Time::now(None).unwrap();
        assert!(!now.from_environment && now.utc.ends_with('Z') && now.utc.len() == 20, "{now:?}");
    }

    #[test]
    fn the_processor_is_the_first_one() {
        assert_eq!(cpu_of("processor\t: 0\nmodel name\t: A B\nmodel name\t: C\n").as_deref(), Some("A B"));
        let arm = "processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n";
        assert_eq!(cpu_of(arm).as_deref(), Some("CPU implementer 0x41, part 0xd0c"));
        assert_eq!(cpu_of("model name\t:\n"), None);
        assert_eq!(cpu_of(""), None);
    }
}
