//! The strict parser of CMS: whatever it accepts lies where it says, and is DER.

use crate::claims::{claim, claim_short};
use crate::der_tree::{Node, write};
use mldsa::dynamic::Parameters;
use modsig::algorithm::Digest;
use modsig::cms::{CmsError, SignedAttributes, SignedData, build, parse};
use modsig::key::KeyAlgorithm;

/// What is claimed.
pub const CLAIMS: &[&str] = &[
    "cms: every offset is in the message",
    "cms: a signature lies where it is said to lie",
    "cms: signed attributes, written anew, are the bytes that are signed",
    "cms: an accepted message, read as a tree and written anew, is the same",
    "cms: what is built from a signer is accepted and says the same",
    "cms: an error's offset is in the message or at its end",
    "cms: an error is told shortly",
];

/// Every input asks all.
pub const QUESTIONS: u8 = 1;

/// The longest input, in bytes.
pub const MAX_LEN: usize = 8000;

/// The input is a CMS.
pub fn run(data: &[u8]) {
    match parse(data) {
        Ok(message) => accepted(data, &message),
        Err(error) => {
            let offset = match &error {
                CmsError::Der(error) => error.offset,
                CmsError::NotSignedData { offset, .. } => *offset,
            };
            claim("cms: an error's offset is in the message or at its end", offset <= data.len());
            claim_short("cms: an error is told shortly", &error);
        }
    }
}

fn accepted(data: &[u8], message: &SignedData<'_>) {
    let fixed = [
        message.version_offset,
        message.digest_algorithms_offset,
        message.content_type_offset,
        message.signers_offset,
    ];
    let inside = fixed.into_iter().chain(message.content_offset);
    let inside = inside.chain(message.certificates.iter().map(|certificate| certificate.offset));
    let inside = inside.chain(message.unsorted_sets.iter().map(|(_, offset)| *offset));
    let of_signers = message.signers.iter().flat_map(|signer| {
        let of_attributes = signer.signed_attributes.iter();
        let of_attributes = of_attributes.flat_map(|set| set.attributes.iter().map(|one| one.offset));
        [signer.offset, signer.version_offset, signer.sid_offset, signer.digest_algorithm.offset]
            .into_iter()
            .chain(signer.unsigned_attributes_offset)
            .chain(of_attributes)
    });
    let all = inside.chain(of_signers).all(|offset| offset < data.len());
    claim("cms: every offset is in the message", all);
    let again = crate::der_tree::parse(data).map(|nodes| write(&nodes));
    claim(
        "cms: an accepted message, read as a tree and written anew, is the same",
        again.as_deref() == Some(data),
    );
    for signer in &message.signers {
        let there = data.get(signer.signature_offset..).is_some_and(|at| at.starts_with(signer.signature));
        claim("cms: a signature lies where it is said to lie", there);
        if let Some(attributes) = &signer.signed_attributes {
            check_attributes(attributes);
        }
        let algorithm = KeyAlgorithm::MlDsa(Parameters::MlDsa65);
        let built = build(&signer.sid, Digest::Sha512, algorithm, signer.signature);
        let same = match parse(&built).as_ref().map(|message| message.signers.as_slice()) {
            Ok([only]) => only.sid == signer.sid && only.signature == signer.signature,
            _ => built.len() > modsig::trailer::MAX_CMS_LEN,
        };
        claim("cms: what is built from a signer is accepted and says the same", same);
    }
}

fn check_attributes(attributes: &SignedAttributes<'_>) {
    let nodes = attributes.attributes.iter().map(|attribute| {
        let values = attribute.values.concat();
        Node::of(0x30, vec![Node::new(6, attribute.oid.as_bytes()), Node::new(0x31, &values)])
    });
    let anew = write(&[Node::of(0x31, nodes.collect())]);
    claim(
        "cms: signed attributes, written anew, are the bytes that are signed",
        anew == attributes.signed_bytes(),
    );
}
