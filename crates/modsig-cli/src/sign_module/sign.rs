//! Signing, and `--detached`: the same signature, in the module or in a file of its own.

use super::operation::{Deed, Done, Module, Operation, Output};
use super::phrase::Phrase;
use super::signatures::{
    SIGNED_AFTER_COMPRESSION, check_kind, difference, peel, signed_by_another, signed_otherwise,
};
use crate::error::CliError;
use crate::exit_mapping::{check_fresh, sign_error};
use crate::files::companion_path;
use crate::randomness;
use mldsa::Rnd;
use modsig::signer::{BatchSigner, Signer};
use modsig::trailer::{INFO_LEN, MARKER, Split, split};
use modsig::trust::TrustStore;
use modsig::verdict::{Policy, verify};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

/// Signs modules.
pub(super) struct Sign<'a> {
    batch: BatchSigner<'a>,
    /// The signer's own certificate, with which a fresh signature must verify.
    own: TrustStore,
    options: Options,
}

/// How modules are signed.
pub(super) struct Options {
    pub(super) deterministic: bool,
    pub(super) resign: bool,
    /// Compress a module that is signed already again, if Linux does not unpack it.
    pub(super) repack: bool,
    /// Accept files other than kernel modules.
    pub(super) any_file: bool,
    /// Write the signature to a file of its own.
    pub(super) detached: bool,
    /// The output file [default: the module itself, or a file beside it].
    pub(super) output: Option<PathBuf>,
}

/// What is to be done with a module.
#[derive(Clone, Copy, Debug)]
enum Before {
    /// Sign the first `module_len` bytes, and remove `replaced` signatures after them.
    ToSign { module_len: usize, replaced: usize },
    /// Nothing: it has a good signature of this signer in the requested form, above `others` other signatures.
    Ours { others: usize },
}

/// What was done with a module.
#[derive(Clone, Copy, Debug)]
enum After {
    /// `appended` bytes with a new signature follow the module, in place of `replaced` old signatures.
    Signed { appended: usize, replaced: usize },
    /// As [`Before::Ours`].
    Ours { others: usize },
}

/// A module that is not signed yet, or why it cannot be.
type Planned = (Module, Result<Before, CliError>);

/// A module that is signed, or why it is not.
struct Item {
    module: Module,
    state: Result<After, CliError>,
}

/// The bytes to sign; `None` if the module is not to be signed.
fn to_sign((module, before): &Planned) -> Option<&[u8]> {
    match *before {
        Ok(Before::ToSign { module_len, .. }) => module.file.source.bytes.get(..module_len),
        _ => None,
    }
}

impl Item {
    /// The file with its new signature; `None` if it has none.
    fn signed(&self) -> Option<&[u8]> {
        matches!(self.state, Ok(After::Signed { .. })).then_some(&self.module.file.source.bytes)
    }
}

impl<'a> Sign<'a> {
    pub(super) fn new(signer: &'a Signer, options: Options) -> Self {
        let own = TrustStore::from_iter([signer.certificate().clone()]);
        Self { batch: BatchSigner::new(signer), own, options }
    }

    /// Checks all that must hold before a module is signed. `ours`: a signature of this signer in the requested form is
    /// there and verified.
    fn prepare(&self, module: &Module, ours: bool) -> Result<Before, CliError> {
        let file = &module.file.source.bytes;
        let peeled = peel(file)?;
        let Some((_, cms)) = peeled.outermost.filter(|_| !self.options.resign) else {
            check_kind(peeled.module, self.options.any_file)?;
            let replaced = peeled.count + module.file.trailing_signatures;
            return Ok(Before::ToSign { module_len: peeled.module.len(), replaced });
        };
        let left_alone = Before::Ours { others: peeled.count.saturating_sub(1) };
        if ours {
            return Ok(left_alone);
        }
        let verdict = verify(file, &self.own, &Policy::default());
        if !verdict.is_good() {
            return Err(signed_by_another(&verdict));
        }
        let requested = self.batch.signer().options();
        match difference(cms, requested) {
            None => Ok(left_alone),
            Some(difference) => Err(signed_otherwise(&difference, requested)),
        }
    }

