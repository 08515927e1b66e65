//! Signing, and `--detached`: the same signature, in the file or beside it.

use super::run::{AboutFile, Done, Module, Output, Verb};
use super::signatures::{difference, peel, signed_otherwise};
use super::strip::SIGNED_BEHIND;
use crate::decisions::{name_of, sign_failure};
use crate::elf::check_module;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::beside;
use crate::randomness;
use mldsa::Rnd;
use modsig::signer::{BatchSigner, Signer};
use modsig::trailer::{INFO_LEN, MARKER, Split, split};
use modsig::trust::TrustStore;
use modsig::verdict::{Kind, Policy, Verdict, verify};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

/// How modules are signed.
pub(super) struct Sign<'a> {
    batch: BatchSigner<'a>,
    /// The signer's own certificate: what a fresh signature must verify with.
    own: TrustStore,
    options: Options,
}

/// The choices.
pub(super) struct Options {
    pub(super) deterministic: bool,
    pub(super) resign: bool,
    /// A module that is signed already is packed again if Linux does not unpack it.
    pub(super) repack: bool,
    /// Not only kernel modules.
    pub(super) any_file: bool,
    /// The signature goes into a file of its own.
    pub(super) detached: bool,
    /// Where to, if not in the module's place (or beside it).
    pub(super) output: Option<PathBuf>,
}

/// What a file is before signing.
#[derive(Clone, Copy)]
enum Before {
    /// So many bytes are to be signed, and so many signatures to be taken off behind them.
    ToSign { module_len: usize, replaced: usize },
    /// It carries a good signature of this very signer, on so many others.
    Ours { others: usize },
}

impl<'a> Sign<'a> {
    pub(super) fn new(signer: &'a Signer, options: Options) -> Self {
        let own = TrustStore::from_iter([signer.certificate().clone()]);
        Self { batch: BatchSigner::new(signer), own, options }
    }

    /// What is there already, and whether it may be replaced. `ours`: this signer's signature was seen and verified.
    fn before(&self, module: &Module, ours: bool) -> Result<Before, Failure> {
        let file = &module.file.source.bytes;
        let peeled = peel(file)?;
        let Some((_, cms)) = peeled.outermost.filter(|_| !self.options.resign) else {
            let replaced = peeled.count + module.file.behind;
            return Ok(Before::ToSign { module_len: peeled.module.len(), replaced });
        };
        let left = Before::Ours { others: peeled.count.saturating_sub(1) };
        if ours {
            return Ok(left);
        }
        let verdict = verify(file, &self.own, &Policy::default());
        if !verdict.is_good() {
            return Err(signed_by_another(&verdict));
        }
        let asked = self.batch.signer().options();
        difference(cms, asked).map_or(Ok(left), |difference| Err(signed_otherwise(&difference, asked)))
    }

    /// Everything that must be so before a module is signed.
    fn prepare(&self, module: &Module, ours: bool) -> Result<Before, Failure> {
        let file = &module.file.source.bytes;
        let before = self.before(module, ours)?;
        if let Before::ToSign { module_len, .. } = before {
            let bytes = file.get(..module_len).unwrap_or_default();
            check_kind(bytes, self.options.any_file)?;
        }
        Ok(before)
    }

    fn rnd(&self) -> Result<Rnd, Failure> {
        if self.options.deterministic { Ok(Rnd::DETERMINISTIC) } else { randomness::rnd() }
    }

