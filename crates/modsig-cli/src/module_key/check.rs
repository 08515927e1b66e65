//! `module-key check`: do a private key and a certificate belong together, and will Linux take them?

use crate::certificate_fate::fate_alone;
use crate::credentials::{AboutFile, Passphrase, read_signer};
use crate::decisions::sign_failure;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::randomness;
use crate::terminal::Terminal;
use clap::Args;
use modsig::cert::Lint;
use modsig::signer::Options;
use modsig::trust::TrustStore;
use modsig::verdict::{Policy, verify};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  module-key check signing_key.pem
  module-key check --cert signing_key.x509 key.pem

Good (exit code 0) means: they belong together, a trial signature verifies, Linux 7.2 is predicted to take the
certificate and the signature, and the certificate keeps the rules. Key and certificate that do not belong together: 7.
What Linux or this program refuses: 5.
";

/// Check that a private key and a certificate belong together and can sign modules
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// File with the private key
    #[arg(value_name = "KEY")]
    key: PathBuf,
    /// File with the certificate [default: the certificate in KEY]
    #[arg(long, value_name = "FILE")]
    cert: Option<PathBuf>,
    #[command(flatten)]
    passphrase: Passphrase,
}

/// Runs the verb.
pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) {
    if let Err((path, failure)) = check(arguments, terminal) {
        terminal.failure(path, &failure);
    }
}

fn check<'a>(arguments: &'a Arguments, terminal: &mut Terminal) -> Result<(), AboutFile<'a>> {
    let place = arguments.cert.as_deref().unwrap_or(&arguments.key);
    let signer =
        read_signer(&arguments.key, arguments.cert.as_deref(), &arguments.passphrase, Options::default())?;
    let at_key = |failure| (arguments.key.as_path(), failure);
    let rnd = randomness::rnd().map_err(at_key)?;
    let trial = b"a trial of key and certificate";
    let appended = signer.sign(trial, &rnd).map_err(|error| at_key(sign_failure(&error)))?;
    let own = TrustStore::from_iter([signer.certificate().clone()]);
    let verdict = verify(&[trial, &appended[..]].concat(), &own, &Policy::default());
    if !verdict.is_good() {
        let what = "a trial signature does not verify";
        return Err(at_key(Failure::new(
            Exit::Internal,
            what,
            "check this machine's memory, and report this",
        )));
    }
    let fate = fate_alone(signer.certificate());
    let mut refused = fate.is_some();
    if let Some(failure) = &fate {
        terminal.failure(place, failure);
    } else if !verdict.kernel.loads() {
        refused = true;
        let what = format!("Linux 7.2 refuses a trial signature: {}", verdict.kernel);
        let advice = "issue the certificate again, with module-key generate";
        terminal.failure(place, &Failure::new(Exit::Refused, what, advice));
    }
    for lint in signer.certificate().lints() {
        match lint {
            // A remark: such a certificate signs and verifies.
            Lint::NoSubjectKeyId => terminal.note(place, lint),
            // Linux refuses it for that, and it was said.
            Lint::BadSelfSignature if fate.is_some() => {}
            _ => {
                refused = true;
                terminal.failure(place, &Failure::new(Exit::Refused, lint.to_string(), ""));
            }
        }
    }
    if !refused {
        let subject = signer.certificate().subject();
        let algorithm = signer.algorithm();
        terminal.say_of(&arguments.key, format_args!("good: {algorithm} key and certificate of {subject}"));
    }
    Ok(())
}
