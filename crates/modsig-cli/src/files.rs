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

pub use compression::{Compression, compression_of, pack, unpack};
pub use folder::{Swept, sweep_leftovers};
pub use inputs::{Input, Inputs};
pub use leftovers::clear_up;
pub use module_file::{
    Behind, ModuleFile, NotRead, Packed, beside, read_module, read_module_or_file, read_module_within,
};
pub use read::{KEY_LIMIT, MODULE_LIMIT, Source, read_file};
pub use replace::{Place, Staged, publish_all, publish_all_unsynced, stage, stage_unsynced};
pub use stream::read_stream;
