//! Verifies many files at once: hashes modules and verifies ML-DSA signatures in the lanes of one core.

use core::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};
use std::sync::OnceLock;

use mldsa::dynamic::AnyExpandedVerifyingKey;
use mldsa::{Context, InvalidSignature, Mu};

use super::{Policy, Verdict, verify, verify_with_cache};
use crate::cert::Certificate;
use crate::cms;
use crate::kernel::{self, Answer, Config, ConfigOption};
use crate::module_cache::ModuleCache;
use crate::public_key::PublicKey;
use crate::trailer::{self, Split};
use crate::trust::TrustStore;
use crate::work::Work;

/// Verifies many files with the same trust store and policy. The verdicts equal those of [`verify`] for each file, but
/// batches are faster: each trusted ML-DSA key is expanded once, and up to eight modules are hashed at a time.
///
/// One thread calls it with one group of files; several threads may share it.
#[derive(Debug)]
pub struct BatchVerifier<'a> {
    trust: &'a TrustStore,
    policy: &'a Policy,
    /// The expanded key of each trusted certificate, created for its first signature: 17 to 51 KiB.
    keys: Vec<OnceLock<AnyExpandedVerifyingKey>>,
}

/// The evaluation of one file of a group: the verdict and the cached results.
#[derive(Debug)]
pub struct Evaluation<'f> {
    /// The verdict.
    pub verdict: Verdict,
    file: &'f [u8],
    /// For a signed file: the cached results of its module, and its CMS.
    cache: Option<(ModuleCache<'f>, &'f [u8])>,
}

/// The most signatures of one file that are verified in lanes: a CMS has room for 27, and a trust store may have
/// several keys with one name.
const MOST_PLANNED: usize = 32;

/// A signature to verify with an expanded key.
struct Task<'f> {
    /// Index of the file in the group.
    file: usize,
    module: &'f [u8],
    signature: &'f [u8],
}

impl<'a> BatchVerifier<'a> {
    /// Creates it; expands no key yet.
    pub fn new(trust: &'a TrustStore, policy: &'a Policy) -> Self {
        let keys = trust.certificates().iter().map(|_| OnceLock::new()).collect();
        Self { trust, policy, keys }
    }

