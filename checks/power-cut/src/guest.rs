//! What the first process of a guest has to do: mount, load drivers, run programs, report, switch off.

use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

/// An error: what was done, and what the system said.
pub type Failure = String;

/// Adds what was done to an error.
pub fn doing<T, E: std::fmt::Display>(what: &str, result: Result<T, E>) -> Result<T, Failure> {
    result.map_err(|error| format!("{what}: {error}"))
}

/// Mounts the usual file systems, and loads the drivers that `/drivers` lists.
///
/// # Errors
/// If one cannot be mounted or loaded.
pub fn start() -> Result<(), Failure> {
    for (kind, target, options) in [
        ("proc", "/proc", ""),
        ("sysfs", "/sys", ""),
        ("devtmpfs", "/dev", ""),
        ("tmpfs", "/disks", "size=95%"),
    ] {
        doing(target, fs::create_dir_all(target))?;
        mount_at(kind, target, kind, options)?;
    }
    for driver in doing("/drivers", fs::read_to_string("/drivers"))?.lines() {
        let file = doing(driver, File::open(driver))?;
        match rustix::system::finit_module(&file, c"", 0) {
            Ok(()) | Err(rustix::io::Errno::EXIST) => {}
            Err(error) => return Err(format!("{driver} cannot be loaded: {error}")),
        }
    }
    Ok(())
}

/// Mounts a device.
///
/// # Errors
/// As the system reports them.
pub fn mount_at(device: &str, target: &str, kind: &str, options: &str) -> Result<(), Failure> {
    let options = doing("mount options", std::ffi::CString::new(options))?;
    let done = mount(device, target, kind, MountFlags::empty(), Some(options.as_c_str()));
    doing(&format!("{device} cannot be mounted as {kind}"), done)
}

/// Unmounts.
///
/// # Errors
/// As the system reports them.
pub fn unmount_at(target: &str) -> Result<(), Failure> {
    doing(&format!("{target} cannot be unmounted"), unmount(target, UnmountFlags::empty()))
}

/// What a program did.
#[derive(Debug)]
pub struct Ran {
    /// Whether it ended with exit code 0.
    pub good: bool,
    /// What it printed.
    pub text: String,
}

/// Runs a program to its end.
///
/// # Errors
/// If it cannot be started.
pub fn run(program: &str, arguments: &[&str]) -> Result<Ran, Failure> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).env_clear().env("PATH", "/bin");
    let output = doing(program, command.output())?;
    let text =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    Ok(Ran { good: output.status.success(), text })
}

/// Runs a program that must succeed.
///
/// # Errors
/// If it does not.
pub fn must(program: &str, arguments: &[&str]) -> Result<(), Failure> {
    let ran = run(program, arguments)?;
    if ran.good { Ok(()) } else { Err(format!("{program} {}: {}", arguments.join(" "), ran.text)) }
}

/// A file in memory as a disk.
#[derive(Debug)]
pub struct Disk {
    /// The file.
    pub file: File,
    /// The block device.
    pub device: &'static str,
    /// Its length in bytes.
    pub length: u64,
}

impl Disk {
    /// Makes a disk of `length` zeros.
    ///
    /// # Errors
    /// As the system reports them.
    pub fn new(device: &'static str, length: u64) -> Result<Self, Failure> {
        let path = Path::new("/disks").join(device.trim_start_matches("/dev/"));
        let mut options = File::options();
        let file = options.read(true).write(true).create(true).truncate(true).open(&path);
        let file = doing("a disk", file)?;
        doing("a disk", file.set_len(length))?;
        must("/bin/losetup", &[device, &path.to_string_lossy()])?;
        Ok(Self { file, device, length })
    }
}

/// The second serial line: the report.
#[derive(Debug)]
pub struct Report(File);

impl Report {
    /// Opens it.
    ///
    /// # Errors
    /// As the system reports them.
    pub fn open() -> io::Result<Self> {
        File::options().write(true).open("/dev/ttyS1").map(Self)
    }

    /// Writes one line, of at most 300 characters.
    pub fn line(&mut self, line: &str) {
        let line: String = line.chars().map(|c| if c == '\n' { ' ' } else { c }).take(300).collect();
        // Without it the report lacks its end, which the check requires.
        let _ = self.0.write_all(format!("{line}\n").as_bytes());
    }
}

/// Switches the guest off.
pub fn switch_off() {
    rustix::fs::sync();
    let _ = rustix::system::reboot(rustix::system::RebootCommand::Restart);
}
