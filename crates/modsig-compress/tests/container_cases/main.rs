//! Predicted answers of Linux to compressed modules, against the answers of real kernels
//! (`checks/container-cases.sh --record`).

mod build;
mod generate;
mod material;

use material::words;
use modsig::kernel::{Config, Keyring, Version};
use modsig_compress::{Unpacked, linux, unpack};

/// Every recorded answer is predicted, with its log line. Kills: reading headers, the end of a stream, or what follows
/// it differently from `kernel/module/decompress.c`; wrong errors.
#[test]
fn predictions_are_the_kernels_answers() {
    let recorded = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../test-vectors/modsig/kernel-cases/containers.txt"
    ))
    .unwrap();
    let mut recorded = recorded.lines().filter(|line| !line.starts_with('#'));
    let certificate = material::certificate();
    let cases = generate::all(&material::read());
    let (mut tried, mut not_predicted, mut wrong) = (0, 0, Vec::new());
    for (variant, version, compression) in material::VARIANTS {
        assert_eq!(recorded.next(), Some(&*format!("variant {variant}")), "record the answers again");
        let keyring = Keyring::new([certificate.as_slice()], &Config::strict_of(version));
        for case in cases.iter().filter(|case| case.compression == compression) {
            let line = recorded.next().expect("an answer is recorded for every case");
            let (name, seen) = line.split_once('\t').unwrap();
            assert_eq!(name, case.name, "record the answers again");
            tried += 1;
            match linux::answer(case.compression, &case.file, &keyring) {
                None => not_predicted += 1,
                Some(answer) if words(&answer) == seen => {}
                Some(answer) => {
                    wrong.push(format!("{variant} {name}: {}; the kernel: {seen}", words(&answer)));
                }
            }
        }
    }
    assert!(recorded.next().is_none(), "answers are recorded for cases that are not made");
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong.join("\n"));
    println!("{tried} answers, {not_predicted} of them not predicted");
    assert_eq!((tried, not_predicted), (TRIED, NOT_PREDICTED));
}

/// How many answers there are, and for how many the answer depends on the memory of the machine.
const TRIED: usize = 795;
const NOT_PREDICTED: usize = 0;

/// If the strict reading accepts a file without a defect, Linux reads the same bytes; with a defect, Linux rejects it.
#[test]
fn the_strict_reading_is_a_part_of_linuxs() {
    let (mut accepted, mut defects) = (0, 0);
    for case in generate::all(&material::read()) {
        let name = &case.name;
        match unpack(case.compression, &case.file) {
            Ok(Unpacked { bytes, defect: None }) => {
                assert_eq!(
                    linux::unpack(case.compression, &case.file, Version::V7_3).as_ref(),
                    Ok(&bytes),
                    "{name}"
                );
                accepted += 1;
            }
            Ok(Unpacked { defect: Some(_), .. }) => {
                let linux = linux::unpack(case.compression, &case.file, Version::V7_3);
                assert!(matches!(linux, Err(linux::Rejection::Rejected { .. })), "{name}: {linux:?}");
                defects += 1;
            }
            Err(_) => {}
        }
    }
    println!("{accepted} accepted, {defects} with a defect");
    assert!(accepted > 40 && defects > 6, "{accepted} {defects}");
}

/// The two readings of one file: what gunzip finds in it, and what Linux finds. Kills: a reading of FEXTRA.
#[test]
fn a_file_with_two_readings_is_rejected() {
    let material = material::read();
    let cases = generate::all(&material);
    let find = |name: &str| cases.iter().find(|case| case.name == name).unwrap();
    let case = find("extra-is-another-stream.ko.gz");
    assert!(unpack(case.compression, &case.file).is_err());
    assert_eq!(linux::unpack(case.compression, &case.file, Version::V7_3).as_ref(), Ok(&material.unsigned));
    let case = find("extra-is-another-signed.ko.gz");
    assert!(unpack(case.compression, &case.file).is_err());
    assert_eq!(linux::unpack(case.compression, &case.file, Version::V7_3).as_ref(), Ok(&material.signed));
    // The length in the header is wrong: Linux does not notice, `zstd` does.
    let case = find("size-more-last-block-empty.ko.zst");
    assert!(unpack(case.compression, &case.file).is_err());
    assert_eq!(linux::unpack(case.compression, &case.file, Version::V7_3).as_ref(), Ok(&material.signed));
    let case = find("size-last-block-empty.ko.zst");
    assert_eq!(unpack(case.compression, &case.file).unwrap().bytes, material.signed);
    // Four Huffman streams with other shares than a quarter each: libzstd's fast loop assumes a quarter of each.
    let fair = find("huffman-100.ko.zst");
    assert_eq!(unpack(fair.compression, &fair.file).unwrap().bytes, material.signed);
    for share in [98, 99, 101, 102, 103, 104] {
        let unfair = find(&format!("huffman-{share}.ko.zst"));
        assert!(unpack(unfair.compression, &unfair.file).is_err(), "{share}");
    }
}
