//! The token's shared library, and the token in it that a URI names.

use std::path::{Path, PathBuf};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::slot::{Slot, TokenInfo};

use crate::Uri;
use crate::error::{Kind, TokenError};

/// A loaded and initialised library. Finalises it when dropped, if this value initialised it.
pub(crate) struct Library {
    pub(crate) functions: Pkcs11,
    /// Whether several threads may call the library at once.
    pub(crate) threads: bool,
    initialised_here: bool,
}

impl Library {
    /// Loads the library that the URI names, or else `given`, or else p11-kit's proxy.
    pub(crate) fn load(uri: &Uri, given: Option<&Path>) -> Result<Self, TokenError> {
        let path = path_of(uri, given)?;
        let shown = path.display();
        let unavailable = |message| TokenError::new(Kind::Unavailable, message);
        let functions = Pkcs11::new(&path).map_err(|error| {
            unavailable(match error {
                Error::LibraryLoading(why) => {
                    format!(
                        "cannot load the PKCS#11 library {shown}: {why}; check module-path or --pkcs11-module"
                    )
                }
                _ => format!(
                    "{shown} is not a PKCS#11 library ({error}); check module-path or --pkcs11-module"
                ),
            })
        })?;
        let initialise = |flags| functions.initialize(CInitializeArgs::new(flags));
        let (threads, initialised_here) = match initialise(CInitializeFlags::OS_LOCKING_OK) {
            Ok(()) => (true, true),
            // Another token of this process is in the same library.
            Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => (true, false),
            Err(Error::Pkcs11(RvError::CantLock | RvError::NeedToCreateThreads, _)) => {
                let again = initialise(CInitializeFlags::empty());
                again.map_err(|error| TokenError::from_library("initialise the PKCS#11 library", &error))?;
                (false, true)
            }
            Err(error) => {
                let doing = format!("initialise the PKCS#11 library {shown}");
                return Err(TokenError::from_library(&doing, &error));
            }
        };
        Ok(Self { functions, threads, initialised_here })
    }

    /// The one token that the URI names.
    pub(crate) fn find_token(&self, uri: &Uri) -> Result<(Slot, TokenInfo), TokenError> {
        if !self.matches(uri)? {
            let message =
                "the PKCS#11 library is not the one that the URI names; check its library- attributes";
            return Err(TokenError::new(Kind::Unavailable, message));
        }
        let failed = |error| TokenError::from_library("list the tokens", &error);
        let (mut found, mut others) = (Vec::new(), Vec::new());
        for slot in self.functions.get_slots_with_token().map_err(failed)? {
            // A token that was just removed, or is broken: not the one that is asked for.
            let Ok(token) = self.functions.get_token_info(slot) else { continue };
            if !token.token_initialized() {
                continue;
            }
            match self.is_named(uri, slot, &token) {
                true => found.push((slot, token)),
                false => others.push(token),
            }
        }
        let quote = |token: &TokenInfo| format!("'{}' ({})", token.label(), token.serial_number());
        let list =
            |tokens: &mut dyn Iterator<Item = &TokenInfo>| tokens.map(quote).collect::<Vec<_>>().join(", ");
        match <[_; 1]>::try_from(found) {
            Ok([one]) => Ok(one),
            Err(none) if none.is_empty() => {
                let present = match others.is_empty() {
                    true => "it has no token".to_owned(),
                    false => format!("it has {}", list(&mut others.iter())),
                };
                let message = format!("the PKCS#11 library has no token that the URI names; {present}");
                Err(TokenError::new(Kind::Unavailable, message))
            }
            // A PIN that is tried on the wrong token locks it.
            Err(several) => {
                let tokens = list(&mut several.iter().map(|(_, token)| token));
                let advice =
                    if uri.names_a_token() { "add serial= or slot-id=" } else { "add token= or serial=" };
                let message = format!("the URI names {} tokens: {tokens}; {advice} to it", several.len());
                Err(TokenError::new(Kind::Usage, message))
            }
        }
    }

