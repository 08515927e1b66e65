//! Files: finds modules, reads files within limits, unpacks and packs modules, replaces a file completely or not at all.

mod compression;
mod folder;
mod inputs;
mod leftovers;
mod module_file;
mod read;
mod replace;
mod root;
mod stream;
mod trailing;

pub use compression::{Compression, compression_of, pack, unpack};
pub use folder::{CleanupReport, remove_leftovers};
pub use inputs::{Input, Inputs, is_module_name};
pub use leftovers::clean_up;
pub use module_file::{
    ModuleFile, NotRead, Packed, TrailingSignatures, companion_path, read_module, read_module_or_file,
    read_module_within,
};
pub use read::{KEY_LIMIT, Links, MODULE_LIMIT, Source, read_file, read_file_with};
pub use replace::{Durability, Place, Staged, already_exists, check_place, publish_all, stage};
pub use root::{Entry, Kind, Root};
pub use stream::{read_stream, read_stream_with_mode};
