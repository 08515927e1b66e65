//! `sign-file`: what `sign-module` is when it is called by that name. It stands in for the kernel's
//! `scripts/sign-file`: same arguments, environment, files and exit codes (0; 1 for any failure; 2 for a wrong command
//! line). Where it differs it is stricter; `docs/guide/kbuild.md` has the list.

use crate::certificate_fate::warn;
use crate::credentials::{Passphrase, read_certificates, read_cms, read_signer};
use crate::decisions::{digest_named, name_of, sign_failure, trailer_failure, verdict_failure};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::{MODULE_LIMIT, Place, Source, Staged, read_file, stage};
use crate::interrupt::survive_file_size_limit;
use crate::randomness;
use crate::terminal::{Terminal, Verbosity};
use crate::usage::{complain, parse};
use clap::{CommandFactory, Parser};
use modsig::algorithm::Digest;
use modsig::cms;
use modsig::signer::{IdentifierKind, Options, Signer, wrap_signature};
use modsig::trailer::{self, Split, Unsigned, split};
use modsig::trust::TrustStore;
use modsig::verdict::{Kind, Policy, verify};
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

  A detached signature, dummy.ko.p7s; the module stays as it is:
    sign-file -d sha512 signing_key.pem signing_key.x509 dummy.ko

  Attach a CMS that was made elsewhere:
    sign-file -s dummy.ko.p7s sha512 signing_key.x509 dummy.ko

HASH: sha256, sha384, sha512, sha3-256, sha3-384 or sha3-512.
The passphrase of an encrypted key is taken from KBUILD_SIGN_PIN.

Exit codes: 0 done (or signed by this key before), 1 failed and nothing changed, 2 wrong command line.
This is sign-module, called by the name of the kernel's own tool: sign-module --help does more.
";

/// Append a signature to a kernel module, as the kernel's scripts/sign-file does
#[derive(Debug, Parser)]
#[command(name = PROGRAM, version, override_usage = USAGE, after_help = EXAMPLES)]
struct Arguments {
    /// Write the signature to MODULE.p7s and leave the module as it is
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
    survive_file_size_limit();
    let arguments: Arguments = match parse(PROGRAM) {
        Ok(arguments) => arguments,
        Err(exit) => return exit,
    };
    let Some(job) = Job::of(&arguments) else {
        let usage = USAGE.replace("\n      ", " or");
        return complain(PROGRAM, format!("wrong number of arguments; usage: {usage}"));
    };
    let mut terminal = Terminal::new(PROGRAM, Verbosity::Normal);
    let done = match job.digest() {
        Ok(digest) => job.run(digest, &mut terminal),
        Err(failure) => {
            terminal.problem(&failure);
            return ExitCode::FAILURE;
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err((path, failure)) => {
            terminal.failure(&path, &failure);
            ExitCode::FAILURE
        }
    }
}

/// A failure and the file that it is about.
type Failed = (PathBuf, Failure);

/// The operands by name.
struct Job<'a> {
    hash: &'a OsString,
    key: Option<&'a Path>,
    certificate: &'a Path,
    module: &'a Path,
    destination: Option<&'a Path>,
    arguments: &'a Arguments,
}

