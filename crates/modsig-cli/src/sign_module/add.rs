//! `--add`: a second signature in the CMS of a signed module, beside the first.
//!
//! All signers must be good, before and after: the certificates of those that are there are needed too.

use super::operation::{Deed, Done, Module, Operation, Output, each};
use super::phrase::Phrase;
use super::signatures::peel;
use crate::error::CliError;
use crate::exit::Exit;
use crate::exit_mapping::{check_fresh, sign_error, verdict_error};
use crate::randomness;
use mldsa::Rnd;
use modsig::algorithm::Signature;
use modsig::cms::{self, AddError, SignerIdentifier};
use modsig::key::KeyAlgorithm;
use modsig::signer::Signer;
use modsig::trailer;
use modsig::trust::TrustStore;
use modsig::verdict::{Kind, Policy, verify};
use std::path::PathBuf;

/// Adds a signature to modules.
pub(super) struct Add<'a> {
    pub(super) signer: &'a Signer,
    /// The certificates of the signers that are there, and the signer's own.
    pub(super) trust: TrustStore,
    pub(super) deterministic: bool,
    pub(super) output: Option<PathBuf>,
}

impl Add<'_> {
    /// Adds the signature, or with `only_plan` says that it would be added.
    fn add(&self, module: &mut Module, only_plan: bool) -> Result<Done, CliError> {
        let file = &module.file.source.bytes;
        let peeled = peel(file)?;
        let Some((bare, existing)) = peeled.outermost else {
            let advice = "sign it first without --add";
            return Err(CliError::new(Exit::Unsigned, "is not signed: there is nothing to add to", advice));
        };
        if peeled.count > 1 {
            let what = format!("has {} nested signatures; Linux checks only the outermost", peeled.count);
            return Err(CliError::new(Exit::Refused, what, "leave one: sign it again with --resign"));
        }
        let verdict = verify(file, &self.trust, &Policy::default());
        if !verdict.is_good() {
            let mut error = verdict_error(&verdict);
            if verdict.kind() == Kind::UnknownSigner {
                error.advice = "give the certificate of each signer that is there with --trust".into();
            }
            return Err(error);
        }
        if self.is_there(existing) {
            let outputs = self.output.iter().map(|to| Output::Module { to: Some(to.clone()) }).collect();
            let subject = self.signer.certificate().subject();
            let deed = if self.output.is_some() { Deed::Copied } else { Deed::LeftAlone };
            return Ok(Done::new(
                deed,
                outputs,
                Phrase::new("left alone", format!(": signed already by {subject}")),
            ));
        }
        if only_plan {
            let mut done = self.added();
            done.notes.extend(self.note(existing));
            return Ok(done);
        }
        let rnd = if self.deterministic { Rnd::DETERMINISTIC } else { randomness::rnd()? };
        let own = self.signer.cms(bare, &rnd).map_err(|error| sign_error(&error))?;
        let both = cms::add_signers(existing, &own).map_err(|error| not_added(&error))?;
        let appended = trailer::append(&both).map_err(|error| {
            CliError::new(Exit::Malformed, error.to_string(), "Linux reads no longer one; use one signer")
        })?;
        let (signed, note) = ([bare, &appended].concat(), self.note(existing));
        check_fresh(&signed, &self.trust)?;
        module.file.source.bytes = signed;
        let mut done = self.added();
        done.details.push(format!("{} bytes of signature", appended.len()));
        done.notes.extend(note);
        Ok(done)
    }

    fn added(&self) -> Done {
        let (subject, algorithm) = (self.signer.certificate().subject(), self.signer.algorithm());
        let result = Phrase::about(format!("signature of {subject} with {algorithm} "), "added", "");
        Done::new(Deed::SignerAdded, vec![Output::Module { to: self.output.clone() }], result)
    }

    /// Whether a signer of the CMS is this one.
    fn is_there(&self, existing: &[u8]) -> bool {
        let certificate = self.signer.certificate();
        let signers = cms::parse(existing).map(|parsed| parsed.signers).unwrap_or_default();
        signers.iter().any(|signer| match signer.sid {
            SignerIdentifier::IssuerAndSerial { issuer, serial } => {
                issuer == certificate.issuer_der() && serial == certificate.serial()
            }
            SignerIdentifier::SubjectKeyId(id) => certificate.subject_key_id() == Some(id),
        })
    }

    /// Linux before 7.0 refuses a CMS in which one algorithm is unknown (`pkcs7_sig_note_pkey_algo`), whoever else signed.
    fn note(&self, existing: &[u8]) -> Option<String> {
        let signers = cms::parse(existing).map(|parsed| parsed.signers).unwrap_or_default();
        let is_ml_dsa = |oid| matches!(Signature::from_oid(oid), Some(Signature::MlDsa(_)));
        let there = signers.iter().any(|signer| is_ml_dsa(&signer.signature_algorithm.oid));
        let own = matches!(self.signer.algorithm(), KeyAlgorithm::MlDsa(_));
        (there || own).then(|| {
            "one signer uses ML-DSA, which Linux before 7.0 does not know: it refuses the module, whatever the other signers use"
                .to_owned()
        })
    }
}

/// The error for two CMS that do not fit together.
fn not_added(error: &AddError) -> CliError {
    let (exit, advice) = match error {
        AddError::Naming { .. } => {
            (Exit::Refused, "name the signer in the same way: with --skid, or without it")
        }
        _ => (Exit::Malformed, "sign the module again with --resign"),
    };
    CliError::new(exit, error.to_string(), advice)
}

impl Operation for Add<'_> {
    fn apply(&self, modules: Vec<Module>) -> Vec<(Module, Result<Done, CliError>)> {
        each(modules, |module| self.add(module, false))
    }

    fn plan(&self, modules: Vec<Module>) -> Vec<(Module, Result<Done, CliError>)> {
        each(modules, |module| self.add(module, true))
    }

    fn together(&self) -> usize {
        if self.signer.is_elsewhere() { 1 } else { usize::MAX }
    }

    fn is_lost(&self) -> bool {
        self.signer.is_lost()
    }
}
