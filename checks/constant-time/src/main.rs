//! Constant time, checked on the binary.
//!
//! ```text
//! constant-time memcheck            every operation with its secrets marked; exit code 1 if anything depends on them
//! constant-time control             the same with each declassification left out in turn, and with leaks put in: each
//!                                   must be noticed; exit code 1 if one is not
//! constant-time run                 every operation on AVX-512, to be there for the scan
//! constant-time timing [SAMPLES]    the kernels' time on two classes of secrets, and a leaking one as a control
//! ```
//!
//! The first two are built with `--cfg mldsa_ct_check` and run under `valgrind --error-limit=no`; `check.sh` runs them at each level of optimisation.

mod client;
mod memcheck;
mod timing;

use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let passed = match words[..] {
        ["memcheck"] if client::running() => memcheck::check(),
        ["control"] if client::running() => memcheck::control(),
        ["run"] => memcheck::run(),
        ["memcheck" | "control"] => {
            eprintln!("run this under valgrind: without it nothing would be checked");
            false
        }
        ["timing"] => timing::check(100_000),
        ["timing", samples] if samples.parse::<usize>().is_ok_and(|n| n >= 1000) => {
            timing::check(samples.parse().unwrap_or(1000))
        }
        _ => {
            eprintln!("usage: constant-time memcheck|control|run|timing [SAMPLES, at least 1000]");
            return ExitCode::from(2);
        }
    };
    if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
