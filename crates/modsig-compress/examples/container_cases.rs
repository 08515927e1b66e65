//! Writes compressed modules that are unusual or wrong, and what Linux is predicted to answer, for
//! `checks/container-cases.sh`.
//!
//! `container_cases FOLDER`: the files, `trust.der`, and for each variant of the kernel gate `names-VARIANT.txt` and
//! `predicted-VARIANT.txt`.

#[path = "../tests/container_cases/build.rs"]
mod build;
#[path = "../tests/container_cases/generate.rs"]
mod generate;
#[path = "../tests/container_cases/material.rs"]
mod material;

use std::fmt::Write as _;
use std::path::Path;

use modsig::kernel::{Config, Keyring};
use modsig_compress::linux;

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder] = &arguments[..] else {
        eprintln!("usage: container_cases FOLDER");
        std::process::exit(2);
    };
    let folder = Path::new(folder);
    std::fs::create_dir_all(folder)?;
    let certificate = material::certificate();
    std::fs::write(folder.join("trust.der"), &certificate)?;
    let cases = generate::all(&material::read());
    for (variant, version, compression) in material::VARIANTS {
        let keyring = Keyring::new([certificate.as_slice()], &Config::strict_of(version));
        let (mut names, mut predicted) = (String::new(), String::new());
        for case in cases.iter().filter(|case| case.compression == compression) {
            std::fs::write(folder.join(&case.name), &case.file)?;
            let _ = writeln!(names, "{}", case.name);
            let answer = linux::answer(compression, &case.file, &keyring);
            let words = answer.as_ref().map_or_else(|| "unknown".into(), material::words);
            let _ = writeln!(predicted, "{}\t{words}", case.name);
        }
        std::fs::write(folder.join(format!("names-{variant}.txt")), names)?;
        std::fs::write(folder.join(format!("predicted-{variant}.txt")), predicted)?;
    }
    println!("{} cases", cases.len());
    Ok(())
}
