//! Draws a CMS as a tree. The bytes may be anything: DER, the BER that Linux also reads, or neither.

use super::canvas::{Canvas, Ink, cut};
use super::labels::{MESSAGE, Names};
use crate::printable::printable;
use const_oid::ObjectIdentifier;
use const_oid::db::DB;

/// The most lines of a tree. A usual signature has 25, one with a certificate inside about 90.
pub(super) const MOST_LINES: usize = 400;

/// The deepest level that is drawn. Linux reads ten; a name in a certificate inside a CMS is on the ninth.
const MOST_LEVELS: usize = 16;

/// Draws the elements of `cms`, which starts at offset `base` of the file.
pub(super) fn draw(canvas: &mut Canvas, cms: &[u8], base: usize) {
    let mut painter = Painter { canvas, lines_left: MOST_LINES };
    painter.level(cms, base, 0, MESSAGE, false);
}

struct Painter<'a> {
    canvas: &'a mut Canvas,
    lines_left: usize,
}

/// The first octets of an element.
struct Header {
    tag: u8,
    /// How many octets tag and length take.
    len: usize,
    /// How many octets follow; `None`: until the end-of-contents octets.
    contents: Option<usize>,
}

impl Header {
    /// Reads a header; `Err` is the reason why there is none.
    fn read(bytes: &[u8]) -> Result<Self, &'static str> {
        let [tag, first, rest @ ..] = bytes else { return Err("cut off: no tag and length") };
        let tag = *tag;
        if tag & 0x1f == 0x1f {
            return Err("a tag of several octets: no message has one");
        }
        match *first {
            len @ 0..=0x7f => Ok(Self { tag, len: 2, contents: Some(usize::from(len)) }),
            0x80 if tag & 0x20 != 0 => Ok(Self { tag, len: 2, contents: None }),
            0x80 => Err("an indefinite length on a primitive element"),
            more => {
                let octets = usize::from(more & 0x7f);
                let length = rest.get(..octets).filter(|_| octets <= 4);
                let length = length.ok_or("a length of more than 4 octets, or cut off")?;
                let contents = length.iter().fold(0, |length, octet| length << 8 | usize::from(*octet));
                Ok(Self { tag, len: 2 + octets, contents: Some(contents) })
            }
        }
    }

    const fn is_constructed(&self) -> bool {
        self.tag & 0x20 != 0
    }
}

