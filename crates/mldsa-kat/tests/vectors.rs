//! The vectors are exactly the published files.

mod common;

use std::fs;

use mldsa_kat::prehash::HashAlg;

use common::{path, read};

#[test]
fn every_file_has_the_checksum_in_the_list_and_is_in_it() {
    let list = fs::read_to_string(path("SHA256SUMS")).unwrap();
    let mut listed = Vec::new();
    for line in list.lines() {
        let (sum, name) = line.split_once("  ").unwrap();
        let stored = if path(name).exists() { name.to_owned() } else { format!("{name}.gz") };
        let text = read(&stored);
        assert_eq!(hex::encode(HashAlg::Sha2_256.digest(text.as_bytes())), sum, "{stored}");
        listed.push(stored);
    }
    let mut found = Vec::new();
    for folder in ["acvp", "cctv", "rfc9881", "wycheproof"] {
        for entry in fs::read_dir(path(folder)).unwrap() {
            found.push(format!("{folder}/{}", entry.unwrap().file_name().into_string().unwrap()));
        }
    }
    listed.sort();
    found.sort();
    assert_eq!(found, listed);
    assert_eq!(found.len(), 41);
}
