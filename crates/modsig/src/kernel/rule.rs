//! What differs between versions of Linux: one table, which the model asks by [`Version::has`].

use super::Version;

/// A rule that not every known version has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// MD4 and MD5 are known digests, and certificates may be signed with md4WithRSAEncryption.
    Md4AndMd5,
    /// SM2 is a known algorithm of keys and signatures.
    Sm2,
    /// A point may have one more octet; its coordinates may not lack leading zeros.
    PointsInWords,
    /// The SHA-3 digests, and RSA and ECDSA with them, are known.
    Sha3,
    /// Keys on P-521 are known.
    P521,
    /// Microsoft's NEGOEX has a number among the object identifiers.
    NegoEx,
    /// Malformed keyUsage and basicConstraints extensions reject a certificate.
    UsagesAreRead,
    /// The names in an authorityKeyIdentifier have implicit tags.
    ImplicitNames,
    /// An RSA signature s requires 1 < s < n - 1; without the rule, s < n.
    RsaRange,
    /// A key in the revocation list rejects every message; without the rule, only one checked with `.platform`.
    RevocationsForAll,
    /// FIPS mode: the exponent of an RSA key is odd, over 2^16 and under 2^256.
    FipsExponent,
    /// FIPS mode: there is ECDSA, except on P-192.
    FipsEcdsa,
    /// FIPS mode: there is RSA with SHA-1.
    FipsRsaSha1,
    /// The kernel can unpack zstd.
    Zstd,
    /// xz with an IA-64 filter is unpacked.
    XzIa64,
    /// xz with an ARM64 or RISC-V filter is unpacked.
    XzArm64AndRiscV,
    /// ML-DSA is known.
    MlDsa,
    /// libzstd 1.5.7, whose fast loop accepts Huffman streams that hold more or fewer symbols than their shares.
    ZstdFastLoop,
    /// The blacklist holds SHA-256 digests of certificates; without the rule, digests by the algorithm of the certificate's
    /// own signature.
    BlacklistBySha256,
}

/// How it is known which versions have a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Basis {
    /// Real kernels before and after the change answered accordingly.
    Seen,
    /// From the sources before and after the change.
    Read,
    /// As [`Self::Read`], between 6.12 and 7.2: that 7.0 and 7.1 are as 7.2 is assumed.
    Assumed,
}

/// A row of [`Rule::ALL`]: a rule, and the versions that have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RuleLine {
    /// The rule.
    pub rule: Rule,
    /// The first known version that has it.
    pub since: Version,
    /// The first known version that does not have it any more.
    pub until: Option<Version>,
    /// How this is known.
    pub basis: Basis,
    /// The source file of Linux.
    pub source: &'static str,
}

const fn since(rule: Rule, since: Version, basis: Basis, source: &'static str) -> RuleLine {
    RuleLine { rule, since, until: None, basis, source }
}

const fn before(until: Version, rule: Rule, basis: Basis, source: &'static str) -> RuleLine {
    RuleLine { rule, since: Version::V6_1, until: Some(until), basis, source }
}

use Basis::{Assumed, Read, Seen};
use Version as V;

impl Rule {
    /// All rules, by version. `docs/kernel-rules.md` has the same table.
    pub const ALL: [RuleLine; 19] = [
        before(V::V6_12, Self::Md4AndMd5, Seen, "crypto/asymmetric_keys/pkcs7_parser.c"),
        before(V::V6_12, Self::Sm2, Read, "crypto/asymmetric_keys/pkcs7_parser.c"),
        before(V::V6_12, Self::PointsInWords, Seen, "crypto/ecdsa.c"),
        since(Self::Sha3, V::V6_12, Seen, "crypto/asymmetric_keys/pkcs7_parser.c"),
        since(Self::P521, V::V6_12, Seen, "crypto/asymmetric_keys/x509_cert_parser.c"),
        since(Self::NegoEx, V::V6_12, Seen, "include/linux/oid_registry.h"),
        since(Self::UsagesAreRead, V::V6_12, Seen, "crypto/asymmetric_keys/x509_cert_parser.c"),
        since(Self::ImplicitNames, V::V6_12, Seen, "crypto/asymmetric_keys/x509_akid.asn1"),
        since(Self::RsaRange, V::V6_12, Read, "crypto/rsa.c"),
        since(Self::RevocationsForAll, V::V6_12, Read, "certs/system_keyring.c"),
        since(Self::FipsExponent, V::V6_12, Read, "crypto/rsa.c"),
        since(Self::FipsEcdsa, V::V6_12, Read, "crypto/testmgr.c"),
        before(V::V7_0, Self::FipsRsaSha1, Assumed, "crypto/testmgr.c"),
        since(Self::Zstd, V::V6_12, Seen, "kernel/module/decompress.c"),
        before(V::V6_12, Self::XzIa64, Seen, "lib/xz/xz_dec_bcj.c"),
        since(Self::XzArm64AndRiscV, V::V6_12, Seen, "lib/xz/xz_dec_bcj.c"),
        since(Self::MlDsa, V::V7_0, Seen, "crypto/asymmetric_keys/pkcs7_parser.c"),
        since(Self::ZstdFastLoop, V::V7_0, Assumed, "lib/zstd/decompress/huf_decompress.c"),
        since(Self::BlacklistBySha256, V::V7_0, Assumed, "crypto/asymmetric_keys/x509_public_key.c"),
    ];

    /// The rule's row.
    #[must_use]
    pub fn line(self) -> RuleLine {
        // Every rule has a row: a test counts them.
        Self::ALL.into_iter().find(|line| line.rule == self).unwrap_or(Self::ALL[0])
    }
}

impl Version {
    /// Whether this version has the rule. A version that is not [known](Version::KNOWN) counts as the last known one
    /// before it, or else as the first.
    #[must_use]
    pub fn has(self, rule: Rule) -> bool {
        let line = rule.line();
        let at = self.max(Self::V6_1);
        line.since <= at && line.until.is_none_or(|until| at < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kills: a rule without a row (the first row would answer for it), a range that no version has.
    #[test]
    fn every_rule_has_one_row_and_changes_something() {
        assert_eq!(Rule::ALL.len(), Rule::BlacklistBySha256 as usize + 1);
        for (number, line) in Rule::ALL.into_iter().enumerate() {
            assert_eq!(Rule::ALL.iter().position(|other| other.rule == line.rule), Some(number));
            let with = Version::KNOWN.into_iter().filter(|version| version.has(line.rule)).count();
            assert!((1..Version::KNOWN.len()).contains(&with), "{line:?}");
        }
        assert!(Version::V6_1.has(Rule::Sm2) && !Version::V6_12.has(Rule::Sm2));
        assert!(!Version::V6_12.has(Rule::MlDsa) && Version::V7_0.has(Rule::MlDsa));
        assert!(!Version::new(5, 10).has(Rule::Sha3) && Version::new(5, 10).has(Rule::Sm2));
        assert!(!Version::new(6, 18).has(Rule::MlDsa) && Version::new(8, 0).has(Rule::MlDsa));
    }
}
