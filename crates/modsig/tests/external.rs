//! Keys outside this process: what they are asked for, what is made of their answer, and that a wrong answer goes nowhere.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use mldsa::Rnd;
use modsig::algorithm::Digest;
use modsig::cert::{CertError, Certificate, Purpose, SelfSigned, Subject, request};
use modsig::cms;
use modsig::key::{ExternalError, ExternalKey, KeyError, KeyForm, PrivateKey, ToSign};
use modsig::prepared::NotPrepared;
use modsig::signer::{BatchSigner, Options, SignError, Signer};

/// What an external key was asked, and its answer.
#[derive(Default)]
struct Script {
    asked: Vec<(&'static str, Vec<u8>, bool)>,
    answer: Option<Result<Vec<u8>, ExternalError>>,
}

/// A token that always gives the same answer.
struct Token(Arc<Mutex<Script>>);

impl ExternalKey for Token {
    fn sign(&self, input: ToSign<'_>) -> Result<Vec<u8>, ExternalError> {
        let mut script = self.0.lock().unwrap();
        script.asked.push(match input {
            ToSign::Message { message, deterministic } => ("message", message.to_vec(), deterministic),
            ToSign::DigestInfo(info) => ("info", info.to_vec(), false),
            ToSign::Digest { hash, deterministic } => ("digest", hash.to_vec(), deterministic),
        });
        script.answer.clone().unwrap()
    }

