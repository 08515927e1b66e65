//! Compares a response with the expected results.

use std::collections::BTreeMap;

use super::file::{File, Set};
use super::{Answer, Response, ResponseSet};
use crate::error::Malformed;
use crate::fields::{self, Fields};
use crate::report::{Group, Report, compare_bytes};

/// Compares each answer of `response` with `expected`, the text of an `expectedResults.json`.
///
/// Both must contain the same vector sets and cases: one that only one side has is an error, not a pass. Several vector sets
/// are matched by their `vsId`. Fields that repeat those of the prompt (`vsId`, `mode`, `revision`) must be equal.
///
/// # Errors
/// [`Malformed`] with the place in the expected results (`vsId`, `tgId`, `tcId`, field).
pub fn compare(response: &Response, expected: &str) -> Result<Report, Malformed> {
    let expected = fields::parse(expected)?;
    let mut expected = File::read(&expected)?.sets;
    let mut report = Report { groups: Vec::new(), notes: response.notes.clone() };
    for answered in &response.sets {
        let set = take(&mut expected, answered, response.sets.len() == 1)?;
        check_repeated(&set, answered)?;
        compare_set(answered, &set, &mut report)?;
    }
    for set in expected {
        let id = set.fields.number("vsId")?;
        if !response.skipped.contains(&id) {
            return Err(set.fields.error("vsId", format!("{id} is not a vector set of the prompt")));
        }
    }
    Ok(report)
}

/// Removes the vector set of `answered`. The only set of two files with one each needs no `vsId`.
fn take<'a>(expected: &mut Vec<Set<'a>>, answered: &ResponseSet, only: bool) -> Result<Set<'a>, Malformed> {
    match expected.pop() {
        Some(set) if only && expected.is_empty() => return Ok(set),
        last => expected.extend(last),
    }
    for (i, set) in expected.iter().enumerate() {
        if set.fields.number("vsId")? == answered.vs_id {
            return Ok(expected.remove(i));
        }
    }
    Err(Malformed::new(
        format!("vsId {}", answered.vs_id),
        "is in the prompt, but not in the expected results",
    ))
}

/// Expected results of another vector set, mode or revision are not those of the prompt.
fn check_repeated(set: &Set<'_>, answered: &ResponseSet) -> Result<(), Malformed> {
    let fields = &set.fields;
    if fields.has("vsId") && fields.number("vsId")? != answered.vs_id {
        let found = fields.number("vsId")?;
        return Err(
            fields.error("vsId", format!("is {found}; the prompt is of vector set {}", answered.vs_id))
        );
    }
    let repeated = [("mode", Some(answered.mode.name())), ("revision", answered.revision.as_deref())];
    for (name, of_prompt) in repeated {
        match (fields.text_opt(name)?, of_prompt) {
            (Some(found), Some(of_prompt)) if found != of_prompt => {
                return Err(fields.error(name, format!("is {found:?}; that of the prompt is {of_prompt:?}")));
            }
            _ => {}
        }
    }
    Ok(())
}

fn compare_set(answered: &ResponseSet, set: &Set<'_>, report: &mut Report) -> Result<(), Malformed> {
    let mut cases = cases_by_id(set)?;
    for group in &answered.groups {
        let mut checked = Group::new(&group.name);
        for case in &group.cases {
            let name = set.place(&format!("tgId {}, tcId {}", group.id, case.id));
            let wanted = cases
                .remove(&(group.id, case.id))
                .ok_or_else(|| Malformed::new(&name, "is in the prompt, but not in the expected results"))?;
            checked.count(format!("tcId {}", case.id), check(&case.answer, &wanted)?);
        }
        report.groups.push(checked);
    }
    match cases.first_entry() {
        None => Ok(()),
        Some(entry) => {
            let (group, case) = *entry.key();
            Err(Malformed::new(
                set.place(&format!("tgId {group}, tcId {case}")),
                "is in the expected results, but not in the prompt",
            ))
        }
    }
}

/// The expected cases by `tgId` and `tcId`.
fn cases_by_id<'a>(set: &Set<'a>) -> Result<BTreeMap<(u64, u64), Fields<'a>>, Malformed> {
    let mut cases = BTreeMap::new();
    for (i, group) in set.fields.array("testGroups")?.iter().enumerate() {
        let group = Fields::new(group, set.place(&format!("testGroups[{i}]")))?;
        let group_id = group.number("tgId")?;
        let place = set.place(&format!("tgId {group_id}"));
        let group = group.renamed(&place);
        for (i, case) in group.array("tests")?.iter().enumerate() {
            let case = Fields::new(case, format!("{place}, tests[{i}]"))?;
            let id = case.number("tcId")?;
            let case = case.renamed(format!("{place}, tcId {id}"));
            if cases.insert((group_id, id), case.clone()).is_some() {
                return Err(case.error("tcId", "is also the number of an earlier case"));
            }
        }
    }
    Ok(cases)
}

/// The outer error is a malformed file of expected results, the inner one a failed vector.
fn check(answer: &Answer, wanted: &Fields<'_>) -> Result<Result<(), String>, Malformed> {
    Ok(match answer {
        Answer::KeyGen { pk, sk } => {
            let (wanted_pk, wanted_sk) = (wanted.hex("pk")?, wanted.hex("sk")?);
            compare_bytes("pk", pk, &wanted_pk).and_then(|()| compare_bytes("sk", sk, &wanted_sk))
        }
        Answer::SigGen { signature } => compare_bytes("signature", signature, &wanted.hex("signature")?),
        Answer::SigVer { test_passed } => {
            let wanted = wanted.boolean("testPassed")?;
            if *test_passed == wanted {
                Ok(())
            } else {
                Err(format!("testPassed: {test_passed} computed, {wanted} expected"))
            }
        }
    })
}
