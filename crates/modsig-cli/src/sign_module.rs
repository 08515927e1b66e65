//! `sign-module`: signs kernel modules, one or thousands; takes signatures off, out, and puts them on.
//!
//! | room | holds |
//! |---|---|
//! | `run` | one run over many modules: all cores, staged, synced and renamed in batches, told in order |
//! | `sign` | signing, and `--detached` |
//! | `strip` | `--strip` and `--extract` |
//! | `attach` | `--attach`, and `attach` for what an HSM signed |
//! | `repack` | `--repack` |
//! | `prepare` | `prepare`: what an HSM shall sign |
//! | `signatures` | those that a file carries already |

mod attach;
mod prepare;
mod repack;
mod run;
mod sign;
mod signatures;
mod strip;

use crate::certificate_fate::warn;
use crate::credentials::{Passphrase, read_certificates, read_signer, read_trust};
use crate::decisions::digest_named;
use crate::exit::{EXIT_CODES_HELP, Exit};
use crate::failure::Failure;
use crate::files::{Input, Inputs};
use crate::interrupt::survive_file_size_limit;
use crate::terminal::Terminal;
use crate::usage::{Loudness, complain, jobs, parse};
use clap::{Args, CommandFactory, Parser, Subcommand};
use modsig::cert::Certificate;
use modsig::signer::{IdentifierKind, Options};
use run::{AboutFile, Verb, run};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const PROGRAM: &str = "sign-module";

const EXAMPLES: &str = "\
Examples:
  Sign a module in place; the key's file holds the certificate too:
    sign-module --key signing_key.pem dummy.ko

  All modules of a kernel, compressed or not, on all cores; run again, it signs what is not signed yet:
    sign-module --key key.pem --cert signing_key.x509 /lib/modules/7.2.0

  The modules of a list:
    find staging -name '*.ko' -print0 | sign-module --key signing_key.pem -0 --files-from -

  Leave the module as it is and write the signed one elsewhere:
    sign-module --key signing_key.pem --output signed/dummy.ko dummy.ko

  Replace every signature, the same bytes at every run:
    sign-module --key signing_key.pem --resign --deterministic dummy.ko

  Pack again what DKMS or xz packed in a form that Linux does not unpack (nothing is signed):
    sign-module --repack /lib/modules/7.2.0/updates/dkms

  The signature alone (dummy.ko.p7s), and later onto the module:
    sign-module --detached --key signing_key.pem dummy.ko
    sign-module --attach --cert signing_key.x509 dummy.ko

  With an HSM, which signs dummy.ko.mu and gives dummy.ko.sig:
    sign-module prepare --cert signing_key.x509 dummy.ko
    sign-module attach --cert signing_key.x509 dummy.ko

A module is replaced whole or not at all, with its mode, owner and extended
attributes; a symbolic link stays a link, and the file behind it is signed. What
the same key signed before, with the same --hash and --skid, is left alone. After
Ctrl-C or a crash every module is either as it was or signed, and the same command
signs the rest.
A file that is named 'prepare' or 'attach' is given as ./prepare.
";

/// Sign Linux kernel modules
#[derive(Debug, Parser)]
#[command(
    name = PROGRAM,
    version,
    after_help = format!("{EXAMPLES}\n{EXIT_CODES_HELP}"),
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    disable_help_subcommand = true
)]
struct Arguments {
    #[command(subcommand)]
    step: Option<Step>,
    #[command(flatten)]
    main: Main,
    #[command(flatten)]
    loudness: Loudness,
}

/// What the two steps with an HSM and all else have in common.
#[derive(Debug, Args)]
struct Common {
    /// Take off all signatures that are there, whoever made them, and sign. Without it a module that this key signed in the
    /// form that is asked for is left alone, and any other signed module is refused
    #[arg(long)]
    resign: bool,
    /// Take any file, not only kernel modules (kexec images, IMA)
    #[arg(long)]
    any_file: bool,
    /// How many modules to work on at once [default: the number of cores]
    #[arg(long, value_name = "N", value_parser = jobs)]
    jobs: Option<NonZeroUsize>,
    /// Leave it to the operating system when the files reach the disk: faster, as safe against kill, not against a power cut
    #[arg(long)]
    no_sync: bool,
    #[command(flatten)]
    inputs: Inputs,
}

/// How the CMS names algorithm and signer.
#[derive(Debug, Args)]
struct Naming {
    /// Digest algorithm that the signature names: sha256, sha384, sha512, sha3-256, sha3-384 or sha3-512
    #[arg(long, value_name = "NAME", default_value = "sha512")]
    hash: String,
    /// Name the signer by the certificate's subject key identifier, not by issuer and serial number
    #[arg(long)]
    skid: bool,
}

