//! A SEQUENCE of two INTEGERs, as Linux reads an RSA key and an ECDSA signature.

use super::Errno;
use super::ber::{self, Reader, Seen};
use super::grammar::{Number, TWO_NUMBERS};

/// A SEQUENCE of two INTEGERs, and Linux's check of each.
pub(super) struct TwoNumbers<'a, F> {
    data: &'a [u8],
    /// Returns the number as Linux uses it. The second argument is the first number; `None` while the first is read.
    check: F,
    first: Option<&'a [u8]>,
    second: Option<&'a [u8]>,
}

impl<'a, F> TwoNumbers<'a, F>
where
    F: Fn(&'a [u8], Option<&'a [u8]>) -> Result<&'a [u8], Errno>,
{
    /// Reads both; bytes may follow.
    pub(super) fn read(data: &'a [u8], check: F) -> Result<(&'a [u8], &'a [u8]), Errno> {
        let mut numbers = Self { data, check, first: None, second: None };
        ber::walk(data, &TWO_NUMBERS, &mut numbers)?;
        // The grammar requires both, so a complete walk has read them.
        numbers.first.zip(numbers.second).ok_or(Errno::EBADMSG)
    }
}

impl<'a, F> Reader for TwoNumbers<'a, F>
where
    F: Fn(&'a [u8], Option<&'a [u8]>) -> Result<&'a [u8], Errno>,
{
    type Action = Number;

    fn act(&mut self, action: Number, seen: Seen) -> Result<(), Errno> {
        let number = (self.check)(seen.value(self.data), self.first)?;
        match action {
            Number::First => self.first = Some(number),
            Number::Second => self.second = Some(number),
        }
        Ok(())
    }
}
