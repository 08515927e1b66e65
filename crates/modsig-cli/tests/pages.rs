//! The completions in the real shells, and the manual pages in the real formatters. What is not installed is skipped aloud.

#[path = "../examples/manuals/bash.rs"]
mod bash;
#[path = "../examples/manuals/fish.rs"]
mod fish;
#[path = "../examples/manuals/man.rs"]
mod man;
#[path = "../examples/manuals/model.rs"]
mod model;
#[path = "../examples/manuals/programs.rs"]
mod programs;
#[path = "../examples/manuals/write.rs"]
mod write;
#[path = "../examples/manuals/zsh.rs"]
mod zsh;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// A line, and the word that replaces its last one when TAB is pressed at its end. The folder has each file with the right
/// extension and as `.txt`.
const COMPLETED: [(&str, &str); 30] = [
    ("module-key gene", "generate"),
    ("module-key -q gene", "generate"),
    ("module-key generate --al", "--algorithm"),
    ("module-key generate --algorithm p-5", "p-521"),
    ("module-key generate --algorithm=ml-dsa-8", "ml-dsa-87"),
    ("module-key generate --profile mok-", "mok-ca"),
    ("module-key generate --eku code", "code-signing"),
    ("module-key generate --self-sign k", "k.pem"),
    ("module-key generate --ca-cert c", "c.x509"),
    ("module-key convert --form se", "seed"),
    ("module-key sign-prepared --ke", "--key"),
    ("module-key check k", "k.pem"),
    ("module-key certify --hash sha3-5", "sha3-512"),
    ("sign-module prepa", "prepare"),
    ("sign-module prepare --ce", "--cert"),
    ("sign-module prepare --hash sha3-3", "sha3-384"),
    ("sign-module prepare --cert c", "c.x509"),
    ("sign-module prepare --cert c.x509 m", "m.ko.xz"),
    ("sign-module attach --signature g", "g.p7s"),
    ("sign-module --key k", "k.pem"),
    ("sign-module --key=k", "k.pem"),
    ("sign-module --hash=sha2", "sha256"),
    ("sign-module --key k.pem m", "m.ko.xz"),
    ("verify-module m", "m.ko.xz"),
    ("verify-module --trust c", "c.x509"),
    ("verify-module --policy cn", "cnsa2"),
    ("verify-module --policy p", "p.toml"),
    ("verify-module --kernel op", "opensuse"),
    ("verify-module --root tr", "tree/"),
    ("sign-file sha512 k.pe", "k.pem"),
];

struct Lab {
    folder: TempDir,
}

