//! How Linux verifies a parsed message (`pkcs7_verify.c`, `pkcs7_trust.c`): first the message itself with its embedded
//! certificates, then against the trusted keys.

use super::certificate::X509Certificate;
use super::hash::hash;
use super::log::Log;
use super::message::{Message, Signer};
use super::oid;
use super::ring::{Search, TrustedKey};
use super::signature::{self, Key, Signature, Signed};
use super::{Config, Errno};
use crate::asn1::tag;
use crate::module_cache::ModuleCache;

/// A message during verification.
pub(super) struct Verification<'m> {
    message: &'m Message<'m>,
    cache: &'m ModuleCache<'m>,
    config: &'m Config,
    signers: Vec<SignerState>,
    certificates: Vec<CertificateState>,
}

/// The state of a signer.
#[derive(Default, Clone)]
struct SignerState {
    /// The data that its signature covers, unless it is the module itself.
    signed: Option<Vec<u8>>,
    /// Index of its certificate among the embedded ones.
    certificate: Option<usize>,
    unsupported: bool,
    blacklisted: bool,
}

/// The state of an embedded certificate.
#[derive(Clone)]
struct CertificateState {
    /// Index of its issuer among the embedded ones, once verified; its own index if it is self-signed.
    issuer: Option<usize>,
    seen: bool,
    verified: bool,
    blacklisted: bool,
}

/// The error for an index out of range. No code creates such an index; if one does, nothing was verified.
const IMPOSSIBLE: Errno = Errno::EKEYREJECTED;

impl<'m> Verification<'m> {
    pub(super) fn new(message: &'m Message<'m>, cache: &'m ModuleCache<'m>, config: &'m Config) -> Self {
        let certificates = message.certificates.iter().map(|certificate| CertificateState {
            issuer: None,
            seen: false,
            verified: false,
            blacklisted: certificate.blacklisted,
        });
        Self {
            message,
            cache,
            config,
            signers: vec![SignerState::default(); message.signers.len()],
            certificates: certificates.collect(),
        }
    }

    /// Checks the message itself: digests, and signatures of signers whose certificate is embedded.
    ///
    /// # Errors
    /// EKEYREJECTED for what modules may not contain and for what does not verify; ENOPKG if the kernel cannot compute
    /// any signer's digest; others as [`signature::verify`].
    pub(super) fn check_message(&mut self, log: &mut Log) -> Result<(), Errno> {
        if !self.message.content_type.is(&oid::DATA) {
            log.add("PKCS7: Invalid module sig (not pkcs7-data)");
            return Err(Errno::EKEYREJECTED);
        }
        if self.message.has_attributes() {
            let first = self.message.signers.first();
            let waivable = first.is_some_and(|signer| signer.algorithm.takes_data());
            if !(self.config.waive_authattrs && waivable) {
                log.add("PKCS7: Invalid module sig (has authattrs)");
                return Err(Errno::EKEYREJECTED);
            }
        }
        let mut result = Err(Errno::ENOPKG);
        for index in 0..self.message.signers.len() {
            let checked = self.check_signer(index, log);
            let state = self.signers.get_mut(index).ok_or(IMPOSSIBLE)?;
            match checked {
                _ if state.blacklisted => {
                    if result == Err(Errno::ENOPKG) {
                        result = Err(Errno::EKEYREJECTED);
                    }
                }
                Ok(()) => result = Ok(()),
                Err(Errno::ENOPKG) => state.unsupported = true,
                Err(error) => return Err(error),
            }
        }
        result
    }

