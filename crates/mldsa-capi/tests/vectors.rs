//! All vectors of `test-vectors/`, through the functions of the C interface.
//!
//! The runners are those of `mldsa-kat`; this file adapts them to the C interface. Each message is signed in one piece and
//! streamed through mu, and both results must agree.
//!
//! The C interface does not have the "internal" interface of FIPS 204, section 6, on M'. For those vectors the test computes mu
//! with the SHAKE256 of another crate, and calls the functions that take mu. It prints and asserts their number.
#![allow(clippy::undocumented_unsafe_blocks)] // one comment where an `if` has two blocks

use std::cell::Cell;
use std::mem::MaybeUninit;
use std::path::{Path, PathBuf};

use mldsa::dynamic::Parameters;
use mldsa_kat::prehash::HashAlg;
use mldsa_kat::scheme::{Implementation, Message, PrivateKey, PublicKey, Scheme};
use mldsa_kat::{accumulated, acvp, input, wycheproof};
use modsig_mldsa::modsig_mldsa_result::*;
use modsig_mldsa::*;
use shake::{ExtendableOutput, Shake256, Update, XofReader};

/// The number of operations through each kind of function.
#[derive(Default, Debug, PartialEq, Eq)]
struct Counts {
    message: Cell<usize>,
    digest: Cell<usize>,
    mu: Cell<usize>,
    mu_made_here: Cell<usize>,
}

/// The C interface, with counters.
#[derive(Clone, Copy)]
struct C<'a>(&'a Counts);

struct Private<'a> {
    key: Box<modsig_mldsa_signing_key>,
    public: Public<'a>,
}

#[derive(Clone)]
struct Public<'a> {
    set: u32,
    bytes: Vec<u8>,
    counts: &'a Counts,
}

const fn number(set: Parameters) -> u32 {
    match set {
        Parameters::MlDsa44 => MODSIG_MLDSA_44,
        Parameters::MlDsa65 => MODSIG_MLDSA_65,
        Parameters::MlDsa87 => MODSIG_MLDSA_87,
    }
}

fn ok(result: modsig_mldsa_result) -> Result<(), String> {
    if result == MODSIG_MLDSA_OK { Ok(()) } else { Err(format!("{result:?}")) }
}

/// An empty object of the C interface.
fn empty_key() -> Box<modsig_mldsa_signing_key> {
    Box::new(modsig_mldsa_signing_key { opaque: [MaybeUninit::new(0); 1024] })
}

impl<'a> C<'a> {
    fn private(self, key: Box<modsig_mldsa_signing_key>) -> Result<Private<'a>, String> {
        // SAFETY: a key that was filled.
        let set = unsafe { modsig_mldsa_signing_key_set(&*key) };
        let mut bytes = vec![0; modsig_mldsa_public_key_len(set)];
        // SAFETY: pointers and lengths of a key and a vector.
        ok(unsafe { modsig_mldsa_signing_key_public(&*key, bytes.as_mut_ptr(), bytes.len()) })?;
        Ok(Private { key, public: Public { set, bytes, counts: self.0 } })
    }
}

impl<'a> Implementation for C<'a> {
    type PrivateKey = Private<'a>;
    type PublicKey = Public<'a>;

    fn private_key_from_seed(self, set: Parameters, seed: &[u8]) -> Result<Private<'a>, String> {
        let mut key = empty_key();
        // SAFETY: pointers and lengths of a key and a slice.
        ok(unsafe { modsig_mldsa_signing_key_from_seed(&mut *key, number(set), seed.as_ptr(), seed.len()) })?;
        let mut read_back = [0; 32];
        // SAFETY: pointers and lengths of a key and an array.
        ok(unsafe { modsig_mldsa_signing_key_seed(&*key, read_back.as_mut_ptr(), 32) })?;
        assert_eq!(read_back, seed);
        self.private(key)
    }

    fn private_key_from_expanded(self, set: Parameters, bytes: &[u8]) -> Result<Private<'a>, String> {
        let mut key = empty_key();
        // SAFETY: pointers and lengths of a key and a slice.
        ok(unsafe {
            modsig_mldsa_signing_key_from_expanded(&mut *key, number(set), bytes.as_ptr(), bytes.len())
        })?;
        self.private(key)
    }

    /// Bytes, in C. Their length is checked when they are used, here by starting a mu.
    fn public_key(self, set: Parameters, bytes: &[u8]) -> Result<Public<'a>, String> {
        let public = Public { set: number(set), bytes: bytes.to_vec(), counts: self.0 };
        public.stream(&[], &[])?;
        Ok(public)
    }
}

