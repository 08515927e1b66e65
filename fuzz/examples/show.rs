//! Tells what both judges say of one input of `kernel_verdict`: `cargo run --example show FILE`.

fn main() {
    let path = std::env::args_os().nth(1).expect("a file of the corpus, or of artifacts");
    let input = std::fs::read(path).expect("a file that can be read");
    let (file, name) = modsig_fuzz::kernel_verdict::file_of(&input[1..]);
    let trust = &modsig_fuzz::keys::bases().trust;
    let verdict = modsig::verdict::verify(&file, trust, &modsig::verdict::Policy::DEFAULT);
    println!(
        "base: {name}\nkind: {}\nLinux: {}\nlog: {:?}",
        verdict.kind(),
        verdict.kernel,
        verdict.kernel.log
    );
    println!("findings: {:#?}\nwarnings: {:#?}", verdict.findings, verdict.warnings);
    let cms = file.get(verdict.module_len..).unwrap_or_default();
    println!(
        "module: {} bytes, then: {}",
        verdict.module_len,
        cms.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    );
}