    fn check_signer(&mut self, index: usize, log: &mut Log) -> Result<(), Errno> {
        let message = self.message;
        let (Some(signer), Some(state)) = (message.signers.get(index), self.signers.get_mut(index)) else {
            return Err(IMPOSSIBLE);
        };
        state.signed = signed_bytes(signer, self.cache, self.config, log)?;
        state.certificate = message.certificates.iter().position(|certificate| certificate.id == signer.id);
        let Some(at) = state.certificate else { return Ok(()) };
        let certificate = message.certificates.get(at).ok_or(IMPOSSIBLE)?;
        if let Some(time) = signer.signing_time
            && !(certificate.valid_from..=certificate.valid_to).contains(&time)
        {
            log.add("PKCS7: Message signed outside of X.509 validity window");
            return Err(Errno::EKEYREJECTED);
        }
        self.verify_signer(index, &certificate.key, log)?;
        self.walk_chain(index, at, log)
    }

    /// Verifies a signer's signature with a key.
    fn verify_signer(&self, index: usize, key: &Key, log: &mut Log) -> Result<(), Errno> {
        let (Some(signer), Some(state)) = (self.message.signers.get(index), self.signers.get(index)) else {
            return Err(IMPOSSIBLE);
        };
        let without_digest = signer.attributes.is_none() && signer.algorithm.takes_data();
        let signature = Signature {
            algorithm: signer.algorithm,
            digest: (!without_digest).then_some(signer.digest),
            bytes: signer.signature,
            message: state.signed.as_deref().map_or(Signed::Module(self.cache), Signed::Bytes),
        };
        signature::verify(key, &signature, self.config, log)
    }

    /// Follows the issuers among the embedded certificates and verifies each signature on the way.
    fn walk_chain(&mut self, signer: usize, start: usize, log: &mut Log) -> Result<(), Errno> {
        let message = self.message;
        self.certificates.iter_mut().for_each(|state| state.seen = false);
        let mut at = start;
        // Each iteration marks a certificate that was not marked before.
        for _ in 0..message.certificates.len() {
            let (Some(certificate), Some(state)) =
                (message.certificates.get(at), self.certificates.get_mut(at))
            else {
                return Err(IMPOSSIBLE);
            };
            state.seen = true;
            if state.blacklisted {
                self.blacklist(signer, start, at);
                return Ok(());
            }
            if certificate.self_signed {
                state.issuer = Some(at);
                return Ok(());
            }
            // Several signers may share a chain; each of its steps is searched and verified once.
            let known = state.issuer;
            let Some(issuer) = known.or_else(|| find_issuer(certificate, &message.certificates)) else {
                return Ok(());
            };
            let found = message.certificates.get(issuer).ok_or(IMPOSSIBLE)?;
            if let (Some(_), Some(wanted)) = (&certificate.authority_id, &certificate.authority_skid)
                && found.skid.as_ref() != Some(wanted)
            {
                log.add(format!(
                    "PKCS7: Sig {}: X.509 chain contains auth-skid nonmatch ({}->{})",
                    signer + 1,
                    at + 1,
                    issuer + 1
                ));
                return Err(Errno::EKEYREJECTED);
            }
            if self.certificates.get(issuer).ok_or(IMPOSSIBLE)?.seen {
                log.add(format!("PKCS7: Sig {}: X.509 chain contains loop", signer + 1));
                return Ok(());
            }
            if known.is_none() {
                signature::verify(&found.key, &certificate.signature(), self.config, log)?;
                self.certificates.get_mut(at).ok_or(IMPOSSIBLE)?.issuer = Some(issuer);
            }
            at = issuer;
        }
        // More iterations than certificates.
        Err(IMPOSSIBLE)
    }

    /// Marks the signer and all certificates from its own up to the blacklisted one.
    fn blacklist(&mut self, signer: usize, start: usize, end: usize) {
        if let Some(state) = self.signers.get_mut(signer) {
            state.blacklisted = true;
        }
        let mut next = Some(start);
        for _ in 0..self.certificates.len() {
            let before_end = next.filter(|&at| at != end);
            let Some(state) = before_end.and_then(|at| self.certificates.get_mut(at)) else { return };
            state.blacklisted = true;
            next = state.issuer;
        }
    }

