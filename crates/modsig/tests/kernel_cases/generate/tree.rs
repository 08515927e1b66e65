//! A tree of BER elements that can be changed and encoded in unusual forms.

/// One element.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub tag: u8,
    pub body: Body,
    pub form: Form,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    Bytes(Vec<u8>),
    Nodes(Vec<Node>),
    /// The whole element as it is.
    Raw(Vec<u8>),
}

/// How the length is encoded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Form {
    Shortest,
    /// With this many octets after the first, padded with zeros.
    Octets(u8),
    Indefinite,
    /// This many more (or fewer) than the actual length.
    Off(i32),
}

pub fn prim(tag: u8, bytes: impl Into<Vec<u8>>) -> Node {
    Node { tag, body: Body::Bytes(bytes.into()), form: Form::Shortest }
}

pub fn cons(tag: u8, nodes: Vec<Node>) -> Node {
    Node { tag, body: Body::Nodes(nodes), form: Form::Shortest }
}

pub fn seq(nodes: Vec<Node>) -> Node {
    cons(0x30, nodes)
}

pub fn set(nodes: Vec<Node>) -> Node {
    cons(0x31, nodes)
}

pub fn oid(digits: &str) -> Node {
    prim(6, der::asn1::ObjectIdentifier::new_unwrap(digits).as_bytes())
}

pub fn raw(bytes: Vec<u8>) -> Node {
    Node { tag: 0, body: Body::Raw(bytes), form: Form::Shortest }
}

pub fn null() -> Node {
    prim(5, [])
}

pub fn algorithm(digits: &str) -> Node {
    seq(vec![oid(digits)])
}

impl Node {
    /// Parses DER.
    pub fn parse(der: &[u8]) -> Self {
        let (node, rest) = Self::parse_one(der);
        assert!(rest.is_empty());
        node
    }

    fn parse_one(der: &[u8]) -> (Self, &[u8]) {
        let (tag, first) = (der[0], der[1]);
        let count = if first < 0x80 { 0 } else { usize::from(first & 0x7f) };
        let length = match count {
            0 => usize::from(first),
            _ => der[2..2 + count].iter().fold(0, |n, &octet| n << 8 | usize::from(octet)),
        };
        let (mut value, rest) = der[2 + count..].split_at(length);
        if tag & 0x20 == 0 {
            return (prim(tag, value), rest);
        }
        let mut nodes = Vec::new();
        while !value.is_empty() {
            let (node, after) = Self::parse_one(value);
            nodes.push(node);
            value = after;
        }
        (cons(tag, nodes), rest)
    }

    pub fn ber(&self) -> Vec<u8> {
        let contents = match &self.body {
            Body::Bytes(bytes) => bytes.clone(),
            Body::Nodes(nodes) => nodes.iter().flat_map(Self::ber).collect(),
            Body::Raw(bytes) => return bytes.clone(),
        };
        let mut out = vec![self.tag];
        match self.form {
            Form::Shortest => out.extend(length_octets(contents.len(), 0)),
            Form::Octets(least) => out.extend(length_octets(contents.len(), least)),
            Form::Indefinite => out.push(0x80),
            Form::Off(by) => out.extend(length_octets((contents.len() as i32 + by).max(0) as usize, 0)),
        }
        out.extend(contents);
        if self.form == Form::Indefinite {
            out.extend([0, 0]);
        }
        out
    }

    pub fn at(&mut self, path: &[usize]) -> &mut Self {
        path.iter().fold(self, |node, &index| &mut node.nodes()[index])
    }

    pub fn nodes(&mut self) -> &mut Vec<Self> {
        match &mut self.body {
            Body::Nodes(nodes) => nodes,
            _ => panic!("not constructed"),
        }
    }

    pub fn bytes(&mut self) -> &mut Vec<u8> {
        match &mut self.body {
            Body::Bytes(bytes) => bytes,
            _ => panic!("not primitive"),
        }
    }

    /// Paths of all elements, outermost first.
    pub fn paths(&self) -> Vec<Vec<usize>> {
        let mut paths = vec![vec![]];
        if let Body::Nodes(nodes) = &self.body {
            for (index, node) in nodes.iter().enumerate() {
                paths.extend(node.paths().into_iter().map(|path| [vec![index], path].concat()));
            }
        }
        paths
    }

    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }
}

