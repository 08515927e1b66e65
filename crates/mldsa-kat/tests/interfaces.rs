//! All vectors again, through the other interfaces of `mldsa`: key files (RFC 9881), the traits of `signature`, and expanded
//! keys.
//!
//! The runners are the same; this file adapts them to these interfaces and counts their calls. The crates `pkcs8` and `spki`
//! write the key files; `mldsa` reads them and writes them again.

mod common;

use std::cell::Cell;

use mldsa::dynamic::{
    AnyExpandedSigningKey, AnyExpandedVerifyingKey, AnySignature, AnySigningKey, AnyVerifyingKey, Parameters,
};
use mldsa::pkcs8::PrivateKeyForm;
use mldsa::{InvalidSignature, Mu, Rnd};
use mldsa_kat::backend::Kernels;
use mldsa_kat::implementation::{self, MldsaPrivateKey, MldsaPublicKey};
use mldsa_kat::scheme::{Implementation, Message, PrivateKey, PublicKey, Scheme};
use mldsa_kat::{accumulated, acvp, wycheproof};
use pkcs8::PrivateKeyInfoRef;
use pkcs8::der::Encode;
use pkcs8::der::asn1::{BitStringRef, OctetStringRef};
use pkcs8::spki::{AlgorithmIdentifierRef, EncodePublicKey, ObjectIdentifier, SubjectPublicKeyInfoRef};
use signature::rand_core::{TryCryptoRng, TryRng};
use signature::{RandomizedSigner, Signer, Verifier};

use common::read;

/// How often each interface was used, and how often it returned an error.
#[derive(Default, Debug, PartialEq, Eq)]
struct Taken {
    /// Private keys read, or signatures made with one.
    private: Cell<usize>,
    /// Public keys read, or signatures that verify with one.
    public: Cell<usize>,
    refused: Cell<usize>,
}

fn count<T, E: ToString>(
    good: &Cell<usize>,
    refused: &Cell<usize>,
    found: Result<T, E>,
) -> Result<T, String> {
    let counter = if found.is_ok() { good } else { refused };
    counter.set(counter.get() + 1);
    found.map_err(|error| error.to_string())
}

/// Keys go through files.
#[derive(Clone, Copy)]
struct KeyFiles<'a>(&'a Taken);

/// id-ml-dsa-44, -65 and -87 (RFC 9881, section 2).
fn algorithm(set: Parameters) -> AlgorithmIdentifierRef<'static> {
    let oid = ObjectIdentifier::new_unwrap(match set {
        Parameters::MlDsa44 => "2.16.840.1.101.3.4.3.17",
        Parameters::MlDsa65 => "2.16.840.1.101.3.4.3.18",
        Parameters::MlDsa87 => "2.16.840.1.101.3.4.3.19",
    });
    AlgorithmIdentifierRef { oid, parameters: None }
}

impl KeyFiles<'_> {
    fn private_key(
        self,
        set: Parameters,
        choice: &[u8],
        form: PrivateKeyForm,
    ) -> Result<MldsaPrivateKey, String> {
        let choice = OctetStringRef::new(choice).unwrap();
        let file = PrivateKeyInfoRef::new(algorithm(set), choice).to_der().unwrap();
        let key = count(&self.0.private, &self.0.refused, AnySigningKey::from_pkcs8_der(&file))?;
        assert_eq!(key.to_pkcs8_der_as(form).unwrap().as_bytes(), file);
        // In each of the other forms too.
        for form in [PrivateKeyForm::Seed, PrivateKeyForm::Expanded, PrivateKeyForm::Both] {
            if form == PrivateKeyForm::Expanded || key.seed().is_some() {
                let file = key.to_pkcs8_der_as(form).unwrap();
                assert_eq!(AnySigningKey::from_pkcs8_der(file.as_bytes()).unwrap(), key);
            }
        }
        Ok(key.into())
    }
}

