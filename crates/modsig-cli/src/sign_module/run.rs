//! One run over many modules: reads, works and stages on all cores; syncs and renames in batches; prints in order.

use super::json;
use super::operation::{Done, Module, Operation, Output};
use crate::batching::{amount, batches, limits, memory, threads, weight, weight_of};
use crate::error::{CliError, InFile as _};
use crate::exit::Exit;
use crate::files::{
    Durability, Input, NotRead, Place, Staged, TrailingSignatures, already_exists, check_place, clean_up,
    compression_of, publish_all, read_module_within, stage,
};
use crate::interrupt::Interrupt;
use crate::memory::Share;
use crate::parallel::run_ordered;
use crate::progress::Counter;
use crate::terminal::Terminal;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::collections::{BTreeMap, HashSet};
use std::num::NonZeroUsize;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// How a run writes.
#[derive(Debug)]
pub(super) struct Options {
    /// Whether files other than modules may be replaced.
    pub(super) overwrite: bool,
    /// Whether files are synced to the disk before they are renamed.
    pub(super) durability: Durability,
    /// How many threads.
    pub(super) jobs: Option<NonZeroUsize>,
    /// An output file outside the folders of the modules.
    pub(super) output: Option<PathBuf>,
    /// Writes nothing.
    pub(super) dry_run: bool,
    /// Prints lines for machines.
    pub(super) json: bool,
}

/// Up to this number of files, each is synced alone. More are synced by one `syncfs`, which also waits for the writes of other
/// programs.
const SYNC_EACH: usize = 8;
/// The number of files that are renamed after one sync: until then the disk holds each of them twice.
const RENAME_TOGETHER: usize = 1024;
/// From this number of files on, a reason that many of them share is printed for the first [`SHOWN`] of them, and counted.
const MANY: usize = 16;
/// How many files of a reason are named.
const SHOWN: usize = 3;
/// Bytes of unpacked modules that one core holds at a time. The file that reaches the limit is worked on with those before it.
const AT_ONCE: usize = 8 << 20;

/// One file after an operation, staged and not yet published.
struct Finished {
    path: PathBuf,
    result: Result<(Done, Written), CliError>,
}

/// The outputs of one file.
#[derive(Default)]
struct Written {
    /// Staged.
    staged: Vec<Staged>,
    /// In a dry run: the real paths of the new files.
    planned: Vec<PathBuf>,
}

/// Applies an operation to all modules and prints the results.
///
/// # Errors
/// [`Exit::Io`] if signals cannot be caught.
pub(super) fn run(
    operation: &dyn Operation,
    inputs: Vec<Input>,
    options: &Options,
    terminal: &mut Terminal,
) -> Result<(), CliError> {
    let interrupt = Interrupt::catch()?;
    if !options.dry_run {
        clean_up(inputs.iter().map(|input| input.path.as_path()).chain(options.output.as_deref()), terminal);
    }
    allow_open_files();
    let total = inputs.len();
    let threads = threads(options.jobs);
    let staging = if total <= SYNC_EACH { options.durability } else { Durability::Deferred };
    let memory = memory();
    let counter = match options.json {
        true => Counter::default(),
        false => terminal.progress(amount(&inputs), ", writing to the disk"),
    };
    terminal.align(inputs.iter().map(|input| input.path.as_path()));
    let (overwrite, dry_run) = (options.overwrite, options.dry_run);
    let worker = Worker { operation, overwrite, staging, dry_run, counter };
    let stop = || interrupt.signal().is_some() || operation.is_lost();
    let reasons = (total >= MANY && terminal.is_normal()).then(BTreeMap::new);
    let mut publisher = Publisher {
        terminal,
        pending: Vec::new(),
        durability: options.durability,
        options,
        taken: HashSet::new(),
        tally: BTreeMap::new(),
        reasons,
        actions: BTreeMap::new(),
        reported: 0,
        token_errors: None,
        operation,
    };
    run_ordered(
        batches(inputs, threads),
        limits(threads),
        |batch| weight(batch),
        stop,
        |batch| worker.work_on(batch, &mut memory.share()),
        |finished| {
            publisher.pending.extend(finished);
            if publisher.pending.len() >= RENAME_TOGETHER && !stop() {
                publisher.publish();
            }
        },
    );
    // Also after a signal, or if the token is lost: what is staged is verified and complete.
    publisher.publish();
    publisher.count_reasons();
    match interrupt.signal() {
        // A signal that came when everything was done ended nothing.
        Some(signal) if publisher.reported < total => publisher.interrupted(signal, total),
        _ if operation.is_lost() => publisher.lost(total),
        _ => {}
    }
    publisher.summarise(total);
    Ok(())
}

/// Raises the limit on open files to the highest value that the system allows: a batch keeps its folders open.
fn allow_open_files() {
    let limit = getrlimit(Resource::Nofile);
    // If the system refuses, the limit of the batches (OPEN_FILES) still fits into the usual 1024.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
}

/// What one core does to one batch.
struct Worker<'a> {
    operation: &'a dyn Operation,
    overwrite: bool,
    staging: Durability,
    dry_run: bool,
    counter: Counter,
}

