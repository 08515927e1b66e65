//! Policies by name or from a TOML file. `docs/guide/policy.md` describes the format.

use crate::error::CliError;
use crate::exit::Exit;
use crate::files::read_stream;
use crate::kernel_choice::{KernelChoice, set_option};
use modsig::algorithm::Digest;
use modsig::verdict::{EmbeddedCertificates, KeyKind, Policy, PolicyError};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use toml::Spanned;

/// The longest policy that is read: 64 KiB. One that sets everything has less than 1 KiB.
const POLICY_LIMIT: u64 = 64 << 10;

/// A policy and its name.
#[derive(Clone, Debug)]
pub struct NamedPolicy {
    /// The preset's name, or the file's.
    pub name: String,
    /// The policy, with the kernel that it names.
    pub policy: Policy,
    /// That kernel; `None` if it names none.
    pub kernel: Option<KernelChoice>,
}

/// The keys of a policy file. A missing key has the value of `base`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct PolicyFile {
    base: Option<Spanned<String>>,
    algorithms: Option<Spanned<Vec<Spanned<String>>>>,
    digests: Option<Spanned<Vec<Spanned<String>>>>,
    min_rsa_bits: Option<Spanned<usize>>,
    max_rsa_bits: Option<Spanned<usize>>,
    signed_attributes: Option<bool>,
    embedded_certificates: Option<Embedded>,
    min_signers: Option<Spanned<usize>>,
    kernel: Option<Spanned<String>>,
    #[serde(default)]
    kernel_options: BTreeMap<Spanned<String>, bool>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Embedded {
    Allow,
    Warn,
    Refuse,
}

impl From<Embedded> for EmbeddedCertificates {
    fn from(what: Embedded) -> Self {
        match what {
            Embedded::Allow => Self::Allow,
            Embedded::Warn => Self::Warn,
            Embedded::Refuse => Self::Refuse,
        }
    }
}

/// The policy that `--policy` names: a preset, or else a file. (Write `./cnsa2` for a file with the name of a preset.)
///
/// # Errors
/// [`Exit::Io`] if the file cannot be read, [`Exit::Malformed`] with a line number if it is not a valid policy,
/// [`Exit::Refused`] if it allows what no policy may allow.
pub fn read_policy(name: &Path) -> Result<NamedPolicy, CliError> {
    if let Some((name, policy)) = name.to_str().and_then(|name| Some((name, Policy::preset(name)?))) {
        return Ok(NamedPolicy { name: name.to_owned(), policy, kernel: None });
    }
    let bytes = read_stream(name, POLICY_LIMIT).map_err(|mut failure| {
        let presets = Policy::PRESETS.map(|(name, _)| name).join(", ");
        failure.advice = format!("{} (a policy is one of {presets}, or a file)", failure.advice);
        failure
    })?;
    let text = str::from_utf8(&bytes).map_err(|error| {
        let at = error.valid_up_to() as u64;
        CliError::new(Exit::Malformed, "is not UTF-8, so not a policy", "write it as a text file").at(at)
    })?;
    let (policy, kernel) = parse(text)?;
    Ok(NamedPolicy { name: name.display().to_string(), policy, kernel })
}

/// Parses a policy file: the policy, and the kernel that it names.
///
/// # Errors
/// [`Exit::Malformed`] or [`Exit::Refused`], as [`read_policy`]; one short line that begins with `line N: `.
pub fn parse(text: &str) -> Result<(Policy, Option<KernelChoice>), CliError> {
    let file: PolicyFile = toml::from_str(text).map_err(|error| {
        let message = cut(error.message()).split_whitespace().collect::<Vec<_>>().join(" ");
        broken(text, &error.span().unwrap_or_default(), &message)
    })?;
    let mut policy = match &file.base {
        None => Policy::DEFAULT,
        Some(base) => Policy::preset(base.get_ref()).ok_or_else(|| {
            let presets = Policy::PRESETS.map(|(name, _)| name).join(", ");
            broken(text, &base.span(), &format!("base is {:?}; it can be {presets}", cut(base.get_ref())))
        })?,
    };
    policy = restrict(policy, &file, text)?;
    let kernel = kernel_of(&file, text)?;
    if let Some(kernel) = &kernel {
        policy = policy.with_kernel(kernel.config.clone());
    }
    Ok((policy, kernel))
}

