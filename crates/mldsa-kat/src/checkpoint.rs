//! The checkpoint of a set in its file.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use mldsa::dynamic::Parameters;
use mldsa_kat::accumulated::{State, checkpoint};
use mldsa_kat::document::About;
use mldsa_kat::error::Error;
use mldsa_kat::input;

use crate::files::replace;

/// The time between two checkpoints.
const INTERVAL: Duration = Duration::from_secs(60);

/// The file of one set.
pub(crate) struct Checkpoint {
    path: PathBuf,
    set: Parameters,
    made_by: String,
    saved: Instant,
}

impl Checkpoint {
    /// `ML-DSA-44.json` and the like in `folder`, which is made if it is missing.
    pub(crate) fn new(folder: &Path, set: Parameters, about: &About) -> Result<Self, Error> {
        std::fs::create_dir_all(folder).map_err(Error::io(folder))?;
        let commit = about.commit.unwrap_or("not recorded");
        let made_by = format!("mldsa-kat {}, commit {commit}, back end {}", about.version, about.back_end);
        Ok(Self { path: folder.join(format!("{set}.json")), set, made_by, saved: Instant::now() })
    }

    /// How far an earlier run came; the beginning if there is no file.
    pub(crate) fn read(&self, iterations: u64) -> Result<State, Error> {
        match input::read(&self.path) {
            Ok(text) => checkpoint::read(&text, self.set, &self.made_by, iterations)
                .map_err(Error::malformed(&self.path)),
            Err(Error::Io { source, .. }) if source.kind() == ErrorKind::NotFound => Ok(State::default()),
            Err(error) => Err(error),
        }
    }

    /// Saves if the last time was a minute ago.
    pub(crate) fn save_when_due(&mut self, state: &State) -> Result<(), Error> {
        if self.saved.elapsed() < INTERVAL { Ok(()) } else { self.save(state) }
    }

    /// Replaces the file whole or not at all.
    pub(crate) fn save(&mut self, state: &State) -> Result<(), Error> {
        self.saved = Instant::now();
        replace(&self.path, checkpoint::text(self.set, &self.made_by, state).as_bytes())
    }
}