    /// Verifies a group of files; the results are in the same order.
    pub fn verify<'f>(&self, files: &[&'f [u8]]) -> Vec<Evaluation<'f>> {
        let mut tasks: BTreeMap<usize, Vec<Task<'f>>> = BTreeMap::new();
        let cache: Vec<_> = files
            .iter()
            .enumerate()
            .map(|(number, file)| {
                let Ok(Split::Signed(signed)) = trailer::split(file) else { return None };
                self.plan(number, signed.module, signed.cms, &mut tasks);
                Some((ModuleCache::new(signed.module), signed.cms))
            })
            .collect();
        for (certificate, tasks) in tasks {
            self.verify_in_lanes(certificate, tasks, &cache);
        }
        let evaluate = |(file, cache): (&&'f [u8], Option<(ModuleCache<'f>, &'f [u8])>)| {
            let verdict = match &cache {
                Some((cache, cms)) => verify_with_cache(cache, cms, self.trust, self.policy),
                None => verify(file, self.trust, self.policy),
            };
            Evaluation { verdict, file, cache }
        };
        files.iter().zip(cache).map(evaluate).collect()
    }

    /// Finds the options of the predicted kernel that change its answer to a file, and returns the changed answers.
    /// Toggles one option at a time, as [`kernel::options_that_matter`], and uses the cached results.
    pub fn options_that_matter(&self, evaluation: &Evaluation<'_>) -> Vec<(ConfigOption, Answer)> {
        let present = &evaluation.verdict.kernel;
        let answer = |option: ConfigOption| {
            let mut other: Config = self.policy.kernel().clone();
            option.set(&mut other, !option.get(self.policy.kernel()));
            let keyring = self.trust.keyring(&other);
            let changed = match &evaluation.cache {
                Some((cache, cms)) => kernel::answer_with_cache(cache, cms, &keyring),
                None => kernel::answer(evaluation.file, &keyring),
            };
            (!changed.is_same_for_user_space(present)).then_some((option, changed))
        };
        ConfigOption::worth_toggling(self.policy.kernel()).filter_map(answer).collect()
    }

    /// Collects the signatures of a file that lanes can verify: ML-DSA signatures over the module itself, with trusted
    /// keys.
    fn plan<'f>(
        &self,
        file: usize,
        module: &'f [u8],
        cms: &'f [u8],
        tasks: &mut BTreeMap<usize, Vec<Task<'f>>>,
    ) {
        let Ok(message) = cms::parse(cms) else { return };
        let (mut planned, mut places) = (HashSet::new(), HashSet::new());
        for signer in message.signers.iter().filter(|signer| signer.signed_attributes.is_none()) {
            for certificate in self.trust.find(&signer.sid) {
                let PublicKey::MlDsa(key) = certificate.public_key() else { continue };
                let place = self.trust.certificates().iter().position(|one| core::ptr::eq(one, certificate));
                // A signature of the wrong length costs nothing in the verifier.
                if let Some(place) =
                    place.filter(|_| signer.signature.len() == key.parameters().signature_len())
                {
                    // Further signatures are left to the verifiers, which count their cost.
                    let most_places = Work::READINGS as usize;
                    if planned.len() >= MOST_PLANNED
                        || (places.len() >= most_places && !places.contains(&place))
                        || !planned.insert((place, signer.signature))
                    {
                        continue;
                    }
                    places.insert(place);
                    tasks.entry(place).or_default().push(Task { file, module, signature: signer.signature });
                }
            }
        }
    }

    fn verify_in_lanes(
        &self,
        certificate: usize,
        mut tasks: Vec<Task<'_>>,
        cache: &[Option<(ModuleCache<'_>, &[u8])>],
    ) {
        let Some(PublicKey::MlDsa(key)) =
            self.trust.certificates().get(certificate).map(Certificate::public_key)
        else {
            return;
        };
        let expanded = self.keys.get(certificate).map(|slot| slot.get_or_init(|| key.expand()));
        let Some(expanded) = expanded else { return };
        // The longest first, so that the lanes stay busy. Each module is hashed once, even with several signatures.
        tasks.sort_by_key(|task| (Reverse(task.module.len()), task.file));
        let mut hashed: Vec<(usize, &[u8])> = tasks.iter().map(|task| (task.file, task.module)).collect();
        hashed.dedup_by_key(|(file, _)| *file);
        let modules: Vec<&[u8]> = hashed.iter().map(|(_, module)| *module).collect();
        let mut mus = vec![Mu::from_bytes([0; 64]); modules.len()];
        Mu::of_messages(expanded.tr(), Context::EMPTY, &modules, &mut mus);
        let mus: BTreeMap<usize, Mu> = hashed.into_iter().map(|(file, _)| file).zip(mus).collect();
        let batch: Vec<(&Task<'_>, Mu)> =
            tasks.iter().filter_map(|task| Some((task, *mus.get(&task.file)?))).collect();
        let signatures: Vec<(Mu, &[u8])> = batch.iter().map(|(task, mu)| (*mu, task.signature)).collect();
        let mut results = vec![Err(InvalidSignature); batch.len()];
        expanded.verify_batch(&signatures, &mut results);
        for ((task, mu), result) in batch.iter().zip(results) {
            if let Some(Some((cache, _))) = cache.get(task.file) {
                cache.insert_ml_dsa(key, mu, task.signature, result.is_ok());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::public_key::PublicKey;

    fn vector(name: &str) -> Vec<u8> {
        let full = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/").to_owned() + name;
        std::fs::read(full).unwrap()
    }

    /// Only the keys whose signatures a group contains are expanded: lanes are used, and only where they help. Kills:
    /// verdicts that are right but computed one by one, lanes for signatures of a wrong length.
    #[test]
    fn lanes_are_used_for_what_they_can_do() {
        let names = ["p384", "mldsa44-ossl40", "mldsa65-ossl40", "mldsa87-ossl40"];
        let certificates = names.map(|name| Certificate::from_der(&vector(&format!("{name}.der"))).unwrap());
        let trust: TrustStore = certificates.into_iter().collect();
        let file = vector("dummy.mldsa65-ossl40.sf40.sha512.ko");
        let Ok(Split::Signed(signed)) = trailer::split(&file) else { panic!() };
        // The same signer, with a signature that is one byte short or made by another key.
        let with_signature = |bytes: &[u8]| {
            let message = cms::parse(signed.cms).unwrap();
            let PublicKey::MlDsa(key) = trust.certificates()[2].public_key() else { panic!() };
            let algorithm = crate::key::KeyAlgorithm::MlDsa(key.parameters());
            let cms = cms::build(&message.signers[0].sid, crate::algorithm::Digest::Sha512, algorithm, bytes);
            [signed.module, &trailer::append(&cms).unwrap()].concat()
        };
        let expanded = |file: &[u8]| {
            let policy = Policy::DEFAULT;
            let verifier = BatchVerifier::new(&trust, &policy);
            let good = verifier.verify(&[file])[0].verdict.is_good();
            (good, verifier.keys.iter().map(|key| key.get().is_some()).collect::<Vec<_>>())
        };
        assert_eq!(expanded(&file), (true, vec![false, false, true, false]));
        assert_eq!(expanded(&with_signature(&[0; 3309])), (false, vec![false, false, true, false]));
        for length in [0, 3308, 3310, 2420] {
            assert_eq!(expanded(&with_signature(&vec![0; length])), (false, vec![false; 4]));
        }
        let ecdsa = vector("dummy.p384.sf40.sha384.ko");
        assert_eq!(expanded(&ecdsa), (true, vec![false; 4]));
        let attributes = vector("dummy.mldsa65-ossl35.sf35.sha512.ko");
        assert_eq!(expanded(&attributes).1, vec![false; 4]);
    }
}
