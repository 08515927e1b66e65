//! Reads keys, certificates, passphrases, lists and configurations, from a file or from a pipe: `/dev/stdin`, `/dev/fd/N`,
//! `<(…)`, a FIFO, and `-` for standard input.

use super::read::other_than_regular;
use crate::error::CliError;
use crate::exit::Exit;
use crate::terminal::notice;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl, fstatfs};
use rustix::io::Errno;
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

/// Whether standard input was read, which is possible only once.
static STDIN_READ: AtomicBool = AtomicBool::new(false);

/// Size of the first buffer in bytes: enough for most keys and certificates.
const FIRST_BUFFER: usize = 64 << 10;

/// Reads a regular file, a FIFO or, for `-`, standard input to its end: at most `limit` bytes. Waits for the writer of a FIFO.
/// All buffers are wiped, also those that were too small: the bytes may be a private key.
///
/// # Errors
/// [`Exit::Io`] if it cannot be read, is a directory, socket or device, or is longer than `limit`; [`Exit::Usage`] if
/// standard input is named twice.
pub fn read_stream(path: &Path, limit: u64) -> Result<Zeroizing<Vec<u8>>, CliError> {
    read_stream_with_mode(path, limit).map(|(bytes, _)| bytes)
}

/// As [`read_stream`]; also returns the permissions of a regular file.
///
/// # Errors
/// The same.
pub fn read_stream_with_mode(path: &Path, limit: u64) -> Result<(Zeroizing<Vec<u8>>, Option<u32>), CliError> {
    let file = if path == Path::new("-") { stdin()? } else { open(path)? };
    let metadata = file.metadata().map_err(|error| CliError::io("cannot read", &error))?;
    let mode = metadata.is_file().then(|| metadata.mode());
    if !metadata.is_file() {
        wait_for_input(&file, path, Patience::of(&file), print_notice)?;
    }
    let expected = if metadata.is_file() { metadata.len() } else { 0 };
    if expected > limit {
        return Err(too_large(&format!("{expected} bytes"), limit));
    }
    let bytes = read_bounded(file, usize::try_from(expected).unwrap_or(0), limit)?;
    Ok((bytes, mode))
}

/// How long a pipe or a terminal may be silent.
#[derive(Clone, Copy, Debug)]
struct Patience {
    /// Before the user is told what the program waits for.
    notice: Duration,
    /// After that, before the program gives up. `None` for a pipe that some program holds open, and for a terminal: a
    /// person may be typing a passphrase.
    limit: Option<Duration>,
}

impl Patience {
    fn of(file: &File) -> Self {
        /// `fs/pipe.c`: an anonymous pipe, which ends when its writers end. A named one may never get a writer.
        const PIPEFS_MAGIC: i128 = 0x5049_5045;
        let named = file.metadata().is_ok_and(|metadata| metadata.file_type().is_fifo())
            && !fstatfs(file).is_ok_and(|system| i128::from(system.f_type) == PIPEFS_MAGIC);
        Self { notice: Duration::from_secs(3), limit: named.then_some(Duration::from_secs(60)) }
    }
}

/// Waits until there is a byte to read, or the end. Calls `notice` once if that takes long.
///
/// # Errors
/// [`Exit::Io`] if no program writes to a named pipe within the limit.
fn wait_for_input(
    file: &File,
    path: &Path,
    patience: Patience,
    notice: impl FnOnce(&Path),
) -> Result<(), CliError> {
    let failed = |error: Errno| CliError::io("cannot wait for the pipe's writer", &error.into());
    if !is_ready(file, Some(patience.notice)).map_err(failed)? {
        notice(path);
        if !is_ready(file, patience.limit).map_err(failed)? {
            let what = "no program wrote to this pipe in time";
            return Err(CliError::new(Exit::Io, what, "start the program that writes to it, and try again"));
        }
    }
    // The file was opened without blocking.
    fcntl_getfl(file).and_then(|flags| fcntl_setfl(file, flags - OFlags::NONBLOCK)).map_err(failed)
}

