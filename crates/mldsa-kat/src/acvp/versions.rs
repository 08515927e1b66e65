//! Which files are known: `acvVersion`, `algorithm`, `mode` and `revision`. Everything else is refused, or ignored aloud.

use serde_json::Value;

use super::{Mode, Options};
use crate::error::Malformed;
use crate::fields::Fields;

/// The versions of the protocol that are known.
const ACV_VERSIONS: [&str; 1] = ["1.0"];

/// What to do on request: the end of every message that refuses.
const REMEDY: &str = "--ignore-unknown reads the file all the same";

/// Refuses an unknown `acvVersion` in the header of a file; a header need not have one.
///
/// # Errors
/// It is unknown, and not ignored.
pub(super) fn check_header(
    header: &Value,
    options: Options,
    notes: &mut Vec<String>,
) -> Result<(), Malformed> {
    let header = Fields::new(header, "element 0 of the array")?;
    let Some(version) = header.text_opt("acvVersion")? else { return Ok(()) };
    if ACV_VERSIONS.contains(&version) {
        return Ok(());
    }
    let problem = format!("{version:?} is not known, only \"1.0\" is");
    if !options.ignore_unknown {
        return Err(header.error("acvVersion", format!("{problem}; {REMEDY}")));
    }
    notes.push(format!("ignored: field `acvVersion`: {problem}"));
    Ok(())
}

/// The mode of a vector set; `None` if the set is to be skipped.
///
/// # Errors
/// The algorithm or the mode is unknown and not ignored, or a field is missing.
pub(super) fn mode(
    set: &Fields<'_>,
    options: Options,
    notes: &mut Vec<String>,
) -> Result<Option<Mode>, Malformed> {
    let mut skip = |field: &str, problem: String| {
        if !options.ignore_unknown {
            return Err(set.error(field, format!("{problem}; --ignore-unknown skips the vector set")));
        }
        notes.push(format!("skipped a vector set: {}", set.error(field, problem)));
        Ok(None)
    };
    let algorithm = set.text("algorithm")?;
    if algorithm != "ML-DSA" {
        return skip("algorithm", format!("must be \"ML-DSA\", is {algorithm:?}"));
    }
    let mode = set.text("mode")?;
    match [Mode::KeyGen, Mode::SigGen, Mode::SigVer].into_iter().find(|known| known.name() == mode) {
        Some(mode) => Ok(Some(mode)),
        None => skip("mode", format!("must be keyGen, sigGen or sigVer, is {mode:?}")),
    }
}

/// Refuses a revision that is unknown for the mode. A file without one is read as `FIPS204`, with a note.
///
/// # Errors
/// It is unknown, and not ignored.
pub(super) fn check_revision(
    set: &Fields<'_>,
    mode: Mode,
    options: Options,
    notes: &mut Vec<String>,
) -> Result<(), Malformed> {
    let known: &[&str] = match mode {
        Mode::SigGen => &["FIPS204", "FIPS204-tr1"],
        Mode::KeyGen | Mode::SigVer => &["FIPS204"],
    };
    let Some(revision) = set.text_opt("revision")? else {
        notes.push(set.error("revision", "is missing; read as FIPS204").to_string());
        return Ok(());
    };
    if known.contains(&revision) {
        return Ok(());
    }
    let problem = format!("{revision:?} is not known for {}; known: {}", mode.name(), known.join(", "));
    if !options.ignore_unknown {
        return Err(set.error("revision", format!("{problem}; {REMEDY}")));
    }
    notes.push(format!("ignored: {}; read as {}", set.error("revision", problem), known.join(" or ")));
    Ok(())
}

/// Names a file that is no prompt: a response, expected results or a registration.
///
/// # Errors
/// It is one of these.
pub(super) fn check_prompt(set: &Fields<'_>) -> Result<(), Malformed> {
    if !set.has("testGroups") {
        return match set.has("parameterSets") || set.has("capabilities") {
            true => Err(Malformed::new("", "is a registration of capabilities, not a prompt")),
            // The fields that are missing have errors of their own.
            false => Ok(()),
        };
    }
    let of_prompt = |group: &Value| group.get("parameterSet").is_some() || group.get("testType").is_some();
    let groups = set.array("testGroups")?;
    if groups.is_empty() || !groups.iter().all(Value::is_object) || groups.iter().any(of_prompt) {
        return Ok(());
    }
    Err(Malformed::new(
        "",
        "is a response or the expected results, not a prompt: no group has a `parameterSet` or a `testType`",
    ))
}
