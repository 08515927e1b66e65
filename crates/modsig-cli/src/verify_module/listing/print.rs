//! Prints the listing: groups for people, one JSON object for each file and a summary for machines.

use super::{Content, Listed, Signer, read};
use crate::batching::amount;
use crate::error::InFile as _;
use crate::files::Input;
use crate::ink::Ink;
use crate::json::{extend, not_unicode};
use crate::printable::printable_json;
use crate::progress::Counter;
use crate::terminal::Terminal;
use crate::verify_module::groups::{Groups, Names, counted, thousands};
use crate::verify_module::json::{SCHEMA, counts, error_object, parts};
use crate::verify_module::run::{Output, run};
use crate::verify_module::short;
use crate::verify_module::summary::Counts;
use serde_json::{Value, json};
use std::num::NonZeroUsize;

/// A group of the listing. Groups of equal size are printed in this order.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// The signers, as a sentence.
    Signed(String),
    Unsigned,
    /// What is wrong, without the offset.
    Malformed(String),
    /// Not read, or not a module; reported as an error of its own.
    Failed,
}

impl Kind {
    fn of(listed: &Listed) -> Self {
        match &listed.content {
            Content::Signed { signers, .. } => {
                Self::Signed(signers.iter().map(Signer::sentence).collect::<Vec<_>>().join(", and "))
            }
            Content::Unsigned => Self::Unsigned,
            Content::Malformed(error) => Self::Malformed(error.what.clone()),
            Content::Failed(_) => Self::Failed,
        }
    }

    /// The words of the first line.
    const fn name(&self) -> &'static str {
        match self {
            Self::Signed(_) => "signed",
            Self::Unsigned => "not signed",
            Self::Malformed(_) => "with a malformed signature",
            Self::Failed => "not read or no module",
        }
    }
}

/// Lists all files. `names` are the names that are printed of each group.
pub(in crate::verify_module) fn list(
    inputs: Vec<Input>,
    jobs: Option<NonZeroUsize>,
    output: Output,
    names: Names,
    terminal: &mut Terminal,
) {
    let mut groups = Groups::new(names);
    let (mut signers, mut algorithms, mut verdicts) =
        (Counts::default(), Counts::default(), Counts::default());
    let counter =
        if output.is_for_people() { terminal.progress(amount(&inputs), "") } else { Counter::default() };
    run(inputs, jobs, &counter, terminal, read, |listed: Listed, terminal| {
        terminal.record(listed.exit());
        groups.add(Kind::of(&listed), &listed.path);
        verdicts.add(listed.word());
        if let Content::Signed { signers: of_file, .. } = &listed.content {
            for signer in of_file {
                signers.add(signer.subject.as_ref().unwrap_or(&signer.identifier));
                algorithms.add(&format!("{} ({})", signer.algorithm, signer.digest));
            }
        }
        match (output, &listed.content) {
            (Output::Json, _) => terminal.document(&of_file(&listed)),
            (Output::Short, _) => {
                short::row(Ink::Plain, listed.word(), short::NONE, &listed.path, terminal);
            }
            (_, Content::Failed(error)) => terminal.error(&error.clone().in_file(&listed.path)),
            _ => {}
        }
    });
    terminal.progress_ends();
    match output {
        Output::Json => {}
        Output::Short => return,
        Output::Lines | Output::Grouped => return print(&groups, names, terminal),
    }
    let object = json!({
        "schema": SCHEMA,
        "type": "summary",
        "files": groups.files(),
        "exit_code": terminal.highest_exit().code(),
        "policy": "none",
        "kernel": "none",
        "verdicts": counts(&verdicts),
        "signers": counts(&signers),
        "algorithms": counts(&algorithms),
        "kernel_answers": {},
        "groups": of_groups(&groups),
    });
    terminal.document(&printable_json(&object.to_string()));
}

/// One sentence, and the groups: signed ones by signer, with their names only if all are wanted.
fn print(groups: &Groups<Kind>, names: Names, terminal: &mut Terminal) {
    let files = groups.files();
    if files == 0 {
        return;
    }
    let mut kinds: Vec<(&'static str, usize)> = Vec::new();
    for (kind, group) in groups.by_size() {
        match kinds.iter_mut().find(|(name, _)| *name == kind.name()) {
            Some((_, count)) => *count += group.count,
            None => kinds.push((kind.name(), group.count)),
        }
    }
    let kinds: Vec<_> = kinds.iter().map(|(name, count)| format!("{} {name}", thousands(*count))).collect();
    let files = counted(files, "file");
    let kinds = kinds.join(", ");
    terminal.print(format_args!(
        "{files}: {kinds}. Not judged: no certificate was given (--trust), so no signature was verified"
    ));
    let (printed, rest) = groups.to_print();
    for (kind, group) in printed {
        let what = match kind {
            Kind::Signed(signers) => format!("signed by {signers}"),
            Kind::Malformed(what) => format!("malformed signature: {what}"),
            Kind::Unsigned => "not signed".into(),
            // Each has its own error.
            Kind::Failed => continue,
        };
        terminal.print(format_args!("  {} {what}", thousands(group.count)));
        if names == Names::All || !matches!(kind, Kind::Signed(_)) {
            for line in group.lines() {
                terminal.print(format_args!("    {line}"));
            }
        }
    }
    if rest > 0 {
        terminal.print(format_args!("  {} in other groups (-v lists all)", thousands(rest)));
    }
}

/// The line about one file.
fn of_file(listed: &Listed) -> String {
    let mut object = json!({
        "schema": SCHEMA,
        "type": "file",
        "file": listed.path.to_string_lossy(),
        "verdict": listed.word(),
        "exit_code": listed.exit().code(),
        "compression": listed.compression.map(|compression| compression.name()),
    });
    let mut more = match &listed.content {
        Content::Signed { module_len, cms_len, signers } => json!({
            "parts": parts(*module_len, *cms_len),
            "signers": signers.iter().map(of_signer).collect::<Vec<_>>(),
        }),
        Content::Unsigned => json!({ "parts": null, "signers": [] }),
        Content::Malformed(error) | Content::Failed(error) => json!({ "error": error_object(error) }),
    };
    if !matches!(listed.content, Content::Failed(_)) {
        extend(&mut more, json!({ "judged": false }));
    }
    extend(&mut object, more);
    if let Some(bytes) = not_unicode(&listed.path) {
        extend(&mut object, json!({ "file_bytes": bytes }));
    }
    printable_json(&object.to_string())
}

fn of_signer(signer: &Signer) -> Value {
    json!({
        "identifier": signer.identifier,
        "subject": signer.subject,
        "key": signer.key,
        "algorithm": signer.algorithm,
        "digest": signer.digest,
        "signed_attributes": signer.signed_attributes,
        "verified": false,
        "offset": signer.offset,
    })
}

fn of_groups(groups: &Groups<Kind>) -> Value {
    let of_group = |kind: &Kind, count: usize| {
        let what = match kind {
            Kind::Signed(what) | Kind::Malformed(what) => what,
            Kind::Unsigned | Kind::Failed => kind.name(),
        };
        json!({ "count": count, "what": what })
    };
    let mut list: Vec<_> =
        groups.by_size().into_iter().map(|(kind, group)| of_group(kind, group.count)).collect();
    if groups.others() > 0 {
        list.push(json!({ "count": groups.others(), "what": "(others)" }));
    }
    Value::Array(list)
}
