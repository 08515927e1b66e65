//! Predicted answers of the kernel, against those of real kernels (`./check kernel-cases --record`).

#[allow(dead_code, reason = "the example uses the rest")]
mod generate;

use generate::answers::{self, Table};
use modsig::kernel::{self, Keyring};

/// Every recorded answer is predicted, and every case has one. Kills: any change to the reading of BER, to the order
/// of checks, to error numbers and log lines, to what differs between versions, that a kernel would not make.
#[test]
fn predictions_are_the_kernels_answers() {
    let recorded = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../test-vectors/modsig/kernel-cases/answers.txt"
    ))
    .unwrap();
    let mut recorded: Table = answers::read(&recorded);
    let material = generate::Material::read();
    let variants = answers::variants();
    let (mut tried, mut wrong) = (0, Vec::new());
    for kernel in generate::all(&material) {
        for (variant, config) in &variants {
            let keyring = Keyring::new(kernel.certificates.iter().map(Vec::as_slice), config);
            let of_variant = recorded.get_mut(*variant).expect("a variant is not recorded");
            for case in &kernel.cases {
                let key = (kernel.name.clone(), answers::family(&case.name).to_owned());
                let Some(list) = of_variant.get_mut(&key).filter(|list| !list.is_empty()) else {
                    panic!("no answer is recorded for {variant} {key:?}: run ./check kernel-cases --record");
                };
                let seen = list.remove(0);
                let predicted = answers::words(&kernel::answer(&case.file, &keyring));
                if predicted != seen {
                    wrong.push(format!(
                        "{} {variant} {}: {predicted:?}, the kernel: {seen:?}",
                        kernel.name, case.name
                    ));
                }
                tried += 1;
            }
            // One wrong rule makes thousands of wrong answers: the first are enough.
            assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong.join("\n"));
        }
    }
    let mut rest = recorded.values().flat_map(|answers| answers.values());
    assert!(rest.all(Vec::is_empty), "answers are recorded for cases that are not made");
    assert_eq!(tried, variants.len() * 15_892);
    assert_eq!(variants.len(), 5);
}