    fn is_lost(&self) -> bool {
        matches!(self.0.lock().unwrap().answer, Some(Err(ExternalError::Unavailable(_))))
    }
}

const MODULE: &[u8] = b"a module";

/// A signer of a key file, and one of the same key behind a token.
fn both(name: &str) -> (Signer, Signer, Arc<Mutex<Script>>) {
    let keys = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../test-vectors/modsig/keys");
    let file = std::fs::read(keys.join(name)).unwrap();
    let certificate = &Certificate::read_all(&file).unwrap()[0];
    let key = PrivateKey::from_pem_or_der(&file).unwrap();
    let script = Arc::new(Mutex::new(Script::default()));
    let outside =
        PrivateKey::external(key.public_key().clone(), Box::new(Token(Arc::clone(&script)))).unwrap();
    assert!(outside.is_external() && !key.is_external());
    assert_eq!(outside.algorithm(), key.algorithm());
    let signer = |key| Signer::new(key, certificate, Options::default()).unwrap();
    (signer(&key), signer(&outside), script)
}

/// The signature in a CMS.
fn signature(cms: &[u8]) -> Vec<u8> {
    cms::parse(cms).unwrap().signers[0].signature.to_vec()
}

/// r and s of an Ecdsa-Sig-Value, each in `len` bytes.
fn raw(der: &[u8], len: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = &der[if der[1] < 0x80 { 2 } else { 3 }..];
    while let [2, n, tail @ ..] = rest {
        let (number, next) = tail.split_at(usize::from(*n));
        let number = number.strip_prefix(&[0]).unwrap_or(number);
        out.extend(vec![0; len - number.len()]);
        out.extend(number);
        rest = next;
    }
    assert_eq!(out.len(), 2 * len);
    out
}

/// Kills: another DigestInfo, a digest that is not truncated to the curve, r and s in the wrong form or order, a message
/// that is hashed before it goes to an ML-DSA token.
#[test]
fn a_token_makes_the_same_cms_as_a_file() {
    let sha512 = Digest::Sha512.hash(MODULE).unwrap();
    for (name, ec) in
        [("rsa2048.pem", None), ("p256.pem", Some(32)), ("p384.pem", Some(48)), ("p521.pem", Some(66))]
    {
        let (file, token, script) = both(name);
        let expected = file.cms(MODULE, &Rnd::DETERMINISTIC).unwrap();
        let made = signature(&expected);
        let answer = ec.map_or_else(|| made.clone(), |len| raw(&made, len));
        script.lock().unwrap().answer = Some(Ok(answer));
        assert_eq!(token.cms(MODULE, &Rnd::from_bytes([1; 32])).unwrap(), expected, "{name}");
        let (kind, input, deterministic) = script.lock().unwrap().asked.pop().unwrap();
        assert!(!deterministic);
        match ec {
            None => {
                assert_eq!(kind, "info");
                assert_eq!(&input[..8], b"\x30\x51\x30\x0d\x06\x09\x60\x86", "{name}");
                assert!(input.len() == 83 && input.ends_with(&sha512));
            }
            Some(len) => assert_eq!((kind, &input[..]), ("digest", &sha512[..len.min(64)]), "{name}"),
        }
    }
    let (file, token, script) = both("mldsa65-ossl35.pem");
    let expected = file.cms(MODULE, &Rnd::DETERMINISTIC).unwrap();
    script.lock().unwrap().answer = Some(Ok(signature(&expected)));
    assert_eq!(token.cms(MODULE, &Rnd::from_bytes([1; 32])).unwrap(), expected);
    // A deterministic signature is made twice and compared.
    assert_eq!(token.cms(MODULE, &Rnd::DETERMINISTIC).unwrap(), expected);
    let asked = &script.lock().unwrap().asked;
    let flags: Vec<bool> = asked.iter().map(|(_, _, deterministic)| *deterministic).collect();
    assert_eq!(flags, [false, true, true]);
    assert!(asked.iter().all(|(kind, input, _)| *kind == "message" && input == MODULE));
}

/// Kills: a signature that is used without being verified, in a module, a batch, a certificate or a request.
#[test]
fn a_wrong_signature_is_never_used() {
    let wrong = ExternalError::WrongSignature;
    let rnd = Rnd::from_bytes([1; 32]);
    for name in ["rsa2048.pem", "p256.pem", "p521.pem", "mldsa65-ossl35.pem"] {
        let (file, token, script) = both(name);
        let made = signature(&file.cms(MODULE, &rnd).unwrap());
        let good = match name {
            "p256.pem" => raw(&made, 32),
            "p521.pem" => raw(&made, 66),
            _ => made,
        };
        let mut flipped = good.clone();
        flipped[7] ^= 1;
        let zeros = vec![0; good.len()];
        for answer in [flipped, zeros, good[1..].to_vec(), [&good[..], &[0]].concat(), Vec::new()] {
            script.lock().unwrap().answer = Some(Ok(answer));
            let error = token.sign(MODULE, &rnd).unwrap_err();
            assert_eq!(error, SignError::External(wrong.clone()), "{name}");
            let batch = BatchSigner::new(&token).sign(&[MODULE, MODULE], &[rnd.clone(), rnd.clone()]);
            assert!(batch.iter().all(|one| *one == Err(SignError::External(wrong.clone()))), "{name}");
        }
        script.lock().unwrap().answer = Some(Ok(good));
        assert!(token.sign(MODULE, &rnd).is_ok() && token.sign(b"another", &rnd).is_err(), "{name}");
        let key =
            PrivateKey::external(token.certificate().public_key().clone(), Box::new(Token(script))).unwrap();
        let not_before = der::DateTime::new(2026, 1, 1, 0, 0, 0).unwrap();
        let recipe = SelfSigned { common_name: "x", serial: [1; 20], not_before, days: 1 };
        assert_eq!(recipe.issue(&key, &rnd), Err(CertError::External(wrong.clone())));
        assert_eq!(
            request(&Subject::common_name("x").unwrap(), &Purpose::default(), &key, &rnd),
            Err(CertError::External(wrong.clone()))
        );
    }
}

#[test]
fn a_lost_token_says_so_and_the_key_stays_where_it_is() {
    let (_, token, script) = both("rsa2048.pem");
    script.lock().unwrap().answer = Some(Err(ExternalError::Refused("no".into())));
    let rnd = Rnd::from_bytes([1; 32]);
    assert_eq!(token.cms(MODULE, &rnd).unwrap_err().to_string(), "no");
    assert!(!token.is_lost());
    let gone = ExternalError::Unavailable("gone".into());
    script.lock().unwrap().answer = Some(Err(gone.clone()));
    assert_eq!(token.cms(MODULE, &rnd), Err(SignError::External(gone)));
    assert!(token.is_lost() && token.ml_dsa().is_none());
    let key =
        PrivateKey::external(token.certificate().public_key().clone(), Box::new(Token(script))).unwrap();
    assert_eq!(key.to_pem(KeyForm::Seed).err(), Some(KeyError::NotExportable));
    assert_eq!(key.to_traditional().err(), Some(KeyError::NotExportable));
    // Not "this machine computed wrongly".
    assert_eq!(key.sign_prepared(&[0; 64], &rnd), Err(NotPrepared::External));
}
