//! The response to a vector set, and its JSON.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use super::Mode;
use crate::report::{Group, Report};

/// The response to a file: to one vector set, or to several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The header of a prompt in the array form; the response repeats it.
    pub header: Option<Value>,
    /// Whether the prompt is an array; the response then is one too.
    pub in_array: bool,
    /// In the order of the prompt.
    pub sets: Vec<ResponseSet>,
    /// `vsId` of the vector sets that [`Options::ignore_unknown`](super::Options) has skipped.
    pub skipped: BTreeSet<u64>,
    /// What was converted or ignored.
    pub notes: Vec<String>,
}

/// The response to a vector set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseSet {
    /// `vsId`.
    pub vs_id: u64,
    /// `mode`.
    pub mode: Mode,
    /// `revision`, if the prompt has one.
    pub revision: Option<String>,
    /// In the order of the prompt.
    pub groups: Vec<ResponseGroup>,
}

/// The answers of one test group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseGroup {
    /// `tgId`.
    pub id: u64,
    /// A description: the number, the parameter set, the tested operation.
    pub name: String,
    /// In the order of the prompt.
    pub cases: Vec<ResponseCase>,
}

/// The answer to one test case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseCase {
    /// `tcId`.
    pub id: u64,
    /// The computed value.
    pub answer: Answer,
}

/// The computed value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A key pair.
    KeyGen {
        /// The public key.
        pk: Vec<u8>,
        /// The expanded private key.
        sk: Vec<u8>,
    },
    /// A signature.
    SigGen {
        /// Its bytes.
        signature: Vec<u8>,
    },
    /// A verdict.
    SigVer {
        /// Whether the signature verified.
        test_passed: bool,
    },
}

impl Response {
    /// Returns the file for NIST's server, in the form of the prompt.
    pub fn to_json(&self) -> String {
        let mut elements: Vec<_> = self.header.iter().map(ElementJson::Header).collect();
        elements.extend(self.sets.iter().map(|set| ElementJson::Set(set.into())));
        let json = match (self.in_array, elements.as_slice()) {
            (false, [only]) => serde_json::to_string_pretty(only),
            _ => serde_json::to_string_pretty(&elements),
        };
        // serde_json fails only for maps with keys that are not strings and for failing `Serialize`s; there are none here.
        let mut json = json.expect("structs of strings and numbers are JSON");
        json.push('\n');
        json
    }

    /// Returns the report of a run that compares nothing: every case was answered.
    pub fn report(&self) -> Report {
        let mut report = Report { groups: Vec::new(), notes: self.notes.clone() };
        for group in self.sets.iter().flat_map(|set| &set.groups) {
            let mut answered = Group::new(&group.name);
            for case in &group.cases {
                answered.answered_only(format!("tcId {}", case.id));
            }
            report.groups.push(answered);
        }
        report
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum ElementJson<'a> {
    Header(&'a Value),
    Set(SetJson<'a>),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SetJson<'a> {
    vs_id: u64,
    algorithm: &'a str,
    mode: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<&'a str>,
    test_groups: Vec<GroupJson>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GroupJson {
    tg_id: u64,
    tests: Vec<CaseJson>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CaseJson {
    tc_id: u64,
    #[serde(flatten)]
    answer: AnswerJson,
}

#[derive(Serialize)]
#[serde(untagged)]
enum AnswerJson {
    KeyGen {
        pk: String,
        sk: String,
    },
    SigGen {
        signature: String,
    },
    SigVer {
        #[serde(rename = "testPassed")]
        test_passed: bool,
    },
}

impl<'a> From<&'a ResponseSet> for SetJson<'a> {
    fn from(set: &'a ResponseSet) -> Self {
        Self {
            vs_id: set.vs_id,
            algorithm: "ML-DSA",
            mode: set.mode.name(),
            revision: set.revision.as_deref(),
            test_groups: set.groups.iter().map(GroupJson::from).collect(),
        }
    }
}

impl From<&ResponseGroup> for GroupJson {
    fn from(group: &ResponseGroup) -> Self {
        let case = |case: &ResponseCase| CaseJson { tc_id: case.id, answer: (&case.answer).into() };
        Self { tg_id: group.id, tests: group.cases.iter().map(case).collect() }
    }
}

impl From<&Answer> for AnswerJson {
    fn from(answer: &Answer) -> Self {
        match answer {
            Answer::KeyGen { pk, sk } => {
                Self::KeyGen { pk: hex::encode_upper(pk), sk: hex::encode_upper(sk) }
            }
            Answer::SigGen { signature } => Self::SigGen { signature: hex::encode_upper(signature) },
            Answer::SigVer { test_passed } => Self::SigVer { test_passed: *test_passed },
        }
    }
}