impl Worker<'_> {
    /// Reads a batch in pieces of [`AT_ONCE`], applies the operation, and stages its outputs. The results are in the order of
    /// the batch.
    fn work_on(&self, batch: Vec<Input>, share: &mut Share<'_>) -> Vec<Finished> {
        let trailing = match self.operation.strips_signatures() {
            true => TrailingSignatures::Strip,
            false => TrailingSignatures::Reject,
        };
        let mut finished = Vec::with_capacity(batch.len());
        let weights: Vec<_> = batch.iter().map(weight_of).collect();
        // The weight of an input that is none cannot be asked for.
        let count = |place: usize| self.counter.done(weights.get(place).copied().unwrap_or_default());
        let mut batch = batch.into_iter().enumerate().peekable();
        while batch.peek().is_some() {
            let (mut modules, mut bytes_held) = (Vec::new(), 0);
            for (place, input) in batch.by_ref() {
                let read = read_module_within(&input, share, trailing);
                let path = input.path;
                match read {
                    Ok(file) => {
                        bytes_held += file.source.bytes.len();
                        modules.push(Module { place, path, file });
                    }
                    Err(NotRead { error, .. }) => {
                        let result = Err(error.in_file(&path));
                        finished.push((place, Finished { path, result }));
                        count(place);
                    }
                }
                if bytes_held >= AT_ONCE || modules.len() >= self.operation.together() {
                    break;
                }
            }
            let applied = match self.dry_run {
                true => self.operation.plan(modules),
                false => self.operation.apply(modules),
            };
            for (module, result) in applied {
                let result = result.in_file(&module.path).and_then(|done| {
                    let written = match self.dry_run {
                        true => {
                            Written { planned: self.check_outputs(&done, &module)?, ..Written::default() }
                        }
                        false => {
                            let staged = self.stage_outputs(&done, &module, share)?;
                            Written { staged, ..Written::default() }
                        }
                    };
                    Ok((done, written))
                });
                count(module.place);
                // The bytes of each module are dropped as soon as they are staged.
                finished.push((module.place, Finished { path: module.path, result }));
            }
            share.shrink_to(0);
        }
        finished.sort_by_key(|(place, _)| *place);
        finished.into_iter().map(|(_, finished)| finished).collect()
    }

    /// Checks the places of all outputs. Returns the real paths of the new files.
    fn check_outputs(&self, done: &Done, module: &Module) -> Result<Vec<PathBuf>, CliError> {
        let mut new = Vec::new();
        for output in &done.outputs {
            let overwrite = self.overwrite;
            let place = match output {
                Output::Module { to: None } => Place::InPlaceOf(&module.file.source),
                Output::Module { to: Some(path) } | Output::Companion { path, .. } => {
                    Place::File { path, mode: 0o666, overwrite }
                }
            };
            let target = check_place(place)?;
            if matches!(place, Place::File { .. }) {
                new.push(target);
            }
        }
        Ok(new)
    }

    fn stage_outputs(
        &self,
        done: &Done,
        module: &Module,
        share: &mut Share<'_>,
    ) -> Result<Vec<Staged>, CliError> {
        let held = share.held();
        let mut stage_one = |output: &Output| {
            if let Output::Module { to } = output
                && compression_of(to.as_ref().unwrap_or(&module.path)).is_some()
            {
                // Packed, and unpacked again to compare.
                share.reserve(2 * module.file.source.bytes.len() as u64);
            }
            let staged = self.stage_output(output, module);
            share.shrink_to(held);
            staged
        };
        done.outputs.iter().map(&mut stage_one).collect()
    }

    fn stage_output(&self, output: &Output, module: &Module) -> Result<Staged, CliError> {
        let (source, overwrite) = (&module.file.source, self.overwrite);
        let packed = |name: &Path| module.file.packed_for(name).in_file(name);
        match output {
            Output::Module { to: None } => {
                stage(&packed(&module.path)?, Place::InPlaceOf(source), self.staging)
            }
            Output::Module { to: Some(path) } => {
                let mode = source.metadata.mode() & 0o777;
                stage(&packed(path)?, Place::File { path, mode, overwrite }, self.staging)
            }
            Output::Companion { path, bytes } => {
                stage(bytes, Place::File { path, mode: 0o666, overwrite }, self.staging)
            }
        }
    }
}

/// Publishes staged files and prints their results.
struct Publisher<'a> {
    terminal: &'a mut Terminal,
    /// Staged, not yet published, not yet printed.
    pending: Vec<Finished>,
    durability: Durability,
    options: &'a Options,
    /// In a dry run: the new files of the modules before.
    taken: HashSet<PathBuf>,
    /// How often each action occurred.
    actions: BTreeMap<&'static str, usize>,
    /// How often each result occurred.
    tally: BTreeMap<String, usize>,
    /// How many files were not done for each reason; `None` if each file has its line.
    reasons: Option<BTreeMap<String, usize>>,
    reported: usize,
    /// The error of a lost token, and how many files have it.
    token_errors: Option<(String, usize)>,
    operation: &'a dyn Operation,
}

