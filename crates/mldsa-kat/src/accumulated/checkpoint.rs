//! A long run in a file: how far it is, so that another run can go on from there.

use mldsa::dynamic::Parameters;
use serde::{Deserialize, Serialize};

use super::{Accumulator, State};
use crate::error::Malformed;

/// The contents of the file, as JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Checkpoint {
    /// What made it: see [`text`].
    made_by: String,
    set: String,
    iterations: u64,
    /// [`Accumulator::state`], in hexadecimal.
    lanes: String,
    waiting: String,
}

/// Writes `state` as JSON. `made_by` names the build and the back end: a hash of several of them would be evidence for none.
pub fn text(set: Parameters, made_by: &str, state: &State) -> String {
    let (lanes, waiting) = state.accumulator.state();
    let checkpoint = Checkpoint {
        made_by: made_by.to_owned(),
        set: set.to_string(),
        iterations: state.iterations,
        lanes: hex::encode(lanes),
        waiting: hex::encode(waiting),
    };
    // A struct of strings and a number has no error.
    serde_json::to_string_pretty(&checkpoint).unwrap_or_default() + "\n"
}

/// Reads what [`text`] wrote, for a run of `set` to `iterations` by `made_by`.
///
/// # Errors
/// It is not such a file, was made for another set or by another build or back end, or is beyond `iterations`. A modified
/// state is not detected here: it leads to a wrong hash.
pub fn read(text: &str, set: Parameters, made_by: &str, iterations: u64) -> Result<State, Malformed> {
    let at = |place: &str, reason: String| Malformed::new(format!("field `{place}`"), reason);
    let found: Checkpoint = serde_json::from_str(text)
        .map_err(|error| Malformed::new("", format!("not a checkpoint: {error}")))?;
    if found.set != set.to_string() {
        return Err(at("set", format!("{} instead of {set}", found.set)));
    }
    if found.made_by != made_by {
        let reason = format!(
            "begun by {}, and this is {made_by}: go on with that one, or remove the file",
            found.made_by
        );
        return Err(at("made_by", reason));
    }
    if found.iterations > iterations {
        let reason = format!("{} are done, {iterations} are asked for: remove the file", found.iterations);
        return Err(at("iterations", reason));
    }
    let bytes = |place, text: &str| hex::decode(text).map_err(|error| at(place, error.to_string()));
    let lanes = bytes("lanes", &found.lanes)?;
    let waiting = bytes("waiting", &found.waiting)?;
    let accumulator =
        lanes.as_slice().try_into().ok().and_then(|lanes| Accumulator::from_state(lanes, &waiting));
    let accumulator = accumulator
        .ok_or_else(|| at("lanes", "200 bytes, and at most 167 that wait, are a state".to_owned()))?;
    Ok(State { iterations: found.iterations, accumulator })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> State {
        let mut accumulator = Accumulator::default();
        accumulator.absorb(&[1; 200]);
        State { iterations: 7, accumulator }
    }

    #[test]
    fn what_is_written_is_read() {
        let text = text(Parameters::MlDsa65, "a", &state());
        assert_eq!(read(&text, Parameters::MlDsa65, "a", 7), Ok(state()));
    }

    /// Kills: a state of another set, build or length that is taken over, and a hash after more iterations than the report says.
    #[test]
    fn what_belongs_to_another_run_is_refused() {
        let text = text(Parameters::MlDsa65, "a", &state());
        let error = |text: &str, set, made_by, iterations| {
            read(text, set, made_by, iterations).unwrap_err().to_string()
        };
        let wrong = |from: &str, to: &str| error(&text.replace(from, to), Parameters::MlDsa65, "a", 7);
        assert_eq!(error(&text, Parameters::MlDsa44, "a", 7), "field `set`: ML-DSA-65 instead of ML-DSA-44");
        assert_eq!(
            error(&text, Parameters::MlDsa65, "b", 7),
            "field `made_by`: begun by a, and this is b: go on with that one, or remove the file"
        );
        assert_eq!(
            error(&text, Parameters::MlDsa65, "a", 6),
            "field `iterations`: 7 are done, 6 are asked for: remove the file"
        );
        assert!(wrong("\"lanes\": \"", "\"lanes\": \"00").starts_with("field `lanes`: 200 bytes"));
        assert!(
            wrong("\"waiting\": \"", &format!("\"waiting\": \"{}", "00".repeat(168)))
                .starts_with("field `lanes`")
        );
        assert!(wrong("\"waiting\": \"", "\"waiting\": \"x").starts_with("field `waiting`: "));
        assert!(error("", Parameters::MlDsa65, "a", 7).starts_with("not a checkpoint: "));
        assert!(error("{}", Parameters::MlDsa65, "a", 7).starts_with("not a checkpoint: missing field"));
    }
}
