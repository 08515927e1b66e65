//! A temporary folder with modules and keys, the programs to run in it, and what they must never do to it.

use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;
use xattr::FileExt as _;

pub const SIGN: &str = env!("CARGO_BIN_EXE_sign-module");
pub const VERIFY: &str = env!("CARGO_BIN_EXE_verify-module");
pub const KEY: &str = env!("CARGO_BIN_EXE_module-key");

/// `struct module_signature` and the marker.
pub const TRAILER_LEN: usize = 12 + 28;
pub const MARKER: &[u8; 28] = b"~Module signature appended~\n";

/// The user `nobody`, for what only root may do.
pub const NOBODY: u32 = 65534;

/// Whether the tests run as root.
pub fn as_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A file or folder of the repository's `test-vectors`.
pub fn vectors(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../test-vectors").join(name)
}

/// The bytes of a real module.
pub fn real_module(name: &str) -> Vec<u8> {
    fs::read(vectors("modules").join(name)).expect("a module of test-vectors/modules")
}

/// Says on the real standard error (not the one that the test harness keeps) that a check was not made.
pub fn skipped(what: &str, why: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {what}: {why}");
}

/// What a program did.
#[derive(Debug)]
pub struct Outcome {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Outcome {
    pub fn of(command: &mut Command) -> Self {
        let output = command.stdin(Stdio::null()).output().expect("the program starts");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        // No code: killed by a signal, which no input may achieve.
        let code = output.status.code().unwrap_or(-1);
        // Git cannot keep the mode 0600 of the keys in test-vectors.
        let stderr = text(output.stderr);
        let stderr =
            stderr.split_inclusive('\n').filter(|line| !is_about_the_mode_of_a_vector(line)).collect();
        Self { code, stdout: text(output.stdout), stderr }
    }

    /// It worked, and had nothing to complain about.
    #[track_caller]
    pub fn fine(self) -> Self {
        assert_eq!((self.code, self.stderr.as_str()), (0, ""), "{self:?}");
        self
    }

    /// The lines on standard error, each with the kernel's answer below it.
    pub fn errors(&self) -> usize {
        assert!(self.stderr.is_empty() || self.stderr.ends_with('\n'), "{self:?}");
        self.stderr.lines().filter(|line| !line.starts_with("  Linux 7.2")).count()
    }

    /// The program failed with this code and exactly one error on standard error: `PROGRAM: NAME: …`, perhaps with the kernel's
    /// answer on a second line, and `words` in it.
    #[track_caller]
    pub fn one_error(self, code: i32, program: &str, name: &str, words: &str) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        assert_eq!(self.errors(), 1, "one error: {self:?}");
        let program = Path::new(program).file_name().and_then(OsStr::to_str).expect("a name");
        assert!(self.stderr.starts_with(&format!("{program}: ")), "{self:?}");
        assert!(self.stderr.contains(&format!("{name}: ")), "names the file {name}: {self:?}");
        assert!(self.stderr.contains(words), "says {words:?}: {self:?}");
        self
    }
}

fn is_about_the_mode_of_a_vector(line: &str) -> bool {
    line.contains("test-vectors/") && line.contains("warning: other users can read this private key")
}

/// Everything about a file that an error must leave unchanged.
#[derive(Debug, PartialEq, Eq)]
pub struct Snapshot {
    bytes: Option<Vec<u8>>,
    kind_and_mode: u32,
    inode: u64,
    owner: (u32, u32),
    modified: (i64, i64),
    xattrs: Vec<(String, Vec<u8>)>,
}

impl Snapshot {
    pub fn of(path: &Path) -> Self {
        let metadata = fs::symlink_metadata(path).expect("the file is there");
        // A FIFO or device is not opened; a large sparse file is not read.
        let readable = metadata.is_file() && metadata.len() < 1 << 30;
        Self {
            bytes: readable.then(|| fs::read(path).ok()).flatten(),
            kind_and_mode: metadata.mode(),
            inode: metadata.ino(),
            owner: (metadata.uid(), metadata.gid()),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            xattrs: if readable { xattrs(path) } else { Vec::new() },
        }
    }
}

/// All extended attributes, sorted.
pub fn xattrs(path: &Path) -> Vec<(String, Vec<u8>)> {
    let Ok(file) = fs::File::open(path) else { return Vec::new() };
    let Ok(names) = file.list_xattr() else { return Vec::new() };
    let mut all: Vec<_> = names
        .map(|name| {
            let value = file.get_xattr(&name).ok().flatten().unwrap_or_default();
            (name.to_string_lossy().into_owned(), value)
        })
        .collect();
    all.sort();
    all
}

/// A folder that is gone when the test ends.
pub struct Lab {
    folder: TempDir,
}

impl Lab {
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("modsig-test-").tempdir().expect("a temporary folder");
        // For the tests that run the programs as the user `nobody`.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("chmod");
        Self { folder }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, &bytes).expect("written");
        // As people keep private keys; the programs warn about others.
        let in_pem = bytes.as_ref().windows(12).any(|window| window == b"PRIVATE KEY-");
        if in_pem || name.ends_with(".der") || name.ends_with(".p12") {
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("chmod");
        }
        path
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).expect("read")
    }

    /// A copy of a real module, unsigned.
    pub fn module(&self, name: &str) -> PathBuf {
        self.write(name, real_module(name))
    }

    /// `NAME.pem` and `NAME.x509`, made by `module-key generate`.
    pub fn key(&self, name: &str, algorithm: &str) {
        let out = format!("{name}.pem");
        self.run(KEY, ["-q", "generate", "--algorithm", algorithm, "--common-name", name, "--out", &out])
            .fine();
    }

    /// Runs a program in the folder, so that names can be given as a person would.
    pub fn run<S: AsRef<OsStr>>(&self, program: &str, arguments: impl IntoIterator<Item = S>) -> Outcome {
        Outcome::of(&mut self.command(program, arguments))
    }

    pub fn command<S: AsRef<OsStr>>(&self, program: &str, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.folder());
        command
    }

    /// The names in the folder: what an error must not add to.
    pub fn names(&self) -> Vec<String> {
        names_in(self.folder())
    }
}

/// The names in a folder, sorted; hidden ones too.
pub fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Makes a FIFO.
pub fn make_fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().expect("mkfifo").success());
}

/// `bytes` with the first `from` replaced by `to`, which has the same length.
pub fn patched(mut bytes: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let at = bytes.windows(from.len()).position(|window| window == from).expect("the pattern is there");
    bytes[at..at + to.len()].copy_from_slice(to);
    bytes
}

/// A module with something appended that has the shape of a signature: these CMS bytes and this `sig_len`.
pub fn with_trailer(module: &[u8], cms: &[u8], sig_len: u32) -> Vec<u8> {
    [module, cms, &[0, 0, 2, 0, 0, 0, 0, 0], &sig_len.to_be_bytes(), MARKER].concat()
}
