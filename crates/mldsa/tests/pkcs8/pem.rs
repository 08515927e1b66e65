//! Which PEM block is read.

use super::*;

#[test]
fn pem_must_have_a_block_with_its_label() {
    let key = parts().key;
    let private = key.to_pkcs8_pem(LineEnding::LF).expect("written");
    let public = key.verifying_key().to_public_key_pem(LineEnding::LF).expect("written");
    let crlf = key.to_pkcs8_pem_as(PrivateKeyForm::Seed, LineEnding::CRLF).expect("written");
    assert_eq!(SigningKey::from_pkcs8_pem(&crlf), Ok(key.clone()));
    assert_eq!(SigningKey::from_pkcs8_pem(&private), Ok(key));
    let error = SigningKey::<MlDsa44>::from_pkcs8_pem(&public).expect_err("another label");
    assert!(matches!(error, ReadError::Pem(_)), "{error:?}");
    assert!(error.to_string().contains("PRIVATE KEY"), "{error}");
    assert!(matches!(VerifyingKey::<MlDsa44>::from_public_key_pem(&private), Err(ReadError::Pem(_))));
    for text in ["", "-----BEGIN PRIVATE KEY-----", &private.replace("END PRIVATE", "END PUBLIC")] {
        assert!(matches!(SigningKey::<MlDsa44>::from_pkcs8_pem(text), Err(ReadError::Pem(_))), "{text}");
    }
}

/// Kills: a block of another label, or text between blocks, that stops the search for the key; a byte order mark that hides the first block; two
/// keys of which one is read silently; a boundary that is recognised in the middle of a line.
#[test]
fn the_one_block_with_the_label_is_read() {
    let key = parts().key;
    let private = key.to_pkcs8_pem(LineEnding::LF).expect("written");
    let public = key.verifying_key().to_public_key_pem(LineEnding::LF).expect("written");
    let read = SigningKey::<MlDsa44>::from_pkcs8_pem;
    for text in [
        format!("{}{public}", *private),
        format!("{public}{}", *private),
        format!(
            "Bag Attributes: none\n{public}\n-----BEGIN PRIVATE KEY----- is not here\n{}the end\n",
            *private
        ),
        format!("{public}{}", *private).replace('\n', "\r\n"),
        format!("{public}{}", private.trim_end()),
        format!("\u{feff}{}{public}", *private),
        format!("\u{feff}{public}# a comment\n{}", *private).replace('\n', "\r\n"),
    ] {
        assert_eq!(read(&text), Ok(key.clone()), "{text}");
        assert_eq!(VerifyingKey::from_public_key_pem(&text), Ok(key.verifying_key().clone()), "{text}");
    }
    for text in [
        format!("{}{}", *private, *private),
        format!("{}{public}{}", *private, *private),
        // The second key is inside the first block.
        format!("{}{}", private.split_at(80).0, *private),
        format!("{public}{}", private.replace("-----END", "----END")),
    ] {
        assert!(matches!(read(&text), Err(ReadError::Pem(_))), "{text}");
    }
}
