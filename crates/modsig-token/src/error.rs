//! What can go wrong with a token, and what to do.

use core::fmt;

use cryptoki::error::{Error, RvError};

/// The kind of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// The URI is wrong, or names more than one token or key.
    Usage,
    /// The token refuses the PIN or the operation, or the key cannot be used.
    Refused,
    /// Library, token or key cannot be found or used: missing, removed, broken, out of sessions.
    Unavailable,
}

/// An error of a token: what is wrong and what to do. Never contains a PIN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenError {
    kind: Kind,
    message: String,
    /// The token is gone: no further operation will succeed.
    pub(crate) lost: bool,
}

impl TokenError {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), lost: false }
    }

    /// The kind of the error.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// An error that the library returned while it was `doing` something ("log in").
    pub(crate) fn from_library(doing: &str, error: &Error) -> Self {
        let Error::Pkcs11(code, _) = error else {
            let message = format!(
                "cannot {doing}: the PKCS#11 library does not follow its standard ({error}); update it"
            );
            return Self::new(Kind::Unavailable, message);
        };
        let (kind, what) = match code {
            RvError::PinIncorrect => (
                Kind::Refused,
                "the PIN is wrong; check it before you try again: several wrong ones lock the token",
            ),
            RvError::PinInvalid | RvError::PinLenRange => (
                Kind::Refused,
                "the PIN is not one that this token can have; check it, and that it ends with its line",
            ),
            RvError::PinLocked => (
                Kind::Refused,
                "the PIN is locked after too many wrong ones; unlock it with the token's own tool",
            ),
            RvError::PinExpired | RvError::UserPinNotInitialized => {
                (Kind::Refused, "the PIN has expired or was never set; set one with the token's own tool")
            }
            RvError::SessionCount => {
                (Kind::Unavailable, "the token has no free session; end other programs that use it")
            }
            RvError::MechanismInvalid | RvError::MechanismParamInvalid => {
                (Kind::Refused, "the token or its library does not support this kind of signature")
            }
            RvError::KeyFunctionNotPermitted | RvError::KeyTypeInconsistent | RvError::KeySizeRange => {
                (Kind::Refused, "the token does not allow this key to make this kind of signature")
            }
            RvError::UserNotLoggedIn => {
                (Kind::Unavailable, "the login to the token has ended; run the same command again")
            }
            _ if is_loss(*code) => (
                Kind::Unavailable,
                "the token was removed or has failed; insert it and run the same command again",
            ),
            _ => (Kind::Unavailable, "see the manual of the token"),
        };
        let lost = is_loss(*code);
        Self { kind, message: format!("cannot {doing}: {} ({what})", name_of(*code)), lost }
    }
}

/// Whether no further operation will succeed.
fn is_loss(code: RvError) -> bool {
    matches!(
        code,
        RvError::DeviceRemoved
            | RvError::DeviceError
            | RvError::TokenNotPresent
            | RvError::TokenNotRecognized
            | RvError::SessionHandleInvalid
            | RvError::SessionClosed
            | RvError::UserNotLoggedIn
            | RvError::KeyHandleInvalid
            | RvError::ObjectHandleInvalid
            | RvError::SlotIdInvalid
            | RvError::CryptokiNotInitialized
            | RvError::GeneralError
    )
}

/// The name that the standard gives to a code: `CKR_PIN_INCORRECT`.
fn name_of(code: RvError) -> String {
    match code {
        RvError::VendorDefined(number) | RvError::UnknownErrorCode(number) => format!("code {number:#x}"),
        known => {
            let mut name = String::from("CKR");
            for letter in format!("{known:?}").chars() {
                if letter.is_ascii_uppercase() {
                    name.push('_');
                }
                name.push(letter.to_ascii_uppercase());
            }
            name
        }
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl core::error::Error for TokenError {}

#[cfg(test)]
mod tests {
    use super::*;
    use cryptoki::context::Function;

    #[test]
    fn codes_have_their_standard_names_and_kinds() {
        for (code, name, kind, lost) in [
            (RvError::PinIncorrect, "CKR_PIN_INCORRECT", Kind::Refused, false),
            (RvError::PinLocked, "CKR_PIN_LOCKED", Kind::Refused, false),
            (RvError::SessionCount, "CKR_SESSION_COUNT", Kind::Unavailable, false),
            (RvError::DeviceRemoved, "CKR_DEVICE_REMOVED", Kind::Unavailable, true),
            (RvError::MechanismInvalid, "CKR_MECHANISM_INVALID", Kind::Refused, false),
            (RvError::VendorDefined(0x8000_0001), "code 0x80000001", Kind::Unavailable, false),
        ] {
            let error = TokenError::from_library("sign", &Error::Pkcs11(code, Function::Sign));
            assert_eq!((error.kind(), error.lost), (kind, lost), "{error}");
            assert!(error.to_string().starts_with(&format!("cannot sign: {name} (")), "{error}");
        }
    }
}
