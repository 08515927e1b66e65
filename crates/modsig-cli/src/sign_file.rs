//! `sign-file`: `sign-module` under this name is a drop-in replacement for the kernel's `scripts/sign-file`, with the same
//! arguments, environment, files and exit codes (0; 1 for any error; 2 for a wrong command line). It is stricter in some
//! cases; `docs/guide/kbuild.md` lists them.

use crate::certificate_fate::warn;
use crate::credentials::{read_certificates, read_cms, read_signer};
use crate::error::{CliError, InFile as _};
use crate::exit::Exit;
use crate::exit_mapping::{check_fresh, digest_named, name_of, sign_error, trailer_error, verdict_error};
use crate::files::{Durability, MODULE_LIMIT, Place, Source, Staged, read_file, stage};
use crate::key_access::KeyAccess;
use crate::randomness;
use crate::terminal::{Terminal, Verbosity};
use crate::usage::{HELP_WIDTH, complain, note_visible_pin, start, usage_error};
use clap::{CommandFactory, Parser};
use modsig::algorithm::Digest;
use modsig::cms;
use modsig::signer::{IdentifierKind, Options, Signer, wrap_signature};
use modsig::trailer::{self, Split, Unsigned, split};
use modsig::trust::TrustStore;
use modsig::verdict::{Kind, Policy, Verdict, verify};
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const PROGRAM: &str = "sign-file";

const USAGE: &str = "sign-file [-dpk] HASH KEY X509 MODULE [DEST]
       sign-file -s RAWSIG HASH X509 MODULE [DEST]";

const EXAMPLES: &str = "\
Examples:
  As Kbuild calls it:
    sign-file sha512 certs/signing_key.pem certs/signing_key.x509 dummy.ko

  Write a detached signature, dummy.ko.p7s, and leave the module unchanged:
    sign-file -d sha512 signing_key.pem signing_key.x509 dummy.ko

  Attach a CMS that was made elsewhere:
    sign-file -s dummy.ko.p7s sha512 signing_key.x509 dummy.ko

HASH: sha256, sha384, sha512, sha3-256, sha3-384 or sha3-512. KEY: a file, or
a pkcs11: URI. The environment variable KBUILD_SIGN_PIN has the passphrase of
an encrypted key, or the PIN of a token. PKCS11_MODULE_PATH names the PKCS#11
library of a URI without module-path. This is sign-module under the name of
the kernel's tool; sign-module --help shows more options.

Exit codes:
  0  done, or signed by this key before
  1  failed and nothing changed
  2  wrong command line
";

/// Append a signature to a kernel module, as the kernel's scripts/sign-file does
#[derive(Debug, Parser)]
#[command(name = PROGRAM, version, override_usage = USAGE, after_long_help = EXAMPLES, max_term_width = HELP_WIDTH)]
struct Arguments {
    /// Write the signature to MODULE.p7s and leave the module unchanged
    #[arg(short = 'd')]
    detached: bool,
    /// Write the signature to MODULE.p7s too
    #[arg(short = 'p')]
    keep_cms: bool,
    /// Name the signer by the certificate's subject key identifier
    #[arg(short = 'k')]
    key_id: bool,
    /// Attach this CMS, which was made elsewhere, instead of signing
    #[arg(short = 's', value_name = "RAWSIG")]
    raw_signature: Option<PathBuf>,
    /// HASH KEY X509 MODULE [DEST], or with -s: HASH X509 MODULE [DEST]
    #[arg(value_name = "FILE", hide = true)]
    operands: Vec<OsString>,
}

/// Whether the program was called by this name.
#[must_use]
pub fn is_asked_for() -> bool {
    std::env::args_os().next().is_some_and(|name| Path::new(&name).file_name() == Some(PROGRAM.as_ref()))
}

/// The command line, for the man page and the completions.
#[must_use]
pub fn command() -> clap::Command {
    Arguments::command()
}

/// The program.
#[must_use]
pub fn main() -> ExitCode {
    let arguments: Arguments = match start(PROGRAM) {
        Ok(arguments) => arguments,
        Err(exit) => return exit,
    };
    let Some(job) = Job::of(&arguments) else {
        let usage = USAGE.replace("\n      ", " or");
        return complain(PROGRAM, format!("wrong number of arguments; usage: {usage}"));
    };
    let mut terminal = Terminal::new(PROGRAM, Verbosity::Normal);
    note_visible_pin(&mut terminal);
    match job.run(&mut terminal) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal.error(&error);
            ExitCode::FAILURE
        }
    }
}

/// The operands by name.
struct Job<'a> {
    hash: &'a OsString,
    key: Option<&'a Path>,
    certificate: &'a Path,
    module: &'a Path,
    destination: Option<&'a Path>,
    arguments: &'a Arguments,
}

