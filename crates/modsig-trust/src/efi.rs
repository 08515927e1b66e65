//! What UEFI variables make Linux trust and refuse: `db`, `dbx`, `MokListRT`, `MokListXRT`.
//!
//! [`Variables`] collects variables from files in any form; [`Variables::trust`] reads them as Linux 7.2 does
//! (`security/integrity/platform_certs/load_uefi.c`).
//!
//! | module | holds |
//! |---|---|
//! | `guid` | the GUIDs of variables and of signature types |
//! | `list` | EFI signature lists |
//! | `store` | the variable store of edk2, a flash image such as `OVMF_VARS.fd` |
//! | `variables` | variables, their names and files |

mod guid;
mod list;
mod store;
mod variables;

use std::fmt;

use modsig::kernel::Origin;

pub use guid::Guid;
pub use list::{Signature, signatures};
pub use variables::{EfiError, Variable, Variables};

/// What Linux takes from the variables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trust {
    /// Certificates in DER, with [`Origin::Firmware`] or [`Origin::MachineOwner`], in the order in which Linux loads
    /// them.
    pub certificates: Vec<(Origin, Vec<u8>)>,
    /// Revoked certificates in DER.
    pub revoked: Vec<(Origin, Vec<u8>)>,
    /// Entries for the TBSCertificates of revoked certificates, whole: a SHA-256 digest of 32 bytes and a time of 16, as
    /// UEFI defines them, or what else the variable holds. Linux takes all of an entry for a digest.
    pub revoked_tbs: Vec<(Origin, Vec<u8>)>,
    /// SHA-256 digests of refused binaries.
    pub revoked_files: Vec<(Origin, [u8; 32])>,
    /// Whether Secure Boot is on; `None` if the variables do not tell. Linux reads `MokListRT` and `MokListXRT` only if
    /// it is.
    pub secure_boot: Option<bool>,
    /// Whether the machine's owner's keys can enter `.machine` (`MokListTrustedRT`).
    pub mok_list_trusted: bool,
    /// What a user should know.
    pub notes: Vec<Note>,
}

/// Something in the variables that has less effect than it seems.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// A signature list is malformed: Linux takes nothing after this place.
    Broken {
        /// The variable.
        variable: Variable,
        /// Where, in bytes from the start of its value.
        offset: usize,
    },
    /// Linux ignores entries of this type in this variable.
    Ignored {
        /// The variable.
        variable: Variable,
        /// The type.
        kind: Guid,
        /// How many entries.
        entries: usize,
    },
    /// Hashes of certificates with the time of their revocation, as UEFI defines them. Linux takes hash and time for one
    /// longer hash, and does not recognise the certificates.
    HashesWithTime {
        /// The variable.
        variable: Variable,
        /// How many entries.
        entries: usize,
    },
    /// Hashes of binaries that have another length than 32 bytes: they refuse no module.
    FileHashLength {
        /// The variable.
        variable: Variable,
        /// How many entries.
        entries: usize,
    },
    /// Hashes of certificates that have another length than 32 bytes, or 48 with the time. Linux before 7.0 refuses
    /// certificates whose own signature uses a digest of this length.
    CertificateHashLength {
        /// The variable.
        variable: Variable,
        /// How many entries.
        entries: usize,
    },
    /// `MokIgnoreDB` is set: Linux does not read `db`.
    DbIgnored,
    /// Secure Boot is off: Linux does not read `MokListRT` and `MokListXRT`.
    SecureBootOff,
    /// The variables do not tell whether Secure Boot is on. Linux reads `MokListRT` and `MokListXRT` only if it is.
    SecureBootUnknown,
    /// The store's `MokList` is what shim copies into `MokListRT`; shim adds its own certificates, which are not here.
    FromStore,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken { variable, offset } => {
                write!(f, "{variable}: the signature list is malformed; Linux takes nothing after it (offset {offset})")
            }
            Self::Ignored { variable, kind, entries } => {
                write!(f, "{variable}: Linux ignores {} of type {kind}", Entries(*entries))
            }
            Self::HashesWithTime { variable, entries } => write!(
                f,
                "{variable}: {} with the hash of a certificate and a time: Linux does not recognise these certificates; \
                 here they are refused",
                Entries(*entries)
            ),
            Self::FileHashLength { variable, entries } => write!(
                f,
                "{variable}: {} for binaries without the length of SHA-256: no module is refused by them",
                Entries(*entries)
            ),
            Self::CertificateHashLength { variable, entries } => write!(
                f,
                "{variable}: {} for certificates without the length of SHA-256: Linux 7.0 and later ignore them, earlier \
                 versions compare them with the digest that the certificate's signature uses",
                Entries(*entries)
            ),
            Self::DbIgnored => f.write_str("MokIgnoreDB is set: Linux does not read db"),
            Self::SecureBootOff => {
                f.write_str("Secure Boot is off: Linux does not read MokListRT and MokListXRT")
            }
            Self::SecureBootUnknown => f.write_str(
                "whether Secure Boot is on is not known (no variable SecureBoot): Linux reads MokListRT and MokListXRT only \
                 if it is",
            ),
            Self::FromStore => f.write_str(
                "MokList is read as MokListRT; the certificates that shim adds from itself are not known",
            ),
        }
    }
}