impl Drop for Private<'_> {
    fn drop(&mut self) {
        // SAFETY: a key that was filled.
        unsafe { modsig_mldsa_signing_key_wipe(&mut *self.key) };
        // SAFETY: `wipe` has written zeros to all words; the test fails if one is not zero.
        assert!(self.key.opaque.iter().all(|word| unsafe { word.assume_init() } == 0));
    }
}

impl PrivateKey for Private<'_> {
    fn expanded_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0; modsig_mldsa_expanded_key_len(self.public.set)];
        // SAFETY: pointers and lengths of a key and a vector.
        ok(unsafe { modsig_mldsa_signing_key_expanded(&*self.key, bytes.as_mut_ptr(), bytes.len()) })
            .unwrap();
        bytes
    }

    fn public_key_bytes(&self) -> Vec<u8> {
        self.public.bytes.clone()
    }

    fn mu(&self, message: &Message) -> Result<[u8; 64], String> {
        self.public.mu(message)
    }

    fn sign(&self, message: &Message, rnd: &[u8; 32]) -> Result<Vec<u8>, String> {
        let mut by_mu = vec![0; modsig_mldsa_signature_len(self.public.set)];
        let (out, len) = (by_mu.as_mut_ptr(), by_mu.len());
        let mu = self.public.mu(message)?;
        let (key, deterministic) = (&*self.key, *rnd == [0; 32]);
        // SAFETY: pointers and lengths of a key, arrays and a vector.
        ok(if deterministic {
            unsafe { modsig_mldsa_sign_mu_deterministic(key, mu.as_ptr(), 64, out, len) }
        } else {
            unsafe { modsig_mldsa_sign_mu_with_rnd(key, mu.as_ptr(), 64, rnd.as_ptr(), 32, out, len) }
        })?;
        let Message::Pure { message, context } = message else { return Ok(by_mu) };

        let mut signature = vec![0; len];
        let (message, message_len) = (message.as_ptr(), message.len());
        let (context, context_len, out) = (context.as_ptr(), context.len(), signature.as_mut_ptr());
        // SAFETY: pointers and lengths of a key, slices, an array and a vector.
        ok(if deterministic {
            unsafe {
                modsig_mldsa_sign_deterministic(key, message, message_len, context, context_len, out, len)
            }
        } else {
            let rnd = rnd.as_ptr();
            unsafe {
                modsig_mldsa_sign_with_rnd(key, message, message_len, context, context_len, rnd, 32, out, len)
            }
        })?;
        assert!(signature == by_mu, "in one piece and streamed give two signatures");
        Ok(signature)
    }
}

impl PublicKey for Public<'_> {
    fn verify(&self, message: &Message, signature: &[u8]) -> bool {
        let verify_mu = |mu: [u8; 64]| {
            // SAFETY: pointers and lengths of vectors, an array and a slice.
            ok(unsafe {
                modsig_mldsa_verify_mu(
                    self.set,
                    self.bytes.as_ptr(),
                    self.bytes.len(),
                    mu.as_ptr(),
                    64,
                    signature.as_ptr(),
                    signature.len(),
                )
            })
        };
        let by_mu = self.mu(message).and_then(verify_mu).is_ok();
        if let Message::Pure { message, context } = message {
            // SAFETY: pointers and lengths of vectors and slices.
            let result = unsafe {
                modsig_mldsa_verify(
                    self.set,
                    self.bytes.as_ptr(),
                    self.bytes.len(),
                    message.as_ptr(),
                    message.len(),
                    context.as_ptr(),
                    context.len(),
                    signature.as_ptr(),
                    signature.len(),
                )
            };
            assert_eq!(result == MODSIG_MLDSA_OK, by_mu, "in one piece and streamed give two verdicts");
        }
        by_mu
    }
}

