//! Verdicts on the kernel's own fixtures.

use crate::common::{self, trust_all, with_cms};
use crate::{
    Linux::{Loaded, Refused},
    evaluate, linux,
};
use modsig::kernel::Errno;
use modsig::verdict::{Kind, Policy, verify_detached};

/// Every complete file and CMS of the fixtures.
#[test]
fn fixtures() {
    let cases = [
        ("mldsa44-ossl40.sf40.sha512", Kind::Good, Loaded),
        ("mldsa65-ossl40.sf40.sha512", Kind::Good, Loaded),
        ("mldsa87-ossl40.sf40.sha512", Kind::Good, Loaded),
        ("mldsa65-ossl40.sf40.sha512.k", Kind::Good, Loaded),
        ("mldsa65-ossl35.sf35.sha512", Kind::RefusedByPolicy, Refused(Errno::EKEYREJECTED)),
        ("rsa4096.sf40.sha1", Kind::RefusedByPolicy, Loaded),
        ("p384.sf40.sha384", Kind::Good, Loaded),
    ];
    for (name, kind, answer) in cases {
        let verdict = evaluate(&common::signed(name));
        assert_eq!((verdict.kind(), linux(&verdict)), (kind, answer), "{name}");
    }
    let cases = [
        ("mldsa44-ossl40.sf40.sha1", Kind::RefusedByPolicy, Loaded),
        ("mldsa44-ossl40.sf40.sha224", Kind::RefusedByPolicy, Loaded),
        ("mldsa44-ossl40.sf40.sha256", Kind::Good, Loaded),
        ("mldsa44-ossl40.sf40.sha384", Kind::Good, Loaded),
        ("mldsa44-ossl40.sf40.sha3-256", Kind::Good, Loaded),
        ("mldsa44-ossl40.sf40.sha3-512", Kind::Good, Loaded),
        ("mldsa44-ossl40.sf40.sha512.k", Kind::Good, Loaded),
        ("mldsa87-ossl40.sf40.sha512.k", Kind::Good, Loaded),
        ("mldsa44-ossl40.sf40.shake128", Kind::Unsupported, Refused(Errno::ENOPKG)),
        ("mldsa44-ossl40.sf40.shake256", Kind::Unsupported, Refused(Errno::ENOPKG)),
        ("mldsa44-ossl35.sf35.sha1", Kind::RefusedByPolicy, Refused(Errno::EKEYREJECTED)),
        ("mldsa44-ossl35.sf35.sha256", Kind::RefusedByPolicy, Refused(Errno::EKEYREJECTED)),
        ("mldsa44-ossl35.sf35.sha512", Kind::RefusedByPolicy, Refused(Errno::EKEYREJECTED)),
        ("mldsa44-ossl35.sf35.sha512.k", Kind::RefusedByPolicy, Refused(Errno::EKEYREJECTED)),
        ("mldsa87-ossl35.sf35.sha512", Kind::RefusedByPolicy, Refused(Errno::EKEYREJECTED)),
        ("p384.sf40.sha1", Kind::RefusedByPolicy, Loaded),
        ("p384.sf40.sha512.k", Kind::Good, Loaded),
        ("rsa4096.sf40.sha224", Kind::RefusedByPolicy, Loaded),
        ("rsa4096.sf40.sha512", Kind::Good, Loaded),
        ("wrong-mldsa65.sf40.sha512", Kind::UnknownSigner, Refused(Errno::ENOKEY)),
    ];
    for (name, kind, answer) in cases {
        let verdict = evaluate(&with_cms(&common::cms(name)));
        assert_eq!((verdict.kind(), linux(&verdict)), (kind, answer), "{name}: {:?}", verdict.findings);
        // The same CMS as a detached signature gives the same verdict, with offsets in the CMS.
        let detached =
            verify_detached(&common::module(), &common::cms(name), &trust_all(), &Policy::default());
        assert_eq!(detached.kind(), kind);
        for (here, there) in detached.findings.iter().zip(&verdict.findings) {
            assert_eq!(here.offset.map(|offset| offset + common::module().len()), there.offset);
        }
    }
}
