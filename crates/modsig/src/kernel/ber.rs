//! Reads BER as Linux does: driven by a grammar, with the deviations of `lib/asn1_decoder.c`.
//!
//! The deviations decide which unusual messages load, so this reader reproduces everything observable:
//!
//! - A length has at most two octets after the first and need not be the shortest. A tag has one octet.
//! - A constructed element of the grammar may lack the constructed bit; a primitive element must not have it.
//! - An element of indefinite length does not limit its contents: until its end-of-contents octets, the reader uses the
//!   end of the enclosing element. So an optional element of any type consumes these octets.
//! - Optional elements are skipped at the end of the enclosing element. A choice that is there without any of its
//!   alternatives counts as made if the last element looked for was found.
//! - Bytes after the outermost element are ignored.
//!
//! The recursion depth is that of the grammar: no input causes deeper recursion.

use super::Errno;

/// One step of a grammar. `A` names the reader's actions.
pub(super) enum Step<A: 'static> {
    /// An element.
    Take(Take<A>),
    /// An action on the element read last.
    Act(A),
    /// An action on the element read last, if the step before called its rule.
    ActIfJustRead(A),
    /// The end of a choice: one of its alternatives must have been found.
    OneOf,
}

/// An element that the grammar expects.
pub(super) struct Take<A: 'static> {
    /// The identifier octet; `None` for any.
    pub(super) tag: Option<u8>,
    pub(super) when: When,
    /// What to do with it, for an element that is not walked.
    pub(super) act: Option<A>,
    /// The rule for its contents, for an element that is walked.
    pub(super) inside: Option<&'static Inside<A>>,
}

/// Whether an element is required.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    Required,
    /// Optional, or the first alternative of a choice.
    Optional,
    /// A further alternative: tried only if no earlier one was found.
    Otherwise,
}

/// The contents of a constructed element.
pub(super) struct Inside<A: 'static> {
    pub(super) steps: &'static [Step<A>],
    /// The steps repeat until the contents end (SET OF, SEQUENCE OF), at least once.
    pub(super) many: bool,
    /// The contents are a separate rule that the grammar calls: after it, the element counts as just read.
    pub(super) called: bool,
    /// The action at its end.
    pub(super) act_at_end: Option<A>,
}

/// Where the last element is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    /// The identifier octet of the last element read.
    pub(super) tag: u8,
    /// Length of identifier and length octets.
    pub(super) header: usize,
    /// Offset of the contents.
    pub(super) start: usize,
    /// Length of the contents. Includes the end-of-contents octets for an element of any type.
    pub(super) len: usize,
}

impl Seen {
    /// The contents. Always within `data`, because the walk has read them.
    pub(super) fn value<'a>(&self, data: &'a [u8]) -> &'a [u8] {
        data.get(self.start..self.start + self.len).unwrap_or_default()
    }

    /// The contents with identifier and length octets.
    pub(super) fn whole<'a>(&self, data: &'a [u8]) -> &'a [u8] {
        data.get(self.start.saturating_sub(self.header)..self.start + self.len).unwrap_or_default()
    }
}

/// Performs the actions of a grammar.
pub(super) trait Reader {
    type Action: Copy + 'static;

    /// Performs one action; an error ends the walk and is Linux's error.
    fn act(&mut self, action: Self::Action, seen: Seen) -> Result<(), Errno>;
}

/// The longest message that Linux reads, in bytes.
const MAX_LEN: usize = 65_535;

/// Walks `data` by a grammar.
///
/// # Errors
/// EMSGSIZE if it is too long, EBADMSG if it does not match the grammar, or the error of an action.
pub(super) fn walk<R: Reader>(
    data: &[u8],
    grammar: &'static [Step<R::Action>],
    reader: &mut R,
) -> Result<(), Errno> {
    if data.len() > MAX_LEN {
        return Err(Errno::EMSGSIZE);
    }
    let mut walker = Walker {
        data,
        at: 0,
        end: data.len(),
        matched: false,
        just_read: false,
        seen: Seen::default(),
        reader,
    };
    walker.steps(grammar)
}

/// Malformed: the walk gives no further detail.
const MALFORMED: Errno = Errno::EBADMSG;

struct Walker<'d, 'r, R> {
    data: &'d [u8],
    at: usize,
    /// Where the innermost element of definite length ends.
    end: usize,
    /// The last element looked for was found.
    matched: bool,
    /// A called rule was just read.
    just_read: bool,
    seen: Seen,
    reader: &'r mut R,
}

impl<R: Reader> Walker<'_, '_, R> {
    fn steps(&mut self, steps: &'static [Step<R::Action>]) -> Result<(), Errno> {
        for step in steps {
            match step {
                Step::Take(take) => self.take(take)?,
                Step::Act(action) => self.reader.act(*action, self.seen)?,
                Step::ActIfJustRead(action) if self.just_read => self.reader.act(*action, self.seen)?,
                Step::ActIfJustRead(_) => {}
                Step::OneOf if self.matched => {}
                Step::OneOf => return Err(MALFORMED),
            }
        }
        Ok(())
    }

    fn left(&self) -> usize {
        self.end.saturating_sub(self.at)
    }

    fn octet(&mut self) -> Result<u8, Errno> {
        let octet = *self.data.get(self.at).ok_or(MALFORMED)?;
        self.at += 1;
        Ok(octet)
    }