    /// Checks the message against the trusted keys. One signer with a trusted key is enough, but the signature of every
    /// signer with a trusted key must verify.
    ///
    /// # Errors
    /// EKEYREJECTED for a signer that does not verify, ENOKEY if no signer has a trusted key, ENOPKG if none has one
    /// and one signer could not be checked, EINVAL for a signer without an identifier.
    pub(super) fn check_trust(&mut self, search: Search<'_>, log: &mut Log) -> Result<(), Errno> {
        self.certificates.iter_mut().for_each(|state| state.seen = false);
        let mut result = Err(Errno::ENOKEY);
        for index in 0..self.message.signers.len() {
            match self.trust_signer(index, search, log) {
                Ok(()) => result = Ok(()),
                Err(Errno::ENOKEY) => {}
                Err(Errno::ENOPKG) if result == Err(Errno::ENOKEY) => result = Err(Errno::ENOPKG),
                Err(Errno::ENOPKG) => {}
                Err(error) => return Err(error),
            }
        }
        result
    }

    fn trust_signer(&mut self, index: usize, search: Search<'_>, log: &mut Log) -> Result<(), Errno> {
        let message = self.message;
        let (Some(signer), Some(state)) = (message.signers.get(index), self.signers.get(index)) else {
            return Err(IMPOSSIBLE);
        };
        if state.unsupported {
            return Err(Errno::ENOPKG);
        }
        let start = state.certificate;
        let mut below: Option<&X509Certificate> = None;
        let mut last = None;
        let mut next = start;
        while let Some(at) = next {
            let (Some(certificate), Some(state)) =
                (message.certificates.get(at), self.certificates.get_mut(at))
            else {
                return Err(IMPOSSIBLE);
            };
            if state.seen {
                if !state.verified {
                    return Err(Errno::ENOKEY);
                }
                self.mark_verified(start, Some(at));
                return Ok(());
            }
            state.seen = true;
            let issuer = state.issuer;
            if let Ok(key) = search.find(Some(&certificate.id), certificate.skid.as_ref()) {
                // The trusted key replaces this certificate's key: it must verify what this certificate signed.
                self.verify_with(index, below, permitted(key, search)?, log)?;
                self.mark_verified(start, Some(at));
                return Ok(());
            }
            if issuer == Some(at) {
                return Err(Errno::ENOKEY);
            }
            (below, last, next) = (Some(certificate), Some(at), issuer);
        }
        if let Some(top) = below.filter(|top| top.authority_id.is_some() || top.authority_skid.is_some()) {
            match search.find(top.authority_id.as_ref(), top.authority_skid.as_ref()) {
                Ok(key) => {
                    self.verify_with(index, below, permitted(key, search)?, log)?;
                    self.mark_verified(start, last);
                    return Ok(());
                }
                Err(Errno::ENOKEY) => {}
                Err(error) => return Err(error),
            }
        }
        let key = search.find(Some(&signer.id), None)?;
        self.verify_with(index, None, permitted(key, search)?, log)
    }

    /// Verifies the certificate's signature with a trusted key; the signer's, if there is no certificate.
    fn verify_with(
        &self,
        signer: usize,
        certificate: Option<&X509Certificate>,
        key: &Key,
        log: &mut Log,
    ) -> Result<(), Errno> {
        let result = match certificate {
            Some(certificate) => signature::verify(key, &certificate.signature(), self.config, log),
            None => self.verify_signer(signer, key, log),
        };
        result.map_err(|error| if error == Errno::ENOMEM { error } else { Errno::EKEYREJECTED })
    }

    /// Marks the certificates from the signer's own up to this one.
    fn mark_verified(&mut self, start: Option<usize>, end: Option<usize>) {
        let mut next = start;
        // Bounded even if a chain returns to itself.
        for _ in 0..self.certificates.len() {
            let Some(state) = next.and_then(|at| self.certificates.get_mut(at)) else { return };
            state.verified = true;
            next = state.issuer.filter(|_| next != end);
        }
    }
}

