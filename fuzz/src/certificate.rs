//! Certificates: every one that is accepted is the bytes that were read, and every question about it has an answer.

use crate::claims::{claim, claim_short};
use crate::question;
use modsig::cert::{CertError, Certificate};
use modsig::kernel::{Config, Keyring, KeyringKind};
use modsig::public_key::PublicKey;

/// What is claimed.
pub const CLAIMS: &[&str] = &[
    "certificate: it keeps its bytes",
    "certificate: written as PEM it is read back the same",
    "certificate: its parts lie in it",
    "certificate: its lints are the same each time, and told shortly",
    "certificate: its public key, written, is read back the same",
    "certificate: a file of several is their bytes, one after the other",
    "certificate: an error's offset is in the file or at its end",
    "certificate: an error is told shortly",
    "certificate: Linux's loader answers, and the same each time",
];

/// The longest input, in bytes.
pub const MAX_LEN: usize = 5000;

/// Its bytes and parts; its public key; its lints; two kinds of keyrings.
pub const QUESTIONS: u8 = 5;

/// The question; then a file of certificates, PEM or DER.
pub fn run(data: &[u8]) {
    let Some((question, data)) = question(data, QUESTIONS) else { return };
    let keyring = match question {
        3 => KeyringKind::BuiltIn,
        4 => KeyringKind::OneByOne,
        _ => return read(question, data),
    };
    let config = Config { keyring, ..Config::STRICT };
    let load = || Keyring::new([data], &config).loads().iter().map(|it| it.refusal).collect::<Vec<_>>();
    claim("certificate: Linux's loader answers, and the same each time", load() == load());
}

fn read(question: u8, data: &[u8]) {
    match Certificate::read_all(data) {
        Ok(all) => {
            if question == 0 && !modsig::pem::looks_like_pem(data) {
                let joined: Vec<u8> = all.iter().flat_map(Certificate::as_der).copied().collect();
                claim("certificate: a file of several is their bytes, one after the other", joined == data);
                if let Ok(certificate) = Certificate::from_der(data) {
                    claim("certificate: it keeps its bytes", certificate.as_der() == data);
                }
            }
            // A file of hundreds says no more than one of a few.
            let check = [check_parts, check_key, check_lints][usize::from(question)];
            all.iter().take(3).for_each(check);
        }
        Err(error) => {
            if let CertError::Der(error) = &error {
                let in_file = error.offset <= data.len();
                claim("certificate: an error's offset is in the file or at its end", in_file);
            }
            claim_short("certificate: an error is told shortly", &error);
        }
    }
}

fn check_parts(certificate: &Certificate) {
    let back = Certificate::from_pem_or_der(certificate.to_pem().as_bytes());
    claim(
        "certificate: written as PEM it is read back the same",
        back.is_ok_and(|back| back == *certificate),
    );
    let der = certificate.as_der();
    let inside = |part: &[u8]| part.is_empty() || der.windows(part.len()).any(|window| window == part);
    let parts = [certificate.issuer_der(), certificate.subject_der(), certificate.serial()];
    let key_id = certificate.subject_key_id().unwrap_or_default();
    claim("certificate: its parts lie in it", parts.into_iter().all(inside) && inside(key_id));
    // These must not panic; what they say of hostile bytes is not claimed.
    let _ = (certificate.issuer(), certificate.subject(), certificate.signature_algorithm_name());
    let _ = certificate.date_lint(certificate.not_before());
}

fn check_key(certificate: &Certificate) {
    let key = certificate.public_key();
    if !matches!(key, PublicKey::Other { .. }) {
        let back = PublicKey::from_spki_der(&key.to_spki_der());
        claim(
            "certificate: its public key, written, is read back the same",
            back.is_ok_and(|back| back == *key),
        );
    }
}

fn check_lints(certificate: &Certificate) {
    let (lints, again) = (certificate.lints(), certificate.lints());
    let short = lints.iter().all(|lint| (1..500).contains(&lint.to_string().len()));
    claim("certificate: its lints are the same each time, and told shortly", lints == again && short);
}
