//! Lines for machines: one JSON object a line. `docs/guide/verify-json.md` describes them, and
//! `docs/guide/verify-module.schema.json` is their JSON Schema.
//!
//! Within one [`SCHEMA`], the name and the meaning of a field do not change; fields may be added.

use super::grouped::{Grouped, Reason};
use super::groups::Groups;
use super::kernel_result::{Fact, KernelResult};
use super::report::{Change, FileEvaluation, Labels, Outcome, PackedBy, Report};
use super::summary::{Counts, Summary};
use crate::error::CliError;
use crate::exit::Exit;
use crate::json::{extend, not_unicode};
use crate::printable::printable_json;
use modsig::kernel::{Answer, Errno, Origin, Stage, Version};
use modsig::trailer::{INFO_LEN, MARKER};
use modsig::verdict::{Finding, Outcome as CheckOutcome, SignerReport};
use serde_json::{Map, Value, json};

/// The version of the schema.
pub(super) const SCHEMA: u32 = 1;

/// The line about one file.
pub(super) fn file(report: &Report, labels: &Labels) -> String {
    let mut object = json!({
        "schema": SCHEMA,
        "type": "file",
        "file": report.path.to_string_lossy(),
        "verdict": report.word(),
        "exit_code": report.exit().code(),
    });
    let more = match &report.outcome {
        Outcome::Evaluated(evaluation) => of_evaluation(evaluation, labels),
        Outcome::Failed { error, linux, packed } => {
            let mut more = json!({
                "error": error_object(error),
                "compression": packed.map(|packed| packed.compression.name()),
            });
            if let Some(answer) = linux {
                extend(&mut more, json!({ "kernel": kernel(answer, &[], *packed, labels) }));
            }
            more
        }
    };
    extend(&mut object, more);
    if let Some(release) = &labels.release {
        let mismatch = match &report.outcome {
            Outcome::Evaluated(evaluation) => evaluation.vermagic.as_ref(),
            Outcome::Failed { .. } => None,
        };
        let vermagic = mismatch.map(
            |mismatch| json!({ "found": mismatch.found, "expected": release, "refused": mismatch.refused }),
        );
        let loaded = report.loaded.as_ref().map(|taints| json!({ "taints": taints }));
        extend(
            &mut object,
            json!({
                "release": release,
                "would_load": report.would_load(),
                "vermagic_mismatch": vermagic,
                "loaded_now": loaded,
            }),
        );
    }
    if let Some(bytes) = not_unicode(&report.path) {
        extend(&mut object, json!({ "file_bytes": bytes }));
    }
    printable_json(&object.to_string())
}

/// The last line. `exit` is the exit code of the run, which may come from a directory that could not be read.
pub(super) fn summary(summary: &Summary, grouped: &Grouped, exit: Exit, labels: &Labels) -> String {
    let mut object = counted(summary, exit);
    extend(
        &mut object,
        json!({
            "policy": labels.policy,
            "kernel": labels.kernel,
            "result": grouped.sentence(labels),
            "groups": groups(grouped.problems()),
        }),
    );
    printable_json(&object.to_string())
}

/// The counts of a summary.
fn counted(summary: &Summary, exit: Exit) -> Value {
    json!({
        "schema": SCHEMA,
        "type": "summary",
        "files": summary.files,
        "exit_code": exit.code(),
        "verdicts": counts(&summary.verdicts),
        "signers": counts(&summary.signers),
        "algorithms": counts(&summary.algorithms),
        "kernel_answers": counts(&summary.kernel),
    })
}

/// The line about a kernel of a root, before those about its modules.
pub(super) fn kernel_line(
    labels: &Labels,
    version: Version,
    facts: &[Fact],
    certificates: &[(String, Origin)],
    modules: usize,
) -> String {
    let fact = |fact: &Fact| {
        let missing = fact.state.as_ref().err();
        json!({
            "what": fact.what,
            "source": fact.source,
            "value": fact.state.as_ref().ok(),
            "missing": missing.map(|missing| &missing.why),
            "follows": missing.map(|missing| missing.follows),
        })
    };
    let certificate =
        |(subject, origin): &(String, Origin)| json!({ "subject": subject, "origin": origin.to_string() });
    let object = json!({
        "schema": SCHEMA,
        "type": "kernel",
        "release": labels.release,
        "version": version.to_string(),
        "configuration": labels.kernel,
        "facts": facts.iter().map(fact).collect::<Vec<_>>(),
        "certificates": certificates.iter().map(certificate).collect::<Vec<_>>(),
        "files": modules,
    });
    printable_json(&object.to_string())
}

/// The last line about the kernels of a root.
pub(super) fn summary_of_kernels(total: &Summary, results: &[KernelResult], exit: Exit) -> String {
    let sentences: Vec<_> = results.iter().map(|result| result.grouped.sentence(&result.labels)).collect();
    let kernel = |result: &KernelResult| {
        json!({
            "release": result.labels.release,
            "files": result.files,
            "result": result.grouped.sentence(&result.labels),
            "groups": groups(result.grouped.problems()),
        })
    };
    let names: Vec<_> = results.iter().map(|result| &*result.labels.kernel).collect();
    let mut object = counted(total, exit);
    extend(
        &mut object,
        json!({
            "policy": results.first().map_or("none", |result| &result.labels.policy),
            "kernel": names.join("; "),
            "result": sentences.join(". "),
            "kernels": results.iter().map(kernel).collect::<Vec<_>>(),
        }),
    );
    printable_json(&object.to_string())
}

