//! The listing: who signed which files, with which algorithms. It needs no certificate, and judges nothing.

mod print;

use crate::elf::check_module;
use crate::error::CliError;
use crate::exit::Exit;
use crate::exit_mapping::trailer_error;
use crate::files::{Compression, Input, TrailingSignatures, read_module_within};
use crate::memory::Share;
use modsig::algorithm::Signature;
use modsig::cert::Certificate;
use modsig::cms::{self, SignedData, SignerInfo};
use modsig::trailer::{self, Split};
use modsig::trust::TrustStore;
use std::path::PathBuf;

pub(super) use print::list;

/// What a file says about its signature.
#[derive(Debug)]
struct Listed {
    path: PathBuf,
    compression: Option<Compression>,
    content: Content,
}

#[derive(Debug)]
enum Content {
    /// A well-formed message.
    Signed { module_len: usize, cms_len: usize, signers: Vec<Signer> },
    /// A module without a signature.
    Unsigned,
    /// A signature that cannot be read.
    Malformed(CliError),
    /// No module, or not read.
    Failed(CliError),
}

/// Who signed, and how, as the message says.
#[derive(Debug)]
struct Signer {
    identifier: String,
    /// The subject of the signer's certificate, if the message has one.
    subject: Option<String>,
    key: Option<String>,
    algorithm: String,
    digest: String,
    signed_attributes: bool,
    /// Offset of the SignerInfo in the unpacked file.
    offset: usize,
}

impl Listed {
    /// A listing never ends with 0: no signature was verified.
    const fn exit(&self) -> Exit {
        match &self.content {
            Content::Signed { .. } => Exit::Untrusted,
            Content::Unsigned => Exit::Unsigned,
            Content::Malformed(error) | Content::Failed(error) => error.exit,
        }
    }

    /// The word for JSON.
    fn word(&self) -> &'static str {
        match &self.content {
            Content::Signed { .. } => "not-judged",
            Content::Unsigned => "unsigned",
            Content::Malformed(_) => "malformed",
            Content::Failed(error) if error.exit == Exit::Io => "not-read",
            Content::Failed(_) => "broken-file",
        }
    }
}

impl Signer {
    /// Who, with which algorithms.
    fn sentence(&self) -> String {
        let subject = self.subject.as_ref().map_or(String::new(), |subject| format!("{subject}, issued by "));
        let attributes = if self.signed_attributes { ", with signed attributes" } else { "" };
        format!("{subject}{}: {} ({}){attributes}", self.identifier, self.algorithm, self.digest)
    }
}

/// Reads a batch of files and lists each, in the same order. Holds one file at a time.
fn read(batch: Vec<Input>, share: &mut Share<'_>) -> Vec<Listed> {
    let read_one = |input: Input| {
        let read = read_module_within(&input, share, TrailingSignatures::Reject);
        let (compression, content) = match &read {
            Ok(module) => {
                let compression = module.packed.as_ref().map(|packed| packed.compression);
                (compression, content(&module.source.bytes))
            }
            Err(not_read) => {
                let compression = not_read.file.as_ref().map(|(compression, _)| *compression);
                (compression, Content::Failed((*not_read.error).clone()))
            }
        };
        drop(read);
        share.shrink_to(0);
        Listed { path: input.path, compression, content }
    };
    batch.into_iter().map(read_one).collect()
}

/// What an unpacked file says.
fn content(file: &[u8]) -> Content {
    let signed = match trailer::split(file) {
        Ok(Split::Signed(signed)) => signed,
        Ok(Split::Unsigned(_)) => {
            return match check_module(file) {
                Ok(()) => Content::Unsigned,
                // A text file is not "an unsigned module".
                Err(error) => Content::Failed(error),
            };
        }
        Err(error) => return Content::Malformed(trailer_error(&error)),
    };
    let module_len = signed.module.len();
    let malformed = |what: String| {
        // usize to u64: no target of this program has wider addresses.
        let error = CliError::new(Exit::Malformed, what, "get the module again from its source");
        Content::Malformed(error.at(module_len as u64))
    };
    match cms::parse(signed.cms) {
        Ok(message) if message.signers.is_empty() => malformed("the CMS has no signer".into()),
        Ok(message) => {
            Content::Signed { module_len, cms_len: signed.cms.len(), signers: signers(&message, module_len) }
        }
        Err(error) => malformed(error.to_string()),
    }
}

/// The signers of a message that starts at this offset.
fn signers(message: &SignedData<'_>, base: usize) -> Vec<Signer> {
    let inside = message.certificates.iter().filter_map(|embedded| Certificate::from_der(embedded.der).ok());
    let inside: TrustStore = inside.collect();
    let signer = |info: &SignerInfo<'_>| {
        let certificate = inside.find(&info.sid).next();
        Signer {
            identifier: info.sid.to_string(),
            subject: certificate.map(Certificate::subject),
            key: certificate.map(|certificate| certificate.public_key().to_string()),
            algorithm: Signature::name_of_oid(&info.signature_algorithm.oid),
            digest: Signature::name_of_oid(&info.digest_algorithm.oid),
            signed_attributes: info.signed_attributes.is_some(),
            offset: base + info.offset,
        }
    };
    message.signers.iter().map(signer).collect()
}
