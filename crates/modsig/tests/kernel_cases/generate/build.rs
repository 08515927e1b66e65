//! Valid certificates and messages, as trees.

use modsig::algorithm::Digest;

use super::keys::Key;
use super::tree::{Node, cons, oid, prim, seq, set};

/// The contents of a certificate.
#[derive(Clone)]
pub struct Certificate {
    pub serial: Vec<u8>,
    pub issuer: Node,
    pub subject: Node,
    pub key: Key,
    pub not_before: Node,
    pub not_after: Node,
    /// The extensions, each (OID, value).
    pub extensions: Vec<(&'static str, Node)>,
    pub digest: Digest,
}

pub const SKID: &str = "2.5.29.14";
pub const KEY_USAGE: &str = "2.5.29.15";
pub const BASIC_CONSTRAINTS: &str = "2.5.29.19";
pub const AKID: &str = "2.5.29.35";

/// A Name of one common name.
pub fn name(common_name: &str) -> Node {
    seq(vec![set(vec![seq(vec![oid("2.5.4.3"), prim(0x0c, common_name.as_bytes())])])])
}

/// A key identifier of 20 bytes from a number.
pub fn key_id(number: u8) -> Vec<u8> {
    (0..20).map(|at| number.wrapping_mul(7).wrapping_add(at)).collect()
}

impl Certificate {
    /// A self-signed certificate as the kernel's build makes it. The name is long enough for the built-in list.
    pub fn new(common_name: &str, number: u8, key: &Key) -> Self {
        let subject = name(&format!("{common_name:_<40}"));
        Self {
            serial: vec![0x40, number, 1],
            issuer: subject.clone(),
            subject,
            key: key.clone(),
            not_before: prim(0x17, *b"250101000000Z"),
            not_after: prim(0x18, *b"21250101000000Z"),
            extensions: vec![
                (BASIC_CONSTRAINTS, seq(vec![])),
                (KEY_USAGE, prim(3, [7, 0x80])),
                (SKID, prim(4, key_id(number))),
                (AKID, seq(vec![prim(0x80, key_id(number))])),
            ],
            digest: Digest::Sha256,
        }
    }

    /// Issued by another: AKID with the issuer's key identifier.
    pub fn issued(common_name: &str, number: u8, key: &Key, issuer: &Self) -> Self {
        let mut certificate = Self::new(common_name, number, key);
        certificate.issuer = issuer.subject.clone();
        let id = issuer.skid();
        certificate.set_extension(AKID, id.map(|id| seq(vec![prim(0x80, id)])));
        certificate
    }

    pub fn skid(&self) -> Option<Vec<u8>> {
        let found = self.extensions.iter().find(|(oid, _)| *oid == SKID);
        found.map(|(_, value)| value.clone().bytes().clone())
    }

    pub fn set_extension(&mut self, oid: &'static str, value: Option<Node>) {
        self.extensions.retain(|(other, _)| *other != oid);
        self.extensions.extend(value.map(|value| (oid, value)));
    }

    pub fn tbs(&self, signer: &Key) -> Node {
        let extension = |(digits, value): &(&str, Node)| seq(vec![oid(digits), prim(4, value.ber())]);
        let mut tbs = vec![
            cons(0xa0, vec![prim(2, [2])]),
            prim(2, self.serial.clone()),
            signer.certificate_algorithm(self.digest),
            self.issuer.clone(),
            seq(vec![self.not_before.clone(), self.not_after.clone()]),
            self.subject.clone(),
            seq(vec![self.key.key_algorithm(), prim(3, [&[0], &self.key.public()[..]].concat())]),
        ];
        if !self.extensions.is_empty() {
            tbs.push(cons(0xa3, vec![seq(self.extensions.iter().map(extension).collect())]));
        }
        seq(tbs)
    }

    /// The certificate, signed by a key.
    pub fn tree(&self, signer: &Key) -> Node {
        sign_tbs(self.tbs(signer), signer, self.digest)
    }

    /// The certificate, signed by itself.
    pub fn own(&self) -> Node {
        self.tree(&self.key)
    }

    pub fn by_serial(&self) -> Node {
        seq(vec![self.issuer.clone(), prim(2, self.serial.clone())])
    }

    pub fn by_key_id(&self) -> Node {
        prim(0x80, self.skid().unwrap_or_default())
    }
}

/// A certificate with any TBSCertificate.
pub fn sign_tbs(tbs: Node, signer: &Key, digest: Digest) -> Node {
    let signature = signer.sign(digest, &tbs.ber());
    let algorithm = signer.certificate_algorithm(digest);
    seq(vec![tbs, algorithm, prim(3, [&[0], &signature[..]].concat())])
}

/// A SignerInfo.
#[derive(Clone)]
pub struct Signer {
    pub key: Key,
    /// issuerAndSerialNumber, or `[0]`.
    pub sid: Node,
    pub digest: Digest,
    pub attributes: Option<Vec<Node>>,
    /// Embedded certificates.
    pub version: u8,
}

impl Signer {
    pub fn of(certificate: &Certificate) -> Self {
        let (key, sid) = (certificate.key.clone(), certificate.by_serial());
        Self { key, sid, digest: Digest::Sha512, attributes: None, version: 1 }
    }

    pub fn by_key_id(certificate: &Certificate) -> Self {
        Self { sid: certificate.by_key_id(), version: 3, ..Self::of(certificate) }
    }

    pub fn digest(self, digest: Digest) -> Self {
        Self { digest, ..self }
    }

    /// With the two required attributes, and these.
    pub fn attributes(self, module: &[u8], more: Vec<Node>) -> Self {
        let hash = self.digest.hash(module).unwrap();
        let mut attributes = vec![
            attribute("1.2.840.113549.1.9.3", vec![oid("1.2.840.113549.1.7.1")]),
            attribute("1.2.840.113549.1.9.4", vec![prim(4, hash)]),
        ];
        attributes.extend(more);
        Self { attributes: Some(attributes), ..self }
    }

    pub fn info(&self, module: &[u8]) -> Node {
        let signed = match &self.attributes {
            Some(attributes) => set(attributes.clone()).ber(),
            None => module.to_vec(),
        };
        let signature = self.key.sign(self.digest, &signed);
        let mut parts =
            vec![prim(2, [self.version]), self.sid.clone(), seq(vec![prim(6, self.digest.oid().as_bytes())])];
        parts.extend(self.attributes.clone().map(|attributes| cons(0xa0, attributes)));
        parts.push(self.key.signer_algorithm(self.digest));
        parts.push(prim(4, signature));
        seq(parts)
    }
}

pub fn attribute(digits: &str, values: Vec<Node>) -> Node {
    seq(vec![oid(digits), set(values)])
}

/// A message of these SignerInfos and certificates.
pub fn message(version: u8, certificates: Vec<Node>, infos: Vec<Node>) -> Node {
    let mut parts = vec![
        prim(2, [version]),
        set(vec![seq(vec![oid("2.16.840.1.101.3.4.2.3")])]),
        seq(vec![oid("1.2.840.113549.1.7.1")]),
    ];
    if !certificates.is_empty() {
        parts.push(cons(0xa0, certificates));
    }
    parts.push(set(infos));
    seq(vec![oid("1.2.840.113549.1.7.2"), cons(0xa0, vec![seq(parts)])])
}

/// A message of one signer.
pub fn of_one(signer: &Signer, module: &[u8]) -> Node {
    message(signer.version, vec![], vec![signer.info(module)])
}
