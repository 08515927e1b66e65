//! The result of one file in a few words: a verb, and the words around it.
//!
//! The verb is a value, so that nothing looks for it in the text: a subject may hold the same word.

use crate::ink::Ink;
use std::fmt;

/// `signed by CN=key`, `signature of CN=key attached`: the verb has the colour of the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Phrase {
    before: String,
    is_plan: bool,
    verb: &'static str,
    after: String,
}

impl Phrase {
    /// A verb and what follows, with its space or colon.
    pub(super) fn new(verb: &'static str, after: impl Into<String>) -> Self {
        Self::about(String::new(), verb, after)
    }

    /// A verb between two texts, with their spaces.
    pub(super) fn about(before: impl Into<String>, verb: &'static str, after: impl Into<String>) -> Self {
        Self { before: before.into(), is_plan: false, verb, after: after.into() }
    }

    /// The same as a plan: `would be signed by …`.
    pub(super) fn planned(&self) -> Self {
        Self { is_plan: true, ..self.clone() }
    }

    const fn would_be(&self) -> &'static str {
        if self.is_plan { "would be " } else { "" }
    }

    /// The pieces of the line; the verb has this colour.
    pub(super) fn coloured(&self, ink: Ink) -> [(Ink, String); 3] {
        let verb = format!("{}{}", self.would_be(), self.verb);
        [(Ink::Plain, self.before.clone()), (ink, verb), (Ink::Plain, self.after.clone())]
    }
}

impl fmt::Display for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}{}", self.before, self.would_be(), self.verb, self.after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kills: a colour that is looked up in the text: a line that begins with a verb, and one whose subject holds one.
    #[test]
    fn only_the_verb_has_the_colour() {
        let line = Phrase::about("signed by hand: signature of CN=copied added ", "added", ", signed");
        let pieces = line.coloured(Ink::Good);
        let expected = [
            (Ink::Plain, "signed by hand: signature of CN=copied added "),
            (Ink::Good, "added"),
            (Ink::Plain, ", signed"),
        ];
        assert_eq!(pieces, expected.map(|(ink, text)| (ink, text.to_owned())));
        assert_eq!(line.to_string(), "signed by hand: signature of CN=copied added added, signed");
    }

    /// Kills: a plan that changes the subject instead of the verb, or whose colour leaves out its first words.
    #[test]
    fn a_plan_changes_the_verb() {
        let line =
            Phrase::about("signature of CN=is attached ", "attached", ", in place of another").planned();
        assert_eq!(line.to_string(), "signature of CN=is attached would be attached, in place of another");
        let line = Phrase::new("signed", " by CN=key").planned();
        assert_eq!(line.to_string(), "would be signed by CN=key");
        assert_eq!(line.coloured(Ink::Good).map(|(_, text)| text), ["", "would be signed", " by CN=key"]);
    }
}
