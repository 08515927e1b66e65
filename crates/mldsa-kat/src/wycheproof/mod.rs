//! C2SP Wycheproof: cases that are designed to break implementations.
//!
//! Runs every case of a file and ignores the flags. A file whose `numberOfTests` is not the number of its cases is malformed,
//! so that a report always counts all of them. A `valid` case must pass every check that its fields allow (the key in each
//! given encoding, mu, the bytes of the signature, verification). An `invalid` case must be rejected.

mod encodings;
mod sign;
mod verify;

use mldsa::dynamic::Parameters;
use serde_json::Value;

use crate::error::Malformed;
use crate::fields::{self, Fields};
use crate::report::{Group, Report};
use crate::scheme::{Implementation, Message, Scheme};

/// Runs every case of `file`, the text of one ML-DSA file of Wycheproof, by `implementation`:
/// [`Kernels`](crate::backend::Kernels) is this project's.
///
/// # Errors
/// [`Malformed`] with the place (`testGroups[3]`, `tcId`, field).
pub fn run<I: Implementation>(file: &str, implementation: I) -> Result<Report, Malformed> {
    let file = fields::parse(file)?;
    let file = Fields::new(&file, "")?;
    let algorithm = file.text("algorithm")?;
    let set = Parameters::from_name(algorithm).ok_or_else(|| {
        file.error("algorithm", format!("must be ML-DSA-44, ML-DSA-65 or ML-DSA-87, is {algorithm:?}"))
    })?;
    let scheme = Scheme::new(set, implementation);
    let mut report = Report::default();
    for (i, value) in file.array("testGroups")?.iter().enumerate() {
        let group = Fields::new(value, format!("testGroups[{i}]"))?;
        let cases = cases(&group)?;
        let name = format!("testGroups[{i}] {set} {}", group.text("type")?);
        report.groups.push(match group.text("type")? {
            "MlDsaSign" => sign::run(scheme, &group, &cases, name)?,
            "MlDsaVerify" => verify::run(scheme, &group, &cases, name)?,
            other => {
                return Err(group.error("type", format!("must be MlDsaSign or MlDsaVerify, is {other:?}")));
            }
        });
    }
    let declared = file.number("numberOfTests")?;
    if declared != report.executed() as u64 || declared == 0 {
        return Err(
            file.error("numberOfTests", format!("is {declared}; the file contains {}", report.executed()))
        );
    }
    Ok(report)
}

/// One case: its number, its fields, and whether it must be accepted.
struct Case<'a> {
    name: String,
    fields: Fields<'a>,
    valid: bool,
}

fn cases<'a>(group: &Fields<'a>) -> Result<Vec<Case<'a>>, Malformed> {
    let read = |(i, value): (usize, &'a Value)| {
        let case = Fields::new(value, format!("tests[{i}]"))?;
        let name = format!("tcId {}", case.number("tcId")?);
        let fields = case.renamed(&name);
        let valid = match fields.text("result")? {
            "valid" => true,
            "invalid" => false,
            other => return Err(fields.error("result", format!("must be valid or invalid, is {other:?}"))),
        };
        Ok(Case { name, fields, valid })
    };
    group.array("tests")?.iter().enumerate().map(read).collect()
}

impl Case<'_> {
    /// Counts the case in `group`. `outcome` is the reason of a rejection, if there is one.
    fn count(&self, group: &mut Group, outcome: Result<(), String>) {
        let comment = self.fields.text_opt("comment").ok().flatten().unwrap_or_default();
        let name = format!("{} ({comment})", self.name);
        group.count(
            name,
            match (self.valid, outcome) {
                (true, outcome) => outcome,
                (false, Err(_refused)) => Ok(()),
                (false, Ok(())) => Err("was accepted, must be rejected".to_owned()),
            },
        );
    }

    /// `msg` with `ctx` (absent means empty); `None` for a case that has only `mu`.
    fn message(&self) -> Result<Option<Message>, Malformed> {
        let context = self.fields.hex_opt("ctx")?.unwrap_or_default();
        Ok(self.fields.hex_opt("msg")?.map(|message| Message::Pure { message, context }))
    }

    /// `mu`, if the case has it.
    fn mu(&self) -> Result<Option<Message>, Malformed> {
        if !self.fields.has("mu") {
            return Ok(None);
        }
        self.fields.hex_array("mu").map(|mu| Some(Message::Mu(mu)))
    }
}
