//! The response to a vector set, and its JSON.

use serde::Serialize;

use super::Mode;

/// The response to a vector set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// `acvVersion` of the prompt, if it is in the array form; the response then has that form too.
    pub acv_version: Option<String>,
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
    /// Returns the file for NIST's server.
    pub fn to_json(&self) -> String {
        let set = SetJson {
            vs_id: self.vs_id,
            algorithm: "ML-DSA",
            mode: self.mode.name(),
            revision: self.revision.as_deref(),
            test_groups: self.groups.iter().map(GroupJson::from).collect(),
        };
        let json = match &self.acv_version {
            None => serde_json::to_string_pretty(&set),
            Some(acv_version) => serde_json::to_string_pretty(&(VersionJson { acv_version }, set)),
        };
        // serde_json fails only for maps with keys that are not strings and for failing `Serialize`s; there are none here.
        let mut json = json.expect("structs of strings and numbers are JSON");
        json.push('\n');
        json
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VersionJson<'a> {
    acv_version: &'a str,
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
