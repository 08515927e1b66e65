//! Lines of bounded width, with or without colours. Everything that is written here is made harmless here.

use super::Style;
use crate::printable::printable;

pub(super) use crate::ink::Ink;

/// The longest line, in characters.
pub(super) const WIDTH: usize = 110;

/// The most lines of one folded text: a name in a certificate may be as long as its writer likes.
const MOST_FOLDS: usize = 8;

pub(super) struct Canvas {
    style: Style,
    text: String,
}

impl Canvas {
    pub(super) const fn new(style: Style) -> Self {
        Self { style, text: String::new() }
    }

    /// All lines, without the last newline.
    pub(super) fn finish(mut self) -> String {
        self.text.truncate(self.text.trim_end().len());
        self.text
    }

    /// A line after an empty one.
    pub(super) fn heading(&mut self, text: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.line(Ink::Heading, text);
    }

    /// One line, cut if it is too long.
    pub(super) fn line(&mut self, ink: Ink, text: &str) {
        self.words(ink, text, "");
    }

    /// One line of two pieces: the first has the ink.
    pub(super) fn words(&mut self, ink: Ink, first: &str, rest: &str) {
        let first = printable(first);
        let len = first.chars().count();
        self.put(ink, &cut(&first, WIDTH));
        if len < WIDTH {
            self.put(Ink::Plain, &cut(&printable(rest), WIDTH - len));
        }
        self.text.push('\n');
    }

    /// A text on several lines, each with this indent.
    pub(super) fn folded(&mut self, ink: Ink, indent: usize, text: &str) {
        let text = printable(text);
        let mut rest = text.as_str();
        for fold in 1..=MOST_FOLDS {
            // Two for the ellipsis of the last line.
            let (line, after) = fold_at(rest, WIDTH - indent - 2);
            let more = if fold == MOST_FOLDS && !after.is_empty() { " …" } else { "" };
            self.line(ink, &format!("{:indent$}{line}{more}", ""));
            if after.is_empty() {
                return;
            }
            rest = after;
        }
    }

    /// A part of the file: where it begins, what it is, how long it is.
    pub(super) fn part(&mut self, offset: usize, edge: char, name: &str, len: usize) {
        let dots = ".".repeat(44_usize.saturating_sub(name.chars().count()));
        self.words(Ink::Heading, &format!("{offset:>8} {edge} {name} "), &format!("{dots} {len} bytes"));
    }

    /// A remark below a part.
    pub(super) fn aside(&mut self, text: &str) {
        self.line(Ink::Faint, &format!("         │   {text}"));
    }

    fn put(&mut self, ink: Ink, text: &str) {
        ink.write(text, self.style == Style::Coloured, &mut self.text);
    }
}

/// The first `most` characters, the last of them an ellipsis if there are more.
pub(super) fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(most.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

/// A line of at most `most` characters, broken at a space if there is one in its second half, and what follows it.
fn fold_at(text: &str, most: usize) -> (&str, &str) {
    let Some((end, _)) = text.char_indices().nth(most) else { return (text, "") };
    let (line, rest) = text.split_at(end);
    match line.rsplit_once(' ').filter(|(before, _)| before.len() > most / 2) {
        Some((before, _)) => (before, text.get(before.len() + 1..).unwrap_or(rest)),
        None => (line, rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_bounded_and_harmless() {
        let mut canvas = Canvas::new(Style::Plain);
        canvas.heading("one");
        canvas.line(Ink::Bad, &"é\x1b[2J\n".repeat(1000));
        canvas.folded(Ink::Good, 20, &"word ".repeat(1000));
        canvas.folded(Ink::Good, 90, &"x".repeat(10_000));
        canvas.words(Ink::Good, &"a".repeat(WIDTH - 1), "bcd");
        canvas.part(7, '┌', &"p".repeat(200), 1);
        let text = canvas.finish();
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert!(!text.contains('\x1b'));
        assert_eq!(text.lines().count(), 1 + 1 + MOST_FOLDS + MOST_FOLDS + 1 + 1);
    }

    #[test]
    fn colours_are_where_they_are_asked_for() {
        let draw = |style| {
            let mut canvas = Canvas::new(style);
            canvas.words(Ink::Bad, "bad", " and plain");
            canvas.finish()
        };
        assert_eq!(draw(Style::Plain), "bad and plain");
        assert_eq!(draw(Style::Coloured), "\x1b[31mbad\x1b[0m and plain");
    }

    #[test]
    fn folding_loses_no_word() {
        let text = "one two three four five six seven eight nine ten";
        let mut rest = text;
        let mut words = Vec::new();
        while !rest.is_empty() {
            let (line, after) = fold_at(rest, 12);
            assert!(line.len() <= 12);
            words.extend(line.split(' '));
            rest = after;
        }
        assert_eq!(words.join(" "), text);
    }
}
