//! The traits of `pkcs8` and `spki`, so that these keys work with generic code for keys, such as X.509 libraries.

use super::{algorithm, private, public};
use crate::dynamic::{AnySigningKey, AnyVerifyingKey};
use crate::key::{SigningKey, VerifyingKey};
use crate::params::ParameterSet;
use ::pkcs8::der::asn1::AnyRef;
use ::pkcs8::spki::{self, AlgorithmIdentifier, AssociatedAlgorithmIdentifier, SignatureAlgorithmIdentifier};
use ::pkcs8::{PrivateKeyInfoRef, SubjectPublicKeyInfoRef};
#[cfg(feature = "alloc")]
use {
    super::oid,
    crate::dynamic::{AnySignature, Parameters, each, with_set},
    crate::key::Signature,
    ::pkcs8::der::asn1::BitString,
    ::pkcs8::spki::{
        AlgorithmIdentifierOwned, DynAssociatedAlgorithmIdentifier, DynSignatureAlgorithmIdentifier,
        SignatureBitStringEncoding,
    },
    ::pkcs8::{Document, EncodePrivateKey, EncodePublicKey, SecretDocument},
};

/// Implements `DecodePrivateKey`.
impl<P: ParameterSet> TryFrom<PrivateKeyInfoRef<'_>> for SigningKey<P> {
    type Error = ::pkcs8::Error;

    fn try_from(info: PrivateKeyInfoRef<'_>) -> Result<Self, Self::Error> {
        Ok(private::from_info(&info, info.private_key.as_bytes())?)
    }
}

/// Implements `DecodePrivateKey`.
impl TryFrom<PrivateKeyInfoRef<'_>> for AnySigningKey {
    type Error = ::pkcs8::Error;

    fn try_from(info: PrivateKeyInfoRef<'_>) -> Result<Self, Self::Error> {
        Ok(private::any_from_info(&info, info.private_key.as_bytes())?)
    }
}

/// Implements `DecodePublicKey`.
impl<P: ParameterSet> TryFrom<SubjectPublicKeyInfoRef<'_>> for VerifyingKey<P> {
    type Error = spki::Error;

    fn try_from(info: SubjectPublicKeyInfoRef<'_>) -> Result<Self, Self::Error> {
        Ok(public::from_spki(&info, info.subject_public_key.raw_bytes())?)
    }
}

/// Implements `DecodePublicKey`.
impl TryFrom<SubjectPublicKeyInfoRef<'_>> for AnyVerifyingKey {
    type Error = spki::Error;

    fn try_from(info: SubjectPublicKeyInfoRef<'_>) -> Result<Self, Self::Error> {
        Ok(public::any_from_spki(&info, info.subject_public_key.raw_bytes())?)
    }
}

/// Writes the seed, or the expanded key if no seed is known.
#[cfg(feature = "alloc")]
impl<P: ParameterSet> EncodePrivateKey for SigningKey<P> {
    fn to_pkcs8_der(&self) -> Result<SecretDocument, ::pkcs8::Error> {
        Ok(self.to_pkcs8_der_as(self.default_form())?)
    }
}

/// Writes the seed, or the expanded key if no seed is known.
#[cfg(feature = "alloc")]
impl EncodePrivateKey for AnySigningKey {
    fn to_pkcs8_der(&self) -> Result<SecretDocument, ::pkcs8::Error> {
        Ok(self.to_pkcs8_der_as(self.default_form())?)
    }
}

#[cfg(feature = "alloc")]
impl<P: ParameterSet> EncodePublicKey for VerifyingKey<P> {
    fn to_public_key_der(&self) -> Result<Document, spki::Error> {
        Ok(Document::encode_msg(&public::spki_of(self)?)?)
    }
}

#[cfg(feature = "alloc")]
impl EncodePublicKey for AnyVerifyingKey {
    fn to_public_key_der(&self) -> Result<Document, spki::Error> {
        each!(self, key => key.to_public_key_der())
    }
}

impl<P: ParameterSet> AssociatedAlgorithmIdentifier for SigningKey<P> {
    type Params = AnyRef<'static>;
    const ALGORITHM_IDENTIFIER: AlgorithmIdentifier<AnyRef<'static>> = algorithm::<P>();
}

impl<P: ParameterSet> AssociatedAlgorithmIdentifier for VerifyingKey<P> {
    type Params = AnyRef<'static>;
    const ALGORITHM_IDENTIFIER: AlgorithmIdentifier<AnyRef<'static>> = algorithm::<P>();
}

/// Keys and signatures have the same identifier (RFC 9881, section 2).
impl<P: ParameterSet> SignatureAlgorithmIdentifier for SigningKey<P> {
    type Params = AnyRef<'static>;
    const SIGNATURE_ALGORITHM_IDENTIFIER: AlgorithmIdentifier<AnyRef<'static>> = algorithm::<P>();
}

/// Keys and signatures have the same identifier (RFC 9881, section 2).
impl<P: ParameterSet> SignatureAlgorithmIdentifier for VerifyingKey<P> {
    type Params = AnyRef<'static>;
    const SIGNATURE_ALGORITHM_IDENTIFIER: AlgorithmIdentifier<AnyRef<'static>> = algorithm::<P>();
}

#[cfg(feature = "alloc")]
fn algorithm_of(parameters: Parameters) -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned { oid: with_set!(parameters, P => oid::<P>()), parameters: None }
}

/// The run-time forms of the two traits above.
#[cfg(feature = "alloc")]
macro_rules! dynamic_identifiers {
    ($($any:ty)*) => {$(
        impl DynAssociatedAlgorithmIdentifier for $any {
            fn algorithm_identifier(&self) -> spki::Result<AlgorithmIdentifierOwned> {
                Ok(algorithm_of(self.parameters()))
            }
        }

        impl DynSignatureAlgorithmIdentifier for $any {
            fn signature_algorithm_identifier(&self) -> spki::Result<AlgorithmIdentifierOwned> {
                Ok(algorithm_of(self.parameters()))
            }
        }
    )*};
}

#[cfg(feature = "alloc")]
dynamic_identifiers! { AnySigningKey AnyVerifyingKey }

#[cfg(feature = "alloc")]
impl<P: ParameterSet> SignatureBitStringEncoding for Signature<P> {
    fn to_bitstring(&self) -> ::pkcs8::der::Result<BitString> {
        BitString::from_bytes(self.as_bytes())
    }
}

#[cfg(feature = "alloc")]
impl SignatureBitStringEncoding for AnySignature {
    fn to_bitstring(&self) -> ::pkcs8::der::Result<BitString> {
        BitString::from_bytes(self.as_bytes())
    }
}