#[derive(Debug, Args)]
struct Main {
    /// Private key: PEM or DER; ML-DSA, RSA or ECDSA ('-' is standard input)
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present_any = ["strip", "attach", "extract", "repack"],
        conflicts_with_all = ["strip", "attach", "extract"]
    )]
    key: Option<PathBuf>,
    /// Certificate of the key: PEM or DER [default: the certificate in the key's file]
    #[arg(long, value_name = "FILE", conflicts_with_all = ["strip", "extract"])]
    cert: Option<PathBuf>,
    #[command(flatten)]
    passphrase: Passphrase,
    #[command(flatten)]
    naming: Naming,
    /// Sign without randomness: the same module gives the same signature
    #[arg(long, conflicts_with_all = ["strip", "attach", "extract"])]
    deterministic: bool,
    /// Write the signature alone, to MODULE.p7s (of dummy.ko.xz: dummy.ko.p7s); the module stays as it is
    #[arg(long, conflicts_with_all = ["strip", "attach", "extract"])]
    detached: bool,
    /// Put the signature in MODULE.p7s on (CMS: DER or PEM), if it verifies with --cert
    #[arg(long, requires = "cert", conflicts_with_all = ["strip", "extract"])]
    attach: bool,
    /// The signature to attach, if it is not in MODULE.p7s (one module only)
    #[arg(long, value_name = "FILE", requires = "attach")]
    signature: Option<PathBuf>,
    /// Take all signatures off, also one behind a compressed module: gives back the exact bytes of the module
    #[arg(long, conflicts_with = "extract")]
    strip: bool,
    /// Pack again what Linux itself does not unpack, such as the output of xz without options; also modules that are signed
    /// already. Without --key nothing else is done
    #[arg(long, conflicts_with_all = ["strip", "attach", "extract", "detached"])]
    repack: bool,
    /// Write the signature to MODULE.p7s and certificates inside to MODULE.x509; the module stays as it is
    #[arg(long)]
    extract: bool,
    /// Write the result here and leave the original as it is (one module only)
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Let --output, --detached and --extract replace files
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Subcommand)]
enum Step {
    /// First step with an HSM: write MODULE.mu, which the HSM signs, and MODULE.mu.json, which says what it is
    Prepare(Prepare),
    /// Second step: put the HSM's signature in MODULE.sig on, if it verifies
    Attach(Attach),
}

#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES_HELP)]
struct Prepare {
    /// Certificate of the HSM's key: PEM or DER, ML-DSA
    #[arg(long, value_name = "FILE")]
    cert: PathBuf,
    #[command(flatten)]
    naming: Naming,
    /// Replace MODULE.mu and MODULE.mu.json if they are there
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES_HELP)]
struct Attach {
    /// Certificate of the HSM's key: the one that was given to prepare
    #[arg(long, value_name = "FILE")]
    cert: PathBuf,
    /// The raw signature, if it is not in MODULE.sig (one module only)
    #[arg(long, value_name = "FILE")]
    signature: Option<PathBuf>,
    #[command(flatten)]
    common: Common,
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
    if let Some(mistake) = arguments.mistake() {
        return complain(PROGRAM, mistake);
    }
    let mut terminal = Terminal::new(PROGRAM, arguments.loudness.verbosity());
    let result = match &arguments.step {
        None => arguments.main.run(&mut terminal),
        Some(Step::Prepare(prepare)) => prepare.run(&mut terminal),
        Some(Step::Attach(attach)) => attach.run(&mut terminal),
    };
    match result {
        Ok(()) => {}
        Err((path, failure)) if path == Path::new("") => terminal.problem(&failure),
        Err((path, failure)) => terminal.failure(&path, &failure),
    }
    terminal.finish()
}

/// A failure of the whole run, about no file.
fn about_all(failure: Failure) -> AboutFile {
    (PathBuf::new(), failure)
}

impl Arguments {
    /// What clap cannot express.
    fn mistake(&self) -> Option<String> {
        let several = "takes one module, not several";
        match &self.step {
            None => self.main.mistake(),
            Some(Step::Attach(Attach { signature: Some(_), common, .. })) if common.inputs.are_several() => {
                Some(format!("--signature {several}"))
            }
            Some(_) => None,
        }
    }
}

impl Main {
    fn mistake(&self) -> Option<String> {
        let named = [("--output", &self.output), ("--signature", &self.signature)];
        for (option, file) in named {
            if file.is_some() && self.common.inputs.are_several() {
                return Some(format!("{option} takes one module, not several"));
            }
        }
        if self.force && self.output.is_none() && !self.detached && !self.extract {
            return Some(
                "--force is for --output, --detached and --extract; a signature is replaced with --resign"
                    .into(),
            );
        }
        if self.repack && self.key.is_none() && self.output.is_some() {
            return Some("--output needs --key; --repack alone replaces each file".into());
        }
        if self.strip && self.common.resign {
            return Some("--strip takes all signatures off; --resign is for signing".into());
        }
        None
    }

