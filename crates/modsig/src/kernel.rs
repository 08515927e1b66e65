//! The kernel model: predicts what Linux does with a signed module.
//!
//! [`answer`] performs the steps of `module_sig_check` in the kernel's order and stops where the kernel stops, with the
//! kernel's error number and log lines. It has its own parser, which follows Linux: BER with the decoder's deviations,
//! fields that Linux ignores, embedded certificates. It uses no code of the strict verifier in [`crate::verdict`].
//!
//! | module | contents |
//! |---|---|
//! | `ber`, `grammar` | the BER reader, and the grammars that drive it |
//! | `message`, `certificate`, `time`, `oid` | what Linux keeps of a CMS and of a certificate, and what it rejects while parsing |
//! | `signature`, `hash`, `rsa`, `ecdsa`, `p192`, `ml_dsa` | verifying one signature with one key |
//! | `log` | the kernel's log lines, and the remaining work of the question |
//! | `config`, `option`, `boot`, `presets` | the predicted kernel: its configuration, its boot, distributions |
//! | `origin`, `sources`, `keyrings` | where certificates and blacklists come from, and which keyrings there are |
//! | `keyring`, `ring`, `place`, `problem` | which certificates become trusted keys, why others do not, and how keys are found |
//! | `fips` | what FIPS mode refuses |
//! | `verify` | the checks of a message, of certificate chains, and of trust |
//! | `version`, `rule` | the known versions, and what differs between them |
//!
//! Source: Linux 6.1 to 7.3 `kernel/module/signing.c`, `crypto/asymmetric_keys/`, `crypto/`, `lib/asn1_decoder.c`, described
//! in our own words. `docs/kernel-rules.md` lists the rules; tests compare them with the answers of real kernels.

mod answer;
mod ber;
mod boot;
mod certificate;
mod compression;
mod config;
mod ecdsa;
mod errno;
mod fips;
mod grammar;
mod hash;
mod keyring;
mod keyrings;
mod log;
mod message;
mod ml_dsa;
mod oid;
mod option;
mod origin;
mod p192;
mod place;
mod presets;
mod problem;
mod ring;
pub(crate) mod rsa;
mod rule;
mod signature;
mod sources;
mod time;
mod two_numbers;
mod verify;
mod version;

pub use answer::{Answer, Stage};
pub use boot::{BootState, Lockdown};
pub use compression::{Compression, Compressions, Unpacker};
pub use config::{Config, KeyringKind, Modular};
pub use errno::Errno;
pub use keyring::{Keyring, Load, LoadError};
pub use keyrings::Keyrings;
pub use option::ConfigOption;
pub use origin::Origin;
pub use place::{NotForModules, Place};
pub use presets::{Evidence, Preset};
pub use problem::{CertificatePart, CertificateProblem};
pub use rule::{Basis, Rule, RuleLine};
pub use sources::Sources;
pub use version::Version;

use crate::module_cache::ModuleCache;
use crate::text::hex;
use crate::trailer::{self, Split, TrailerProblem, Unsigned};
use crate::work::{Memo, Work};
use log::Log;
use message::Message;
use ring::Search;

/// Predicts the kernel's answer to a file.
pub fn answer(file: &[u8], keyring: &Keyring) -> Answer {
    if !keyring.config().module_sig && !file.is_empty() {
        return not_checked(keyring);
    }
    match trailer::split(file) {
        Ok(Split::Signed(signed)) => answer_with_cache(&ModuleCache::new(signed.module), signed.cms, keyring),
        Ok(Split::Unsigned(Unsigned::Empty)) if file.is_empty() => {
            refused(Errno::EINVAL, Stage::Reading, Log::default(), keyring)
        }
        Ok(Split::Unsigned(_)) => refused(Errno::ENODATA, Stage::Marker, Log::default(), keyring),
        Err(error) => refused_trailer(&error.problem, keyring),
    }
}

/// Predicts the kernel's answer to a module that it has unpacked itself. An empty module counts as unsigned; an empty
/// file is an earlier error.
pub fn answer_unpacked(module: &[u8], keyring: &Keyring) -> Answer {
    if !keyring.config().module_sig {
        return not_checked(keyring);
    }
    if module.is_empty() {
        return refused(Errno::ENODATA, Stage::Marker, Log::default(), keyring);
    }
    answer(module, keyring)
}