    /// Signs those modules of `todo` (place and length) and verifies each whole file as it would be written. The bytes
    /// are changed only where the result is good.
    fn sign_all(&self, modules: &mut [Module], todo: &[(usize, usize)]) -> Vec<Result<usize, Failure>> {
        let mut results = Vec::with_capacity(todo.len());
        let mut rnds = Vec::with_capacity(todo.len());
        for _ in todo {
            match self.rnd() {
                Ok(rnd) => rnds.push(rnd),
                Err(failure) => return todo.iter().map(|_| Err(failure.clone())).collect(),
            }
        }
        let bare: Vec<&[u8]> = todo.iter().map(|&(place, len)| bytes_of(modules, place, len)).collect();
        let signed = self.batch.sign(&bare, &rnds);
        for (&(place, len), appended) in todo.iter().zip(signed) {
            let appended = appended.map_err(|error| sign_failure(&error));
            results.push(appended.map(|appended| {
                if let Some(module) = modules.get_mut(place) {
                    module.file.source.bytes.truncate(len);
                    module.file.source.bytes.extend_from_slice(&appended);
                }
                appended.len()
            }));
        }
        self.check_all(modules, todo, &mut results);
        results
    }

    /// Verifies each file that was signed, whole, as it would be written: `results` says which are good.
    fn check_all(&self, modules: &[Module], todo: &[(usize, usize)], results: &mut [Result<usize, Failure>]) {
        #[cfg(mldsa_fault)]
        if std::env::var_os("MLDSA_FAULT_UNCHECKED").is_some() {
            return; // checks/faults.sh shows what would leave without the check
        }
        let files: Vec<&[u8]> = todo.iter().map(|&(place, _)| bytes_of(modules, place, usize::MAX)).collect();
        let verified = self.batch.verify(&files);
        for ((result, good), file) in results.iter_mut().zip(verified).zip(files) {
            if !good && result.is_ok() {
                check_fresh(file, &self.own).unwrap_or_else(|failure| *result = Err(failure));
            }
        }
    }

    fn outputs(&self, module: &Module, changed: bool) -> Vec<Output> {
        let output = &self.options.output;
        if self.options.detached {
            let path = output.clone().unwrap_or_else(|| beside(&module.path, ".p7s"));
            let bytes = match split(&module.file.source.bytes) {
                Ok(Split::Signed(signed)) => signed.cms.to_vec(),
                _ => Vec::new(),
            };
            vec![Output::Beside { path, bytes }]
        } else if changed || output.is_some() || (self.options.repack && module.file.defect().is_some()) {
            vec![Output::Module { to: output.clone() }]
        } else {
            Vec::new()
        }
    }

    fn done(&self, module: &Module, before: Before, appended: usize) -> Done {
        let signer = self.batch.signer();
        let who = format!("{} with {}", signer.certificate().subject(), signer.algorithm());
        let in_place = self.options.output.is_none() && !self.options.detached;
        match before {
            Before::ToSign { replaced, .. } => {
                let old = if replaced > 0 && in_place { ", in place of another signature" } else { "" };
                let beside = if self.options.detached { " (detached)" } else { "" };
                let mut done = Done::new(self.outputs(module, true), format!("signed by {who}{beside}{old}"));
                done.details.extend(done.outputs.iter().filter_map(written_to));
                let appended =
                    if self.options.detached { appended - INFO_LEN - MARKER.len() } else { appended };
                done.details.push(format!("{appended} bytes of signature"));
                if module.file.behind > 0 {
                    done.notes.push(SIGNED_BEHIND.into());
                }
                if replaced > 1 {
                    done.details.push(format!("{replaced} signatures taken off"));
                }
                let names = module.file.source.metadata.nlink();
                if in_place && names > 1 {
                    done.notes.push(format!("has {names} names (hard links); only this one becomes signed"));
                }
                done
            }
            Before::Ours { others } => {
                let outputs = self.outputs(module, false);
                let verb = match (&outputs[..], self.options.detached) {
                    ([], _) => "left alone",
                    (_, true) => "copied to a detached signature",
                    (_, false) if self.options.output.is_none() => "packed again",
                    (_, false) => "copied",
                };
                let left_as_it_is = outputs.is_empty();
                let mut done = Done::new(outputs, format!("{verb}: signed already by {who}"));
                done.details.extend(done.outputs.iter().filter_map(written_to));
                if let Some(defect) = module.file.defect().filter(|_| left_as_it_is) {
                    done.notes.push(format!("{defect}: pack it again with --repack"));
                }
                if others > 0 {
                    done.notes.push(format!(
                        "is signed {} times, one signature upon the other; Linux checks the outermost only, and --resign leaves one",
                        others + 1
                    ));
                }
                done
            }
        }
    }
}

