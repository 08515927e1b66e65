//! The cost of hostile files, counted in operations. The files are like the worst that were found: signers × chain of
//! certificates × long RSA exponents.

use super::*;
use crate::asn1::{Walk, tag, write};
use crate::cert::Certificate;
use crate::cms;
use crate::kernel::{self, Config, ConfigOption, Keyring, LoadError, Sources, Stage};
use crate::module_cache::ModuleCache;
use crate::pem;
use crate::trust::TrustStore;
use crate::verdict::{Kind, Policy, Problem, verify_detached, verify_with_cache};

const MODULE: &[u8] = b"not an ELF file";

/// The numbers n, e, d of the test key, as INTEGERs.
fn rsa_key() -> [Vec<u8>; 3] {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/rsa2048.pem");
    let blocks = pem::blocks(&std::fs::read(path).unwrap()).unwrap();
    let info = blocks.iter().find(|block| block.label == "PRIVATE KEY").unwrap();
    let mut walk = Walk::new(&info.contents).any("").unwrap().walk();
    let (_, _, key) = (walk.any("").unwrap(), walk.any("").unwrap(), walk.any("").unwrap());
    let mut walk = key.walk().any("").unwrap().walk();
    walk.any("").unwrap();
    [(); 3].map(|()| walk.any("").unwrap().raw.to_vec())
}

/// Keys whose public exponent is the long number d: signing is cheap and verifying is expensive.
struct Maker {
    n: Vec<u8>,
    e: Vec<u8>,
    d: Vec<u8>,
}

impl Maker {
    fn new() -> Self {
        let [n, e, d] = rsa_key();
        Self { n, e, d }
    }

    /// m^65537 mod n, by the code under test; other tests check its results.
    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let hash = crate::algorithm::Digest::Sha256.hash(message).unwrap();
        let prefix = crate::public_key::digest_info_prefix(crate::algorithm::Digest::Sha256, &hash);
        let ones = vec![0xff; 256 - 3 - prefix.len() - hash.len()];
        let encoded = [&[0, 1][..], &ones, &[0], &prefix, &hash].concat();
        let number = |raw: &[u8]| Walk::new(raw).any("").unwrap().value.to_vec();
        kernel::rsa::vartime_public_operation(&number(&self.n), &number(&self.e), &encoded, true).unwrap()
    }

    /// A certificate by this key for this key.
    fn certificate(&self, subject: u32, issuer: u32, serial: u32) -> Vec<u8> {
        let null = write(tag::NULL, &[]);
        let rsa = |oid: &[u8]| write(tag::SEQUENCE, &[&write(tag::OID, &[oid]), &null]);
        let with_sha256 = rsa(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11]);
        let key = write(tag::SEQUENCE, &[&self.n, &self.d]);
        let key =
            [&rsa(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1])[..], &write(3, &[&[0], &key])].concat();
        let extension = |last: u8, value: Vec<u8>| {
            write(
                tag::SEQUENCE,
                &[&write(tag::OID, &[&[0x55, 0x1d, last]]), &write(tag::OCTET_STRING, &[&value])],
            )
        };
        let extensions = [
            extension(14, write(tag::OCTET_STRING, &[&key_id(subject)])),
            extension(35, write(tag::SEQUENCE, &[&write(0x80, &[&key_id(issuer)])])),
        ];
        let time = write(tag::UTC_TIME, &[b"250101000000Z"]);
        let tbs = [
            write(0xa0, &[&[2, 1, 2]]),
            write(tag::INTEGER, &[&number(serial)]),
            with_sha256.clone(),
            name(issuer),
            write(tag::SEQUENCE, &[&time, &time]),
            name(subject),
            write(tag::SEQUENCE, &[&key]),
            write(0xa3, &[&write(tag::SEQUENCE, &[&extensions.concat()])]),
        ];
        let tbs = write(tag::SEQUENCE, &[&tbs.concat()]);
        let signature = write(3, &[&[0], &self.sign(&tbs)]);
        write(tag::SEQUENCE, &[&tbs, &with_sha256, &signature])
    }

    /// A signer named by this issuer and serial number; SHA-256, RSA.
    fn signer(&self, sid: &[u8], version: u8, signature: &[u8]) -> Vec<u8> {
        let sha256 =
            write(tag::SEQUENCE, &[&write(tag::OID, &[crate::algorithm::Digest::Sha256.oid().as_bytes()])]);
        let rsa = write(tag::OID, &[&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1]]);
        let rsa = write(tag::SEQUENCE, &[&rsa, &[5, 0]]);
        let signature = write(tag::OCTET_STRING, &[signature]);
        write(tag::SEQUENCE, &[&[2, 1, version], sid, &sha256, &rsa, &signature])
    }
}

