//! `--sign-command`: a program of the user signs, such as the client of a signing service or a KMS.
//!
//! The program gets the prepared bytes on standard input and writes the signature to standard output. Whatever it
//! writes is verified before it is used.

use crate::error::CliError;
use crate::exit::Exit;
use crate::printable::hex;
use crate::two_steps::not_accepted;
use clap::Args;
use modsig::algorithm::Digest;
use modsig::key::KeyAlgorithm;
use modsig::prepared::Prepared;
use modsig::public_key::PublicKey;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// The program and its time limit.
#[derive(Args, Clone, Debug)]
pub struct SignCommandOptions {
    /// Sign with this command, which /bin/sh runs: standard input has the bytes to sign, standard output must be the
    /// signature; the environment says what they are (docs/guide/two-steps.md)
    #[arg(
        id = "sign_command",
        long = "sign-command",
        value_name = "COMMAND",
        help_heading = "Keys in tokens and services"
    )]
    command: Option<String>,
    /// How long each call of --sign-command may take, in seconds [default: 60]
    #[arg(long, value_name = "SECONDS", requires = "sign_command",
          value_parser = clap::value_parser!(u64).range(1..=86_400),
        help_heading = "Keys in tokens and services"
    )]
    sign_timeout: Option<u64>,
}

/// A command that signs.
#[derive(Clone, Debug)]
pub struct SignCommand {
    command: String,
    timeout: Duration,
}

/// The time limit, in seconds.
const DEFAULT_TIMEOUT: u64 = 60;
/// The longest output that is read, in bytes: no signature of a supported key is longer than 4,627.
const MOST_OUTPUT: u64 = 64 << 10;
/// The end of the standard error that is kept, in bytes.
const KEPT_ERROR: usize = 4 << 10;

impl SignCommandOptions {
    /// The command, if one was given.
    #[must_use]
    pub fn get(&self) -> Option<SignCommand> {
        let command = self.command.clone()?;
        Some(SignCommand {
            command,
            timeout: Duration::from_secs(self.sign_timeout.unwrap_or(DEFAULT_TIMEOUT)),
        })
    }

    /// Whether a time limit is given without a command. (clap accepts it beside an option that excludes the command.)
    #[must_use]
    pub const fn limits_nothing(&self) -> bool {
        self.sign_timeout.is_some() && self.command.is_none()
    }
}

impl SignCommand {
    /// Has the prepared bytes signed. Returns the signature as CMS and X.509 write it, after it verified with `key`.
    /// `about` is the file that the signature is for: the command sees its name.
    ///
    /// # Errors
    /// [`Exit::Io`] if the command cannot run, fails or takes too long; those of [`not_accepted`].
    pub fn sign(&self, prepared: &Prepared, key: &PublicKey, about: &Path) -> Result<Vec<u8>, CliError> {
        let signature = self.run(prepared, key, about)?;
        prepared.accept(key, &signature).map_err(|error| {
            let mut error = not_accepted(error, key);
            error.what = format!("what the sign command wrote is no signature of this file: {}", error.what);
            error
        })
    }

    fn run(&self, prepared: &Prepared, key: &PublicKey, about: &Path) -> Result<Vec<u8>, CliError> {
        let end = Instant::now() + self.timeout;
        let mut child = self.start(prepared, key, about)?;
        let output = child.stdout.take().map(|pipe| reader(move || read_bounded(pipe)));
        let error = child.stderr.take().map(|pipe| reader(move || Ok(read_end(pipe))));
        if let Some(mut stdin) = child.stdin.take() {
            // A command that ends without reading everything closes the pipe: its output decides.
            // The bytes are fewer than any pipe holds, so this does not block.
            let _ = stdin.write_all(prepared.bytes());
        }
        let (Some(output), Some(error)) = (output, error) else {
            return Err(CliError::internal("the sign command has no pipes"));
        };
        let output = match receive(&output, end) {
            Some(output) => output,
            None => return Err(self.too_long(&mut child)),
        };
        if output.as_ref().is_ok_and(|output| output.len() as u64 > MOST_OUTPUT) {
            stop(&mut child);
            let what = format!("the sign command wrote more than {MOST_OUTPUT} bytes");
            return Err(CliError::new(Exit::Malformed, what, "it must write the signature only"));
        }
        let Some(status) = wait(&mut child, end) else { return Err(self.too_long(&mut child)) };
        let status = status.map_err(|error| CliError::io("cannot wait for the sign command", &error))?;
        if !status.success() {
            // A process that the command left may keep the pipe open.
            let soon = end.min(Instant::now() + Duration::from_secs(1));
            return Err(failed(status, receive(&error, soon)));
        }
        output.map_err(|error| CliError::io("cannot read from the sign command", &error))
    }

