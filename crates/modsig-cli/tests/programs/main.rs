//! Drives the three programs as a person does: real processes, real files, real modules.

mod bad_input;
mod bad_keys;
mod environment;
mod fixtures;
mod lab;
mod life;
mod module_key;
mod replacing;
mod sign_file;
mod words;
