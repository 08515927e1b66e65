//! The command line of `sign-module`, as typed. [`Arguments::resolve`] checks it and turns it into a [`Plan`].

use super::PROGRAM;
use super::plan::{Action, Plan};
use super::run;
use crate::error::CliError;
use crate::exit::EXIT_CODES_HELP;
use crate::exit_mapping::digest_named;
use crate::files::{Durability, Inputs};
use crate::key_access::KeyAccess;
use crate::sign_command::SignCommandOptions;
use crate::spelling::digests;
use crate::usage::{HELP_WIDTH, Jobs, Loudness, usage_error};
use clap::{Args, Parser, Subcommand};
use modsig::signer::{IdentifierKind, Options};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  Sign a module in place; the key's file holds the certificate too:
    sign-module --key signing_key.pem dummy.ko

  All modules of a kernel, compressed or not; a second run signs only new ones:
    sign-module --key key.pem --cert signing_key.x509 /lib/modules/7.2.0

  The modules of a list:
    find staging -name '*.ko' -print0 |
        sign-module --key signing_key.pem -0 --files-from -

  Leave the module unchanged and write the signed one elsewhere:
    sign-module --key signing_key.pem --output signed/dummy.ko dummy.ko

  Replace every signature, the same bytes at every run:
    sign-module --key signing_key.pem --resign --deterministic dummy.ko

  Compress modules again that Linux itself cannot unpack (signs nothing):
    sign-module --repack /lib/modules/7.2.0/updates/dkms

  Write the signature alone (dummy.ko.p7s), and attach it later:
    sign-module --detached --key signing_key.pem dummy.ko
    sign-module --attach --cert signing_key.x509 dummy.ko

  A second signer, for machines that trust only its key:
    sign-module --add --key rsa.pem --trust signing_key.x509 dummy.ko

  With a key in a PKCS#11 token, whose PIN is the first line of a file:
    sign-module --key 'pkcs11:token=build;object=modules' \\
        --passphrase-file pin --cert key.x509 staging

  With an HSM, which signs dummy.ko.mu (RSA: .digest-info, ECDSA: .digest) and
  returns dummy.ko.sig:
    sign-module prepare --cert signing_key.x509 dummy.ko
    sign-module attach --cert signing_key.x509 dummy.ko

  With a program that signs what it reads from standard input:
    sign-module --sign-command my-kms-sign --cert signing_key.x509 dummy.ko

  What would this sign, replace or leave alone? (Nothing is written.)
    sign-module --dry-run --key signing_key.pem /lib/modules/7.2.0

A module is replaced completely or not at all, with its mode, owner and
extended attributes; a symbolic link stays a link, and its target is signed. A
module that the same key signed before, with the same --hash and --skid, is
left alone. After Ctrl-C or a crash every module is either unchanged or
signed, and the same command signs the rest.

Write ./prepare for a file that is named 'prepare' (and ./attach).
";

const PREPARE_EXAMPLES: &str = "\
Examples:
  Write what the HSM signs, dummy.ko.mu (RSA: .digest-info, ECDSA: .digest),
  and its description, dummy.ko.mu.json:
    sign-module prepare --cert signing_key.x509 dummy.ko

  The same for all modules of a folder, in place of old signatures (attach needs
  --resign too):
    sign-module prepare --resign --cert signing_key.x509 staging

The HSM writes dummy.ko.sig; sign-module attach appends it. To rehearse:
module-key sign-prepared.
";

const ATTACH_EXAMPLES: &str = "\
Examples:
  Append the signature in dummy.ko.sig, after sign-module prepare:
    sign-module attach --cert signing_key.x509 dummy.ko

  The same with a signature in another file:
    sign-module attach --cert signing_key.x509 --signature hsm.out dummy.ko
";

