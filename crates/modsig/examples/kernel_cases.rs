//! Writes the cases and the predicted answers of Linux to them, for `checks/kernel-cases.sh`.
//!
//! `cases FOLDER`: in FOLDER one folder for each kernel with its certificates (`trust-NNN.der`), its modules and the
//! predictions for each variant of the kernel gate (`predicted-VARIANT.txt`), in the words of the gate.
//!
//! `cases --record FOLDER FILE`: reads the kernels' answers from FOLDER (`answered-VARIANT.txt`) and writes them to FILE,
//! in few bytes, for the test `kernel_cases`. Every answer must be there.

#[allow(dead_code, reason = "the test uses all of it")]
#[path = "../tests/kernel_cases/generate/mod.rs"]
mod generate;

use std::fmt::Write as _;
use std::path::Path;

use generate::answers::{self, Table};
use modsig::kernel::{Answer, Keyring};

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["--record", folder, file] => record(Path::new(folder), Path::new(file)),
        [folder] if !folder.starts_with('-') => make(Path::new(folder)),
        _ => {
            eprintln!("usage: cases FOLDER | cases --record FOLDER FILE");
            std::process::exit(2);
        }
    }
}

/// Writes all files.
fn make(folder: &Path) -> std::io::Result<()> {
    let mut count = 0;
    for kernel in generate::all(&generate::Material::read()) {
        let folder = folder.join(&kernel.name);
        std::fs::create_dir_all(&folder)?;
        for (at, certificate) in kernel.certificates.iter().enumerate() {
            std::fs::write(folder.join(format!("trust-{at:03}.der")), certificate)?;
        }
        for case in &kernel.cases {
            std::fs::write(folder.join(&case.name), &case.file)?;
        }
        for (variant, config) in answers::variants() {
            let keyring = Keyring::new(kernel.certificates.iter().map(Vec::as_slice), &config);
            let mut lines = String::new();
            for case in &kernel.cases {
                let answer = modsig::kernel::answer(&case.file, &keyring);
                let _ = writeln!(lines, "{}", gate_words(&case.name, &answer));
            }
            std::fs::write(folder.join(format!("predicted-{variant}.txt")), lines)?;
        }
        count += kernel.cases.len();
    }
    println!("{count} cases");
    Ok(())
}

/// Collects the kernel's answers.
fn record(folder: &Path, file: &Path) -> std::io::Result<()> {
    let mut table = Table::new();
    let mut count = 0;
    for kernel in generate::all(&generate::Material::read()) {
        for (variant, _) in answers::variants() {
            let path = folder.join(&kernel.name).join(format!("answered-{variant}.txt"));
            let answered = std::fs::read_to_string(&path)?;
            if answered.lines().count() != kernel.cases.len() {
                return Err(std::io::Error::other(format!("{} is not complete", path.display())));
            }
            for line in answered.lines() {
                let (outcome, rest) = line.split_once(' ').unwrap_or((line, ""));
                let (name, rest) = rest.split_once(' ').unwrap_or((rest, ""));
                let words = match outcome {
                    "loaded" => outcome.to_owned(),
                    _ => {
                        let errno = rest.trim_start_matches("errno=").split('(').next().unwrap_or_default();
                        let log = rest.split_once("dmesg=").map_or("-", |(_, log)| log);
                        format!("refused {errno} {log}")
                    }
                };
                let key = (kernel.name.clone(), answers::family(name).to_owned());
                table.entry(variant.to_owned()).or_default().entry(key).or_default().push(words);
                count += 1;
            }
        }
    }
    std::fs::write(file, answers::write(&table))?;
    println!("{count} answers");
    Ok(())
}

/// An answer in the words of the kernel gate, without the stage, which the gate guesses.
fn gate_words(name: &str, answer: &Answer) -> String {
    match answer.user_errno() {
        None => format!("loaded {name}"),
        Some(errno) => {
            let lines: Vec<&str> = answer.log_lines().collect();
            let log = if lines.is_empty() { "-".into() } else { lines.join(" | ") };
            format!("refused {name} errno={}({errno}) dmesg={log}", errno.number())
        }
    }
}