impl Implementation for KeyFiles<'_> {
    type PrivateKey = MldsaPrivateKey;
    type PublicKey = MldsaPublicKey;

    fn private_key_from_seed(self, set: Parameters, seed: &[u8]) -> Result<MldsaPrivateKey, String> {
        let choice = [&[0x80, u8::try_from(seed.len()).unwrap()], seed].concat();
        self.private_key(set, &choice, PrivateKeyForm::Seed)
    }

    fn private_key_from_expanded(self, set: Parameters, bytes: &[u8]) -> Result<MldsaPrivateKey, String> {
        let choice = OctetStringRef::new(bytes).unwrap().to_der().unwrap();
        self.private_key(set, &choice, PrivateKeyForm::Expanded)
    }

    fn public_key(self, set: Parameters, bytes: &[u8]) -> Result<MldsaPublicKey, String> {
        let subject_public_key = BitStringRef::from_bytes(bytes).unwrap();
        let file =
            SubjectPublicKeyInfoRef { algorithm: algorithm(set), subject_public_key }.to_der().unwrap();
        let key = count(&self.0.public, &self.0.refused, AnyVerifyingKey::from_public_key_der(&file))?;
        assert_eq!(key.to_public_key_der().unwrap().as_bytes(), file);
        Ok(key.into())
    }
}

/// Signatures under an empty context go through the traits of `signature`; there is no other context in them.
#[derive(Clone, Copy)]
struct Traits<'a>(&'a Taken);

struct TraitPrivateKey<'a>(AnySigningKey, MldsaPrivateKey, &'a Taken);
struct TraitPublicKey<'a>(AnyVerifyingKey, MldsaPublicKey, &'a Taken);

impl<'a> Implementation for Traits<'a> {
    type PrivateKey = TraitPrivateKey<'a>;
    type PublicKey = TraitPublicKey<'a>;

    fn private_key_from_seed(self, set: Parameters, seed: &[u8]) -> Result<Self::PrivateKey, String> {
        let seed = mldsa::Seed::try_from(seed).map_err(|error| error.to_string())?;
        let key = AnySigningKey::from_seed(set, &seed);
        Ok(TraitPrivateKey(key.clone(), key.into(), self.0))
    }

    fn private_key_from_expanded(self, set: Parameters, bytes: &[u8]) -> Result<Self::PrivateKey, String> {
        let key = AnySigningKey::from_expanded(set, bytes).map_err(|error| error.to_string())?;
        Ok(TraitPrivateKey(key.clone(), key.into(), self.0))
    }

    fn public_key(self, set: Parameters, bytes: &[u8]) -> Result<Self::PublicKey, String> {
        let key = AnyVerifyingKey::from_bytes(set, bytes).map_err(|error| error.to_string())?;
        Ok(TraitPublicKey(key.clone(), key.into(), self.0))
    }
}

impl PrivateKey for TraitPrivateKey<'_> {
    fn expanded_bytes(&self) -> Vec<u8> {
        self.1.expanded_bytes()
    }

    fn public_key_bytes(&self) -> Vec<u8> {
        self.1.public_key_bytes()
    }

    fn mu(&self, message: &Message) -> Result<[u8; 64], String> {
        self.1.mu(message)
    }

    fn sign(&self, message: &Message, rnd: &[u8; 32]) -> Result<Vec<u8>, String> {
        match message {
            Message::Pure { message, context } if context.is_empty() => {
                let signature = if rnd == &[0; 32] {
                    self.0.try_sign(message)
                } else {
                    self.0.try_sign_with_rng(&mut Once(Some(*rnd)), message)
                };
                Ok(count(&self.2.private, &self.2.refused, signature)?.as_bytes().to_vec())
            }
            _ => self.1.sign(message, rnd),
        }
    }
}

impl PublicKey for TraitPublicKey<'_> {
    fn verify(&self, message: &Message, signature: &[u8]) -> bool {
        match message {
            Message::Pure { message, context } if context.is_empty() => {
                let verdict = AnySignature::from_bytes(self.0.parameters(), signature)
                    .map_err(Into::into)
                    .and_then(|signature| Verifier::verify(&self.0, message, &signature));
                count(&self.2.public, &self.2.refused, verdict).is_ok()
            }
            _ => self.1.verify(message, signature),
        }
    }
}

/// Returns its 32 bytes once.
struct Once(Option<[u8; 32]>);

impl TryRng for Once {
    type Error = std::fmt::Error;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Err(std::fmt::Error)
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Err(std::fmt::Error)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        bytes.copy_from_slice(&self.0.take().ok_or(std::fmt::Error)?);
        Ok(())
    }
}