    /// [`Self::prepare`] for each module.
    fn prepare_all(&self, modules: Vec<Module>) -> Vec<Planned> {
        let files: Vec<&[u8]> = modules.iter().map(|module| &module.file.source.bytes[..]).collect();
        let mut ours = self.batch.verify(&files).into_iter();
        let plan = |module: Module| {
            let before = self.prepare(&module, ours.next().unwrap_or(false));
            (module, before)
        };
        modules.into_iter().map(plan).collect()
    }

    fn rnd(&self) -> Result<Rnd, CliError> {
        if self.options.deterministic { Ok(Rnd::DETERMINISTIC) } else { randomness::rnd() }
    }

    /// Signs all that is to be signed, and verifies each complete file as it would be written.
    fn sign_all(&self, mut planned: Vec<Planned>) -> Vec<Item> {
        let mut rnds = Vec::with_capacity(planned.len());
        for item in planned.iter_mut().filter(|item| to_sign(item).is_some()) {
            match self.rnd() {
                Ok(rnd) => rnds.push(rnd),
                Err(error) => item.1 = Err(error),
            }
        }
        let bare: Vec<&[u8]> = planned.iter().filter_map(to_sign).collect();
        let mut signed = self.batch.sign(&bare, &rnds).into_iter();
        let finish = |(mut module, before): Planned| {
            let state = before.and_then(|before| match before {
                Before::Ours { others } => Ok(After::Ours { others }),
                Before::ToSign { module_len, replaced } => {
                    let bytes = &mut module.file.source.bytes;
                    bytes.truncate(module_len);
                    // The batch has one result for each module. A module without one is signed alone.
                    let appended = match signed.next() {
                        Some(appended) => appended,
                        None => self.batch.signer().sign(bytes, &self.rnd()?),
                    };
                    let appended = appended.map_err(|error| sign_error(&error))?;
                    bytes.extend_from_slice(&appended);
                    Ok(After::Signed { appended: appended.len(), replaced })
                }
            });
            Item { module, state }
        };
        let mut items = planned.into_iter().map(finish).collect::<Vec<_>>();
        self.check_all(&mut items);
        items
    }

    /// Verifies each file that was signed, complete, as it would be written. One that does not verify becomes an error.
    fn check_all(&self, items: &mut [Item]) {
        #[cfg(mldsa_fault)]
        if std::env::var_os("MLDSA_FAULT_UNCHECKED").is_some() {
            return; // checks/faults.sh shows what would leave without the check
        }
        let files: Vec<&[u8]> = items.iter().filter_map(Item::signed).collect();
        let mut verified = self.batch.verify(&files).into_iter();
        for item in items {
            // `false`, and no answer at all, mean: verify it alone.
            if let Some(file) = item.signed()
                && !verified.next().unwrap_or(false)
                && let Err(error) = check_fresh(file, &self.own)
            {
                item.state = Err(error);
            }
        }
    }

    fn outputs(&self, module: &Module, changed: bool) -> Vec<Output> {
        let output = &self.options.output;
        if self.options.detached {
            let path = output.clone().unwrap_or_else(|| companion_path(&module.path, ".p7s"));
            let bytes = match split(&module.file.source.bytes) {
                Ok(Split::Signed(signed)) => signed.cms.to_vec(),
                _ => Vec::new(),
            };
            vec![Output::Companion { path, bytes }]
        } else if changed || output.is_some() || (self.options.repack && module.file.defect().is_some()) {
            vec![Output::Module { to: output.clone() }]
        } else {
            Vec::new()
        }
    }

    /// Subject and algorithm of the signer.
    fn who(&self) -> String {
        let signer = self.batch.signer();
        format!("{} with {}", signer.certificate().subject(), signer.algorithm())
    }

