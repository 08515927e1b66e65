//! A manual page, in the macros of man(7).

use crate::model::{Choice, Level, Program};
use std::fmt::Write as _;

/// When the texts of the pages were written last: not the day of the build, so that each build gives the same bytes.
const DATE: &str = "2026-11-29";

/// The longest line of a page, in bytes. `mandoc -T lint` accepts 80.
const LINE: usize = 78;

/// The environment variables of programs with these options.
const ENVIRONMENT: [(&str, &str, &str); 10] = [
    (
        "--passphrase-file",
        "KBUILD_SIGN_PIN",
        "Passphrase of an encrypted private key, or the PIN of a token, if --passphrase-file is not given.",
    ),
    (
        "--pkcs11-module",
        "PKCS11_MODULE_PATH",
        "PKCS#11 library, if neither --pkcs11-module nor the URI names one.",
    ),
    (
        "--sign-command",
        "MODSIG_INPUT, MODSIG_ALGORITHM, MODSIG_DIGEST, MODSIG_FILE, MODSIG_KEY_SHA256",
        "Set for the command of --sign-command: what it gets (mu, digest-info or digest), the algorithm of the key, the digest, the file that is signed, and the SHA-256 of the public key.",
    ),
    ("--color", "NO_COLOR", "Not empty: no colours, unless --color asks for them."),
    ("--color", "CLICOLOR, TERM", "0, or dumb: no colours."),
    ("--color", "CLICOLOR_FORCE", "Not empty and not 0: colours also where the output is no terminal."),
    ("--explain", "COLUMNS", "The width of the drawing, 80 to 120, instead of the terminal's."),
    (
        "--no-time",
        "SOURCE_DATE_EPOCH",
        "The time of the report, in seconds since 1970, instead of the clock's.",
    ),
    ("-d", "KBUILD_SIGN_PIN", "Passphrase of an encrypted private key, or the PIN of a token."),
    ("-d", "PKCS11_MODULE_PATH", "PKCS#11 library of a URI without module-path."),
];

/// The files of programs with these options.
const FILES: [(&str, &str, &str); 9] = [
    (
        "--detached",
        "MODULE.p7s, MODULE.x509",
        "The signature (CMS, DER) that --detached and --extract write and --attach reads; the certificates that --extract writes. For dummy.ko.xz: dummy.ko.p7s.",
    ),
    (
        "--resign",
        "MODULE.mu, MODULE.digest-info, MODULE.digest, MODULE.sig",
        "What an HSM signs (with .json behind it: its description), and its signature.",
    ),
    (
        "--resign",
        ".modsig-*.tmp",
        "Temporary files beside the modules. The next run removes those that no process uses.",
    ),
    (
        "--running",
        "/lib/modules/VERSION, /boot",
        "What --running and --root read: modules, configurations and images of kernels.",
    ),
    ("--trust-efi", "/sys/firmware/efi", "UEFI's variables, for --trust-efi and --running."),
    (
        "--cert-out",
        "signing_key.pem, signing_key.x509",
        "Private key with certificate (PEM, mode 0600), and the certificate (DER), as CONFIG_MODULE_SIG_KEY expects them.",
    ),
    ("--ca-key", "OUT.tbs, OUT.mu, OUT.digest-info, OUT.digest", "What --prepare writes for an HSM."),
    (
        "--key",
        "MODULE.mu, MODULE.digest-info, MODULE.digest, MODULE.sig",
        "The bytes to sign, and the signature.",
    ),
    ("-d", "MODULE.p7s", "The signature that -d and -p write."),
];

/// The page of one level of a program.
pub fn page(program: &Program, level: &Level) -> String {
    let name = level.page_name();
    let after = After::of(&level.after);
    let mut out = format!(
        ".\\\" Generated from the command line of {}.\n.TH {} 1 {DATE} \"modsig {}\" \"User Commands\"\n",
        program.name,
        name.to_uppercase().replace('-', "\\-"),
        env!("CARGO_PKG_VERSION")
    );
    section(&mut out, "NAME");
    let _ = writeln!(out, "{} \\-\n{}", escape(&name), fill(&level.about));
    section(&mut out, "SYNOPSIS");
    synopsis(&mut out, program, level);
    section(&mut out, "DESCRIPTION");
    let mut paragraphs = vec![format!("{}.", level.about)];
    paragraphs.extend(after.notes.iter().cloned());
    for (at, paragraph) in paragraphs.iter().enumerate() {
        out += if at > 0 { ".PP\n" } else { "" };
        let _ = writeln!(out, "{}", fill(paragraph));
    }
    if level.operation.is_none() && !program.operations.is_empty() {
        section(&mut out, "COMMANDS");
        for operation in &program.operations {
            let _ =
                writeln!(out, ".TP\n.BR {} (1)\n{}", escape(&operation.page_name()), fill(&operation.about));
        }
    }
    options(&mut out, level);
    section(&mut out, "EXIT STATUS");
    let exits = if after.exits.is_empty() { After::of(&program.top.after).exits } else { after.exits };
    for (code, meaning) in &exits {
        let _ = writeln!(out, ".TP\n.B {code}\n{}", fill(meaning));
    }
    table(&mut out, "ENVIRONMENT", &ENVIRONMENT, program, level);
    table(&mut out, "FILES", &FILES, program, level);
    if !after.examples.is_empty() {
        section(&mut out, "EXAMPLES");
        for (at, (description, commands)) in after.examples.iter().enumerate() {
            out += if at > 0 { ".PP\n" } else { "" };
            let _ = writeln!(out, "{}\n.PP\n.RS 4\n.EX", fill(description));
            for command in commands {
                let _ = writeln!(out, "{}", unfilled(command));
            }
            out += ".EE\n.RE\n";
        }
    }
    section(&mut out, "SEE ALSO");
    out += &see_also(program, level);
    out
}