/// Words that are no commands of this program, and what to write.
const COMMANDS: [(&str, &str); 14] = [
    ("sign", "leave the word out: sign-module --key KEY MODULE"),
    ("resign", "write --resign"),
    ("re-sign", "write --resign"),
    ("add", "write --add"),
    ("strip", "write --strip"),
    ("unsign", "write --strip"),
    ("extract", "write --extract"),
    ("detach", "write --detached"),
    ("repack", "write --repack"),
    ("prepare", "write it as the first word: sign-module prepare"),
    ("attach", "write it as the first word: sign-module attach"),
    ("verify", "use verify-module"),
    ("show", "use verify-module, or module-key show"),
    ("generate", "use module-key generate"),
];

/// Sign Linux kernel modules
#[derive(Debug, Parser)]
#[command(
    name = PROGRAM,
    version,
    after_long_help = format!("{EXAMPLES}\n{EXIT_CODES_HELP}"),
    max_term_width = HELP_WIDTH,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    disable_help_subcommand = true
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    step: Option<Step>,
    #[command(flatten)]
    main: Main,
    #[command(flatten)]
    pub(super) loudness: Loudness,
}

/// The options that all commands share.
#[derive(Debug, Args)]
struct Common {
    /// Remove all existing signatures and sign. Without it, a module that this key signed in the requested form is left
    /// alone, and any other signed module is refused
    #[arg(long)]
    resign: bool,
    /// Accept any file, not only kernel modules (kexec images, IMA)
    #[arg(long, help_heading = "Which modules")]
    any_file: bool,
    #[command(flatten)]
    jobs: Jobs,
    /// Do not sync files to the disk: faster, as safe against kill, but not against a power cut
    #[arg(long, help_heading = "Speed")]
    no_sync: bool,
    /// Write nothing: say what would be signed, replaced or left alone, with the exit code of the real run
    #[arg(long)]
    dry_run: bool,
    /// Print JSON: one object a line, one line for each file, then a summary
    #[arg(long, conflicts_with_all = ["quiet", "verbose"])]
    json: bool,
    #[command(flatten)]
    inputs: Inputs,
}

/// The form of the signature: how the CMS names algorithm and signer.
#[derive(Debug, Args)]
struct Naming {
    /// Digest algorithm that the signature names: sha256, sha384, sha512, sha3-256, sha3-384 or sha3-512
    #[arg(
        long,
        value_name = "DIGEST",
        default_value = "sha512",
        hide_possible_values = true,
        value_parser = digests(),
        help_heading = "Form of the signature"
    )]
    hash: String,
    /// Name the signer by the certificate's subject key identifier, not by issuer and serial number
    #[arg(long, help_heading = "Form of the signature")]
    skid: bool,
}

