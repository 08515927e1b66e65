//! The GUIDs of variables and of signature types (UEFI 2.10 §3.3, §32.4.1; shim).

use std::fmt;

/// A GUID, as it is stored: the first three fields are little-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Guid(pub [u8; 16]);

impl Guid {
    /// `EFI_CERT_X509_GUID`: a certificate in DER.
    pub const X509: Self = Self::new(0xa5c0_59a1, 0x94e4, 0x4aa7, 0x87b5_ab15_5c2b_f072);
    /// `EFI_CERT_SHA256_GUID`: the SHA-256 digest of a binary.
    pub const SHA256: Self = Self::new(0xc1c4_1626, 0x504c, 0x4092, 0xaca9_41f9_3693_4328);
    /// `EFI_CERT_X509_SHA256_GUID`: the SHA-256 digest of a TBSCertificate, and a time.
    pub const X509_SHA256: Self = Self::new(0x3bd2_a492, 0x96c0, 0x4079, 0xb420_fcf9_8ef1_03ed);
    /// `EFI_CERT_X509_SHA384_GUID`.
    pub const X509_SHA384: Self = Self::new(0x7076_876e, 0x80c2, 0x4ee6, 0xaad2_28b3_49a6_865b);
    /// `EFI_CERT_X509_SHA512_GUID`.
    pub const X509_SHA512: Self = Self::new(0x446d_bf63, 0x2502, 0x4cda, 0xbcfa_2465_d2b0_fe9d);
    /// `EFI_CERT_RSA2048_GUID`: a public key.
    pub const RSA2048: Self = Self::new(0x3c5766e8, 0x269c, 0x4e34, 0xaa14_ed77_6e85_b3b6);

    /// `EFI_GLOBAL_VARIABLE_GUID`: `SecureBoot`, `SetupMode`, `PK`.
    pub const GLOBAL: Self = Self::new(0x8be4_df61, 0x93ca, 0x11d2, 0xaa0d_00e0_9803_2b8c);
    /// `EFI_IMAGE_SECURITY_DATABASE_GUID`: `db`, `dbx`.
    pub const SECURITY_DATABASE: Self = Self::new(0xd719_b2cb, 0x3d3a, 0x4596, 0xa3bc_dad0_0e67_656f);
    /// `SHIM_LOCK_GUID`: `MokListRT` and others.
    pub const SHIM: Self = Self::new(0x605d_ab50, 0xe046, 0x4300, 0xabb6_3dd8_10dd_8b23);
    /// `gEfiSecureBootEnableDisableGuid` of edk2.
    pub(super) const SECURE_BOOT_ENABLE: Self = Self::new(0xf0a3_0bc7, 0xaf08, 0x4556, 0x99c4_0010_09c9_3a44);
    /// `EFI_SYSTEM_NV_DATA_FV_GUID` of edk2: a flash volume with variables.
    pub(super) const NV_DATA: Self = Self::new(0xfff1_2b8d, 0x7696, 0x4c8b, 0xa985_2747_075b_4f50);
    /// `EFI_AUTHENTICATED_VARIABLE_GUID` of edk2.
    pub(super) const AUTHENTICATED: Self = Self::new(0xaaf3_2c78, 0x947b, 0x439a, 0xa180_2e14_4ec3_7792);

    const fn new(a: u32, b: u16, c: u16, d: u64) -> Self {
        let ([a0, a1, a2, a3], [b0, b1], [c0, c1]) = (a.to_le_bytes(), b.to_le_bytes(), c.to_le_bytes());
        let [d0, d1, d2, d3, d4, d5, d6, d7] = d.to_be_bytes();
        Self([a0, a1, a2, a3, b0, b1, c0, c1, d0, d1, d2, d3, d4, d5, d6, d7])
    }

    /// The name of a signature type in the UEFI specification.
    const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::X509 => "X.509",
            Self::SHA256 => "SHA-256",
            Self::X509_SHA256 => "X.509 SHA-256",
            Self::X509_SHA384 => "X.509 SHA-384",
            Self::X509_SHA512 => "X.509 SHA-512",
            Self::RSA2048 => "RSA-2048",
            _ => return None,
        })
    }

    /// The text form, `d719b2cb-3d3a-4596-a3bc-dad00e67656f`.
    pub(super) fn text(self) -> String {
        let [a0, a1, a2, a3, b0, b1, c0, c1, rest @ ..] = self.0;
        let (a, b, c) = (
            u32::from_le_bytes([a0, a1, a2, a3]),
            u16::from_le_bytes([b0, b1]),
            u16::from_le_bytes([c0, c1]),
        );
        let d = u64::from_be_bytes(rest);
        format!("{a:08x}-{b:04x}-{c:04x}-{:04x}-{:012x}", d >> 48, d & 0xffff_ffff_ffff)
    }
}

impl fmt::Display for Guid {
    /// The name of a known signature type, or the text form.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => f.write_str(&self.text()),
        }
    }
}