impl Painter<'_> {
    /// Draws elements one after the other, to the end of `bytes` or to end-of-contents. Returns how many octets they
    /// take; `None` if their end is unknown.
    fn level(
        &mut self,
        bytes: &[u8],
        base: usize,
        depth: usize,
        parent: &str,
        until_end: bool,
    ) -> Option<usize> {
        let mut names = Names::inside(parent);
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            if until_end && rest.starts_with(&[0, 0]) {
                self.put(Ink::Faint, base + at, "2+0", depth, "end of contents");
                return Some(at + 2);
            }
            if self.lines_left == 0 {
                return None;
            }
            // TrailingSignatures the one SEQUENCE of a message there should be nothing, and Linux does not look.
            if depth == 0 && at > 0 {
                self.strange(base + at, depth, "after the message", rest);
                return None;
            }
            at += self.element(rest, base + at, depth, &mut names)?;
        }
        if until_end {
            self.strange(base + at, depth, "no end of contents", &[]);
            return None;
        }
        Some(at)
    }

    /// Draws one element and what is inside. Returns its length; `None` if it is unknown.
    fn element(&mut self, bytes: &[u8], base: usize, depth: usize, names: &mut Names) -> Option<usize> {
        let header = match Header::read(bytes) {
            Ok(header) => header,
            Err(why) => {
                self.strange(base, depth, why, bytes);
                return None;
            }
        };
        let name = names.next(header.tag);
        let inside = bytes.get(header.len..).unwrap_or_default();
        let (lengths, contents) = match header.contents {
            None => (format!("{}+?", header.len), inside),
            Some(len) => (format!("{}+{len}", header.len), inside.get(..len).unwrap_or(inside)),
        };
        let kind = kind(header.tag);
        // Of octets, as many are shown as fit on the line.
        let taken = indent(depth) + kind.len() + 2 + if name.is_empty() { 0 } else { name.len() + 2 };
        let room = self.canvas.width().saturating_sub(taken);
        let value = if header.is_constructed() { String::new() } else { value(header.tag, contents, room) };
        let words: Vec<_> = [&*kind, name, &value].into_iter().filter(|word| !word.is_empty()).collect();
        self.put(Ink::Plain, base, &lengths, depth, &words.join("  "));
        if let Some(len) = header.contents.filter(|&len| len > inside.len()) {
            let why = format!("cut off: the length is {len} octets, {} are there", inside.len());
            self.strange(base + header.len, depth + 1, &why, &[]);
            return None;
        }
        if header.is_constructed() {
            let until_end = header.contents.is_none();
            let taken = if depth + 1 < MOST_LEVELS {
                self.level(contents, base + header.len, depth + 1, name, until_end)
            } else {
                self.strange(base + header.len, depth + 1, "more levels, not drawn", &[]);
                None
            };
            if until_end {
                return Some(header.len + taken?);
            }
        }
        // An error inside an element does not hide the elements after it.
        header.contents.map(|len| header.len + len)
    }

    fn strange(&mut self, offset: usize, depth: usize, why: &str, bytes: &[u8]) {
        let there = match bytes.len() {
            0 => String::new(),
            1 => format!(": 1 octet, {}", hex(bytes, 0)),
            len => format!(": {len} octets, {}", hex(bytes, 0)),
        };
        self.put(Ink::Bad, offset, "", depth, &format!("?? {why}{there}"));
    }

    fn put(&mut self, ink: Ink, offset: usize, lengths: &str, depth: usize, words: &str) {
        match self.lines_left {
            0 => {}
            1 => {
                self.canvas.line(Ink::Faint, &format!("{offset:>8}  … and more, not drawn"));
                self.lines_left = 0;
            }
            most => {
                let first = format!("{offset:>8}  {lengths:>7}  {:1$}", "", 2 * depth);
                let other = " ".repeat(indent(depth) + 2);
                self.lines_left -= self.canvas.hanging(ink, &first, &other, words, most - 1).min(most - 1);
            }
        }
    }
}

/// How many characters stand before the element: offset, lengths, and two for each level.
const fn indent(depth: usize) -> usize {
    8 + 2 + 7 + 2 + 2 * depth
}

/// The type of an element.
fn kind(tag: u8) -> String {
    let universal = match tag {
        0x01 => "BOOLEAN",
        0x02 => "INTEGER",
        0x03 => "BIT STRING",
        0x04 => "OCTET STRING",
        0x05 => "NULL",
        0x06 => "OID",
        0x0a => "ENUMERATED",
        0x0c => "UTF8String",
        0x13 => "PrintableString",
        0x14 => "TeletexString",
        0x16 => "IA5String",
        0x17 => "UTCTime",
        0x18 => "GeneralizedTime",
        0x1e => "BMPString",
        0x30 => "SEQUENCE",
        0x31 => "SET",
        _ => "",
    };
    let number = tag & 0x1f;
    match tag >> 6 {
        _ if !universal.is_empty() => universal.to_owned(),
        0 => format!("UNIVERSAL {number}{}", if tag & 0x20 == 0 { "" } else { ", constructed" }),
        1 => format!("[APPLICATION {number}]"),
        2 => format!("[{number}]"),
        _ => format!("[PRIVATE {number}]"),
    }
}