impl Public<'_> {
    fn mu(&self, message: &Message) -> Result<[u8; 64], String> {
        let count = |count: &Cell<usize>| count.set(count.get() + 1);
        match message {
            Message::Pure { message, context } => {
                count(&self.counts.message);
                self.stream(context, message)
            }
            Message::PreHash { hash, message, context } => {
                count(&self.counts.digest);
                self.of_digest(*hash, context, message)
            }
            Message::Mu(mu) => {
                count(&self.counts.mu);
                Ok(*mu)
            }
            Message::Internal(message) => {
                count(&self.counts.mu_made_here);
                Ok(shake256(&[&shake256(&[&self.bytes]), message]))
            }
        }
    }

    /// mu of a message in pieces of 1, 2, 4 … bytes.
    fn stream(&self, context: &[u8], message: &[u8]) -> Result<[u8; 64], String> {
        let mut state = modsig_mldsa_mu_state { opaque: [MaybeUninit::new(0); 48] };
        let mut mu = [0; 64];
        // SAFETY: pointers and lengths of a state, vectors, slices and an array.
        unsafe {
            ok(modsig_mldsa_mu_init(
                &mut state,
                self.set,
                self.bytes.as_ptr(),
                self.bytes.len(),
                context.as_ptr(),
                context.len(),
            ))?;
            let (mut rest, mut len) = (message, 1);
            while !rest.is_empty() {
                let (piece, more) = rest.split_at(len.min(rest.len()));
                ok(modsig_mldsa_mu_update(&mut state, piece.as_ptr(), piece.len()))?;
                (rest, len) = (more, 2 * len);
            }
            ok(modsig_mldsa_mu_finish(&mut state, mu.as_mut_ptr(), mu.len()))?;
        }
        Ok(mu)
    }

    fn of_digest(&self, hash: HashAlg, context: &[u8], message: &[u8]) -> Result<[u8; 64], String> {
        let number = match hash {
            HashAlg::Sha2_224 => MODSIG_MLDSA_HASH_SHA224,
            HashAlg::Sha2_256 => MODSIG_MLDSA_HASH_SHA256,
            HashAlg::Sha2_384 => MODSIG_MLDSA_HASH_SHA384,
            HashAlg::Sha2_512 => MODSIG_MLDSA_HASH_SHA512,
            HashAlg::Sha2_512_224 => MODSIG_MLDSA_HASH_SHA512_224,
            HashAlg::Sha2_512_256 => MODSIG_MLDSA_HASH_SHA512_256,
            HashAlg::Sha3_224 => MODSIG_MLDSA_HASH_SHA3_224,
            HashAlg::Sha3_256 => MODSIG_MLDSA_HASH_SHA3_256,
            HashAlg::Sha3_384 => MODSIG_MLDSA_HASH_SHA3_384,
            HashAlg::Sha3_512 => MODSIG_MLDSA_HASH_SHA3_512,
            HashAlg::Shake128 => MODSIG_MLDSA_HASH_SHAKE128,
            HashAlg::Shake256 => MODSIG_MLDSA_HASH_SHAKE256,
        };
        let (digest, mut mu) = (hash.digest(message), [0; 64]);
        // SAFETY: pointers and lengths of vectors, a slice and an array.
        ok(unsafe {
            modsig_mldsa_mu_of_digest(
                self.set,
                self.bytes.as_ptr(),
                self.bytes.len(),
                context.as_ptr(),
                context.len(),
                number,
                digest.as_ptr(),
                digest.len(),
                mu.as_mut_ptr(),
                mu.len(),
            )
        })?;
        Ok(mu)
    }
}

fn shake256(parts: &[&[u8]]) -> [u8; 64] {
    let mut hash = Shake256::default();
    for part in parts {
        hash.update(part);
    }
    let mut out = [0; 64];
    hash.finalize_xof().read(&mut out);
    out
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../test-vectors").join(name)
}

fn acvp(mode: &str) -> (usize, Counts) {
    let counts = Counts::default();
    let prompt = input::read(&path(&format!("acvp/{mode}.prompt.json.gz"))).unwrap();
    let expected = input::read(&path(&format!("acvp/{mode}.expected.json.gz"))).unwrap();
    let response = acvp::answer(&prompt, C(&counts)).unwrap();
    let report = acvp::compare(&response, &expected).unwrap();
    println!("ACVP {mode} through C: {} passed; {counts:?}", report.passed());
    assert_eq!(report.failed(), 0, "{report}");
    (report.passed(), counts)
}

