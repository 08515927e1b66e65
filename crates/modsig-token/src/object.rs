//! The key in the token, its public key and its certificates.

use cryptoki::error::{Error, RvError};
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use mldsa::dynamic::{AnyVerifyingKey, Parameters};
use modsig::cert::Certificate;
use modsig::public_key::{Curve, EcPublicKey, PublicKey, RsaPublicKey};

use crate::Uri;
use crate::error::{Kind, TokenError};

/// A private key in a token.
pub(crate) struct Found {
    pub(crate) handle: ObjectHandle,
    pub(crate) public: PublicKey,
    /// Certificates with the identifier of the key, in DER; unchecked.
    pub(crate) certificates: Vec<Vec<u8>>,
}

/// Finds the one private key that the URI names. The session must be logged in.
pub(crate) fn find(session: &Session, uri: &Uri) -> Result<Found, TokenError> {
    let mut template = vec![Attribute::Class(ObjectClass::PRIVATE_KEY)];
    template.extend(uri.object.as_ref().map(|label| Attribute::Label(label.clone().into_bytes())));
    template.extend(uri.id.as_ref().map(|id| Attribute::Id(id.clone())));
    let handle = match objects(session, &template)?[..] {
        [one] => one,
        [] => {
            let message = "the token has no private key that the URI names; check object= and id= (pkcs11-tool --list-objects --login shows them)";
            return Err(TokenError::new(Kind::Unavailable, message));
        }
        ref several => {
            let message = format!("the URI names {} private keys; add id= or object= to it", several.len());
            return Err(TokenError::new(Kind::Usage, message));
        }
    };
    let refused = |message: &str| Err(TokenError::new(Kind::Refused, message));
    if let Some(Attribute::Sign(false)) = attribute(session, handle, AttributeType::Sign)? {
        return refused("the key in the token must not sign (CKA_SIGN is false); make another key");
    }
    if let Some(Attribute::AlwaysAuthenticate(true)) =
        attribute(session, handle, AttributeType::AlwaysAuthenticate)?
    {
        return refused(
            "the key wants its PIN for each signature (CKA_ALWAYS_AUTHENTICATE), which is not supported; make a key without it",
        );
    }
    let beside = beside(session, handle)?;
    let certificates = certificates(session, beside.as_ref())?;
    let mut public = public_key(session, handle, beside.as_ref())?;
    if public.is_none() {
        let of_certificate = |der: &Vec<u8>| Some(Certificate::from_der(der).ok()?.public_key().clone());
        public = certificates.iter().find_map(of_certificate);
    }
    let Some(public) = public else {
        return refused(
            "the token shows no public key for this private key, and no certificate; store one of them with the same CKA_ID",
        );
    };
    Ok(Found { handle, public, certificates })
}

fn objects(session: &Session, template: &[Attribute]) -> Result<Vec<ObjectHandle>, TokenError> {
    session.find_objects(template).map_err(|error| TokenError::from_library("search the token", &error))
}

/// One attribute; `None` if the object has none of this type, or does not show it.
fn attribute(
    session: &Session,
    object: ObjectHandle,
    which: AttributeType,
) -> Result<Option<Attribute>, TokenError> {
    match session.get_attributes(object, &[which]) {
        Ok(mut found) => Ok(found.pop()),
        Err(Error::Pkcs11(
            RvError::AttributeTypeInvalid
            | RvError::AttributeSensitive
            | RvError::FunctionFailed
            | RvError::ArgumentsBad,
            _,
        )) => Ok(None),
        Err(error @ Error::Pkcs11(..)) => Err(TokenError::from_library("read an object", &error)),
        // A value that cryptoki cannot read.
        Err(_) => Ok(None),
    }
}

/// The attribute that public key and certificate share with the private key: its identifier, or else its label.
fn beside(session: &Session, key: ObjectHandle) -> Result<Option<Attribute>, TokenError> {
    for which in [AttributeType::Id, AttributeType::Label] {
        match attribute(session, key, which)? {
            Some(found @ (Attribute::Id(_) | Attribute::Label(_))) if !is_empty(&found) => {
                return Ok(Some(found));
            }
            _ => {}
        }
    }
    Ok(None)
}

fn is_empty(attribute: &Attribute) -> bool {
    matches!(attribute, Attribute::Id(bytes) | Attribute::Label(bytes) if bytes.is_empty())
}

fn certificates(session: &Session, beside: Option<&Attribute>) -> Result<Vec<Vec<u8>>, TokenError> {
    let Some(beside) = beside else { return Ok(Vec::new()) };
    let template = [Attribute::Class(ObjectClass::CERTIFICATE), beside.clone()];
    let mut found = Vec::new();
    for handle in objects(session, &template)? {
        if let Some(Attribute::Value(der)) = attribute(session, handle, AttributeType::Value)? {
            found.push(der);
        }
    }
    Ok(found)
}

