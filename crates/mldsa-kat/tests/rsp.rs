//! PQCsignKAT-style files: published hashes and records, and modified ones.

mod common;

use mldsa::dynamic::Parameters;
use mldsa_kat::backend::Kernels;
use mldsa_kat::prehash::HashAlg;
use mldsa_kat::report::Report;
use mldsa_kat::rsp::{self, Interface, Signing};
use mldsa_kat::scheme::{Message, PrivateKey, Scheme};

use common::back_ends;

/// The reason of the first failure.
fn reason_of(report: &Report) -> &str {
    report.groups[0].failures().next().unwrap().1
}

fn generated(scheme: Scheme, count: u32, hedged: bool) -> String {
    let mut text = Vec::new();
    rsp::generate(scheme, count, hedged, &mut text).unwrap();
    String::from_utf8(text).unwrap()
}

/// The SHA-256 of the 100 records and of the first alone, as liboqs publishes them (`tests/KATs/sig/kats.json`,
/// commit 0d494275; PQClean's `META.yml` has the same for one). They come from the Dilithium team's C code
/// and cover DRBG, key generation, hedged signing and the format of the text.
const PUBLISHED: [(Parameters, &str, &str); 3] = [
    (
        Parameters::MlDsa44,
        "54322d25c05b96941aec73eb3ee27a975d38a34bfb53ef4cb9fd4a8e9cab554c",
        "9a196e7fb32fbc93757dc2d8dc1924460eab66303c0c08aeb8b798fb8d8f8cf3",
    ),
    (
        Parameters::MlDsa65,
        "47e1ca6d4a45e9853e381954cf97206eca22993deade3cade45bd9d9457c93f9",
        "7cb96242eac9907a55b5c84c202f0ebd552419c50b2e986dc2e28f07ecebf072",
    ),
    (
        Parameters::MlDsa87,
        "12382114979d5b64436aebfe6db02d61c07859429233105e936752cb77cc585a",
        "4537905d2aabcf302fab2f242baed293459ecda7c230e6a67063b02c7e2840ed",
    ),
];

#[test]
fn generated_files_have_the_published_hashes() {
    let sha256 = |text: &str| hex::encode(HashAlg::Sha2_256.digest(text.as_bytes()));
    for (set, hundred, one) in PUBLISHED {
        for (backend, kernels) in back_ends() {
            let scheme = Scheme::new(set, kernels);
            assert_eq!(sha256(&generated(scheme, 1, true)), one, "{backend:?} {set}, 1 record");
            assert_eq!(sha256(&generated(scheme, 100, true)), hundred, "{backend:?} {set}, 100 records");
            println!("{backend:?} {set}: 100 records as published");
        }
    }
}

#[test]
fn generated_files_pass() {
    for set in Parameters::ALL {
        let scheme = Scheme::new(set, Kernels::Auto);
        for (hedged, signing, tally) in [
            (true, Signing::Auto, "0 deterministic, 3 hedged, 0 verified only"),
            (true, Signing::Hedged, "0 deterministic, 3 hedged, 0 verified only"),
            (true, Signing::VerifyOnly, "0 deterministic, 0 hedged, 3 verified only"),
            (false, Signing::Auto, "3 deterministic, 0 hedged, 0 verified only"),
            (false, Signing::Deterministic, "3 deterministic, 0 hedged, 0 verified only"),
        ] {
            let report = rsp::run(&generated(scheme, 3, hedged), scheme, Interface::Pure, signing).unwrap();
            assert_eq!((report.passed(), report.failed()), (3, 0), "{report}");
            assert_eq!(report.groups[0].name, format!("{set} pure, signatures: {tally}"));
        }
    }
}