/// The problems, the largest group first.
fn groups(problems: &Groups<Reason>) -> Value {
    let mut list: Vec<_> = problems
        .by_size()
        .into_iter()
        .map(|(reason, group)| {
            json!({
                "count": group.count,
                "what": reason.what,
                "kernel": reason.kernel,
                "exit_code": reason.exit().code(),
            })
        })
        .collect();
    if problems.others() > 0 {
        list.push(json!({ "count": problems.others(), "what": "(others)" }));
    }
    Value::Array(list)
}

pub(super) fn error_object(error: &CliError) -> Value {
    json!({ "what": error.what, "offset": error.offset, "remedy": error.advice })
}

pub(super) fn counts(counts: &Counts) -> Value {
    let mut names: Map<String, Value> =
        counts.iter().map(|(name, count)| (name.to_owned(), json!(count))).collect();
    if counts.others > 0 {
        names.insert("(others)".into(), json!(counts.others));
    }
    Value::Object(names)
}

fn of_evaluation(evaluation: &FileEvaluation, labels: &Labels) -> Value {
    let verdict = &evaluation.verdict;
    json!({
        "length": evaluation.len,
        "compression": evaluation.packed.map(|packed| packed.compression.name()),
        "parts": evaluation.cms_len.map(|cms_len| parts(verdict.module_len, cms_len)),
        "signers": verdict.signers.iter().map(signer).collect::<Vec<_>>(),
        "findings": verdict.findings.iter().map(finding).collect::<Vec<_>>(),
        "warnings": verdict.warnings.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "checks": verdict.checks.iter().map(check).collect::<Vec<_>>(),
        "kernel": kernel(&verdict.kernel, &evaluation.changes, evaluation.packed, labels),
    })
}

/// Where each part of the file is.
pub(super) fn parts(module_len: usize, cms_len: usize) -> Value {
    let info = module_len + cms_len;
    let part = |offset: usize, length: usize| json!({ "offset": offset, "length": length });
    json!({
        "module": part(0, module_len),
        "cms": part(module_len, cms_len),
        "trailer": part(info, INFO_LEN),
        "marker": part(info + INFO_LEN, MARKER.len()),
    })
}

fn signer(signer: &SignerReport) -> Value {
    json!({
        "identifier": signer.identifier,
        "subject": signer.subject,
        "key": signer.key,
        "algorithm": signer.algorithm,
        "digest": signer.digest,
        "signed_attributes": signer.signed_attributes,
        "verified": signer.verified,
        "offset": signer.offset,
    })
}

fn finding(finding: &Finding) -> Value {
    json!({
        "kind": crate::exit_mapping::word_of(finding.problem.kind()),
        "what": finding.problem.to_string(),
        "remedy": finding.problem.remedy(),
        "offset": finding.offset,
        "signer": finding.signer,
    })
}

fn check(check: &modsig::verdict::Check) -> Value {
    let outcome = match check.outcome {
        CheckOutcome::Passed => "passed",
        CheckOutcome::Warned => "warned",
        CheckOutcome::Failed => "failed",
        _ => "skipped",
    };
    json!({ "name": check.name, "outcome": outcome, "offset": check.offset, "signer": check.signer })
}

fn kernel(answer: &Answer, changes: &[Change], packed: Option<PackedBy>, labels: &Labels) -> Value {
    let mut value = answered(answer);
    extend(
        &mut value,
        json!({
            "version": labels.version.to_string(),
            "configuration": labels.kernel,
            "unpacked_by": packed.map(|packed| packed.unpacker_word()),
            "stage": stage(answer.stage),
            "enforced": answer.enforced,
            "locked_down": answer.locked_down,
            "tolerated_when_not_enforced": answer.is_tolerated_when_not_enforced(),
            "log": answer.log_lines().collect::<Vec<_>>(),
            "options": changes
                .iter()
                .map(|Change { option, value, answer }| {
                    let mut object = json!({ "option": option.name(), "value": value });
                    extend(&mut object, answered(answer));
                    object
                })
                .collect::<Vec<_>>(),
        }),
    );
    value
}

/// What user space sees of an answer.
fn answered(answer: &Answer) -> Value {
    let number = |errno: Errno| json!({ "name": errno.to_string(), "number": errno.number() });
    // An answer that is not predicted has no number.
    let predicted = |errno: Option<Errno>| errno.filter(|_| !answer.is_too_expensive()).map(number);
    json!({
        "loads": answer.loads(),
        "taints": answer.taints(),
        "errno": predicted(answer.user_errno()),
        "errno_inside": predicted(answer.refusal),
    })
}

const fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Reading => "reading",
        Stage::Unpacking => "unpacking",
        Stage::Marker => "marker",
        Stage::Trailer => "trailer",
        Stage::Message => "message",
        Stage::Integrity => "integrity",
        Stage::Trust => "trust",
        Stage::Accepted => "accepted",
        Stage::NotChecked => "not-checked",
        Stage::TooExpensive => "too-expensive",
        _ => "other",
    }
}
