//! Audits a machine, files on it, or an image: for each kernel, which of its modules would load, and if not, why.

mod certificates;
mod facts;
mod find;
mod firmware;
mod live;
mod patches;

use super::file_verifier::{FileVerifier, Wanted};
use super::groups::Names;
use super::json;
use super::kernel_result::{Fact, KernelResult};
use super::report::{Labels, Report};
use super::run::Output;
use super::summary::Summary;
use super::vermagic::Expected;
use super::{Arguments, Judged, PROGRAM, Shown, explain, judge, trusted};
use crate::error::{CliError, InFile as _};
use crate::exit::Exit;
use crate::files::{Input, Root};
use crate::kernel_config::is_set;
use crate::policy_file::{NamedPolicy, read_policy};
use crate::terminal::{Terminal, Verbosity};
use crate::usage::usage_error;
use find::Found;
use live::{Live, Places, module_name};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is audited.
#[derive(Clone, Debug)]
pub(super) enum Subject {
    /// An unpacked image, or a chroot.
    Image(PathBuf),
    /// The running system.
    Running(Places),
}

impl Subject {
    /// The running system.
    pub(super) fn running() -> Self {
        Self::Running(Places::of_system())
    }
}

/// Audits all kernels of an image, or the running one; of the running one, only the files of the command line if it names some.
///
/// # Errors
/// Nothing can be audited: no root, no kernel, no release, a mistake in the command line.
pub(super) fn audit(
    subject: &Subject,
    arguments: &Arguments,
    terminal: &mut Terminal,
) -> Result<(), CliError> {
    let (path, places) = match subject {
        Subject::Image(path) => (path.as_path(), None),
        Subject::Running(places) => (Path::new("/"), Some(places)),
    };
    if arguments.explain && arguments.inputs.is_empty() {
        return Err(usage_error(PROGRAM, "--explain draws the files that are named: give MODULE"));
    }
    let policy = policy(arguments)?;
    let root = Arc::new(Root::open(path).in_file(path)?);
    let mut errors = Vec::new();
    let kernels = match places {
        None => find::kernels(&root, &mut errors).in_file(path)?,
        Some(places) => vec![running(&root, live::release(places).in_file(&places.proc)?)],
    };
    errors.iter().for_each(|error| terminal.error(error));
    let mut audit = Audit {
        arguments,
        policy,
        root,
        places,
        terminal,
        total: Summary::default(),
        results: Vec::new(),
        no_modules: true,
    };
    let mut modules = 0;
    for kernel in &kernels {
        modules += audit.kernel(kernel)?;
    }
    let Audit { total, results, no_modules, .. } = audit;
    // Files that are named and not found have their own errors.
    if modules == 0 && arguments.inputs.is_empty() {
        let what = "has no modules (.ko, .ko.gz, .ko.xz, .ko.zst) below its kernels' directories";
        let remedy = match no_modules {
            true => "its kernel loads none (no CONFIG_MODULES): there is nothing to audit",
            false => "install the kernel's modules",
        };
        terminal.error(&CliError::new(Exit::Io, what, remedy).in_file(path));
    }
    if arguments.json {
        let exit = terminal.highest_exit();
        terminal.document(&json::summary_of_kernels(&total, &results, exit));
    }
    Ok(())
}

/// The policy of the command line, or `kernel`. One that names a kernel is a mistake: it would be ignored.
fn policy(arguments: &Arguments) -> Result<NamedPolicy, CliError> {
    let path = arguments.policy.as_deref().unwrap_or(Path::new("kernel"));
    let named = read_policy(path).in_file(path)?;
    match named.kernel {
        None => Ok(named),
        Some(_) => Err(CliError::new(
            Exit::Usage,
            "names a kernel or its options, but --root and --running judge each kernel that they find",
            "use a policy without kernel and [kernel-options]; --kernel-option changes options",
        )
        .in_file(path)),
    }
}

/// The running kernel, and those of its folders that exist.
fn running(root: &Root, release: String) -> Found {
    let mut folders: Vec<PathBuf> = Vec::new();
    let mut met = Vec::new();
    for place in ["usr/lib/modules", "lib/modules"] {
        let folder = Path::new(place).join(&release);
        if let Ok(identity) = root.identity(&folder)
            && !met.contains(&identity)
        {
            met.push(identity);
            folders.push(folder);
        }
    }
    Found { release, folders }
}

/// One run.
struct Audit<'a> {
    arguments: &'a Arguments,
    policy: NamedPolicy,
    root: Arc<Root>,
    places: Option<&'a Places>,
    terminal: &'a mut Terminal,
    /// The counts of all kernels.
    total: Summary,
    results: Vec<KernelResult>,
    /// The configuration of every kernel so far is known, and has no `CONFIG_MODULES`.
    no_modules: bool,
}

