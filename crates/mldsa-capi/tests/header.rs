//! `include/modsig_mldsa.h` is what cbindgen generates from the source.
//!
//! `MODSIG_BLESS=1 cargo test -p modsig-mldsa-capi --test header` updates it.

use std::fs;
use std::path::Path;

/// The files that export functions, in the order of the header.
const SOURCES: [&str; 7] = ["result", "sizes", "storage", "signing_key", "sign", "verify", "mu"];

#[test]
fn the_committed_header_is_current() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let header = folder.join("include/modsig_mldsa.h");
    let config = cbindgen::Config::from_file(folder.join("cbindgen.toml")).unwrap();
    let mut builder = cbindgen::Builder::new().with_config(config);
    for source in SOURCES {
        builder = builder.with_src(folder.join(format!("src/{source}.rs")));
    }
    let mut made = Vec::new();
    builder.generate().unwrap().write(&mut made);
    let made = String::from_utf8(made).unwrap();
    if std::env::var_os("MODSIG_BLESS").is_some() {
        fs::write(&header, &made).unwrap();
    }
    let committed = fs::read_to_string(&header).unwrap();
    assert!(
        committed == made,
        "{} is out of date: run the test again with MODSIG_BLESS=1 to update it",
        header.display()
    );

    // Every exported function is in it: SOURCES lists every file.
    let mut exported = 0;
    for entry in fs::read_dir(folder.join("src")).unwrap() {
        let source = fs::read_to_string(entry.unwrap().path()).unwrap();
        for line in source.lines().filter(|line| line.contains("extern \"C\" fn ")) {
            let name = line.split("extern \"C\" fn ").nth(1).unwrap().split('(').next().unwrap();
            assert!(made.contains(&format!("{name}(")), "{name}");
            exported += 1;
        }
    }
    assert_eq!(exported, 27);
}
