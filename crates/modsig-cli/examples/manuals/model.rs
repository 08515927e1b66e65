//! A command line as completions and pages need it.

use clap::{Arg, ArgAction, Command};

/// A program: its own options, and its operations.
pub struct Program {
    pub name: String,
    pub top: Level,
    pub operations: Vec<Level>,
}

/// The program without an operation, or one operation.
pub struct Level {
    pub program: String,
    /// `None` for the program itself.
    pub operation: Option<String>,
    pub about: String,
    /// Examples, notes and exit codes, as `--help` prints them.
    pub after: String,
    /// The usage, if it is not made from options and operands.
    pub usage: Option<String>,
    pub options: Vec<Choice>,
    pub operands: Vec<Choice>,
}

/// An option or an operand.
pub struct Choice {
    /// `-o`, `--output`; none for an operand.
    pub flags: Vec<String>,
    pub help: String,
    pub heading: Option<String>,
    pub default: Option<String>,
    pub value: Option<Value>,
    pub is_repeatable: bool,
    pub is_required: bool,
    /// Whether it is also an option of all operations.
    pub is_global: bool,
}

/// The value of an option.
pub struct Value {
    /// `FILE`
    pub name: String,
    /// Written with `=` only, and may be missing.
    pub is_optional: bool,
    /// The names to offer, each with a line of help that may be empty.
    pub words: Vec<(String, String)>,
    pub kind: Kind,
    /// Whether `--help` lists the words.
    pub words_are_listed: bool,
}

/// What a value is, besides its words.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing that a shell could offer.
    Text,
    /// Files with these extensions, without the dot; all files if there are none. Directories lead to them.
    Files(&'static [&'static str]),
    Directory,
    Command,
}

/// The kind of a value by its name.
fn kind_of(name: &str) -> Kind {
    match name {
        "KEY" => Kind::Files(&["pem", "key", "der", "p12", "pfx", "priv"]),
        "CERT" => Kind::Files(&["x509", "pem", "der", "crt", "cer"]),
        "MODULE" => Kind::Files(&["ko", "ko.gz", "ko.xz", "ko.zst"]),
        "SIG" => Kind::Files(&["p7s", "sig"]),
        "PROMPT" => Kind::Files(&["json", "json.gz"]),
        "LIBRARY" => Kind::Files(&["so"]),
        "NAME|FILE" => Kind::Files(&["toml"]),
        "FILE" | "IMAGE" | "PATH" => Kind::Files(&[]),
        "DIR" => Kind::Directory,
        "COMMAND" => Kind::Command,
        _ => Kind::Text,
    }
}

impl Program {
    pub fn new(command: &Command) -> Self {
        let mut command = command.clone();
        command.build();
        let name = command.get_name().to_owned();
        let shown = command
            .get_subcommands()
            .filter(|operation| operation.get_name() != "help" && !operation.is_hide_set());
        let operations =
            shown.map(|operation| Level::new(&name, Some(operation.get_name()), operation)).collect();
        Self { top: Level::new(&name, None, &command), name, operations }
    }

    pub fn levels(&self) -> impl Iterator<Item = &Level> {
        std::iter::once(&self.top).chain(&self.operations)
    }

    /// The flags that may stand before an operation, without values.
    pub fn global_flags(&self) -> Vec<&str> {
        let global = self.top.options.iter().filter(|option| option.is_global && option.value.is_none());
        global.flat_map(|option| &option.flags).map(String::as_str).collect()
    }
}

impl Level {
    fn new(program: &str, operation: Option<&str>, command: &Command) -> Self {
        let text =
            |text: Option<&clap::builder::StyledStr>| text.map(ToString::to_string).unwrap_or_default();
        let (operands, options): (Vec<_>, Vec<_>) =
            command.get_arguments().partition(|arg| arg.is_positional());
        // The operands of sign-file depend on its options: its own text says how.
        let has_usage = operands.iter().any(|operand| operand.is_hide_set());
        let usage = command.clone().render_usage().to_string();
        Self {
            program: program.to_owned(),
            operation: operation.map(str::to_owned),
            about: text(command.get_about()),
            after: text(command.get_after_long_help()),
            usage: has_usage.then(|| usage.trim_start_matches("Usage:").trim().to_owned()),
            options: options.into_iter().filter(|arg| !arg.is_hide_set()).map(Choice::new).collect(),
            operands: operands.into_iter().map(Choice::new).collect(),
        }
    }

    /// `module-key-generate`
    pub fn page_name(&self) -> String {
        self.command("-")
    }

    /// `module-key generate`
    pub fn call(&self) -> String {
        self.command(" ")
    }

    fn command(&self, separator: &str) -> String {
        let operation = self.operation.iter().map(|name| format!("{separator}{name}"));
        std::iter::once(self.program.clone()).chain(operation).collect()
    }

    /// What the modules or files on the command line are.
    pub fn operand_kind(&self) -> Option<Kind> {
        Some(self.operands.first()?.value.as_ref()?.kind)
    }
}

impl Choice {
    fn new(arg: &Arg) -> Self {
        let short = arg.get_short().map(|short| format!("-{short}"));
        let long = arg.get_long().map(|long| format!("--{long}"));
        let default = arg.get_default_values().first().filter(|_| !arg.is_hide_default_value_set());
        let takes_values = arg.get_action().takes_values();
        let several = arg.get_num_args().is_some_and(|range| range.max_values() > 1);
        Self {
            flags: short.into_iter().chain(long).collect(),
            help: match arg.get_id().as_str() {
                "help" => "Print a summary (-h), or everything (--help)".to_owned(),
                _ => arg.get_help().map(ToString::to_string).unwrap_or_default(),
            },
            heading: arg.get_help_heading().map(str::to_owned),
            default: default.filter(|_| takes_values).map(|value| value.to_string_lossy().into_owned()),
            value: takes_values.then(|| Value::new(arg)),
            is_repeatable: several || matches!(arg.get_action(), ArgAction::Append),
            is_required: arg.is_required_set(),
            is_global: arg.is_global_set(),
        }
    }

    /// The help up to its first end, for the menu of a shell.
    pub fn brief(&self) -> &str {
        let ends = [". ", "; ", " [default", " ("].into_iter().filter_map(|end| self.help.find(end));
        ends.min().and_then(|end| self.help.get(..end)).unwrap_or(&self.help)
    }

    /// The longest flag.
    pub fn name(&self) -> &str {
        self.flags.last().map_or("", |flag| flag)
    }
}

impl Value {
    fn new(arg: &Arg) -> Self {
        let name = arg.get_value_names().and_then(|names| names.first()).map(ToString::to_string);
        let name = name.unwrap_or_else(|| arg.get_id().to_string().to_uppercase());
        let words = arg.get_possible_values().into_iter().filter(|value| !value.is_hide_set()).map(|value| {
            let help = value.get_help().map(ToString::to_string).unwrap_or_default();
            (value.get_name().to_owned(), help)
        });
        Self {
            is_optional: arg.get_num_args().is_some_and(|range| range.min_values() == 0),
            words: words.collect(),
            kind: kind_of(&name),
            name,
            words_are_listed: !arg.is_hide_possible_values_set(),
        }
    }

    /// The words alone.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(|(name, _)| name.as_str())
    }
}
