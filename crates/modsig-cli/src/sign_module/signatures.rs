//! The signatures that a file carries already.

use crate::decisions::trailer_failure;
use crate::exit::Exit;
use crate::failure::Failure;
use modsig::algorithm::Digest;
use modsig::cms::{self, SignerIdentifier};
use modsig::signer::{IdentifierKind, Options};
use modsig::trailer::{Split, Unsigned, split};

/// A file, and how much of it is the module itself.
pub(super) struct Peeled<'a> {
    /// The module without any signature: what its compiler wrote.
    pub(super) module: &'a [u8],
    /// What the outermost signature is over, and its CMS: what Linux looks at.
    pub(super) outermost: Option<(&'a [u8], &'a [u8])>,
    /// How many signatures there are, one upon the other.
    pub(super) count: usize,
}

/// Looks under all signatures of a file.
///
/// # Errors
/// [`Exit::Malformed`] if there is half a signature, of unknown length, or a trailer that Linux refuses.
pub(super) fn peel(file: &[u8]) -> Result<Peeled<'_>, Failure> {
    let mut peeled = Peeled { module: file, outermost: None, count: 0 };
    loop {
        match split(peeled.module).map_err(|error| trailer_failure(&error))? {
            Split::Unsigned(Unsigned::NoMarker | Unsigned::Empty) => return Ok(peeled),
            Split::Unsigned(remains) => {
                let advice = "get the module again as it was before it was signed";
                return Err(Failure::new(Exit::Malformed, remains.to_string(), advice));
            }
            Split::Signed(signed) => {
                peeled.outermost.get_or_insert((signed.module, signed.cms));
                peeled.count += 1;
                peeled.module = signed.module;
            }
        }
    }
}

/// How a signature that verifies differs from the one that is asked for: in the digest that it names, or in how it names the
/// signer. `None` if one of its signers is as asked.
pub(super) fn difference(cms: &[u8], asked: Options) -> Option<String> {
    let signers = cms::parse(cms).map(|parsed| parsed.signers).unwrap_or_default();
    let mut first = None;
    for signer in &signers {
        let digest = Digest::from_oid(&signer.digest_algorithm.oid);
        let identifier = match signer.sid {
            SignerIdentifier::IssuerAndSerial { .. } => IdentifierKind::IssuerAndSerial,
            SignerIdentifier::SubjectKeyId(_) => IdentifierKind::SubjectKeyId,
        };
        if digest == Some(asked.digest) && identifier == asked.identifier {
            return None;
        }
        first.get_or_insert((digest, identifier));
    }
    // A signature that verifies has a signer with a known digest.
    let (digest, identifier) = first.unwrap_or((None, asked.identifier));
    let digest = digest.map_or("another digest", Digest::name);
    Some(format!("with {digest} and {}", named_by(identifier)))
}

/// How the signer is named, in words.
pub(super) const fn named_by(identifier: IdentifierKind) -> &'static str {
    match identifier {
        IdentifierKind::IssuerAndSerial => "issuer and serial number",
        IdentifierKind::SubjectKeyId => "subject key identifier",
    }
}

/// The same key signed already, but not in the form that is asked for.
pub(super) fn signed_otherwise(difference: &str, asked: Options) -> Failure {
    let (digest, identifier) = (asked.digest, named_by(asked.identifier));
    let what =
        format!("is signed already by this key, {difference}, not with {digest} and {identifier} as asked");
    Failure::new(Exit::Refused, what, "replace that signature with --resign")
}
