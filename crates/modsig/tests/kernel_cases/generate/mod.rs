//! Generates cases: some thousands of signed modules and trusted certificates that differ from valid ones in one
//! thing. Always the same: no clock, no randomness.

pub mod answers;
pub mod build;
mod certificates;
mod chains;
pub mod keys;
mod messages;
mod signatures;
pub mod tree;

use modsig::trailer;
use std::path::{Path, PathBuf};

/// One kernel: what it trusts, and the files to load.
pub struct Kernel {
    pub name: String,
    /// DER, in the order in which the kernel gets them.
    pub certificates: Vec<Vec<u8>>,
    pub cases: Vec<KernelCase>,
}

/// A file. Its name is `family-what`, where a family has no `-` in its name.
pub struct KernelCase {
    pub name: String,
    pub file: Vec<u8>,
}

/// What cases are generated from.
pub struct Material {
    folder: PathBuf,
    /// The unsigned module.
    pub module: Vec<u8>,
}

impl Material {
    /// Reads `test-vectors/modsig`.
    pub fn read() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../test-vectors/modsig");
        let signed = std::fs::read(folder.join("signed/dummy.mldsa44-ossl40.sf40.sha512.ko")).unwrap();
        let Ok(trailer::Split::Signed(parts)) = trailer::split(&signed) else { panic!("not signed") };
        Self { folder, module: parts.module.to_vec() }
    }

    fn file(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn rsa(&self, name: &str) -> keys::Key {
        keys::rsa(&self.file(name))
    }

    /// The module with this CMS.
    fn signed(&self, cms: &[u8]) -> Vec<u8> {
        let mut file = self.module.clone();
        file.extend_from_slice(cms);
        file.extend([0, 0, 2, 0, 0, 0, 0, 0]);
        file.extend((cms.len() as u32).to_be_bytes());
        file.extend_from_slice(trailer::MARKER);
        file
    }
}

impl Kernel {
    fn new(name: &str, certificates: Vec<Vec<u8>>) -> Self {
        Self { name: name.into(), certificates, cases: Vec::new() }
    }

    fn add(&mut self, name: impl Into<String>, file: Vec<u8>) {
        self.cases.push(KernelCase { name: name.into(), file });
    }
}

/// All of them.
pub fn all(material: &Material) -> Vec<Kernel> {
    let mut kernels = messages::kernels(material);
    kernels.extend(signatures::kernels(material));
    kernels.extend(chains::kernels(material));
    kernels.extend(certificates::kernels(material));
    kernels
}
