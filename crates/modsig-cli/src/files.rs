//! Files: found, read whole within a limit, replaced whole or not at all. Modules come unpacked and go packed.

mod behind;
mod compression;
mod folder;
mod inputs;
mod leftovers;
mod module_file;
mod read;
mod replace;
mod stream;

pub use behind::read_module_without_signatures_behind;
pub use compression::Compression;
pub use folder::{Swept, sweep_leftovers};
pub use inputs::{Input, Inputs};
pub use leftovers::clear_up;
pub use module_file::{ModuleFile, beside, read_module};
pub use read::{KEY_LIMIT, MODULE_LIMIT, Source, read_file};
pub use replace::{Place, Staged, publish_all, publish_all_unsynced, stage, stage_unsynced};
pub use stream::read_stream;
