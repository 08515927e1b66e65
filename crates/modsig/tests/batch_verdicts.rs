//! Batches of files get the same verdicts as files verified one by one.

use std::fs;
use std::path::{Path, PathBuf};

use modsig::cert::Certificate;
use modsig::kernel::{Config, options_that_matter};
use modsig::trust::TrustStore;
use modsig::verdict::{BatchVerifier, Policy, verify};

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../test-vectors/modsig")
}

/// Signed modules of every algorithm: unchanged, with a changed byte of the module, of the CMS and of the signature,
/// truncated, and unsigned.
fn files() -> Vec<Vec<u8>> {
    let mut paths: Vec<_> =
        fs::read_dir(vectors().join("signed")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        let file = fs::read(path).unwrap();
        let len = file.len();
        // The module's first byte, a byte of the CMS's header, of the signature, of the trailer.
        for at in [0, 11_400, len - 60, len - 38] {
            let mut other = file.clone();
            other[at] ^= 1;
            files.push(other);
        }
        files.push(file[..len - 1].to_vec());
        files.push(file[..11_384].to_vec());
        files.push(file);
    }
    files.push(Vec::new());
    files
}

fn trust() -> TrustStore {
    let mut store = TrustStore::new();
    for name in ["mldsa44-ossl40", "mldsa65-ossl35", "mldsa65-ossl40", "mldsa87-ossl40", "p384", "rsa4096"] {
        let der = fs::read(vectors().join(format!("keys/{name}.der"))).unwrap();
        store.add(Certificate::from_der(&der).unwrap());
    }
    store
}

/// Kills: a lane's result that is assigned to another file or key; a file that is left out; a cached result that is
/// used for another kernel.
#[test]
fn a_group_gets_the_verdicts_of_its_files() {
    let (trust, files) = (trust(), files());
    let views: Vec<&[u8]> = files.iter().map(Vec::as_slice).collect();
    let (mut good, mut compared) = (0, 0);
    for (config, policy) in
        [(Config::STRICT, Policy::DEFAULT), (Config::WAIVER, Policy::KERNEL), (Config::DEBIAN, Policy::CNSA2)]
    {
        let policy = policy.with_kernel(config.clone());
        let verifier = BatchVerifier::new(&trust, &policy);
        // Groups of other sizes fill the lanes differently.
        for size in [5, views.len()] {
            let evaluations = views.chunks(size).flat_map(|group| verifier.verify(group));
            for (number, (evaluation, file)) in evaluations.zip(&views).enumerate() {
                let alone = verify(file, &trust, &policy);
                assert_eq!(format!("{:?}", evaluation.verdict), format!("{alone:?}"));
                good += usize::from(alone.is_good());
                compared += 1;
                if size == 5 && number % 7 == 6 {
                    assert_eq!(
                        verifier.options_that_matter(&evaluation),
                        options_that_matter(file, trust.sources(), &config)
                    );
                }
            }
        }
    }
    assert_eq!(compared, 3 * 2 * files.len());
    assert!(good >= 3 * 2, "{good}");
}