impl Publisher<'_> {
    /// Publishes and prints what is pending.
    fn publish(&mut self) {
        let (overwrite, taken) = (self.options.overwrite, &mut self.taken);
        let split = |Finished { path, result }: Finished| match result {
            Ok((done, Written { staged, planned })) => {
                let twice = planned.into_iter().find(|target| !taken.insert(target.clone()) && !overwrite);
                let result = twice.map_or(Ok(done), |target| Err(already_exists().in_file(target)));
                ((path, result), staged)
            }
            Err(error) => ((path, Err(error)), Vec::new()),
        };
        let batch: Vec<_> = self.pending.drain(..).map(split).collect();
        for ((path, result), published) in publish_all(batch, self.durability) {
            self.report(&path, result.and_then(|done: Done| published.map(|()| done)));
        }
    }

    fn report(&mut self, path: &Path, result: Result<Done, CliError>) {
        if let Err(error) = &result
            && self.operation.is_lost()
        {
            // All files that were in work have the same error: one line says it.
            match &mut self.token_errors {
                Some((what, count)) if *what == error.what => {
                    *count += 1;
                    return;
                }
                other => *other = Some((error.what.clone(), 1)),
            }
        }
        self.reported += 1;
        let action = result.as_ref().map_or(json::FAILED, |done| done.deed.word());
        *self.actions.entry(action).or_default() += 1;
        let counted = match &result {
            Ok(done) => done.phrase(self.options.dry_run).to_string(),
            Err(error) => error.exit.name().to_owned(),
        };
        if self.options.json {
            self.terminal.record(result.as_ref().map_or_else(|error| error.exit, |_| Exit::Good));
            self.terminal.document(&json::file(path, &result, self.options.dry_run));
        } else {
            self.print(path, result);
        }
        *self.tally.entry(counted).or_default() += 1;
    }

    /// Prints a result for people.
    fn print(&mut self, path: &Path, result: Result<Done, CliError>) {
        match result {
            Ok(done) => {
                let pieces = done.phrase(self.options.dry_run).coloured(done.deed.ink());
                let pieces = pieces.each_ref().map(|(ink, text)| (*ink, text.as_str()));
                self.terminal.print_pieces(path, &pieces);
                for detail in done.details {
                    self.terminal.detail(detail);
                }
                for note in done.notes {
                    self.terminal.note(path, note);
                }
            }
            Err(error) => {
                let times = self.reasons.as_mut().map_or(0, |reasons| {
                    let times = reasons.entry(error.to_string()).or_default();
                    *times += 1;
                    *times
                });
                if times > SHOWN { self.terminal.record(error.exit) } else { self.terminal.error(&error) }
            }
        }
    }

    /// Prints how many more files have the reasons of those that were named.
    fn count_reasons(&mut self) {
        self.terminal.progress_ends();
        for (reason, times) in self.reasons.take().unwrap_or_default() {
            let others = times.saturating_sub(SHOWN);
            let files = if others == 1 { "file" } else { "files" };
            if others > 0 {
                self.terminal.problem_group(&format!("{others} more {files} (-v lists all): {reason}"), &[]);
            }
        }
    }

    /// What was done, and how often: `2 refused; 47 signed by CN=key with ML-DSA-44`.
    fn parts(&self) -> String {
        let parts: Vec<_> = self.tally.iter().map(|(result, count)| format!("{count} {result}")).collect();
        parts.join("; ")
    }

    fn interrupted(&mut self, signal: u8, total: usize) {
        self.terminal.progress_ends();
        self.terminal.interrupted(signal);
        let rest = total.saturating_sub(self.reported);
        let what = match self.reported {
            0 => format!("interrupted: none of {total} files is done, all are unchanged"),
            done => format!(
                "interrupted: {done} of {total} files are done ({}), {rest} are unchanged",
                self.parts()
            ),
        };
        self.terminal.error(&CliError::new(Exit::Good, what, "run the same command again for the rest"));
    }

    /// The token is gone. Files without a result are unchanged.
    fn lost(&mut self, total: usize) {
        let signed = self.reported.saturating_sub(usize::from(self.token_errors.is_some()));
        let what = format!("the token is gone: {signed} of {total} files are done, the others are unchanged");
        self.terminal.error(&CliError::new(Exit::Io, what, "run the same command again for the rest"));
    }

    /// Prints one line if there is more than one file.
    fn summarise(self, total: usize) {
        self.terminal.progress_ends();
        let dry_run = self.options.dry_run;
        if self.options.json {
            let (exit, interrupted) = (self.terminal.exit_code(), self.terminal.is_interrupted());
            let line = json::summary(&self.actions, total, exit, interrupted, dry_run);
            self.terminal.document(&line);
        } else if self.reported > 1 && !self.terminal.is_interrupted() {
            let dry = if dry_run { " (dry run, nothing was written)" } else { "" };
            self.terminal.print(format_args!("{} files{dry}: {}", self.reported, self.parts()));
        }
    }
}