    fn done(&self, module: &Module, after: After) -> Done {
        match after {
            After::Ours { others } => self.left_alone(module, others),
            After::Signed { appended, replaced } => self.signed(module, Some(appended), replaced),
        }
    }

    /// The result for a module that gets a new signature, of `appended` bytes if it was made.
    fn signed(&self, module: &Module, appended: Option<usize>, replaced: usize) -> Done {
        let (who, detached) = (self.who(), self.options.detached);
        let in_place = self.options.output.is_none() && !detached;
        let old = if replaced > 0 && in_place { ", in place of another signature" } else { "" };
        let form = if detached { " (detached)" } else { "" };
        let result = Phrase::new("signed", format!(" by {who}{form}{old}"));
        let removed = if detached { 0 } else { replaced };
        let mut done = Done::new(Deed::Signed, self.outputs(module, true), result).removing(removed);
        done.details.extend(done.outputs.iter().filter_map(Output::written_to));
        if let Some(appended) = appended {
            let len = if detached { appended.saturating_sub(INFO_LEN + MARKER.len()) } else { appended };
            done.details.push(format!("{len} bytes of signature"));
        }
        if module.file.trailing_signatures > 0 {
            done.notes.push(SIGNED_AFTER_COMPRESSION.into());
        }
        if replaced > 1 {
            done.details.push(format!("{replaced} signatures removed"));
        }
        let names = module.file.source.metadata.nlink();
        if in_place && names > 1 {
            done.notes.push(format!("has {names} names (hard links); only this one becomes signed"));
        }
        done
    }

    fn left_alone(&self, module: &Module, others: usize) -> Done {
        let outputs = self.outputs(module, false);
        let (deed, verb, how) = match (&outputs[..], self.options.detached) {
            ([], _) => (Deed::LeftAlone, "left alone", ""),
            (_, true) => (Deed::Copied, "copied", " to a detached signature"),
            (_, false) if self.options.output.is_none() => (Deed::Repacked, "packed again", ""),
            (_, false) => (Deed::Copied, "copied", ""),
        };
        let unchanged = outputs.is_empty();
        let result = Phrase::new(verb, format!("{how}: signed already by {}", self.who()));
        let mut done = Done::new(deed, outputs, result);
        done.details.extend(done.outputs.iter().filter_map(Output::written_to));
        if let Some(defect) = module.file.defect().filter(|_| unchanged) {
            done.notes.push(format!("{defect}: pack it again with --repack"));
        }
        if others > 0 {
            let count = others + 1;
            done.notes.push(format!(
                "has {count} nested signatures; Linux checks only the outermost, and --resign leaves one"
            ));
        }
        done
    }
}