/// Four octets that are a short positive INTEGER.
fn number(number: u32) -> [u8; 4] {
    (0x4000_0000 | number).to_be_bytes()
}

fn key_id(number: u32) -> [u8; 8] {
    (0x4b45_5900_0000_0000 | u64::from(number)).to_be_bytes()
}

fn name(number: u32) -> Vec<u8> {
    let text = write(tag::UTF8_STRING, &[format!("test {number}").as_bytes()]);
    let part = write(tag::SEQUENCE, &[&write(tag::OID, &[&[0x55, 4, 3]]), &text]);
    write(tag::SEQUENCE, &[&write(tag::SET, &[&part])])
}

fn message(version: u8, certificates: &[Vec<u8>], signers: &[Vec<u8>]) -> Vec<u8> {
    let sha256 =
        write(tag::SEQUENCE, &[&write(tag::OID, &[crate::algorithm::Digest::Sha256.oid().as_bytes()])]);
    let mut parts = vec![
        vec![2, 1, version],
        write(tag::SET, &[&sha256]),
        write(tag::SEQUENCE, &[&write(tag::OID, &[cms::ID_DATA.as_bytes()])]),
    ];
    if !certificates.is_empty() {
        parts.push(write(0xa0, &[&certificates.concat()]));
    }
    parts.push(write(tag::SET, &[&signers.concat()]));
    let signed_data = write(0xa0, &[&write(tag::SEQUENCE, &[&parts.concat()])]);
    write(tag::SEQUENCE, &[&write(tag::OID, &[cms::ID_SIGNED_DATA.as_bytes()]), &signed_data])
}

/// A chain of `certificates`, each the issuer of the one before, and `signers` copies of a signer with the first.
fn chain(maker: &Maker, certificates: u32, signers: usize) -> Vec<u8> {
    let certificates: Vec<_> = (0..certificates).map(|at| maker.certificate(at, at + 1, at)).collect();
    let sid = write(tag::SEQUENCE, &[&name(1), &write(tag::INTEGER, &[&number(0)])]);
    let signer = maker.signer(&sid, 1, &maker.sign(MODULE));
    message(1, &certificates, &vec![signer; signers])
}

/// A repeated question costs nothing more, and no question depends on those before it.
///
/// Kills: a chain that is verified for each signer (200 operations, 48 s for a file of 20 KB), one signature that is
/// verified for each repetition, each option of the kernel computed separately.
#[test]
fn each_operation_is_computed_once() {
    let cms = chain(&Maker::new(), 10, 20);
    let cache = ModuleCache::new(MODULE);
    let mut store = TrustStore::new();
    store.add(Certificate::read_all(&std::fs::read(RSA).unwrap()).unwrap().remove(0));
    let policy = Policy::DEFAULT;
    let verdict = verify_with_cache(&cache, &cms, &store, &policy);
    assert_eq!((verdict.kernel.stage, verdict.kernel.refusal), (Stage::Trust, Some(kernel::Errno::ENOKEY)));
    // The signature, and nine certificates by their issuers. The strict verifier has no key for it.
    assert_eq!(cache.memo().computed().0, 10);
    for option in ConfigOption::ALL {
        let mut config = Config::STRICT;
        let value = !option.get(&config);
        option.set(&mut config, value);
        let answer = kernel::answer_with_cache(&cache, &cms, &store.keyring(&config));
        assert_eq!(
            answer,
            kernel::answer_detached(MODULE, &cms, &store.keyring(&config)),
            "{}",
            option.name()
        );
    }
    assert_eq!(cache.memo().computed().0, 10);
}

