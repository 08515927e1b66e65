//! One run over many modules: read, worked on, staged on all cores; synced and renamed in batches; told in order.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::{
    Behind, Input, ModuleFile, NotRead, Place, Staged, clear_up, compression_of, publish_all,
    publish_all_unsynced, read_module_within, stage, stage_unsynced,
};
use crate::groups::{groups, limits, memory, threads, weight};
use crate::interrupt::Interrupt;
use crate::memory::Share;
use crate::parallel::in_order;
use crate::terminal::Terminal;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// What is done to modules: sign, strip, …
pub(super) trait Verb: Sync {
    /// Decides on each module of a group, in their order, and changes [`ModuleFile`]'s bytes to what shall be written.
    fn apply(&self, modules: &mut [Module]) -> Vec<Result<Done, AboutFile>>;

    /// Whether it takes off the signatures that are there, also those behind a compressed stream.
    fn takes_off(&self) -> bool {
        false
    }
}

/// A failure and the file that it is about.
pub(super) type AboutFile = (PathBuf, Failure);

/// A module that was read.
pub(super) struct Module {
    /// Its name as the user knows it.
    pub(super) path: PathBuf,
    /// The file, unpacked.
    pub(super) file: ModuleFile,
}

/// What a verb decided on a module.
pub(super) struct Done {
    /// What is to be written.
    pub(super) outputs: Vec<Output>,
    /// The result in a few words: the line about the file, and what the summary counts.
    pub(super) result: String,
    /// More, for `-v`.
    pub(super) details: Vec<String>,
    /// What the user should know although nothing failed.
    pub(super) notes: Vec<String>,
}

impl Done {
    pub(super) const fn new(outputs: Vec<Output>, result: String) -> Self {
        Self { outputs, result, details: Vec::new(), notes: Vec::new() }
    }
}

/// A file to write.
pub(super) enum Output {
    /// The module, packed as its new name says: in its place, or to another file.
    Module {
        /// The other file.
        to: Option<PathBuf>,
    },
    /// A file of its own.
    Beside {
        /// Its name.
        path: PathBuf,
        /// What it holds.
        bytes: Vec<u8>,
    },
}

/// How a run goes.
pub(super) struct Options {
    /// Whether files other than modules may be replaced.
    pub(super) overwrite: bool,
    /// Whether what is published is brought to the disk first.
    pub(super) sync: bool,
    /// How many threads.
    pub(super) jobs: Option<NonZeroUsize>,
    /// A file to write that is not beside a module.
    pub(super) output: Option<PathBuf>,
}

/// Up to so many files each is synced by itself. More are synced by one `syncfs`, which also waits for what other
/// programs wrote.
const SYNC_EACH: usize = 8;
/// So many files are renamed after one sync: the disk holds each of them twice until then.
const BATCH: usize = 1024;

/// One file after a verb, staged and not yet published.
struct Finished {
    path: PathBuf,
    result: Result<(Done, Vec<(PathBuf, Staged)>), AboutFile>,
}

/// Runs a verb over all modules and tells the results.
pub(super) fn run(verb: &dyn Verb, inputs: Vec<Input>, options: &Options, terminal: &mut Terminal) {
    let interrupt = match Interrupt::catch() {
        Ok(interrupt) => interrupt,
        Err(failure) => return terminal.problem(&failure),
    };
    clear_up(inputs.iter().map(|input| input.path.as_path()).chain(options.output.as_deref()), terminal);
    allow_open_files();
    let total = inputs.len();
    let threads = threads(options.jobs);
    let stage_with = if total <= SYNC_EACH && options.sync { stage } else { stage_unsynced };
    let publish_with = if options.sync { publish_all } else { publish_all_unsynced };
    let memory = memory();
    let work = |group: Vec<Input>| work_on(verb, group, options, stage_with, &mut memory.share());
    let stop = || interrupt.signal().is_some();
    let mut end = End { terminal, pending: Vec::new(), publish_with, tally: BTreeMap::new(), told: 0 };
    end.terminal.progress(total);
    in_order(
        groups(inputs, threads),
        limits(threads),
        |group| weight(group),
        stop,
        work,
        |finished| {
            end.pending.extend(finished);
            if end.pending.len() >= BATCH && !stop() {
                end.publish();
            }
        },
    );
    match interrupt.signal() {
        // Dropping the staged files removes them.
        Some(signal) => {
            let told = end.told;
            end.terminal.interrupted(signal);
            end.terminal.problem(&Failure::new(
                Exit::Good,
                format!("interrupted: {told} of {total} files are done, the others are as they were"),
                "run the same command again for the rest",
            ));
        }
        None => end.publish(),
    }
    end.summarise();
}

/// Lets the process have as many open files as the system allows it: a batch holds its folders open.
fn allow_open_files() {
    let limit = getrlimit(Resource::Nofile);
    // If it is refused, the plan (OPEN_FILES) still fits into the usual 1024.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
}

/// Bytes of modules that one core holds at a time, unpacked: the file that goes beyond is worked on with those before it.
const AT_ONCE: usize = 8 << 20;