impl Operation for Sign<'_> {
    fn apply(&self, modules: Vec<Module>) -> Vec<(Module, Result<Done, CliError>)> {
        let planned = self.prepare_all(modules);
        let decide = |Item { module, state }: Item| {
            let done = state.map(|after| self.done(&module, after));
            (module, done)
        };
        self.sign_all(planned).into_iter().map(decide).collect()
    }

    fn plan(&self, modules: Vec<Module>) -> Vec<(Module, Result<Done, CliError>)> {
        let decide = |(module, before): Planned| {
            let done = before.map(|before| match before {
                Before::Ours { others } => self.left_alone(&module, others),
                Before::ToSign { replaced, .. } => self.signed(&module, None, replaced),
            });
            (module, done)
        };
        self.prepare_all(modules).into_iter().map(decide).collect()
    }

    fn together(&self) -> usize {
        // A token signs one after the other, and each signature may take a second.
        if self.batch.signer().is_elsewhere() { 1 } else { usize::MAX }
    }

    fn is_lost(&self) -> bool {
        self.batch.signer().is_lost()
    }

    fn strips_signatures(&self) -> bool {
        self.options.resign
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;
    use crate::files::read_module;
    use mldsa::Seed;
    use mldsa::dynamic::Parameters;
    use modsig::cert::SelfSigned;
    use modsig::key::PrivateKey;
    use modsig::signer;
    use std::path::Path;

    fn signer(seed: u8) -> Signer {
        let key = PrivateKey::from_seed(Parameters::MlDsa44, &Seed::from_bytes([seed; 32]));
        let not_before = der::DateTime::new(2026, 1, 1, 0, 0, 0).unwrap();
        let recipe = SelfSigned { common_name: "test", serial: [seed; 20], not_before, days: 1 };
        let certificate = recipe.issue(&key, &Rnd::DETERMINISTIC).unwrap();
        Signer::new(&key, &certificate, signer::Options::default()).unwrap()
    }

    fn options(deterministic: bool) -> Options {
        let any_file = true;
        Options { deterministic, resign: false, repack: false, any_file, detached: false, output: None }
    }

    fn module(path: &Path, place: usize) -> Module {
        Module { place, path: path.to_path_buf(), file: read_module(path).unwrap() }
    }

    /// A signature that does not verify, for whatever reason, is never written.
    #[test]
    fn a_fresh_signature_that_does_not_verify_is_an_internal_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "module").unwrap();
        let (one, two) = (signer(1), signer(2));
        let signed = Sign::new(&one, options(true)).apply(vec![module(&path, 0)]);
        let [(module, Ok(_))] = &signed[..] else { panic!("one module, signed") };
        let file = &module.file.source.bytes;
        assert!(file.starts_with(b"module") && file.len() > 2500);
        // A signer that checks with the certificate of another key.
        let other = Sign::new(&two, options(true));
        let error = check_fresh(file, &other.own).unwrap_err();
        assert_eq!(error.exit, Exit::Internal);
        assert!(error.to_string().contains("nothing was written"), "{error}");
        let [good] = other.batch.verify(&[file])[..] else { panic!() };
        assert!(!good);
    }

    /// A bit of the signature flips before the file is verified: that file is rejected, for every algorithm, and the one
    /// beside it is not. (`checks/faults.sh` flips bits on the way to an ML-DSA signature.)
    #[test]
    fn one_flipped_bit_of_a_signature_and_the_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "module").unwrap();
        let fixture = |name: &str| {
            let keys = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures");
            let file = std::fs::read(keys.join(name)).unwrap();
            let certificate = &modsig::cert::Certificate::read_all(&file).unwrap()[0];
            let key = PrivateKey::from_pem_or_der(&file).unwrap();
            Signer::new(&key, certificate, signer::Options::default()).unwrap()
        };
        let mut rejected = 0;
        for signer in [signer(1), fixture("rsa2048.pem"), fixture("p256.pem"), fixture("p521.pem")] {
            let sign = Sign::new(&signer, options(false));
            let before = Before::ToSign { module_len: "module".len(), replaced: 0 };
            let planned = (0..2).map(|place| (module(&path, place), Ok(before))).collect();
            let mut items = sign.sign_all(planned);
            let Ok(signed) = items[0].state else { panic!("{}", signer.algorithm()) };
            assert!(items.iter().all(|item| item.signed().is_some()), "{}", signer.algorithm());
            let end = items[0].module.file.source.bytes.len() - INFO_LEN - MARKER.len();
            for bit in (8 * (end - 48)..8 * end).step_by(5) {
                items[0].module.file.source.bytes[bit / 8] ^= 1 << (bit % 8);
                sign.check_all(&mut items);
                let error = items[0].state.as_ref().unwrap_err();
                assert_eq!(error.exit, Exit::Internal, "{} bit {bit}", signer.algorithm());
                assert!(items[1].signed().is_some(), "the file beside it");
                items[0].module.file.source.bytes[bit / 8] ^= 1 << (bit % 8);
                items[0].state = Ok(signed);
                rejected += 1;
            }
        }
        assert_eq!(rejected, 4 * (8 * 48_usize).div_ceil(5));
    }
}
