//! kryoptic as a shared library: `C_GetFunctionList` and `C_GetInterface`.
pub use kryoptic_lib::*;
