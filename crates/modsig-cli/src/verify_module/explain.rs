//! The drawing of one file: its parts with their offsets, the CMS as a tree, every check, and the kernel's answer.
//!
//! For every file, the tree has at most [`tree::MOST_LINES`] lines, no line is longer than the terminal is wide
//! ([`canvas::NARROWEST`] to [`canvas::WIDEST`] characters), and control characters are escaped.

mod canvas;
mod labels;
mod tree;

use super::report::{Change, PackedBy, kernel_lines};
use crate::ink::{Coloured, columns_of_standard_output};
use crate::printable::printable;
use canvas::{Canvas, Ink};
use modsig::trailer::{self, INFO_LEN, MARKER, Split};
use modsig::verdict::{Check, Outcome, Policy, Verdict};
use std::path::Path;

/// Whether there are colours, and how wide a line can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Style {
    coloured: bool,
    columns: usize,
}

impl Style {
    /// As `--color`, the environment and the terminal decide.
    pub(super) fn of_standard_output() -> Self {
        Self { coloured: Coloured::of_streams().stdout, columns: columns_of_standard_output() }
    }
}

/// What is drawn.
pub(super) struct Drawing<'a> {
    pub(super) path: &'a Path,
    pub(super) file: &'a [u8],
    pub(super) verdict: &'a Verdict,
    pub(super) changes: &'a [Change],
    pub(super) policy: &'a Policy,
    /// The kernel that is predicted, as messages name it.
    pub(super) linux: &'a str,
    /// How the file is compressed; what is drawn is the module in it.
    pub(super) packed: Option<PackedBy>,
    pub(super) style: Style,
}

