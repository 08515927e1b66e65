//! Signs a file of any size in 64 KiB of memory, and verifies it.
//!
//! ```sh
//! cargo run --package modsig-mldsa --features getrandom,std --example stream_a_file -- FILE
//! ```
//!
//! Prints the number of hashed bytes, mu, and the verdict. Without FILE, it reads its own source.

use mldsa::{Context, MlDsa44, Mu, Rnd, SigningKey};
use std::error::Error;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

/// mu of a file: the only value of the file that ML-DSA needs.
fn mu_of_file(mut hasher: mldsa::MuHasher, path: &Path) -> io::Result<(u64, Mu)> {
    let mut file = BufReader::with_capacity(1 << 16, File::open(path)?);
    let len = io::copy(&mut file, &mut hasher)?;
    Ok((len, hasher.finalize()))
}

fn main() -> Result<(), Box<dyn Error>> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/stream_a_file.rs");
    let path = std::env::args_os().nth(1).map_or(own, PathBuf::from);

    let key = SigningKey::<MlDsa44>::try_generate()?;
    let (len, mu) = mu_of_file(key.mu_hasher(Context::EMPTY), &path)?;
    let signature = key.sign_mu(&mu, &Rnd::try_generate()?);
    println!("{}: {len} bytes, mu begins with {:02x?}", path.display(), &mu.as_bytes()[..8]);

    // The verifier hashes the file again: it must not trust a mu that came with the signature.
    let key = key.verifying_key();
    let (_, mu) = mu_of_file(key.mu_hasher(Context::EMPTY), &path)?;
    key.verify_mu(&mu, &signature)?;
    println!("the signature verifies");
    Ok(())
}
