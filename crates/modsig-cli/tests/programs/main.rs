//! Drives the three programs as a person does: real processes, real files, real modules.

mod bad_input;
mod bad_keys;
mod certificate_fates;
mod certify;
mod compressed;
mod elsewhere;
mod environment;
mod fixtures;
mod kernels;
mod lab;
mod leftovers;
mod life;
mod listing;
mod machine;
mod many;
mod module_key;
mod old_keys;
mod operations;
mod origins;
mod pipes;
mod replacing;
mod resign;
mod sign_file;
mod verify;
mod words;
mod wrong_files;