/// One group on one core: read, verb, staged, in pieces of [`AT_ONCE`].
fn work_on(
    verb: &dyn Verb,
    group: Vec<Input>,
    options: &Options,
    stage_with: fn(&[u8], Place<'_>) -> Result<Staged, Failure>,
    share: &mut Share<'_>,
) -> Vec<Finished> {
    let behind = if verb.takes_off() { Behind::TakeOff } else { Behind::Reject };
    let mut finished = Vec::with_capacity(group.len());
    let mut group = group.into_iter().peekable();
    while group.peek().is_some() {
        // Where each input went: an error, or a place among the modules.
        let (mut modules, mut read, mut bytes_held) = (Vec::new(), Vec::new(), 0);
        for Input { path, .. } in group.by_ref() {
            match read_module_within(&path, share, behind) {
                Ok(file) => {
                    bytes_held += file.source.bytes.len();
                    modules.push(Module { path: path.clone(), file });
                    read.push(Ok(path));
                }
                Err(NotRead { failure, .. }) => read.push(Err((path, failure))),
            }
            if bytes_held >= AT_ONCE {
                break;
            }
        }
        finished.extend(work_on_piece(verb, modules, read, options, stage_with, share));
        share.shrink_to(0);
    }
    finished
}

fn work_on_piece(
    verb: &dyn Verb,
    mut modules: Vec<Module>,
    read: Vec<Result<PathBuf, AboutFile>>,
    options: &Options,
    stage_with: fn(&[u8], Place<'_>) -> Result<Staged, Failure>,
    share: &mut Share<'_>,
) -> Vec<Finished> {
    let mut decided = verb.apply(&mut modules).into_iter().zip(modules);
    let mut finish = |read: Result<PathBuf, AboutFile>| match read {
        Err((path, failure)) => Finished { path: path.clone(), result: Err((path, failure)) },
        Ok(path) => {
            let result = match decided.next() {
                // Each module is dropped as soon as it is staged.
                Some((done, module)) => done.and_then(|done| {
                    let staged = stage_outputs(&done, &module, options, stage_with, share)?;
                    Ok((done, staged))
                }),
                None => {
                    let what = "was forgotten, nothing was written";
                    Err((path.clone(), Failure::new(Exit::Internal, what, "report this")))
                }
            };
            Finished { path, result }
        }
    };
    read.into_iter().map(&mut finish).collect()
}

fn stage_outputs(
    done: &Done,
    module: &Module,
    options: &Options,
    stage_with: fn(&[u8], Place<'_>) -> Result<Staged, Failure>,
    share: &mut Share<'_>,
) -> Result<Vec<(PathBuf, Staged)>, AboutFile> {
    let source = &module.file.source;
    let held = share.held();
    let mut stage_one = |output: &Output| {
        if let Output::Module { to } = output
            && compression_of(to.as_ref().unwrap_or(&module.path)).is_some()
        {
            // Packed, and unpacked once more to compare.
            share.reserve(2 * source.bytes.len() as u64);
        }
        let (about, bytes, place) = match output {
            Output::Module { to: None } => {
                (&module.path, module.file.packed_for(&module.path), Place::InPlaceOf(source))
            }
            Output::Module { to: Some(to) } => {
                let mode = source.metadata.mode() & 0o777;
                let place = Place::File { path: to, mode, overwrite: options.overwrite };
                (to, module.file.packed_for(to), place)
            }
            Output::Beside { path, bytes } => {
                let place = Place::File { path, mode: 0o666, overwrite: options.overwrite };
                (path, Ok(bytes.into()), place)
            }
        };
        let staged = bytes.and_then(|bytes| stage_with(&bytes, place));
        share.shrink_to(held);
        staged.map(|staged| (about.clone(), staged)).map_err(|failure| (about.clone(), failure))
    };
    done.outputs.iter().map(&mut stage_one).collect()
}

/// Where the results come together.
struct End<'a> {
    terminal: &'a mut Terminal,
    /// Staged, not yet published, not yet told.
    pending: Vec<Finished>,
    /// With or without syncs.
    publish_with: fn(Vec<Staged>) -> Vec<Result<(), Failure>>,
    tally: BTreeMap<String, usize>,
    told: usize,
}

impl End<'_> {
    /// Publishes and tells what is pending.
    fn publish(&mut self) {
        let mut batch = Vec::new();
        let mut finished = Vec::new();
        for Finished { path, result } in self.pending.drain(..) {
            let result = result.map(|(done, outputs)| {
                let (names, staged): (Vec<_>, Vec<_>) = outputs.into_iter().unzip();
                batch.extend(staged);
                (done, names)
            });
            finished.push((path, result));
        }
        let mut published = (self.publish_with)(batch).into_iter();
        for (path, result) in finished {
            let result = result.and_then(|(done, names)| {
                let failed = names
                    .into_iter()
                    .zip(published.by_ref())
                    .filter_map(|(name, published)| Some((name, published.err()?)));
                // All of them are taken, so that the next file gets its own results.
                failed.collect::<Vec<_>>().into_iter().next().map_or(Ok(done), Err)
            });
            self.tell(&path, result);
        }
    }

    fn tell(&mut self, path: &Path, result: Result<Done, AboutFile>) {
        self.told += 1;
        let counted = match result {
            Ok(done) => {
                self.terminal.say_of(path, &done.result);
                for detail in done.details {
                    self.terminal.detail(detail);
                }
                for note in done.notes {
                    self.terminal.note(path, note);
                }
                done.result
            }
            Err((about, failure)) => {
                self.terminal.failure(&about, &failure);
                failure.exit.name().to_owned()
            }
        };
        self.terminal.advance(1);
        *self.tally.entry(counted).or_default() += 1;
    }

    /// One line, if there was more than one file.
    fn summarise(self) {
        self.terminal.progress_ends();
        if self.told > 1 {
            let parts: Vec<_> =
                self.tally.iter().map(|(result, count)| format!("{count} {result}")).collect();
            self.terminal.say(format_args!("{} files: {}", self.told, parts.join("; ")));
        }
    }
}
