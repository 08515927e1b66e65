//! `module-key generate`: a private key and a self-signed certificate such as the kernel's build makes.

use crate::credentials::AboutFile;
use crate::decisions::{certificate_failure, key_failure, signer_failure};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::{Place, Staged, stage};
use crate::randomness;
use crate::terminal::Terminal;
use clap::{Args, ValueEnum};
use der::DateTime;
use mldsa::dynamic::Parameters;
use modsig::cert::{Certificate, SelfSigned};
use modsig::key::{KeyForm, PrivateKey};
use modsig::signer::{Options, Signer};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use zeroize::Zeroizing;

/// What `CONFIG_MODULE_SIG_KEY` wants: only the owner may read a private key.
const KEY_MODE: u32 = 0o600;
const CERTIFICATE_MODE: u32 = 0o644;

const EXAMPLES: &str = "\
Examples:
  As the kernel's build makes it: signing_key.pem (both) and signing_key.x509 (DER):
    module-key generate --out signing_key.pem

  The largest parameter set, another name, ten years:
    module-key generate --algorithm ml-dsa-87 --common-name 'Example Corp module key' --days 3650 \\
        --out key.pem --cert-out key.x509

The key's file is made with mode 0600 from the start. Nothing is overwritten without --force.
";

/// Make a private key and its self-signed certificate
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Algorithm of the key
    #[arg(long, value_enum, default_value_t = Algorithm::MlDsa65)]
    algorithm: Algorithm,
    /// Write private key and certificate here (PEM, mode 0600)
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Write the certificate alone here (DER) [default: the name of --out with the ending .x509]
    #[arg(long, value_name = "FILE")]
    cert_out: Option<PathBuf>,
    /// Common name of the certificate's subject and issuer
    #[arg(long, value_name = "NAME", default_value = SelfSigned::DEFAULT_COMMON_NAME)]
    common_name: String,
    /// How long the certificate is valid, in days (Linux does not look at it)
    #[arg(long, value_name = "N", default_value_t = SelfSigned::DEFAULT_DAYS)]
    days: u32,
    /// Form of the private key in its file (RFC 9881): the 32-byte seed, the expanded key, or both as OpenSSL writes
    #[arg(long, value_enum, default_value_t = Form::Seed)]
    form: Form,
    /// Replace existing files
    #[arg(long)]
    force: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Algorithm {
    #[value(name = "ml-dsa-44", alias = "mldsa44")]
    MlDsa44,
    #[value(name = "ml-dsa-65", alias = "mldsa65")]
    MlDsa65,
    #[value(name = "ml-dsa-87", alias = "mldsa87")]
    MlDsa87,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    Seed,
    Expanded,
    Both,
}

/// Runs the verb.
pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) {
    let certificate_path = arguments.cert_out.clone().unwrap_or_else(|| arguments.out.with_extension("x509"));
    match generate(arguments, &certificate_path) {
        Ok(certificate) => {
            let algorithm = certificate.signature_algorithm_name();
            terminal
                .say_of(&arguments.out, format_args!("{algorithm} private key and certificate, mode 0600"));
            terminal.say_of(&certificate_path, format_args!("certificate of {}, DER", certificate.subject()));
        }
        Err((path, failure)) => terminal.failure(path, &failure),
    }
}

fn generate<'a>(arguments: &'a Arguments, certificate_path: &'a Path) -> Result<Certificate, AboutFile<'a>> {
    let out = arguments.out.as_path();
    let at_key = |failure| (out, failure);
    let (key, certificate) = make(arguments).map_err(at_key)?;
    let pem = pem(&key, &certificate, arguments.form.into()).map_err(at_key)?;
    check(&pem, certificate.as_der()).map_err(at_key)?;

    // Both are on the disk before either gets its name.
    let overwrite = arguments.force;
    let key_file =
        stage(pem.as_bytes(), Place::File { path: out, mode: KEY_MODE, overwrite }).map_err(at_key)?;
    let at_certificate = |failure| (certificate_path, failure);
    let place = Place::File { path: certificate_path, mode: CERTIFICATE_MODE, overwrite };
    let certificate_file = stage(certificate.as_der(), place).map_err(at_certificate)?;
    if key_file.target() == certificate_file.target() {
        let what = "is the name of the key's file and of the certificate's";
        return Err(at_key(Failure::new(Exit::Usage, what, "give two names with --out and --cert-out")));
    }
    publish_both(key_file, certificate_file, out, arguments.force, at_certificate)?;
    Ok(certificate)
}