/// Records 0 of github.com/post-quantum-cryptography/KAT, MLDSA: values that identify the key and the signature of a pure
/// hedged record (commit f9df4f2f) and of a deterministic HashML-DSA record (commit a2a27fb3), both with a context.
#[test]
fn records_published_elsewhere() {
    struct Published<'a> {
        set: Parameters,
        interface: Interface,
        rng: Option<&'a str>,
        ctx: &'a str,
        msg: &'a str,
        pk_begins: &'a str,
        c_tilde: &'a str,
        signature_ends: &'a str,
    }
    const XI: &str = "f696484048ec21f96cf50a56d0759c448f3779752f0383d37449690694cf7a68";
    let records = [
        Published {
            set: Parameters::MlDsa65,
            interface: Interface::Pure,
            rng: Some("6dbbc4375136df3b07f7c70e639e223e177e7fd53b161b3f4d57791794f12624"),
            ctx: "1c781d9ac91004a4a0502757fec35e4a",
            msg: "20a7b7e10f70496cc38220b944def699",
            pk_begins: "e50d03fff3b3a70961abbb92a390008dec1283f603f50cdbaaa3d00bd659bc76",
            c_tilde: "513b934730e930cb302fa5c759a8ff7de42ba680cffb01da929ddbe5b18eb86d\
                      176eb87fb53303598370c9b830ea1447",
            signature_ends: "000712151f282c",
        },
        Published {
            set: Parameters::MlDsa44,
            interface: Interface::PreHash(HashAlg::Sha2_256),
            rng: None,
            ctx: "480c658c0cb3e040bde084345cef0df7",
            msg: "6dbbc4375136df3b07f7c70e639e223e",
            pk_begins: "bd4e96f9a038ab5e36214fe69c0b1cb835ef9d7c8417e76aecd152f5cddebec8",
            c_tilde: "a060ce3e34c2997347a16a7ab4fc67581e28b3c5777d0f2d62604356579dd679",
            signature_ends: "0014213646",
        },
    ];
    for record in records {
        let scheme = Scheme::new(record.set, Kernels::Auto);
        let xi: [u8; 32] = hex::decode(XI).unwrap().try_into().unwrap();
        let key = scheme.private_key_from_seed(&xi).unwrap();
        let pk = hex::encode(key.public_key_bytes());
        assert!(pk.starts_with(record.pk_begins), "{}", record.set);

        let (message, context) = (hex::decode(record.msg).unwrap(), hex::decode(record.ctx).unwrap());
        let message = match record.interface {
            Interface::PreHash(hash) => Message::PreHash { hash, message, context },
            _ => Message::Pure { message, context },
        };
        let rnd = record.rng.map_or([0; 32], |rng| hex::decode(rng).unwrap().try_into().unwrap());
        let signature = hex::encode(key.sign(&message, &rnd).unwrap());
        assert!(signature.starts_with(record.c_tilde), "{}", record.set);
        assert!(signature.ends_with(record.signature_ends), "{}", record.set);

        // The same as a file, in that project's order of fields.
        let rng = record.rng.map_or(String::new(), |rng| format!("rng = {rng}\n"));
        let sk = hex::encode(key.expanded_bytes());
        let text = format!(
            "count = 0\nxi = {XI}\n{rng}pk = {pk}\nsk = {sk}\nmsg = {msg}\nmlen = 16\nsm = {signature}{msg}\n\
             smlen = {smlen}\nctx = {ctx}\n",
            msg = record.msg,
            ctx = record.ctx,
            smlen = record.set.signature_len() + 16,
        );
        let report = rsp::run(&text, scheme, record.interface, Signing::Auto).unwrap();
        assert_eq!((report.passed(), report.failed()), (1, 0), "{report}");
        // The context, the interface and the randomness matter.
        let internal = rsp::run(&text, scheme, Interface::Internal, Signing::Auto).unwrap();
        assert_eq!(reason_of(&internal), "sm: the signature does not verify");
        let no_ctx =
            rsp::run(&text.replace("ctx = ", "old = "), scheme, record.interface, Signing::Auto).unwrap();
        assert_eq!(reason_of(&no_ctx), "sm: the signature does not verify");
        let other = if record.rng.is_some() { Signing::Deterministic } else { Signing::Hedged };
        assert_eq!(rsp::run(&text, scheme, record.interface, other).unwrap().failed(), 1);
    }
}

