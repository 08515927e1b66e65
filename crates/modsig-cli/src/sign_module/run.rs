//! One run over many modules: reads, works and stages on all cores; syncs and renames in batches; prints in order.

use super::operation::{Done, Module, Operation, Output};
use crate::batching::{batches, limits, memory, threads, weight};
use crate::error::{CliError, InFile as _};
use crate::exit::Exit;
use crate::files::{
    Durability, Input, NotRead, Place, Staged, TrailingSignatures, clean_up, compression_of, publish_all,
    read_module_within, stage,
};
use crate::interrupt::Interrupt;
use crate::memory::Share;
use crate::parallel::run_ordered;
use crate::terminal::Terminal;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::collections::BTreeMap;
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
}

/// Up to this number of files, each is synced alone. More are synced by one `syncfs`, which also waits for the writes of other
/// programs.
const SYNC_EACH: usize = 8;
/// The number of files that are renamed after one sync: until then the disk holds each of them twice.
const RENAME_TOGETHER: usize = 1024;
/// Bytes of unpacked modules that one core holds at a time. The file that reaches the limit is worked on with those before it.
const AT_ONCE: usize = 8 << 20;

/// One file after an operation, staged and not yet published.
struct Finished {
    path: PathBuf,
    result: Result<(Done, Vec<Staged>), CliError>,
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
    clean_up(inputs.iter().map(|input| input.path.as_path()).chain(options.output.as_deref()), terminal);
    allow_open_files();
    let total = inputs.len();
    let threads = threads(options.jobs);
    let staging = if total <= SYNC_EACH { options.durability } else { Durability::Deferred };
    let memory = memory();
    let worker = Worker { operation, overwrite: options.overwrite, staging };
    let stop = || interrupt.signal().is_some() || operation.is_lost();
    let mut publisher = Publisher {
        terminal,
        pending: Vec::new(),
        durability: options.durability,
        tally: BTreeMap::new(),
        reported: 0,
        token_errors: None,
        operation,
    };
    publisher.terminal.progress(total);
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
    match interrupt.signal() {
        // Dropping the staged files removes them.
        Some(signal) => publisher.interrupted(signal, total),
        None => {
            // What was signed before the token was lost is verified and complete.
            publisher.publish();
            if operation.is_lost() {
                publisher.lost(total);
            }
        }
    }
    publisher.summarise();
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
                    }
                }
                if bytes_held >= AT_ONCE {
                    break;
                }
            }
            for (module, result) in self.operation.apply(modules) {
                let result = result.in_file(&module.path).and_then(|done| {
                    let staged = self.stage_outputs(&done, &module, share)?;
                    Ok((done, staged))
                });
                // The bytes of each module are dropped as soon as they are staged.
                finished.push((module.place, Finished { path: module.path, result }));
            }
            share.shrink_to(0);
        }
        finished.sort_by_key(|(place, _)| *place);
        finished.into_iter().map(|(_, finished)| finished).collect()
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
    /// How often each result occurred.
    tally: BTreeMap<String, usize>,
    reported: usize,
    /// The error of a lost token, and how many files have it.
    token_errors: Option<(String, usize)>,
    operation: &'a dyn Operation,
}

impl Publisher<'_> {
    /// Publishes and prints what is pending.
    fn publish(&mut self) {
        let split = |Finished { path, result }: Finished| match result {
            Ok((done, staged)) => ((path, Ok(done)), staged),
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
        let counted = match result {
            Ok(done) => {
                self.terminal.print_about(path, &done.result);
                for detail in done.details {
                    self.terminal.detail(detail);
                }
                for note in done.notes {
                    self.terminal.note(path, note);
                }
                done.result
            }
            Err(error) => {
                self.terminal.error(&error);
                error.exit.name().to_owned()
            }
        };
        self.terminal.advance(1);
        *self.tally.entry(counted).or_default() += 1;
    }

    fn interrupted(&mut self, signal: u8, total: usize) {
        let reported = self.reported;
        self.terminal.interrupted(signal);
        let what = format!("interrupted: {reported} of {total} files are done, the others are unchanged");
        self.terminal.error(&CliError::new(Exit::Good, what, "run the same command again for the rest"));
    }

    /// The token is gone. Files without a result are unchanged.
    fn lost(&mut self, total: usize) {
        let signed = self.reported.saturating_sub(usize::from(self.token_errors.is_some()));
        let what = format!("the token is gone: {signed} of {total} files are done, the others are unchanged");
        self.terminal.error(&CliError::new(Exit::Io, what, "run the same command again for the rest"));
    }

    /// Prints one line if there is more than one file.
    fn summarise(self) {
        self.terminal.progress_ends();
        if self.reported > 1 {
            let parts: Vec<_> =
                self.tally.iter().map(|(result, count)| format!("{count} {result}")).collect();
            self.terminal.print(format_args!("{} files: {}", self.reported, parts.join("; ")));
        }
    }
}
