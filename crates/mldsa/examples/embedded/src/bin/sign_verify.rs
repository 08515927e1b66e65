//! Creates a key, signs and verifies, each on a stack of 20 KiB, with each of the parameter sets. Prints the stack use of each.
//! The exit code is the number of parameter sets that failed.
#![no_std]
#![no_main]

use core::hint::black_box;
use mldsa::small::{self, KeygenWorkspace, SignWorkspace, VerifyWorkspace};
use mldsa::{Context, ParameterSet, Rnd, Seed, Signature, SigningKey, VerifyingKey};
use mldsa_embedded::{TaskStack, report};

mldsa_embedded::program!(run);

/// Prints the stack that an operation used, and with `workspace` the sum of both. Returns false if the stack was too short.
fn print<P: ParameterSet>(operation: &str, used: Option<usize>, workspace: usize) -> bool {
    for text in [P::NAME, " ", operation] {
        mldsa_embedded::print(text.as_bytes());
    }
    report("", used);
    if workspace > 0 {
        for text in [P::NAME, " ", operation, ", with its workspace"] {
            mldsa_embedded::print(text.as_bytes());
        }
        report("", used.map(|used| used + workspace));
    }
    used.is_some()
}

/// Creates a key, and checks that a signature verifies for its message and not for another: on the stack of the task only, and in
/// workspaces, which need little stack.
fn works<P: ParameterSet>(stack: &mut TaskStack) -> bool {
    // The results are stored here, not on the stack of the task.
    let (mut key, mut signature): (Option<SigningKey<P>>, Option<Signature<P>>) = (None, None);
    // A real device draws both from its random generator.
    let seed = Seed::from_bytes(black_box([7; 32]));
    let rnd = Rnd::from_bytes(black_box([9; 32]));
    let message = black_box(b"a message");

    let used = stack.run(&mut || {
        small::from_seed(&seed, &mut key);
    });
    let mut good = print::<P>("keygen", used, 0);
    let mut workspace = KeygenWorkspace::NEW;
    let used = stack.run(&mut || {
        small::from_seed_in(&seed, &mut key, &mut workspace);
    });
    good &= print::<P>("keygen_in", used, size_of_val(&workspace));
    let Some(key) = key else { return false };

    let used = stack.run(&mut || {
        small::sign(&key, message, Context::EMPTY, &rnd, &mut signature);
    });
    good &= print::<P>("sign", used, 0);
    let mut workspace = SignWorkspace::<P>::NEW;
    let mut again = None;
    let used = stack.run(&mut || {
        small::sign_in(&key, message, Context::EMPTY, &rnd, &mut again, &mut workspace);
    });
    good &= print::<P>("sign_in", used, size_of_val(&workspace));
    let Some(signature) = signature else { return false };
    good &= again.is_some_and(|again| again == signature);

    // Keys and signatures are transmitted as bytes.
    let Ok(public) = VerifyingKey::<P>::from_bytes(key.verifying_key().as_bytes()) else { return false };
    let mut verdicts = [false; 4];
    let used = stack.run(&mut || {
        verdicts[0] = small::verify(&public, message, Context::EMPTY, &signature).is_ok();
        verdicts[1] = small::verify(&public, b"A message", Context::EMPTY, &signature).is_ok();
    });
    good &= print::<P>("verify", used, 0);
    let mut workspace = VerifyWorkspace::NEW;
    let used = stack.run(&mut || {
        verdicts[2] = small::verify_in(&public, message, Context::EMPTY, &signature, &mut workspace).is_ok();
        verdicts[3] =
            small::verify_in(&public, b"a massage", Context::EMPTY, &signature, &mut workspace).is_ok();
    });
    good &= print::<P>("verify_in", used, size_of_val(&workspace));
    good && verdicts == [true, false, true, false]
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