/// Applies what the file says about signatures to its base policy.
fn restrict(mut policy: Policy, file: &PolicyFile, text: &str) -> Result<Policy, CliError> {
    let impossible = |span: Range<usize>| {
        move |error: PolicyError| {
            let mut failure = broken(text, &span, &error.to_string());
            if matches!(error, PolicyError::WeakDigest { .. }) {
                failure.exit = Exit::Refused;
            }
            failure
        }
    };
    if let Some(names) = &file.algorithms {
        let kinds = named(text, "algorithm", names, KeyKind::from_name, || {
            KeyKind::ALL.map(KeyKind::name).join(", ")
        })?;
        policy = policy.with_algorithms(kinds).map_err(impossible(names.span()))?;
    }
    if let Some(names) = &file.digests {
        let digests =
            named(text, "digest", names, Digest::from_name, || Digest::SIGNING.map(Digest::name).join(", "))?;
        policy = policy.with_digests(digests).map_err(impossible(names.span()))?;
    }
    if let Some(bits) = file.min_rsa_bits.as_ref().or(file.max_rsa_bits.as_ref()) {
        let old = policy.rsa_bits();
        let min = file.min_rsa_bits.as_ref().map_or(*old.start(), |bits| *bits.get_ref());
        let max = file.max_rsa_bits.as_ref().map_or(*old.end(), |bits| *bits.get_ref());
        policy = policy.with_rsa_bits(min..=max).map_err(impossible(bits.span()))?;
    }
    if let Some(allow) = file.signed_attributes {
        policy = policy.allowing_signed_attributes(allow);
    }
    if let Some(what) = file.embedded_certificates {
        policy = policy.with_embedded_certificates(what.into());
    }
    if let Some(signers) = &file.min_signers {
        policy = policy.with_min_signers(*signers.get_ref()).map_err(impossible(signers.span()))?;
    }
    Ok(policy)
}

/// The kernel that the file names, with its options; `None` if it names neither.
fn kernel_of(file: &PolicyFile, text: &str) -> Result<Option<KernelChoice>, CliError> {
    let mut kernel = match &file.kernel {
        None => None,
        Some(name) => Some(KernelChoice::named(name.get_ref()).ok_or_else(|| {
            let (unknown, known) = (cut(name.get_ref()), KernelChoice::names().join(", "));
            broken(text, &name.span(), &format!("unknown kernel {unknown:?}; known are {known}"))
        })?),
    };
    let mut set = Vec::new();
    for (name, value) in &file.kernel_options {
        let kernel = kernel.get_or_insert_with(KernelChoice::strict);
        let option = set_option(kernel, name.get_ref(), *value)
            .map_err(|failure| broken(text, &name.span(), &failure.what))?;
        // TOML rejects a duplicate key, but does not know that an option has two names, with and without `CONFIG_`.
        if set.contains(&option) {
            return Err(broken(text, &name.span(), &format!("{} is set twice", option.name())));
        }
        set.push(option);
    }
    Ok(kernel)
}

/// Shortens text from the file for an error message.
fn cut(text: &str) -> String {
    const MOST: usize = 240;
    let start: String = text.chars().take(MOST).collect();
    if start.len() < text.len() { start + "…" } else { start }
}

/// Finds what each name of a list means.
fn named<T>(
    text: &str,
    what: &str,
    names: &Spanned<Vec<Spanned<String>>>,
    find: impl Fn(&str) -> Option<T>,
    known: impl Fn() -> String,
) -> Result<Vec<T>, CliError> {
    let find = |name: &Spanned<String>| {
        find(name.get_ref()).ok_or_else(|| {
            let (unknown, known) = (cut(name.get_ref()), known());
            broken(text, &name.span(), &format!("unknown {what} {unknown:?}; known are {known}"))
        })
    };
    names.get_ref().iter().map(find).collect()
}

