//! What the JSON of `sign-module` and of `verify-module` have in common.

use crate::printable::hex;
use serde_json::Value;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Adds the fields of one object to another.
pub fn extend(object: &mut Value, more: Value) {
    if let (Value::Object(object), Value::Object(more)) = (object, more) {
        object.extend(more);
    }
}

/// A name that is not UTF-8, byte by byte in hexadecimal: in `file` its other bytes are replaced.
#[must_use]
pub fn not_unicode(path: &Path) -> Option<String> {
    path.to_str().is_none().then(|| hex(path.as_os_str().as_bytes()))
}
