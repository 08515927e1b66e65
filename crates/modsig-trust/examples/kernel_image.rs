//! Prints what a kernel image trusts: `cargo run --example kernel_image -- vmlinuz...`. With `--write FOLDER` it also
//! writes each certificate to `FOLDER/N.der`.

use std::error::Error;

use modsig::cert::Certificate;
use modsig_trust::kernel_image::{Found, Image};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1).peekable();
    let folder = match arguments.next_if(|first| first == "--write") {
        Some(_) => Some(arguments.next().ok_or("--write needs a folder")?),
        None => None,
    };
    for path in arguments {
        let file = std::fs::read(&path)?;
        let image = Image::open(&file).map_err(|error| format!("{path}: {error}"))?;
        let release = image.release().unwrap_or("unknown release");
        println!("{path}: {}, Linux {release}", image.layers().join(", "));
        println!("  banner: {}", image.banner().unwrap_or("none"));
        println!("  compares digests of modules: {}", image.compares_digests_of_modules());
        let configuration = image.configuration()?;
        println!("  built-in configuration: {} bytes", configuration.map_or(0, |text| text.len()));
        print("trusted", &image.built_in()?);
        print("revoked", &image.revoked()?);
        println!("  blacklisted hashes: {}", image.blacklisted_hashes().len());
        if let (Some(folder), Found::List(list)) = (&folder, image.built_in()?) {
            for (number, der) in list.certificates.iter().enumerate() {
                std::fs::write(format!("{folder}/{number}.der"), der)?;
            }
        }
    }
    Ok(())
}

fn print(what: &str, found: &Found) {
    match found {
        Found::None(absence) => println!("  {what}: {absence}"),
        Found::List(list) => {
            println!("  {what}: {} at {:#x}, {}", list.certificates.len(), list.offset, list.certainty);
            for der in &list.certificates {
                let subject = Certificate::from_der(der)
                    .map_or_else(|error| error.to_string(), |certificate| certificate.subject());
                println!("    {} bytes: {subject}", der.len());
            }
        }
    }
}
