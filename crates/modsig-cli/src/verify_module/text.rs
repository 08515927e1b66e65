//! Lines for people: one a file, details below it with `-v`.

use super::judge::{Change, Judged, Outcome, PackedBy, Report};
use super::summary::Labels;
use crate::decisions::{verdict_failure_with, with_answer};
use crate::terminal::Terminal;
use modsig::kernel::Unpacker;
use modsig::verdict::{SignerReport, Verdict};
use std::path::Path;

/// Tells one report.
pub(super) fn tell(report: &Report, labels: &Labels, terminal: &mut Terminal) {
    let path = &report.path;
    let judged = match &report.outcome {
        Outcome::Judged(judged) => judged,
        Outcome::Failed { failure, linux, .. } => {
            let failure = match linux {
                Some(answer) => with_answer(failure.clone(), &labels.linux(), answer),
                None => failure.clone(),
            };
            return terminal.failure(path, &failure);
        }
    };
    let verdict = &judged.verdict;
    if let Some(drawing) = &judged.drawing {
        terminal.document(drawing);
    }
    if verdict.is_good() {
        tell_good(path, verdict, labels, terminal);
    } else {
        terminal.failure(path, &verdict_failure_with(verdict, &labels.linux()));
        for finding in verdict.findings.iter().skip(1) {
            terminal.detail(format_args!("also: {finding}"));
        }
    }
    for warning in &verdict.warnings {
        terminal.note(path, warning);
    }
    if judged.drawing.is_none() {
        tell_details(judged, labels, terminal);
    }
}

fn tell_good(path: &Path, verdict: &Verdict, labels: &Labels, terminal: &mut Terminal) {
    let signers: Vec<_> = verdict.signers.iter().map(signer).collect();
    if signers.is_empty() {
        // The kernel decides, and loads what nobody signed.
        terminal.say_of(path, format_args!("good, as {} has it: {}", labels.linux(), verdict.kernel));
    } else {
        terminal.say_of(path, format_args!("good, {}", signers.join(" and ")));
    }
    if !verdict.kernel.loads() {
        terminal.note(path, format_args!("{} does not take it: {}", labels.linux(), verdict.kernel));
    }
}

fn signer(signer: &SignerReport) -> String {
    let subject = signer.subject.as_ref().unwrap_or(&signer.identifier);
    format!("signed by {subject} with {} ({})", signer.algorithm, signer.digest)
}

fn tell_details(judged: &Judged, labels: &Labels, terminal: &mut Terminal) {
    let verdict = &judged.verdict;
    let compressed =
        judged.packed.map_or(String::new(), |packed| format!(" in {}", packed.compression.name()));
    match judged.cms_len {
        Some(cms_len) => terminal.detail(format_args!(
            "{} bytes of module{compressed}, {cms_len} bytes of CMS at offset {}",
            verdict.module_len, verdict.module_len
        )),
        None => terminal.detail(format_args!("{} bytes{compressed}", judged.len)),
    }
    for signer in &verdict.signers {
        let verified = if signer.verified { "verified" } else { "not verified" };
        let attributes = if signer.signed_attributes { ", with signed attributes" } else { "" };
        terminal.detail(format_args!(
            "signer {}: {}, {}{attributes}: {verified}",
            signer.identifier, signer.algorithm, signer.digest
        ));
    }
    if let Some(packed) = judged.packed {
        terminal.detail(unpacked_by(packed));
    }
    terminal.detail(format_args!("{}: {}", labels.linux(), verdict.kernel));
    for line in kernel_lines(verdict, &judged.changes) {
        terminal.detail(line);
    }
}

/// Which reader of a compressed file the prediction assumes.
pub(super) fn unpacked_by(packed: PackedBy) -> String {
    let name = packed.compression.name();
    match packed.unpacker {
        Unpacker::Linux => format!("this kernel unpacks {name} itself (CONFIG_MODULE_DECOMPRESS)"),
        Unpacker::Kmod => format!("kmod unpacks {name} before it hands the module to this kernel"),
    }
}

/// What there is to say about the kernel's answer besides the answer: how far it came, what would be without enforcement,
/// and which options change it.
pub(super) fn kernel_lines(verdict: &Verdict, changes: &[Change]) -> Vec<String> {
    let answer = &verdict.kernel;
    let mut lines = Vec::new();
    if answer.is_too_expensive() {
        lines.push("Linux itself has no such bound: it may take minutes over this file".into());
    } else if !answer.is_accepted() {
        let without = match (answer.enforced, answer.is_tolerated_when_not_enforced()) {
            (true, true) => "; without CONFIG_MODULE_SIG_FORCE it loads, and taints the kernel",
            (true, false) => "; fatal, also without CONFIG_MODULE_SIG_FORCE",
            (false, true) => "; tolerated, as signatures are not enforced",
            (false, false) => "; fatal, although signatures are not enforced",
        };
        lines.push(format!("it stops at {}{without}", answer.stage));
    }
    for Change { option, value, answer } in changes {
        let value = if *value { 'y' } else { 'n' };
        lines.push(format!("{}={value}: {answer}", option.name()));
    }
    lines
}