/// The public key: of the private key's own attributes, or of the public key beside it.
fn public_key(
    session: &Session,
    key: ObjectHandle,
    beside: Option<&Attribute>,
) -> Result<Option<PublicKey>, TokenError> {
    let Some(Attribute::KeyType(kind)) = attribute(session, key, AttributeType::KeyType)? else {
        return Ok(None);
    };
    if ![KeyType::RSA, KeyType::EC, KeyType::ML_DSA].contains(&kind) {
        let message =
            format!("the key in the token is of the type {kind}; Linux accepts ML-DSA, RSA and ECDSA");
        return Err(TokenError::new(Kind::Refused, message));
    }
    if let Some(found) = read_public(session, key, kind)? {
        return Ok(Some(found));
    }
    let Some(beside) = beside else { return Ok(None) };
    let template = [Attribute::Class(ObjectClass::PUBLIC_KEY), Attribute::KeyType(kind), beside.clone()];
    for handle in objects(session, &template)? {
        if let Some(found) = read_public(session, handle, kind)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The public key in the attributes of one object. `Value` of a private ML-DSA key is not read: it is secret.
fn read_public(
    session: &Session,
    object: ObjectHandle,
    kind: KeyType,
) -> Result<Option<PublicKey>, TokenError> {
    let read = |which| attribute(session, object, which);
    if let Some(Attribute::PublicKeyInfo(der)) = read(AttributeType::PublicKeyInfo)?
        && let Ok(key @ (PublicKey::MlDsa(_) | PublicKey::Rsa(_) | PublicKey::Ec(_))) =
            PublicKey::from_spki_der(&der)
    {
        return Ok(Some(key));
    }
    Ok(match kind {
        KeyType::RSA => match (read(AttributeType::Modulus)?, read(AttributeType::PublicExponent)?) {
            (Some(Attribute::Modulus(n)), Some(Attribute::PublicExponent(e))) => {
                RsaPublicKey::new(&n, &e).ok().map(|key| PublicKey::Rsa(Box::new(key)))
            }
            _ => None,
        },
        KeyType::EC => match (read(AttributeType::EcParams)?, read(AttributeType::EcPoint)?) {
            (Some(Attribute::EcParams(curve)), Some(Attribute::EcPoint(point))) => ec_key(&curve, &point),
            _ => None,
        },
        _ => {
            let class = read(AttributeType::Class)?;
            match class {
                Some(Attribute::Class(ObjectClass::PUBLIC_KEY)) => match read(AttributeType::Value)? {
                    Some(Attribute::Value(bytes)) => ml_dsa_key(&bytes),
                    _ => None,
                },
                _ => None,
            }
        }
    })
}

/// An ML-DSA public key (FIPS 204, pkEncode); its length names the parameter set.
fn ml_dsa_key(bytes: &[u8]) -> Option<PublicKey> {
    let sets = [Parameters::MlDsa44, Parameters::MlDsa65, Parameters::MlDsa87];
    let set = sets.into_iter().find(|set| set.verifying_key_len() == bytes.len())?;
    AnyVerifyingKey::from_bytes(set, bytes).ok().map(|key| PublicKey::MlDsa(Box::new(key)))
}

/// `CKA_EC_PARAMS` is the curve's OID in DER. `CKA_EC_POINT` is an OCTET STRING with the point; old libraries store the
/// point itself.
fn ec_key(parameters: &[u8], point: &[u8]) -> Option<PublicKey> {
    let [6, len, oid @ ..] = parameters else { return None };
    let curve = Curve::ALL.into_iter().find(|curve| curve.oid().as_bytes() == oid)?;
    if usize::from(*len) != oid.len() {
        return None;
    }
    let bare = 1 + 2 * curve.coordinate_len();
    let point = match point {
        point if point.len() == bare => point,
        [4, len, point @ ..] if usize::from(*len) == point.len() && *len < 0x80 => point,
        [4, 0x81, len, point @ ..] if usize::from(*len) == point.len() => point,
        _ => return None,
    };
    EcPublicKey::from_sec1(curve, point).ok().map(|key| PublicKey::Ec(Box::new(key)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The base point of each curve, in the three forms in which tokens store it.
    #[test]
    fn points_are_read_in_every_form() {
        let point = hex(
            "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
        );
        let p256 = hex("06082a8648ce3d030107");
        let wrapped = [&[4, 65][..], &point].concat();
        let key = ec_key(&p256, &point).unwrap();
        assert_eq!(key.to_string(), "ECDSA P-256");
        assert_eq!(ec_key(&p256, &wrapped).unwrap(), key);
        for bad in [&point[..64], &wrapped[..66], &[], &[4], &[4, 0x81]] {
            assert!(ec_key(&p256, bad).is_none());
        }
        for bad in [&p256[..9], &[], &[6], &hex("06052b8104000a")] {
            assert!(ec_key(bad, &point).is_none());
        }
    }

    #[test]
    fn the_length_names_the_parameter_set() {
        for (len, name) in [(1312, "ML-DSA-44"), (1952, "ML-DSA-65"), (2592, "ML-DSA-87")] {
            assert_eq!(ml_dsa_key(&vec![1; len]).unwrap().to_string(), name);
            assert!(ml_dsa_key(&vec![1; len + 1]).is_none());
        }
    }

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    }
}
