//! What Linux makes of a certificate, in words. [`Load`] decides; every program that reads, makes or uses a certificate
//! says it by this file.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::Terminal;
use modsig::cert::Certificate;
use modsig::kernel::{Config, Load, LoadError};
use std::path::Path;

/// The Linux that is asked where the user names none.
const LINUX: &str = "Linux 7.2";

/// Why `linux` verifies no module with a certificate, and what to do; `None` if it does.
#[must_use]
pub fn fate(load: &Load, linux: &str) -> Option<Failure> {
    if load.is_usable() {
        return None;
    }
    let does = match load.refusal {
        None => format!("{linux} takes this certificate, and refuses every signature by its key"),
        Some(LoadError::EndsTheList) => format!(
            "{linux} ends its list of built-in certificates here, and takes neither this one nor those behind it ({})",
            log(load)
        ),
        Some(LoadError::Refused(errno)) => {
            format!("{linux} does not take this certificate ({errno}; {})", log(load))
        }
        Some(LoadError::TooExpensive) => {
            let what =
                "checking the certificate's own signature costs too much; nothing is predicted with it";
            return Some(Failure::new(
                Exit::Refused,
                what,
                "issue the certificate again, with module-key generate",
            ));
        }
        Some(_) => format!("{linux} does not take this certificate ({})", log(load)),
    };
    Some(match &load.problem {
        Some(problem) => Failure::new(Exit::Refused, format!("{does}: {problem}"), problem.remedy()),
        None => Failure::new(Exit::Refused, does, "issue the certificate again, with module-key generate"),
    })
}

/// What the kernel writes to its log, quoted.
fn log(load: &Load) -> String {
    format!("its log: \"{}\"", load.log.join(" | "))
}

/// The same for one certificate and Linux 7.2 with all algorithms, which enforces signatures.
#[must_use]
pub fn fate_alone(certificate: &Certificate) -> Option<Failure> {
    fate(&Load::alone(certificate.as_der(), &Config::STRICT), LINUX)
}

/// Warns of a certificate that modules are signed for and that Linux 7.2 verifies none with: one line, whatever `-q` says,
/// and the exit code stays.
pub fn warn(certificate: &Certificate, path: &Path, terminal: &mut Terminal) {
    if let Some(failure) = fate_alone(certificate) {
        terminal.warning(path, about(&certificate.subject(), &failure));
    }
}

/// A line about the certificate of this subject, which may be empty.
pub fn about(subject: &str, failure: &Failure) -> String {
    if subject.is_empty() { failure.to_string() } else { format!("{subject}: {failure}") }
}
