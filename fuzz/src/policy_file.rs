//! Policy files: whatever they say, there is an answer; what is accepted does not depend on what is only form.

use crate::claims::{claim, claim_short};
use modsig::algorithm::Digest;
use modsig::kernel::{ConfigOption, KeyringKind, Version};
use modsig::verdict::{EmbeddedCertificates, KeyKind, Policy};
use modsig_cli::error::CliError;
use modsig_cli::exit::Exit;
use modsig_cli::kernel_choice::KernelChoice;
use modsig_cli::policy_file::parse;
use std::fmt::Write;

/// What is claimed.
pub const CLAIMS: &[&str] = &[
    "policy file: a policy, written as a file, is read back the same",
    "policy file: a line before it changes nothing but the lines of errors",
    "policy file: the order of lines changes nothing",
    "policy file: no policy allows SHA-1 by name, nothing at all, or no signer",
    "policy file: an error is malformed or refused, and names a line of the file",
    "policy file: an error is told shortly, in one line",
];

/// Every input asks all.
pub const QUESTIONS: u8 = 1;

/// The longest input, in bytes: all keys with all values have 700.
pub const MAX_LEN: usize = 800;

/// What a file says.
type Said = Result<(Policy, Option<KernelChoice>), CliError>;

/// The input is a file.
pub fn run(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let said = parse(text);
    match &said {
        Ok((policy, kernel)) => accepted(text, policy, kernel.as_ref()),
        Err(failure) => refused(text, failure),
    }
    // A byte order mark is one at the beginning only.
    if !text.starts_with('\u{feff}') {
        let after = parse(&format!("# a comment\n{text}"));
        claim(
            "policy file: a line before it changes nothing but the lines of errors",
            same(&said, &after, 1),
        );
    }
}

/// Whether two files say the same, the second with its errors so many lines later.
fn same(first: &Said, second: &Said, later: usize) -> bool {
    match (first, second) {
        (Ok((policy, kernel)), Ok((other, other_kernel))) => policy == other && kernel == other_kernel,
        (Err(failure), Err(other)) => {
            line_of(failure).map(|(line, what)| (line + later, what)) == line_of(other)
                && failure.exit == other.exit
        }
        _ => false,
    }
}

/// `line 7: what`
fn line_of(failure: &CliError) -> Option<(usize, &str)> {
    let (line, what) = failure.what.strip_prefix("line ")?.split_once(": ")?;
    Some((line.parse().ok()?, what))
}

fn refused(text: &str, failure: &CliError) {
    let exit = matches!(failure.exit, Exit::Malformed | Exit::Refused);
    // One more than there are line ends: what is missing at the end may be missing there.
    let lines = 1 + text.matches('\n').count();
    let named = line_of(failure).is_some_and(|(line, _)| (1..=lines).contains(&line));
    claim("policy file: an error is malformed or refused, and names a line of the file", exit && named);
    claim_short("policy file: an error is told shortly, in one line", failure);
    claim("policy file: an error is told shortly, in one line", !failure.what.contains('\n'));
}

fn accepted(text: &str, policy: &Policy, kernel: Option<&KernelChoice>) {
    let somebody = KeyKind::ALL.into_iter().any(|kind| policy.allows_algorithm(kind));
    let right = somebody && policy.min_signers() > 0 && *policy.rsa_bits().start() >= 2048;
    let weak = !policy.is_kernels() && policy.allows_digest(Digest::Sha1);
    claim("policy file: no policy allows SHA-1 by name, nothing at all, or no signer", right && !weak);
    let back = parse(&written(policy, kernel));
    let kernels_agree = |other: Option<&KernelChoice>| match (kernel, other) {
        (None, None) => true,
        (Some(kernel), Some(other)) => kernel.config == other.config,
        _ => false,
    };
    let same =
        back.is_ok_and(|(other, other_kernel)| other == *policy && kernels_agree(other_kernel.as_ref()));
    claim("policy file: a policy, written as a file, is read back the same", same);
    // Lines that are whole statements, each of them, can change places. A table's header is none: what follows is in the table.
    let lines: Vec<&str> = text.lines().collect();
    let statement = |line: &&str| !line.trim_start().starts_with('[') && parse(line).is_ok();
    if (2..12).contains(&lines.len()) && lines.iter().all(statement) {
        let turned = lines.iter().rev().copied().collect::<Vec<_>>().join("\n");
        let turned = parse(&turned);
        let same =
            turned.is_ok_and(|(other, other_kernel)| other == *policy && other_kernel.as_ref() == kernel);
        claim("policy file: the order of lines changes nothing", same);
    }
}

/// A file that says what a policy is.
pub fn written(policy: &Policy, kernel: Option<&KernelChoice>) -> String {
    let mut out = String::new();
    if policy.is_kernels() {
        out.push_str("base = \"kernel\"\n");
    }
    let algorithms =
        KeyKind::ALL.into_iter().filter(|kind| policy.allows_algorithm(*kind)).map(KeyKind::name);
    let digests =
        Digest::SIGNING.into_iter().filter(|digest| policy.allows_digest(*digest)).map(Digest::name);
    let embedded = match policy.embedded_certificates() {
        EmbeddedCertificates::Allow => "allow",
        EmbeddedCertificates::Warn => "warn",
        _ => "refuse",
    };
    let bits = policy.rsa_bits();
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "algorithms = {:?}\ndigests = {:?}\nmin-rsa-bits = {}\nmax-rsa-bits = {}\nsigned-attributes = {}\n\
         embedded-certificates = \"{embedded}\"\nmin-signers = {}\n",
        algorithms.collect::<Vec<_>>(),
        digests.collect::<Vec<_>>(),
        bits.start(),
        bits.end(),
        policy.allows_signed_attributes(),
        policy.min_signers(),
    );
    if let Some(kernel) = kernel {
        let base = match kernel.config.version {
            _ if kernel.config.keyring == KeyringKind::BuiltIn => "strict",
            Version::V6_1 => "debian-12",
            Version::V6_12 => "debian-13",
            Version::V7_3 => "debian-sid",
            _ => "debian-7.2",
        };
        let _ = write!(out, "kernel = \"{base}\"\n[kernel-options]\n");
        for option in ConfigOption::ALL {
            let _ = writeln!(out, "{:?} = {}", option.name(), option.get(&kernel.config));
        }
    }
    out
}
