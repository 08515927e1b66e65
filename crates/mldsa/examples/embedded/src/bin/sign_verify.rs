//! Creates a key, signs and verifies, each on a stack of 20 KiB, with each of the parameter sets. Prints the stack use of each.
//! The exit code is the number of parameter sets that failed.
#![no_std]
#![no_main]

use core::hint::black_box;
use mldsa::{Context, ParameterSet, Rnd, Seed, Signature, SigningKey, VerifyingKey, small};
use mldsa_embedded::{TaskStack, report};

mldsa_embedded::program!(run);

/// Creates a key, and checks that a signature verifies for its message and not for another.
fn works<P: ParameterSet>(stack: &mut TaskStack) -> bool {
    // The results are stored here, not on the stack of the task.
    let (mut key, mut signature): (Option<SigningKey<P>>, Option<Signature<P>>) = (None, None);
    // A real device draws both from its random generator.
    let seed = Seed::from_bytes(black_box([7; 32]));
    let rnd = Rnd::from_bytes(black_box([9; 32]));
    let message = black_box(b"a message");

    let print = |operation: &str, bytes: Option<usize>| {
        mldsa_embedded::print(P::NAME.as_bytes());
        mldsa_embedded::print(b" ");
        report(operation, bytes);
        bytes.is_some()
    };
    let used = stack.run(&mut || {
        small::from_seed(&seed, &mut key);
    });
    let mut good = print("keygen", used);
    let Some(key) = key else { return false };

    let used = stack.run(&mut || {
        small::sign(&key, message, Context::EMPTY, &rnd, &mut signature);
    });
    good &= print("sign", used);
    let Some(signature) = signature else { return false };

    // Keys and signatures are transmitted as bytes.
    let Ok(public) = VerifyingKey::<P>::from_bytes(key.verifying_key().as_bytes()) else { return false };
    let mut verdicts = [false; 2];
    let used = stack.run(&mut || {
        verdicts = [message, b"A message"]
            .map(|message| small::verify(&public, message, Context::EMPTY, &signature).is_ok());
    });
    good &= print("verify", used);
    good && verdicts == [true, false]
}

fn run() -> i32 {
    let mut stack = TaskStack::new();
    let mut failed = 0;
    #[cfg(feature = "ml-dsa-44")]
    {
        failed += i32::from(!works::<mldsa::MlDsa44>(&mut stack));
    }
    #[cfg(feature = "ml-dsa-65")]
    {
        failed += i32::from(!works::<mldsa::MlDsa65>(&mut stack));
    }
    #[cfg(feature = "ml-dsa-87")]
    {
        failed += i32::from(!works::<mldsa::MlDsa87>(&mut stack));
    }
    black_box(&mut stack);
    failed
}