impl Verb for Sign<'_> {
    fn apply(&self, modules: &mut [Module]) -> Vec<Result<Done, AboutFile>> {
        let files: Vec<&[u8]> = modules.iter().map(|module| &module.file.source.bytes[..]).collect();
        let ours = self.batch.verify(&files);
        let before: Vec<Result<Before, Failure>> =
            modules.iter().zip(ours).map(|(module, ours)| self.prepare(module, ours)).collect();
        let todo: Vec<(usize, usize)> = before
            .iter()
            .enumerate()
            .filter_map(|(place, before)| match before {
                Ok(Before::ToSign { module_len, .. }) => Some((place, *module_len)),
                _ => None,
            })
            .collect();
        let mut signed = self.sign_all(modules, &todo).into_iter();
        let finish = |(module, before): (&Module, Result<Before, Failure>)| {
            let result = before.and_then(|before| {
                let appended = match before {
                    Before::ToSign { .. } => signed.next().unwrap_or_else(|| Err(forgotten()))?,
                    Before::Ours { .. } => 0,
                };
                Ok(self.done(module, before, appended))
            });
            result.map_err(|failure| (module.path.clone(), failure))
        };
        modules.iter().zip(before).map(finish).collect()
    }

    fn takes_off(&self) -> bool {
        self.options.resign
    }
}

fn written_to(output: &Output) -> Option<String> {
    match output {
        Output::Module { to } => Some(format!("written to {}", to.as_ref()?.display())),
        Output::Beside { path, .. } => Some(format!("written to {}", path.display())),
    }
}

/// Is this a kernel module? With `--any-file` anything is that is not empty: Linux wants a byte before a signature.
pub(super) fn check_kind(bytes: &[u8], any_file: bool) -> Result<(), Failure> {
    match (any_file, bytes) {
        (true, []) => {
            let what = "is empty: there is nothing to sign";
            Err(Failure::new(Exit::Malformed, what, "give the name of another file"))
        }
        (true, _) => Ok(()),
        (false, _) => check_module(bytes),
    }
}

fn bytes_of(modules: &[Module], place: usize, len: usize) -> &[u8] {
    let bytes = modules.get(place).map_or(&[][..], |module| &module.file.source.bytes);
    bytes.get(..len).unwrap_or(bytes)
}

fn forgotten() -> Failure {
    Failure::new(Exit::Internal, "was forgotten, nothing was written", "report this")
}

/// Somebody else's signature is there.
pub(super) fn signed_by_another(verdict: &Verdict) -> Failure {
    let whose = verdict.signers.first();
    let whose = whose.map_or("an unreadable signer", |signer| &signer.identifier);
    let state = match verdict.kind() {
        Kind::UnknownSigner => String::new(),
        kind => format!(" ({})", name_of(kind)),
    };
    let what = format!("is signed already, by {whose}{state}");
    Failure::new(Exit::Refused, what, "replace that signature with --resign")
}