impl TryCryptoRng for Once {}

/// Keys are expanded first; signatures are verified one by one and in a batch.
#[derive(Clone, Copy)]
struct Expanded<'a>(&'a Taken);

struct ExpandedPrivateKey<'a>(Box<AnyExpandedSigningKey>, MldsaPrivateKey, &'a Taken);
struct ExpandedPublicKey<'a>(Box<AnyExpandedVerifyingKey>, &'a Taken);

impl<'a> Implementation for Expanded<'a> {
    type PrivateKey = ExpandedPrivateKey<'a>;
    type PublicKey = ExpandedPublicKey<'a>;

    fn private_key_from_seed(self, set: Parameters, seed: &[u8]) -> Result<Self::PrivateKey, String> {
        let seed = mldsa::Seed::try_from(seed).map_err(|error| error.to_string())?;
        let key = AnySigningKey::from_seed(set, &seed);
        Ok(ExpandedPrivateKey(Box::new(key.expand()), key.into(), self.0))
    }

    fn private_key_from_expanded(self, set: Parameters, bytes: &[u8]) -> Result<Self::PrivateKey, String> {
        let key = AnySigningKey::from_expanded(set, bytes).map_err(|error| error.to_string())?;
        Ok(ExpandedPrivateKey(Box::new(key.expand()), key.into(), self.0))
    }

    fn public_key(self, set: Parameters, bytes: &[u8]) -> Result<Self::PublicKey, String> {
        let key = AnyVerifyingKey::from_bytes(set, bytes).map_err(|error| error.to_string())?;
        Ok(ExpandedPublicKey(Box::new(key.expand()), self.0))
    }
}

impl PrivateKey for ExpandedPrivateKey<'_> {
    fn expanded_bytes(&self) -> Vec<u8> {
        self.1.expanded_bytes()
    }

    fn public_key_bytes(&self) -> Vec<u8> {
        self.1.public_key_bytes()
    }

    fn mu(&self, message: &Message) -> Result<[u8; 64], String> {
        implementation::mu(self.0.tr(), message).map(|mu| *mu.as_bytes()).map_err(|error| error.to_string())
    }

    fn sign(&self, message: &Message, rnd: &[u8; 32]) -> Result<Vec<u8>, String> {
        let mu = Mu::from_bytes(self.mu(message)?);
        let signature: Result<_, String> = Ok(self.0.sign_mu(&mu, &Rnd::from_bytes(*rnd)));
        Ok(count(&self.2.private, &self.2.refused, signature)?.as_bytes().to_vec())
    }
}

impl PublicKey for ExpandedPublicKey<'_> {
    fn verify(&self, message: &Message, signature: &[u8]) -> bool {
        let Ok(mu) = implementation::mu(self.0.tr(), message) else { return false };
        let verdict = self.0.verify_mu(&mu, signature);
        // In a batch with invalid signatures.
        let batch = [
            (mu, signature.get(1..).unwrap_or_default()),
            (Mu::from_bytes([0; 64]), signature),
            (mu, signature),
            (mu, &[][..]),
        ];
        let mut verdicts = [Ok(()); 4];
        self.0.verify_batch(&batch, &mut verdicts);
        assert_eq!(verdicts, [Err(InvalidSignature), Err(InvalidSignature), verdict, Err(InvalidSignature)]);
        count(&self.1.public, &self.1.refused, verdict).is_ok()
    }
}

/// ACVP: the response is the expected one. Returns the number of cases.
fn acvp<I: Implementation>(mode: &str, implementation: I) -> usize {
    let response = acvp::answer(&read(&format!("acvp/{mode}.prompt.json.gz")), implementation).unwrap();
    let report = acvp::compare(&response, &read(&format!("acvp/{mode}.expected.json.gz"))).unwrap();
    assert_eq!(report.failed(), 0, "{report}");
    report.passed()
}

/// Wycheproof, all three files of a kind. Returns the number of cases.
fn wycheproof<I: Implementation>(kind: &str, implementation: I) -> usize {
    let run = |set| {
        let file = read(&format!("wycheproof/mldsa_{set}_{kind}_test.json.gz"));
        let report = wycheproof::run(&file, implementation).unwrap();
        assert_eq!(report.failed(), 0, "{set} {kind}:\n{report}");
        report.passed()
    };
    ["44", "65", "87"].into_iter().map(run).sum()
}

