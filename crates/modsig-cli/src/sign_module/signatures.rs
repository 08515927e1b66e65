//! The signatures that a file carries already.

use crate::decisions::trailer_failure;
use crate::exit::Exit;
use crate::failure::Failure;
use modsig::trailer::{Split, Unsigned, split};

/// A file, and how much of it is the module itself.
pub(super) struct Peeled<'a> {
    /// The module without any signature: what its compiler wrote.
    pub(super) module: &'a [u8],
    /// What the outermost signature is over, and its CMS: what Linux looks at.
    pub(super) outermost: Option<(&'a [u8], &'a [u8])>,
    /// How many signatures there are, one upon the other.
    pub(super) count: usize,
}

/// Looks under all signatures of a file.
///
/// # Errors
/// [`Exit::Malformed`] if there is half a signature, of unknown length, or a trailer that Linux refuses.
pub(super) fn peel(file: &[u8]) -> Result<Peeled<'_>, Failure> {
    let mut peeled = Peeled { module: file, outermost: None, count: 0 };
    loop {
        match split(peeled.module).map_err(|error| trailer_failure(&error))? {
            Split::Unsigned(Unsigned::NoMarker | Unsigned::Empty) => return Ok(peeled),
            Split::Unsigned(remains) => {
                let advice = "get the module again as it was before it was signed";
                return Err(Failure::new(Exit::Malformed, remains.to_string(), advice));
            }
            Split::Signed(signed) => {
                peeled.outermost.get_or_insert((signed.module, signed.cms));
                peeled.count += 1;
                peeled.module = signed.module;
            }
        }
    }
}
