//! The signatures that a file has already, and the file below them.

use crate::elf::check_module;
use crate::error::CliError;
use crate::exit::Exit;
use crate::exit_mapping::{name_of, trailer_error};
use modsig::algorithm::Digest;
use modsig::cms::{self, SignerIdentifier};
use modsig::signer::{IdentifierKind, Options};
use modsig::trailer::{Split, Unsigned, split};
use modsig::verdict::{Kind, Verdict};

/// The note about a module that was compressed before it was signed.
pub(super) const SIGNED_AFTER_COMPRESSION: &str = "was compressed before it was signed; the signature after the compressed stream, which Linux never saw, is removed";

/// A file, split into the module and its signatures.
pub(super) struct Peeled<'a> {
    /// The module without any signature.
    pub(super) module: &'a [u8],
    /// The bytes that the outermost signature covers, and its CMS, which Linux checks.
    pub(super) outermost: Option<(&'a [u8], &'a [u8])>,
    /// How many nested signatures there are.
    pub(super) count: usize,
}

/// Finds the module below all signatures of a file.
///
/// # Errors
/// [`Exit::Malformed`] if there is an incomplete signature, of unknown length, or a trailer that Linux refuses.
pub(super) fn peel(file: &[u8]) -> Result<Peeled<'_>, CliError> {
    let mut peeled = Peeled { module: file, outermost: None, count: 0 };
    loop {
        match split(peeled.module).map_err(|error| trailer_error(&error))? {
            Split::Unsigned(Unsigned::NoMarker | Unsigned::Empty) => return Ok(peeled),
            Split::Unsigned(remains) => {
                let advice = "get the module again as it was before it was signed";
                return Err(CliError::new(Exit::Malformed, remains.to_string(), advice));
            }
            Split::Signed(signed) => {
                peeled.outermost.get_or_insert((signed.module, signed.cms));
                peeled.count += 1;
                peeled.module = signed.module;
            }
        }
    }
}

/// How a signature that verifies differs from the requested one: in the digest that it names, or in how it names the signer.
/// `None` if one of its signers is as requested.
pub(super) fn difference(cms: &[u8], requested: Options) -> Option<String> {
    let signers = cms::parse(cms).map(|parsed| parsed.signers).unwrap_or_default();
    let mut first = None;
    for signer in &signers {
        let digest = Digest::from_oid(&signer.digest_algorithm.oid);
        let identifier = match signer.sid {
            SignerIdentifier::IssuerAndSerial { .. } => IdentifierKind::IssuerAndSerial,
            SignerIdentifier::SubjectKeyId(_) => IdentifierKind::SubjectKeyId,
        };
        if digest == Some(requested.digest) && identifier == requested.identifier {
            return None;
        }
        first.get_or_insert((digest, identifier));
    }
    // A signature that verifies has a signer with a known digest.
    let (digest, identifier) = first.unwrap_or((None, requested.identifier));
    let digest = digest.map_or("another digest", Digest::name);
    Some(format!("with {digest} and {}", named_by(identifier)))
}

/// How the signer is named.
const fn named_by(identifier: IdentifierKind) -> &'static str {
    match identifier {
        IdentifierKind::IssuerAndSerial => "issuer and serial number",
        IdentifierKind::SubjectKeyId => "subject key identifier",
    }
}

/// The error for a file that the same key signed already, but in another form.
pub(super) fn signed_otherwise(difference: &str, requested: Options) -> CliError {
    let (digest, identifier) = (requested.digest, named_by(requested.identifier));
    let what = format!("is signed already by this key, {difference}, not with {digest} and {identifier}");
    CliError::new(Exit::Refused, what, "replace that signature with --resign")
}

/// The error for a file with a signature of another key.
pub(super) fn signed_by_another(verdict: &Verdict) -> CliError {
    let whose = verdict.signers.first();
    let whose = whose.map_or("an unreadable signer", |signer| &signer.identifier);
    let state = match verdict.kind() {
        Kind::UnknownSigner => String::new(),
        kind => format!(" ({})", name_of(kind)),
    };
    let what = format!("is signed already, by {whose}{state}");
    CliError::new(Exit::Refused, what, "replace that signature with --resign")
}

/// Checks that this is a kernel module. With `--any-file` every file passes that is not empty: Linux requires a byte before a
/// signature.
pub(super) fn check_kind(bytes: &[u8], any_file: bool) -> Result<(), CliError> {
    match (any_file, bytes) {
        (true, []) => {
            let what = "is empty: there is nothing to sign";
            Err(CliError::new(Exit::Malformed, what, "give the name of another file"))
        }
        (true, _) => Ok(()),
        (false, _) => check_module(bytes),
    }
}