/// Length octets with at least `least` after the first, if it is not 0.
fn length_octets(length: usize, least: u8) -> Vec<u8> {
    if length < 0x80 && least == 0 {
        return vec![length as u8];
    }
    let mut octets: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|&octet| octet == 0).collect();
    while octets.len() < usize::from(least) {
        octets.insert(0, 0);
    }
    octets.insert(0, 0x80 | octets.len() as u8);
    octets
}

/// All changes of one element, as (name, tree) pairs. `skip` excludes paths with these prefixes.
pub fn changes(tree: &Node, skip: &[&[usize]]) -> Vec<(String, Node)> {
    let mut out = Vec::new();
    for path in tree.paths() {
        if skip.iter().any(|prefix| path.starts_with(prefix) && path != *prefix) {
            continue;
        }
        let name = path.iter().map(usize::to_string).collect::<Vec<_>>().join(".");
        let mut add = |what: &str, change: &dyn Fn(&mut Node)| {
            let mut changed = tree.clone();
            change(changed.at(&path));
            if changed != *tree {
                out.push((format!("{name}-{what}"), changed));
            }
        };
        for tag in [
            0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0c, 0x17, 0x1f, 0x30, 0x31, 0x80, 0xa0, 0xa1, 0xa2,
            0xa3,
        ] {
            add(&format!("tag{tag:02x}"), &|node| node.tag = tag);
        }
        add("flip20", &|node| node.tag ^= 0x20);
        add("flip40", &|node| node.tag ^= 0x40);
        add("len81", &|node| node.form = Form::Octets(1));
        add("len82", &|node| node.form = Form::Octets(2));
        add("len83", &|node| node.form = Form::Octets(3));
        add("len84", &|node| node.form = Form::Octets(4));
        add("indefinite", &|node| node.form = Form::Indefinite);
        add("longer", &|node| node.form = Form::Off(1));
        add("shorter", &|node| node.form = Form::Off(-1));
        add("empty", &|node| match &mut node.body {
            Body::Bytes(bytes) | Body::Raw(bytes) => bytes.clear(),
            Body::Nodes(nodes) => nodes.clear(),
        });
        add("append00", &|node| match &mut node.body {
            Body::Bytes(bytes) | Body::Raw(bytes) => bytes.push(0),
            Body::Nodes(nodes) => nodes.push(prim(0, [])),
        });
        add("prepend00", &|node| match &mut node.body {
            Body::Bytes(bytes) | Body::Raw(bytes) => bytes.insert(0, 0),
            Body::Nodes(nodes) => nodes.insert(0, prim(0, [])),
        });
        add("appendnull", &|node| {
            if let Body::Nodes(nodes) = &mut node.body {
                nodes.push(null())
            }
        });
        add("cut", &|node| match &mut node.body {
            Body::Bytes(bytes) | Body::Raw(bytes) => drop(bytes.pop()),
            Body::Nodes(nodes) => drop(nodes.pop()),
        });
        let Some((&last, parent)) = path.split_last() else { continue };
        let mut around = |what: &str, change: &dyn Fn(&mut Vec<Node>)| {
            let mut changed = tree.clone();
            change(changed.at(parent).nodes());
            if changed != *tree {
                out.push((format!("{name}-{what}"), changed));
            }
        };
        around("removed", &|nodes| drop(nodes.remove(last)));
        around("twice", &|nodes| nodes.insert(last, nodes[last].clone()));
        around("swapped", &|nodes| {
            if last + 1 < nodes.len() {
                nodes.swap(last, last + 1)
            }
        });
        around("nullafter", &|nodes| nodes.insert(last + 1, null()));
        around("eocafter", &|nodes| nodes.insert(last + 1, prim(0, [])));
        around("wrapped", &|nodes| nodes[last] = seq(vec![nodes[last].clone()]));
        if tree.clone().at(&path).tag & 0x20 != 0 {
            // The element around it too, so that it has no known end.
            let mut changed = tree.clone();
            changed.at(&path).form = Form::Indefinite;
            changed.at(parent).form = Form::Indefinite;
            out.push((format!("{name}-bothindefinite"), changed));
        }
    }
    out
}