    fn start(&self, prepared: &Prepared, key: &PublicKey, about: &Path) -> Result<Child, CliError> {
        let algorithm = KeyAlgorithm::of(key).map(|algorithm| algorithm.to_string()).unwrap_or_default();
        let fingerprint = Digest::Sha256.hash(&key.to_spki_der()).unwrap_or_default();
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", &self.command])
            .env("MODSIG_INPUT", prepared.input().name())
            .env("MODSIG_ALGORITHM", algorithm)
            .env("MODSIG_DIGEST", prepared.digest().name())
            .env("MODSIG_FILE", about)
            .env("MODSIG_KEY_SHA256", hex(&fingerprint))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.spawn().map_err(|error| CliError::io("cannot run /bin/sh for the sign command", &error))
    }

    fn too_long(&self, child: &mut Child) -> CliError {
        stop(child);
        let what = format!("the sign command took longer than {} seconds", self.timeout.as_secs());
        CliError::new(Exit::Io, what, "check the signing service, or give more time with --sign-timeout")
    }
}

/// Ends the process: nothing else can be done with one that does not end, or that writes without end.
fn stop(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

/// Runs `read` in a thread; its result can be waited for.
fn reader<T: Send + 'static>(
    read: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Receiver<io::Result<T>> {
    let (sender, receiver) = sync_channel(1);
    // Not joined: after a timeout a process that the command left may keep the pipe open.
    thread::spawn(move || {
        let _ = sender.send(read());
    });
    receiver
}

/// The result of a reader; `None` if there is none in time.
fn receive<T>(receiver: &Receiver<io::Result<T>>, end: Instant) -> Option<io::Result<T>> {
    match receiver.recv_timeout(end.saturating_duration_since(Instant::now())) {
        Ok(result) => Some(result),
        Err(RecvTimeoutError::Timeout) => None,
        Err(RecvTimeoutError::Disconnected) => Some(Err(io::Error::other("the reader ended"))),
    }
}

/// Everything, or one byte more than is allowed.
fn read_bounded(pipe: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    pipe.take(MOST_OUTPUT + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The end of what is written; an error ends it.
fn read_end(mut pipe: impl Read) -> Vec<u8> {
    let (mut kept, mut buffer) = (Vec::new(), [0; 1 << 10]);
    while let Ok(count @ 1..) = pipe.read(&mut buffer) {
        kept.extend_from_slice(buffer.get(..count).unwrap_or_default());
        let excess = kept.len().saturating_sub(KEPT_ERROR);
        kept.drain(..excess);
    }
    kept
}

/// Waits for the end of a process that has closed its standard output, which most do at their end.
fn wait(child: &mut Child, end: Instant) -> Option<io::Result<ExitStatus>> {
    let mut pause = Duration::from_micros(200);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(Ok(status)),
            Ok(None) if Instant::now() < end => thread::sleep(pause),
            Ok(None) => return None,
            Err(error) => return Some(Err(error)),
        }
        pause = (2 * pause).min(Duration::from_millis(20));
    }
}

/// The error for a command that failed: its exit code, and the last line that it wrote to standard error.
fn failed(status: ExitStatus, error: Option<io::Result<Vec<u8>>>) -> CliError {
    let error = error.and_then(Result::ok).unwrap_or_default();
    let text = String::from_utf8_lossy(&error);
    let last = text.lines().map(str::trim).rfind(|line| !line.is_empty());
    let said = last.map_or_else(String::new, |line| format!(": {line}"));
    // "exit status: 3", "signal: 9 (SIGKILL)"
    let what = format!("the sign command failed ({status}){said}");
    CliError::new(Exit::Io, what, "run it by hand")
}
