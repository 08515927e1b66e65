//! `MlDsaVerify`: one public key, many signatures.

use super::{Case, encodings};
use crate::error::Malformed;
use crate::fields::Fields;
use crate::report::Group;
use crate::scheme::{Implementation, PublicKey, Scheme};

pub(super) fn run<I: Implementation>(
    scheme: Scheme<I>,
    group: &Fields<'_>,
    cases: &[Case<'_>],
    name: String,
) -> Result<Group, Malformed> {
    let raw = group.hex("publicKey")?;
    let der = group.hex_opt("publicKeyDer")?;
    let key = public_key(scheme, &raw, der.as_deref());
    let mut report = Group::new(name);
    for case in cases {
        let message = match case.message()? {
            Some(message) => message,
            None => case.mu()?.ok_or_else(|| case.fields.error("msg", "is missing, and `mu` too"))?,
        };
        let signature = case.fields.hex("sig")?;
        let outcome = match &key {
            Err(refused) => Err(refused.clone()),
            Ok(key) if key.verify(&message, &signature) => Ok(()),
            Ok(_) => Err("the signature does not verify".to_owned()),
        };
        case.count(&mut report, outcome);
    }
    Ok(report)
}

/// The key, which must be the same in both encodings.
fn public_key<I: Implementation>(
    scheme: Scheme<I>,
    raw: &[u8],
    der: Option<&[u8]>,
) -> Result<I::PublicKey, String> {
    if let Some(der) = der {
        if encodings::public_key(scheme.set(), der)? != raw {
            return Err("publicKeyDer: contains another key than publicKey".to_owned());
        }
    }
    scheme.public_key(raw).map_err(|error| format!("publicKey: {error}"))
}
