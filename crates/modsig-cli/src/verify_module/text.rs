//! Lines for people: one for each file, and details below it with `-v`.

use super::report::{FileEvaluation, Labels, Outcome, Report, kernel_lines};
use crate::error::{CliError, InFile as _};
use crate::exit::Exit;
use crate::exit_mapping::{kernel_line, verdict_error_with};
use crate::terminal::Terminal;
use modsig::verdict::{SignerReport, Verdict};
use std::path::Path;

/// Prints one report.
pub(super) fn print(report: &Report, labels: &Labels, terminal: &mut Terminal) {
    let path = &report.path;
    let evaluation = match &report.outcome {
        Outcome::Evaluated(evaluation) => evaluation,
        Outcome::Failed { error, linux, .. } => {
            let mut error = error.clone().in_file(path);
            if let Some(answer) = linux {
                error = error.with_kernel(kernel_line(&labels.linux, answer));
            }
            return terminal.error(&error);
        }
    };
    let verdict = &evaluation.verdict;
    if let Some(drawing) = &evaluation.drawing {
        terminal.document(drawing);
    }
    if let Some(release) = &labels.release
        && verdict.is_good()
        && evaluation.is_for_another_kernel()
        && let Some(mismatch) = &evaluation.vermagic
    {
        terminal.error(&CliError::new(Exit::Refused, mismatch.sentence(release), "").in_file(path));
    } else if verdict.is_good() {
        print_good(path, verdict, labels, terminal);
    } else {
        terminal.error(&verdict_error_with(verdict, &labels.linux).in_file(path));
        for finding in verdict.findings.iter().skip(1) {
            terminal.detail(format_args!("also: {finding}"));
        }
    }
    for warning in &verdict.warnings {
        terminal.note(path, warning);
    }
    if evaluation.drawing.is_none() {
        print_details(evaluation, labels, terminal);
    }
}

fn print_good(path: &Path, verdict: &Verdict, labels: &Labels, terminal: &mut Terminal) {
    let signers: Vec<_> = verdict.signers.iter().map(signer).collect();
    let linux = &labels.linux;
    if signers.is_empty() {
        // The policy lets the kernel decide, and the kernel loads an unsigned module.
        terminal.print_about(path, format_args!("good for {linux}: {}", verdict.kernel));
    } else {
        terminal.print_about(path, format_args!("good, {}", signers.join(" and ")));
    }
    if !verdict.kernel.loads() {
        terminal.note(path, format_args!("{linux} does not load it: {}", verdict.kernel));
    }
}

fn signer(signer: &SignerReport) -> String {
    let subject = signer.subject.as_ref().unwrap_or(&signer.identifier);
    format!("signed by {subject} with {} ({})", signer.algorithm, signer.digest)
}

fn print_details(evaluation: &FileEvaluation, labels: &Labels, terminal: &mut Terminal) {
    let verdict = &evaluation.verdict;
    let compressed =
        evaluation.packed.map_or(String::new(), |packed| format!(" in {}", packed.compression.name()));
    match evaluation.cms_len {
        Some(cms_len) => terminal.detail(format_args!(
            "{} bytes of module{compressed}, {cms_len} bytes of CMS at offset {}",
            verdict.module_len, verdict.module_len
        )),
        None => terminal.detail(format_args!("{} bytes{compressed}", evaluation.len)),
    }
    for signer in &verdict.signers {
        let verified = if signer.verified { "verified" } else { "not verified" };
        let attributes = if signer.signed_attributes { ", with signed attributes" } else { "" };
        terminal.detail(format_args!(
            "signer {}: {}, {}{attributes}: {verified}",
            signer.identifier, signer.algorithm, signer.digest
        ));
    }
    if let Some(packed) = evaluation.packed {
        terminal.detail(packed.sentence());
    }
    terminal.detail(format_args!("{}: {}", labels.linux, verdict.kernel));
    for line in kernel_lines(verdict, &evaluation.changes) {
        terminal.detail(line);
    }
}