/// The whole signed file, as it would be written, must verify. A fault in memory or processor while signing, or an error
/// in this program, ends here.
fn check_fresh(file: &[u8], own: &TrustStore) -> Result<(), Failure> {
    let verdict = verify(file, own, &Policy::default());
    if verdict.is_good() {
        return Ok(());
    }
    let why = verdict.findings.first().map_or_else(String::new, |finding| finding.problem.to_string());
    let what = format!("the fresh signature does not verify, nothing was written ({why})");
    Err(Failure::new(Exit::Internal, what, "check this machine's memory, and report this"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::read_module;
    use mldsa::Seed;
    use mldsa::dynamic::Parameters;
    use modsig::cert::SelfSigned;
    use modsig::key::PrivateKey;
    use modsig::signer;

    fn signer(seed: u8) -> Signer {
        let key = PrivateKey::from_seed(Parameters::MlDsa44, &Seed::from_bytes([seed; 32]));
        let not_before = der::DateTime::new(2026, 1, 1, 0, 0, 0).unwrap();
        let recipe = SelfSigned { common_name: "test", serial: [seed; 20], not_before, days: 1 };
        let certificate = recipe.issue(&key, &Rnd::DETERMINISTIC).unwrap();
        Signer::new(&key, &certificate, signer::Options::default()).unwrap()
    }

    /// A signature that does not verify, for whatever reason, never leaves this room.
    #[test]
    fn a_fresh_signature_that_does_not_verify_is_an_internal_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "module").unwrap();
        let (one, two) = (signer(1), signer(2));
        let options = || Options {
            deterministic: true,
            resign: false,
            repack: false,
            any_file: true,
            detached: false,
            output: None,
        };
        let module = || Module { path: path.clone(), file: read_module(&path).unwrap() };
        let good = Sign::new(&one, options());
        let mut modules = [module()];
        assert!(good.apply(&mut modules)[0].is_ok());
        assert!(
            modules[0].file.source.bytes.starts_with(b"module") && modules[0].file.source.bytes.len() > 2500
        );
        // A signer whose check looks with another key's certificate.
        let other = Sign::new(&two, options());
        let failure = check_fresh(&modules[0].file.source.bytes, &other.own).unwrap_err();
        assert_eq!(failure.exit, Exit::Internal);
        assert!(failure.to_string().contains("nothing was written"), "{failure}");
        let [good] = other.batch.verify(&[&modules[0].file.source.bytes])[..] else { panic!() };
        assert!(!good);
    }

    /// A bit of the signature flips before the file is verified: that file is refused, of whatever algorithm its signature is,
    /// and the one beside it is not. (`checks/faults.sh` flips bits on the way to an ML-DSA signature.)
    #[test]
    fn one_flipped_bit_of_a_signature_and_the_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "module").unwrap();
        let fixture = |name: &str| {
            let keys = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../test-vectors/modsig/keys");
            let file = std::fs::read(keys.join(name)).unwrap();
            let certificate = &modsig::cert::Certificate::read_all(&file).unwrap()[0];
            let key = PrivateKey::from_pem_or_der(&file).unwrap();
            Signer::new(&key, certificate, signer::Options::default()).unwrap()
        };
        let mut refused = 0;
        for signer in [signer(1), fixture("rsa2048.pem"), fixture("p256.pem"), fixture("p521.pem")] {
            let options = Options {
                deterministic: false,
                resign: false,
                repack: false,
                any_file: true,
                detached: false,
                output: None,
            };
            let sign = Sign::new(&signer, options);
            let mut modules: Vec<Module> =
                (0..2).map(|_| Module { path: path.clone(), file: read_module(&path).unwrap() }).collect();
            let todo = [(0, "module".len()), (1, "module".len())];
            let signed = sign.sign_all(&mut modules, &todo);
            assert!(signed.iter().all(Result::is_ok), "{}", signer.algorithm());
            let end = modules[0].file.source.bytes.len() - INFO_LEN - MARKER.len();
            for bit in (8 * (end - 48)..8 * end).step_by(5) {
                modules[0].file.source.bytes[bit / 8] ^= 1 << (bit % 8);
                let mut results = signed.clone();
                sign.check_all(&modules, &todo, &mut results);
                let failure = results[0].as_ref().unwrap_err();
                assert_eq!(failure.exit, Exit::Internal, "{} bit {bit}", signer.algorithm());
                assert!(results[1].is_ok(), "the file beside it");
                modules[0].file.source.bytes[bit / 8] ^= 1 << (bit % 8);
                refused += 1;
            }
        }
        assert_eq!(refused, 4 * (8 * 48_usize).div_ceil(5));
    }
}
