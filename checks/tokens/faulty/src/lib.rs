//! A PKCS#11 library that passes all calls on to a real one (`FAULTY_REAL`) and fails as `FAULTY` says:
//!
//! | `FAULTY` | fault |
//! |---|---|
//! | `wrong N` | from the Nth signature on, one bit of each signature is wrong |
//! | `removed N` | from the Nth signature on, `CKR_DEVICE_REMOVED` |
//! | `sessions N` | more than N open sessions: `CKR_SESSION_COUNT` |
//! | `locked` | `C_Login` returns `CKR_PIN_LOCKED` |
//! | `mechanism` | `C_SignInit` returns `CKR_MECHANISM_INVALID` |
//! | `cannot-lock` | `C_Initialize` with `CKF_OS_LOCKING_OK` returns `CKR_CANT_LOCK`; two calls at once end the process |
//!
//! It counts the calls that sign, and not those that ask for the length of the signature.

use cryptoki_sys::*;
use std::env::var;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

static REAL: OnceLock<CK_FUNCTION_LIST> = OnceLock::new();
static LIST: OnceLock<List> = OnceLock::new();
static SIGNATURES: AtomicUsize = AtomicUsize::new(0);
static SESSIONS: AtomicUsize = AtomicUsize::new(0);
static BUSY: AtomicBool = AtomicBool::new(false);

struct List(CK_FUNCTION_LIST);
// SAFETY: the list is written once, before it is shared, and holds pointers to functions only.
unsafe impl Sync for List {}
// SAFETY: as above.
unsafe impl Send for List {}

/// Whether this fault is asked for, and its number.
fn fault(name: &str) -> Option<usize> {
    let asked = var("FAULTY").unwrap_or_default();
    let mut words = asked.split(' ');
    (words.next() == Some(name)).then(|| words.next().and_then(|n| n.parse().ok()).unwrap_or(0))
}

/// PKCS#11 2.40: the list of functions. (Without `C_GetInterface` nothing newer is asked for.)
// SAFETY: the name belongs to this library alone, and PKCS#11 defines the type.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn C_GetFunctionList(list: CK_FUNCTION_LIST_PTR_PTR) -> CK_RV {
    let ours = LIST.get_or_init(|| {
        let path = var("FAULTY_REAL").expect("FAULTY_REAL is the path of a PKCS#11 library");
        // SAFETY: the library is a PKCS#11 library of this check; it stays loaded.
        let real = unsafe {
            let library = Box::leak(Box::new(libloading::Library::new(path).expect("it loads")));
            let get: libloading::Symbol<unsafe extern "C" fn(CK_FUNCTION_LIST_PTR_PTR) -> CK_RV> =
                library.get(b"C_GetFunctionList").expect("a PKCS#11 library");
            let mut list = std::ptr::null_mut();
            assert_eq!(get(&mut list), CKR_OK);
            *list
        };
        let real = *REAL.get_or_init(|| real);
        List(CK_FUNCTION_LIST {
            C_Initialize: Some(initialize),
            C_OpenSession: Some(open_session),
            C_CloseSession: Some(close_session),
            C_Login: Some(login),
            C_SignInit: Some(sign_init),
            C_Sign: Some(sign),
            C_SignFinal: Some(sign_final),
            ..real
        })
    });
    // SAFETY: the caller gives a place for a pointer; the list lives as long as the process.
    unsafe { *list = std::ptr::from_ref(&ours.0).cast_mut() };
    CKR_OK
}

/// Calls the real function of this name.
macro_rules! real {
    ($name:ident($($argument:expr),*)) => {
        // SAFETY: the caller keeps PKCS#11's rules for this function, and its arguments are passed on unchanged.
        unsafe { (REAL.get().and_then(|list| list.$name).expect("the real library has it"))($($argument),*) }
    };
}

unsafe extern "C" fn initialize(arguments: *mut std::ffi::c_void) -> CK_RV {
    if fault("cannot-lock").is_some() && !arguments.is_null() {
        // SAFETY: PKCS#11 defines the type of what is not NULL.
        let flags = unsafe { (*arguments.cast::<CK_C_INITIALIZE_ARGS>()).flags };
        if flags & CKF_OS_LOCKING_OK != 0 {
            return CKR_CANT_LOCK;
        }
    }
    real!(C_Initialize(arguments))
}

unsafe extern "C" fn open_session(
    slot: CK_SLOT_ID,
    flags: CK_FLAGS,
    application: *mut std::ffi::c_void,
    notify: CK_NOTIFY,
    session: *mut CK_SESSION_HANDLE,
) -> CK_RV {
    if fault("sessions").is_some_and(|most| SESSIONS.load(SeqCst) >= most) {
        return CKR_SESSION_COUNT;
    }
    let code = real!(C_OpenSession(slot, flags, application, notify, session));
    if code == CKR_OK {
        SESSIONS.fetch_add(1, SeqCst);
    }
    code
}

unsafe extern "C" fn close_session(session: CK_SESSION_HANDLE) -> CK_RV {
    SESSIONS.fetch_sub(1, SeqCst);
    real!(C_CloseSession(session))
}

unsafe extern "C" fn login(
    session: CK_SESSION_HANDLE,
    user: CK_USER_TYPE,
    pin: *mut CK_UTF8CHAR,
    len: CK_ULONG,
) -> CK_RV {
    if fault("locked").is_some() { CKR_PIN_LOCKED } else { real!(C_Login(session, user, pin, len)) }
}

unsafe extern "C" fn sign_init(
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    key: CK_OBJECT_HANDLE,
) -> CK_RV {
    if fault("mechanism").is_some() {
        return CKR_MECHANISM_INVALID;
    }
    real!(C_SignInit(session, mechanism, key))
}

unsafe extern "C" fn sign(
    session: CK_SESSION_HANDLE,
    data: *mut CK_BYTE,
    data_len: CK_ULONG,
    signature: *mut CK_BYTE,
    len: *mut CK_ULONG,
) -> CK_RV {
    faulty(signature, || real!(C_Sign(session, data, data_len, signature, len)))
}

unsafe extern "C" fn sign_final(
    session: CK_SESSION_HANDLE,
    signature: *mut CK_BYTE,
    len: *mut CK_ULONG,
) -> CK_RV {
    faulty(signature, || real!(C_SignFinal(session, signature, len)))
}

/// Signs, with the fault.
fn faulty(signature: *mut CK_BYTE, sign: impl FnOnce() -> CK_RV) -> CK_RV {
    if signature.is_null() {
        return sign();
    }
    let number = SIGNATURES.fetch_add(1, SeqCst) + 1;
    if fault("removed").is_some_and(|first| number >= first) {
        return CKR_DEVICE_REMOVED;
    }
    if fault("cannot-lock").is_some() {
        assert!(!BUSY.swap(true, SeqCst), "two calls at once in a library that cannot lock");
    }
    let code = sign();
    BUSY.store(false, SeqCst);
    if code == CKR_OK && fault("wrong").is_some_and(|first| number >= first) {
        // SAFETY: the real library has just written a signature of at least one byte here.
        unsafe { *signature ^= 1 };
    }
    code
}