/// Whether there are bytes to read, or a writer has opened the file and closed it, within this time. (Opening a FIFO again
/// without NONBLOCK would wait for ever if the only writer had closed it in between.)
fn is_ready(file: &File, within: Option<Duration>) -> Result<bool, Errno> {
    let deadline = within.map(|within| Instant::now() + within);
    loop {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let left = left.map(|left| Timespec {
            // Minutes at most.
            tv_sec: left.as_secs().cast_signed(),
            tv_nsec: left.subsec_nanos().into(),
        });
        match poll(&mut [PollFd::new(file, PollFlags::IN)], left.as_ref()) {
            Err(Errno::INTR) => {}
            Err(error) => return Err(error),
            Ok(events) => return Ok(events > 0),
        }
    }
}

fn print_notice(path: &Path) {
    notice(path, "waiting for input: nothing has been written to it yet");
}

/// Standard input without Rust's buffer, which would keep a copy.
fn stdin() -> Result<File, CliError> {
    if STDIN_READ.swap(true, Ordering::Relaxed) {
        let what = "standard input is named twice, and it can be read only once";
        return Err(CliError::new(Exit::Usage, what, "give one of the two as a file"));
    }
    let owned = io::stdin().as_fd().try_clone_to_owned();
    let file: File = owned.map_err(|error| CliError::io("cannot read standard input", &error))?.into();
    match file.metadata() {
        Ok(metadata) if metadata.is_dir() => Err(not_readable("a directory")),
        _ => Ok(file),
    }
}

/// Opens a regular file or a FIFO, without blocking.
fn open(path: &Path) -> Result<File, CliError> {
    // NONBLOCK: does not wait before the kind of file is known. NOCTTY: a terminal does not become the controlling one.
    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed();
    let opened = OpenOptions::new().read(true).custom_flags(flags).open(path);
    let file = opened.map_err(|error| match path.metadata().ok().as_ref().and_then(other_than_regular) {
        // A socket cannot be opened: name the kind instead of ENXIO.
        Some(kind) if error.kind() != io::ErrorKind::PermissionDenied => not_readable(kind),
        _ => CliError::io("cannot open", &error),
    })?;
    let metadata = file.metadata().map_err(|error| CliError::io("cannot read", &error))?;
    match other_than_regular(&metadata) {
        None => {}
        Some(_) if metadata.file_type().is_fifo() => {}
        Some(kind) => return Err(not_readable(kind)),
    }
    Ok(file)
}

/// Reads to the end. A buffer that is too small is copied into a larger one and wiped.
fn read_bounded(mut file: impl Read, expected: usize, limit: u64) -> Result<Zeroizing<Vec<u8>>, CliError> {
    let limit_len = usize::try_from(limit).unwrap_or(usize::MAX);
    // One byte more than expected detects the end without growing; one byte over the limit detects input that is too long.
    let mut buffer = wiped(expected.saturating_add(1).max(FIRST_BUFFER).min(limit_len.saturating_add(1)))?;
    let mut len = 0;
    loop {
        if len == buffer.len() {
            if len > limit_len {
                return Err(too_large("longer", limit));
            }
            let mut larger = wiped(len.saturating_mul(2).min(limit_len.saturating_add(1)))?;
            if let Some(start) = larger.get_mut(..len) {
                start.copy_from_slice(&buffer);
            }
            buffer = larger;
        }
        match file.read(buffer.get_mut(len..).unwrap_or_default()) {
            Ok(0) => break,
            Ok(read) => len += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(CliError::io("cannot read", &error)),
        }
    }
    if len > limit_len {
        return Err(too_large("longer", limit));
    }
    buffer.truncate(len);
    Ok(buffer)
}

fn wiped(len: usize) -> Result<Zeroizing<Vec<u8>>, CliError> {
    let mut buffer = Vec::new();
    buffer.try_reserve_exact(len).map_err(|_| CliError::no_memory(len))?;
    buffer.resize(len, 0);
    Ok(Zeroizing::new(buffer))
}

