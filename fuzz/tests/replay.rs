//! The corpus and the test vectors through every target, without a fuzzer; and every claim turned over.

use modsig_fuzz::claims::{heard_in, with_turned};
use modsig_fuzz::{TARGETS, Target};
use std::collections::BTreeSet;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

/// How many files each target's corpus has, and how many test vectors at least are replayed beside it. Change it with the
/// corpus: no file can get lost.
const COUNTS: [(&str, usize, usize); 16] = [
    ("trailer", 31, 7),
    ("cms", 177, 39),
    ("certificate", 660, 43),
    ("private_key", 503, 48),
    ("elf", 125, 10),
    ("compressed", 285, 0),
    ("hashing", 185, 0),
    ("mldsa_keys", 69, 0),
    ("mldsa_verify", 501, 0),
    ("sign_mutate_verify", 421, 0),
    ("kernel_verdict", 1052, 0),
    ("policy_file", 327, 0),
    ("kernel_config", 55, 0),
    ("command_line", 136, 0),
    ("kernel_image", 15, 0),
    ("efi_variables", 28, 0),
];

/// Which folder's files, with which ends of their names, are inputs as they are.
const VECTORS: [(&str, &str, &[&str]); 8] = [
    ("trailer", "modsig/signed", &["ko"]),
    ("cms", "modsig/cms", &["p7s"]),
    ("certificate", "modsig/keys", &["der", "pem", "crt"]),
    ("certificate", "rfc9881", &["crt"]),
    ("private_key", "modsig/keys", &["pem", "der"]),
    ("private_key", "rfc9881", &["priv"]),
    ("elf", "modules", &["ko"]),
    ("elf", "modsig/signed", &["ko"]),
];

fn files(folder: &Path, ends: &[&str]) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| {
        ends.is_empty() || file.extension().is_some_and(|end| ends.iter().any(|it| end == *it))
    });
    files.sort();
    files
}

fn corpus(target: &Target) -> Vec<PathBuf> {
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.name), &[])
}

fn vectors(target: &Target) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../test-vectors");
    let of_target = VECTORS.iter().filter(|(name, ..)| *name == target.name);
    of_target.flat_map(|(_, folder, ends)| files(&root.join(folder), ends)).collect()
}

/// The inputs that a file stands for: itself with each question.
fn asked(target: &Target, file: &Path, is_vector: bool) -> Vec<Vec<u8>> {
    let bytes = fs::read(file).unwrap();
    if target.questions == 1 {
        return vec![bytes];
    }
    let about = if is_vector { &bytes[..] } else { bytes.get(1..).unwrap_or_default() };
    (0..target.questions).map(|question| [&[question], about].concat()).collect()
}

fn replay(target: &Target, files: &[PathBuf], are_vectors: bool) {
    // libFuzzer tries it first, too.
    (target.run)(&[]);
    for file in files {
        for input in asked(target, file, are_vectors) {
            if let Err(error) = catch_unwind(|| (target.run)(&input)) {
                eprintln!("with {}, question {}", file.display(), input.first().unwrap_or(&0));
                std::panic::resume_unwind(error);
            }
        }
    }
}

#[test]
fn every_claim_holds_on_the_corpus_and_the_vectors() {
    let mut counts = Vec::new();
    let mut unheard = Vec::new();
    for target in TARGETS {
        let (corpus, vectors) = (corpus(target), vectors(target));
        let heard = heard_in(|| {
            replay(target, &corpus, false);
            replay(target, &vectors, true);
        });
        println!("{}: {} + {} files, {} claims", target.name, corpus.len(), vectors.len(), heard.len());
        let listed: BTreeSet<_> = target.claims.iter().copied().collect();
        unheard.extend(heard.symmetric_difference(&listed).copied());
        counts.push((target.name, corpus.len(), vectors.len()));
    }
    assert_eq!(unheard, Vec::<&str>::new(), "claims that are listed and not made, or made and not listed");
    assert_eq!(counts.len(), COUNTS.len());
    for (counted, known) in counts.iter().zip(COUNTS) {
        // Vectors may become more; a file of the corpus is counted here.
        assert!(
            counted.0 == known.0 && counted.1 == known.1 && counted.2 >= known.2,
            "{counted:?}, not {known:?}"
        );
    }
}

/// The negative control: a target whose claim is turned over fails on the corpus. So each is reached, and can fail.
#[test]
fn every_claim_turned_over_fails() {
    let mut unshaken = Vec::new();
    let mut turned = 0;
    for target in TARGETS {
        let corpus = corpus(target);
        for claim in target.claims {
            let result = catch_unwind(|| with_turned(claim, || run_all(target, &corpus)));
            let message = result.err().and_then(|message| message.downcast::<String>().ok());
            if message.is_none_or(|message| *message != format!("broken: {claim}")) {
                unshaken.push(claim);
            }
            turned += 1;
        }
    }
    assert_eq!(unshaken, Vec::<&&str>::new(), "claims that can be turned over without a failure");
    println!("{turned} claims turned over, each seen to fail");
    assert_eq!(turned, TARGETS.iter().map(|target| target.claims.len()).sum::<usize>());
}

fn run_all(target: &Target, files: &[PathBuf]) {
    for file in files {
        asked(target, file, false).iter().for_each(|input| (target.run)(input));
    }
}
