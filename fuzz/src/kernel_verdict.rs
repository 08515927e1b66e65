//! Signed modules changed by an edit script: both judges always answer, and never contradict each other.

use crate::claims::{claim, claim_short};
use crate::der_tree::{edit, write};
use crate::keys::bases;
use crate::question;
use crate::script::Script;
use modsig::kernel::{self, Config};
use modsig::trailer::{INFO_LEN, MARKER, Split, append, split};
use modsig::verdict::{Finding, Kind, Policy, Verdict, Warning, verify};

/// What is claimed.
pub const CLAIMS: &[&str] = &[
    "kernel verdict: what is good by default, a strict Linux loads",
    "kernel verdict: the policy `kernel` finds good what Linux loads, and nothing else",
    "kernel verdict: only what a trusted key signed is good",
    "kernel verdict: only what a trusted key signed does a strict Linux accept",
    "kernel verdict: findings, checks and signers lie in the file",
    "kernel verdict: it is good if and only if nothing was found",
    "kernel verdict: the judge's answer is that of Linux asked by itself",
    "kernel verdict: asked again, it is the same",
    "kernel verdict: findings and answers are told shortly",
];

/// The longest input, in bytes.
pub const MAX_LEN: usize = 256;

/// How many edits are made at most.
const MAX_EDITS: u8 = 12;

/// The default policy, and Linux asked by itself; the policy `kernel`, once and again.
pub const QUESTIONS: u8 = 4;

/// The question; a byte that chooses the base, and one that says how the file is put together and which Linux is asked; then edits of the
/// CMS as a tree, and what the second byte wants.
pub fn run(data: &[u8]) {
    let Some((question, data)) = question(data, QUESTIONS) else { return };
    let (file, _) = file_of(data);
    let which = data.get(1).copied().unwrap_or_default() >> 6;
    if question < 2 {
        return by_default(question, &file);
    }
    by_kernel(
        question,
        &file,
        [Config::STRICT, Config::WAIVER, Config::DEBIAN, Config::STRICT][usize::from(which)].clone(),
    );
}

/// The file that an input stands for, without the byte of the question, and the name of its base.
pub fn file_of(data: &[u8]) -> (Vec<u8>, &'static str) {
    let mut script = Script(data);
    let bases = bases();
    let base = &bases.all[usize::from(script.byte()) % bases.all.len()];
    let how = script.byte();
    let mut tree = base.cms.clone();
    for _ in 0..script.byte() % (MAX_EDITS + 1) {
        edit(&mut script, &mut tree);
    }
    let (mut module, mut cms) = (base.module.clone(), write(&tree));
    if how & 1 != 0 {
        script.edit(&mut module);
    }
    if how & 2 != 0 {
        script.edit(&mut cms);
    }
    let mut file = module;
    file.extend(trailer(&cms));
    if how & 4 != 0 {
        let at = file.len() - MARKER.len() - INFO_LEN;
        file[at + usize::from(script.byte()) % INFO_LEN] ^= script.byte();
    }
    if how & 8 != 0 {
        script.edit(&mut file);
    }
    (file, base.name)
}

/// A right trailer; also for a CMS that is too long for one.
fn trailer(cms: &[u8]) -> Vec<u8> {
    append(cms).unwrap_or_else(|_| {
        let len = u32::try_from(cms.len()).unwrap_or(u32::MAX);
        [cms, &[0, 0, 2, 0, 0, 0, 0, 0], &len.to_be_bytes(), MARKER].concat()
    })
}

fn by_default(question: u8, file: &[u8]) {
    let trust = &bases().trust;
    let strict = verify(file, trust, &Policy::DEFAULT);
    check(file, &strict);
    if question == 1 {
        let again = kernel::answer(file, &trust.keyring(&Config::STRICT));
        claim("kernel verdict: the judge's answer is that of Linux asked by itself", again == strict.kernel);
        return;
    }
    let signed = match split(file) {
        Ok(Split::Signed(parts)) => bases().signed.iter().any(|module| module == parts.module),
        _ => false,
    };
    if strict.is_good() {
        claim("kernel verdict: what is good by default, a strict Linux loads", strict.kernel.loads());
        claim("kernel verdict: only what a trusted key signed is good", signed);
    }
    if strict.kernel.is_accepted() {
        claim("kernel verdict: only what a trusted key signed does a strict Linux accept", signed);
    }
}

fn by_kernel(question: u8, file: &[u8], config: Config) {
    let trust = &bases().trust;
    let policy = Policy::KERNEL.with_kernel(config);
    let by_kernel = verify(file, trust, &policy);
    check(file, &by_kernel);
    claim(
        "kernel verdict: the policy `kernel` finds good what Linux loads, and nothing else",
        by_kernel.is_good() == by_kernel.kernel.loads(),
    );
    if question == 2 {
        return;
    }
    let second = verify(file, trust, &policy);
    let same = second.findings == by_kernel.findings
        && second.warnings == by_kernel.warnings
        && second.checks == by_kernel.checks
        && second.kind() == by_kernel.kind()
        && second.kernel == by_kernel.kernel;
    claim("kernel verdict: asked again, it is the same", same);
}

fn check(file: &[u8], verdict: &Verdict) {
    let found = verdict.warnings.iter().filter_map(|warning| match warning {
        Warning::Found(finding) => Some(finding),
        _ => None,
    });
    let places = |finding: &Finding| finding.offset;
    let offsets = verdict.findings.iter().chain(found).filter_map(places);
    let offsets = offsets.chain(verdict.checks.iter().filter_map(|check| check.offset));
    let offsets = offsets.chain(verdict.signers.iter().map(|signer| signer.offset));
    let inside = offsets.into_iter().all(|offset| offset < file.len()) && verdict.module_len <= file.len();
    claim("kernel verdict: findings, checks and signers lie in the file", inside);
    let nothing = verdict.findings.is_empty() && verdict.kind() == Kind::Good;
    let something = !verdict.findings.is_empty() && verdict.kind() != Kind::Good;
    let consistent = if verdict.is_good() { nothing } else { something };
    claim("kernel verdict: it is good if and only if nothing was found", consistent);
    let short = |finding: &Finding| (1..2048).contains(&finding.to_string().len());
    let all = verdict.findings.iter().all(short);
    claim("kernel verdict: findings and answers are told shortly", all);
    claim_short("kernel verdict: findings and answers are told shortly", &verdict.kernel);
}
