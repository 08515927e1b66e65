//! Mounts the disk as power cuts leave it, looks at the modules, and runs `sign-module` again.

use crate::crash::{Crash, Random, Replay, choose};
use crate::files::{Found, ROOT, compare, read_all};
use crate::guest::{Disk, Failure, Report, doing, mount_at, unmount_at};
use crate::log::Change;
use crate::record::{FileSystem, Plan, Recording, sign, verify};

/// How many problems of one recording are reported.
const SHOWN: usize = 8;

/// What was seen after all power cuts of one recording.
#[derive(Debug, Default)]
struct Tally {
    crashes: usize,
    /// Modules by state, over all crash points.
    found: Found,
    /// Crash points with old and new modules.
    mixed: usize,
    /// Crash points with empty or torn modules.
    damaged: usize,
    /// Crash points after the end of `sign-module`, and those of them where a module is not the new one.
    late: usize,
    not_durable: usize,
    reruns: usize,
    problems: usize,
}

/// Goes through `count` power cuts of a recording and reports them in one line `row`, with one line `problem` for each
/// violation of what `sign-module` promises. With `--no-sync`, damaged and old modules are none.
///
/// # Errors
/// If the replay itself fails.
pub fn inspect(
    system: FileSystem,
    plan: Plan,
    recording: &Recording,
    disk: &Disk,
    count: usize,
    random: &mut Random,
    report: &mut Report,
) -> Result<(), Failure> {
    let crashes = choose(&recording.log, count, recording.exit, plan.no_sync, random);
    let mut replay = Replay::new(&recording.log, recording.base.clone());
    let mut tally = Tally::default();
    for crash in crashes {
        doing("the disk", replay.after(crash).write_to(&disk.file, disk.length))?;
        let problems = look(system, plan, recording, disk, crash, &mut tally)?;
        for problem in problems {
            if tally.problems < SHOWN {
                report.line(&format!("problem\t{}\t{}\t{crash:?}: {problem}", system.kind, plan.name));
            }
            tally.problems += 1;
        }
    }
    let log = &recording.log;
    let bytes: usize =
        log.iter().map(|entry| if let Change::Write(bytes) = &entry.change { bytes.len() } else { 0 }).sum();
    let writes = log.iter().filter(|entry| matches!(entry.change, Change::Write(_))).count();
    let flushes = log.iter().filter(|entry| entry.flush).count();
    let Tally { crashes, found, mixed, damaged, late, not_durable, reruns, problems } = tally;
    let Found { old, new, empty, torn, temporary, .. } = found;
    let numbers = [
        writes,
        bytes / 1024,
        flushes,
        crashes,
        old,
        new,
        empty,
        torn,
        mixed,
        damaged,
        temporary,
        late,
        not_durable,
        reruns,
        problems,
    ];
    let numbers = numbers.map(|number| number.to_string()).join("\t");
    report.line(&format!("row\t{}\t{}\t{numbers}", system.kind, plan.name));
    Ok(())
}

/// Looks at one crash point. Returns the problems.
fn look(
    system: FileSystem,
    plan: Plan,
    recording: &Recording,
    disk: &Disk,
    crash: Crash,
    tally: &mut Tally,
) -> Result<Vec<String>, Failure> {
    tally.crashes += 1;
    let mut problems = Vec::new();
    if let Err(error) = mount_at(disk.device, ROOT, system.kind, "") {
        return Ok(vec![error]);
    }
    match read_all() {
        Err(error) => problems.push(error),
        Ok(files) => {
            let found = compare(&files, &recording.old, &recording.new);
            let damaged = found.empty + found.torn > 0;
            tally.damaged += usize::from(damaged);
            tally.mixed += usize::from(found.old > 0 && found.new > 0);
            if damaged && !plan.no_sync {
                problems.push(format!("{} modules are empty, {} torn", found.empty, found.torn));
            }
            if crash.position >= recording.exit {
                tally.late += 1;
                if damaged || found.old > 0 {
                    tally.not_durable += 1;
                    if !plan.no_sync {
                        problems.push(format!("{} modules are old after exit code 0", found.old));
                    }
                }
            }
            tally.found.old += found.old;
            tally.found.new += found.new;
            tally.found.empty += found.empty;
            tally.found.torn += found.torn;
            tally.found.temporary += found.temporary;
            problems.extend(found.wrong);
        }
    }
    match rerun(recording) {
        Ok(()) => tally.reruns += 1,
        // An empty module cannot be signed.
        Err(_) if plan.no_sync => {}
        Err(error) => problems.push(format!("rerun: {error}")),
    }
    unmount_at(ROOT)?;
    Ok(problems)
}

/// Runs `sign-module` again: every module must be signed then, and all else as before.
fn rerun(recording: &Recording) -> Result<(), Failure> {
    sign(&recording.modules, false)?;
    let files = read_all()?;
    let mut signed_again = Vec::new();
    for (path, before) in &recording.old {
        let name = path.display();
        let now = files.get(path).ok_or_else(|| format!("{name} is missing"))?;
        let signed = recording.new.get(path).is_some_and(|signed| signed.bytes != before.bytes);
        let packed = path.extension().is_some_and(|extension| extension != "ko");
        let good = match signed {
            false => now.bytes == before.bytes,
            // Verified when it was recorded.
            true if recording.new.get(path) == Some(now) => true,
            // Verified below.
            true if packed => now.bytes != before.bytes,
            true => now.bytes.len() > before.bytes.len() && now.bytes.starts_with(&before.bytes),
        };
        if !good {
            return Err(format!("{name} is neither signed nor as before"));
        }
        if now.attributes != before.attributes {
            return Err(format!("{name} has other attributes"));
        }
        if signed && recording.new.get(path) != Some(now) {
            signed_again.push(path.to_string_lossy().into_owned());
        }
    }
    if !signed_again.is_empty() {
        verify(&signed_again)?;
    }
    match files.keys().find(|path| !recording.old.contains_key(*path)) {
        Some(path) => Err(format!("{} is left", path.display())),
        None => Ok(()),
    }
}
