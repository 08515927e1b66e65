//! Messages about what Linux does with a certificate. [`Load`] decides; every program that reads, makes or uses a certificate
//! uses this file.

use crate::error::CliError;
use crate::exit::Exit;
use crate::terminal::Terminal;
use modsig::cert::Certificate;
use modsig::kernel::{Config, Load, LoadError, Origin};
use modsig::trust::TrustStore;
use std::path::Path;

/// The kernel that is predicted if the user names none.
const LINUX: &str = "Linux 7.2";

const ISSUE_AGAIN: &str = "issue the certificate again, with module-key generate";

/// Why `linux` verifies no module with a certificate, and what to do; `None` if it accepts the certificate.
#[must_use]
pub fn fate(load: &Load, linux: &str) -> Option<CliError> {
    if load.is_usable() {
        return None;
    }
    let verdict = match load.refusal {
        None => format!("{linux} loads this certificate, but refuses every signature by its key"),
        Some(LoadError::EndsTheList) => format!(
            "{linux} stops reading its built-in certificates here, and loads neither this one nor those after it ({})",
            log(load)
        ),
        Some(LoadError::Refused(errno)) => {
            format!("{linux} does not load this certificate ({errno}; {})", log(load))
        }
        Some(LoadError::TooExpensive) => {
            let what =
                "checking the certificate's own signature costs too much; nothing is predicted with it";
            return Some(CliError::new(Exit::Refused, what, ISSUE_AGAIN));
        }
        Some(_) => format!("{linux} does not load this certificate ({})", log(load)),
    };
    Some(match &load.problem {
        Some(problem) => CliError::new(Exit::Refused, format!("{verdict}: {problem}"), problem.remedy()),
        None => CliError::new(Exit::Refused, verdict, ISSUE_AGAIN),
    })
}

/// The lines of the kernel's log, quoted.
fn log(load: &Load) -> String {
    format!("its log: \"{}\"", load.log.join(" | "))
}

/// As [`fate`], for one certificate and Linux 7.2 with all algorithms and enforced signatures.
#[must_use]
pub fn fate_alone(certificate: &Certificate) -> Option<CliError> {
    fate(&Load::alone(certificate.as_der(), &Config::STRICT), LINUX)
}

/// Prints a warning, also with `-q`, if Linux 7.2 verifies no module with this certificate. The exit code does not change.
pub fn warn(certificate: &Certificate, path: &Path, terminal: &mut Terminal) {
    if let Some(failure) = fate_alone(certificate) {
        terminal.warning(path, about(&certificate.subject(), &failure));
    }
}

/// Says on standard output if the certificate does not enter `.machine` as a machine owner's key of a kernel with
/// `CONFIG_INTEGRITY_CA_MACHINE_KEYRING_MAX`.
pub fn note_machine_owner(certificate: &Certificate, path: &Path, terminal: &mut Terminal) {
    let mut config = Config::STRICT;
    (config.keyrings.machine_ca, config.keyrings.machine_ca_max) = (true, true);
    (config.boot.secure_boot, config.boot.mok_list_trusted) = (true, true);
    let mut store = TrustStore::new();
    store.add_from(certificate.clone(), Origin::MachineOwner);
    if store.not_for_modules(certificate, &config).is_some() {
        let what = "note: as a machine owner's key (MOK) it does not enter .machine of a kernel with \
            CONFIG_INTEGRITY_CA_MACHINE_KEYRING_MAX (Red Hat's): that requires CA:TRUE and the usage keyCertSign without \
            digitalSignature";
        terminal.print_about(path, what);
    }
}

/// A line about the certificate with this subject, which may be empty.
pub fn about(subject: &str, failure: &CliError) -> String {
    if subject.is_empty() { failure.to_string() } else { format!("{subject}: {failure}") }
}
