//! Modules that the kernel's own `scripts/sign-file` signed with OpenSSL.
