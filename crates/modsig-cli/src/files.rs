//! Files: read whole within a limit, replaced whole or not at all.

mod read;
mod replace;

pub use read::{KEY_LIMIT, MODULE_LIMIT, Source, read_file};
pub use replace::{Place, Staged, stage};
