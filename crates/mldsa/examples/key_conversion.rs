//! Reads a private key in PEM, of any set and in any form of RFC 9881, and writes it in another form.
//!
//! ```sh
//! cargo run --package modsig-mldsa --features pem --example key_conversion -- KEY.pem seed|expanded|both|public
//! ```
//!
//! Prints the key in PEM; `public` prints the public key instead. Prints a description of the key on standard error.

use mldsa::dynamic::AnySigningKey;
use mldsa::pkcs8::{EncodePublicKey, LineEnding, PrivateKeyForm};
use std::error::Error;
use std::process::ExitCode;

fn convert(path: &str, form: &str) -> Result<(), Box<dyn Error>> {
    let key = AnySigningKey::from_pkcs8_pem(&std::fs::read_to_string(path)?)?;
    let seed = if key.seed().is_some() { "known" } else { "not known" };
    eprintln!("{path}: {}, seed {seed}", key.parameters());
    let form = match form {
        "seed" => PrivateKeyForm::Seed,
        "expanded" => PrivateKeyForm::Expanded,
        "both" => PrivateKeyForm::Both,
        "public" => {
            print!("{}", key.verifying_key().to_public_key_pem(LineEnding::LF)?);
            return Ok(());
        }
        other => return Err(format!("{other} is no form").into()),
    };
    print!("{}", *key.to_pkcs8_pem_as(form, LineEnding::LF)?);
    Ok(())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, form] = &arguments[..] else {
        eprintln!("usage: key_conversion KEY.pem seed|expanded|both|public");
        return ExitCode::from(2);
    };
    match convert(path, form) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{path}: {error}");
            ExitCode::FAILURE
        }
    }
}