fn section(out: &mut String, name: &str) {
    let _ = writeln!(out, ".SH {name}");
}

fn synopsis(out: &mut String, program: &Program, level: &Level) {
    let call = escape(&level.call());
    if let Some(usage) = &level.usage {
        for (at, line) in usage.lines().enumerate() {
            out.push_str(if at > 0 { ".br\n" } else { "" });
            let (name, rest) = line.trim().split_once(' ').unwrap_or((line, ""));
            let _ = writeln!(out, ".B {}\n{}", escape(name), escape(rest));
        }
        return;
    }
    let _ = writeln!(out, ".SY \"{call}\"");
    for option in &level.options {
        if option.name() == "--help" || option.name() == "--version" {
            continue;
        }
        let required = option.is_required;
        let text = flags_of(option, "|");
        let _ = writeln!(out, "{}", if required { text } else { format!("[{text}]") });
    }
    for operand in &level.operands {
        let name = operand.value.as_ref().map_or("", |value| &value.name);
        let dots = if operand.is_repeatable { " .\\|.\\|." } else { "" };
        let text = format!("\\fI{}\\fR{dots}", escape(name));
        let _ = writeln!(out, "{}", if operand.is_required { text } else { format!("[{text}]") });
    }
    if level.operation.is_none() && level.operands.is_empty() && !program.operations.is_empty() {
        out.push_str("\\fICOMMAND\\fR .\\|.\\|.\n");
    }
    out.push_str(".YS\n");
    if level.operation.is_none() {
        for operation in &program.operations {
            let _ = writeln!(out, ".SY \"{}\"\n.RI [ option ]\n\\&.\\|.\\|.\n.YS", escape(&operation.call()));
        }
    }
}

/// `-o, --output FILE`, in roff.
fn flags_of(option: &Choice, separator: &str) -> String {
    let flags: Vec<_> = option.flags.iter().map(|flag| format!("\\fB{}\\fR", escape(flag))).collect();
    let flags = flags.join(separator);
    match &option.value {
        None => flags,
        Some(value) if value.is_optional => format!("{flags}[=\\fI{}\\fR]", escape(&value.name)),
        // The value stays on the line of its option.
        Some(value) => format!("{flags}\\ \\fI{}\\fR", escape(&value.name)),
    }
}

fn options(out: &mut String, level: &Level) {
    section(out, "OPTIONS");
    let mut headings = vec![None];
    for option in &level.options {
        if !headings.contains(&option.heading.as_deref()) {
            headings.push(option.heading.as_deref());
        }
    }
    for heading in headings {
        if let Some(heading) = heading {
            let _ = writeln!(out, ".SS {heading}");
        }
        for option in level.options.iter().filter(|option| option.heading.as_deref() == heading) {
            let _ = writeln!(out, ".TP\n{}\n{}", flags_of(option, ", "), fill(&sentence_of(option)));
            let words =
                option.value.iter().filter(|value| value.words_are_listed).flat_map(|value| &value.words);
            let explained: Vec<_> = words.filter(|(_, help)| !help.is_empty()).collect();
            if !explained.is_empty() {
                out.push_str(".RS\n");
                for (name, help) in explained {
                    let _ = writeln!(out, ".TP\n.B {}\n{}", escape(name), fill(help));
                }
                out.push_str(".RE\n");
            }
        }
    }
}

/// The help, with the default and the words that have no line of their own.
fn sentence_of(option: &Choice) -> String {
    let default = option.default.iter().map(|default| format!("default: {default}"));
    let words = option.value.iter().filter(|value| value.words_are_listed).flat_map(|value| &value.words);
    let words: Vec<_> = words.filter(|(_, help)| help.is_empty()).map(|(name, _)| name.as_str()).collect();
    let words = (!words.is_empty()).then(|| format!("one of {}", words.join(", ")));
    let facts: Vec<_> = default.chain(words).collect();
    if facts.is_empty() { option.help.clone() } else { format!("{} [{}]", option.help, facts.join("; ")) }
}