/// The kernel model's objection to embedded certificates, for the strict verifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Objection {
    /// Linux rejects the message because of them.
    Refused(Errno),
    /// Evaluating them costs too much.
    TooExpensive,
}

/// Why Linux rejects an embedded certificate, and with it the whole message: its DER, or the signature of a self-signed
/// one. `None`: Linux accepts it, or ignores it as unsupported.
pub(crate) fn objection_to_embedded(
    certificate: &[u8],
    config: &Config,
    work: &mut Work,
) -> Option<Objection> {
    let mut log = Log::new(core::mem::take(work));
    let parsed = certificate::parse(certificate, config, &mut log);
    *work = log.work;
    if work.is_exceeded() {
        return Some(Objection::TooExpensive);
    }
    parsed.err().map(|refusal| Objection::Refused(refusal.errno))
}

/// Why Linux rejects a message because of its embedded certificates although it would accept the message without them.
/// Before Linux looks at its trusted keys, it requires that the embedded certificate of the signer verifies the
/// signature, and that the embedded certificates verify one another. `None`: the certificates are harmless, or the
/// message has another fault.
pub(crate) fn objection_to_certificates(
    cache: &ModuleCache<'_>,
    cms: &[u8],
    keyring: &Keyring,
) -> Option<Objection> {
    let mut log = Log::new(Work::new(cache.memo()));
    let mut objection = || {
        let mut message = message::parse(cms, keyring.running(), &mut log).ok()?;
        let (errno, _) = evaluate(&message, cache, keyring, &mut log).err()?;
        message.certificates.clear();
        evaluate(&message, cache, keyring, &mut log).is_ok().then_some(errno)
    };
    let objection = objection().map(Objection::Refused);
    if log.work.is_exceeded() { Some(Objection::TooExpensive) } else { objection }
}

/// Predicts the kernel's answer to a module and a CMS joined by a valid trailer.
pub fn answer_detached(module: &[u8], cms: &[u8], keyring: &Keyring) -> Answer {
    answer_with_cache(&ModuleCache::new(module), cms, keyring)
}

/// The same with the cached results of the module. The module of a signed file is never empty, and its CMS has 1 to
/// 65,535 bytes.
pub(crate) fn answer_with_cache(cache: &ModuleCache<'_>, cms: &[u8], keyring: &Keyring) -> Answer {
    let mut log = Log::new(Work::new(cache.memo()));
    if !keyring.config().module_sig {
        return not_checked(keyring);
    }
    let result = run_stages(cache, cms, keyring, &mut log);
    if log.work.is_exceeded() || keyring.is_too_expensive() {
        // Not everything was computed, so the result does not count, and the log is not the kernel's.
        return refused(Errno::EKEYREJECTED, Stage::TooExpensive, Log::default(), keyring);
    }
    match result {
        Ok(()) => Answer {
            refusal: None,
            stage: Stage::Accepted,
            log: log.lines,
            enforced: keyring.config().enforces(),
            locked_down: keyring.config().lockdown() != Lockdown::None,
        },
        Err((errno, stage)) => refused(errno, stage, log, keyring),
    }
}

/// Finds the options of the kernel's configuration, and the states of its boot, that change the answer, and returns the
/// changed answers. Toggles one at a time. Options that only restrict a kernel further, such as lockdown and FIPS mode, are
/// toggled if they are set.
pub fn options_that_matter(file: &[u8], sources: &Sources, config: &Config) -> Vec<(ConfigOption, Answer)> {
    // Results of one configuration are valid for the others.
    let memo = Memo::default();
    let split = trailer::split(file);
    let cache = match &split {
        Ok(Split::Signed(signed)) => Some((ModuleCache::new(signed.module), signed.cms)),
        _ => None,
    };
    let answer = |config: &Config| {
        let keyring = Keyring::with_memo(sources, config, &memo);
        match &cache {
            Some((cache, cms)) => answer_with_cache(cache, cms, &keyring),
            None => answer(file, &keyring),
        }
    };
    let present = answer(config);
    let mut changes = Vec::new();
    for option in ConfigOption::worth_toggling(config) {
        let mut other = config.clone();
        option.set(&mut other, !option.get(config));
        let changed = answer(&other);
        if !changed.is_same_for_user_space(&present) {
            changes.push((option, changed));
        }
    }
    changes
}

