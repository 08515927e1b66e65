//! A host which has the message and a security module which has the key: between them go 64 bytes, and a signature back.
//!
//! ```sh
//! cargo run --package modsig-mldsa --features getrandom --example external_mu
//! ```
//!
//! Prints what crosses the border, and the verdict on the whole message.

use mldsa::dynamic::{AnyExpandedSigningKey, AnySigningKey, AnyVerifyingKey, Parameters};
use mldsa::{Context, Mu, Rnd};
use std::error::Error;

/// What holds the key, and never sees a message.
struct Module {
    key: Box<AnyExpandedSigningKey>,
    public_key: AnyVerifyingKey,
}

impl Module {
    fn new(parameters: Parameters) -> Result<Self, mldsa::NoRandomness> {
        let key = AnySigningKey::try_generate(parameters)?;
        Ok(Self { key: Box::new(key.expand()), public_key: key.verifying_key() })
    }

    /// The whole interface: 64 bytes in, a signature out.
    fn sign(&self, mu: [u8; 64]) -> Result<Vec<u8>, mldsa::NoRandomness> {
        let signature = self.key.sign_mu(&Mu::from_bytes(mu), &Rnd::try_generate()?);
        Ok(signature.as_bytes().to_vec())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let module = Module::new(Parameters::MlDsa87)?;
    let context = Context::new(b"firmware")?;
    let message = vec![0x5a; 10_000_000];

    // The host needs the public key alone.
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
