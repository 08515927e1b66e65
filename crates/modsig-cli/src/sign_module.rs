//! `sign-module`: signs kernel modules in place, or one module to another file.

use crate::credentials::read_signer;
use crate::decisions::{name_of, sign_failure, signer_failure, trailer_failure};
use crate::elf::check_module;
use crate::exit::{EXIT_CODES_HELP, Exit};
use crate::failure::Failure;
use crate::files::{Inputs, ModuleFile, Place, read_module, stage};
use crate::randomness;
use crate::terminal::Terminal;
use crate::usage::{Loudness, complain, parse};
use clap::Parser;
use mldsa::Rnd;
use modsig::algorithm::Digest;
use modsig::signer::{IdentifierKind, Options, Signer, SignerError};
use modsig::trailer::{Split, Unsigned, split};
use modsig::trust::TrustStore;
use modsig::verdict::{Kind, Policy, verify};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const PROGRAM: &str = "sign-module";

const EXAMPLES: &str = "\
Examples:
  Sign a module in place; the key's file holds the certificate too:
    sign-module --key signing_key.pem dummy.ko

  Key and certificate in two files, several modules:
    sign-module --key key.pem --cert signing_key.x509 drivers/*.ko

  Leave the module as it is and write the signed one elsewhere:
    sign-module --key signing_key.pem --output signed/dummy.ko dummy.ko

  Replace somebody else's signature, the same bytes at every run:
    sign-module --key signing_key.pem --resign --deterministic dummy.ko

A module is replaced whole or not at all, with its mode, owner and extended
attributes; a symbolic link stays a link, and the file behind it is signed. What
was signed by the same key before is left alone.
";

/// Sign Linux kernel modules with ML-DSA
#[derive(Debug, Parser)]
#[command(name = PROGRAM, version, after_help = format!("{EXAMPLES}\n{EXIT_CODES_HELP}"))]
struct Arguments {
    /// Private key: PEM or DER (PKCS#8)
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Certificate of the key: PEM or DER [default: the certificate in the key's file]
    #[arg(long, value_name = "FILE")]
    cert: Option<PathBuf>,
    /// Digest algorithm that the signature names: sha256, sha384, sha512, sha3-256, sha3-384 or sha3-512
    #[arg(long, value_name = "NAME", default_value = "sha512")]
    hash: String,
    /// Name the signer by the certificate's subject key identifier, not by issuer and serial number
    #[arg(long)]
    skid: bool,
    /// Sign without randomness: the same module gives the same signature
    #[arg(long)]
    deterministic: bool,
    /// Replace the signature of another signer (without it such a module is refused)
    #[arg(long)]
    resign: bool,
    /// Write the signed module here and leave the original as it is (one module only)
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Let --output replace a file
    #[arg(long, requires = "output")]
    force: bool,
    #[command(flatten)]
    loudness: Loudness,
    #[command(flatten)]
    inputs: Inputs,
}

/// The program.
#[must_use]
pub fn main() -> ExitCode {
    let arguments: Arguments = match parse(PROGRAM) {
        Ok(arguments) => arguments,
        Err(exit) => return exit,
    };
    if arguments.output.is_some() && arguments.inputs.are_several() {
        return complain(PROGRAM, "--output takes one module, not several");
    }
    let mut terminal = Terminal::new(PROGRAM, arguments.loudness.verbosity());
    let options = match options(&arguments) {
        Ok(options) => options,
        Err(failure) => {
            terminal.problem(&failure);
            return terminal.finish();
        }
    };
    match read_signer(&arguments.key, arguments.cert.as_deref(), options) {
        Ok(signer) => Session::new(&arguments, &signer).sign_all(&mut terminal),
        Err((path, failure)) => terminal.failure(path, &failure),
    }
    terminal.finish()
}

/// The choices in signing; a refused digest is told before any file is opened.
fn options(arguments: &Arguments) -> Result<Options, Failure> {
    let name = &arguments.hash;
    let digest = Digest::from_name(name).ok_or_else(|| {
        let known = Digest::SIGNING.map(Digest::name).join(", ");
        Failure::new(
            Exit::Usage,
            format!("--hash {name} is not a digest algorithm"),
            format!("use one of {known}"),
        )
    })?;
    if let Some(weakness) = digest.weakness() {
        return Err(signer_failure(&SignerError::WeakDigest { digest, weakness }));
    }
    if !Digest::SIGNING.contains(&digest) {
        return Err(signer_failure(&SignerError::UnsupportedDigest(digest)));
    }
    let identifier =
        if arguments.skid { IdentifierKind::SubjectKeyId } else { IdentifierKind::IssuerAndSerial };
    Ok(Options { digest, identifier })
}

/// One run: a signer, and how it treats each module.
struct Session<'a> {
    arguments: &'a Arguments,
    signer: &'a Signer,
    /// The signer's own certificate: what a fresh signature must verify with.
    own: TrustStore,
}

/// What became of one module.
enum Done {
    Signed { replaced: usize, len: usize },
    LeftAlone,
    Copied,
}

/// What a file is before signing.
enum Before<'a> {
    /// Bytes to sign, and how many signatures were taken off them.
    ToSign { module: &'a [u8], replaced: usize },
    /// It carries a good signature of this very signer.
    Ours,
}

impl<'a> Session<'a> {
    fn new(arguments: &'a Arguments, signer: &'a Signer) -> Self {
        Self { arguments, signer, own: TrustStore::from_iter([signer.certificate().clone()]) }
    }

    fn sign_all(&self, terminal: &mut Terminal) {
        let modules = match self.arguments.inputs.find(terminal) {
            Ok(modules) => modules,
            Err((path, failure)) => return terminal.failure(&path, &failure),
        };
        if self.arguments.output.is_some() && modules.len() > 1 {
            let failure = Failure::new(Exit::Usage, "--output takes one module, not several", "");
            return terminal.problem(&failure);
        }
        for module in modules {
            let path = module.path.as_path();
            match self.sign_one(path, terminal) {
                Ok(done) => self.tell(path, &done, terminal),
                Err((about, failure)) => terminal.failure(about, &failure),
            }
        }
    }

    fn sign_one<'p>(&'p self, path: &'p Path, terminal: &mut Terminal) -> Result<Done, (&'p Path, Failure)> {
        let here = |failure| (path, failure);
        let file = read_module(path).map_err(here)?;
        let source = &file.source;
        let (module, replaced) = match self.before(&source.bytes).map_err(here)? {
            Before::ToSign { module, replaced } => (module, replaced),
            Before::Ours => return self.pass_on(path, &file),
        };
        check_module(module).map_err(here)?;
        let rnd = if self.arguments.deterministic {
            Rnd::DETERMINISTIC
        } else {
            randomness::rnd().map_err(here)?
        };
        let signed = sign_and_check(self.signer, &self.own, module, &rnd).map_err(here)?;
        if self.arguments.output.is_none() && source.metadata.nlink() > 1 {
            let names = source.metadata.nlink();
            terminal.note(path, format_args!("has {names} names (hard links); only this one becomes signed"));
        }
        let len = signed.len() - module.len();
        self.write(path, &file, &signed)?;
        Ok(Done::Signed { replaced, len })
    }

    /// What is there already, and whether it may be replaced.
    fn before<'f>(&self, file: &'f [u8]) -> Result<Before<'f>, Failure> {
        let mut module = file;
        let mut replaced = 0;
        loop {
            match split(module).map_err(|error| trailer_failure(&error))? {
                Split::Unsigned(Unsigned::NoMarker | Unsigned::Empty) => {
                    return Ok(Before::ToSign { module, replaced });
                }
                // There is half a signature, of unknown length: signing would seal it in.
                Split::Unsigned(remains) => {
                    let advice = "get the module again as it was before it was signed";
                    return Err(Failure::new(Exit::Malformed, remains.to_string(), advice));
                }
                Split::Signed(signed) => {
                    if replaced == 0 {
                        let verdict = verify(file, &self.own, &Policy::default());
                        if verdict.is_good() {
                            return Ok(Before::Ours);
                        }
                        if !self.arguments.resign {
                            let whose = verdict.signers.first();
                            let whose = whose.map_or("an unreadable signer", |signer| &signer.identifier);
                            let state = match verdict.kind() {
                                Kind::UnknownSigner => String::new(),
                                kind => format!(" ({})", name_of(kind)),
                            };
                            let what = format!("is signed already, by {whose}{state}");
                            return Err(Failure::new(
                                Exit::Refused,
                                what,
                                "replace that signature with --resign",
                            ));
                        }
                    }
                    // Signed twice: all signatures go.
                    replaced += 1;
                    module = signed.module;
                }
            }
        }
    }

    /// A module that this signer signed before: nothing to do, but `--output` wants its file.
    fn pass_on<'p>(&'p self, path: &'p Path, file: &ModuleFile) -> Result<Done, (&'p Path, Failure)> {
        if self.arguments.output.is_none() {
            return Ok(Done::LeftAlone);
        }
        self.write(path, file, &file.source.bytes)?;
        Ok(Done::Copied)
    }

    fn write<'p>(
        &'p self,
        path: &'p Path,
        file: &ModuleFile,
        bytes: &[u8],
    ) -> Result<(), (&'p Path, Failure)> {
        let source = &file.source;
        let bytes = &*file.packed(bytes).map_err(|failure| (path, failure))?;
        let (about, place) = match &self.arguments.output {
            None => (path, Place::InPlaceOf(source)),
            Some(output) => {
                let mode = source.metadata.mode() & 0o777;
                (output.as_path(), Place::File { path: output, mode, overwrite: self.arguments.force })
            }
        };
        stage(bytes, place).and_then(|staged| staged.publish()).map_err(|failure| (about, failure))
    }

    fn tell(&self, path: &Path, done: &Done, terminal: &mut Terminal) {
        let certificate = self.signer.certificate();
        let algorithm = self.signer.algorithm();
        let subject = certificate.subject();
        match done {
            Done::Signed { replaced, len } => {
                let old = if *replaced > 0 { ", in place of another signature" } else { "" };
                terminal.say_of(path, format_args!("signed by {subject} with {algorithm}{old}"));
                if let Some(output) = &self.arguments.output {
                    terminal.detail(format_args!("written to {}", output.display()));
                }
                terminal.detail(format_args!("{len} bytes appended"));
                if *replaced > 1 {
                    terminal.detail(format_args!("{replaced} signatures taken off"));
                }
            }
            Done::LeftAlone => {
                terminal
                    .say_of(path, format_args!("left alone: signed already by {subject} with {algorithm}"));
            }
            Done::Copied => {
                terminal.say_of(path, format_args!("copied: signed already by {subject} with {algorithm}"));
            }
        }
    }
}

/// The signed file: module and signature, verified as a whole before anybody writes it. A fault in memory or
/// processor while signing, or an error in this program, ends here.
fn sign_and_check(signer: &Signer, own: &TrustStore, module: &[u8], rnd: &Rnd) -> Result<Vec<u8>, Failure> {
    let appended = signer.sign(module, rnd).map_err(|error| sign_failure(&error))?;
    let signed = [module, &appended].concat();
    let verdict = verify(&signed, own, &Policy::default());
    if !verdict.is_good() {
        let why = verdict.findings.first().map_or_else(String::new, |finding| finding.problem.to_string());
        let what = format!("the fresh signature does not verify, nothing was written ({why})");
        return Err(Failure::new(Exit::Internal, what, "check this machine's memory, and report this"));
    }
    Ok(signed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use mldsa::Seed;
    use mldsa::dynamic::Parameters;
    use modsig::cert::SelfSigned;
    use modsig::key::PrivateKey;

    fn signer(seed: u8) -> Signer {
        let key = PrivateKey::from_seed(Parameters::MlDsa44, &Seed::from_bytes([seed; 32]));
        let not_before = der::DateTime::new(2026, 1, 1, 0, 0, 0).unwrap();
        let recipe = SelfSigned { common_name: "test", serial: [seed; 20], not_before, days: 1 };
        let certificate = recipe.issue(&key, &Rnd::DETERMINISTIC).unwrap();
        Signer::new(&key, &certificate, Options::default()).unwrap()
    }

    /// A signature that does not verify, for whatever reason, never leaves this function.
    #[test]
    fn a_fresh_signature_that_does_not_verify_is_an_internal_error() {
        let (one, two) = (signer(1), signer(2));
        let trust = |signer: &Signer| TrustStore::from_iter([signer.certificate().clone()]);
        let good = sign_and_check(&one, &trust(&one), b"module", &Rnd::DETERMINISTIC).unwrap();
        assert!(good.starts_with(b"module"));
        let failure = sign_and_check(&one, &trust(&two), b"module", &Rnd::DETERMINISTIC).unwrap_err();
        assert_eq!(failure.exit, Exit::Internal);
        assert!(failure.to_string().contains("nothing was written"), "{failure}");
    }
}
