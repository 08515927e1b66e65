//! A host has the message, and a security module has the key. The host sends 64 bytes and receives the signature.
//!
//! ```sh
//! cargo run --package modsig-mldsa --features getrandom --example external_mu
//! ```
//!
//! Prints the numbers of exchanged bytes, and the verdict on the whole message.

use mldsa::dynamic::{AnyExpandedSigningKey, AnySigningKey, AnyVerifyingKey, Parameters};
use mldsa::{Context, Mu, Rnd};
use std::error::Error;

/// The security module: it has the key, and never receives a message.
struct Module {
    key: Box<AnyExpandedSigningKey>,
    public_key: AnyVerifyingKey,
}

impl Module {
    fn new(parameters: Parameters) -> Result<Self, mldsa::NoRandomness> {
        let key = AnySigningKey::try_generate(parameters)?;
        Ok(Self { key: Box::new(key.expand()), public_key: key.verifying_key() })
    }

    /// The whole interface: it receives 64 bytes and returns a signature.
    fn sign(&self, mu: [u8; 64]) -> Result<Vec<u8>, mldsa::NoRandomness> {
        let signature = self.key.sign_mu(&Mu::from_bytes(mu), &Rnd::try_generate()?);
        Ok(signature.as_bytes().to_vec())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let module = Module::new(Parameters::MlDsa87)?;
    let context = Context::new(b"firmware")?;
    let message = vec![0x5a; 10_000_000];

    // The host needs only the public key.
    let public_key = module.public_key.clone();
    let mut hasher = public_key.mu_hasher(context);
    for piece in message.chunks(4096) {
        hasher.update(piece);
    }
    let mu = *hasher.finalize().as_bytes();

    let signature = module.sign(mu)?;
    println!("{} bytes hashed, {} sent, {} received", message.len(), mu.len(), signature.len());
    public_key.verify(&message, context, &signature)?;
    println!("{}: the signature of the message verifies", public_key.parameters());
    Ok(())
}
