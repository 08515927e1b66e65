//! Signs and verifies a file with raw keys. `checks/interop.sh` compares the results with those of OpenSSL's `pkeyutl`.
//!
//! ```text
//! raw public ML-DSA-65 SEED PUBLIC                        writes the public key of a seed
//! raw sign   ML-DSA-65 SEED CONTEXT RND MESSAGE SIGNATURE reads MESSAGE, writes SIGNATURE
//! raw verify ML-DSA-65 PUBLIC CONTEXT MESSAGE SIGNATURE   exit code 1 if it does not verify
//! raw mu     ML-DSA-65 PUBLIC CONTEXT MESSAGE MU          writes the 64 bytes of mu
//! ```
//!
//! `SEED`, `CONTEXT` and `RND` are hexadecimal; the other words in capitals are files. `RND` of 64 zeros is deterministic.

use std::process::ExitCode;
use std::{env, fs};

use mldsa::dynamic::{AnySigningKey, AnyVerifyingKey, Parameters};
use mldsa::{Context, Rnd, Seed};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("raw: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(words: &[&str]) -> Result<bool, String> {
    match *words {
        ["public", set, seed, public] => {
            write(public, signing_key(set, seed)?.verifying_key().as_bytes())?;
        }
        ["sign", set, seed, context, rnd, message, signature] => {
            let (context, rnd) = (hexadecimal(context)?, Rnd::from_bytes(thirty_two(rnd)?));
            let context = Context::new(&context).map_err(|error| error.to_string())?;
            let signed = signing_key(set, seed)?.sign(&read(message)?, context, &rnd);
            write(signature, signed.as_bytes())?;
        }
        ["verify", set, public, context, message, signature] => {
            let context = hexadecimal(context)?;
            let context = Context::new(&context).map_err(|error| error.to_string())?;
            let verified = verifying_key(set, public)?.verify(&read(message)?, context, &read(signature)?);
            println!("{}", if verified.is_ok() { "good" } else { "the signature does not verify" });
            return Ok(verified.is_ok());
        }
        ["mu", set, public, context, message, mu] => {
            let context = hexadecimal(context)?;
            let context = Context::new(&context).map_err(|error| error.to_string())?;
            let mut hasher = verifying_key(set, public)?.mu_hasher(context);
            hasher.update(&read(message)?);
            write(mu, hasher.finalize().as_bytes())?;
        }
        _ => return Err("public, sign, verify or mu, and their arguments: see the source".to_owned()),
    }
    Ok(true)
}

fn parameters(name: &str) -> Result<Parameters, String> {
    Parameters::from_name(name).ok_or_else(|| format!("{name}: no such set"))
}

fn signing_key(set: &str, seed: &str) -> Result<AnySigningKey, String> {
    Ok(AnySigningKey::from_seed(parameters(set)?, &Seed::from_bytes(thirty_two(seed)?)))
}

fn verifying_key(set: &str, file: &str) -> Result<AnyVerifyingKey, String> {
    AnyVerifyingKey::from_bytes(parameters(set)?, &read(file)?).map_err(|error| format!("{file}: {error}"))
}

fn hexadecimal(text: &str) -> Result<Vec<u8>, String> {
    hex::decode(text).map_err(|error| format!("{text}: {error}"))
}

fn thirty_two(text: &str) -> Result<[u8; 32], String> {
    let bytes = hexadecimal(text)?;
    bytes.try_into().map_err(|_| format!("{text}: must be 32 bytes"))
}

fn read(file: &str) -> Result<Vec<u8>, String> {
    fs::read(file).map_err(|error| format!("{file}: {error}"))
}

fn write(file: &str, bytes: &[u8]) -> Result<(), String> {
    fs::write(file, bytes).map_err(|error| format!("{file}: {error}"))
}