/// The key first; if the certificate's turn fails, a key that is new goes away again.
fn publish_both<'a>(
    key_file: Staged,
    certificate_file: Staged,
    out: &'a Path,
    replaced: bool,
    at_certificate: impl Fn(Failure) -> AboutFile<'a>,
) -> Result<(), AboutFile<'a>> {
    key_file.publish().map_err(|failure| (out, failure))?;
    certificate_file.publish().map_err(|failure| {
        if !replaced {
            // If this fails too, the key is a whole, usable file that holds its certificate.
            let _ = fs::remove_file(out);
        }
        at_certificate(failure)
    })
}

fn make(arguments: &Arguments) -> Result<(PrivateKey, Certificate), Failure> {
    let seed = randomness::seed()?;
    let key = PrivateKey::from_seed(arguments.algorithm.into(), &seed);
    let recipe = SelfSigned {
        common_name: &arguments.common_name,
        serial: randomness::serial()?,
        not_before: now()?,
        days: arguments.days,
    };
    let certificate = recipe.issue(&key, &randomness::rnd()?).map_err(|error| certificate_failure(&error))?;
    Ok((key, certificate))
}

/// The file that the kernel's build calls `signing_key.pem`: private key, then certificate.
fn pem(key: &PrivateKey, certificate: &Certificate, form: KeyForm) -> Result<Zeroizing<String>, Failure> {
    let key_pem = key.to_pem(form).map_err(|error| key_failure(&error))?;
    let certificate_pem = certificate.to_pem();
    // The right capacity from the start: growing would leave copies of the key in freed memory.
    let mut both = Zeroizing::new(String::with_capacity(key_pem.len() + certificate_pem.len()));
    both.push_str(&key_pem);
    both.push_str(&certificate_pem);
    Ok(both)
}

/// Reads back what is about to be written: the key signs for the certificate, and the certificate verifies.
fn check(pem: &str, der: &[u8]) -> Result<(), Failure> {
    let internal = |what: String| {
        let what = format!("the fresh key cannot be used, nothing was written ({what})");
        Failure::new(Exit::Internal, what, "check this machine's memory, and report this")
    };
    let key = PrivateKey::from_pem_or_der(pem.as_bytes()).map_err(|e| internal(key_failure(&e).what))?;
    for bytes in [pem.as_bytes(), der] {
        let certificate =
            Certificate::from_pem_or_der(bytes).map_err(|e| internal(certificate_failure(&e).what))?;
        certificate.check_self_signature().map_err(|e| internal(certificate_failure(&e).what))?;
        Signer::new(&key, &certificate, Options::default()).map_err(|e| internal(signer_failure(&e).what))?;
    }
    Ok(())
}

fn now() -> Result<DateTime, Failure> {
    let wrong = || Failure::new(Exit::Io, "the system's clock is before 1970 or after 9999", "set the clock");
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_err(|_| wrong())?;
    DateTime::from_unix_duration(since_1970).map_err(|_| wrong())
}

impl From<Algorithm> for Parameters {
    fn from(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::MlDsa44 => Self::MlDsa44,
            Algorithm::MlDsa65 => Self::MlDsa65,
            Algorithm::MlDsa87 => Self::MlDsa87,
        }
    }
}

impl From<Form> for KeyForm {
    fn from(form: Form) -> Self {
        match form {
            Form::Seed => Self::Seed,
            Form::Expanded => Self::Expanded,
            Form::Both => Self::Both,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Somebody takes the certificate's name between staging and publishing: no key is left without it.
    #[test]
    fn a_certificate_that_cannot_be_published_takes_the_new_key_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let [out, certificate] = ["key.pem", "key.x509"].map(|name| folder.path().join(name));
        let staged = |path| stage(b"bytes", Place::File { path, mode: 0o600, overwrite: false }).unwrap();
        let (key_file, certificate_file) = (staged(&out), staged(&certificate));
        fs::write(&certificate, "somebody else's").unwrap();
        let failed = publish_both(key_file, certificate_file, &out, false, |failure| (&certificate, failure));
        assert_eq!(failed.unwrap_err().1.exit, Exit::Refused);
        assert!(!out.exists());
        assert_eq!(fs::read(&certificate).unwrap(), b"somebody else's");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
