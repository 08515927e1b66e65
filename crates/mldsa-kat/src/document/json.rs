//! The report as JSON; `docs/guide/mldsa-kat.schema.json` is its schema.

use serde::Serialize;

use super::{Document, FileReport};
use crate::report::{Case, Group, Outcome, Report};

impl Document {
    /// Returns the report as one JSON object, with every case.
    pub fn to_json(&self) -> String {
        let mut json = serde_json::to_string_pretty(&DocumentJson::from(self))
            // serde_json fails only for maps with keys that are not strings and for failing `Serialize`s; none are here.
            .expect("structs of strings and numbers are JSON");
        json.push('\n');
        json
    }
}

#[derive(Serialize)]
struct DocumentJson<'a> {
    schema: u32,
    program: &'static str,
    version: &'a str,
    commit: Option<&'a str>,
    compiler: Option<&'a str>,
    target: &'a str,
    profile: &'a str,
    back_end: BackEndJson<'a>,
    cpu: Option<&'a str>,
    time: Option<TimeJson<'a>>,
    command: &'a str,
    files: Vec<FileJson<'a>>,
    summary: SummaryJson,
}

#[derive(Serialize)]
struct BackEndJson<'a> {
    requested: &'a str,
    used: &'a str,
}

#[derive(Serialize)]
struct TimeJson<'a> {
    utc: &'a str,
    source: &'static str,
}

#[derive(Serialize)]
struct FileJson<'a> {
    name: &'a str,
    inputs: Vec<InputJson<'a>>,
    error: Option<&'a str>,
    notes: &'a [String],
    groups: Vec<GroupJson<'a>>,
}

#[derive(Serialize)]
struct InputJson<'a> {
    role: &'a str,
    name: &'a str,
    length: u64,
    sha256: &'a str,
    sha256_unpacked: Option<&'a str>,
}

#[derive(Serialize)]
struct GroupJson<'a> {
    name: &'a str,
    passed: usize,
    failed: usize,
    answered: usize,
    cases: Vec<CaseJson<'a>>,
}

#[derive(Serialize)]
struct CaseJson<'a> {
    name: &'a str,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

#[derive(Serialize)]
struct SummaryJson {
    files: usize,
    errors: usize,
    passed: usize,
    failed: usize,
    answered: usize,
    verdict: &'static str,
    exit_code: u8,
}

impl<'a> From<&'a Document> for DocumentJson<'a> {
    fn from(document: &'a Document) -> Self {
        let about = &document.about;
        let sum = |count: fn(&Report) -> usize| document.reports().map(count).sum();
        let verdict = document.verdict();
        Self {
            schema: 1,
            program: "mldsa-kat",
            version: about.version,
            commit: about.commit,
            compiler: about.compiler,
            target: about.target,
            profile: about.profile,
            back_end: BackEndJson { requested: about.requested, used: about.back_end },
            cpu: about.cpu.as_deref(),
            time: about.time.as_ref().map(|time| TimeJson {
                utc: &time.utc,
                source: if time.from_environment { "SOURCE_DATE_EPOCH" } else { "clock" },
            }),
            command: document.command,
            files: document.files.iter().map(FileJson::from).collect(),
            summary: SummaryJson {
                files: document.files.len(),
                errors: document.files.len() - document.reports().count(),
                passed: sum(Report::passed),
                failed: sum(Report::failed),
                answered: sum(Report::answered),
                verdict: verdict.name(),
                exit_code: verdict.exit_code(),
            },
        }
    }
}

impl<'a> From<&'a FileReport> for FileJson<'a> {
    fn from(file: &'a FileReport) -> Self {
        let inputs = file.inputs.iter().map(|input| InputJson {
            role: input.role,
            name: &input.name,
            length: input.origin.length,
            sha256: &input.origin.sha256,
            sha256_unpacked: input.origin.sha256_unpacked.as_deref(),
        });
        let (error, notes, groups) = match &file.result {
            Ok(report) => {
                (None, report.notes.as_slice(), report.groups.iter().map(GroupJson::from).collect())
            }
            Err(problem) => (Some(problem.message.as_str()), [].as_slice(), Vec::new()),
        };
        Self { name: &file.name, inputs: inputs.collect(), error, notes, groups }
    }
}

impl<'a> From<&'a Group> for GroupJson<'a> {
    fn from(group: &'a Group) -> Self {
        Self {
            name: &group.name,
            passed: group.passed(),
            failed: group.failed(),
            answered: group.answered(),
            cases: group.cases.iter().map(CaseJson::from).collect(),
        }
    }
}

impl<'a> From<&'a Case> for CaseJson<'a> {
    fn from(case: &'a Case) -> Self {
        let (outcome, reason) = match &case.outcome {
            Outcome::Passed => ("passed", None),
            Outcome::Failed(reason) => ("failed", Some(reason.as_str())),
            Outcome::Answered => ("answered", None),
        };
        Self { name: &case.name, outcome, reason }
    }
}
