//! Lines for people: one for each file, and details below it with `-v`.

use super::report::{FileEvaluation, Labels, Outcome, Report, kernel_lines};
use crate::error::{CliError, InFile as _};
use crate::exit::Exit;
use crate::exit_mapping::{kernel_line, verdict_error_with};
use crate::ink::Ink;
use crate::terminal::Terminal;
use modsig::verdict::{SignerReport, Verdict};

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
        print_good(report, verdict, labels, terminal);
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

fn print_good(report: &Report, verdict: &Verdict, labels: &Labels, terminal: &mut Terminal) {
    let (path, linux) = (&report.path, &labels.linux);
    let disagreement = report.disagreement(linux);
    if let Some(disagreement) = disagreement.as_ref().filter(|_| report.fails_on_kernel) {
        let what = format!("good, but {disagreement}");
        return terminal.error(&CliError::new(Exit::Kernel, what, "").in_file(path));
    }
    let signers: Vec<_> = verdict.signers.iter().map(signer).collect();
    if signers.is_empty() {
        // The policy lets the kernel decide, and the kernel loads an unsigned module.
        let ink = if disagreement.is_some() { Ink::Warning } else { Ink::Plain };
        let answer = verdict.kernel.to_string();
        terminal.print_pieces(
            path,
            &[(Ink::Good, "good"), (Ink::Plain, &format!(" for {linux}: ")), (ink, &answer)],
        );
        return;
    }
    let signers = format!(", {}", signers.join(" and "));
    let disagreement = disagreement.map_or_else(String::new, |disagreement| format!("; {disagreement}"));
    terminal
        .print_pieces(path, &[(Ink::Good, "good"), (Ink::Plain, &signers), (Ink::Warning, &disagreement)]);
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
    // A problem's own lines have it already.
    if verdict.is_good() {
        terminal.detail(format_args!("{}: {}", labels.linux, verdict.kernel));
    }
    for line in kernel_lines(verdict, &evaluation.changes) {
        terminal.detail(line);
    }
}
