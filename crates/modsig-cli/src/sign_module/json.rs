//! Lines for machines (`--json`): one JSON object a line. `docs/guide/sign-json.md` describes them, and
//! `docs/guide/sign-module.schema.json` is their JSON Schema.
//!
//! Within one [`SCHEMA`], the name and the meaning of a field do not change; fields may be added.

use super::operation::{Done, Output};
use crate::error::CliError;
use crate::json::{extend, not_unicode};
use crate::printable::printable_json;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;

/// The version of the schema.
const SCHEMA: u32 = 1;

/// The word for a file that failed.
pub(super) const FAILED: &str = "failed";

/// The line about one file.
pub(super) fn file(path: &Path, result: &Result<Done, CliError>, dry_run: bool) -> String {
    let mut object = json!({
        "schema": SCHEMA,
        "type": "file",
        "file": path.to_string_lossy(),
        "dry_run": dry_run,
    });
    let more = match result {
        Ok(done) => json!({
            "action": done.deed.word(),
            "exit_code": 0,
            "result": done.phrase(dry_run).to_string(),
            "signatures_removed": done.removed,
            "outputs": done.outputs.iter().map(|output| name(output, path)).collect::<Vec<_>>(),
            "details": done.details,
            "notes": done.notes,
        }),
        Err(error) => json!({
            "action": FAILED,
            "exit_code": error.exit.code(),
            "error": {
                "what": error.what,
                "file": error.path.as_deref().unwrap_or(path).to_string_lossy(),
                "offset": error.offset,
                "remedy": error.advice,
                "kernel": error.kernel,
            },
        }),
    };
    extend(&mut object, more);
    if let Some(bytes) = not_unicode(path) {
        extend(&mut object, json!({ "file_bytes": bytes }));
    }
    printable_json(&object.to_string())
}

/// The name of a file that is written.
fn name(output: &Output, module: &Path) -> String {
    let path = match output {
        Output::Module { to } => to.as_deref().unwrap_or(module),
        Output::Companion { path, .. } => path,
    };
    path.to_string_lossy().into_owned()
}

/// The last line: how many of `total` files have a result, and which. `exit_code` is that of the run.
pub(super) fn summary(
    actions: &BTreeMap<&'static str, usize>,
    total: usize,
    exit_code: u8,
    interrupted: bool,
    dry_run: bool,
) -> String {
    let object = json!({
        "schema": SCHEMA,
        "type": "summary",
        "files": total,
        "results": actions.values().sum::<usize>(),
        "actions": actions,
        "exit_code": exit_code,
        "interrupted": interrupted,
        "dry_run": dry_run,
    });
    printable_json(&object.to_string())
}
