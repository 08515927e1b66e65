//! Command lines: each is understood, or help, or an error that is told shortly with the exit code 2.

use crate::claims::claim;
use crate::question;
use clap::error::Error;
use clap::{ArgMatches, Command};
use std::cell::RefCell;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

/// What is claimed.
pub const CLAIMS: &[&str] = &[
    "command line: help ends with 0 on standard output, an error with 2 on standard error",
    "command line: what is printed is short",
    "command line: asked again, it is understood the same",
    "command line: options that exclude each other are not taken together",
    "command line: behind -- all is an operand, byte for byte",
];

/// It alone; once more, of a command that is made anew; with `--` and an operand behind it.
pub const QUESTIONS: u8 = 3;

/// The longest input, in bytes: some twenty options.
pub const MAX_LEN: usize = 300;

/// The programs.
pub const PROGRAMS: [fn() -> Command; 4] = [
    modsig_cli::sign_module::command,
    modsig_cli::verify_module::command,
    modsig_cli::module_key::command,
    modsig_cli::sign_file::command,
];

/// Of each program: what it does not take together. `-q` and `-v` before and behind a verb are not in it: clap does not
/// see that (`-q` wins).
const EXCLUSIVE: [&[[&str; 2]]; 4] = [
    &[
        ["strip", "extract"],
        ["strip", "attach"],
        ["attach", "extract"],
        ["detached", "strip"],
        ["detached", "attach"],
        ["detached", "extract"],
        ["quiet", "verbose"],
    ],
    &[
        ["explain", "json"],
        ["explain", "quiet"],
        ["json", "quiet"],
        ["json", "verbose"],
        ["quiet", "verbose"],
    ],
    &[],
    &[],
];

/// The operand that is put behind `--`: what an option looks like, and no UTF-8.
const OPERAND: &[u8] = b"--help\xff";

thread_local! {
    static COMMANDS: RefCell<Vec<Command>> = RefCell::new(PROGRAMS.iter().map(|program| program()).collect());
}

/// The question; a byte for the program; then its arguments, one a line.
pub fn run(data: &[u8]) {
    let Some((question, data)) = question(data, QUESTIONS) else { return };
    let Some((program, text)) = data.split_first() else { return };
    let program = usize::from(*program) % PROGRAMS.len();
    let mut arguments = vec![OsString::from("program")];
    let given = text.split(|byte| matches!(byte, b'\n' | 0)).map(|line| OsStr::from_bytes(line).to_owned());
    arguments.extend(given);
    let answer = ask(program, &arguments);
    match question {
        0 => check(program, text.len(), &answer),
        1 => {
            let anew = PROGRAMS[program]().try_get_matches_from(&arguments);
            claim("command line: asked again, it is understood the same", told(&answer) == told(&anew));
        }
        _ => {
            if let Ok(matches) = &answer
                && takes_operands(program, matches)
            {
                if !arguments.iter().any(|argument| argument == "--") {
                    arguments.push("--".into());
                }
                arguments.push(OsStr::from_bytes(OPERAND).to_owned());
                let kept =
                    ask(program, &arguments).is_ok_and(|matches| last_operand(&matches) == Some(OPERAND));
                claim("command line: behind -- all is an operand, byte for byte", kept);
            }
        }
    }
}

fn ask(program: usize, arguments: &[OsString]) -> Result<ArgMatches, Error> {
    COMMANDS.with_borrow_mut(|commands| commands[program].try_get_matches_from_mut(arguments))
}

fn told(answer: &Result<ArgMatches, Error>) -> String {
    match answer {
        Ok(matches) => format!("{matches:?}"),
        Err(error) => error.render().to_string(),
    }
}

fn check(program: usize, len: usize, answer: &Result<ArgMatches, Error>) {
    match answer {
        Ok(matches) => {
            let both = |pair: &[&str; 2]| pair.iter().all(|name| matches.get_flag(name));
            let none = !EXCLUSIVE[program].iter().any(both);
            claim("command line: options that exclude each other are not taken together", none);
        }
        Err(error) => {
            let code = if error.use_stderr() { 2 } else { 0 };
            claim(
                "command line: help ends with 0 on standard output, an error with 2 on standard error",
                error.exit_code() == code,
            );
            // An error repeats what is wrong, and a byte that is no UTF-8 becomes three.
            let most = if error.use_stderr() { 4096 + 4 * len } else { 16 << 10 };
            claim(
                "command line: what is printed is short",
                (1..=most).contains(&error.render().to_string().len()),
            );
        }
    }
}

/// The ids of operands that may be many, in all programs and verbs.
const OPERANDS: [&str; 3] = ["modules", "operands", "files"];

/// The verb's matches, or the program's if there is none.
fn innermost(mut matches: &ArgMatches) -> &ArgMatches {
    while let Some((_, inside)) = matches.subcommand() {
        matches = inside;
    }
    matches
}

fn takes_operands(program: usize, matches: &ArgMatches) -> bool {
    COMMANDS.with_borrow(|commands| {
        let (mut command, mut matches) = (&commands[program], matches);
        while let Some((name, inside)) = matches.subcommand() {
            let Some(verb) = command.find_subcommand(name) else { return false };
            (command, matches) = (verb, inside);
        }
        command.get_positionals().any(|operand| OPERANDS.contains(&operand.get_id().as_str()))
    })
}

fn last_operand(matches: &ArgMatches) -> Option<&[u8]> {
    let matches = innermost(matches);
    let operands = OPERANDS.iter().find_map(|name| matches.try_get_raw(name).ok().flatten());
    operands?.next_back().map(OsStr::as_bytes)
}
