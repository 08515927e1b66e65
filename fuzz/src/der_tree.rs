//! DER as a tree that an edit script changes; lengths are made right again when it is written, unless they shall lie.

use crate::script::Script;

/// One element.
#[derive(Clone, Debug)]
pub struct Node {
    /// The tag byte.
    pub tag: u8,
    /// The contents.
    pub body: Body,
    /// How the length is written.
    pub length: Length,
}

/// The contents of an element.
#[derive(Clone, Debug)]
pub enum Body {
    /// Of a primitive one, or of one that cannot be read.
    Bytes(Vec<u8>),
    /// Of a constructed one.
    Nodes(Vec<Node>),
}

/// How a length is written.
#[derive(Clone, Copy, Debug)]
pub enum Length {
    /// As DER asks.
    Right,
    /// With more bytes than it needs.
    Long,
    /// BER's indefinite form, with its end.
    Indefinite,
    /// Too long or too short by so much.
    Off(i8),
}

/// Deeper than any message that Linux reads.
const MAX_DEPTH: usize = 12;

/// Edits stop when there are so many elements: copies of copies would grow without end.
const MAX_NODES: usize = 4000;

/// Reads a sequence of elements; `None` if it is none.
pub fn parse(bytes: &[u8]) -> Option<Vec<Node>> {
    parse_at(bytes, 0)
}

fn parse_at(mut bytes: &[u8], depth: usize) -> Option<Vec<Node>> {
    let mut nodes = Vec::new();
    while let [tag, first, rest @ ..] = bytes {
        let (len, rest) = match first {
            0..=0x7f => (usize::from(*first), rest),
            0x81..=0x83 => {
                let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                let len = digits.iter().fold(0, |len, digit| len << 8 | usize::from(*digit));
                // A length that DER writes shorter would not be written the same.
                if digits[0] == 0 || len < 0x80 {
                    return None;
                }
                (len, rest)
            }
            _ => return None,
        };
        let (contents, rest) = rest.split_at_checked(len)?;
        let inside = if tag & 0x20 != 0 && depth < MAX_DEPTH { parse_at(contents, depth + 1) } else { None };
        let body = inside.map_or_else(|| Body::Bytes(contents.to_vec()), Body::Nodes);
        nodes.push(Node { tag: *tag, body, length: Length::Right });
        bytes = rest;
    }
    bytes.is_empty().then_some(nodes)
}

impl Node {
    /// A primitive element.
    pub fn new(tag: u8, contents: &[u8]) -> Self {
        Self { tag, body: Body::Bytes(contents.to_vec()), length: Length::Right }
    }

    /// A constructed element.
    pub fn of(tag: u8, nodes: Vec<Self>) -> Self {
        Self { tag, body: Body::Nodes(nodes), length: Length::Right }
    }

