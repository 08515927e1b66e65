//! Parses the text into records.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Malformed;

/// One record, its values decoded.
#[derive(Debug)]
pub(super) struct Record {
    /// The line of its `count`, from 1.
    pub(super) line: usize,
    pub(super) count: u64,
    pub(super) seed: Option<Seed>,
    pub(super) xi: Option<[u8; 32]>,
    pub(super) rng: Option<[u8; 32]>,
    pub(super) ctx: Vec<u8>,
    pub(super) mlen: Option<u64>,
    pub(super) msg: Vec<u8>,
    pub(super) pk: Vec<u8>,
    pub(super) sk: Vec<u8>,
    pub(super) smlen: Option<u64>,
    pub(super) sm: Vec<u8>,
}

/// The field `seed`.
#[derive(Debug)]
pub(super) enum Seed {
    /// 32 bytes: xi itself.
    Xi([u8; 32]),
    /// 48 bytes: for NIST's DRBG.
    Drbg([u8; 48]),
}

/// The fields of one record, as text, with the number of each line.
struct Fields<'a> {
    line: usize,
    values: BTreeMap<&'a str, (usize, &'a str)>,
}

/// The names of the fields that are read.
const KNOWN: [&str; 12] =
    ["count", "seed", "xi", "rng", "ctx", "context", "mlen", "msg", "pk", "sk", "smlen", "sm"];

/// The records of a file, and the names of the fields that are not read.
pub(super) fn parse(file: &str) -> Result<(Vec<Record>, BTreeSet<&str>), Malformed> {
    let mut records = Vec::new();
    let mut unknown = BTreeSet::new();
    let mut open: Option<Fields<'_>> = None;
    for (i, line) in file.lines().enumerate() {
        let (number, line) = (i + 1, line.trim());
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let error = |reason: &str| Malformed::new(format!("line {number}"), reason);
        let (name, value) = line.split_once('=').ok_or_else(|| error("is not of the form `name = value`"))?;
        let (name, value) = (name.trim_end(), value.trim_start());
        if !KNOWN.contains(&name) {
            unknown.insert(name);
        }
        if name == "count" {
            let next = Fields { line: number, values: BTreeMap::new() };
            if let Some(fields) = open.replace(next) {
                records.push(fields.record()?);
            }
        }
        let fields = open.as_mut().ok_or_else(|| error("is before the first `count`"))?;
        if fields.values.insert(name, (number, value)).is_some() {
            return Err(error(&format!(
                "`{name}` occurs twice in this record; a record begins with `count`"
            )));
        }
    }
    match open {
        None => Err(Malformed::new("", "contains no record (no line `count = …`)")),
        Some(fields) => {
            records.push(fields.record()?);
            Ok((records, unknown))
        }
    }
}