/// The state of a file before signing.
enum Before<'f> {
    /// The bytes to sign, and the signer whose signature was removed from them.
    ToSign(&'f [u8], Option<String>),
    /// After `module` it has exactly the signature that would be made: this CMS.
    Ours { module: &'f [u8], cms: &'f [u8] },
}

impl<'a> Job<'a> {
    fn of(arguments: &'a Arguments) -> Option<Self> {
        let mut operands = arguments.operands.iter();
        let hash = operands.next()?;
        let key = match arguments.raw_signature {
            Some(_) => None,
            None => Some(Path::new(operands.next()?)),
        };
        let certificate = Path::new(operands.next()?);
        let module = Path::new(operands.next()?);
        let destination = operands.next().map(Path::new);
        let job = Self { hash, key, certificate, module, destination, arguments };
        operands.next().is_none().then_some(job)
    }

    fn run(&self, terminal: &mut Terminal) -> Result<(), CliError> {
        // A digest that is not accepted is an error before any file is opened.
        let digest = digest_named("HASH", &self.hash.to_string_lossy())?;
        let source = read_file(self.module, MODULE_LIMIT).in_file(self.module)?;
        if source.bytes.is_empty() {
            let what = "is empty: there is nothing to sign";
            let error = CliError::new(Exit::Malformed, what, "check the step before this one");
            return Err(error.in_file(self.module));
        }
        refuse_compressed(self.module, &source.bytes).in_file(self.module)?;
        let done = match (self.key, &self.arguments.raw_signature) {
            (Some(key), _) => self.sign(key, digest, &source, terminal),
            (None, Some(raw)) => self.attach(raw, &source, terminal),
            (None, None) => Err(usage_error(PROGRAM, "KEY is missing")),
        };
        // An error that names no other file is about the module.
        done.in_file(self.module)
    }

    fn sign(
        &self,
        key: &Path,
        digest: Digest,
        source: &Source,
        terminal: &mut Terminal,
    ) -> Result<(), CliError> {
        let identifier = match self.arguments.key_id {
            true => IdentifierKind::SubjectKeyId,
            false => IdentifierKind::IssuerAndSerial,
        };
        let access = KeyAccess::from_environment();
        let options = Options { digest, identifier };
        let signer = read_signer(key, Some(self.certificate), &access, options, terminal)?;
        warn(signer.certificate(), self.certificate, terminal);
        let own = TrustStore::from_iter([signer.certificate().clone()]);
        // A detached signature covers the file as it is, signed or not.
        let before = match self.arguments.detached {
            true => Before::ToSign(&source.bytes, None),
            false => before(&source.bytes, &signer, &own)?,
        };
        match before {
            Before::Ours { module, cms } => self.write(source, module, cms),
            Before::ToSign(module, replaced) => {
                let cms = signer.cms(module, &randomness::rnd()?).map_err(|error| sign_error(&error))?;
                check_fresh(&signed_file(module, &cms)?, &own)?;
                self.note_replaced(replaced, terminal);
                self.write(source, module, &cms)
            }
        }
    }

    /// `-s`: the CMS must verify with the certificate, and is then appended.
    fn attach(&self, raw: &Path, source: &Source, terminal: &mut Terminal) -> Result<(), CliError> {
        let cms = read_cms(raw).in_file(raw)?;
        let certificates = read_certificates(self.certificate).in_file(self.certificate)?;
        for certificate in &certificates {
            warn(certificate, self.certificate, terminal);
        }
        let trust = TrustStore::from_iter(certificates);
        let (module, replaced) = unsigned_part(&source.bytes)?;
        let file = signed_file(module, &cms)?;
        let verdict = verify(&file, &trust, &Policy::default());
        // Of several signers, Linux needs one whose key it has. The others are not verified here, which is said.
        let loads = verdict.kernel.loads()
            && verdict.signers.iter().any(|signer| signer.verified)
            && verdict.findings.iter().all(|finding| finding.problem.kind() == Kind::UnknownSigner);
        match verdict.kind() {
            Kind::Good => {}
            Kind::UnknownSigner if loads => self.note_unverified(&verdict, terminal),
            _ => return Err(verdict_error(&verdict).in_file(raw)),
        }
        self.note_replaced(replaced.filter(|_| file != source.bytes), terminal);
        self.write(source, module, &cms)
    }

    fn note_unverified(&self, verdict: &Verdict, terminal: &mut Terminal) {
        for signer in verdict.signers.iter().filter(|signer| !signer.verified) {
            let whose = &signer.identifier;
            let certificate = self.certificate.display();
            terminal.note(
                self.module,
                format_args!(
                    "is also signed by {whose}, which is not verified: {certificate} has no certificate of it"
                ),
            );
        }
    }

    fn note_replaced(&self, replaced: Option<String>, terminal: &mut Terminal) {
        if let Some(whose) = replaced {
            terminal.note(
                self.module,
                format_args!("was signed already, by {whose}; that signature is replaced"),
            );
        }
    }

