//! Lines of bounded width, with or without colours. Everything that is written here is made harmless here.

use crate::printable::printable;

pub(super) use crate::ink::Ink;

/// How wide a drawing can be, in characters: the limits of [`Canvas::new`].
pub(super) const NARROWEST: usize = 80;
pub(super) const WIDEST: usize = 120;

/// The most lines of one folded text: a name in a certificate may be as long as its writer likes.
const MOST_FOLDS: usize = 8;

pub(super) struct Canvas {
    coloured: bool,
    /// The longest line, in characters.
    width: usize,
    text: String,
}

impl Canvas {
    /// A canvas for a terminal of this width; one outside of [`NARROWEST`] to [`WIDEST`] is brought inside.
    pub(super) fn new(coloured: bool, columns: usize) -> Self {
        Self { coloured, width: columns.clamp(NARROWEST, WIDEST), text: String::new() }
    }

    /// The longest line, in characters.
    pub(super) const fn width(&self) -> usize {
        self.width
    }

    /// All lines, without the last newline.
    pub(super) fn finish(mut self) -> String {
        self.text.truncate(self.text.trim_end().len());
        self.text
    }

    /// A heading after an empty line.
    pub(super) fn heading(&mut self, text: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.folded(Ink::Heading, 0, text);
    }

    /// One line, cut if it is too long.
    pub(super) fn line(&mut self, ink: Ink, text: &str) {
        self.words(ink, text, "");
    }

    /// One line of two pieces: the first has the ink.
    pub(super) fn words(&mut self, ink: Ink, first: &str, rest: &str) {
        let first = printable(first);
        let len = first.chars().count();
        self.put(ink, &cut(&first, self.width));
        if len < self.width {
            self.put(Ink::Plain, &cut(&printable(rest), self.width - len));
        }
        self.text.push('\n');
    }

    /// A text on several lines, each with this indent.
    pub(super) fn folded(&mut self, ink: Ink, indent: usize, text: &str) {
        let indent = " ".repeat(indent);
        self.hanging(ink, &indent, &indent, text, MOST_FOLDS);
    }

    /// A text on one to `most` lines: the first begins with `first`, the others with `other`. Returns how many.
    pub(super) fn hanging(&mut self, ink: Ink, first: &str, other: &str, text: &str, most: usize) -> usize {
        let text = printable(text);
        let most = most.clamp(1, MOST_FOLDS);
        let (mut rest, mut start) = (text.as_str(), first);
        for fold in 1..=most {
            let room = self.width.saturating_sub(start.chars().count()).max(1);
            // Two for the ellipsis of the last line.
            let room = if fold == most && rest.chars().count() > room {
                room.saturating_sub(2).max(1)
            } else {
                room
            };
            let (line, after) = fold_at(rest, room);
            let more = if fold == most && !after.is_empty() { " …" } else { "" };
            self.line(ink, &format!("{start}{line}{more}"));
            if after.is_empty() {
                return fold;
            }
            (rest, start) = (after, other);
        }
        most
    }

    /// A part of the file: where it begins, what it is, how long it is.
    pub(super) fn part(&mut self, offset: usize, edge: char, name: &str, len: usize) {
        let dots = ".".repeat(44_usize.saturating_sub(name.chars().count()));
        self.words(Ink::Heading, &format!("{offset:>8} {edge} {name} "), &format!("{dots} {len} bytes"));
    }

    /// A remark below a part.
    pub(super) fn aside(&mut self, text: &str) {
        self.hanging(Ink::Faint, "         │   ", "         │     ", text, MOST_FOLDS);
    }

    fn put(&mut self, ink: Ink, text: &str) {
        ink.write(text, self.coloured, &mut self.text);
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

    /// Kills: a line that the terminal wraps, a width that nothing bounds.
    #[test]
    fn lines_are_bounded_and_harmless() {
        for (columns, width) in [(0, 80), (80, 80), (97, 97), (120, 120), (usize::MAX, 120)] {
            let mut canvas = Canvas::new(false, columns);
            canvas.heading("one");
            canvas.line(Ink::Bad, &"é\x1b[2J\n".repeat(1000));
            canvas.folded(Ink::Good, 20, &"word ".repeat(1000));
            canvas.folded(Ink::Good, 90, &"x".repeat(10_000));
            canvas.words(Ink::Good, &"a".repeat(width - 1), "bcd");
            canvas.part(7, '┌', &"p".repeat(200), 1);
            let text = canvas.finish();
            assert!(text.lines().all(|line| line.chars().count() <= width), "{text}");
            assert!(text.lines().any(|line| line.chars().count() == width), "{text}");
            assert!(!text.contains('\x1b'));
            assert_eq!(text.lines().count(), 1 + 1 + MOST_FOLDS + MOST_FOLDS + 1 + 1);
        }
    }

    /// Kills: an ellipsis where nothing is left out, words that are lost between two lines, more lines than asked for.
    #[test]
    fn a_text_hangs_below_its_beginning() {
        let drawn = |text: &str, most| {
            let mut canvas = Canvas::new(false, 80);
            let lines = canvas.hanging(Ink::Plain, &"=".repeat(70), &" ".repeat(72), text, most);
            let text = canvas.finish();
            assert_eq!(lines, text.lines().count());
            text.lines().map(|line| line.trim_start_matches(['=', ' ']).to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(drawn("0123456789", 8), ["0123456789"]);
        assert_eq!(drawn("a longer text", 8), ["a longer", "text"]);
        assert_eq!(drawn("a longer text", 1), ["a longer …"]);
        assert_eq!(drawn("a longer text of words", 2), ["a longer", "text …"]);
        assert_eq!(drawn("", 0), [""]);
    }

    #[test]
    fn colours_are_where_they_are_asked_for() {
        let draw = |coloured| {
            let mut canvas = Canvas::new(coloured, 80);
            canvas.words(Ink::Bad, "bad", " and plain");
            canvas.finish()
        };
        assert_eq!(draw(false), "bad and plain");
        assert_eq!(draw(true), "\x1b[31mbad\x1b[0m and plain");
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
