//! Shared by the black-box tests: fixtures, trust, and a small DER tree to change messages with.
#![allow(dead_code, reason = "each test binary uses its own part")]

use std::path::PathBuf;

use modsig::cert::Certificate;
use modsig::key::PrivateKey;
use modsig::trailer::{self, Split};
use modsig::trust::TrustStore;

/// Reads a file of `test-vectors/`.
pub fn vector(path: &str) -> Vec<u8> {
    let full = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../test-vectors").join(path);
    std::fs::read(&full).unwrap_or_else(|error| panic!("{}: {error}", full.display()))
}

/// A signed module, such as `mldsa65-ossl40.sf40.sha512`.
pub fn signed(name: &str) -> Vec<u8> {
    vector(&format!("modsig/signed/dummy.{name}.ko"))
}

/// A CMS over the same module.
pub fn cms(name: &str) -> Vec<u8> {
    vector(&format!("modsig/cms/dummy.{name}.p7s"))
}

pub fn certificate(name: &str) -> Certificate {
    Certificate::from_der(&vector(&format!("modsig/keys/{name}.der"))).unwrap()
}

pub fn private_key(name: &str) -> PrivateKey {
    PrivateKey::from_pem_or_der(&vector(&format!("modsig/keys/{name}.pem"))).unwrap()
}

pub fn trust(names: &[&str]) -> TrustStore {
    names.iter().map(|name| certificate(name)).collect()
}

/// All certificates of the fixtures except `wrong-*`.
pub fn trust_all() -> TrustStore {
    trust(&[
        "mldsa44-ossl40",
        "mldsa65-ossl40",
        "mldsa87-ossl40",
        "mldsa44-ossl35",
        "mldsa65-ossl35",
        "mldsa87-ossl35",
        "rsa4096",
        "p384",
    ])
}

/// Module and CMS of a signed file.
pub fn split(file: &[u8]) -> (&[u8], &[u8]) {
    match trailer::split(file) {
        Ok(Split::Signed(signed)) => (signed.module, signed.cms),
        other => panic!("not signed: {other:?}"),
    }
}

/// The unsigned module.
pub fn module() -> Vec<u8> {
    split(&signed("mldsa44-ossl40.sf40.sha512")).0.to_vec()
}

/// The module with this CMS appended.
pub fn with_cms(cms: &[u8]) -> Vec<u8> {
    let mut file = module();
    file.extend(trailer::append(cms).unwrap());
    file
}

/// A DER element: constructed ones hold elements, the others bytes.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    Primitive(u8, Vec<u8>),
    Constructed(u8, Vec<Node>),
}

impl Node {
    /// Parses one element and everything in it.
    pub fn parse(der: &[u8]) -> Self {
        let (node, rest) = Self::parse_one(der);
        assert!(rest.is_empty(), "bytes after the element");
        node
    }

    fn parse_one(der: &[u8]) -> (Self, &[u8]) {
        let (tag, first) = (der[0], der[1]);
        let (length, start) = match first {
            0..0x80 => (first as usize, 2),
            _ => {
                let count = (first & 0x7f) as usize;
                (der[2..2 + count].iter().fold(0, |n, &b| n << 8 | b as usize), 2 + count)
            }
        };
        let (mut value, rest) = (&der[start..start + length], &der[start + length..]);
        if tag & 0x20 == 0 {
            return (Self::Primitive(tag, value.to_vec()), rest);
        }
        let mut children = Vec::new();
        while !value.is_empty() {
            let (child, after) = Self::parse_one(value);
            children.push(child);
            value = after;
        }
        (Self::Constructed(tag, children), rest)
    }

    pub fn der(&self) -> Vec<u8> {
        let (tag, value) = match self {
            Self::Primitive(tag, value) => (*tag, value.clone()),
            Self::Constructed(tag, children) => (*tag, children.iter().flat_map(Self::der).collect()),
        };
        let length = value.len();
        let mut out = match length {
            0..0x80 => vec![tag, length as u8],
            0x80..0x100 => vec![tag, 0x81, length as u8],
            0x100..0x1_0000 => vec![tag, 0x82, (length >> 8) as u8, length as u8],
            _ => vec![tag, 0x83, (length >> 16) as u8, (length >> 8) as u8, length as u8],
        };
        out.extend(value);
        out
    }

    /// The child at a path of indices.
    pub fn at(&mut self, path: &[usize]) -> &mut Self {
        path.iter().fold(self, |node, &index| &mut node.children()[index])
    }

    pub fn children(&mut self) -> &mut Vec<Self> {
        match self {
            Self::Constructed(_, children) => children,
            Self::Primitive(..) => panic!("no children here"),
        }
    }

    pub fn value(&mut self) -> &mut Vec<u8> {
        match self {
            Self::Primitive(_, value) => value,
            Self::Constructed(..) => panic!("not a primitive"),
        }
    }
}

/// Paths in a CMS of ours.
pub mod path {
    pub const CONTENT_TYPE: &[usize] = &[0];
    pub const SIGNED_DATA: &[usize] = &[1, 0];
    pub const VERSION: &[usize] = &[1, 0, 0];
    pub const DIGESTS: &[usize] = &[1, 0, 1];
    pub const ENCAPSULATED: &[usize] = &[1, 0, 2];
    pub const SIGNERS: &[usize] = &[1, 0, 3];
    pub const SIGNER: &[usize] = &[1, 0, 3, 0];
    /// Within a SignerInfo without attributes.
    pub const SIGNER_VERSION: usize = 0;
    pub const SID: usize = 1;
    pub const DIGEST: usize = 2;
    pub const ALGORITHM: usize = 3;
    pub const SIGNATURE: usize = 4;
}

pub fn oid(digits: &str) -> Node {
    Node::Primitive(0x06, der::asn1::ObjectIdentifier::new_unwrap(digits).as_bytes().to_vec())
}

pub fn algorithm(digits: &str) -> Node {
    Node::Constructed(0x30, vec![oid(digits)])
}

pub const NULL: Node = Node::Primitive(0x05, Vec::new());