    fn run(&self, terminal: &mut Terminal) -> Result<(), AboutFile> {
        let output = self.output.clone();
        let single = output.is_some() || self.signature.is_some();
        let go = |verb: &dyn Verb, terminal: &mut Terminal| {
            self.common.go(verb, single, self.force, self.output.clone(), terminal)
        };
        let any_file = self.common.any_file;
        if self.strip {
            return go(&strip::Strip { any_file, output }, terminal);
        }
        if self.extract {
            return go(&strip::Extract { output }, terminal);
        }
        if self.repack && self.key.is_none() {
            return go(&repack::Repack { any_file }, terminal);
        }
        let resign = self.common.resign;
        if let (true, Some(cert)) = (self.attach, &self.cert) {
            let trust = read_trust(std::slice::from_ref(cert), |path, certificate| {
                warn(certificate, path, terminal);
            })
            .map_err(|(path, failure)| (path.to_path_buf(), failure))?;
            let form = attach::Form::Cms;
            let signature = self.signature.clone();
            return go(&attach::Attach { form, trust, signature, resign, any_file, output }, terminal);
        }
        // A refused digest is told before any file is opened.
        let naming = self.naming.options().map_err(about_all)?;
        let Some(key) = &self.key else {
            return Err(about_all(Failure::new(Exit::Usage, "--key is missing", "see sign-module --help")));
        };
        let signer = read_signer(key, self.cert.as_deref(), &self.passphrase, naming)
            .map_err(|(path, failure)| (path.to_path_buf(), failure))?;
        warn(signer.certificate(), self.cert.as_ref().unwrap_or(key), terminal);
        let (deterministic, detached, repack) = (self.deterministic, self.detached, self.repack);
        let options = sign::Options { deterministic, resign, repack, any_file, detached, output };
        go(&sign::Sign::new(&signer, options), terminal)
    }
}

impl Prepare {
    fn run(&self, terminal: &mut Terminal) -> Result<(), AboutFile> {
        let options = self.naming.options().map_err(about_all)?;
        let certificate = single_certificate(&self.cert)?;
        warn(&certificate, &self.cert, terminal);
        let Common { resign, any_file, .. } = self.common;
        let prepare = prepare::Prepare::new(&certificate, options, resign, any_file)
            .map_err(|failure| (self.cert.clone(), failure))?;
        self.common.go(&prepare, false, self.force, None, terminal)
    }
}

impl Attach {
    fn run(&self, terminal: &mut Terminal) -> Result<(), AboutFile> {
        let certificate = single_certificate(&self.cert)?;
        prepare::ml_dsa_key(&certificate).map_err(|failure| (self.cert.clone(), failure))?;
        warn(&certificate, &self.cert, terminal);
        let trust = [certificate.clone()].into_iter().collect();
        let form = attach::Form::Raw(Box::new(certificate));
        let Common { resign, any_file, .. } = self.common;
        let signature = self.signature.clone();
        let single = signature.is_some();
        let attach = attach::Attach { form, trust, signature, resign, any_file, output: None };
        self.common.go(&attach, single, false, None, terminal)
    }
}

/// The certificate of a file that holds exactly one.
fn single_certificate(path: &Path) -> Result<Certificate, AboutFile> {
    let certificates = read_certificates(path).map_err(|failure| (path.to_path_buf(), failure))?;
    match <[Certificate; 1]>::try_from(certificates) {
        Ok([certificate]) => Ok(certificate),
        Err(several) => {
            let what = format!("holds {} certificates", several.len());
            let advice = "give a file with the one of the key that signs";
            Err((path.to_path_buf(), Failure::new(Exit::Malformed, what, advice)))
        }
    }
}

impl Naming {
    /// The choices in signing.
    fn options(&self) -> Result<Options, Failure> {
        let digest = digest_named("--hash", &self.hash)?;
        let identifier =
            if self.skid { IdentifierKind::SubjectKeyId } else { IdentifierKind::IssuerAndSerial };
        Ok(Options { digest, identifier })
    }
}

impl Common {
    /// Finds the modules and runs the verb over them. `single`: an option names one file, so there must be one module.
    fn go(
        &self,
        verb: &dyn Verb,
        single: bool,
        overwrite: bool,
        output: Option<PathBuf>,
        terminal: &mut Terminal,
    ) -> Result<(), AboutFile> {
        let inputs: Vec<Input> = self.inputs.find(terminal)?;
        if single && inputs.len() > 1 {
            let what = format!("one file is named for the result, and there are {} modules", inputs.len());
            return Err(about_all(Failure::new(Exit::Usage, what, "see sign-module --help")));
        }
        run(
            verb,
            inputs,
            &run::Options { overwrite, sync: !self.no_sync, jobs: self.jobs, output },
            terminal,
        );
        Ok(())
    }
}