const RSA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/rsa2048.der");

/// Kills: an exceeded limit that ends as "good", as "loaded" or as another error; a limit that does not bound what is
/// computed; a policy that follows the kernel and accepts the missing answer as good.
#[test]
fn a_message_beyond_the_budget_is_too_expensive() {
    let maker = Maker::new();
    let operation = cost_of_rsa(256, 2048, true);
    let most = u32::try_from(Work::LIMIT / operation).unwrap();
    for (length, too_expensive) in [(most, false), (most + 1, true), (most + 20, true)] {
        let cms = chain(&maker, length, 2);
        assert!(cms.len() <= crate::trailer::MAX_CMS_LEN);
        let leaf = Certificate::from_der(&maker.certificate(0, 1, 0)).unwrap();
        let top = maker.certificate(length - 1, length, length - 1);
        let store: TrustStore = [leaf, Certificate::from_der(&top).unwrap()].into_iter().collect();
        let cache = ModuleCache::new(MODULE);
        let verdict = verify_with_cache(&cache, &cms, &store, &Policy::DEFAULT);
        assert_eq!(verdict.kernel.is_too_expensive(), too_expensive, "{length}: {}", verdict.kernel);
        assert_eq!((verdict.kernel.loads(), verdict.kernel.is_accepted()), (!too_expensive, !too_expensive));
        let found = verdict.findings.iter().any(|finding| finding.problem == Problem::TooExpensive);
        assert_eq!(found, too_expensive);
        assert!(!too_expensive || verdict.kind() == Kind::TooExpensive, "{:?}", verdict.findings);
        let (_, cost) = cache.memo().computed();
        assert!(cost <= Work::LIMIT * Work::QUESTIONS, "{cost}");
        let decided = verify_detached(MODULE, &cms, &store, &Policy::KERNEL);
        assert_eq!(
            (decided.is_good(), decided.kind() == Kind::TooExpensive),
            (!too_expensive, too_expensive)
        );
        assert_eq!(kernel::answer_detached(MODULE, &cms, &store.keyring(&Config::STRICT)), verdict.kernel);
    }
}

/// Many invalid signatures of one trusted key. Kills: a strict verifier without a limit.
#[test]
fn signers_of_a_trusted_key_are_within_the_budget() {
    let maker = Maker::new();
    let certificate = Certificate::from_der(&maker.certificate(1, 2, 3)).unwrap();
    let store: TrustStore = [certificate].into_iter().collect();
    let sid = write(0x80, &[&key_id(1)]);
    let cost = cost_of(store.certificates()[0].public_key());
    assert_eq!(cost, cost_of_rsa(256, 2048, true));
    let most = usize::try_from(Work::LIMIT / cost).unwrap();
    for (count, expected) in [(most, Kind::BadSignature), (most + 1, Kind::TooExpensive)] {
        let signers: Vec<_> = (0..count)
            .map(|number| {
                maker.signer(&sid, 3, &[&(number as u64 + 2).to_be_bytes()[..], &[7; 248]].concat())
            })
            .collect();
        let cache = ModuleCache::new(MODULE);
        let verdict = verify_with_cache(&cache, &message(3, &[], &signers), &store, &Policy::DEFAULT);
        assert_eq!(verdict.kind(), expected);
        assert!(verdict.signers.iter().all(|signer| !signer.verified));
        assert!(cache.memo().computed().1 <= Work::LIMIT * Work::QUESTIONS);
    }
}

