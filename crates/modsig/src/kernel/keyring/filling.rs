//! Filling the keyrings at the start, in Linux's order: built-in certificates, then UEFI's `db`, `dbx`, `MokListXRT` and
//! `MokListRT` (`load_uefi.c`, linked after `certs/`), then what a running system adds.

use super::{Keyring, Load, LoadError};
use crate::kernel::certificate::{self, X509Certificate};
use crate::kernel::log::Log;
use crate::kernel::place::{NotForModules, Place};
use crate::kernel::problem::CertificateProblem;
use crate::kernel::ring::{Ring, Search, TrustedKey};
use crate::kernel::signature;
use crate::kernel::{Config, ConfigOption, Errno, KeyringKind, Origin, Sources};
use crate::work::Work;
use std::collections::HashSet;

/// Indices in [`Keyring::trusted`].
const BUILT_IN: usize = 0;
const SECONDARY: usize = 1;
const MACHINE: usize = 2;

/// Where one certificate goes.
#[derive(Clone, Copy)]
enum Target {
    Trusted(usize),
    Platform,
}

/// Creates the keyring. `work` says whether it is complete.
pub(super) fn fill(sources: &Sources, config: &Config, work: &mut Work) -> Keyring {
    let mut filling = Filling { keyring: empty(config), config: config.at_boot(), work };
    filling.blacklist(sources, &[Origin::Given, Origin::BuiltIn]);
    let is_built_in = |origin: Origin| {
        origin == Origin::BuiltIn || (origin == Origin::Given && config.keyring == KeyringKind::BuiltIn)
    };
    filling.keyring.places = sources.certificates.iter().map(|_| Place::ForModules).collect();
    let all = || sources.certificates.iter().enumerate();
    filling
        .load_list(all().filter(|(_, (origin, _))| is_built_in(*origin)).map(|(at, (_, der))| (at, &**der)));
    let mut offset = 0;
    for (at, (origin, der)) in all() {
        if *origin == Origin::Firmware || (*origin == Origin::Given && !is_built_in(*origin)) {
            filling.load_firmware(at, offset, der, *origin);
        }
        offset += der.len();
    }
    // The kernel reads these lists if it reads UEFI's variables at all.
    if config.keyrings.platform {
        filling.blacklist(sources, &[Origin::Firmware]);
        if config.boot.secure_boot {
            filling.blacklist(sources, &[Origin::MachineOwner]);
        }
    }
    for (at, (_, der)) in all().filter(|(_, (origin, _))| *origin == Origin::MachineOwner) {
        filling.load_machine_owner(at, der);
    }
    filling.blacklist(sources, &[Origin::Secondary]);
    // Now modules can be loaded.
    filling.config = Config { blacklist: core::mem::take(&mut filling.config.blacklist), ..config.clone() };
    filling.keyring.trusted.iter_mut().for_each(Ring::index);
    for (at, (_, der)) in all().filter(|(_, (origin, _))| *origin == Origin::Secondary) {
        filling.load_secondary(at, der);
    }
    let mut keyring = filling.finish();
    refuse_what_is_not_loaded(sources, &mut keyring);
    keyring
}

/// A certificate of a certain origin that the kernel rejects, or never reaches, is not for modules. One that the user gives
/// stays: the user says that it is trusted.
fn refuse_what_is_not_loaded(sources: &Sources, keyring: &mut Keyring) {
    let accepted = keyring.loads.iter().filter(|load| load.refusal.is_none()).map(|load| load.source);
    let accepted: HashSet<usize> = accepted.collect();
    for (at, ((origin, _), place)) in sources.certificates.iter().zip(&mut keyring.places).enumerate() {
        if *origin != Origin::Given && *place == Place::ForModules && !accepted.contains(&at) {
            *place = Place::NotForModules(NotForModules::NotLoaded);
        }
    }
}

fn empty(config: &Config) -> Keyring {
    Keyring {
        config: config.clone(),
        running: config.clone(),
        trusted: <[Ring; 3]>::default(),
        platform: <[Ring; 1]>::default(),
        revoked: <[Ring; 1]>::default(),
        revoked_files: HashSet::new(),
        loads: Vec::new(),
        places: Vec::new(),
        too_expensive: false,
    }
}

struct Filling<'w> {
    keyring: Keyring,
    /// The configuration with the blacklist as far as it is known now.
    config: Config,
    work: &'w mut Work,
}

