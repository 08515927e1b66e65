//! Writes a response file.

use std::io::{self, Write};

use super::xi_and_rnd;
use crate::drbg::Drbg;
use crate::scheme::{Implementation, Message, PrivateKey, Scheme};

/// Writes `count` records as NIST's `PQCgenKAT_sign` does: seeds and messages from its DRBG with the
/// entropy 00 01 … 2F, message i of 33·(i + 1) bytes, pure ML-DSA with the empty context, `hedged`
/// or deterministic; upper-case hexadecimal, a blank line between records.
///
/// For 100 hedged records, and for one, the SHA-256 of the text is the value that liboqs and PQClean publish.
///
/// # Errors
/// The error of `out`, or of the implementation.
pub fn generate<I: Implementation>(
    scheme: Scheme<I>,
    count: u32,
    hedged: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut drbg = Drbg::new(&std::array::from_fn(|i| i as u8));
    for i in 0..count {
        let seed = drbg.bytes::<48>();
        let mut message = vec![0; 33 * (i as usize + 1)];
        drbg.fill(&mut message);

        let (xi, rnd) = xi_and_rnd(&seed);
        let key = scheme.private_key_from_seed(&xi).map_err(io::Error::other)?;
        let pure = Message::Pure { message: message.clone(), context: Vec::new() };
        let mut sm = key.sign(&pure, if hedged { &rnd } else { &[0; 32] }).map_err(io::Error::other)?;
        sm.extend_from_slice(&message);

        if i > 0 {
            writeln!(out)?;
        }
        writeln!(out, "count = {i}")?;
        writeln!(out, "seed = {}", hex::encode_upper(seed))?;
        writeln!(out, "mlen = {}", message.len())?;
        writeln!(out, "msg = {}", hex::encode_upper(&message))?;
        writeln!(out, "pk = {}", hex::encode_upper(key.public_key_bytes()))?;
        writeln!(out, "sk = {}", hex::encode_upper(key.expanded_bytes()))?;
        writeln!(out, "smlen = {}", sm.len())?;
        writeln!(out, "sm = {}", hex::encode_upper(&sm))?;
    }
    Ok(())
}