/// SUSE's patch: a key without codeSigning counts as unknown, where the kernel demands it.
fn permitted<'k>(key: &'k TrustedKey, search: Search<'_>) -> Result<&'k Key, Errno> {
    if search.code_signing && !key.code_signing { Err(Errno::ENOKEY) } else { Ok(&key.key) }
}

/// The data that a signer signed; `None` for the module itself.
fn signed_bytes(
    signer: &Signer<'_>,
    cache: &ModuleCache<'_>,
    config: &Config,
    log: &mut Log,
) -> Result<Option<Vec<u8>>, Errno> {
    if signer.attributes.is_none() && signer.algorithm.takes_data() {
        return Ok(None);
    }
    if !config.has_digest(signer.digest) {
        return Err(Errno::ENOPKG);
    }
    let of_module = cache.digest_by(signer.digest, hash).ok_or(Errno::ENOPKG)?;
    let Some(attributes) = signer.attributes else { return Ok(Some(of_module)) };
    let claimed = signer.message_digest.unwrap_or_default();
    if claimed.len() != of_module.len() {
        log.add(format!("PKCS7: Sig {}: Invalid digest size ({})", signer.number, claimed.len()));
        return Err(Errno::EBADMSG);
    }
    if claimed != of_module {
        log.add(format!("PKCS7: Sig {}: Message digest doesn't match", signer.number));
        return Err(Errno::EKEYREJECTED);
    }
    // RFC 5652 §5.4: encoded as a SET, not as [0].
    let mut as_set = attributes.to_vec();
    if let Some(first) = as_set.first_mut() {
        *first = tag::SET;
    }
    if signer.algorithm.takes_data() {
        return Ok(Some(as_set));
    }
    hash(signer.digest, &as_set).ok_or(Errno::ENOPKG).map(Some)
}

/// Finds the issuer of a certificate among the embedded ones: by issuer and serial number, otherwise by key identifier.
fn find_issuer(certificate: &X509Certificate, certificates: &[X509Certificate]) -> Option<usize> {
    match (&certificate.authority_id, &certificate.authority_skid) {
        (Some(id), _) => certificates.iter().position(|other| other.id == *id),
        (None, Some(skid)) => certificates.iter().position(|other| other.skid.as_ref() == Some(skid)),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Keyring, message};
    use crate::trailer::{self, Split};

    /// An index out of range is rejected. Kills: `Ok(())` for a missing signer, of which nothing was verified.
    #[test]
    fn impossible_indices_refuse() {
        let path = |name: &str| format!("{}/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
        let file = std::fs::read(path("dummy.p384.sf40.sha384.ko")).unwrap();
        let certificate = std::fs::read(path("p384.der")).unwrap();
        let Ok(Split::Signed(signed)) = trailer::split(&file) else { panic!() };
        let config = Config::STRICT;
        let keyring = Keyring::new([&certificate[..]], &config);
        let mut log = Log::default();
        let message = message::parse(signed.cms, &config, &mut log).unwrap();
        let cache = ModuleCache::new(signed.module);
        let mut verification = Verification::new(&message, &cache, &config);
        assert_eq!(verification.check_message(&mut log), Ok(()));
        assert_eq!(verification.check_trust(keyring.trusted(), &mut log), Ok(()));
        let refused = Err(Errno::EKEYREJECTED);
        let key = &keyring.trusted().find(Some(&message.signers[0].id), None).unwrap().key;
        assert_eq!(verification.check_signer(1, &mut log), refused);
        assert_eq!(verification.verify_signer(1, key, &mut log), refused);
        assert_eq!(verification.trust_signer(1, keyring.trusted(), &mut log), refused);
        assert_eq!(verification.verify_with(1, None, key, &mut log), refused);
        verification.signers[0].certificate = Some(0);
        assert_eq!(verification.trust_signer(0, keyring.trusted(), &mut log), refused);
        assert_eq!(verification.walk_chain(0, 0, &mut log), refused);
        verification.signers.clear();
        assert_eq!(verification.check_message(&mut log), refused);
        assert_eq!(verification.check_trust(keyring.trusted(), &mut log), refused);
    }
}