impl Filling<'_> {
    /// Adds the entries of these origins to the blacklist.
    fn blacklist(&mut self, sources: &Sources, origins: &[Origin]) {
        let keyrings = self.config.keyrings;
        if !keyrings.blacklist {
            self.config.blacklist.clear();
            return;
        }
        let of_these = |origin: &Origin| origins.contains(origin);
        let hashes = sources.revoked_tbs.iter().filter(|(origin, _)| of_these(origin));
        self.config.blacklist.extend(hashes.map(|(_, hash)| hash.clone()));
        if keyrings.file_blacklist_for_modules {
            let files = sources.revoked_files.iter().filter(|(origin, _)| of_these(origin));
            self.keyring.revoked_files.extend(files.map(|(_, hash)| *hash));
        }
        if keyrings.revocation_list {
            for (_, der) in sources.revoked.iter().filter(|(origin, _)| of_these(origin)) {
                // A certificate that is rejected revokes nothing.
                if let Ok(certificate) = self.parse(der).1 {
                    let [ring] = &mut self.keyring.revoked;
                    ring.add(certificate.name.clone(), key_of(certificate, false));
                }
            }
        }
    }

    fn finish(mut self) -> Keyring {
        let rings = self.keyring.trusted.iter_mut().chain(&mut self.keyring.platform);
        rings.chain(&mut self.keyring.revoked).for_each(Ring::index);
        self.keyring.running = Config { blacklist: self.config.blacklist, ..self.keyring.config.clone() };
        self.keyring
    }

    /// Splits concatenated DER, each with a length of two octets.
    fn load_list<'c>(&mut self, certificates: impl Iterator<Item = (usize, &'c [u8])>) {
        let (mut list, mut ends) = (Vec::new(), Vec::new());
        for (source, certificate) in certificates {
            list.extend_from_slice(certificate);
            ends.push((list.len(), source));
        }
        let mut rest = &list[..];
        let mut ends = ends.into_iter().peekable();
        while !rest.is_empty() {
            let offset = list.len() - rest.len();
            while ends.next_if(|(end, _)| *end <= offset).is_some() {}
            let source = ends.peek().map_or(0, |(_, source)| *source);
            let whole = match *rest {
                [0x30, 0x82, high, low, ..] => {
                    rest.split_at_checked(4 + (usize::from(high) << 8 | usize::from(low)))
                }
                _ => None,
            };
            let Some((certificate, after)) = whole else {
                self.keyring.loads.push(Load::ends_the_list(source, offset, rest.len()));
                return;
            };
            let parsed = self.parse(certificate);
            self.load(source, offset, parsed, Target::Trusted(BUILT_IN));
            rest = after;
        }
    }

    /// A certificate of UEFI's `db`, or a given one that the kernel gets one by one.
    fn load_firmware(&mut self, source: usize, offset: usize, der: &[u8], origin: Origin) {
        let keyrings = self.config.keyrings;
        let for_modules = keyrings.platform && keyrings.platform_for_modules;
        if origin == Origin::Firmware && !for_modules {
            let option = ConfigOption::PlatformKeyring;
            let reason =
                if keyrings.platform { NotForModules::Platform } else { NotForModules::NotRead(option) };
            return self.skip(source, reason);
        }
        let target = if for_modules { Target::Platform } else { Target::Trusted(MACHINE) };
        let parsed = self.parse(der);
        self.load(source, offset, parsed, target);
    }

    /// A machine owner's key: `.machine`, or `.platform`.
    fn load_machine_owner(&mut self, source: usize, der: &[u8]) {
        let (keyrings, boot) = (self.config.keyrings, self.config.boot);
        if !keyrings.platform {
            return self.skip(source, NotForModules::NotRead(ConfigOption::PlatformKeyring));
        }
        if !boot.secure_boot {
            return self.skip(source, NotForModules::SecureBootOff);
        }
        let parsed = self.parse(der);
        let reason = if !keyrings.secondary {
            Some(NotForModules::Machine(ConfigOption::SecondaryTrustedKeyring))
        } else if !keyrings.machine {
            Some(NotForModules::Machine(ConfigOption::MachineKeyring))
        } else if !boot.mok_list_trusted {
            Some(NotForModules::MokListNotTrusted)
        } else {
            parsed.1.as_ref().ok().and_then(|certificate| not_for_machine(certificate, &self.config))
        };
        match reason {
            None => self.load(source, 0, parsed, Target::Trusted(MACHINE)),
            Some(_) if keyrings.platform_for_modules => self.load(source, 0, parsed, Target::Platform),
            Some(reason) => self.skip(source, reason),
        }
    }

    /// A certificate that a running system adds to `.secondary_trusted_keys`: a trusted key must have signed it.
    fn load_secondary(&mut self, source: usize, der: &[u8]) {
        if !self.config.keyrings.secondary {
            return self.skip(source, NotForModules::NotRead(ConfigOption::SecondaryTrustedKeyring));
        }
        let parsed = self.parse(der);
        if let Ok(certificate) = &parsed.1
            && !self.is_vouched_for(certificate)
        {
            return self.skip(source, NotForModules::NotVouchedFor);
        }
        self.load(source, 0, parsed, Target::Trusted(SECONDARY));
        self.keyring.trusted.iter_mut().for_each(Ring::index);
    }

    /// `restrict_link_by_signature`: a trusted key, found by the authority's identifiers, verifies the certificate.
    fn is_vouched_for(&mut self, certificate: &X509Certificate) -> bool {
        let search = Search { rings: &self.keyring.trusted, code_signing: false };
        let authority = (certificate.authority_id.as_ref(), certificate.authority_skid.as_ref());
        let (None, None) = authority else {
            let Ok(key) = search.find(authority.0, authority.1) else { return false };
            if self.config.keyrings.secondary_signed_by_builtin && !key.built_in {
                return false;
            }
            let mut log = Log::new(core::mem::take(self.work));
            let verified = signature::verify(&key.key, &certificate.signature(), &self.config, &mut log);
            *self.work = log.work;
            return verified.is_ok();
        };
        // Linux then searches by the issuer's name, which this model does not. No identifier: not vouched for.
        false
    }

    fn parse(&mut self, der: &[u8]) -> (Log, Result<X509Certificate, certificate::Refusal>) {
        let mut log = Log::new(core::mem::take(self.work));
        let parsed = certificate::parse(der, &self.config, &mut log);
        *self.work = core::mem::take(&mut log.work);
        (log, parsed)
    }

    /// An algorithm that is missing only now is a module.
    fn cause(&self, problem: CertificateProblem) -> CertificateProblem {
        match problem {
            CertificateProblem::Lacks(option) if option.get(&self.keyring.config) => {
                CertificateProblem::Modular(option)
            }
            problem => problem,
        }
    }

    fn skip(&mut self, source: usize, reason: NotForModules) {
        if let Some(place) = self.keyring.places.get_mut(source) {
            *place = Place::NotForModules(reason);
        }
    }

    fn load(
        &mut self,
        source: usize,
        offset: usize,
        (log, parsed): (Log, Result<X509Certificate, certificate::Refusal>),
        target: Target,
    ) {
        let mut lines = log.lines;
        let (refusal, problem) = match parsed {
            _ if self.work.is_exceeded() => (Some(LoadError::TooExpensive), None),
            Ok(certificate) if certificate.blacklisted => {
                (Some(LoadError::Refused(Errno::EKEYREJECTED)), Some(CertificateProblem::Blacklisted))
            }
            Ok(certificate) => {
                lines.push(format!("Loaded X.509 cert '{}'", String::from_utf8_lossy(&certificate.name)));
                let problem = signature::unusable(&certificate.key, &self.keyring.config);
                if self.config.keyrings.code_signing_for_modules && !certificate.usage.code_signing {
                    self.skip(source, NotForModules::NoCodeSigning);
                }
                let ring = match target {
                    Target::Trusted(at) => self.keyring.trusted.get_mut(at),
                    Target::Platform => self.keyring.platform.first_mut(),
                };
                if let Some(ring) = ring {
                    let built_in = matches!(target, Target::Trusted(BUILT_IN));
                    ring.add(certificate.name.clone(), key_of(certificate, built_in));
                }
                (None, problem)
            }
            Err(refusal) => (Some(LoadError::Refused(refusal.errno)), Some(self.cause(refusal.problem))),
        };
        if let Some(LoadError::Refused(errno)) = refusal {
            lines.push(format!("Problem loading in-kernel X.509 certificate (-{})", errno.number()));
        }
        self.keyring.loads.push(Load { source, offset, refusal, problem, log: lines });
    }
}

/// `restrict_link_by_ca`: why a machine owner's key does not enter `.machine`.
pub(super) fn not_for_machine(certificate: &X509Certificate, config: &Config) -> Option<NotForModules> {
    let (keyrings, usage) = (config.keyrings, certificate.usage);
    if !keyrings.machine_ca {
        return None;
    }
    if !usage.authority || !usage.key_cert_sign {
        return Some(NotForModules::NotAuthority);
    }
    (keyrings.machine_ca_max && usage.digital_signature).then_some(NotForModules::DigitalSignature)
}

fn key_of(certificate: X509Certificate, built_in: bool) -> TrustedKey {
    TrustedKey {
        id: certificate.id,
        skid: certificate.skid,
        key: certificate.key,
        code_signing: certificate.usage.code_signing,
        built_in,
    }
}
