//! ML-DSA of C libraries behind one safe interface. For the benchmark only: a call that fails is a panic.

/// A C library.
#[derive(Clone, Copy, Debug)]
pub struct Library {
    /// As the tables name it.
    pub name: &'static str,
    keygen: unsafe extern "C" fn(i32, *const u8, *mut u8, usize) -> i32,
    private: unsafe extern "C" fn(i32, *const u8, usize) -> *mut c_void,
    public: unsafe extern "C" fn(i32, *const u8, usize) -> *mut c_void,
    again: unsafe extern "C" fn(*mut c_void, i32, *const u8, usize) -> i32,
    free: unsafe extern "C" fn(*mut c_void),
    sign: unsafe extern "C" fn(*mut c_void, *const u8, usize, *mut u8, usize) -> i32,
    verify: unsafe extern "C" fn(*mut c_void, *const u8, usize, *const u8, usize) -> i32,
}

use std::ffi::c_void;

/// The shim of a library, `src/NAME.c`.
#[cfg(any(feature = "openssl", feature = "wolfssl"))]
macro_rules! library {
    ($name:literal, $keygen:ident, $private:ident, $public:ident, $again:ident, $free:ident, $sign:ident, $verify:ident) => {{
        unsafe extern "C" {
            fn $keygen(level: i32, seed: *const u8, pk: *mut u8, pk_len: usize) -> i32;
            fn $private(level: i32, sk: *const u8, len: usize) -> *mut c_void;
            fn $public(level: i32, pk: *const u8, len: usize) -> *mut c_void;
            fn $again(key: *mut c_void, is_private: i32, bytes: *const u8, len: usize) -> i32;
            fn $free(key: *mut c_void);
            fn $sign(key: *mut c_void, msg: *const u8, msg_len: usize, sig: *mut u8, sig_len: usize) -> i32;
            fn $verify(
                key: *mut c_void,
                msg: *const u8,
                msg_len: usize,
                sig: *const u8,
                sig_len: usize,
            ) -> i32;
        }
        Library {
            name: $name,
            keygen: $keygen,
            private: $private,
            public: $public,
            again: $again,
            free: $free,
            sign: $sign,
            verify: $verify,
        }
    }};
}

/// OpenSSL 4.0.3. Its key objects hold decoded vectors; each operation expands Â.
#[cfg(feature = "openssl")]
pub fn openssl() -> Library {
    library!(
        "OpenSSL",
        peer_openssl_keygen,
        peer_openssl_private,
        peer_openssl_public,
        peer_openssl_again,
        peer_openssl_free,
        peer_openssl_sign,
        peer_openssl_verify
    )
}

/// wolfSSL 5.9.4. Its key objects expand in their first operation and stay so.
#[cfg(feature = "wolfssl")]
pub fn wolfssl() -> Library {
    library!(
        "wolfSSL",
        peer_wolfssl_keygen,
        peer_wolfssl_private,
        peer_wolfssl_public,
        peer_wolfssl_again,
        peer_wolfssl_free,
        peer_wolfssl_sign,
        peer_wolfssl_verify
    )
}

/// A key object.
#[derive(Debug)]
pub struct Key {
    library: Library,
    is_private: i32,
    pointer: *mut c_void,
}

impl Library {
    /// Writes the public key of `seed`.
    pub fn keygen(&self, level: i32, seed: &[u8; 32], pk: &mut [u8]) {
        // SAFETY: the seed has 32 bytes; the function writes at most `pk.len()` bytes.
        let good = unsafe { (self.keygen)(level, seed.as_ptr(), pk.as_mut_ptr(), pk.len()) };
        assert_eq!(good, 1, "{}: keygen", self.name);
    }

    /// Reads a private key.
    pub fn private(self, level: i32, sk: &[u8]) -> Key {
        // SAFETY: the function reads `sk.len()` bytes.
        self.key(1, unsafe { (self.private)(level, sk.as_ptr(), sk.len()) })
    }

    /// Reads a public key.
    pub fn public(self, level: i32, pk: &[u8]) -> Key {
        // SAFETY: the function reads `pk.len()` bytes.
        self.key(0, unsafe { (self.public)(level, pk.as_ptr(), pk.len()) })
    }

    fn key(self, is_private: i32, pointer: *mut c_void) -> Key {
        assert!(!pointer.is_null(), "{}: reading a key", self.name);
        Key { library: self, is_private, pointer }
    }
}

impl Key {
    /// Replaces the key in this object by one of the same parameter set.
    pub fn read_again(&mut self, bytes: &[u8]) {
        // SAFETY: the pointer is a key of this library; the function reads `bytes.len()` bytes.
        let good =
            unsafe { (self.library.again)(self.pointer, self.is_private, bytes.as_ptr(), bytes.len()) };
        assert_eq!(good, 1, "{}: reading a key", self.library.name);
    }

    /// Signs with rnd = 0 and the empty context.
    pub fn sign(&mut self, message: &[u8], signature: &mut [u8]) {
        let (msg, sig) = (message, signature);
        // SAFETY: the pointer is a key of this library; the lengths are those of the slices.
        let good = unsafe {
            (self.library.sign)(self.pointer, msg.as_ptr(), msg.len(), sig.as_mut_ptr(), sig.len())
        };
        assert_eq!(good, 1, "{}: sign", self.library.name);
    }

    /// Whether the signature is good.
    pub fn verify(&mut self, message: &[u8], signature: &[u8]) -> bool {
        let (msg, sig) = (message, signature);
        // SAFETY: the pointer is a key of this library; the lengths are those of the slices.
        unsafe { (self.library.verify)(self.pointer, msg.as_ptr(), msg.len(), sig.as_ptr(), sig.len()) == 1 }
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        // SAFETY: the pointer is a key of this library, freed once.
        unsafe { (self.library.free)(self.pointer) }
    }
}