fn broken(text: &str, span: &Range<usize>, what: &str) -> CliError {
    let line = text.as_bytes().iter().take(span.start).filter(|&&byte| byte == b'\n').count() + 1;
    CliError::new(Exit::Malformed, format!("line {line}: {what}"), "see docs/guide/policy.md")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(text: &str, exit: Exit, words: &str) {
        let failure = parse(text).unwrap_err();
        assert_eq!(failure.exit, exit, "{failure}");
        assert!(failure.what.contains(words), "{failure}");
    }

    #[test]
    fn an_empty_policy_is_the_default() {
        let (policy, kernel) = parse("# nothing\n").unwrap();
        assert_eq!(policy, Policy::DEFAULT);
        assert!(kernel.is_none());
        for (name, preset) in Policy::PRESETS {
            assert_eq!(parse(&format!("base = {name:?}")).unwrap().0, preset);
        }
    }

    #[test]
    fn every_key_has_its_effect() {
        let text = "base = \"cnsa2\"\nalgorithms = [\"rsa\", \"ML-DSA-65\"]\ndigests = [\"sha3-256\"]\n\
                    min-rsa-bits = 3072\nmax-rsa-bits = 3072\nsigned-attributes = true\n\
                    embedded-certificates = \"allow\"\nmin-signers = 2\nkernel = \"debian-7.2\"\n\
                    [kernel-options]\nCRYPTO_SHA1 = false\n";
        let (policy, kernel) = parse(text).unwrap();
        assert!(policy.allows_algorithm(KeyKind::Rsa) && policy.allows_algorithm(KeyKind::ML_DSA_65));
        assert!(!policy.allows_algorithm(KeyKind::ML_DSA_87));
        assert!(policy.allows_digest(Digest::Sha3_256) && !policy.allows_digest(Digest::Sha512));
        assert_eq!(policy.rsa_bits(), 3072..=3072);
        assert!(policy.allows_signed_attributes());
        assert_eq!(policy.embedded_certificates(), EmbeddedCertificates::Allow);
        assert_eq!(policy.min_signers(), 2);
        assert!(!policy.kernel().mldsa && !policy.kernel().sha1);
        assert_eq!(kernel.unwrap().name, "debian-7.2, CRYPTO_SHA1=n");
    }

    #[test]
    fn errors_have_line_numbers() {
        refused("\n\nalgoritms = []", Exit::Malformed, "line 3: unknown field `algoritms`");
        refused("digests = []", Exit::Malformed, "line 1: the policy allows nothing");
        refused("\ndigests = [\n\"sha512\",\n\"sha\"]", Exit::Malformed, "line 4: unknown digest \"sha\"");
        refused("digests = [\"sha1\"]", Exit::Refused, "line 1: sha1 cannot be allowed");
        refused("algorithms = [\"dsa\"]", Exit::Malformed, "unknown algorithm \"dsa\"");
        refused("min-rsa-bits = 1024", Exit::Malformed, "line 1: RSA of 1024");
        refused("min-rsa-bits = -1", Exit::Malformed, "line 1");
        refused("min-signers = 0", Exit::Malformed, "requires at least one signer");
        refused("base = \"nsa\"", Exit::Malformed, "base is \"nsa\"");
        refused("embedded-certificates = \"maybe\"", Exit::Malformed, "line 1: unknown variant");
        refused("kernel = \"6.8\"", Exit::Malformed, "line 1: unknown kernel \"6.8\"; known are strict, ");
        refused(
            "[kernel-options]\nCRYPTO_MD4 = true",
            Exit::Malformed,
            "line 2: CRYPTO_MD4 is not an option",
        );
        refused(
            "[kernel-options]\nCONFIG_CRYPTO_SHA1 = true\nCRYPTO_SHA1 = false",
            Exit::Malformed,
            "line 3: CONFIG_CRYPTO_SHA1 is set twice",
        );
        refused("base = \"default\"\nbase = \"cnsa2\"", Exit::Malformed, "line 2: duplicate key");
        refused("base = \"def", Exit::Malformed, "line 1");
        refused(&format!("a = {}", "[".repeat(30_000)), Exit::Malformed, "line 1");
    }

    /// Text from a file that an error message repeats is bounded.
    #[test]
    fn a_long_name_is_cut() {
        let long = "x".repeat(60_000);
        for text in [
            format!("base = {long:?}"),
            format!("digests = [{long:?}]"),
            format!("{long} = 1"),
            format!("kernel = {long:?}"),
            format!("kernel-options = {{ {long} = true }}"),
        ] {
            let failure = parse(&text).unwrap_err();
            assert!(failure.what.contains("xxx") && failure.what.len() < 800, "{failure}");
        }
    }
}
