//! kryoptic, a software token with ML-DSA, as a PKCS#11 library. The crate `kryoptic-lib` has everything but the names by
//! which programs find it.

use kryoptic_lib::fns::general;
use kryoptic_lib::pkcs11::{
    CK_FUNCTION_LIST_PTR_PTR, CK_INTERFACE_PTR_PTR, CK_RV, CK_UTF8CHAR_PTR, CK_VERSION_PTR,
};

/// PKCS#11 2.40 and before: the list of functions.
// SAFETY: the name belongs to this library alone, and PKCS#11 defines the type.
#[unsafe(no_mangle)]
pub extern "C" fn C_GetFunctionList(list: CK_FUNCTION_LIST_PTR_PTR) -> CK_RV {
    general::fn_get_function_list(list)
}

/// PKCS#11 3.0 and later: the list of functions of a version.
// SAFETY: as above.
#[unsafe(no_mangle)]
pub extern "C" fn C_GetInterface(
    name: CK_UTF8CHAR_PTR,
    version: CK_VERSION_PTR,
    interface: CK_INTERFACE_PTR_PTR,
    flags: u64,
) -> CK_RV {
    general::fn_get_interface(name, version, interface, flags)
}