#[derive(Debug, Args)]
struct Main {
    /// Private key: PEM or DER; ML-DSA, RSA or ECDSA ('-' is standard input); or a pkcs11: URI of a key in a token
    #[arg(
        long,
        value_name = "KEY",
        required_unless_present_any = ["strip", "attach", "extract", "repack", "sign_command"],
        conflicts_with_all = ["strip", "attach", "extract", "sign_command"]
    )]
    key: Option<PathBuf>,
    /// Certificate of the key: PEM or DER [default: the certificate in the key's file, or in its token]
    #[arg(long, value_name = "CERT", conflicts_with_all = ["strip", "extract"])]
    cert: Option<PathBuf>,
    #[command(flatten)]
    access: KeyAccess,
    #[command(flatten)]
    naming: Naming,
    /// Sign without randomness: the same module gives the same signature
    #[arg(long, conflicts_with_all = ["strip", "attach", "extract"], help_heading = "Form of the signature")]
    deterministic: bool,
    #[command(flatten)]
    command: SignCommandOptions,
    /// Add a signature to the CMS of a signed module, beside those that are there. Every one must verify: with --trust
    #[arg(long, requires = "trust", conflicts_with_all = ["detached", "strip", "attach", "extract", "repack", "sign_command", "resign"], help_heading = "Other operations")]
    add: bool,
    /// Certificates of the signers that are there: PEM or DER; may be repeated
    #[arg(long, value_name = "CERT", requires = "add", help_heading = "Other operations")]
    trust: Vec<PathBuf>,
    /// Write the signature alone, to MODULE.p7s (of dummy.ko.xz: dummy.ko.p7s), and leave the module unchanged
    #[arg(long, conflicts_with_all = ["strip", "attach", "extract"], help_heading = "Other operations")]
    detached: bool,
    /// Append the signature in MODULE.p7s (CMS: DER or PEM), if it verifies with --cert
    #[arg(long, requires = "cert", conflicts_with_all = ["strip", "extract"], help_heading = "Other operations")]
    attach: bool,
    /// The signature to attach [default: MODULE.p7s] (one module only)
    #[arg(long, value_name = "SIG", requires = "attach", help_heading = "Other operations")]
    signature: Option<PathBuf>,
    /// Remove all signatures, also those after a compressed module: restores the exact bytes of the module
    #[arg(long, conflicts_with = "extract", help_heading = "Other operations")]
    strip: bool,
    /// Compress modules again that Linux itself cannot unpack, such as the output of xz without options; also modules that
    /// are signed already. Without --key, do nothing else
    #[arg(long, conflicts_with_all = ["strip", "attach", "extract", "detached"], help_heading = "Other operations")]
    repack: bool,
    /// Write the signature to MODULE.p7s and its certificates to MODULE.x509, and leave the module unchanged
    #[arg(long, help_heading = "Other operations")]
    extract: bool,
    /// Write the result here and leave the original unchanged (one module only)
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
    /// First step with an HSM: write what it signs (MODULE.mu, .digest-info or .digest) and a description (JSON)
    Prepare(Prepare),
    /// Second step: append the HSM's signature in MODULE.sig, if it verifies
    Attach(Attach),
}

#[derive(Debug, Args)]
#[command(after_long_help = format!("{PREPARE_EXAMPLES}\n{EXIT_CODES_HELP}"))]
struct Prepare {
    /// Certificate of the HSM's key: PEM or DER; ML-DSA, RSA or ECDSA
    #[arg(long, value_name = "CERT")]
    cert: PathBuf,
    #[command(flatten)]
    naming: Naming,
    /// Replace existing files
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
#[command(after_long_help = format!("{ATTACH_EXAMPLES}\n{EXIT_CODES_HELP}"))]
struct Attach {
    /// Certificate of the HSM's key: the one that was given to prepare
    #[arg(long, value_name = "CERT")]
    cert: PathBuf,
    /// The raw signature; of ECDSA: DER, or r and s [default: MODULE.sig] (one module only)
    #[arg(long, value_name = "SIG")]
    signature: Option<PathBuf>,
    #[command(flatten)]
    common: Common,
}

impl Arguments {
    /// Checks what clap cannot express and resolves the command line.
    ///
    /// # Errors
    /// [`crate::exit::Exit::Usage`] for options that contradict each other or a digest that is not one,
    /// [`crate::exit::Exit::Refused`] for a digest that is not accepted. No file is opened before.
    pub(super) fn resolve(&self) -> Result<Plan, CliError> {
        match &self.step {
            None => self.main.resolve(),
            Some(Step::Prepare(Prepare { cert, naming, force, common })) => {
                let action = Action::Prepare { cert: cert.clone(), form: naming.options()? };
                Ok(common.plan(action, None, *force))
            }
            Some(Step::Attach(Attach { cert, signature, common })) => {
                common.require_single("--signature", signature.is_some())?;
                let (cert, signature) = (cert.clone(), signature.clone());
                Ok(common.plan(Action::AttachRaw { cert, signature }, None, false))
            }
        }
    }
}

impl Main {
    fn resolve(&self) -> Result<Plan, CliError> {
        self.common.inputs.reject_commands(PROGRAM, &COMMANDS)?;
        self.common.require_single("--output", self.output.is_some())?;
        self.common.require_single("--signature", self.signature.is_some())?;
        let contradictions = [
            (
                self.force && self.output.is_none() && !self.detached && !self.extract,
                "--force is for --output, --detached and --extract; a signature is replaced with --resign",
            ),
            (
                self.command.get().is_some()
                    && (self.strip || self.attach || self.extract || self.repack || self.detached),
                "--sign-command only signs modules, as --key does",
            ),
            (self.command.get().is_some() && self.cert.is_none(), "--sign-command needs --cert"),
            // clap does not require --sign-command, --add and --attach beside an option that excludes them.
            (self.command.limits_nothing(), "--sign-timeout is for --sign-command"),
            (!self.trust.is_empty() && !self.add, "--trust is for --add; verify-module verifies"),
            (self.signature.is_some() && !self.attach, "--signature is for --attach"),
            (
                self.command.get().is_some() && self.deterministic,
                "--deterministic is for keys that are here, not for --sign-command",
            ),
            (
                self.repack && self.key.is_none() && self.output.is_some(),
                "--output needs --key; --repack alone replaces each file",
            ),
            (self.strip && self.common.resign, "--strip removes all signatures; --resign is for signing"),
        ];
        if let Some((_, what)) = contradictions.into_iter().find(|(found, _)| *found) {
            return Err(usage_error(PROGRAM, what));
        }
        Ok(self.common.plan(self.action()?, self.output.clone(), self.force))
    }

