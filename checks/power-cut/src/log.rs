//! The log of the device-mapper target `log-writes`: every write, flush and mark of a disk, in the order in which they became
//! durable (Linux, Documentation/admin-guide/device-mapper/log-writes.rst and drivers/md/dm-log-writes.c).
//!
//! The first sector of the log is a header, and each entry is one sector, followed by its data. All numbers are little endian.
//! A plain write is logged when a later flush completes, a write with FUA when it completes itself. So the log is not the order
//! in which writes were issued, and a plain write stands behind the FUA writes of its time.

use std::fmt;

const MAGIC: u64 = 0x006a_7366_7773_6872;
const VERSION: u64 = 1;
const FLUSH: u64 = 1;
const FUA: u64 = 2;
const DISCARD: u64 = 4;
const MARK: u64 = 8;

/// What an entry did to the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing: a flush without data.
    None,
    /// Bytes were written.
    Write(Vec<u8>),
    /// A number of bytes was discarded; they are read as zeros.
    Discard(u64),
    /// A mark, written by the test.
    Mark(String),
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where on the disk, in bytes.
    pub offset: u64,
    /// What it did.
    pub change: Change,
    /// All plain writes that stand before it became durable first.
    pub flush: bool,
    /// It was durable when it was complete.
    pub fua: bool,
}

/// Why a log cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub struct BadLog(String);

impl fmt::Display for BadLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the log of the writes cannot be read: {}", self.0)
    }
}

/// Reads a log.
///
/// # Errors
/// [`BadLog`] if the header is of another format, or the log ends within an entry.
pub fn parse(log: &[u8]) -> Result<Vec<Entry>, BadLog> {
    let number = |at: u64| -> Result<u64, BadLog> {
        let at = usize::try_from(at).map_err(|_| BadLog("too long".to_owned()))?;
        let bytes = log.get(at..at + 8).and_then(|bytes| bytes.try_into().ok());
        bytes.map(u64::from_le_bytes).ok_or_else(|| BadLog(format!("it ends at byte {at}")))
    };
    let bytes = |at: u64, length: u64| -> Result<Vec<u8>, BadLog> {
        let range = usize::try_from(at).ok().zip(usize::try_from(at + length).ok());
        let bytes = range.and_then(|(from, to)| log.get(from..to));
        bytes.map(<[u8]>::to_vec).ok_or_else(|| BadLog(format!("it ends within {length} bytes at byte {at}")))
    };
    if number(0)? != MAGIC || number(8)? != VERSION {
        return Err(BadLog("no header of version 1".to_owned()));
    }
    let count = number(16)?;
    let sector = number(24)? & 0xffff_ffff;
    if !(512..=4096).contains(&sector) {
        return Err(BadLog(format!("sectors of {sector} bytes")));
    }
    let mut entries = Vec::new();
    let mut at = sector;
    for _ in 0..count {
        let (start, length) = (number(at)? * sector, number(at + 8)? * sector);
        let (flags, inline) = (number(at + 16)?, number(at + 24)?);
        let body = at + sector;
        let change = if flags & MARK != 0 {
            Change::Mark(String::from_utf8_lossy(&bytes(at + 32, inline)?).trim_end_matches('\0').to_owned())
        } else if flags & DISCARD != 0 {
            Change::Discard(length)
        } else if length == 0 {
            Change::None
        } else {
            Change::Write(bytes(body, length)?)
        };
        at = match change {
            Change::Write(_) => body + length,
            _ => body,
        };
        entries.push(Entry { offset: start, change, flush: flags & FLUSH != 0, fua: flags & FUA != 0 });
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sector(numbers: &[u64], text: &[u8]) -> Vec<u8> {
        let mut bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        bytes.extend(text);
        bytes.resize(512, 0);
        bytes
    }

    #[test]
    fn entries_of_every_kind() {
        let log = [
            sector(&[MAGIC, 1, 4, 512], b""),
            sector(&[8, 2, 0, 0], b""),
            vec![7; 1024],
            sector(&[0, 0, FLUSH, 0], b""),
            sector(&[0, 0, MARK, 4], b"exit"),
            sector(&[3, 1, FLUSH | FUA, 0], b""),
            vec![9; 512],
        ]
        .concat();
        let entry = |offset, change, flush, fua| Entry { offset, change, flush, fua };
        let expected = [
            entry(4096, Change::Write(vec![7; 1024]), false, false),
            entry(0, Change::None, true, false),
            entry(0, Change::Mark("exit".to_owned()), false, false),
            entry(1536, Change::Write(vec![9; 512]), true, true),
        ];
        assert_eq!(parse(&log).unwrap(), expected);
        assert!(parse(&log[..log.len() - 1]).is_err());
    }

    #[test]
    fn another_format_is_refused() {
        assert!(parse(&sector(&[MAGIC, 2, 0, 512], b"")).is_err());
        assert!(parse(&sector(&[MAGIC, 1, 0, 0], b"")).is_err());
        assert!(parse(b"").is_err());
    }
}