    fn matches(&self, uri: &Uri) -> Result<bool, TokenError> {
        let asks = uri.library_manufacturer.is_some()
            || uri.library_description.is_some()
            || uri.library_version.is_some();
        if !asks {
            return Ok(true);
        }
        let info = self.functions.get_library_info();
        let info =
            info.map_err(|error| TokenError::from_library("ask the PKCS#11 library for its name", &error))?;
        let version = (info.library_version().major(), info.library_version().minor());
        Ok(same(uri.library_manufacturer.as_ref(), info.manufacturer_id())
            && same(uri.library_description.as_ref(), info.library_description())
            && uri.library_version.is_none_or(|asked| asked == version))
    }

    fn is_named(&self, uri: &Uri, slot: Slot, token: &TokenInfo) -> bool {
        let by_slot = uri.slot_description.is_some() || uri.slot_manufacturer.is_some();
        uri.slot_id.is_none_or(|id| id == slot.id())
            && same(uri.token.as_ref(), token.label())
            && same(uri.manufacturer.as_ref(), token.manufacturer_id())
            && same(uri.model.as_ref(), token.model())
            && same(uri.serial.as_ref(), token.serial_number())
            && (!by_slot
                || self.functions.get_slot_info(slot).is_ok_and(|info| {
                    same(uri.slot_description.as_ref(), info.slot_description())
                        && same(uri.slot_manufacturer.as_ref(), info.manufacturer_id())
                }))
    }
}

impl Drop for Library {
    fn drop(&mut self) {
        if self.initialised_here {
            // The process ends soon; an error here has no consequence.
            let _ = self.functions.clone().finalize();
        }
    }
}

/// Tokens pad their texts with blanks.
fn same(asked: Option<&String>, found: &str) -> bool {
    asked.is_none_or(|asked| asked.trim_end_matches(' ') == found.trim_end_matches(' '))
}

/// Where distributions put libraries.
fn folders() -> [String; 4] {
    let multiarch = format!("/usr/lib/{}-linux-gnu", std::env::consts::ARCH);
    [multiarch, "/usr/lib64".into(), "/usr/lib".into(), "/usr/local/lib".into()]
}

fn path_of(uri: &Uri, given: Option<&Path>) -> Result<PathBuf, TokenError> {
    if let Some(path) = &uri.module_path {
        return Ok(path.into());
    }
    if let Some(name) = &uri.module_name {
        return named(name);
    }
    if let Some(path) = given {
        return Ok(path.into());
    }
    let proxies = folders().map(|folder| Path::new(&folder).join("p11-kit-proxy.so"));
    proxies.into_iter().find(|path| path.exists()).ok_or_else(|| {
        let message = "no PKCS#11 library is named, and p11-kit's proxy is not installed; add ?module-path= to the URI, or give --pkcs11-module or PKCS11_MODULE_PATH";
        TokenError::new(Kind::Unavailable, message)
    })
}

/// `softhsm2` is `libsofthsm2.so` or `softhsm2.so` in one of the usual folders.
fn named(name: &str) -> Result<PathBuf, TokenError> {
    if name.contains('/') {
        let message = "module-name in the URI is a path; write module-path";
        return Err(TokenError::new(Kind::Usage, message));
    }
    let inside = ["pkcs11", "softhsm", ""];
    // Its case does not matter (RFC 7512 §2.4); files have lower case.
    let small = name.to_ascii_lowercase();
    let candidates = folders().into_iter().flat_map(|folder| {
        let small = &small;
        inside.into_iter().flat_map(move |inner| {
            let folder = Path::new(&folder).join(inner);
            [name, small]
                .map(|name| [folder.join(format!("lib{name}.so")), folder.join(format!("{name}.so"))])
        })
    });
    let candidates = candidates.flatten();
    candidates.into_iter().find(|path| path.exists()).ok_or_else(|| {
        let message = format!(
            "there is no PKCS#11 library {name} in the usual folders; give its path with module-path"
        );
        TokenError::new(Kind::Unavailable, message)
    })
}
