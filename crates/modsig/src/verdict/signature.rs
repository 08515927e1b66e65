//! The signature of one signer: whether a key verifies it, and if not, why.

use super::checks::Diagnostics;
use super::context::VerifyContext;
use super::{Check, Policy, Problem};
use crate::algorithm::{Digest, Signature};
use crate::cert::{Certificate, PublicKey};
use crate::cms::SignerInfo;
use crate::work::{Operation, TooExpensive, cost_of, cost_of_ml_dsa};

/// Whether the key verifies the signature.
pub(super) fn verify_with(
    algorithm: Option<Signature>,
    digest: Option<Digest>,
    signer: &SignerInfo<'_>,
    key: &PublicKey,
    context: VerifyContext<'_>,
) -> Result<bool, TooExpensive> {
    let VerifyContext { cache, .. } = context;
    let work = &mut context.work.borrow_mut();
    // RFC 5652 §5.4: the signature covers the content, or the attributes if there are any.
    let attributes = signer.signed_attributes.as_ref().map(|attributes| attributes.signed_bytes());
    match (algorithm, key) {
        (Some(Signature::MlDsa(parameters)), PublicKey::MlDsa(ml_dsa))
            if ml_dsa.parameters() == parameters =>
        {
            let Some(attributes) = attributes else {
                return cache.ml_dsa_verifies(ml_dsa, signer.signature, work);
            };
            let cost = cost_of_ml_dsa(parameters, attributes.len());
            let operation = operation(key, Digest::Sha512, &attributes, signer.signature, cost);
            work.verifies(&operation, || key.verify(Digest::Sha512, &attributes, signer.signature).is_ok())
        }
        (Some(Signature::RsaEncryption), PublicKey::Rsa(_))
        | (Some(Signature::EcdsaWith(_)), PublicKey::Ec(_)) => {
            let hash = |digest: Digest| match &attributes {
                Some(attributes) => digest.hash(attributes),
                None => cache.digest(digest),
            };
            let hashed = digest.and_then(|digest| Some((digest, hash(digest)?)));
            let Some((digest, hash)) = hashed else { return Ok(false) };
            let operation = operation(key, digest, &hash, signer.signature, cost_of(key));
            work.verifies(&operation, || key.verify_prehash(digest, &hash, signer.signature).is_ok())
        }
        _ => Ok(false),
    }
}

/// One verification of the strict verifier. The kernel model's results are separate, because the two use different code
/// for RSA.
fn operation(key: &PublicKey, digest: Digest, message: &[u8], signature: &[u8], cost: u64) -> Operation {
    let (key, digest) = (key.to_spki_der(), digest.name());
    Operation::new("strict", &[&key, digest.as_bytes(), message, signature], cost)
}

/// Adds a finding if the signature does not verify. Returns whether it verifies.
pub(super) fn examine_signature(
    signer: &SignerInfo<'_>,
    algorithm: Option<Signature>,
    digest: Option<Digest>,
    certificate: Option<&Certificate>,
    verifies: bool,
    too_expensive: bool,
    diagnostics: &mut Diagnostics,
) -> bool {
    let (Some(algorithm), Some(certificate)) = (algorithm, certificate) else {
        diagnostics.skip(Check::SIGNATURE, signer.signature_offset);
        return false;
    };
    // Without the digest (MD5, for example) nothing can be compared. The check of the digest has already reported it.
    let hashed = matches!(algorithm, Signature::RsaEncryption | Signature::EcdsaWith(_));
    if hashed && digest.and_then(Digest::output_len).is_none() {
        diagnostics.skip(Check::SIGNATURE, signer.signature_offset);
        return false;
    }
    diagnostics.check(Check::SIGNATURE, signer.signature_offset);
    if too_expensive {
        diagnostics.find(signer.signature_offset, Problem::TooExpensive);
        return false;
    }
    if verifies {
        return true;
    }
    let key = certificate.public_key();
    let (offset, problem) = match (algorithm, key) {
        (Signature::MlDsa(parameters), PublicKey::MlDsa(key)) if key.parameters() == parameters => {
            let (expected, found) = (parameters.signature_len(), signer.signature.len());
            (signer.signature_offset, wrong_length(expected, found))
        }
        (Signature::RsaEncryption, PublicKey::Rsa(key)) => {
            (signer.signature_offset, wrong_length(key.signature_len(), signer.signature.len()))
        }
        (Signature::EcdsaWith(_), PublicKey::Ec(_)) => (signer.signature_offset, Problem::BadSignature),
        _ => {
            let signature = Signature::name_of_oid(&signer.signature_algorithm.oid);
            let problem = Problem::AlgorithmMismatch { signature, key: key.to_string() };
            (signer.signature_algorithm.offset, problem)
        }
    };
    diagnostics.find(offset, problem);
    false
}

fn wrong_length(expected: usize, found: usize) -> Problem {
    if expected == found { Problem::BadSignature } else { Problem::SignatureLength { expected, found } }
}

/// Valid attributes must be allowed, and of a form that some Linux accepts.
pub(super) fn examine_permission_of_attributes(
    signer: &SignerInfo<'_>,
    algorithm: Option<Signature>,
    digest: Option<Digest>,
    verified: bool,
    policy: &Policy,
    diagnostics: &mut Diagnostics,
) {
    let (Some(signed_attributes), true) = (&signer.signed_attributes, verified) else { return };
    diagnostics.check(Check::ATTRIBUTES, signed_attributes.offset);
    if !policy.allows_signed_attributes() {
        diagnostics.find(signed_attributes.offset, Problem::SignedAttributes);
    } else if let (Some(Signature::MlDsa(_)), Some(digest)) = (algorithm, digest)
        && digest != Digest::Sha512
    {
        diagnostics.find(signed_attributes.offset, Problem::SignedAttributesDigest(digest));
    }
}