fn run_stages(
    cache: &ModuleCache<'_>,
    cms: &[u8],
    keyring: &Keyring,
    log: &mut Log,
) -> Result<(), (Errno, Stage)> {
    let message = message::parse(cms, keyring.running(), log).map_err(|errno| (errno, Stage::Message))?;
    evaluate(&message, cache, keyring, log)?;
    if keyring.refuses_files() {
        // Debian's kernel computes the digest of every signed file.
        if !keyring.config().sha256 {
            return Err((Errno::ENOENT, Stage::Trust));
        }
        if let Some(sha256) = keyring.revoked_file(cache.module(), cms) {
            log.add(format!("Module hash {} is blacklisted", hex(&sha256)));
            return Err((Errno::EKEYREJECTED, Stage::Trust));
        }
    }
    Ok(())
}

/// The checks after parsing: the message itself, then trust. If no key is known, a kernel that uses `.platform` for
/// modules starts again with it.
fn evaluate(
    message: &Message<'_>,
    cache: &ModuleCache<'_>,
    keyring: &Keyring,
    log: &mut Log,
) -> Result<(), (Errno, Stage)> {
    let of_parsing = log.lines.clone();
    let result = check(message, cache, keyring, None, log);
    match (result, keyring.platform()) {
        (Err((Errno::ENOKEY, _)), Some(platform)) => {
            log.lines.extend(of_parsing);
            check(message, cache, keyring, Some(platform), log)
        }
        (result, _) => result,
    }
}

/// One `verify_pkcs7_message_sig`, with the trusted keys or with `platform`.
fn check(
    message: &Message<'_>,
    cache: &ModuleCache<'_>,
    keyring: &Keyring,
    platform: Option<Search<'_>>,
    log: &mut Log,
) -> Result<(), (Errno, Stage)> {
    if message.has_content {
        log.add("PKCS7: Data already supplied");
        log.add("PKCS#7 signature with non-detached data");
        return Err((Errno::EBADMSG, Stage::Integrity));
    }
    let mut verification = verify::Verification::new(message, cache, keyring.running());
    verification.check_message(log).map_err(|errno| (errno, Stage::Integrity))?;
    let looks_for_revoked = platform.is_some() || keyring.config().version.has(Rule::RevocationsForAll);
    if let Some(revoked) = keyring.revoked().filter(|_| looks_for_revoked)
        && verification.check_trust(revoked, log).is_ok()
    {
        return Err((Errno::EKEYREJECTED, Stage::Trust));
    }
    let search = platform.unwrap_or(keyring.trusted());
    verification.check_trust(search, log).map_err(|errno| (errno, Stage::Trust))
}

/// The answer of a kernel without `CONFIG_MODULE_SIG`.
fn not_checked(keyring: &Keyring) -> Answer {
    Answer {
        refusal: None,
        stage: Stage::NotChecked,
        log: Vec::new(),
        enforced: false,
        locked_down: keyring.config().lockdown() != Lockdown::None,
    }
}

fn refused(errno: Errno, stage: Stage, log: Log, keyring: &Keyring) -> Answer {
    Answer {
        refusal: Some(errno),
        stage,
        log: log.lines,
        enforced: keyring.config().enforces(),
        locked_down: keyring.config().lockdown() != Lockdown::None,
    }
}

/// `mod_check_sig`, and the errors of the BER reader that depend on the length alone.
fn refused_trailer(problem: &TrailerProblem, keyring: &Keyring) -> Answer {
    let mut log = Log::default();
    let (errno, stage) = match problem {
        TrailerProblem::NoRoomForInfo { .. } | TrailerProblem::SigLenTooLong { .. } => {
            (Errno::EBADMSG, Stage::Trailer)
        }
        TrailerProblem::IdType(_) => {
            log.add("module: not signed with expected PKCS#7 message");
            (Errno::ENOPKG, Stage::Trailer)
        }
        TrailerProblem::NonZeroField { .. } => {
            log.add("module: PKCS#7 signature info has unexpected non-zero params");
            (Errno::EBADMSG, Stage::Trailer)
        }
        TrailerProblem::NoCms => (Errno::EBADMSG, Stage::Message),
        TrailerProblem::CmsTooLong { .. } => (Errno::EMSGSIZE, Stage::Message),
    };
    refused(errno, stage, log, keyring)
}
