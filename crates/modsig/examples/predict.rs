//! Prints the predicted answer of Linux, in the words of the kernel gate: one line for each module.
//!
//! `predict [--variant A|B|D|VERSION-COMPRESSION] [--trust CERT]... MODULE...`
//!
//! Variants: A is `Config::STRICT`, B `Config::WAIVER`, D `Config::DEBIAN` with signatures enforced, `6.12-xz` and so on
//! `Config::strict_of` this version. Certificates are
//! DER or PEM; one that this crate cannot read still goes to the predicted kernel. What the kernel does with them is
//! printed on standard error.

use std::process::ExitCode;

use modsig::kernel::{self, Config, Keyring, Version};
use modsig::pem;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("predict: {error}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (mut config, mut certificates, mut modules) = (Config::STRICT, Vec::new(), Vec::new());
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--variant" => {
                config = match arguments.next().as_deref() {
                    Some("A") => Config::STRICT,
                    Some("B") => Config::WAIVER,
                    Some("D") => Config { sig_force: true, ..Config::DEBIAN },
                    other => match other.and_then(Version::from_release).filter(|version| version.is_known())
                    {
                        Some(version) => Config::strict_of(version),
                        None => return Err("--variant wants A, B, D or a version such as 6.12-xz".into()),
                    },
                }
            }
            "--trust" => {
                let path = arguments.next().ok_or("--trust wants a file")?;
                let bytes = std::fs::read(&path).map_err(|error| format!("{path}: {error}"))?;
                if pem::looks_like_pem(&bytes) {
                    let blocks = pem::blocks(&bytes)?;
                    let found = blocks.into_iter().filter(|block| block.label == "CERTIFICATE");
                    certificates.extend(found.map(|block| block.contents.to_vec()));
                } else {
                    certificates.push(bytes);
                }
            }
            _ => modules.push(argument),
        }
    }
    let keyring = Keyring::new(certificates.iter().map(Vec::as_slice), &config);
    for load in keyring.loads() {
        eprintln!("certificate at {}: {:?}: {}", load.offset, load.refusal, load.log.join(" | "));
    }
    for path in modules {
        let file = std::fs::read(&path).map_err(|error| format!("{path}: {error}"))?;
        let name = path.rsplit('/').next().unwrap_or(&path);
        let answer = kernel::answer(&file, &keyring);
        match answer.user_errno() {
            None => println!("loaded {name}"),
            Some(errno) => {
                let lines: Vec<&str> = answer.log_lines().collect();
                let log = if lines.is_empty() { "-".into() } else { lines.join(" | ") };
                println!("refused {name} errno={}({errno}) stage=signature dmesg={log}", errno.number());
            }
        }
    }
    Ok(())
}