    /// Stages all files before it publishes the first.
    fn write(&self, source: &Source, module: &[u8], cms: &[u8]) -> Result<(), CliError> {
        let wants_cms = self.key.is_some() && (self.arguments.detached || self.arguments.keep_cms);
        let detached = match wants_cms {
            true => Some(stage_new(&self.cms_path(), cms)?),
            false => None,
        };
        let signed = match self.arguments.detached && self.key.is_some() {
            true => None,
            false => self.stage_signed(source, module, cms)?,
        };
        for staged in [detached, signed].into_iter().flatten() {
            staged.publish()?;
        }
        Ok(())
    }

    /// MODULE.p7s
    fn cms_path(&self) -> PathBuf {
        let mut name = self.module.as_os_str().to_owned();
        name.push(".p7s");
        PathBuf::from(name)
    }

    /// The signed module in place or at DEST; `None` if nothing changes.
    fn stage_signed(&self, source: &Source, module: &[u8], cms: &[u8]) -> Result<Option<Staged>, CliError> {
        let file = signed_file(module, cms)?;
        match self.destination {
            Some(path) if !is_same_file(path, self.module) => stage_new(path, &file).map(Some),
            _ if file == source.bytes => Ok(None),
            _ => stage(&file, Place::InPlaceOf(source), Durability::Synced).map(Some),
        }
    }
}

/// A file of its own, as open(2) would create it: 0666 less the umask.
fn stage_new(path: &Path, bytes: &[u8]) -> Result<Staged, CliError> {
    stage(bytes, Place::File { path, mode: 0o666, overwrite: true }, Durability::Synced)
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

fn signed_file(module: &[u8], cms: &[u8]) -> Result<Vec<u8>, CliError> {
    let appended = trailer::append(cms).map_err(|error| {
        CliError::new(Exit::Malformed, error.to_string(), "check the signature and the certificate")
    })?;
    Ok([module, &appended].concat())
}

/// Linux unpacks a compressed module before it looks for the signature, so it ignores one after the compressed stream.
fn refuse_compressed(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    const PACKED: [(&[u8], &[u8]); 3] = [
        (b".ko.gz", &[0x1f, 0x8b]),
        (b".ko.xz", &[0xfd, b'7', b'z', b'X', b'Z', 0]),
        (b".ko.zst", &[0x28, 0xb5, 0x2f, 0xfd]),
    ];
    let name = path.as_os_str().as_bytes();
    if !PACKED.iter().any(|(ending, magic)| name.ends_with(ending) && bytes.starts_with(magic)) {
        return Ok(());
    }
    let what = "is compressed, and Linux looks for the signature inside";
    Err(CliError::new(
        Exit::Refused,
        what,
        "sign the module before you compress it, or use sign-module, which does both",
    ))
}

/// The bytes before all signatures, and the signer of the last signature.
fn unsigned_part(file: &[u8]) -> Result<(&[u8], Option<String>), CliError> {
    let mut module = file;
    let mut whose = None;
    loop {
        match split(module).map_err(|error| trailer_error(&error))? {
            Split::Unsigned(Unsigned::NoMarker | Unsigned::Empty) => return Ok((module, whose)),
            // An incomplete signature of unknown length: signing would make it part of the module.
            Split::Unsigned(remains) => {
                let advice = "get the file again as it was before it was signed";
                return Err(CliError::new(Exit::Malformed, remains.to_string(), advice));
            }
            Split::Signed(signed) => {
                whose.get_or_insert_with(|| signer_of(file));
                module = signed.module;
            }
        }
    }
}

fn signer_of(file: &[u8]) -> String {
    let verdict = verify(file, &TrustStore::new(), &Policy::default());
    let signer = verdict.signers.first().map(|signer| signer.identifier.clone());
    signer.unwrap_or_else(|| format!("an unreadable signer ({})", name_of(verdict.kind())))
}

/// The state of the file. The signature of another key is replaced, because the caller asks for this one. The kernel's tool
/// would append a second one; Linux answers the same to both.
fn before<'f>(file: &'f [u8], signer: &Signer, own: &TrustStore) -> Result<Before<'f>, CliError> {
    if let Ok(Split::Signed(signed)) = split(file)
        && verify(file, own, &Policy::default()).kind() == Kind::Good
        && is_own_form(signed.cms, signer)
    {
        return Ok(Before::Ours { module: signed.module, cms: signed.cms });
    }
    let (module, replaced) = unsigned_part(file)?;
    Ok(Before::ToSign(module, replaced))
}

/// Whether the CMS is the one that the signer writes, except for the bytes of the signature: same digest, same naming.
fn is_own_form(cms: &[u8], signer: &Signer) -> bool {
    let Ok(parsed) = cms::parse(cms) else { return false };
    let [info] = &parsed.signers[..] else { return false };
    wrap_signature(signer.certificate(), signer.options(), info.signature).is_ok_and(|ours| ours == cms)
}