impl Drawing<'_> {
    /// The drawing, without a newline at its end.
    pub(super) fn draw(&self) -> String {
        let mut canvas = Canvas::new(self.style.coloured, self.style.columns);
        canvas.heading(&printable(&self.path.display().to_string()));
        if let Some(packed) = self.packed {
            let name = packed.compression.name();
            canvas.line(Ink::Faint, &format!("  compressed with {name}; offsets are in the unpacked module"));
        }
        match self.appended() {
            Some((module_len, cms_len)) => {
                self.draw_parts(&mut canvas, module_len, cms_len);
                let cms = self.file.get(module_len..module_len + cms_len).unwrap_or_default();
                canvas.heading("CMS");
                canvas.line(Ink::Faint, "  offset   length  element");
                tree::draw(&mut canvas, cms, module_len);
            }
            None => self.draw_bare(&mut canvas),
        }
        self.draw_checks(&mut canvas);
        self.draw_verdict(&mut canvas);
        canvas.finish()
    }

    /// Lengths of module and CMS, if the trailer has them: also a trailer that Linux refuses for another field.
    fn appended(&self) -> Option<(usize, usize)> {
        match trailer::split(self.file) {
            Ok(Split::Signed(signed)) => Some((signed.module.len(), signed.cms.len())),
            Ok(Split::Unsigned(_)) => None,
            Err(_) => {
                let info_at = self.file.len().checked_sub(MARKER.len() + INFO_LEN)?;
                let sig_len = self.file.get(info_at + 8..info_at + INFO_LEN)?.first_chunk::<4>()?;
                let cms_len = usize::try_from(u32::from_be_bytes(*sig_len)).ok()?;
                Some((info_at.checked_sub(cms_len)?, cms_len))
            }
        }
    }

    fn draw_parts(&self, canvas: &mut Canvas, module_len: usize, cms_len: usize) {
        let info_at = module_len + cms_len;
        let info = self.file.get(info_at..info_at + INFO_LEN).unwrap_or_default();
        canvas.part(0, '┌', "module", module_len);
        canvas.aside(&what_it_is(self.file.get(..module_len).unwrap_or_default()));
        canvas.part(module_len, '├', "CMS", cms_len);
        for (number, signer) in self.verdict.signers.iter().enumerate() {
            let subject = signer.subject.as_ref().unwrap_or(&signer.identifier);
            canvas.aside(&format!(
                "signer {}: {}, {} ({})",
                number + 1,
                subject,
                signer.algorithm,
                signer.digest
            ));
        }
        canvas.part(info_at, '├', "struct module_signature", INFO_LEN);
        for (at, len, name, must) in FIELDS {
            let bytes = info.get(at..at + len).unwrap_or_default();
            let value = bytes.iter().fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
            let right = must.is_none_or(|must| must == value);
            let ink = if right { Ink::Plain } else { Ink::Bad };
            let note = match (right, name) {
                (false, _) => format!("  must be {}", must.unwrap_or_default()),
                (true, "id_type") => "  PKCS#7".into(),
                (true, "sig_len") => "  big-endian".into(),
                _ => String::new(),
            };
            canvas.line(ink, &format!("{:>8} │   {name:<11}{value}{note}", info_at + at));
        }
        canvas.part(info_at + INFO_LEN, '└', "marker \"~Module signature appended~\\n\"", MARKER.len());
        canvas.line(Ink::Faint, &format!("{:>8}   end of the file", self.file.len()));
    }

    /// Draws a file without a trailer, or with one whose lengths do not fit.
    fn draw_bare(&self, canvas: &mut Canvas) {
        canvas.part(0, '─', "no signature that Linux would find", self.file.len());
        canvas.aside(&what_it_is(self.file));
        let tail_at = self.file.len().saturating_sub(48);
        for (number, bytes) in self.file.get(tail_at..).unwrap_or_default().chunks(16).enumerate() {
            let hex: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            let text: String = bytes
                .iter()
                .map(|&byte| if matches!(byte, b' '..=b'~') { char::from(byte) } else { '.' })
                .collect();
            canvas.line(Ink::Faint, &format!("{:>8}   {:<47}  {text}", tail_at + 16 * number, hex.join(" ")));
        }
    }

    fn draw_checks(&self, canvas: &mut Canvas) {
        canvas.heading("Checks");
        for check in self.verdict.checks.iter().take(MOST_CHECKS) {
            let ink = match check.outcome {
                Outcome::Passed => Ink::Good,
                Outcome::Warned => Ink::Warning,
                Outcome::Failed => Ink::Bad,
                _ => Ink::Faint,
            };
            let outcome = check.outcome.to_string();
            let signer = check.signer.map_or(String::new(), |signer| format!(", signer {}", signer + 1));
            let offset = check.offset.map_or("        ".into(), |offset| format!("{offset:>8}"));
            canvas.words(ink, &format!("  {outcome:<8}"), &format!("{offset}  {}{signer}", check.name));
            for finding in self.verdict.findings.iter().filter(|finding| belongs(check, finding)) {
                canvas.folded(Ink::Bad, 20, &finding.problem.to_string());
                canvas.folded(Ink::Plain, 20, &format!("→ {}", finding.problem.remedy()));
            }
        }
        let more = self.verdict.checks.len().saturating_sub(MOST_CHECKS);
        if more > 0 {
            canvas.line(Ink::Faint, &format!("  … and {more} more"));
        }
        for warning in self.verdict.warnings.iter().take(MOST_CHECKS) {
            canvas.folded(Ink::Warning, 2, &format!("note: {warning}"));
        }
    }

    fn draw_verdict(&self, canvas: &mut Canvas) {
        let verdict = self.verdict;
        canvas.heading("Verdict");
        let decider = if self.policy.is_kernels() { ", as the kernel decides" } else { "" };
        let (ink, words) = if verdict.is_good() { (Ink::Good, "good") } else { (Ink::Bad, "not good") };
        let kind = if verdict.is_good() { String::new() } else { format!(": {}", verdict.kind()) };
        canvas.words(ink, &format!("  ours:      {words}"), &format!("{kind}{decider}"));
        let answer = &verdict.kernel;
        let (ink, words) = match (answer.loads(), answer.taints()) {
            _ if answer.is_too_expensive() => (Ink::Bad, answer.to_string()),
            (true, false) => (Ink::Good, "loaded".to_owned()),
            (true, true) => (Ink::Warning, "loaded, and the kernel is tainted".to_owned()),
            (false, _) => {
                let outside = answer.user_errno().map(|errno| format!(" with {errno} ({})", errno.number()));
                let inside = answer.refusal.filter(|&inside| Some(inside) != answer.user_errno());
                let inside = inside.map(|errno| format!(", {errno} inside"));
                (Ink::Bad, format!("refused{}{}", outside.unwrap_or_default(), inside.unwrap_or_default()))
            }
        };
        canvas.hanging(ink, "  ", &" ".repeat(13), &format!("{}: {words}", self.linux), 4);
        if let Some(packed) = self.packed {
            canvas.folded(Ink::Plain, 13, &packed.sentence());
        }
        for line in answer.log_lines().take(MOST_CHECKS) {
            canvas.folded(Ink::Plain, 13, &format!("it logs \"{line}\""));
        }
        for line in kernel_lines(verdict, self.changes) {
            canvas.folded(Ink::Plain, 13, &line);
        }
    }
}

/// The most checks, warnings and log lines: a CMS of 65,535 bytes can have thousands of signers, with ten checks each.
const MOST_CHECKS: usize = 200;

/// `struct module_signature` (`include/linux/module_signature.h`): offset, length, name, and what it must be.
const FIELDS: [(usize, usize, &str, Option<u64>); 7] = [
    (0, 1, "algo", Some(0)),
    (1, 1, "hash", Some(0)),
    (2, 1, "id_type", Some(2)),
    (3, 1, "signer_len", Some(0)),
    (4, 1, "key_id_len", Some(0)),
    (5, 3, "pad", Some(0)),
    (8, 4, "sig_len", None),
];

/// Whether a finding came from this check.
fn belongs(check: &Check, finding: &modsig::verdict::Finding) -> bool {
    check.outcome == Outcome::Failed && check.signer == finding.signer && check.name == finding.check
}

/// What kind of file the module is.
fn what_it_is(module: &[u8]) -> String {
    match module {
        [] => "nothing".into(),
        [0x7f, b'E', b'L', b'F', class, ..] => {
            let bits = if *class == 1 { 32 } else { 64 };
            match crate::elf::check_module(module) {
                Ok(()) => format!("ELF, {bits} bits, a kernel module"),
                Err(error) => format!("ELF, {bits} bits; {}", error.what),
            }
        }
        other => {
            let hex: Vec<_> = other.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
            format!("not ELF: it begins {}", hex.join(" "))
        }
    }
}
