//! The trailer of the appended signature: every malformation that Linux distinguishes, with its error.

mod common;

use modsig::kernel::Errno;
use modsig::trailer::{
    INFO_LEN, MARKER, Signed, Split, TrailerError, TrailerProblem, Unsigned, append, split,
};
use modsig::verdict::{Kind, Policy, verify};

/// `module ‖ cms ‖ info ‖ marker`, without any checks.
fn file(module: &[u8], cms: &[u8], info: [u8; INFO_LEN]) -> Vec<u8> {
    [module, cms, &info, MARKER].concat()
}

fn info(sig_len: u32) -> [u8; INFO_LEN] {
    let mut info = [0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    info[8..].copy_from_slice(&sig_len.to_be_bytes());
    info
}

/// Appended signatures are split off again. Kills: off-by-one in any of the four lengths.
#[test]
fn split_undoes_append() {
    for (module_len, cms_len) in [(1, 1), (1, 65_535), (70_000, 3_470), (28, 28), (12, 40)] {
        let (module, cms) = (vec![0x11; module_len], vec![0x22; cms_len]);
        let file = [&module[..], &append(&cms).unwrap()].concat();
        let signed = Signed { module: &module, cms: &cms };
        assert_eq!(split(&file), Ok(Split::Signed(signed)));
        assert_eq!(signed.info_offset(), module_len + cms_len);
        assert!(!signed.is_doubly_signed());
    }
    assert!(append(&vec![0; 65_536]).is_err());
}

/// The kernel's own files: we append the same bytes as sign-file.
#[test]
fn append_equals_sign_file() {
    for name in ["mldsa44-ossl40.sf40.sha512", "mldsa87-ossl40.sf40.sha512", "rsa4096.sf40.sha1"] {
        let file = common::signed(name);
        let (module, cms) = common::split(&file);
        assert_eq!(module.len(), 11_384);
        assert_eq!([module, &append(cms).unwrap()].concat(), file);
    }
}

#[test]
fn unsigned_files_are_distinguished() {
    let signed = common::signed("mldsa44-ossl40.sf40.sha512");
    let cases: [(Vec<u8>, Unsigned); 8] = [
        (vec![], Unsigned::Empty),
        (MARKER.to_vec(), Unsigned::Empty),
        (common::module(), Unsigned::NoMarker),
        (b"a text file\n".to_vec(), Unsigned::NoMarker),
        ([&signed[..], b"\n"].concat(), Unsigned::BytesAfterMarker { marker: signed.len() - 28, extra: 1 }),
        (
            [&signed[..], &[0; 4096]].concat(),
            Unsigned::BytesAfterMarker { marker: signed.len() - 28, extra: 4096 },
        ),
        // Further away it is not searched.
        ([&signed[..], &[0; 4097]].concat(), Unsigned::NoMarker),
        (signed[..signed.len() - 1].to_vec(), Unsigned::MarkerWithoutNewline),
    ];
    for (file, expected) in cases {
        assert_eq!(split(&file), Ok(Split::Unsigned(expected)));
        let verdict = verify(&file, &common::trust_all(), &Policy::default());
        assert_eq!(verdict.kind(), Kind::Unsigned);
        if expected != Unsigned::Empty {
            let answer = verdict.kernel;
            assert_eq!(
                (answer.refusal, answer.user_errno()),
                (Some(Errno::ENODATA), Some(Errno::EKEYREJECTED))
            );
        }
    }
}

/// The kernel's rules about the trailer, and the order of `mod_check_sig`. Kills: unchecked fields, a trusted sig_len,
/// checks in another order.
#[test]
fn malformed_trailers() {
    use TrailerProblem as P;
    let (module, cms) = (&[7u8; 1000][..], &[0x30u8; 100][..]);
    let field = |at: usize, value: u8| {
        let mut info = info(100);
        info[at] = value;
        info
    };
    let too_long = |sig_len, little_endian| P::SigLenTooLong { sig_len, available: 1100, little_endian };
    let mut cases = vec![
        // sig_len: all of the file, one more, everything, little-endian
        (file(module, cms, info(1100)), 8, too_long(1100, false), Errno::EBADMSG),
        (file(module, cms, info(1101)), 8, too_long(1101, false), Errno::EBADMSG),
        (file(module, cms, info(u32::MAX)), 8, too_long(u32::MAX, false), Errno::EBADMSG),
        (file(module, cms, info(0x7fff_ffff)), 8, too_long(0x7fff_ffff, false), Errno::EBADMSG),
        (file(module, cms, info(100u32.swap_bytes())), 8, too_long(100 << 24, true), Errno::EBADMSG),
        // Read as little-endian it would leave no module, or one byte.
        (
            file(module, cms, info(1100u32.swap_bytes())),
            8,
            too_long(1100u32.swap_bytes(), false),
            Errno::EBADMSG,
        ),
        (
            file(module, cms, info(1099u32.swap_bytes())),
            8,
            too_long(1099u32.swap_bytes(), true),
            Errno::EBADMSG,
        ),
        (file(module, cms, info(0)), 8, P::NoCms, Errno::EBADMSG),
        // sig_len is checked before id_type, id_type before the fields that must be 0
        (
            file(module, cms, [1, 1, 9, 1, 1, 1, 1, 1, 0xff, 0xff, 0xff, 0xff]),
            8,
            too_long(u32::MAX, false),
            Errno::EBADMSG,
        ),
        (file(module, cms, [1, 1, 9, 1, 1, 1, 1, 1, 0, 0, 0, 100]), 2, P::IdType(9), Errno::ENOPKG),
        (file(module, cms, [0; 12]), 2, P::IdType(0), Errno::ENOPKG),
    ];
    for id_type in [0, 1, 3, 255] {
        cases.push((file(module, cms, field(2, id_type)), 2, P::IdType(id_type), Errno::ENOPKG));
    }
    for (at, name) in [
        (0, "algo"),
        (1, "hash"),
        (3, "signer_len"),
        (4, "key_id_len"),
        (5, "pad[0]"),
        (6, "pad[1]"),
        (7, "pad[2]"),
    ] {
        for value in [1, 4, 255] {
            cases.push((
                file(module, cms, field(at, value)),
                at,
                P::NonZeroField { field: name, value },
                Errno::EBADMSG,
            ));
        }
    }
    for (file, at, problem, errno) in &cases {
        let error = split(file).unwrap_err();
        assert_eq!((error.offset, error.problem), (1100 + at, *problem));
        let verdict = verify(file, &common::trust_all(), &Policy::default());
        assert_eq!((verdict.kind(), verdict.kernel.refusal), (Kind::Malformed, Some(*errno)));
        assert!(!problem.remedy().is_empty() && !error.to_string().contains('{'));
    }
    assert_eq!(cases.len(), 11 + 4 + 21);

    // Too short for the structure, and a structure with no module before it.
    let short = [&[2u8; 11][..], MARKER].concat();
    assert_eq!(split(&short).unwrap_err().problem, P::NoRoomForInfo { have: 11 });
    let bare = file(&[], &[], info(0));
    assert_eq!(
        split(&bare).unwrap_err().problem,
        P::SigLenTooLong { sig_len: 0, available: 0, little_endian: false }
    );
    // A CMS whose length Linux's decoder rejects.
    let long = file(&[1; 10], &vec![0; 65_536], info(65_536));
    assert_eq!(split(&long).unwrap_err().problem, P::CmsTooLong { sig_len: 65_536 });
}

/// Every length of a signed file, truncated at its end or its start: never a panic, good only if complete.
#[test]
fn truncations() {
    let file = common::signed("mldsa44-ossl40.sf40.sha512");
    for cut in 1..4000 {
        let _ = split(&file[..file.len() - cut]);
        let tail = &file[file.len() - cut..];
        if let Ok(Split::Signed(signed)) = split(tail) {
            assert!(tail.len() > 28 + 12 + signed.cms.len());
        }
    }
}

#[test]
fn doubly_signed_is_warned_about() {
    let trust = common::trust_all();
    let once = common::signed("mldsa44-ossl40.sf40.sha512");
    let (key, certificate) = (common::private_key("mldsa65-ossl40"), common::certificate("mldsa65-ossl40"));
    let signer = modsig::signer::Signer::new(&key, &certificate, Default::default()).unwrap();
    let twice = [&once[..], &signer.sign(&once, &mldsa::Rnd::DETERMINISTIC).unwrap()].concat();
    assert!(matches!(split(&twice), Ok(Split::Signed(signed)) if signed.is_doubly_signed()));
    let verdict = verify(&twice, &trust, &Policy::default());
    assert!(verdict.is_good());
    assert_eq!(verdict.warnings, [modsig::verdict::Warning::DoublySigned { offset: once.len() }]);
    let place = format!("signed twice: the module ends in another signature at offset {}", once.len());
    assert!(verdict.warnings[0].to_string().contains(&place));
    assert!(verify(&once, &trust, &Policy::default()).warnings.is_empty());
    // The outer signature decides, whatever the inner one is.
    let outer_unknown = verify(&twice, &common::trust(&["mldsa44-ossl40"]), &Policy::default());
    assert_eq!(outer_unknown.kind(), Kind::UnknownSigner);
}

/// Each problem of a trailer says what is wrong, with its numbers, and what to do. Kills: a wrong or missing text.
#[test]
fn messages() {
    use TrailerProblem as P;
    const AGAIN: &str = "the file contains no signature: sign the module again";
    const PKCS7: &str = "only PKCS#7 (CMS) module signatures exist today: sign the module again";
    let too_long = |little_endian| P::SigLenTooLong { sig_len: 7, available: 5, little_endian };
    for (problem, text, remedy) in [
        (
            P::NoRoomForInfo { have: 11 },
            "only 11 bytes precede the signature marker; struct module_signature needs 12",
            AGAIN,
        ),
        (
            too_long(false),
            "sig_len is 7, but 5 bytes precede it and at least one must be the module",
            "the file is truncated or damaged: get it again, or sign the module again",
        ),
        (
            too_long(true),
            "sig_len is 7, but 5 bytes precede it and at least one must be the module (it looks little-endian)",
            "sig_len must be big-endian: sign the module again with a tool that does so",
        ),
        (P::IdType(1), "id_type is 1, not 2 (PKCS#7)", PKCS7),
        (P::NonZeroField { field: "hash", value: 4 }, "hash is 4, not 0", PKCS7),
        (P::NoCms, "sig_len is 0: there is no CMS", AGAIN),
        (
            P::CmsTooLong { sig_len: 70_000 },
            "sig_len is 70000, but Linux reads at most 65535 bytes",
            "sign without unsigned attributes and embedded certificates",
        ),
    ] {
        assert_eq!((problem.to_string().as_str(), problem.remedy()), (text, remedy));
        let error = TrailerError { offset: 99, problem };
        assert_eq!(error.to_string(), format!("malformed signature trailer at offset 99: {text}; {remedy}"));
    }
    let too_long = append(&vec![0; 65_536]).unwrap_err();
    assert!(too_long.to_string().starts_with("the CMS is 65536 bytes long, but Linux reads at most 65535"));
    for (unsigned, text) in [
        (Unsigned::NoMarker, "no signature is appended"),
        (Unsigned::Empty, "the file contains no module"),
        (
            Unsigned::BytesAfterMarker { marker: 7, extra: 3 },
            "3 bytes follow the signature marker (at offset 7): Linux finds no signature",
        ),
        (
            Unsigned::BytesAfterMarker { marker: 7, extra: 1 },
            "1 byte follows the signature marker (at offset 7): Linux finds no signature",
        ),
        (
            Unsigned::MarkerWithoutNewline,
            "the signature marker at the end lacks its newline: Linux finds no signature",
        ),
    ] {
        assert_eq!(unsigned.to_string(), text);
    }
}
