//! Creates a key, signs and verifies, and shows what verification rejects.
//!
//! ```sh
//! cargo run --package modsig-mldsa --features getrandom --example sign_and_verify
//! ```
//!
//! Prints the lengths of key and signature, and three verdicts: one valid, two invalid.

use mldsa::{Context, MlDsa65, Rnd, Signature, SigningKey, VerifyingKey};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    // The signer creates a key from 32 bytes of the system's randomness.
    let key = SigningKey::<MlDsa65>::try_generate()?;
    let context = Context::new(b"examples of mldsa, version 1")?; // what the signature is for; may be empty
    let signature = key.sign(b"a message", context, &Rnd::try_generate()?);

    // Key and signature are transmitted as bytes.
    let (key_bytes, signature_bytes) = (key.verifying_key().as_bytes(), signature.as_bytes());
    println!("public key: {} bytes, signature: {} bytes", key_bytes.len(), signature_bytes.len());

    // The verifier needs only the public key.
    let key = VerifyingKey::<MlDsa65>::from_bytes(key_bytes)?;
    let signature = Signature::from_bytes(signature_bytes)?;
    for (what, message, context) in [
        ("as signed", &b"a message"[..], context),
        ("another message", b"a massage", context),
        ("another context", b"a message", Context::EMPTY),
    ] {
        match key.verify(message, context, &signature) {
            Ok(()) => println!("{what}: good"),
            Err(error) => println!("{what}: {error}"),
        }
    }
    Ok(())
}