    fn action(&self) -> Result<Action, CliError> {
        if let (Some(command), Some(cert)) = (self.command.get(), &self.cert) {
            return Ok(Action::ByCommand { form: self.naming.options()?, cert: cert.clone(), command });
        }
        Ok(match (&self.key, &self.cert) {
            _ if self.strip => Action::Strip,
            _ if self.extract => Action::Extract,
            (None, _) if self.repack => Action::Repack,
            (_, Some(cert)) if self.attach => {
                Action::Attach { cert: cert.clone(), signature: self.signature.clone() }
            }
            (Some(key), _) if self.add => Action::Add {
                form: self.naming.options()?,
                key: key.clone(),
                cert: self.cert.clone(),
                access: self.access.clone(),
                deterministic: self.deterministic,
                trust: self.trust.clone(),
            },
            (Some(key), _) => Action::Sign {
                form: self.naming.options()?,
                key: key.clone(),
                cert: self.cert.clone(),
                access: self.access.clone(),
                deterministic: self.deterministic,
                detached: self.detached,
                repack: self.repack,
            },
            (None, _) => return Err(usage_error(PROGRAM, "--key is missing")),
        })
    }
}

impl Naming {
    fn options(&self) -> Result<Options, CliError> {
        let digest = digest_named("--hash", &self.hash)?;
        let identifier =
            if self.skid { IdentifierKind::SubjectKeyId } else { IdentifierKind::IssuerAndSerial };
        Ok(Options { digest, identifier })
    }
}

impl Common {
    /// An option that names one file allows one module.
    fn require_single(&self, option: &str, is_given: bool) -> Result<(), CliError> {
        if is_given && self.inputs.are_several() {
            return Err(usage_error(PROGRAM, format!("{option} takes one module, not several")));
        }
        Ok(())
    }

    fn plan(&self, action: Action, output: Option<PathBuf>, overwrite: bool) -> Plan {
        let durability = if self.no_sync { Durability::Deferred } else { Durability::Synced };
        Plan {
            action,
            resign: self.resign,
            any_file: self.any_file,
            inputs: self.inputs.clone(),
            run: run::Options {
                overwrite,
                durability,
                jobs: self.jobs.get(),
                output,
                dry_run: self.dry_run,
                json: self.json,
            },
        }
    }
}
