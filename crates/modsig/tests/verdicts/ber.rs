//! BER messages, and flipped bytes.

use crate::common::{certificate, private_key, trust, with_cms};
use crate::{
    GOOD,
    Linux::{Loaded, Refused},
    evaluate, linux, message,
};
use mldsa::Rnd;
use modsig::cms;
use modsig::kernel::Errno;
use modsig::signer::{Options, Signer};
use modsig::verdict::{Kind, Policy, verify};

/// BER and bytes after the message, which Linux loads; invalid bytes, which it does not.
#[test]
fn not_der() {
    let good = message(GOOD);
    let cases = [
        ([&good[..], &[0]].concat(), Loaded),
        ([&good[..], &[0, 0]].concat(), Loaded),
        ([&[0x30, 0x80], &good[4..], &[0, 0]].concat(), Loaded),
        (good[..good.len() - 1].to_vec(), Refused(Errno::EBADMSG)),
        (good[..good.len() / 2].to_vec(), Refused(Errno::EBADMSG)),
        (vec![0xee; 300], Refused(Errno::EBADMSG)),
    ];
    for (cms, answer) in cases {
        let verdict = evaluate(&with_cms(&cms));
        assert_eq!((verdict.kind(), linux(&verdict)), (Kind::Malformed, answer), "{:?}", verdict.findings);
    }
    // sig_len one more and one less than the length of the CMS.
    for change in [1, -1] {
        let mut file = with_cms(&good);
        let at = file.len() - 28 - 4;
        let sig_len = (good.len() as i32 + change) as u32;
        file[at..at + 4].copy_from_slice(&sig_len.to_be_bytes());
        assert_eq!(evaluate(&file).kind(), Kind::Malformed);
    }
    assert!(cms::parse(&good).is_ok());
}

/// Each byte of CMS and trailer, flipped: never good. Kills: any byte that no check covers.
#[test]
fn every_flipped_byte_is_noticed() {
    let (key, own) = (private_key("mldsa44-ossl40"), certificate("mldsa44-ossl40"));
    let signer = Signer::new(&key, &own, Options::default()).unwrap();
    let module = b"a small module";
    let file = [&module[..], &signer.sign(module, &Rnd::DETERMINISTIC).unwrap()].concat();
    let store = trust(&["mldsa44-ossl40"]);
    assert!(verify(&file, &store, &Policy::default()).is_good());
    let mut tried = 0;
    for at in 0..file.len() {
        // Every bit of the structure; one bit of each byte of the signature itself.
        let in_signature = (module.len() + 161..module.len() + 2581).contains(&at);
        let flips: &[u8] = if in_signature { &[1 << (at % 8)] } else { &[1, 2, 4, 8, 16, 32, 64, 128, 255] };
        for flip in flips {
            let mut changed = file.clone();
            changed[at] ^= flip;
            let verdict = verify(&changed, &store, &Policy::default());
            assert!(!verdict.is_good(), "byte {at} ^ {flip:#x}");
            tried += 1;
        }
    }
    assert_eq!(tried, 2420 + 9 * (file.len() - 2420));
}