/// What a file is before signing.
enum Before<'f> {
    /// Bytes to sign, and whose signature was taken off them.
    ToSign(&'f [u8], Option<String>),
    /// It carries, after `module`, exactly the signature that would be made: this CMS.
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

    /// The digest; a refused one is told before any file is opened.
    fn digest(&self) -> Result<Digest, Failure> {
        digest_named("HASH", &self.hash.to_string_lossy())
    }

    fn run(&self, digest: Digest, terminal: &mut Terminal) -> Result<(), Failed> {
        let here = |failure| (self.module.to_path_buf(), failure);
        let source = read_file(self.module, MODULE_LIMIT).map_err(here)?;
        if source.bytes.is_empty() {
            let what = "is empty: there is nothing that a signature could stand behind";
            return Err(here(Failure::new(Exit::Malformed, what, "check the step before this one")));
        }
        refuse_compressed(self.module, &source.bytes).map_err(here)?;
        match self.key {
            None => self.attach(&source, terminal),
            Some(key) => self.sign(key, digest, &source, terminal),
        }
    }

    fn sign(
        &self,
        key: &Path,
        digest: Digest,
        source: &Source,
        terminal: &mut Terminal,
    ) -> Result<(), Failed> {
        let here = |failure| (self.module.to_path_buf(), failure);
        let identifier = match self.arguments.key_id {
            true => IdentifierKind::SubjectKeyId,
            false => IdentifierKind::IssuerAndSerial,
        };
        let passphrase = Passphrase::from_environment();
        let options = Options { digest, identifier };
        let signer = read_signer(key, Some(self.certificate), &passphrase, options)
            .map_err(|(path, failure)| (path.to_path_buf(), failure))?;
        warn(signer.certificate(), self.certificate, terminal);
        let own = TrustStore::from_iter([signer.certificate().clone()]);
        // A detached signature is over the file as it stands, signed or not.
        let before = match self.arguments.detached {
            true => Before::ToSign(&source.bytes, None),
            false => before(&source.bytes, &signer, &own).map_err(here)?,
        };
        match before {
            Before::Ours { module, cms } => self.write(source, module, cms),
            Before::ToSign(module, replaced) => {
                let rnd = randomness::rnd().map_err(here)?;
                let cms = signer.cms(module, &rnd).map_err(|error| here(sign_failure(&error)))?;
                check_fresh(module, &cms, &own).map_err(here)?;
                self.note_replaced(replaced, terminal);
                self.write(source, module, &cms)
            }
        }
    }

    /// `-s`: the CMS must verify with the certificate, and is then appended.
    fn attach(&self, source: &Source, terminal: &mut Terminal) -> Result<(), Failed> {
        let here = |failure| (self.module.to_path_buf(), failure);
        let Some(raw) = &self.arguments.raw_signature else { return Ok(()) };
        let cms = read_cms(raw).map_err(|failure| (raw.clone(), failure))?;
        let certificates = read_certificates(self.certificate)
            .map_err(|failure| (self.certificate.to_path_buf(), failure))?;
        for certificate in &certificates {
            warn(certificate, self.certificate, terminal);
        }
        let trust = TrustStore::from_iter(certificates);
        let (module, replaced) = unsigned_part(&source.bytes).map_err(here)?;
        let file = signed_file(module, &cms).map_err(here)?;
        let verdict = verify(&file, &trust, &Policy::default());
        if !verdict.is_good() {
            let failure = verdict_failure(&verdict);
            return Err((raw.clone(), failure));
        }
        self.note_replaced(replaced.filter(|_| file != source.bytes), terminal);
        self.write(source, module, &cms)
    }

    fn note_replaced(&self, replaced: Option<String>, terminal: &mut Terminal) {
        if let Some(whose) = replaced {
            terminal.note(
                self.module,
                format_args!("was signed already, by {whose}; that signature is replaced"),
            );
        }
    }

    /// Everything is on the disk under temporary names before anything gets its own.
    fn write(&self, source: &Source, module: &[u8], cms: &[u8]) -> Result<(), Failed> {
        let beside = self.beside();
        let wants_cms = self.key.is_some() && (self.arguments.detached || self.arguments.keep_cms);
        let detached = match wants_cms {
            true => Some(self.stage_new(&beside, cms)?),
            false => None,
        };
        let signed = match self.arguments.detached && self.key.is_some() {
            true => None,
            false => self.stage_signed(source, module, cms)?,
        };
        if let Some(staged) = detached {
            staged.publish().map_err(|failure| (beside, failure))?;
        }
        if let Some(staged) = signed {
            let target = self.destination.unwrap_or(self.module);
            staged.publish().map_err(|failure| (target.to_path_buf(), failure))?;
        }
        Ok(())
    }

    /// MODULE.p7s
    fn beside(&self) -> PathBuf {
        let mut name = self.module.as_os_str().to_owned();
        name.push(".p7s");
        PathBuf::from(name)
    }

    /// The signed module in place or at DEST; `None` if nothing is to change.
    fn stage_signed(&self, source: &Source, module: &[u8], cms: &[u8]) -> Result<Option<Staged>, Failed> {
        let here = |failure| (self.module.to_path_buf(), failure);
        let file = signed_file(module, cms).map_err(here)?;
        match self.destination {
            Some(path) if !is_same_file(path, self.module) => self.stage_new(path, &file).map(Some),
            _ if file == source.bytes => Ok(None),
            _ => stage(&file, Place::InPlaceOf(source)).map(Some).map_err(here),
        }
    }

    /// A file of its own, as open(2) would make it: 0666 less the umask.
    fn stage_new(&self, path: &Path, bytes: &[u8]) -> Result<Staged, Failed> {
        let place = Place::File { path, mode: 0o666, overwrite: true };
        stage(bytes, place).map_err(|failure| (path.to_path_buf(), failure))
    }
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

fn signed_file(module: &[u8], cms: &[u8]) -> Result<Vec<u8>, Failure> {
    let appended = trailer::append(cms).map_err(|error| {
        Failure::new(Exit::Malformed, error.to_string(), "check the signature and the certificate")
    })?;
    Ok([module, &appended].concat())
}

/// Linux unpacks a compressed module before it looks for the signature: one behind the compressed bytes is lost.
fn refuse_compressed(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
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
    Err(Failure::new(
        Exit::Refused,
        what,
        "sign the module first and compress it then, or use sign-module, which does both",
    ))
}

/// The bytes before all signatures, and whose signature was the last of them.
fn unsigned_part(file: &[u8]) -> Result<(&[u8], Option<String>), Failure> {
    let mut module = file;
    let mut whose = None;
    loop {
        match split(module).map_err(|error| trailer_failure(&error))? {
            Split::Unsigned(Unsigned::NoMarker | Unsigned::Empty) => return Ok((module, whose)),
            // There is half a signature, of unknown length: signing would seal it in.
            Split::Unsigned(remains) => {
                let advice = "get the file again as it was before it was signed";
                return Err(Failure::new(Exit::Malformed, remains.to_string(), advice));
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
    signer.unwrap_or_else(|| format!("nobody who can be named ({})", name_of(verdict.kind())))
}

/// What is there already. A signature of another key is replaced, for the caller asks for this one; the kernel's
/// tool would put a second one behind it, with the same answer of Linux.
fn before<'f>(file: &'f [u8], signer: &Signer, own: &TrustStore) -> Result<Before<'f>, Failure> {
    if let Ok(Split::Signed(signed)) = split(file)
        && verify(file, own, &Policy::default()).kind() == Kind::Good
        && is_own_form(signed.cms, signer)
    {
        return Ok(Before::Ours { module: signed.module, cms: signed.cms });
    }
    let (module, replaced) = unsigned_part(file)?;
    Ok(Before::ToSign(module, replaced))
}

/// Whether the CMS is, but for the signature's bytes, the one that the signer writes: same digest, same naming.
fn is_own_form(cms: &[u8], signer: &Signer) -> bool {
    let Ok(parsed) = cms::parse(cms) else { return false };
    let [info] = &parsed.signers[..] else { return false };
    wrap_signature(signer.certificate(), signer.options(), info.signature).is_ok_and(|ours| ours == cms)
}

/// A fault in memory or processor while signing, or an error in this program, ends here.
fn check_fresh(module: &[u8], cms: &[u8], own: &TrustStore) -> Result<(), Failure> {
    let verdict = verify(&signed_file(module, cms)?, own, &Policy::default());
    if verdict.is_good() {
        return Ok(());
    }
    let why = verdict.findings.first().map_or_else(String::new, |finding| finding.problem.to_string());
    let what = format!("the fresh signature does not verify, nothing was written ({why})");
    Err(Failure::new(Exit::Internal, what, "check this machine's memory, and report this"))
}
