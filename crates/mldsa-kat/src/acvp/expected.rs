//! Compares a response with the expected results.

use std::collections::BTreeMap;

use super::{Answer, Response, unwrap_array};
use crate::error::Malformed;
use crate::fields::{self, Fields};
use crate::report::{Group, Report, compare_bytes};

/// Compares each answer of `response` with `expected`, the text of an `expectedResults.json`.
///
/// Both must contain the same cases: a case that only one side has is an error, not a pass.
///
/// # Errors
/// [`Malformed`] with the place in the expected results (`tgId`, `tcId`, field).
pub fn compare(response: &Response, expected: &str) -> Result<Report, Malformed> {
    let expected = fields::parse(expected)?;
    let (_, set) = unwrap_array(&expected)?;
    let set = Fields::new(set, "")?;
    if set.has("vsId") && set.number("vsId")? != response.vs_id {
        let found = set.number("vsId")?;
        return Err(set.error("vsId", format!("is {found}; the prompt is of vector set {}", response.vs_id)));
    }
    let mut cases = cases_by_id(&set)?;
    let mut report = Report::default();
    for group in &response.groups {
        let mut checked = Group::new(&group.name);
        for case in &group.cases {
            let name = format!("tgId {}, tcId {}", group.id, case.id);
            let wanted = cases
                .remove(&(group.id, case.id))
                .ok_or_else(|| Malformed::new(&name, "is in the prompt, but not in the expected results"))?;
            checked.count(format!("tcId {}", case.id), check(&case.answer, &wanted)?);
        }
        report.groups.push(checked);
    }
    match cases.first_entry() {
        None => Ok(report),
        Some(entry) => {
            let (group, case) = *entry.key();
            Err(Malformed::new(
                format!("tgId {group}, tcId {case}"),
                "is in the expected results, but not in the prompt",
            ))
        }
    }
}

/// The expected cases by `tgId` and `tcId`.
fn cases_by_id<'a>(set: &Fields<'a>) -> Result<BTreeMap<(u64, u64), Fields<'a>>, Malformed> {
    let mut cases = BTreeMap::new();
    for (i, group) in set.array("testGroups")?.iter().enumerate() {
        let group = Fields::new(group, format!("testGroups[{i}]"))?;
        let group_id = group.number("tgId")?;
        let group = group.renamed(format!("tgId {group_id}"));
        for (i, case) in group.array("tests")?.iter().enumerate() {
            let case = Fields::new(case, format!("tgId {group_id}, tests[{i}]"))?;
            let id = case.number("tcId")?;
            let case = case.renamed(format!("tgId {group_id}, tcId {id}"));
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
