//! `verify-module`: says for each file whether it is good, signed by whom and with what, or why not.

use crate::credentials::read_trust;
use crate::decisions::{exit_of, name_of, verdict_failure};
use crate::elf::check_module;
use crate::exit::EXIT_CODES_HELP;
use crate::files::{MODULE_LIMIT, read_file};
use crate::terminal::Terminal;
use crate::usage::{Loudness, parse};
use clap::Parser;
use modsig::trust::TrustStore;
use modsig::verdict::{Kind, Policy, Verdict, verify};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const PROGRAM: &str = "verify-module";

const EXAMPLES: &str = "\
Examples:
  Is this module signed by this certificate's key?
    verify-module --trust signing_key.x509 dummy.ko

  Trust several files (PEM, PEM bundles, DER, DER after DER), verify several modules:
    verify-module --trust distro.pem --trust local.x509 drivers/*.ko

  For scripts: problems only, on standard error; the exit code says the rest:
    verify-module -q --trust signing_key.x509 dummy.ko || echo \"not good: $?\"

Good modules are told on standard output, all others on standard error: what is
wrong, where, what to do, and what Linux 7.2 answers (signatures enforced, the
same certificates trusted).
";

/// Verify the signatures of Linux kernel modules
#[derive(Debug, Parser)]
#[command(name = PROGRAM, version, after_help = format!("{EXAMPLES}\n{EXIT_CODES_HELP}"))]
struct Arguments {
    /// Trust the certificates in this file: PEM, PEM bundle, DER, or DER after DER (may be given several times)
    #[arg(long, value_name = "CERT", required = true)]
    trust: Vec<PathBuf>,
    #[command(flatten)]
    loudness: Loudness,
    /// The modules
    #[arg(required = true, value_name = "MODULE")]
    modules: Vec<PathBuf>,
}

/// The program.
#[must_use]
pub fn main() -> ExitCode {
    let arguments: Arguments = match parse(PROGRAM) {
        Ok(arguments) => arguments,
        Err(exit) => return exit,
    };
    let mut terminal = Terminal::new(PROGRAM, arguments.loudness.verbosity());
    let trust = read_trust(&arguments.trust, |path, certificate| {
        for lint in certificate.lints() {
            terminal.note(path, format_args!("{}: {lint}", certificate.subject()));
        }
    });
    match trust {
        Ok(trust) => {
            let mut tally = Tally::default();
            for path in &arguments.modules {
                verify_one(path, &trust, &mut tally, &mut terminal);
            }
            tally.tell(&mut terminal);
        }
        Err((path, failure)) => terminal.failure(path, &failure),
    }
    terminal.finish()
}

fn verify_one(path: &Path, trust: &TrustStore, tally: &mut Tally, terminal: &mut Terminal) {
    let source = match read_file(path, MODULE_LIMIT) {
        Ok(source) => source,
        Err(failure) => {
            tally.add("not read");
            return terminal.failure(path, &failure);
        }
    };
    let verdict = verify(&source.bytes, trust, &Policy::default());
    if verdict.kind() == Kind::Unsigned
        && let Err(failure) = check_module(&source.bytes)
    {
        // A text file is not "an unsigned module".
        tally.add("not a module");
        return terminal.failure(path, &failure);
    }
    tally.add(name_of(verdict.kind()));
    if verdict.is_good() {
        tell_good(path, &verdict, terminal);
    } else {
        terminal.failure(path, &verdict_failure(&verdict));
        for finding in verdict.findings.iter().skip(1) {
            terminal.detail(format_args!("also: {finding}"));
        }
    }
    for warning in &verdict.warnings {
        terminal.note(path, warning);
    }
    tell_details(&verdict, terminal);
    terminal.record(exit_of(verdict.kind()));
}

fn tell_good(path: &Path, verdict: &Verdict, terminal: &mut Terminal) {
    let signers = verdict.signers.iter().map(|signer| {
        let subject = signer.subject.as_ref().unwrap_or(&signer.identifier);
        format!("signed by {subject} with {} ({})", signer.algorithm, signer.digest)
    });
    terminal.say_of(path, format_args!("good, {}", signers.collect::<Vec<_>>().join(" and ")));
    if !verdict.kernel.loads() {
        terminal.note(path, format_args!("Linux 7.2 does not take it: {}", verdict.kernel));
    }
}

fn tell_details(verdict: &Verdict, terminal: &mut Terminal) {
    terminal.detail(format_args!("{} bytes of module", verdict.module_len));
    for signer in &verdict.signers {
        let verified = if signer.verified { "verified" } else { "not verified" };
        let attributes = if signer.signed_attributes { ", with signed attributes" } else { "" };
        terminal.detail(format_args!(
            "signer {}: {}, {}{attributes}: {verified}",
            signer.identifier, signer.algorithm, signer.digest
        ));
    }
    terminal.detail(format_args!("Linux 7.2: {}", verdict.kernel));
}

/// How many files got which answer.
#[derive(Default)]
struct Tally {
    counts: BTreeMap<&'static str, usize>,
}

impl Tally {
    fn add(&mut self, name: &'static str) {
        *self.counts.entry(name).or_default() += 1;
    }

    /// One line, if there was more than one file.
    fn tell(&self, terminal: &mut Terminal) {
        let total: usize = self.counts.values().sum();
        if total > 1 {
            let parts: Vec<_> = self.counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
            terminal.say(format_args!("{total} files: {}", parts.join(", ")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    #[test]
    fn every_kind_but_good_has_a_nonzero_exit() {
        use Kind::*;
        for kind in [Unsigned, UnknownSigner, RefusedByPolicy, Unsupported, Malformed, BadSignature] {
            assert!(exit_of(kind) > Exit::Good, "{kind:?}");
        }
        assert_eq!(exit_of(Good), Exit::Good);
    }
}
