//! The examples of RFC 9881 and keys from OpenSSL, read and written.

use super::*;

/// Kills: a form misread or written with the tag of another; parameters written; a line broken at another place.
#[test]
fn the_examples_of_rfc_9881_are_read_and_written_byte_for_byte() {
    let (mut private, mut public) = (0, 0);
    for set in Parameters::ALL {
        let pem = vector(&format!("rfc9881/{set}.pub"));
        let verifying_key = AnyVerifyingKey::from_public_key_pem(&pem).expect("an example");
        assert_eq!(verifying_key.parameters(), set);
        assert_eq!(verifying_key.to_public_key_pem(LineEnding::LF).expect("written"), pem);
        let mut memory = [0; 3000];
        let der = verifying_key.write_public_key_der(&mut memory).expect("written");
        assert_eq!(der.len(), public_key_der_len(set));
        assert_eq!(AnyVerifyingKey::from_public_key_der(der), Ok(verifying_key.clone()));
        public += 1;

        for (form, name) in FORMS {
            let pem = vector(&format!("rfc9881/{set}-{name}.priv"));
            let key = AnySigningKey::from_pkcs8_pem(&pem).expect("an example");
            assert_eq!((key.parameters(), key.verifying_key()), (set, verifying_key.clone()));
            assert_eq!(key.seed().is_some(), form != PrivateKeyForm::Expanded);
            assert_eq!(key.to_pkcs8_pem_as(form, LineEnding::LF).expect("written").as_str(), pem);
            let mut memory = [0; 5000];
            let der = key.write_pkcs8_der(form, &mut memory).expect("written");
            assert_eq!(der.len(), private_key_der_len(set, form));
            assert_eq!(der, key.to_pkcs8_der_as(form).expect("written").as_bytes());
            private += 1;

            for (other, _) in FORMS {
                let known = form != PrivateKeyForm::Expanded || other == PrivateKeyForm::Expanded;
                match key.to_pkcs8_der_as(other) {
                    Ok(der) if known => {
                        assert_eq!(AnySigningKey::from_pkcs8_der(der.as_bytes()), Ok(key.clone()));
                    }
                    Err(WriteError::NoSeed) if !known => {}
                    other => panic!("{set} {name}: {other:?}"),
                }
            }
        }
    }
    assert_eq!((private, public), (9, 3));
}

/// The self-signed example certificates contain the example keys, and their signatures verify.
#[test]
fn the_certificates_of_rfc_9881_hold_these_keys_and_verify() {
    let mut count = 0;
    for set in Parameters::ALL {
        let key =
            AnyVerifyingKey::from_public_key_pem(&vector(&format!("rfc9881/{set}.pub"))).expect("an example");
        let certificate = der_of(&vector(&format!("rfc9881/{set}.crt")));
        let [to_be_signed, algorithm, signature] =
            elements(contents(&certificate)).try_into().expect("three");
        assert_eq!(algorithm, element(SEQUENCE, &[&oid(17 + set as u8)]));
        // BIT STRING: no unused bits.
        let [0, signature @ ..] = contents(signature) else { panic!("unused bits") };
        key.verify(to_be_signed, mldsa::Context::EMPTY, signature).expect("self-signed");
        let mut memory = [0; 3000];
        let spki = key.write_public_key_der(&mut memory).expect("written");
        assert!(elements(contents(to_be_signed)).contains(&spki));
        count += 1;
    }
    assert_eq!(count, 3);
}

/// OpenSSL 4.0 writes both forms, followed by a certificate.
#[test]
fn openssl_s_keys_are_read_and_written_byte_for_byte() {
    let mut count = 0;
    for (set, name) in Parameters::ALL.into_iter().zip(["mldsa44", "mldsa65", "mldsa87"]) {
        for version in ["ossl35", "ossl40"] {
            let file = vector(&format!("modsig/keys/{name}-{version}.pem"));
            let pem = first_block(&file);
            let key = AnySigningKey::from_pkcs8_pem(pem).expect("OpenSSL's key");
            assert_eq!(key.parameters(), set);
            let again = key.to_pkcs8_pem_as(PrivateKeyForm::Both, LineEnding::LF).expect("written");
            assert_eq!(again.as_str(), pem);
            // The whole file, as the kernel's build writes it: a key and its certificate.
            assert_eq!(AnySigningKey::from_pkcs8_pem(&file), Ok(key));
            count += 1;
        }
    }
    assert_eq!(count, 6);
}
