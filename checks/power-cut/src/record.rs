//! Runs `sign-module` on a disk whose writes are recorded.

use crate::files::{Files, MODULES, NEIGHBOUR, ROOT, populate, read_all};
use crate::guest::{Disk, Failure, doing, mount_at, must, unmount_at};
use crate::image::Image;
use crate::log::{Change, Entry, parse};
use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// Name of the recorded disk.
const NAME: &str = "recorded";
/// The only device of the device mapper.
const DEVICE: &str = "/dev/dm-0";
/// The mark behind the end of `sign-module`.
const EXIT: &str = "exit";
/// How often the neighbour syncs after the end of `sign-module`.
const LATE_SYNCS: usize = 60;
/// How long the system's own writing is awaited after `--no-sync`: it writes what is older than 30 s, every 5 s.
const WRITE_BACK: Duration = Duration::from_secs(40);

/// A file system.
#[derive(Clone, Copy, Debug)]
pub struct FileSystem {
    /// As `mount` calls it.
    pub kind: &'static str,
    /// Bytes of the disk.
    pub length: u64,
    /// Arguments of its `mkfs`.
    pub options: &'static [&'static str],
}

/// The file systems.
pub const FILE_SYSTEMS: [FileSystem; 3] = [
    FileSystem { kind: "ext4", length: 64 << 20, options: &["-q", "-F", "-b", "4096"] },
    FileSystem { kind: "xfs", length: 320 << 20, options: &["-q", "-f"] },
    FileSystem { kind: "btrfs", length: 256 << 20, options: &["-q", "-f"] },
];

/// How `sign-module` is run.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Its name in the report.
    pub name: &'static str,
    /// Only the first modules: so few that each is synced alone.
    pub few: bool,
    /// With `--no-sync`.
    pub no_sync: bool,
    /// Whether another program writes and syncs a file of its own all the time.
    pub neighbour: bool,
}

/// The runs, with the controls at the end.
pub const PLANS: [Plan; 6] = [
    Plan { name: "batch", few: false, no_sync: false, neighbour: false },
    Plan { name: "batch, neighbour", few: false, no_sync: false, neighbour: true },
    Plan { name: "8 files", few: true, no_sync: false, neighbour: false },
    Plan { name: "8 files, neighbour", few: true, no_sync: false, neighbour: true },
    Plan { name: "--no-sync", few: false, no_sync: true, neighbour: false },
    Plan { name: "--no-sync, neighbour", few: false, no_sync: true, neighbour: true },
];

/// A recorded run.
#[derive(Debug)]
pub struct Recording {
    /// The disk before it.
    pub base: Image,
    /// All writes.
    pub log: Vec<Entry>,
    /// The mark behind the end of `sign-module` in `log`.
    pub exit: usize,
    /// The files before.
    pub old: Files,
    /// The files after.
    pub new: Files,
    /// The modules, as arguments.
    pub modules: Vec<String>,
}