    fn take(&mut self, take: &'static Take<R::Action>) -> Result<(), Errno> {
        if (take.when == When::Otherwise && self.matched)
            || (take.when != When::Required && self.at == self.end)
        {
            self.just_read = false;
            return Ok(());
        }
        (self.matched, self.just_read) = (false, false);
        self.seen.header = 2;
        if self.left() < 2 {
            return Err(MALFORMED);
        }
        let tag = self.octet()?;
        self.seen.tag = tag;
        if tag & 0x1f == 0x1f {
            return Err(MALFORMED);
        }
        // If the grammar has the "constructed" bit set, it is not compared.
        let differs = |wanted: u8| (wanted ^ tag) & !(wanted & CONSTRUCTED) != 0;
        if take.tag.is_some_and(differs) {
            if take.when == When::Required {
                return Err(MALFORMED);
            }
            self.at -= 1;
            return Ok(());
        }
        self.matched = true;
        let length = self.length(tag)?;
        match take.inside {
            Some(inside) => self.inside(inside, length),
            None => self.leaf(take.act, length),
        }
    }

    /// The length; `None` if it is indefinite.
    fn length(&mut self, tag: u8) -> Result<Option<usize>, Errno> {
        let first = self.octet()?;
        let length = match first {
            0..=0x7f => usize::from(first),
            0x80 if tag & CONSTRUCTED == 0 || self.left() < 2 => return Err(MALFORMED),
            0x80 => return Ok(None),
            0x81 | 0x82 => {
                let octets = usize::from(first & 0x7f);
                if octets > self.left() {
                    return Err(MALFORMED);
                }
                self.seen.header += octets;
                let mut length = 0;
                for _ in 0..octets {
                    length = length << 8 | usize::from(self.octet()?);
                }
                length
            }
            _ => return Err(MALFORMED),
        };
        if length > self.left() { Err(MALFORMED) } else { Ok(Some(length)) }
    }

    /// An element that is not walked.
    fn leaf(&mut self, act: Option<R::Action>, length: Option<usize>) -> Result<(), Errno> {
        let length = match length {
            Some(length) => length,
            None => indefinite_len(self.data.get(self.at..self.end).unwrap_or_default())?,
        };
        (self.seen.start, self.seen.len) = (self.at, length);
        if let Some(action) = act {
            self.reader.act(action, self.seen)?;
        }
        self.at += length;
        Ok(())
    }

    fn inside(&mut self, inside: &'static Inside<R::Action>, length: Option<usize>) -> Result<(), Errno> {
        let (start, header, around) = (self.at, self.seen.header, self.end);
        if let Some(length) = length {
            (self.seen.start, self.seen.len) = (start, length);
            self.end = start + length;
        } else {
            (self.seen.start, self.seen.len) = (start, 0x80);
        }
        let len = loop {
            self.steps(inside.steps)?;
            match length {
                Some(length) if self.at == self.end => break length,
                Some(_) if self.at < self.end && inside.many => {}
                Some(_) => return Err(MALFORMED),
                None => match self.data.get(self.at..self.end).unwrap_or_default() {
                    [0, 0, ..] => {
                        self.at += 2;
                        break self.at - start - 2;
                    }
                    [0, _, ..] | [] | [_] => return Err(MALFORMED),
                    _ if inside.many => {}
                    _ => return Err(MALFORMED),
                },
            }
        };
        self.end = around;
        (self.seen.start, self.seen.header, self.seen.len) = (start, header, len);
        if let Some(action) = inside.act_at_end {
            // An action at the end gets tag 0.
            self.reader.act(action, Seen { tag: 0, ..self.seen })?;
        }
        if inside.called {
            (self.matched, self.just_read) = (true, true);
        }
        Ok(())
    }
}

const CONSTRUCTED: u8 = 0x20;

/// The length of the contents of an element of indefinite length and any type, with its end-of-contents octets. `data`
/// starts with the contents and ends where the enclosing element ends.
fn indefinite_len(data: &[u8]) -> Result<usize, Errno> {
    let mut at = 0_usize;
    let mut open = 1_usize;
    let octet = |at: &mut usize| -> Result<u8, Errno> {
        let octet = *data.get(*at).ok_or(MALFORMED)?;
        *at += 1;
        Ok(octet)
    };
    loop {
        let tag = octet(&mut at)?;
        if tag == 0 {
            if octet(&mut at)? != 0 {
                return Err(MALFORMED);
            }
            open -= 1;
            if open == 0 {
                return Ok(at);
            }
            continue;
        }
        if tag & 0x1f == 0x1f {
            // Only here does the decoder skip tags of several octets.
            while octet(&mut at)? & 0x80 != 0 {}
        }
        let first = octet(&mut at)?;
        let length = match first {
            0..=0x7f => u64::from(first),
            0x80 if tag & CONSTRUCTED == 0 => return Err(MALFORMED),
            0x80 => {
                open += 1;
                continue;
            }
            // Up to seven octets: the size of `size_t` minus one.
            0x81..=0x87 => {
                let mut length = 0_u64;
                for _ in 0..first & 0x7f {
                    length = length << 8 | u64::from(octet(&mut at)?);
                }
                length
            }
            _ => return Err(MALFORMED),
        };
        match usize::try_from(length) {
            Ok(length) if length <= data.len() - at => at += length,
            _ => return Err(MALFORMED),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kills: a tag of several octets that ends early or late.
    #[test]
    fn long_tags_in_an_element_of_any_type() {
        for (contents, expected) in [
            (&[0x1f, 0x81, 0x01, 0, 0, 0][..], Ok(6)),
            (&[0x1f, 0x01, 1, 0xff, 0, 0], Ok(6)),
            (&[0x3f, 0x81, 0x80, 0x01, 0x80, 0, 0, 0, 0], Ok(9)),
            (&[0x1f, 0x81], Err(MALFORMED)),
        ] {
            assert_eq!(indefinite_len(contents), expected, "{contents:x?}");
        }
    }
}