impl Audit<'_> {
    /// Judges all modules of one kernel. Returns how many there are.
    fn kernel(&mut self, found: &Found) -> Result<usize, CliError> {
        let release = &found.release;
        let mut kernel = facts::read(&self.root, release, self.places);
        let live = self.places.map(live::read).unwrap_or_default();
        let configuration = kernel.configuration.as_deref();
        self.no_modules &= configuration.is_some_and(|text| !is_set(text, "CONFIG_MODULES"));
        kernel.config.boot = live.boot;
        let firmware = self.places.map(|places| {
            let (origins, facts) = firmware::read(places, &mut kernel.errors);
            kernel.facts.extend(facts);
            origins
        });

        let mut choice = self.arguments.kernel.changed(release.clone(), kernel.config)?;
        let origins = self.arguments.origins.read(self.terminal)?;
        let of_kernel = [Some(kernel.given.origins), firmware];
        for found in of_kernel.iter().flatten().chain([&origins]) {
            found.set_boot(&mut choice, self.terminal);
        }
        let labels = Labels::new(self.policy.name.clone(), &choice, Some(release.clone()));
        let policy = self.policy.policy.clone().with_kernel(choice.config);
        let mut trust =
            trusted::read(&self.arguments.trust, &origins, policy.kernel(), &labels.linux, self.terminal)?;
        let known: Vec<_> =
            of_kernel.iter().flatten().flat_map(|found| certificates::add_to(found, &mut trust)).collect();

        let named_files = !self.arguments.inputs.is_empty();
        let mut inputs = match named_files {
            true => self.arguments.inputs.find(self.terminal)?,
            false => find::modules(&self.root, &found.folders, &mut kernel.errors),
        };
        kernel.errors.iter().for_each(|error| self.terminal.error(error));
        loaded_first(&mut inputs, &live);
        let facts: Vec<Fact> = kernel.facts.into_iter().chain(live.facts.iter().cloned()).collect();
        self.say_what_is_missing(release, &facts);
        let output = self.output(inputs.len());
        if output == Output::Json {
            self.terminal.document(&json::kernel_line(
                &labels,
                policy.kernel().version,
                &facts,
                &known,
                inputs.len(),
            ));
        }
        let expected = Expected::new(release, kernel.configuration.as_deref());
        let wanted = Wanted {
            drawing: self.arguments.explain.then(explain::Style::of_standard_output),
            changes: output == Output::Lines && named_files,
        };
        let verifier = FileVerifier::new(&trust, &policy, &labels.linux, wanted).expecting(&expected);
        let shown = Shown { output, names: self.arguments.names(), labels: &labels };
        let files = inputs.len();
        let (total, loaded) = (&mut self.total, &live.loaded);
        let judged = judge(&verifier, inputs, self.arguments.jobs.get(), shown, self.terminal, |report| {
            report.loaded = loaded.get(&module_name(&report.path)).cloned();
            total.add(report);
        });
        let Judged { summary, grouped } = judged;
        if output == Output::Grouped {
            grouped.print(&summary, shown.names, &labels, self.terminal);
        } else if output == Output::Lines && named_files {
            summary.print(&labels, shown.names == Names::All, self.terminal);
        }
        if output != Output::Json {
            self.print_facts(&facts);
        }
        self.results.push(KernelResult { labels, files, grouped });
        Ok(files)
    }

    fn output(&self, files: usize) -> Output {
        let quiet = self.arguments.loudness.verbosity() == Verbosity::Quiet;
        match self.arguments.json {
            true => Output::Json,
            false if !self.arguments.inputs.is_empty() => {
                Output::of_text(files, quiet || self.arguments.explain)
            }
            // The question is the same for few modules as for many.
            false if quiet || files == 0 => Output::Lines,
            false => Output::Grouped,
        }
    }

    /// A warning for each fact that is not known, with what follows.
    fn say_what_is_missing(&mut self, release: &str, facts: &[Fact]) {
        for fact in facts {
            if let Err(missing) = &fact.state {
                let line = format_args!(
                    "{} not known ({}: {}); {}",
                    fact.what, fact.source, missing.why, missing.follows
                );
                self.terminal.warning(Path::new(release), line);
            }
        }
    }

    /// What the result rests on, with `-v`.
    fn print_facts(&mut self, facts: &[Fact]) {
        for fact in facts {
            if let Ok(value) = &fact.state {
                self.terminal.detail(format_args!("{}: {value} ({})", fact.what, fact.source));
            }
        }
    }
}

/// Loaded modules come first, then the others; both stay sorted by path.
fn loaded_first(inputs: &mut [Input], live: &Live) {
    if !live.loaded.is_empty() {
        inputs.sort_by_cached_key(|input| !live.loaded.contains_key(&module_name(&input.path)));
    }
}

impl Report {
    /// What the running kernel's list of modules adds.
    pub(super) fn loaded_note(&self) -> Option<String> {
        let taints = self.loaded.as_ref()?;
        let now = match self.would_load() {
            true => "",
            false => ", but would not load again",
        };
        match (taints.is_empty(), now.is_empty()) {
            (true, true) => None,
            (true, false) => Some(format!("loaded now{now}")),
            (false, _) => Some(format!("loaded now with the taints {taints}{now}")),
        }
    }
}
