//! Prepares a token for `./check tokens` and measures it: `token COMMAND LIBRARY TOKEN …`. The PIN is in PIN.
//!
//! * `init LIBRARY SLOT-INDEX TOKEN`: a new token; its security officer's PIN is that PIN too
//! * `generate LIBRARY TOKEN ALGORITHM LABEL ID`: a key pair; ML-DSA-44, -65, -87 or RSA-4096; ID is a byte in decimal
//! * `import LIBRARY TOKEN LABEL ID FILE`: a certificate, DER
//! * `rate LIBRARY TOKEN LABEL THREADS FILE…`: signs the files with nothing around it, and prints signatures a second

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::dsa::{HedgeType, SignAdditionalContext};
use cryptoki::object::{
    Attribute, AttributeType, CertificateType, KeyType, MlDsaParameterSetType, ObjectClass, ObjectHandle,
};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;
use modsig::algorithm::Digest;
use std::error::Error;
use std::sync::Mutex;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let [command, library, rest @ ..] = &words[..] else { return Err("COMMAND LIBRARY …".into()) };
    let library = Pkcs11::new(library)?;
    library.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))?;
    let pin = AuthPin::new(std::env::var("PIN")?.into());
    match (*command, rest) {
        ("init", [index, label]) => {
            let slots = library.get_all_slots()?;
            let slot = *slots.get(index.parse::<usize>()?).ok_or("no such slot")?;
            library.init_token(slot, &pin, label)?;
            let session = library.open_rw_session(slot)?;
            session.login(UserType::So, Some(&pin))?;
            session.init_pin(&pin)?;
        }
        ("generate", [token, algorithm, label, id]) => {
            generate(&open(&library, find(&library, token)?, &pin)?, algorithm, label, id.parse()?)?;
        }
        ("import", [token, label, id, file]) => {
            let der = std::fs::read(file)?;
            let subject = modsig::cert::Certificate::from_der(&der)?.subject_der().to_vec();
            open(&library, find(&library, token)?, &pin)?.create_object(&[
                Attribute::Class(ObjectClass::CERTIFICATE),
                Attribute::CertificateType(CertificateType::X_509),
                Attribute::Token(true),
                Attribute::Private(false),
                Attribute::Label(label.as_bytes().to_vec()),
                Attribute::Id(vec![id.parse()?]),
                Attribute::Subject(subject),
                Attribute::Value(der),
            ])?;
        }
        ("rate", [token, label, threads, files @ ..]) => {
            let slot = find(&library, token)?;
            let first = open(&library, slot, &pin)?;
            let files = files.iter().map(std::fs::read).collect::<Result<Vec<_>, _>>()?;
            let threads: usize = threads.parse()?;
            let next = Mutex::new(files.iter());
            let start = Instant::now();
            std::thread::scope(|scope| {
                for _ in 0..threads {
                    scope.spawn(|| {
                        let session = library.open_ro_session(slot).expect("a session");
                        let (key, kind) = key(&session, label).expect("a key");
                        let take = || next.lock().expect("a lock").next();
                        while let Some(file) = take() {
                            sign(&session, key, kind, file).expect("a signature");
                        }
                    });
                }
            });
            let seconds = start.elapsed().as_secs_f64();
            println!(
                "{label}, {threads} threads: {} signatures, {:.0} a second",
                files.len(),
                files.len() as f64 / seconds
            );
            drop(first);
        }
        _ => return Err("see the head of this file".into()),
    }
    Ok(())
}

fn find(library: &Pkcs11, label: &str) -> Result<Slot, Box<dyn Error>> {
    for slot in library.get_slots_with_token()? {
        if library.get_token_info(slot)?.label() == label {
            return Ok(slot);
        }
    }
    Err(format!("no token {label}").into())
}

fn open(library: &Pkcs11, slot: Slot, pin: &AuthPin) -> Result<Session, Box<dyn Error>> {
    let session = library.open_rw_session(slot)?;
    session.login(UserType::User, Some(pin))?;
    Ok(session)
}

fn generate(session: &Session, algorithm: &str, label: &str, id: u8) -> Result<(), Box<dyn Error>> {
    let set =
        |set: MlDsaParameterSetType| (Mechanism::MlDsaKeyPairGen, vec![Attribute::ParameterSet(set.into())]);
    let (mechanism, mut public) = match algorithm {
        "ML-DSA-44" => set(MlDsaParameterSetType::ML_DSA_44),
        "ML-DSA-65" => set(MlDsaParameterSetType::ML_DSA_65),
        "ML-DSA-87" => set(MlDsaParameterSetType::ML_DSA_87),
        "RSA-4096" => {
            let size = vec![Attribute::ModulusBits(4096.into()), Attribute::PublicExponent(vec![1, 0, 1])];
            (Mechanism::RsaPkcsKeyPairGen, size)
        }
        "ECDSA P-256" => {
            let curve = b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07".to_vec();
            (Mechanism::EccKeyPairGen, vec![Attribute::EcParams(curve)])
        }
        other => return Err(format!("no algorithm {other}").into()),
    };
    let both = [Attribute::Token(true), Attribute::Label(label.as_bytes().to_vec()), Attribute::Id(vec![id])];
    public.extend(both.clone());
    public.push(Attribute::Verify(true));
    let mut private = both.to_vec();
    private.extend([Attribute::Private(true), Attribute::Sensitive(true), Attribute::Sign(true)]);
    session.generate_key_pair(&mechanism, &public, &private)?;
    Ok(())
}

fn key(session: &Session, label: &str) -> Result<(ObjectHandle, KeyType), Box<dyn Error>> {
    let template = [Attribute::Class(ObjectClass::PRIVATE_KEY), Attribute::Label(label.as_bytes().to_vec())];
    let key = *session.find_objects(&template)?.first().ok_or("no such key")?;
    match session.get_attributes(key, &[AttributeType::KeyType])?[..] {
        [Attribute::KeyType(kind)] => Ok((key, kind)),
        _ => Err("a key without a type".into()),
    }
}

/// What `sign-module` asks of the token for one module, without everything else.
fn sign(
    session: &Session,
    key: ObjectHandle,
    kind: KeyType,
    module: &[u8],
) -> Result<Vec<u8>, Box<dyn Error>> {
    match kind {
        KeyType::ML_DSA => {
            let mechanism = Mechanism::MlDsa(SignAdditionalContext::new(HedgeType::Preferred, None));
            Ok(session.sign(&mechanism, key, module)?)
        }
        KeyType::RSA => {
            let prefix = b"\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40";
            let hash = Digest::Sha512.hash(module).ok_or("no digest")?;
            Ok(session.sign(&Mechanism::RsaPkcs, key, &[&prefix[..], &hash].concat())?)
        }
        _ => Err("an algorithm that is not measured".into()),
    }
}