/// Each change of one field of a valid record is reported.
#[test]
fn spoiled_records_fail_for_their_own_reason() {
    let scheme = Scheme::new(Parameters::MlDsa44, Kernels::Auto);
    let good = generated(scheme, 1, true);
    let other = generated(Scheme::new(Parameters::MlDsa65, Kernels::Auto), 1, true);
    let value = |text: &str, name: &str| {
        text.lines().find_map(|line| line.strip_prefix(&format!("{name} = "))).unwrap().to_owned()
    };
    let set = |name: &str, to: &str| {
        good.replace(&format!("{name} = {}", value(&good, name)), &format!("{name} = {to}"))
    };
    let flip = |name: &str, at: usize| {
        let mut digits = value(&good, name).into_bytes();
        digits[at] = if digits[at] == b'0' { b'1' } else { b'0' };
        set(name, std::str::from_utf8(&digits).unwrap())
    };
    let last = |name: &str| value(&good, name).len() - 1;
    for (text, reason) in [
        (set("mlen", "34"), "mlen: is 34, the field has 33 bytes"),
        (set("smlen", "2452"), "smlen: is 2452, the field has 2453 bytes"),
        (flip("sm", last("sm")), "sm: is not a signature of 2420 bytes followed by msg"),
        (flip("sm", 0), "sm: the signature does not verify"),
        (flip("pk", 0), "pk of sk: byte 0 of 1312 differs from the expected value"),
        (flip("sk", last("sk")), "sk: "),
        (flip("seed", 0), "sk of xi: byte 0 of 2560 differs from the expected value"),
        (set("sk", &value(&other, "sk")), "sk: "),
    ] {
        let report = rsp::run(&text, scheme, Interface::Pure, Signing::Auto).unwrap();
        assert_eq!((report.passed(), report.failed()), (0, 1), "{reason}");
        assert!(reason_of(&report).starts_with(reason), "{report} instead of {reason}");
    }
    // Without the seed, the randomness of the hedged signature is unknown.
    let without_seed = good.replace("seed = ", "unknown = ");
    let report = rsp::run(&without_seed, scheme, Interface::Pure, Signing::Auto).unwrap();
    assert!(reason_of(&report).contains("use --signing verify-only"), "{report}");
    let report = rsp::run(&without_seed, scheme, Interface::Pure, Signing::Hedged).unwrap();
    assert!(reason_of(&report).starts_with("rnd: "), "{report}");
    let report = rsp::run(&without_seed, scheme, Interface::Pure, Signing::VerifyOnly).unwrap();
    assert_eq!((report.passed(), report.failed()), (1, 0), "{report}");
}

/// `context` is another name of `ctx`. Kills: a context that is ignored. What is not read is named.
#[test]
fn a_record_may_name_its_context_in_full() {
    let scheme = Scheme::new(Parameters::MlDsa65, Kernels::Auto);
    let key = scheme.private_key_from_seed(&[7; 32]).unwrap();
    let message = Message::Pure { message: vec![1, 2, 3], context: b"lab".to_vec() };
    let record = |names: [&str; 2]| {
        format!(
            "count = 0\nseed = {}\nmlen = 3\nmsg = 010203\n{} = {}\npk = {}\nsk = {}\n{} = 0\nsm = {}010203\n",
            "07".repeat(32),
            names[0],
            hex::encode("lab"),
            hex::encode(key.public_key_bytes()),
            hex::encode(key.expanded_bytes()),
            names[1],
            hex::encode(key.sign(&message, &[0; 32]).unwrap()),
        )
    };
    let run = |text: &str| rsp::run(text, scheme, Interface::Pure, Signing::Auto).unwrap();
    for name in ["ctx", "context"] {
        let report = run(&record([name, "smlen2"]));
        assert_eq!((report.passed(), report.failed()), (1, 0), "{report}");
        assert_eq!(report.notes, ["ignored: unknown fields `smlen2`"]);
    }
    let report = run(&record(["Context", "extra"]));
    assert_eq!((report.passed(), report.failed()), (0, 1), "{report}");
    assert_eq!(report.notes, ["ignored: unknown fields `Context`, `extra`"]);
}

/// The private keys of Dilithium have a shorter tr. Kills: a bare "length" for a file of another scheme.
#[test]
fn files_from_before_fips_204_are_named() {
    for (set, length) in
        [(Parameters::MlDsa44, 2528), (Parameters::MlDsa65, 4000), (Parameters::MlDsa87, 4864)]
    {
        let text = format!("count = 3\nmsg = 00\npk = 00\nsk = {}\nsm = 00\n", "00".repeat(length));
        let error =
            rsp::run(&text, Scheme::new(set, Kernels::Auto), Interface::Pure, Signing::Auto).unwrap_err();
        let begin = format!(
            "count 3 (line 1), field `sk`: has {length} bytes, as CRYSTALS-Dilithium had before it became {set}"
        );
        assert!(error.to_string().starts_with(&begin), "{error}");
    }
}
