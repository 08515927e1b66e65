//! Private keys: what is accepted is written in every form and read back the same; nothing prints them.

use crate::claims::{claim, claim_short};
use crate::der_tree::{Body, Node, parse};
use crate::question;
use modsig::key::{KeyError, KeyForm, PrivateKey};
use modsig::pem;

/// What is claimed.
pub const CLAIMS: &[&str] = &[
    "private key: written in each form it has, it is read back the same",
    "private key: a form that it has not is an error",
    "private key: written in its traditional form, it is read back the same",
    "private key: printed, it shows nothing but its algorithm",
    "private key: an error's offset is in the file or at its end",
    "private key: an error is told shortly",
    "private key: without a passphrase no encrypted key is read",
    "private key: a file that asks for hours is refused",
];

/// The longest input, in bytes.
pub const MAX_LEN: usize = 6000;

/// The passphrase of the encrypted test vectors.
const PASSPHRASE: &[u8] = b"test";

/// The most rounds that the fuzzer waits for; files that ask for more are not decrypted here.
const PATIENCE: u64 = 3000;

/// The most that any file may ask for (`modsig::key`).
const MAX_ITERATIONS: u64 = 10_000_000;

/// Three forms; the traditional one, and what is printed.
pub const QUESTIONS: u8 = 4;

/// The question; then a file with a key, PEM or DER, encrypted or not.
pub fn run(data: &[u8]) {
    let Some((question, data)) = question(data, QUESTIONS) else { return };
    let open = PrivateKey::from_pem_or_der(data);
    check(question, data, &open);
    let contents = encrypted(data);
    let Some(rounds) = contents.and_then(|der| rounds(&der)) else { return };
    claim("private key: without a passphrase no encrypted key is read", open.is_err());
    if rounds <= PATIENCE {
        check(question, data, &PrivateKey::decrypt_pem_or_der(data, Some(PASSPHRASE)));
    } else if rounds > MAX_ITERATIONS {
        let refused = PrivateKey::decrypt_pem_or_der(data, Some(PASSPHRASE)).is_err();
        claim("private key: a file that asks for hours is refused", refused);
    }
}

/// The DER of a file that looks encrypted.
fn encrypted(data: &[u8]) -> Option<Vec<u8>> {
    if !pem::looks_like_pem(data) {
        return Some(data.to_vec());
    }
    let blocks = pem::blocks(data).ok()?;
    let block = blocks.iter().find(|block| block.label == "ENCRYPTED PRIVATE KEY")?;
    Some(block.contents.to_vec())
}

/// The rounds of PBKDF2 that an EncryptedPrivateKeyInfo asks for; `None` for other files and derivations.
fn rounds(der: &[u8]) -> Option<u64> {
    // SEQUENCE { SEQUENCE { PBES2, SEQUENCE { SEQUENCE { PBKDF2, SEQUENCE { salt, rounds, … } }, … } }, … }
    let mut nodes = parse(der)?;
    for place in [0, 0, 1, 0, 1] {
        nodes = inside(nodes.into_iter().nth(place)?)?;
    }
    match nodes.get(1) {
        Some(Node { tag: 2, body: Body::Bytes(digits), .. }) => {
            let digit =
                |number: u64, digit: &u8| number.saturating_mul(256).saturating_add(u64::from(*digit));
            Some(digits.iter().fold(0, digit))
        }
        _ => None,
    }
}

fn inside(node: Node) -> Option<Vec<Node>> {
    match node.body {
        Body::Nodes(nodes) => Some(nodes),
        Body::Bytes(_) => None,
    }
}

fn check(question: u8, data: &[u8], read: &Result<PrivateKey, KeyError>) {
    match read {
        Ok(key) => match [KeyForm::Seed, KeyForm::Expanded, KeyForm::Both].get(usize::from(question)) {
            Some(form) => check_form(key, *form),
            None => check_traditional(key),
        },
        Err(error) => {
            if let KeyError::Der(error) = error {
                let in_file = error.offset <= data.len();
                claim("private key: an error's offset is in the file or at its end", in_file);
            }
            claim_short("private key: an error is told shortly", error);
        }
    }
}

fn check_form(key: &PrivateKey, form: KeyForm) {
    let has_it = form == KeyForm::Expanded || key.form() != Some(KeyForm::Expanded);
    let (Ok(der), Ok(text)) = (key.to_der(form), key.to_pem(form)) else {
        claim("private key: a form that it has not is an error", !has_it);
        return;
    };
    claim("private key: a form that it has not is an error", has_it);
    let same = [&der[..], text.as_bytes()].into_iter().all(|file| match PrivateKey::from_pem_or_der(file) {
        Ok(back) => {
            let again = back.to_der(form);
            back.public_key() == key.public_key()
                && back.algorithm() == key.algorithm()
                && back.form() == key.form().map(|_| form)
                && again.is_ok_and(|again| *again == *der)
        }
        Err(_) => false,
    });
    claim("private key: written in each form it has, it is read back the same", same);
}

fn check_traditional(key: &PrivateKey) {
    if let Ok((_, der)) = key.to_traditional() {
        let back = PrivateKey::from_der(&der);
        let same = back.is_ok_and(|back| back.to_traditional().is_ok_and(|(_, again)| *again == *der));
        claim("private key: written in its traditional form, it is read back the same", same);
    }
    let expected = format!("PrivateKey {{ algorithm: {:?}, .. }}", key.algorithm());
    claim("private key: printed, it shows nothing but its algorithm", format!("{key:?}") == expected);
}