/// A section of variables or files, for those options that the level or, on the program's own page, an operation has.
fn table(out: &mut String, title: &str, rows: &[(&str, &str, &str)], program: &Program, level: &Level) {
    let has = |level: &Level, flag: &str| {
        level.options.iter().any(|option| option.flags.iter().any(|name| name == flag))
    };
    let is_top = level.operation.is_none();
    let wanted =
        |flag: &str| has(level, flag) || (is_top && program.operations.iter().any(|level| has(level, flag)));
    // `--key` alone means `module-key sign-prepared`; sign-module has `--resign` too.
    let rows: Vec<_> =
        rows.iter().filter(|(flag, ..)| wanted(flag) && !(*flag == "--key" && wanted("--resign"))).collect();
    if rows.is_empty() {
        return;
    }
    section(out, title);
    for (_, name, text) in rows {
        let _ = writeln!(out, ".TP\n{}\n{}", fill(name), fill(text));
    }
}

fn see_also(program: &Program, level: &Level) -> String {
    let own = program.levels().map(Level::page_name);
    let others = ["sign-module", "verify-module", "module-key", "sign-file"].map(str::to_owned);
    let mut names: Vec<String> = own.chain(others).filter(|name| *name != level.page_name()).collect();
    names.sort();
    names.dedup();
    let mut pages: Vec<(String, u8)> = names.into_iter().map(|name| (name, 1)).collect();
    pages.extend([("openssl-cms".to_owned(), 1), ("modinfo".to_owned(), 8), ("modprobe".to_owned(), 8)]);
    let last = pages.len();
    let lines = pages.iter().enumerate().map(|(at, (name, section))| {
        let comma = if at + 1 < last { " ," } else { "" };
        format!(".BR {} ({section}){}\n", escape(name), comma.replace(' ', ""))
    });
    lines.collect()
}

/// The text after the options of `--help`, by kind.
#[derive(Default)]
struct After {
    /// What they are for, and their lines.
    examples: Vec<(String, Vec<String>)>,
    notes: Vec<String>,
    exits: Vec<(String, String)>,
}

impl After {
    fn of(text: &str) -> Self {
        let mut after = Self::default();
        for block in text.split("\n\n") {
            let lines: Vec<&str> =
                block.lines().filter(|line| !line.is_empty() && *line != "Examples:").collect();
            match lines.first() {
                None => {}
                Some(first) if first.starts_with("Exit codes") => {
                    let rows = lines.iter().skip(1).filter_map(|line| line.trim().split_once("  "));
                    after
                        .exits
                        .extend(rows.map(|(code, meaning)| (code.to_owned(), meaning.trim().to_owned())));
                }
                Some(first) if first.starts_with(' ') => {
                    let (commands, words): (Vec<&str>, Vec<&str>) =
                        lines.iter().partition(|line| line.starts_with("    "));
                    let words = words.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
                    let commands = commands.iter().filter_map(|line| line.get(4..)).map(str::to_owned);
                    after.examples.push((words, commands.collect()));
                }
                Some(_) => after.notes.push(lines.join(" ")),
            }
        }
        after
    }
}

/// Running text, in lines of at most [`LINE`] bytes if no word is longer.
fn fill(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace().map(escape) {
        match lines.last_mut() {
            Some(line) if line.len() + 1 + word.len() <= LINE => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    let guarded =
        lines.into_iter().map(|line| if line.starts_with('.') { format!("\\&{line}") } else { line });
    guarded.collect::<Vec<_>>().join("\n")
}

/// A line that is not filled. A long one continues after a backslash at the end of the line, which prints nothing.
fn unfilled(text: &str) -> String {
    let mut out = String::new();
    let mut length = 0;
    for (at, part) in text.split(' ').map(escape).enumerate() {
        if at > 0 {
            out.push(' ');
            length += 1;
        }
        if length > 0 && length + part.len() + 2 > LINE {
            out.push_str("\\\n");
            length = 0;
        }
        length += part.len();
        out.push_str(&part);
    }
    if out.starts_with('.') { format!("\\&{out}") } else { out }
}

/// The text with what is special in roff escaped, so that it can be copied from the page.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '\\' => out.push_str("\\e"),
            '-' => out.push_str("\\-"),
            '\'' => out.push_str("\\(aq"),
            '"' => out.push_str("\\(dq"),
            '`' => out.push_str("\\(ga"),
            '^' => out.push_str("\\(ha"),
            '~' => out.push_str("\\(ti"),
            letter if letter.is_ascii() => out.push(letter),
            letter => {
                let _ = write!(out, "\\[u{:04X}]", u32::from(letter));
            }
        }
    }
    out
}