fn too_large(size: &str, limit: u64) -> CliError {
    let what = format!("too large: {size}, the limit is {limit} bytes");
    CliError::new(Exit::Io, what, "check that this is the right file")
}

fn not_readable(kind: &str) -> CliError {
    let what = format!("is {kind}, not a file or a pipe");
    CliError::new(Exit::Io, what, "give the name of a file, or - for standard input")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::KEY_LIMIT;
    use std::process::{Command, Stdio};

    #[test]
    fn what_is_read_is_bounded_and_whole() {
        let bytes: Vec<u8> = (0..200_001_u32).map(|n| n.to_le_bytes()[0]).collect();
        for expected in [0, 10, bytes.len()] {
            assert_eq!(*read_bounded(&bytes[..], expected, KEY_LIMIT).unwrap(), bytes);
            assert_eq!(*read_bounded(&bytes[..], expected, 200_001).unwrap(), bytes);
            assert_eq!(read_bounded(&bytes[..], expected, 200_000).unwrap_err().exit, Exit::Io);
        }
        // An endless stream is stopped.
        assert_eq!(read_bounded(io::repeat(7), 0, KEY_LIMIT).unwrap_err().exit, Exit::Io);
        // The length of a regular file is known before it is read.
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "12345").unwrap();
        assert_eq!(*read_stream(&path, 5).unwrap(), b"12345");
        assert!(read_stream(&path, 4).unwrap_err().what.contains("5 bytes, the limit is 4"));
    }

    /// Kills: a signal that ends reading; an error that is taken for one.
    #[test]
    fn a_signal_does_not_end_reading() {
        struct Fails(Vec<io::ErrorKind>);
        impl Read for Fails {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                self.0.pop().map_or(Ok(0), |kind| Err(kind.into()))
            }
        }
        let interrupted = Fails(vec![io::ErrorKind::Interrupted]).chain(&b"text"[..]);
        assert_eq!(*read_bounded(interrupted, 0, 100).unwrap(), b"text");
        let broken = Fails(vec![io::ErrorKind::InvalidInput]);
        assert_eq!(read_bounded(broken, 0, 100).unwrap_err().exit, Exit::Io);
    }

    #[test]
    fn a_fifo_is_read_and_a_device_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("fifo");
        assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        // Kills: a writer that opens, writes and closes between two calls of open, and leaves the reader waiting for ever.
        for _ in 0..50 {
            let mut writer = Command::new("sh")
                .args(["-c", "echo secret > \"$0\""])
                .arg(&fifo)
                .stdin(Stdio::null())
                .spawn()
                .unwrap();
            assert_eq!(*read_stream(&fifo, 100).unwrap(), b"secret\n");
            assert!(writer.wait().unwrap().success());
        }
        for (path, kind) in [(folder.path(), "a directory"), (Path::new("/dev/zero"), "a device")] {
            assert!(read_stream(path, 100).unwrap_err().what.contains(kind));
        }
    }

    /// Kills: a FIFO without a writer that is waited for without a word, or for ever; a notice for a pipe that is ready; a limit
    /// on a pipe that a program holds open.
    #[test]
    fn a_fifo_that_nobody_writes_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("fifo");
        assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        let file = open(&fifo).unwrap();
        let patience = Patience::of(&file);
        assert!(patience.notice >= Duration::from_secs(1) && patience.limit.is_some(), "{patience:?}");
        let at_once = Patience { notice: Duration::ZERO, limit: Some(Duration::ZERO) };
        let mut noticed = 0;
        let error = wait_for_input(&file, &fifo, at_once, |_| noticed += 1).unwrap_err();
        assert_eq!((noticed, error.exit), (1, Exit::Io));
        assert!(error.what.contains("no program wrote"), "{error}");

        let (reader, writer) = io::pipe().unwrap();
        let reader = File::from(std::os::fd::OwnedFd::from(reader));
        assert!(Patience::of(&reader).limit.is_none());
        drop(writer);
        wait_for_input(&reader, &fifo, at_once, |_| noticed += 1).unwrap();
        assert_eq!(noticed, 1, "a pipe whose writers are gone is ready");
    }
}
