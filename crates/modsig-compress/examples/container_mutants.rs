//! Writes compressed modules that are unusual or wrong, and what Linux is predicted to answer, for
//! `checks/container-mutants.sh`.
//!
//! `container_mutants FOLDER`: the files, `trust.der`, and for each compression `names-NAME.txt` and `predicted-NAME.txt`.

#[path = "../tests/mutants/build.rs"]
mod build;
#[path = "../tests/mutants/generate.rs"]
mod generate;
#[path = "../tests/mutants/material.rs"]
mod material;

use std::fmt::Write as _;
use std::path::Path;

use modsig::kernel::{Config, Keyring};
use modsig_compress::{Compression, linux};

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder] = &arguments[..] else {
        eprintln!("usage: container_mutants FOLDER");
        std::process::exit(2);
    };
    let folder = Path::new(folder);
    std::fs::create_dir_all(folder)?;
    let certificate = material::certificate();
    std::fs::write(folder.join("trust.der"), &certificate)?;
    let keyring = Keyring::new([certificate.as_slice()], &Config::STRICT);
    let mutants = generate::all(&material::read());
    for compression in Compression::ALL {
        let (mut names, mut predicted) = (String::new(), String::new());
        for mutant in mutants.iter().filter(|mutant| mutant.compression == compression) {
            std::fs::write(folder.join(&mutant.name), &mutant.file)?;
            let _ = writeln!(names, "{}", mutant.name);
            let answer = linux::answer(compression, &mutant.file, &keyring);
            let words = match answer.as_ref().map(|answer| (answer.user_errno(), answer)) {
                None => "unknown".into(),
                Some((None, _)) => "accepted".into(),
                Some((Some(errno), answer)) => {
                    let lines: Vec<&str> = answer.log_lines().collect();
                    let log = if lines.is_empty() { "-".into() } else { lines.join(" | ") };
                    format!("refused {} {log}", errno.number())
                }
            };
            let _ = writeln!(predicted, "{}\t{words}", mutant.name);
        }
        std::fs::write(folder.join(format!("names-{}.txt", compression.name())), names)?;
        std::fs::write(folder.join(format!("predicted-{}.txt", compression.name())), predicted)?;
    }
    println!("{} mutants", mutants.len());
    Ok(())
}