impl Lab {
    fn new() -> Self {
        let lab = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        let files = write::all(&programs::all(), &lab.path("out")).expect("all files are written");
        assert_eq!(files, 3 * 4 + 4 + 2 + 8);
        fs::create_dir_all(lab.path("work/tree")).expect("a folder");
        for name in
            ["k.pem", "c.x509", "m.ko.xz", "g.p7s", "p.toml", "k.txt", "c.txt", "m.txt", "g.txt", "p.txt"]
        {
            fs::write(lab.path("work").join(name), "").expect("a file");
        }
        lab
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a script in the folder of the files; `None` if there is no such program.
    fn run(&self, program: &str, script: &str) -> Option<Output> {
        let file = self.path(&format!("script.{program}"));
        fs::write(&file, script).expect("a file");
        // A shell that waits for input is a failure.
        let mut command = Command::new("timeout");
        command.args(["60", program]).arg(file).current_dir(self.path("work"));
        let home = self.folder.path();
        command.env("HOME", home).env("ZDOTDIR", home).env("XDG_CONFIG_HOME", home).env("TERM", "xterm");
        found(program).then(|| command.output().expect("timeout runs"))
    }
}

/// Whether a program is installed. If not, says so on the real standard error.
fn found(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    if !found {
        let _ = writeln!(std::io::stderr(), "SKIPPED: {program} is not installed");
    }
    found
}

/// Compares what a shell completed, one line for each row, with the table.
fn compare(shell: &str, output: &Output) {
    let text = String::from_utf8_lossy(&output.stdout);
    let completed: Vec<&str> = text.lines().collect();
    assert_eq!(completed.len(), COMPLETED.len(), "{shell}: {output:?}");
    for ((line, expected), completed) in COMPLETED.iter().zip(completed) {
        assert_eq!(completed, *expected, "{shell}: {line}<TAB>");
    }
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{shell}");
}

/// Kills: completions that know no operations (labels that do not match); no values; files of any kind; `--hash=` alone.
#[test]
fn bash_completes() {
    let lab = Lab::new();
    let mut script = String::from("set -u\n");
    for program in ["sign-module", "verify-module", "module-key", "sign-file"] {
        let _ = writeln!(script, ". '{}'", lab.path("out/bash").join(program).display());
    }
    // As readline calls the function: '=' is a word of its own.
    script.push_str(
        r#"try() {
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
    local function
    function=$(complete -p "$1")
    function=${function#*-F }
    "${function%% *}" "$1" "${!#}" "${COMP_WORDS[COMP_CWORD - 1]}" 2> >(grep -v 'compopt: not currently' >&2)
    printf '%s\n' "${COMPREPLY[*]}"
}
"#,
    );
    for (line, _) in COMPLETED {
        let _ = writeln!(script, "try {}", line.replace('=', " = "));
    }
    let Some(output) = lab.run("bash", &script) else { return };
    let text = String::from_utf8_lossy(&output.stdout).replace("tree\n", "tree/\n");
    compare("bash", &Output { stdout: text.into_bytes(), ..output });
}

/// Kills the same for zsh, by typing the lines into an interactive shell.
#[test]
fn zsh_completes() {
    let lab = Lab::new();
    let startup = format!(
        r#"PS1= RPS1=
fpath=('{}' $fpath)
autoload -Uz compinit && compinit -u -D
report() {{ print -r -- "$BUFFER" >> '{}'; BUFFER= ; print DONE }}
ready() {{ print READY }}
zle -N report; zle -N zle-line-init ready
bindkey '^X' report
cd '{}'
"#,
        lab.path("out/zsh").display(),
        lab.path("typed").display(),
        lab.path("work").display()
    );
    fs::write(lab.path(".zshrc"), startup).expect("a file");
    let mut script = String::from("zmodload zsh/zpty\nzpty shell zsh -i\nzpty -r shell text '*READY*'\n");
    for (line, _) in COMPLETED {
        let _ = writeln!(script, "zpty -w -n shell $'{line}\\t\\x18'\nzpty -r shell text '*DONE*'");
    }
    script.push_str("zpty -d shell\n");
    let Some(output) = lab.run("zsh", &script) else { return };
    let typed = fs::read_to_string(lab.path("typed")).unwrap_or_default();
    // zsh adds a space, or '=' after an option with a value.
    let words = typed.lines().map(|line| {
        let line = line.trim_end().trim_end_matches('=');
        line.rsplit([' ', '=']).next().unwrap_or_default()
    });
    let text = words.map(|word| format!("{word}\n")).collect::<String>();
    compare("zsh", &Output { stdout: text.into_bytes(), ..output });
}

/// Kills the same for fish. (It offers other files after those of the right kind.)
#[test]
fn fish_completes() {
    let lab = Lab::new();
    let mut script = String::new();
    for program in ["sign-module", "verify-module", "module-key", "sign-file"] {
        let file = lab.path("out/fish").join(format!("{program}.fish"));
        let _ = writeln!(script, "source '{}'", file.display());
    }
    for (line, _) in COMPLETED {
        let _ = writeln!(script, "set found (complete -C '{line}')\necho $found[1]");
    }
    let Some(output) = lab.run("fish", &script) else { return };
    let text = String::from_utf8_lossy(&output.stdout);
    let words = text.lines().map(|line| {
        let word = line.split('\t').next().unwrap_or_default();
        format!("{}\n", word.rsplit('=').next().unwrap_or_default())
    });
    compare("fish", &Output { stdout: words.collect::<String>().into_bytes(), ..output });
}

fn pages(lab: &Lab) -> Vec<PathBuf> {
    let mut pages: Vec<_> = fs::read_dir(lab.path("out/man1"))
        .expect("pages")
        .map(|entry| entry.expect("a page").path())
        .collect();
    pages.sort();
    assert_eq!(pages.len(), 4 + 2 + 8);
    pages
}

/// Kills: a page that a formatter warns about.
#[test]
fn formatters_accept_the_pages() {
    let lab = Lab::new();
    let checks: [&[&str]; 2] = [&["mandoc", "-T", "lint"], &["groff", "-ww", "-man", "-Tutf8", "-z"]];
    for check in checks {
        if !found(check[0]) {
            continue;
        }
        for page in pages(&lab) {
            let output = Command::new(check[0]).args(&check[1..]).arg(&page).output().expect("it runs");
            let said = [output.stdout, output.stderr].concat();
            assert_eq!(String::from_utf8_lossy(&said), "", "{check:?} {}", page.display());
        }
    }
}

/// Kills: a section that is missing, a synopsis without values, an example that is filled or changed on its way to the reader.
#[test]
fn pages_are_complete_and_examples_can_be_copied() {
    let lab = Lab::new();
    for page in pages(&lab) {
        let source = fs::read_to_string(&page).expect("text");
        let name = page.display();
        for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "EXAMPLES", "SEE ALSO"] {
            assert!(source.contains(&format!("\n.SH {section}\n")), "{name}: {section}");
        }
        assert!(!source.contains("see more with"), "{name}");
    }
    let read = |name: &str| fs::read_to_string(lab.path("out/man1").join(name)).expect("text");
    assert!(read("sign-module.1").contains("[\\fB\\-\\-key\\fR\\ \\fIKEY\\fR]"));
    assert!(
        read("module-key-certify.1").contains("\n\\fB\\-\\-out\\fR\\ \\fIFILE\\fR\n"),
        "required: no brackets"
    );
    for (page, words) in [
        (
            "sign-module.1",
            &["KBUILD_SIGN_PIN", "PKCS11_MODULE_PATH", "MODSIG_INPUT", "MODULE.p7s", "\n.B 8\n"][..],
        ),
        ("verify-module.1", &["/sys/firmware/efi", "debian\\-13", "cnsa2", "\n.B 3\n"]),
        ("module-key-generate.1", &["signing_key.x509", "ml\\-dsa\\-87", "\n.B 130, 143\n"]),
        ("module-key.1", &["module\\-key\\-certify (1)", "\n.SH COMMANDS\n"]),
        ("sign-file.1", &["HASH KEY X509 MODULE [DEST]", "\n.B 1\nfailed"]),
    ] {
        for word in words {
            assert!(read(page).contains(word), "{page}: {word}");
        }
    }
    if !found("mandoc") {
        return;
    }
    for (page, command) in [
        ("sign-module.1", modsig_cli::sign_module::command()),
        ("verify-module.1", modsig_cli::verify_module::command()),
        ("module-key.1", modsig_cli::module_key::command()),
        ("sign-file.1", modsig_cli::sign_file::command()),
    ] {
        let shown = rendered(&lab.path("out/man1").join(page));
        let help = command.get_after_long_help().expect("examples").to_string();
        let mut count = 0;
        for line in help.lines().filter_map(|line| line.strip_prefix("    ")) {
            assert!(
                shown.lines().any(|shown| shown.trim_start() == line.trim_start()),
                "{page}: {line}\n{shown}"
            );
            count += 1;
        }
        assert!(count > 2, "{page}");
    }
}

/// The page as a reader of 80 columns sees it, without bold and italics.
fn rendered(page: &Path) -> String {
    let output = Command::new("mandoc").args(["-T", "utf8"]).arg(page).output().expect("mandoc runs");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let mut out = String::new();
    for letter in text.chars() {
        if letter == '\u{8}' {
            out.pop();
        } else {
            out.push(letter);
        }
    }
    out
}
