//! Linux's rules over the facts of a message: `pkcs7_parse_message`, `pkcs7_verify` and `pkcs7_validate_trust`, in
//! the order in which the kernel looks.
//!
//! It answers for messages that are well-formed DER. What Linux makes of BER, of embedded certificates and of RSA
//! and ECDSA signatures is not predicted yet.

use super::{Answer, Errno};
use crate::asn1::DerProblem;
use crate::cms::{CmsError, ID_DATA, SignerIdentifier, SignerInfo};
use crate::verdict::{AttributesFact, Check, Facts, SignerFacts};

/// The answer to a message that our strict parser refuses; Linux's parser is more lenient in most places.
pub(crate) fn answer_to_cms_error(error: &CmsError) -> Option<Answer> {
    match error {
        CmsError::NotSignedData { .. } => {
            Some(Answer::new(Errno::EINVAL, "Only support pkcs7_signedData type"))
        }
        CmsError::Der(error) => match error.problem {
            DerProblem::TooLong { .. } => Some(Answer::new(Errno::EMSGSIZE, "")),
            // The outermost element does not fit in what there is, or is no SEQUENCE.
            DerProblem::Truncated | DerProblem::UnexpectedTag { .. } | DerProblem::Missing
                if error.offset == 0 =>
            {
                Some(Answer::new(Errno::EBADMSG, ""))
            }
            _ => None,
        },
    }
}

/// The answer to a message.
pub(crate) fn answer(facts: &Facts<'_>) -> Option<Answer> {
    match refusal_in_parsing(facts) {
        Outcome::Refused(answer) => return Some(answer),
        Outcome::Unpredicted => return None,
        Outcome::Passed => {}
    }
    if facts.signed_data.content_offset.is_some() {
        return Some(Answer::new(Errno::EBADMSG, "PKCS7: Data already supplied"));
    }
    if facts.signers.iter().any(|signer| signer.attributes != AttributesFact::None) {
        return Some(Answer::new(Errno::EKEYREJECTED, "Invalid module sig (has authattrs)"));
    }
    if !facts.signed_data.certificates.is_empty() {
        return None;
    }
    // pkcs7_validate_trust: signers without a key are passed over, one that fails otherwise fails the message.
    let mut trusted = false;
    for signer in &facts.signers {
        match signer.check? {
            Check::NoTrustedKey => {}
            Check::Verified => trusted = true,
            Check::OtherAlgorithm | Check::Bad => return Some(Answer::new(Errno::EKEYREJECTED, "")),
            Check::NotChecked => return None,
        }
    }
    Some(if trusted { Answer::LOADED } else { Answer::new(Errno::ENOKEY, "") })
}

enum Outcome {
    Passed,
    Refused(Answer),
    Unpredicted,
}

/// `pkcs7_parse_message`: what stands first is refused first.
fn refusal_in_parsing(facts: &Facts<'_>) -> Outcome {
    let refused = |errno, log| Outcome::Refused(Answer::new(errno, log));
    let signed_data = facts.signed_data;
    if !matches!(signed_data.version, 1 | 3) {
        return refused(Errno::EINVAL, "PKCS7: Unsupported SignedData version");
    }
    if signed_data.digest_algorithms.is_empty() {
        return refused(Errno::EBADMSG, "");
    }
    if signed_data.content_type != ID_DATA {
        return refused(Errno::EINVAL, "PKCS7: Unsupported data type");
    }
    if facts.broken_certificate {
        return refused(Errno::EBADMSG, "");
    }
    for (signer, signer_facts) in signed_data.signers.iter().zip(&facts.signers) {
        match refusal_of_signer(signed_data.version, signer, signer_facts) {
            Outcome::Passed => {}
            other => return other,
        }
    }
    if signed_data.signers.is_empty() {
        return refused(Errno::EBADMSG, "");
    }
    let with_attributes =
        signed_data.signers.iter().filter(|signer| signer.signed_attributes.is_some()).count();
    if with_attributes != 0 && with_attributes != signed_data.signers.len() {
        return refused(Errno::EINVAL, "Inconsistently supplied authAttrs");
    }
    Outcome::Passed
}

fn refusal_of_signer(signed_data_version: u8, signer: &SignerInfo<'_>, facts: &SignerFacts) -> Outcome {
    let refused = |errno, log| Outcome::Refused(Answer::new(errno, log));
    if !matches!(signer.version, 1 | 3) {
        return refused(Errno::EINVAL, "PKCS7: Unsupported SignerInfo version");
    }
    if signer.version != signed_data_version {
        return refused(Errno::EBADMSG, "PKCS7: SignedData-SignerInfo version mismatch");
    }
    if matches!(signer.sid, SignerIdentifier::SubjectKeyId(_)) != (signer.version == 3) {
        return refused(Errno::EINVAL, "");
    }
    if !facts.digest.is_some_and(|digest| digest.is_known_to_linux()) {
        return refused(Errno::ENOPKG, "Unsupported digest algo");
    }
    match facts.attributes {
        AttributesFact::Missing => return refused(Errno::EBADMSG, "PKCS7: Missing required AuthAttr"),
        AttributesFact::Odd => return Outcome::Unpredicted,
        AttributesFact::None | AttributesFact::Present => {}
    }
    if !facts.algorithm.is_some_and(|algorithm| algorithm.is_known_to_linux()) {
        return refused(Errno::ENOPKG, "Unsupported pkey algo");
    }
    Outcome::Passed
}