fn counts(message: usize, digest: usize, mu: usize, mu_made_here: usize) -> Counts {
    Counts {
        message: message.into(),
        digest: digest.into(),
        mu: mu.into(),
        mu_made_here: mu_made_here.into(),
    }
}

#[test]
fn acvp_75_keys() {
    assert_eq!(acvp("keyGen"), (75, counts(0, 0, 0, 0)));
}

/// Half of them are on M', which the C interface does not take, and use mu.
#[test]
fn acvp_90_signatures() {
    assert_eq!(acvp("sigGen"), (90, counts(45, 0, 0, 45)));
}

#[test]
fn acvp_180_verdicts() {
    assert_eq!(acvp("sigVer"), (180, counts(45, 45, 45, 45)));
}

#[test]
fn wycheproof_1138_cases() {
    let counts = Counts::default();
    let mut executed = Vec::new();
    for set in ["44", "65", "87"] {
        for kind in ["sign_noseed", "sign_seed", "verify"] {
            let file = input::read(&path(&format!("wycheproof/mldsa_{set}_{kind}_test.json.gz"))).unwrap();
            let report = wycheproof::run(&file, C(&counts)).unwrap();
            assert_eq!(report.failed(), 0, "{set} {kind}:\n{report}");
            executed.push(report.executed());
        }
    }
    println!("Wycheproof through C: {} passed; {counts:?}", executed.iter().sum::<usize>());
    assert_eq!(executed, [73, 86, 180, 78, 105, 210, 69, 96, 241]);
    assert_eq!(executed.iter().sum::<usize>(), 1138);
    assert_eq!(counts.mu_made_here.get(), 0);
}

#[test]
fn cctv_100_keys_and_signatures_of_each_set() {
    let counts = Counts::default();
    for set in Parameters::ALL {
        let hash = accumulated::run(Scheme::new(set, C(&counts)), 100).unwrap();
        assert_eq!(Some(hash.as_str()), accumulated::published(set, 100), "{set}");
    }
    assert_eq!(counts.message.get(), 3 * 100 * 2); // signed and verified
}

/// The bytes that a PEM file of RFC 9881 encodes.
fn pem(name: &str) -> Vec<u8> {
    let text = input::read(&path(&format!("rfc9881/{name}"))).unwrap();
    pem_rfc7468::decode_vec(text.as_bytes()).unwrap().1
}

/// The raw keys in RFC 9881's files are their last bytes (in the form with both: seed, four bytes, expanded key).
#[test]
fn rfc_9881_keys_and_certificates() {
    let counts = Counts::default();
    let mut certificates = 0;
    for set in Parameters::ALL {
        let last = |bytes: &[u8], len: usize| bytes[bytes.len() - len..].to_vec();
        let expanded_len = set.expanded_key_len();
        let seed = last(&pem(&format!("{set}-seed.priv")), 32);
        let expanded = last(&pem(&format!("{set}-expanded.priv")), expanded_len);
        let both = last(&pem(&format!("{set}-both.priv")), 32 + 4 + expanded_len);
        let public = last(&pem(&format!("{set}.pub")), set.verifying_key_len());
        assert_eq!((&both[..32], &both[36..]), (&seed[..], &expanded[..]), "{set}");

        for key in [
            C(&counts).private_key_from_seed(set, &seed).unwrap(),
            C(&counts).private_key_from_expanded(set, &expanded).unwrap(),
        ] {
            assert!(key.expanded_bytes() == expanded && key.public_key_bytes() == public, "{set}");
        }

        // Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue }, all longer than 255 bytes.
        let certificate = pem(&format!("{set}.crt"));
        assert_eq!((&certificate[..2], &certificate[4..6]), (&[0x30, 0x82][..], &[0x30, 0x82][..]));
        let tbs_len = 4 + usize::from(u16::from_be_bytes([certificate[6], certificate[7]]));
        let message = Message::Pure { message: certificate[4..4 + tbs_len].to_vec(), context: Vec::new() };
        let signature = last(&certificate, set.signature_len());
        assert!(C(&counts).public_key(set, &public).unwrap().verify(&message, &signature), "{set}");
        certificates += 1;
    }
    assert_eq!(certificates, 3);
}
