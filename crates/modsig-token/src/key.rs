//! A private key in a token, which signs.

use std::path::PathBuf;
use std::sync::OnceLock;

use cryptoki::context::Pkcs11;
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::dsa::{HedgeType, SignAdditionalContext};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::ObjectHandle;
use cryptoki::session::{Session, UserType};
use cryptoki::slot::{Slot, TokenInfo};
use cryptoki::types::RawAuthPin;
use modsig::key::{ExternalError, ExternalKey, ToSign};
use modsig::public_key::PublicKey;
use zeroize::Zeroizing;

use crate::Uri;
use crate::error::{Kind, TokenError};
use crate::library::Library;
use crate::object::{self, Found};
use crate::sessions::Sessions;

/// Messages up to this length, in bytes, are signed in one call. Longer ones are streamed.
const ONE_CALL: usize = 1 << 20;
/// The length of a streamed piece, in bytes.
const PIECE: usize = 64 << 10;

/// How to reach a token, beside what its URI says. The URI comes first.
#[derive(Default)]
pub struct Access {
    /// The PKCS#11 library, if the URI names none. Without both, p11-kit's proxy.
    pub library: Option<PathBuf>,
    /// The PIN, if the URI has no `pin-value`. The caller reads the file of `pin-source`.
    pub pin: Option<Zeroizing<Vec<u8>>>,
}

/// A private key in a token, with an open session, logged in. Give it to [`modsig::key::PrivateKey::external`].
pub struct TokenKey {
    sessions: Sessions,
    handle: ObjectHandle,
    public: PublicKey,
    certificates: Vec<Vec<u8>>,
    /// The first error after which nothing works any more.
    lost: OnceLock<TokenError>,
}

impl TokenKey {
    /// Loads the library, logs in and finds the key. The login is tried once, on one token.
    ///
    /// # Errors
    /// [`TokenError`]: [`Kind::Usage`] if the URI names several tokens or keys; [`Kind::Refused`] for a PIN or a key that
    /// is refused; [`Kind::Unavailable`] if library, token or key is not there.
    pub fn open(uri: &Uri, access: Access) -> Result<Self, TokenError> {
        let library = Library::load(uri, access.library.as_deref())?;
        let (slot, token) = library.find_token(uri)?;
        let session = library.functions.open_ro_session(slot);
        let session = session.map_err(|error| TokenError::from_library("open a session", &error))?;
        log_in(&session, &token, uri.pin_value.as_ref().or(access.pin.as_ref()))?;
        let Found { handle, public, certificates } = object::find(&session, uri)?;
        check_mechanism(&library.functions, slot, &public)?;
        let sessions = Sessions::new(library, slot, session);
        Ok(Self { sessions, handle, public, certificates, lost: OnceLock::new() })
    }

    /// The public key, as the token shows it.
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// The certificates in the token with the identifier of the key, in DER, unchecked. There may be none.
    pub fn certificates(&self) -> &[Vec<u8>] {
        &self.certificates
    }

    fn sign_in(&self, session: &Session, input: ToSign<'_>) -> Result<Vec<u8>, TokenError> {
        let signed = match input {
            ToSign::Message { message, deterministic } => {
                let hedge = match deterministic {
                    true => HedgeType::DeterministicRequired,
                    false => HedgeType::Preferred,
                };
                let mechanism = Mechanism::MlDsa(SignAdditionalContext::new(hedge, None));
                self.sign_message(session, &mechanism, message)
            }
            ToSign::DigestInfo(info) => session.sign(&Mechanism::RsaPkcs, self.handle, info),
            ToSign::Digest { hash, .. } => session.sign(&Mechanism::Ecdsa, self.handle, hash),
        };
        signed.map_err(|error| TokenError::from_library("sign with the token", &error))
    }

    /// In one call, or in pieces if the message is long or the token wants it so.
    fn sign_message(
        &self,
        session: &Session,
        mechanism: &Mechanism<'_>,
        message: &[u8],
    ) -> Result<Vec<u8>, Error> {
        if message.len() <= ONE_CALL {
            match session.sign(mechanism, self.handle, message) {
                Err(Error::Pkcs11(RvError::DataLenRange, _)) => {}
                other => return other,
            }
        }
        session.sign_init(mechanism, self.handle)?;
        for piece in message.chunks(PIECE) {
            session.sign_update(piece)?;
        }
        session.sign_final()
    }
}

impl ExternalKey for TokenKey {
    fn sign(&self, input: ToSign<'_>) -> Result<Vec<u8>, ExternalError> {
        if let Some(error) = self.lost.get() {
            return Err(external(error));
        }
        if let ToSign::Digest { deterministic: true, .. } = input {
            let message = "a token draws its own nonces for ECDSA; sign without --deterministic";
            return Err(ExternalError::Refused(message.into()));
        }
        self.sessions.with(|session| self.sign_in(session, input)).map_err(|error| {
            if error.lost {
                return external(self.lost.get_or_init(|| error));
            }
            external(&error)
        })
    }

    fn is_lost(&self) -> bool {
        self.lost.get().is_some()
    }
}

fn external(error: &TokenError) -> ExternalError {
    match error.kind() {
        Kind::Refused | Kind::Usage => ExternalError::Refused(error.to_string()),
        Kind::Unavailable => ExternalError::Unavailable(error.to_string()),
    }
}

/// Logs in, if the token wants it.
fn log_in(session: &Session, token: &TokenInfo, pin: Option<&Zeroizing<Vec<u8>>>) -> Result<(), TokenError> {
    if !token.login_required() {
        return Ok(());
    }
    if token.user_pin_locked() {
        let message = format!(
            "the PIN of the token '{}' is locked after too many wrong ones; unlock it with the token's own tool",
            token.label()
        );
        return Err(TokenError::new(Kind::Refused, message));
    }
    let logged_in = match pin {
        Some(pin) if !pin.is_empty() => {
            // `secrecy` wipes its copy.
            session.login_with_raw(UserType::User, &RawAuthPin::new(Box::new(pin.to_vec())))
        }
        // A reader with its own keypad.
        _ if token.protected_authentication_path() => session.login(UserType::User, None),
        _ => {
            let message = format!(
                "the token '{}' needs a PIN; give it in a file (pin-source in the URI, --passphrase-file) or in KBUILD_SIGN_PIN",
                token.label()
            );
            return Err(TokenError::new(Kind::Refused, message));
        }
    };
    match logged_in {
        Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) | Ok(()) => Ok(()),
        Err(error) => {
            Err(TokenError::from_library(&format!("log in to the token '{}'", token.label()), &error))
        }
    }
}

/// Checks that the token offers the mechanism of the key, if it lists its mechanisms at all.
fn check_mechanism(functions: &Pkcs11, slot: Slot, public: &PublicKey) -> Result<(), TokenError> {
    let (mechanism, name) = match public {
        PublicKey::MlDsa(_) => (MechanismType::ML_DSA, "CKM_ML_DSA"),
        PublicKey::Rsa(_) => (MechanismType::RSA_PKCS, "CKM_RSA_PKCS"),
        _ => (MechanismType::ECDSA, "CKM_ECDSA"),
    };
    match functions.get_mechanism_list(slot) {
        Ok(list) if !list.contains(&mechanism) => {
            let message =
                format!("the token does not offer {name}, which signing with this {public} key needs");
            Err(TokenError::new(Kind::Refused, message))
        }
        // Without a list, the first signature decides.
        _ => Ok(()),
    }
}
