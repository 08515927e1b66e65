//! `module-key check`: checks that a private key and a certificate belong together, and that Linux accepts them.

use crate::certificate_fate::{fate_alone, note_machine_owner};
use crate::credentials::read_signer;
use crate::error::{CliError, InFile as _};
use crate::exit::Exit;
use crate::exit_mapping::{kernel_line, sign_error};
use crate::ink::Ink;
use crate::key_access::KeyAccess;
use crate::randomness;
use crate::terminal::Terminal;
use clap::Args;
use modsig::cert::Lint;
use modsig::kernel::Answer;
use modsig::signer::{Options, Signer};
use modsig::trust::TrustStore;
use modsig::verdict::{Policy, verify};
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  Key and certificate in one file:
    module-key check signing_key.pem

  In two files:
    module-key check --cert signing_key.x509 key.pem

Exit code 0: they belong together, a trial signature verifies, Linux 7.2 will
accept the certificate and the signature, and the certificate follows the
rules. Exit code 7: key and certificate do not belong together. Exit code 5:
Linux or this program refuses them.
";

/// Check that a private key and a certificate belong together and can sign modules
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Arguments {
    /// File with the private key, or its pkcs11: URI
    #[arg(value_name = "KEY")]
    key: PathBuf,
    /// File with the certificate [default: the certificate in KEY]
    #[arg(long, value_name = "CERT")]
    cert: Option<PathBuf>,
    #[command(flatten)]
    access: KeyAccess,
}

/// Runs the operation.
pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<(), CliError> {
    check(arguments, terminal).in_file(&arguments.key)
}

fn check(arguments: &Arguments, terminal: &mut Terminal) -> Result<(), CliError> {
    let certificate_path = arguments.cert.as_ref().unwrap_or(&arguments.key);
    let (cert, access) = (arguments.cert.as_deref(), &arguments.access);
    let signer = read_signer(&arguments.key, cert, access, Options::default(), terminal)?;
    let trial = b"a trial of key and certificate";
    let appended = signer.sign(trial, &randomness::rnd()?).map_err(|error| sign_error(&error))?;
    let own = TrustStore::from_iter([signer.certificate().clone()]);
    let verdict = verify(&[trial, &appended[..]].concat(), &own, &Policy::default());
    if !verdict.is_good() {
        return Err(CliError::internal("a trial signature does not verify"));
    }
    if report_problems(&signer, &verdict.kernel, certificate_path, terminal) {
        return Ok(());
    }
    let subject = signer.certificate().subject();
    let algorithm = signer.algorithm();
    terminal.print_pieces(
        &arguments.key,
        &[(Ink::Good, "good"), (Ink::Plain, &format!(": {algorithm} key and certificate of {subject}"))],
    );
    note_machine_owner(signer.certificate(), certificate_path, terminal);
    Ok(())
}

/// Prints what is wrong with the certificate at `path`. Returns whether it found an error.
fn report_problems(signer: &Signer, answer: &Answer, path: &Path, terminal: &mut Terminal) -> bool {
    let rejection = fate_alone(signer.certificate());
    let is_rejected = rejection.is_some();
    let mut found = is_rejected || !answer.loads();
    if let Some(error) = rejection {
        terminal.error(&error.in_file(path));
    } else if !answer.loads() {
        let what = "Linux 7.2 refuses a trial signature";
        let advice = "issue the certificate again, with module-key generate";
        let error = CliError::new(Exit::Refused, what, advice).with_kernel(kernel_line("Linux 7.2", answer));
        terminal.error(&error.in_file(path));
    }
    for lint in signer.certificate().lints() {
        match lint {
            // Such a certificate signs and verifies.
            Lint::NoSubjectKeyId => terminal.note(path, lint),
            // Linux refuses the certificate for this, which was reported.
            Lint::BadSelfSignature if is_rejected => {}
            _ => {
                found = true;
                terminal.error(&CliError::new(Exit::Refused, lint.to_string(), "").in_file(path));
            }
        }
    }
    found
}
