//! The first process of a guest: records the disk writes of `sign-module`, cuts the power in the recording, looks, reports on
//! the second serial line, and switches off. `checks/power-cut.sh` builds the guest.
//!
//! From the kernel's command line: `FS=ext4`, `POINTS=100` (crash points of each run) and `SEED=1`.

mod crash;
mod files;
mod guest;
mod image;
mod inspect;
mod log;
mod record;

use guest::{Disk, Failure, Report, start, switch_off};
use record::{FILE_SYSTEMS, PLANS, record};

/// Bytes of the disk that keeps the log.
const LOG: u64 = 192 << 20;

fn main() {
    let result = start().and_then(|()| guest::doing("/dev/ttyS1", Report::open()));
    match result {
        Ok(mut report) => {
            if let Err(error) = work(&mut report) {
                report.line(&format!("error\t{error}"));
            } else {
                report.line("end");
            }
        }
        Err(error) => eprintln!("power-cut: {error}"),
    }
    switch_off();
}

fn work(report: &mut Report) -> Result<(), Failure> {
    let value =
        |name: &str| std::env::var(name).map_err(|_| format!("no {name}= on the kernel's command line"));
    let number = |name: &str| -> Result<u64, Failure> { guest::doing(name, value(name)?.parse()) };
    let kind = value("FS")?;
    let system =
        FILE_SYSTEMS.into_iter().find(|system| system.kind == kind).ok_or("FS= is no file system")?;
    let points = guest::doing("POINTS", usize::try_from(number("POINTS")?))?;
    let mut random = crash::Random(number("SEED")?);
    guest::doing("/mnt", std::fs::create_dir_all("/mnt"))?;
    let disk = Disk::new("/dev/loop0", system.length)?;
    let log = Disk::new("/dev/loop1", LOG)?;
    let replayed = Disk::new("/dev/loop2", system.length)?;
    for plan in PLANS {
        let recording = record(system, plan, &disk, &log)?;
        inspect::inspect(system, plan, &recording, &replayed, points, &mut random, report)?;
    }
    Ok(())
}