/// Runs, and returns the counts of `private`, `public` and `refused`. The expected counts come from the files: keys by their
/// length, messages by their context, `msg` and `mu` separately; of the keys without a seed, 6 more are malformed.
fn taken(run: impl FnOnce(&Taken) -> usize, cases: usize) -> [usize; 3] {
    let taken = Taken::default();
    assert_eq!(run(&taken), cases);
    println!("{cases} cases: {taken:?}");
    [taken.private.get(), taken.public.get(), taken.refused.get()]
}

#[test]
fn acvp_through_key_files() {
    assert_eq!(taken(|t| acvp("keyGen", KeyFiles(t)), 75), [75, 0, 0]);
    assert_eq!(taken(|t| acvp("sigGen", KeyFiles(t)), 90), [90, 0, 0]);
    assert_eq!(taken(|t| acvp("sigVer", KeyFiles(t)), 180), [0, 180, 0]);
}

#[test]
fn wycheproof_through_key_files() {
    assert_eq!(taken(|t| wycheproof("sign_seed", KeyFiles(t)), 287), [103, 275, 9]);
    assert_eq!(taken(|t| wycheproof("sign_noseed", KeyFiles(t)), 220), [57, 205, 12]);
    assert_eq!(taken(|t| wycheproof("verify", KeyFiles(t)), 631), [0, 66, 12]);
}

#[test]
fn cctv_through_key_files() {
    let run = |t: &Taken| {
        for set in Parameters::ALL {
            let hash = accumulated::run(Scheme::new(set, KeyFiles(t)), 100).unwrap();
            assert_eq!(Some(hash.as_str()), accumulated::published(set, 100), "{set}");
        }
        300
    };
    assert_eq!(taken(run, 300), [300, 300, 0]);
}

#[test]
fn vectors_through_the_traits_of_signature() {
    assert_eq!(taken(|t| acvp("sigGen", Traits(t)), 90), [4, 0, 0]);
    assert_eq!(taken(|t| acvp("sigVer", Traits(t)), 180), [0, 1, 2]);
    assert_eq!(taken(|t| wycheproof("sign_seed", Traits(t)), 287), [224, 224, 0]);
    assert_eq!(taken(|t| wycheproof("sign_noseed", Traits(t)), 220), [172, 172, 0]);
    assert_eq!(taken(|t| wycheproof("verify", Traits(t)), 631), [0, 221, 377]);
}

#[test]
fn vectors_through_expanded_keys_and_batches() {
    assert_eq!(taken(|t| acvp("sigGen", Expanded(t)), 90), [90, 0, 0]);
    assert_eq!(taken(|t| acvp("sigVer", Expanded(t)), 180), [0, 36, 144]);
    assert_eq!(taken(|t| wycheproof("sign_seed", Expanded(t)), 287), [275, 508, 0]);
    assert_eq!(taken(|t| wycheproof("sign_noseed", Expanded(t)), 220), [205, 383, 0]);
    assert_eq!(taken(|t| wycheproof("verify", Expanded(t)), 631), [0, 227, 377]);
}

/// Kills: a harness that bypasses the interface; it would pass all tests above.
#[test]
fn a_refusal_of_the_interface_is_seen_by_the_runner() {
    let taken = Taken::default();
    let scheme = Scheme::new(Parameters::MlDsa44, KeyFiles(&taken));
    let error = scheme.private_key_from_seed(&[0; 31]).err().unwrap();
    assert_eq!(error, "seed, byte 22: 31 bytes, but the parameter set requires 32");
    assert!(scheme.public_key(&[0; 1313]).is_err());
    assert!(scheme.private_key_from_expanded(&[0xff; 2560]).is_err());
    assert_eq!([taken.private.get(), taken.public.get(), taken.refused.get()], [0, 0, 3]);
    let implementation =
        Scheme::new(Parameters::MlDsa44, Kernels::Auto).private_key_from_seed(&[1; 32]).unwrap();
    let through = scheme.private_key_from_seed(&[1; 32]).unwrap();
    assert_eq!(through.expanded_bytes(), implementation.expanded_bytes());
}
