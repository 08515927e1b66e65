//! Runs one operation of another library, for instruction counts beside those of `checks/instructions`.
//!
//! ```sh
//! peer_operation keygen|sign|verify 44|65|87 aws-lc|libcrux|libcrux-portable
//! ```
//!
//! [`measured`] contains exactly the counted code. Seed, message and rnd are those of `checks/instructions`; here the count
//! includes mu.

use std::hint::black_box;
use std::process::ExitCode;

mod aws_lc;
mod libcrux;

const USAGE: &str = "usage: peer_operation keygen|sign|verify 44|65|87 aws-lc|libcrux|libcrux-portable";

const SEED: [u8; 32] = [0; 32];
const RND: [u8; 32] = [0; 32];
const MESSAGE: &[u8] = b"one operation";

/// The function in which the plugin counts.
#[inline(never)]
fn measured<T>(operation: impl FnOnce() -> T) -> T {
    black_box(black_box(operation)())
}

/// One library at one parameter set. Keys and signatures are encoded.
trait Library {
    type SigningKey;
    type VerifyingKey;
    type Signature;
    fn keygen() -> (Self::SigningKey, Self::VerifyingKey);
    fn sign(key: &Self::SigningKey) -> Self::Signature;
    fn verify(key: &Self::VerifyingKey, signature: &Self::Signature) -> bool;
}

fn run<L: Library>(operation: &str) -> bool {
    // What a library does on its first call only, such as a look at the CPU, is done here.
    let (signing, verifying) = L::keygen();
    let signature = L::sign(&signing);
    if !L::verify(&verifying, &signature) {
        return false;
    }
    match operation {
        "keygen" => {
            measured(L::keygen);
        }
        "sign" => {
            measured(|| L::sign(&signing));
        }
        "verify" => return measured(|| L::verify(&verifying, &signature)),
        _ => return false,
    }
    true
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let good = match words[..] {
        [operation, "44", "aws-lc"] => run::<aws_lc::Set44>(operation),
        [operation, "65", "aws-lc"] => run::<aws_lc::Set65>(operation),
        [operation, "87", "aws-lc"] => run::<aws_lc::Set87>(operation),
        [operation, "44", "libcrux"] => run::<libcrux::Neon44>(operation),
        [operation, "65", "libcrux"] => run::<libcrux::Neon65>(operation),
        [operation, "87", "libcrux"] => run::<libcrux::Neon87>(operation),
        [operation, "44", "libcrux-portable"] => run::<libcrux::Portable44>(operation),
        [operation, "65", "libcrux-portable"] => run::<libcrux::Portable65>(operation),
        [operation, "87", "libcrux-portable"] => run::<libcrux::Portable87>(operation),
        _ => false,
    };
    if good {
        ExitCode::SUCCESS
    } else {
        eprintln!("{USAGE}");
        ExitCode::FAILURE
    }
}