    /// The elements inside; none if it is primitive.
    pub fn nodes(&mut self) -> &mut Vec<Self> {
        if let Body::Bytes(_) = self.body {
            self.body = Body::Nodes(Vec::new());
        }
        match &mut self.body {
            Body::Nodes(nodes) => nodes,
            Body::Bytes(_) => unreachable!("changed above"),
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        let contents = match &self.body {
            Body::Bytes(bytes) => bytes.clone(),
            Body::Nodes(nodes) => write(nodes),
        };
        let len = match self.length {
            Length::Off(by) => contents.len().saturating_add_signed(isize::from(by)),
            _ => contents.len(),
        };
        let digits = u32::try_from(len).unwrap_or(u32::MAX).to_be_bytes();
        let needed = digits.iter().skip_while(|digit| **digit == 0).count();
        out.push(self.tag);
        match (self.length, len) {
            (Length::Indefinite, _) => out.push(0x80),
            (Length::Long, _) => {
                let more = (needed + 1).min(4);
                out.push(0x80 | more as u8);
                out.extend(&digits[4 - more..]);
            }
            (_, 0..=0x7f) => out.push(len as u8),
            _ => {
                out.push(0x80 | needed as u8);
                out.extend(&digits[4 - needed..]);
            }
        }
        out.extend(contents);
        if let Length::Indefinite = self.length {
            out.extend([0, 0]);
        }
    }
}

/// Writes elements one after the other.
pub fn write(nodes: &[Node]) -> Vec<u8> {
    let mut out = Vec::new();
    for node in nodes {
        node.write(&mut out);
    }
    out
}

/// How many elements there are, all depths counted.
pub fn count(nodes: &[Node]) -> usize {
    let inside = |node: &Node| match &node.body {
        Body::Nodes(nodes) => count(nodes),
        Body::Bytes(_) => 0,
    };
    nodes.iter().map(|node| 1 + inside(node)).sum()
}

/// Calls `change` with the siblings and the place of the `index`-th element, counted from the outside in.
fn at(nodes: &mut Vec<Node>, index: &mut usize, change: &mut dyn FnMut(&mut Vec<Node>, usize)) -> bool {
    for place in 0..nodes.len() {
        if *index == 0 {
            change(nodes, place);
            return true;
        }
        *index -= 1;
        if let Body::Nodes(inside) = &mut nodes[place].body
            && at(inside, index, change)
        {
            return true;
        }
    }
    false
}

/// Object identifiers (their contents) to put where others stand: every algorithm that Linux or this project knows by name.
const OIDS: [&[u8]; 14] = [
    b"\x60\x86\x48\x01\x65\x03\x04\x02\x01", // sha256
    b"\x60\x86\x48\x01\x65\x03\x04\x02\x02", // sha384
    b"\x60\x86\x48\x01\x65\x03\x04\x02\x03", // sha512
    b"\x60\x86\x48\x01\x65\x03\x04\x02\x08", // sha3-256
    b"\x60\x86\x48\x01\x65\x03\x04\x02\x0c", // shake256
    b"\x2b\x0e\x03\x02\x1a",                 // sha1
    b"\x60\x86\x48\x01\x65\x03\x04\x03\x11", // ML-DSA-44
    b"\x60\x86\x48\x01\x65\x03\x04\x03\x12", // ML-DSA-65
    b"\x60\x86\x48\x01\x65\x03\x04\x03\x13", // ML-DSA-87
    b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", // rsaEncryption
    b"\x2a\x86\x48\xce\x3d\x04\x03\x02",     // ecdsa-with-SHA256
    b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01", // data
    b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03", // contentType
    b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04", // messageDigest
];

/// Changes the tree once, as the next bytes of the script say: 1 for what, 2 for which element, and what that needs.
pub fn edit(script: &mut Script<'_>, nodes: &mut Vec<Node>) {
    let total = count(nodes);
    if total == 0 || total > MAX_NODES {
        return;
    }
    let what = script.byte() % 14;
    let mut index = script.number() % total;
    let mut copied = None;
    if what == 12 {
        let mut from = script.number() % total;
        at(nodes, &mut from, &mut |siblings, place| copied = siblings.get(place).cloned());
    }
    at(nodes, &mut index, &mut |siblings, place| match what {
        0 => drop(siblings.remove(place)),
        1 => siblings.insert(place, siblings[place].clone()),
        2 => {
            siblings[place].body = Body::Bytes({
                let len = script.byte();
                script.take(len.into()).to_vec()
            })
        }
        3 => siblings[place].tag = script.byte(),
        4 | 5 => match &mut siblings[place].body {
            Body::Bytes(bytes) => script.edit(bytes),
            Body::Nodes(nodes) => nodes.reverse(),
        },
        6 if place + 1 < siblings.len() => siblings.swap(place, place + 1),
        7 => {
            let (tag, len) = (script.byte(), script.byte());
            siblings.insert(place, Node::new(tag, script.take(len.into())));
        }
        8 => {
            let node = siblings.remove(place);
            siblings.insert(place, Node::of(script.byte(), vec![node]));
        }
        9 => {
            siblings[place].length = match script.byte() {
                0 => Length::Right,
                1 => Length::Long,
                2 => Length::Indefinite,
                by => Length::Off(by.cast_signed()),
            }
        }
        10 => siblings[place] = Node::new(6, OIDS[usize::from(script.byte()) % OIDS.len()]),
        11 => siblings.insert(place + 1, Node::new(5, &[])),
        12 => siblings.extend(copied.take()),
        // What stood inside takes its place.
        13 => {
            if let Body::Nodes(inside) = &mut siblings[place].body {
                let inside = std::mem::take(inside);
                siblings.splice(place..=place, inside);
            }
        }
        _ => {}
    });
}