/// Trusted certificates that are self-signed with long exponents. Kills: a keyring that is created for each option
/// again, one without a limit, one that ignores the certificates that were not verified.
#[test]
fn trusted_certificates_are_within_the_budget() {
    let maker = Maker::new();
    let cost = cost_of_rsa(256, 2048, true);
    let most = Work::LIMIT / (cost - Work::CERTIFICATE);
    let certificates: Vec<_> =
        (0..u32::try_from(most).unwrap() + 2).map(|at| maker.certificate(at, at, at)).collect();
    let memo = Memo::default();
    let list = |most: usize| Sources::given(certificates.iter().take(most).map(Vec::as_slice));
    let all = list(usize::MAX);
    let keyring = Keyring::with_memo(&all, &Config::STRICT, &memo);
    assert!(keyring.is_too_expensive());
    assert_eq!(keyring.loads().last().unwrap().refusal, Some(LoadError::TooExpensive));
    let computed = memo.computed();
    assert!(computed.0 < certificates.len());
    Keyring::with_memo(&all, &Config::DEBIAN, &memo);
    assert_eq!(memo.computed(), computed);
    let answer = kernel::answer_detached(MODULE, &chain(&maker, 1, 1), &keyring);
    assert!(answer.is_too_expensive() && !answer.loads());
    let few = Keyring::with_memo(&list(3), &Config::STRICT, &memo);
    assert!(!few.is_too_expensive() && few.loads().iter().all(|load| load.refusal.is_none()));
}

/// The module is hashed with a limited number of ML-DSA keys. Kills: 64 MiB hashed for every trusted key.
#[test]
fn the_module_is_hashed_with_a_bounded_number_of_keys() {
    let cache = ModuleCache::new(MODULE);
    let mut work = Work::new(cache.memo());
    let parameters = Parameters::MlDsa44;
    let key = |number: u32| {
        let seed = mldsa::Seed::from_bytes([number as u8; 32]);
        mldsa::dynamic::AnySigningKey::from_seed(parameters, &seed).verifying_key()
    };
    let signature = vec![0; parameters.signature_len()];
    for number in 0..Work::READINGS {
        assert_eq!(cache.ml_dsa_verifies(&key(number), &signature, &mut work), Ok(false));
    }
    // A repetition costs nothing, one more key exceeds the limit, and from then on there is no answer.
    assert_eq!(cache.ml_dsa_verifies(&key(0), &signature, &mut work), Ok(false));
    assert!(!work.is_exceeded());
    assert_eq!(cache.ml_dsa_verifies(&key(Work::READINGS), &signature, &mut work), Err(TooExpensive));
    assert_eq!(cache.ml_dsa_verifies(&key(0), &signature, &mut work), Err(TooExpensive));
    assert!(work.is_exceeded());
}

#[test]
fn operations_are_distinguished() {
    let name = |kind, inputs: &[&[u8]]| Operation::new(kind, inputs, 1).name;
    let names = [
        name("a", &[b"bc", b"d"]),
        name("a", &[b"b", b"cd"]),
        name("a", &[b"bcd"]),
        name("ab", &[b"c", b"d"]),
        name("a", &[b"bc", b"d", b""]),
        Operation::reading_module("a", &[b"bc"]).name,
    ];
    assert_eq!(HashSet::from(names).len(), names.len());
    let mut work = Work::default();
    let (one, two) = (Operation::new("one", &[], 10), Operation::new("two", &[], Work::LIMIT - 9));
    assert_eq!(work.once(&one, || Some(vec![1])), Ok(Some(vec![1])));
    assert_eq!(work.once(&one, || panic!("computed twice")), Ok(Some(vec![1])));
    assert_eq!(work.once(&two, || panic!("beyond the limit")), Err(TooExpensive));
    assert_eq!(work.once(&one, || None), Err(TooExpensive), "no answer counts any more");
}
