//! The forms of a file: one vector set, or an array of vector sets with or without a header in front.

use serde_json::Value;

use super::{Options, versions};
use crate::error::Malformed;
use crate::fields::Fields;

/// A file, taken apart.
pub(super) struct File<'a> {
    /// The header of an array. It is repeated in the response.
    pub(super) header: Option<&'a Value>,
    /// Whether the file is an array; the response then is one too.
    pub(super) in_array: bool,
    /// In the order of the file; never empty.
    pub(super) sets: Vec<Set<'a>>,
}

/// A vector set and its place in the file, in words.
pub(super) struct Set<'a> {
    pub(super) fields: Fields<'a>,
    /// The beginning of every place in the set: empty if it is the only one.
    prefix: String,
}

impl<'a> File<'a> {
    pub(super) fn read(file: &'a Value) -> Result<Self, Malformed> {
        let Some(array) = file.as_array() else {
            return Ok(Self { header: None, in_array: false, sets: vec![Set::only(file)?] });
        };
        let (header, sets) = match array.split_first() {
            Some((first, rest)) if is_header(first) => (Some(first), rest),
            _ => (None, array.as_slice()),
        };
        let sets = match sets {
            [] => return Err(Malformed::new("", "the array contains no vector set")),
            [set] => vec![Set::only(set)?],
            sets => {
                let first = usize::from(header.is_some());
                sets.iter()
                    .enumerate()
                    .map(|(i, set)| Set::one_of_many(set, first + i))
                    .collect::<Result<_, _>>()?
            }
        };
        Ok(Self { header, in_array: true, sets })
    }

    /// Checks the header: `acvVersion` must be known, and `vectorSetUrls` must have one entry for each vector set.
    pub(super) fn check_header(&self, options: Options, notes: &mut Vec<String>) -> Result<(), Malformed> {
        let Some(header) = self.header else { return Ok(()) };
        versions::check_header(header, options, notes)?;
        let header = Fields::new(header, "element 0 of the array")?;
        if !header.has("vectorSetUrls") {
            return Ok(());
        }
        let urls = header.array("vectorSetUrls")?.len();
        if urls == self.sets.len() {
            return Ok(());
        }
        let problem = format!("names {urls} vector sets; the file contains {}", self.sets.len());
        if !options.ignore_unknown {
            return Err(header.error("vectorSetUrls", problem));
        }
        notes.push(format!("ignored: {}", header.error("vectorSetUrls", problem)));
        Ok(())
    }
}

/// Whether the first element of an array is a header: an object with a field of a header and without `algorithm`, `vsId` and
/// `testGroups`. `acvptool` writes `url`, `vectorSetUrls` and `time`, NIST's server `acvVersion`.
fn is_header(element: &Value) -> bool {
    let has = |name: &&str| element.get(*name).is_some();
    ["acvVersion", "url", "vectorSetUrls"].iter().any(has)
        && !["algorithm", "vsId", "testGroups"].iter().any(has)
}

impl<'a> Set<'a> {
    fn only(set: &'a Value) -> Result<Self, Malformed> {
        Ok(Self { fields: Fields::new(set, "")?, prefix: String::new() })
    }

    /// The place is `vsId 42`, or the index in the array if it has no such number.
    fn one_of_many(set: &'a Value, index: usize) -> Result<Self, Malformed> {
        let fields = Fields::new(set, format!("element {index} of the array"))?;
        if !fields.has("vsId") {
            return Ok(Self { fields, prefix: format!("element {index} of the array, ") });
        }
        let place = format!("vsId {}", fields.number("vsId")?);
        Ok(Self { prefix: format!("{place}, "), fields: fields.renamed(place) })
    }

    /// The place of a part of the set.
    pub(super) fn place(&self, part: &str) -> String {
        format!("{}{part}", self.prefix)
    }
}
