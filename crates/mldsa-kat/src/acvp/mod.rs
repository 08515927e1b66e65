//! NIST's Automated Cryptographic Validation Protocol for ML-DSA: `keyGen`, `sigGen` and `sigVer`.
//!
//! [`answer`] computes the response to a prompt. [`Response::to_json`] returns the file for the server. [`compare`] compares
//! it with `expectedResults.json`. The format is that of draft-celi-acvp-ml-dsa, with the revisions `FIPS204` and
//! `FIPS204-tr1` (private keys as seeds), as one object or in the array that begins with `acvVersion`. Unknown fields are
//! ignored; a missing or wrong field is an error that names the group, the case and the field.
//!
//! Only the test type `AFT` is supported. The `GDT` of early drafts, in which the client chooses the key, is an error: its
//! response would not be reproducible.

mod case;
mod expected;
mod response;

use std::collections::BTreeSet;

use mldsa::dynamic::Parameters;
use serde_json::Value;

use crate::error::Malformed;
use crate::fields::{self, Fields};
use crate::scheme::{Implementation, Scheme};

pub use expected::compare;
pub use response::{Answer, Response, ResponseCase, ResponseGroup};

/// What a vector set tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// ML-DSA.KeyGen_internal of a given seed.
    KeyGen,
    /// Signing with a given key and randomness.
    SigGen,
    /// Verification.
    SigVer,
}

impl Mode {
    /// The name in the field `mode`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::KeyGen => "keyGen",
            Self::SigGen => "sigGen",
            Self::SigVer => "sigVer",
        }
    }
}

/// Computes the response to `prompt`, the text of a `prompt.json`, with `implementation`:
/// [`Kernels`](crate::backend::Kernels) is this project's.
///
/// # Errors
/// [`Malformed`] with the place (`tgId`, `tcId`, field); also if the prompt contains no case.
pub fn answer<I: Implementation>(prompt: &str, implementation: I) -> Result<Response, Malformed> {
    let prompt = fields::parse(prompt)?;
    let (acv_version, set) = unwrap_array(&prompt)?;
    let set = Fields::new(set, "")?;
    let algorithm = set.text("algorithm")?;
    if algorithm != "ML-DSA" {
        return Err(set.error("algorithm", format!("must be \"ML-DSA\", is {algorithm:?}")));
    }
    let mode = set.text("mode")?;
    let mode = [Mode::KeyGen, Mode::SigGen, Mode::SigVer]
        .into_iter()
        .find(|known| known.name() == mode)
        .ok_or_else(|| set.error("mode", format!("must be keyGen, sigGen or sigVer, is {mode:?}")))?;
    let response = Response {
        acv_version,
        vs_id: set.number("vsId")?,
        mode,
        revision: set.text_opt("revision")?.map(str::to_owned),
        groups: answer_groups(set.array("testGroups")?, mode, implementation)?,
    };
    if response.groups.iter().all(|group| group.cases.is_empty()) {
        return Err(Malformed::new("", "contains no test case"));
    }
    Ok(response)
}

/// The vector set, extracted from the array form `[{"acvVersion": …}, {…}]` if necessary.
fn unwrap_array(file: &Value) -> Result<(Option<String>, &Value), Malformed> {
    let Some(array) = file.as_array() else { return Ok((None, file)) };
    match array.as_slice() {
        [version, set] => {
            let version = Fields::new(version, "element 0 of the array")?;
            Ok((Some(version.text("acvVersion")?.to_owned()), set))
        }
        other => Err(Malformed::new(
            "",
            format!(
                "an array must contain acvVersion and one vector set (two elements); it contains {}",
                other.len()
            ),
        )),
    }
}

fn answer_groups<I: Implementation>(
    groups: &[Value],
    mode: Mode,
    implementation: I,
) -> Result<Vec<ResponseGroup>, Malformed> {
    let mut group_ids = BTreeSet::new();
    let mut case_ids = BTreeSet::new();
    let mut answered = Vec::new();
    for (i, value) in groups.iter().enumerate() {
        let group = Fields::new(value, format!("testGroups[{i}]"))?;
        let id = group.number("tgId")?;
        let place = format!("tgId {id}");
        let group = group.renamed(&place);
        if !group_ids.insert(id) {
            return Err(group.error("tgId", "is also the number of an earlier group"));
        }
        let scheme = Scheme::new(parameter_set(&group)?, implementation);
        let kind = case::Kind::read(mode, &group)?;
        let mut cases = Vec::new();
        for (i, value) in group.array("tests")?.iter().enumerate() {
            let case = Fields::new(value, format!("{place}, tests[{i}]"))?;
            let id = case.number("tcId")?;
            let case = case.renamed(format!("{place}, tcId {id}"));
            if !case_ids.insert(id) {
                return Err(case.error("tcId", "is also the number of an earlier case"));
            }
            cases.push(ResponseCase { id, answer: kind.answer(scheme, &case)? });
        }
        answered.push(ResponseGroup { id, name: format!("{place} {} {kind}", scheme.set()), cases });
    }
    Ok(answered)
}

fn parameter_set(group: &Fields<'_>) -> Result<Parameters, Malformed> {
    let name = group.text("parameterSet")?;
    Parameters::from_name(name).ok_or_else(|| {
        group.error("parameterSet", format!("must be ML-DSA-44, ML-DSA-65 or ML-DSA-87, is {name:?}"))
    })
}
