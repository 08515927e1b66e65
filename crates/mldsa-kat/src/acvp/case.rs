//! One test case: its task, as its group defines it, and its execution.

use std::fmt;

use super::{Answer, Mode};
use crate::error::Malformed;
use crate::fields::Fields;
use crate::prehash::HashAlg;
use crate::scheme::{Implementation, Message, PrivateKey, PublicKey, Scheme};

/// What all cases of a group have in common.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    KeyGen,
    SigGen {
        interface: Interface,
        deterministic: bool,
        key: KeyFormat,
    },
    SigVer {
        interface: Interface,
        /// The `pk` of the group, as drafts have it.
        pk: Option<Vec<u8>>,
    },
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
    /// All of them are missing: a draft, in which `message` is M′.
    Draft,
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
            let why = match test_type {
                "GDT" => ": a draft in which the client chooses the key; no value can be compared",
                _ => "",
            };
            return Err(
                group.error("testType", format!("{test_type:?} is not supported, only \"AFT\" is{why}"))
            );
        }
        Ok(match mode {
            Mode::KeyGen => Self::KeyGen,
            Mode::SigGen => Self::SigGen {
                interface: Interface::read(group)?,
                deterministic: group.boolean("deterministic")?,
                key: KeyFormat::read(group)?,
            },
            Mode::SigVer => Self::SigVer { interface: Interface::read(group)?, pk: group.hex_opt("pk")? },
        })
    }

    /// Whether the group has no `signatureInterface`, as drafts.
    pub(super) const fn is_draft_of_interface(&self) -> bool {
        matches!(
            self,
            Self::SigGen { interface: Interface::Draft, .. }
                | Self::SigVer { interface: Interface::Draft, .. }
        )
    }

    /// Whether the group has the public key of its cases, as in drafts.
    pub(super) const fn has_public_key(&self) -> bool {
        matches!(self, Self::SigVer { pk: Some(_), .. })
    }

    pub(super) fn answer<I: Implementation>(
        &self,
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
                let rnd = if *deterministic { [0; 32] } else { case.hex_array("rnd")? };
                let signature = key
                    .sign(&interface.message(case)?, &rnd)
                    .map_err(|error| case.error("context", error))?;
                Ok(Answer::SigGen { signature })
            }
            Self::SigVer { interface, pk } => {
                let pk = public_key(case, pk.as_deref())?;
                let signature = case.hex("signature")?;
                let message = interface.message(case)?;
                // With a key of the wrong length no signature verifies: a result, not an error.
                let test_passed = scheme.public_key(&pk).is_ok_and(|key| key.verify(&message, &signature));
                Ok(Answer::SigVer { test_passed })
            }
        }
    }
}

/// The public key of a case, from the case or its group. If both have one, it must be the same.
fn public_key(case: &Fields<'_>, of_group: Option<&[u8]>) -> Result<Vec<u8>, Malformed> {
    match (case.hex_opt("pk")?, of_group) {
        (Some(pk), Some(of_group)) if pk != of_group => {
            Err(case.error("pk", "is another key than `pk` of the group"))
        }
        (Some(pk), _) => Ok(pk),
        (None, Some(of_group)) => Ok(of_group.to_vec()),
        (None, None) => case.hex("pk"),
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
    /// Without all of these fields, the group is a draft.
    fn read(group: &Fields<'_>) -> Result<Self, Malformed> {
        if !["signatureInterface", "preHash", "externalMu", "keyFormat"].iter().any(|name| group.has(name)) {
            return Ok(Self::Draft);
        }
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
            Self::Draft => {
                if let Some(name) = ["context", "hashAlg", "mu"].into_iter().find(|name| case.has(name)) {
                    return Err(
                        case.error(name, "does not occur in drafts; the group lacks `signatureInterface`")
                    );
                }
                Message::Internal(case.hex("message")?)
            }
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
            Self::SigVer { interface, pk: _ } => write!(f, "sigVer {interface}"),
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
            Self::Draft => "internal (draft)",
        })
    }
}
