//! Reading what is no module: keys, certificates, passphrases, lists. They may come from a pipe as well as from a file:
//! `/dev/stdin`, `/dev/fd/N`, `<(…)`, a FIFO, and `-` for standard input.

use super::read::other_than_regular;
use crate::exit::Exit;
use crate::failure::Failure;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::io::Errno;
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use zeroize::Zeroizing;

/// Whether standard input was read: it can be read once.
static STDIN_READ: AtomicBool = AtomicBool::new(false);

/// The first buffer, in bytes: room for most keys and certificates.
const FIRST_BUFFER: usize = 64 << 10;

/// Reads a regular file, a FIFO or, for `-`, standard input to its end: at most `limit` bytes. A FIFO is waited for. All
/// buffers are wiped, also those that were too small: the bytes may be a private key.
///
/// # Errors
/// [`Exit::Io`] if it cannot be read, is a directory, socket or device, or is longer than `limit`; [`Exit::Usage`] if
/// standard input is named twice.
pub fn read_stream(path: &Path, limit: u64) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let file = if path == Path::new("-") { stdin()? } else { open(path)? };
    let metadata = file.metadata().map_err(|error| Failure::io("cannot read", &error))?;
    let expected = if metadata.is_file() { metadata.len() } else { 0 };
    if expected > limit {
        return Err(too_large(&format!("{expected} bytes"), limit));
    }
    read_bounded(file, usize::try_from(expected).unwrap_or(0), limit)
}

/// Standard input without a buffer of its own, which would keep a copy.
fn stdin() -> Result<File, Failure> {
    if STDIN_READ.swap(true, Ordering::Relaxed) {
        let what = "standard input is named twice, and it can be read only once";
        return Err(Failure::new(Exit::Usage, what, "give one of the two as a file"));
    }
    let owned = io::stdin().as_fd().try_clone_to_owned();
    let file: File = owned.map_err(|error| Failure::io("cannot read standard input", &error))?.into();
    match file.metadata() {
        Ok(metadata) if metadata.is_dir() => Err(not_readable("a directory")),
        _ => Ok(file),
    }
}

/// Opens a regular file, or a FIFO, whose first writer is waited for.
fn open(path: &Path) -> Result<File, Failure> {
    // NONBLOCK: nothing is waited for before it is known what it is. NOCTTY: a terminal does not become ours.
    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed();
    let opened = OpenOptions::new().read(true).custom_flags(flags).open(path);
    let file = opened.map_err(|error| match path.metadata().ok().as_ref().and_then(other_than_regular) {
        // A socket does not open at all: say what it is rather than ENXIO.
        Some(kind) if error.kind() != io::ErrorKind::PermissionDenied => not_readable(kind),
        _ => Failure::io("cannot open", &error),
    })?;
    let metadata = file.metadata().map_err(|error| Failure::io("cannot read", &error))?;
    match other_than_regular(&metadata) {
        None => {}
        Some(_) if metadata.file_type().is_fifo() => {
            let waited = wait_for_writer(&file);
            waited.map_err(|error| Failure::io("cannot wait for the pipe's writer", &error.into()))?;
        }
        Some(kind) => return Err(not_readable(kind)),
    }
    Ok(file)
}

/// Waits until there is something to read in a FIFO, or until its writer has come and gone; then reading waits, as usual. (To open
/// it again without NONBLOCK would wait for ever if the only writer has written and gone in between.)
fn wait_for_writer(fifo: &File) -> Result<(), Errno> {
    loop {
        match poll(&mut [PollFd::new(fifo, PollFlags::IN)], None) {
            Err(Errno::INTR) => {}
            Err(error) => return Err(error),
            Ok(_) => break,
        }
    }
    fcntl_setfl(fifo, fcntl_getfl(fifo)? - OFlags::NONBLOCK)
}

/// Reads to the end; a buffer that is too small is copied into a larger one, and wiped.
fn read_bounded(mut file: impl Read, expected: usize, limit: u64) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let limit_len = usize::try_from(limit).unwrap_or(usize::MAX);
    // One byte more than is expected shows the end without growing; one over the limit shows what is too long.
    let mut buffer = wiped(expected.saturating_add(1).max(FIRST_BUFFER).min(limit_len.saturating_add(1)))?;
    let mut len = 0;
    loop {
        if len == buffer.len() {
            if len > limit_len {
                return Err(too_large("longer than that", limit));
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
            Err(error) => return Err(Failure::io("cannot read", &error)),
        }
    }
    if len > limit_len {
        return Err(too_large("longer than that", limit));
    }
    buffer.truncate(len);
    Ok(buffer)
}

fn wiped(len: usize) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut buffer = Vec::new();
    buffer.try_reserve_exact(len).map_err(|_| {
        let what = format!("no memory for {len} bytes");
        Failure::new(Exit::Io, what, "free some memory and run the command again")
    })?;
    buffer.resize(len, 0);
    Ok(Zeroizing::new(buffer))
}

fn too_large(size: &str, limit: u64) -> Failure {
    let what = format!("too large: {size}, the limit is {limit} bytes");
    Failure::new(Exit::Io, what, "check that this is the right file")
}

fn not_readable(kind: &str) -> Failure {
    let what = format!("is {kind}, not a file or a pipe");
    Failure::new(Exit::Io, what, "give the name of a file, or - for standard input")
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
        // A stream without end is stopped.
        assert_eq!(read_bounded(io::repeat(7), 0, KEY_LIMIT).unwrap_err().exit, Exit::Io);
    }

    #[test]
    fn a_fifo_is_read_and_a_device_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("fifo");
        assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        // Kills: a writer who comes, writes and goes between two openings, and leaves the reader waiting for ever.
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
}