/// The value of a primitive element, in few characters: octets in at most `room`.
fn value(tag: u8, contents: &[u8], room: usize) -> String {
    match (tag, contents) {
        (0x05, []) => String::new(),
        (0x01, [0xff]) => "TRUE".into(),
        (0x06, _) => oid(contents),
        (0x02, [first @ 0..=0x7f, rest @ ..]) if rest.len() < 8 => {
            rest.iter().fold(u64::from(*first), |number, octet| number << 8 | u64::from(*octet)).to_string()
        }
        (0x0c | 0x13 | 0x14 | 0x16 | 0x17 | 0x18, _) => {
            // Only as much as is shown is looked at.
            let shown = contents.get(..200).unwrap_or(contents);
            format!("\"{}\"", cut(&printable(&String::from_utf8_lossy(shown)), 40))
        }
        _ => hex(contents, room),
    }
}

fn oid(contents: &[u8]) -> String {
    match ObjectIdentifier::from_bytes(contents) {
        Ok(oid) => match DB.by_oid(&oid) {
            Some(name) => format!("{name} ({oid})"),
            None => oid.to_string(),
        },
        Err(_) => format!("?? {}", hex(contents, 0)),
    }
}

/// The first octets: 4 to 12, as `room` characters allow.
fn hex(bytes: &[u8], room: usize) -> String {
    // Three characters for each, and two for " …" less the last space.
    let shown = (room.saturating_sub(1) / 3).clamp(4, 12);
    let hex: Vec<_> = bytes.iter().take(shown).map(|byte| format!("{byte:02x}")).collect();
    let more = if bytes.len() > shown { " …" } else { "" };
    format!("{}{more}", hex.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(bytes: &[u8]) -> String {
        let mut canvas = Canvas::new(false, 80);
        draw(&mut canvas, bytes, 1000);
        canvas.finish()
    }

    #[test]
    fn a_little_message() {
        let text = drawn(b"\x30\x0f\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x02\x30\x00");
        let lines: Vec<_> = text.lines().map(str::trim).collect();
        assert_eq!(
            lines,
            [
                "1000     2+15  SEQUENCE  ContentInfo",
                "1002      2+9    OID  contentType  id-signedData (1.2.840.113549.1.7.2)",
                "1013      2+2    [0]  content",
                "1015      2+0      SEQUENCE  SignedData",
            ]
        );
    }

    #[test]
    fn indefinite_lengths_end_where_they_end() {
        let text = drawn(b"\x30\x80\x30\x80\x02\x01\x07\x00\x00\x05\x00\x00\x00\x99");
        assert_eq!(text.matches("end of contents").count(), 2, "{text}");
        assert!(text.contains("1009      2+0    NULL"), "{text}");
        assert!(text.contains("?? after the message: 1 octet, 99"), "{text}");
    }

    #[test]
    fn what_is_no_ber_is_said_where_it_is() {
        assert!(drawn(b"\x30").contains("?? cut off"), "tag alone");
        assert!(drawn(b"\x30\x03\x02\x05\x01").contains("?? cut off: the length is 5 octets, 1 are there"));
        assert!(drawn(b"\x30\x85\x00\x00\x00\x00\x00").contains("more than 4 octets"));
        assert!(drawn(b"\x02\x80\x00\x00").contains("indefinite length on a primitive"));
        assert!(drawn(b"\x30\x80\x05\x00").contains("no end of contents"));
        assert!(drawn(b"\xff\x81").contains("a tag of several octets"));
        // What follows a broken element inside an element with a length is still seen.
        let text = drawn(b"\x30\x07\x30\x02\x02\x7f\x02\x01\x2a");
        assert!(text.contains("INTEGER  42"), "{text}");
    }

    /// Kills: recursion or output without bound.
    #[test]
    fn hostile_trees_are_bounded() {
        for bytes in [b"\x30\x80".repeat(30_000), b"\x05\x00".repeat(30_000), vec![0x30; 60_000]] {
            let text = drawn(&bytes);
            assert!(text.lines().count() <= MOST_LINES, "{}", text.lines().count());
        }
        let many = [&b"\x30\x83\x00\xea\x60"[..], &b"\x05\x00".repeat(30_000)].concat();
        let text = drawn(&many);
        assert_eq!(text.lines().count(), MOST_LINES);
        assert!(text.ends_with("… and more, not drawn"));
    }
}