/// A number of entries, in words.
struct Entries(usize);

impl fmt::Display for Entries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0, if self.0 == 1 { "entry" } else { "entries" })
    }
}

impl Variables {
    /// What Linux makes of these variables. Certificates and hashes of `MokListRT` and `MokListXRT` are there also if
    /// Secure Boot is off or unknown: [`Trust::secure_boot`] tells, and the predicted kernel decides.
    #[must_use]
    pub fn trust(&self) -> Trust {
        let mut trust = Trust {
            secure_boot: self.secure_boot(),
            mok_list_trusted: self.has_mok_list_trusted(),
            ..Trust::default()
        };
        if self.get(Variable::MokIgnoreDb).is_some() {
            if self.get(Variable::Db).is_some() {
                trust.notes.push(Note::DbIgnored);
            }
        } else {
            self.take_certificates(Variable::Db, Origin::Firmware, &mut trust);
        }
        self.take_revocations(Variable::Dbx, Origin::Firmware, &mut trust);
        self.take_revocations(Variable::MokListX, Origin::MachineOwner, &mut trust);
        // The table comes first; the variable counts only if the table is missing or malformed.
        let table_is_whole = self
            .get(Variable::MokListTable)
            .is_some_and(|value| signatures(value).all(|signature| signature.is_ok()));
        self.take_certificates(Variable::MokListTable, Origin::MachineOwner, &mut trust);
        if !table_is_whole {
            self.take_certificates(Variable::MokList, Origin::MachineOwner, &mut trust);
        }
        let mok = [Variable::MokList, Variable::MokListTable, Variable::MokListX];
        if mok.iter().any(|variable| self.get(*variable).is_some()) {
            match trust.secure_boot {
                Some(false) => trust.notes.push(Note::SecureBootOff),
                None => trust.notes.push(Note::SecureBootUnknown),
                Some(true) => {}
            }
            if self.is_store() {
                trust.notes.push(Note::FromStore);
            }
        }
        trust
    }

    /// `get_handler_for_db`, `get_handler_for_mok`: X.509 certificates only.
    fn take_certificates(&self, variable: Variable, origin: Origin, trust: &mut Trust) {
        let mut counts = Counts::default();
        for signature in self.signatures_of(variable, trust) {
            match signature.kind {
                Guid::X509 => trust.certificates.push((origin, signature.data.to_vec())),
                other => counts.add(other),
            }
        }
        counts.note(variable, trust);
    }

    /// `get_handler_for_dbx`: X.509 certificates, SHA-256 of binaries, SHA-256 of TBSCertificates.
    fn take_revocations(&self, variable: Variable, origin: Origin, trust: &mut Trust) {
        let mut counts = Counts::default();
        let (mut with_time, mut other_files, mut other_certificates) = (0, 0, 0);
        for signature in self.signatures_of(variable, trust) {
            match (signature.kind, signature.data) {
                (Guid::X509, data) => trust.revoked.push((origin, data.to_vec())),
                (Guid::SHA256, data) => match data.try_into() {
                    Ok(hash) => trust.revoked_files.push((origin, hash)),
                    Err(_) => other_files += 1,
                },
                (Guid::X509_SHA256, data) => {
                    match data.len() {
                        32 => {}
                        // UEFI 2.10, EFI_CERT_X509_SHA256: a hash and an EFI_TIME of 16 bytes.
                        48 => with_time += 1,
                        _ => other_certificates += 1,
                    }
                    trust.revoked_tbs.push((origin, data.to_vec()));
                }
                (other, _) => counts.add(other),
            }
        }
        if with_time > 0 {
            trust.notes.push(Note::HashesWithTime { variable, entries: with_time });
        }
        if other_files > 0 {
            trust.notes.push(Note::FileHashLength { variable, entries: other_files });
        }
        if other_certificates > 0 {
            trust.notes.push(Note::CertificateHashLength { variable, entries: other_certificates });
        }
        counts.note(variable, trust);
    }

    /// The entries of a variable up to a malformed list, for which there is a note.
    fn signatures_of(&self, variable: Variable, trust: &mut Trust) -> Vec<Signature<'_>> {
        let mut found = Vec::new();
        for signature in signatures(self.get(variable).unwrap_or_default()) {
            match signature {
                Ok(signature) => found.push(signature),
                Err(offset) => trust.notes.push(Note::Broken { variable, offset }),
            }
        }
        found
    }
}

/// How many entries of each type are ignored. A list may have a type of its own, so only a few are named.
#[derive(Default)]
struct Counts(Vec<(Guid, usize)>);

impl Counts {
    /// How many types are named.
    const MOST: usize = 8;

    fn add(&mut self, kind: Guid) {
        if let Some((_, count)) = self.0.iter_mut().find(|(other, _)| *other == kind) {
            *count += 1;
        } else if self.0.len() < Self::MOST {
            self.0.push((kind, 1));
        }
    }

    fn note(&self, variable: Variable, trust: &mut Trust) {
        let note = |&(kind, entries)| Note::Ignored { variable, kind, entries };
        trust.notes.extend(self.0.iter().map(note));
    }
}