impl Fields<'_> {
    fn record(&self) -> Result<Record, Malformed> {
        Ok(Record {
            line: self.line,
            count: self.required("count", self.number("count")?)?,
            seed: self.seed()?,
            xi: self.array("xi")?,
            rng: self.array("rng")?,
            ctx: self.context()?,
            mlen: self.number("mlen")?,
            msg: self.required("msg", self.hex("msg")?)?,
            pk: self.required("pk", self.hex("pk")?)?,
            sk: self.required("sk", self.hex("sk")?)?,
            smlen: self.number("smlen")?,
            sm: self.required("sm", self.hex("sm")?)?,
        })
    }

    fn error(&self, name: &str, reason: impl Into<String>) -> Malformed {
        let line = self.values.get(name).map_or(self.line, |(line, _)| *line);
        let count = self.values.get("count").map_or("?", |(_, count)| *count);
        Malformed::new(format!("line {line}, count {count}, field `{name}`"), reason)
    }

    fn required<T>(&self, name: &str, value: Option<T>) -> Result<T, Malformed> {
        value.ok_or_else(|| self.error(name, "is missing"))
    }

    fn number(&self, name: &str) -> Result<Option<u64>, Malformed> {
        let parse = |(_, text): &(usize, &str)| {
            text.parse().map_err(|_| self.error(name, format!("{text:?} is not a decimal number")))
        };
        self.values.get(name).map(parse).transpose()
    }

    fn hex(&self, name: &str) -> Result<Option<Vec<u8>>, Malformed> {
        let decode = |(_, text): &(usize, &str)| {
            hex::decode(text).map_err(|error| self.error(name, format!("not hexadecimal: {error}")))
        };
        self.values.get(name).map(decode).transpose()
    }

    /// `ctx` or `context`; a record with both must have the same value twice.
    fn context(&self) -> Result<Vec<u8>, Malformed> {
        match (self.hex("ctx")?, self.hex("context")?) {
            (Some(ctx), Some(context)) if ctx != context => {
                Err(self.error("context", "differs from `ctx` of the same record"))
            }
            (ctx, context) => Ok(ctx.or(context).unwrap_or_default()),
        }
    }

    fn array(&self, name: &str) -> Result<Option<[u8; 32]>, Malformed> {
        let sized = |bytes: Vec<u8>| {
            let length = bytes.len();
            bytes.try_into().map_err(|_| self.error(name, format!("is {length} bytes long, must be 32")))
        };
        self.hex(name)?.map(sized).transpose()
    }

    fn seed(&self) -> Result<Option<Seed>, Malformed> {
        let Some(bytes) = self.hex("seed")? else { return Ok(None) };
        if let Ok(xi) = bytes.as_slice().try_into() {
            return Ok(Some(Seed::Xi(xi)));
        }
        match bytes.as_slice().try_into() {
            Ok(drbg) => Ok(Some(Seed::Drbg(drbg))),
            Err(_) => Err(self.error(
                "seed",
                format!("is {} bytes long, must be 48 (for NIST's DRBG) or 32 (xi)", bytes.len()),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(file: &str) -> String {
        parse(file).unwrap_err().to_string()
    }

    #[test]
    fn records_need_no_blank_line_between_them_and_fields_no_order() {
        let file = "# ML-DSA-44\n\ncount = 0\r\nsm = aa\nsk = bb\npk = cc\nmsg =\nother = x\ncount = 7\n\
                    mlen = 1\nmsg = 0F\npk = 01\nsk = 02\nsm = 03\nsmlen = 1\nctx = 04\n";
        let (records, unknown) = parse(file).unwrap();
        assert_eq!(unknown.into_iter().collect::<Vec<_>>(), ["other"]);
        assert_eq!(records.len(), 2);
        assert_eq!((records[0].count, records[0].line, records[0].msg.as_slice()), (0, 3, [].as_slice()));
        assert_eq!((records[1].count, records[1].line, records[1].mlen), (7, 9, Some(1)));
        assert_eq!((records[1].msg.as_slice(), records[1].ctx.as_slice()), ([15].as_slice(), [4].as_slice()));
    }

    /// Kills: a `context` that is ignored, so that another message is verified.
    #[test]
    fn the_context_has_two_names() {
        let record = |fields: &str| parse_one(&format!("count = 0\nmsg =\npk =\nsk =\nsm =\n{fields}"));
        assert_eq!(record("context = 0102").unwrap().ctx, [1, 2]);
        assert_eq!(record("ctx = 03\ncontext = 03").unwrap().ctx, [3]);
        assert_eq!(
            record("ctx = 03\ncontext = 04").unwrap_err().to_string(),
            "line 7, count 0, field `context`: differs from `ctx` of the same record"
        );
    }

    fn parse_one(file: &str) -> Result<Record, Malformed> {
        parse(file).map(|(records, _)| records.into_iter().next().unwrap())
    }

    #[test]
    fn errors_name_line_record_and_field() {
        assert_eq!(error(""), "contains no record (no line `count = …`)");
        assert_eq!(error("seed = 00"), "line 1: is before the first `count`");
        assert_eq!(error("count = 0\nrubbish"), "line 2: is not of the form `name = value`");
        assert_eq!(error("count = -1"), "line 1, count -1, field `count`: \"-1\" is not a decimal number");
        assert_eq!(error("count = 0\npk = 00"), "line 1, count 0, field `msg`: is missing");
        assert_eq!(
            error("count = 0\nmsg = 0g"),
            "line 2, count 0, field `msg`: not hexadecimal: Invalid character 'g' at position 1"
        );
        assert_eq!(error("count = 0\nxi = 00"), "line 2, count 0, field `xi`: is 1 bytes long, must be 32");
        assert_eq!(
            error("count = 0\nseed = 00"),
            "line 2, count 0, field `seed`: is 1 bytes long, must be 48 (for NIST's DRBG) or 32 (xi)"
        );
        assert_eq!(
            error("count = 0\npk = 00\npk = 00"),
            "line 3: `pk` occurs twice in this record; a record begins with `count`"
        );
    }
}
