//! NIST's Automated Cryptographic Validation Protocol for ML-DSA: `keyGen`, `sigGen` and `sigVer`.
//!
//! [`answer`] computes the response to a prompt. [`Response::to_json`] returns the file for the server. [`compare`] compares
//! it with `expectedResults.json`. The format is that of draft-celi-acvp-ml-dsa, with the revisions `FIPS204` and
//! `FIPS204-tr1` (private keys as seeds). A file is one vector set; or an array of a header (with `acvVersion`, or with `url` as
//! `acvptool` writes it) and any number of vector sets.
//!
//! An unknown `acvVersion`, `algorithm`, `mode` or `revision` is an error, unless [`Options`] say otherwise. Other unknown fields
//! are ignored; a missing or wrong field is an error that names the vector set (if there are several), the group, the case and
//! the field. The drafts of ACVP-Server 1.1.0.35 are read too, with a note: groups without `signatureInterface` (their `message`
//! is M′, for the internal interface), and `pk` in the group instead of the case.
//!
//! Only the test type `AFT` is supported. The `GDT` of early drafts, in which the client chooses the key, is an error: its
//! response would not be reproducible.

mod case;
mod expected;
mod file;
mod response;
mod versions;

use std::collections::BTreeSet;

use mldsa::dynamic::Parameters;

use crate::error::Malformed;
use crate::fields::{self, Fields};
use crate::scheme::{Implementation, Scheme};
use case::Kind;
use file::{File, Set};

pub use expected::compare;
pub use response::{Answer, Response, ResponseCase, ResponseGroup, ResponseSet};

/// What to do with a file that is not as this program knows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Read a file of an unknown `acvVersion` or `revision` as if it were a known one, and skip vector sets of another
    /// `algorithm` or `mode`. Each becomes a note of the response.
    pub ignore_unknown: bool,
}

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
/// [`Kernels`](crate::backend::Kernels) is this project's. What is unknown is refused.
///
/// # Errors
/// [`Malformed`] with the place (`vsId`, `tgId`, `tcId`, field); also if the prompt contains no case.
pub fn answer<I: Implementation>(prompt: &str, implementation: I) -> Result<Response, Malformed> {
    answer_with(prompt, implementation, Options::default())
}

/// The same, with options.
///
/// # Errors
/// As [`answer`].
pub fn answer_with<I: Implementation>(
    prompt: &str,
    implementation: I,
    options: Options,
) -> Result<Response, Malformed> {
    let prompt = fields::parse(prompt)?;
    let file = File::read(&prompt)?;
    let mut response = Response {
        header: file.header.cloned(),
        in_array: file.in_array,
        sets: Vec::new(),
        skipped: BTreeSet::new(),
        notes: Vec::new(),
    };
    file.check_header(options, &mut response.notes)?;
    let mut ids = BTreeSet::new();
    for set in &file.sets {
        let fields = &set.fields;
        versions::check_prompt(fields)?;
        let Some(mode) = versions::mode(fields, options, &mut response.notes)? else {
            if fields.has("vsId") {
                response.skipped.insert(fields.number("vsId")?);
            }
            continue;
        };
        let id = fields.number("vsId")?;
        if !ids.insert(id) {
            return Err(fields.error("vsId", "is also the number of an earlier vector set"));
        }
        versions::check_revision(fields, mode, options, &mut response.notes)?;
        let (groups, drafts) = answer_groups(set, mode, implementation)?;
        drafts.note(&mut response.notes);
        let revision = fields.text_opt("revision")?.map(str::to_owned);
        response.sets.push(ResponseSet { vs_id: id, mode, revision, groups });
    }
    if response.sets.iter().flat_map(|set| &set.groups).all(|group| group.cases.is_empty()) {
        return Err(Malformed::new("", "contains no test case"));
    }
    Ok(response)
}

/// The groups that have the form of a draft, by name.
#[derive(Default)]
struct Drafts {
    interface: Vec<String>,
    public_key: Vec<String>,
}

impl Drafts {
    fn note(self, notes: &mut Vec<String>) {
        let draft = "as in the drafts of ACVP-Server 1.1.0.35";
        if !self.interface.is_empty() {
            notes.push(format!(
                "converted, {draft}: no `signatureInterface`, so `message` is M′ of the internal interface ({})",
                self.interface.join("; ")
            ));
        }
        if !self.public_key.is_empty() {
            notes.push(format!(
                "converted, {draft}: `pk` of the group belongs to all of its cases ({})",
                self.public_key.join("; ")
            ));
        }
    }
}

fn answer_groups<I: Implementation>(
    set: &Set<'_>,
    mode: Mode,
    implementation: I,
) -> Result<(Vec<ResponseGroup>, Drafts), Malformed> {
    let mut group_ids = BTreeSet::new();
    let mut case_ids = BTreeSet::new();
    let mut answered = Vec::new();
    let mut drafts = Drafts::default();
    for (i, value) in set.fields.array("testGroups")?.iter().enumerate() {
        let group = Fields::new(value, set.place(&format!("testGroups[{i}]")))?;
        let id = group.number("tgId")?;
        let place = set.place(&format!("tgId {id}"));
        let group = group.renamed(&place);
        if !group_ids.insert(id) {
            return Err(group.error("tgId", "is also the number of an earlier group"));
        }
        let scheme = Scheme::new(parameter_set(&group)?, implementation);
        let kind = Kind::read(mode, &group)?;
        if kind.is_draft_of_interface() {
            drafts.interface.push(place.clone());
        }
        if kind.has_public_key() {
            drafts.public_key.push(place.clone());
        }
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
    Ok((answered, drafts))
}

fn parameter_set(group: &Fields<'_>) -> Result<Parameters, Malformed> {
    let name = group.text("parameterSet")?;
    Parameters::from_name(name).ok_or_else(|| {
        group.error("parameterSet", format!("must be ML-DSA-44, ML-DSA-65 or ML-DSA-87, is {name:?}"))
    })
}