/// Runs `sign-module` once and records all writes, from mounting to unmounting.
///
/// # Errors
/// If any step fails: the run must succeed, and sign every module.
pub fn record(system: FileSystem, plan: Plan, disk: &Disk, log: &Disk) -> Result<Recording, Failure> {
    doing("the disk", Image::default().write_to(&disk.file, disk.length))?;
    doing("the log", Image::default().write_to(&log.file, log.length))?;
    let mkfs = format!("/bin/mkfs.{}", system.kind);
    must(&mkfs, &[system.options, &[disk.device]].concat())?;
    mount_at(disk.device, ROOT, system.kind, "")?;
    let old = populate()?;
    unmount_at(ROOT)?;
    let base = doing("the disk", Image::read(&disk.file))?;

    let table = format!("0 {} log-writes {} {}", disk.length / 512, disk.device, log.device);
    must("/bin/dmsetup", &["create", NAME, "--noudevrules", "--noudevsync", "--table", &table])?;
    mount_at(DEVICE, ROOT, system.kind, "")?;
    let modules = match plan.few {
        true => old.keys().filter(|path| path.to_string_lossy().contains(".ko")).take(8).collect(),
        false => Vec::new(),
    };
    let mut modules: Vec<_> = modules.into_iter().map(|path| path.to_string_lossy().into_owned()).collect();
    if modules.is_empty() {
        modules.push(MODULES.to_owned());
    }
    let (stop, syncs) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        let neighbour = plan.neighbour.then(|| scope.spawn(|| write_and_sync(&stop, &syncs)));
        let done = run_and_wait(plan, &modules, &syncs);
        stop.store(true, Ordering::SeqCst);
        let wrote =
            neighbour.map_or(Ok(()), |thread| thread.join().unwrap_or(Err("the neighbour".to_owned())));
        done.and(wrote)
    })?;
    let new = read_all()?;
    verify(&modules)?;
    unmount_at(ROOT)?;
    must("/bin/dmsetup", &["remove", NAME, "--noudevrules", "--noudevsync"])?;

    let length = usize::try_from(log.length).unwrap_or(0);
    let mut bytes = vec![0; length];
    doing("the log", log.file.read_exact_at(&mut bytes, 0))?;
    let log = doing("the log", parse(&bytes))?;
    let exit = log.iter().position(|entry| entry.change == Change::Mark(EXIT.to_owned()));
    let exit = exit.ok_or("the log has no mark: it is too small")?;
    if !matches!(log.last(), Some(Entry { change: Change::Mark(end), .. }) if end == "dm-log-writes-end") {
        return Err("the log does not end with the mark of dm-log-writes".to_owned());
    }
    Ok(Recording { base, log, exit, old, new, modules })
}

/// Runs `sign-module`, sets the mark, and waits for the writes that follow.
fn run_and_wait(plan: Plan, modules: &[String], syncs: &AtomicUsize) -> Result<(), Failure> {
    if plan.neighbour {
        wait_for(syncs, 3);
    }
    sign(modules, plan.no_sync)?;
    must("/bin/dmsetup", &["message", NAME, "0", "mark", EXIT])?;
    if plan.neighbour {
        wait_for(syncs, syncs.load(Ordering::SeqCst) + LATE_SYNCS);
    } else if plan.no_sync {
        thread::sleep(WRITE_BACK);
    }
    Ok(())
}

fn wait_for(syncs: &AtomicUsize, count: usize) {
    // A neighbour that failed never gets there; its own error is reported.
    for _ in 0..60_000 {
        if syncs.load(Ordering::SeqCst) >= count {
            break;
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// The neighbour: appends a line to its file and syncs it, again and again.
fn write_and_sync(stop: &AtomicBool, syncs: &AtomicUsize) -> Result<(), Failure> {
    let mut file = doing(NEIGHBOUR, File::options().append(true).open(NEIGHBOUR))?;
    while !stop.load(Ordering::SeqCst) {
        doing(NEIGHBOUR, file.write_all(&[b'x'; 100]).and_then(|()| file.sync_all()))?;
        syncs.fetch_add(1, Ordering::SeqCst);
        thread::sleep(Duration::from_micros(500));
    }
    Ok(())
}

/// Signs.
///
/// # Errors
/// What `sign-module` printed, if it did not succeed.
pub fn sign(modules: &[String], no_sync: bool) -> Result<(), Failure> {
    let mut arguments = vec!["-q", "--key", "/key.pem"];
    if no_sync {
        arguments.push("--no-sync");
    }
    arguments.extend(modules.iter().map(String::as_str));
    must("/bin/sign-module", &arguments)
}

/// Verifies that every module is signed.
///
/// # Errors
/// What `verify-module` printed, if it did not succeed.
pub fn verify(modules: &[String]) -> Result<(), Failure> {
    let mut arguments = vec!["-q", "--trust", "/key.x509"];
    arguments.extend(modules.iter().map(String::as_str));
    must("/bin/verify-module", &arguments)
}
