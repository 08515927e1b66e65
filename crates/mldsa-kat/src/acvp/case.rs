//! One test case: its task, as its group defines it, and its execution.

use std::fmt;

use super::{Answer, Mode};
use crate::error::Malformed;
use crate::fields::Fields;
use crate::prehash::HashAlg;
use crate::scheme::{Implementation, Message, PrivateKey, PublicKey, Scheme};

/// What all cases of a group have in common.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    KeyGen,
    SigGen { interface: Interface, deterministic: bool, key: KeyFormat },
    SigVer { interface: Interface },
}

/// The fields `signatureInterface`, `preHash` and `externalMu` in one.
#[derive(Clone, Copy, Debug)]
pub(super) enum Interface {
    /// `external`, `pure`: fields `message` and `context`.
    Pure,
    /// `external`, `preHash`: fields `message`, `context` and `hashAlg`.
    PreHash,
    /// `internal`, `externalMu` false: the field `message` is M′.
    Internal,
    /// `internal`, `externalMu` true: field `mu`.
    ExternalMu,
}

/// The field `keyFormat`.
#[derive(Clone, Copy, Debug)]
pub(super) enum KeyFormat {
    /// Field `sk`; the only one before the revision `FIPS204-tr1`, which has no `keyFormat`.
    Expanded,
    /// Field `seed`.
    Seed,
}

impl Kind {
    pub(super) fn read(mode: Mode, group: &Fields<'_>) -> Result<Self, Malformed> {
        let test_type = group.text("testType")?;
        if test_type != "AFT" {
            return Err(group.error("testType", format!("{test_type:?} is not supported, only \"AFT\" is")));
        }
        Ok(match mode {
            Mode::KeyGen => Self::KeyGen,
            Mode::SigGen => Self::SigGen {
                interface: Interface::read(group)?,
                deterministic: group.boolean("deterministic")?,
                key: KeyFormat::read(group)?,
            },
            Mode::SigVer => Self::SigVer { interface: Interface::read(group)? },
        })
    }

    pub(super) fn answer<I: Implementation>(
        self,
        scheme: Scheme<I>,
        case: &Fields<'_>,
    ) -> Result<Answer, Malformed> {
        match self {
            Self::KeyGen => {
                let key = KeyFormat::Seed.key(scheme, case)?;
                Ok(Answer::KeyGen { pk: key.public_key_bytes(), sk: key.expanded_bytes() })
            }
            Self::SigGen { interface, deterministic, key } => {
                let key = key.key(scheme, case)?;
                let rnd = if deterministic { [0; 32] } else { case.hex_array("rnd")? };
                let signature = key
                    .sign(&interface.message(case)?, &rnd)
                    .map_err(|error| case.error("context", error))?;
                Ok(Answer::SigGen { signature })
            }
            Self::SigVer { interface } => {
                let (pk, signature) = (case.hex("pk")?, case.hex("signature")?);
                let message = interface.message(case)?;
                // With a key of the wrong length no signature verifies: a result, not an error.
                let test_passed = scheme.public_key(&pk).is_ok_and(|key| key.verify(&message, &signature));
                Ok(Answer::SigVer { test_passed })
            }
        }
    }
}

impl KeyFormat {
    fn read(group: &Fields<'_>) -> Result<Self, Malformed> {
        match group.text_opt("keyFormat")? {
            None | Some("expanded") => Ok(Self::Expanded),
            Some("seed") => Ok(Self::Seed),
            Some(other) => Err(group.error("keyFormat", format!("must be expanded or seed, is {other:?}"))),
        }
    }

    fn key<I: Implementation>(
        self,
        scheme: Scheme<I>,
        case: &Fields<'_>,
    ) -> Result<I::PrivateKey, Malformed> {
        match self {
            Self::Expanded => {
                scheme.private_key_from_expanded(&case.hex("sk")?).map_err(|error| case.error("sk", error))
            }
            Self::Seed => scheme
                .private_key_from_seed(&case.hex_array::<32>("seed")?)
                .map_err(|error| case.error("seed", error)),
        }
    }
}

impl Interface {
    /// A missing `externalMu` is false: the field was added after the interface.
    fn read(group: &Fields<'_>) -> Result<Self, Malformed> {
        match group.text("signatureInterface")? {
            "internal" if group.boolean_opt("externalMu")?.unwrap_or(false) => Ok(Self::ExternalMu),
            "internal" => Ok(Self::Internal),
            "external" => match group.text("preHash")? {
                "pure" => Ok(Self::Pure),
                "preHash" => Ok(Self::PreHash),
                other => Err(group.error("preHash", format!("must be pure or preHash, is {other:?}"))),
            },
            other => {
                Err(group.error("signatureInterface", format!("must be internal or external, is {other:?}")))
            }
        }
    }

    fn message(self, case: &Fields<'_>) -> Result<Message, Malformed> {
        Ok(match self {
            Self::Pure => Message::Pure { message: case.hex("message")?, context: case.hex("context")? },
            Self::PreHash => {
                let hash: HashAlg = case
                    .text("hashAlg")?
                    .parse()
                    .map_err(|error| case.error("hashAlg", format!("{error}")))?;
                Message::PreHash { hash, message: case.hex("message")?, context: case.hex("context")? }
            }
            Self::Internal => Message::Internal(case.hex("message")?),
            Self::ExternalMu => Message::Mu(case.hex_array("mu")?),
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeyGen => f.write_str("keyGen"),
            Self::SigGen { interface, deterministic, key } => {
                let variant = if *deterministic { "deterministic" } else { "hedged" };
                let key = match key {
                    KeyFormat::Expanded => "expanded key",
                    KeyFormat::Seed => "seed",
                };
                write!(f, "sigGen {interface}, {variant}, {key}")
            }
            Self::SigVer { interface } => write!(f, "sigVer {interface}"),
        }
    }
}

impl fmt::Display for Interface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pure => "external pure",
            Self::PreHash => "external preHash",
            Self::Internal => "internal",
            Self::ExternalMu => "internal, external mu",
        })
    }
}
