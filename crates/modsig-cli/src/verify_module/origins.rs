//! The certificates of `--trust-kernel` and `--trust-efi`: what a kernel has built in, and what UEFI variables give it.

use crate::error::{CliError, InFile as _};
use crate::exit::Exit;
use crate::files::{Links, MODULE_LIMIT, read_file, read_file_with};
use crate::terminal::Terminal;
use clap::Args;
use modsig::cert::Certificate;
use modsig::kernel::{Config, Origin};
use modsig::trust::TrustStore;
use modsig_trust::efi::{EfiError, Trust, Variable, Variables};
use modsig_trust::kernel_image::{Found, Image, ImageError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Where Linux shows UEFI's variables: `efivars` and `mok-variables` below it.
const FIRMWARE: &str = "/sys/firmware/efi";

/// The largest file of variables, in bytes: 128 MiB. The variable store of a virtual machine may have 64 MiB.
const EFI_LIMIT: u64 = 128 << 20;

/// The options.
#[derive(Args, Clone, Debug)]
pub(super) struct OriginArguments {
    /// Trust the certificates that are built into this kernel: vmlinux, vmlinuz, Image, a unified kernel image (may be
    /// given several times)
    #[arg(long, value_name = "IMAGE", help_heading = "Certificates of a machine")]
    trust_kernel: Vec<PathBuf>,
    /// Trust what UEFI's variables db and MokListRT hold, and refuse what dbx and MokListXRT hold. PATH is a folder such as
    /// a copy of efivarfs, the file of a variable, or a variable store such as OVMF_VARS.fd [default: /sys/firmware/efi]
    #[arg(
        long,
        value_name = "PATH",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = FIRMWARE,
        hide_default_value = true,
        help_heading = "Certificates of a machine"
    )]
    trust_efi: Vec<PathBuf>,
}

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Origins {
    /// DER of each certificate, where it is from, and the file.
    certificates: Vec<(Origin, Vec<u8>, PathBuf)>,
    revoked: Vec<(Origin, Vec<u8>)>,
    revoked_tbs: Vec<(Origin, [u8; 32])>,
    revoked_files: Vec<(Origin, [u8; 32])>,
    /// What the variables tell about the machine's start.
    boot: Vec<(Option<bool>, bool)>,
}

impl OriginArguments {
    /// Whether there are none.
    pub(super) const fn is_empty(&self) -> bool {
        self.trust_kernel.is_empty() && self.trust_efi.is_empty()
    }

    /// Reads everything. Prints a note for each file about what was found.
    ///
    /// # Errors
    /// The first file that cannot be read whole.
    pub(super) fn read(&self, terminal: &mut Terminal) -> Result<Origins, CliError> {
        let mut origins = Origins::default();
        for path in &self.trust_kernel {
            let file = read_file(path, MODULE_LIMIT).in_file(path)?;
            origins.add_kernel(path, &file.bytes, terminal).in_file(path)?;
        }
        for path in &self.trust_efi {
            let variables = if path.is_dir() { efi_folder(path) } else { efi_file(path) };
            origins.add_efi(path, &variables.in_file(path)?, terminal);
        }
        Ok(origins)
    }
}

impl Origins {
    /// Adds what the kernel image `file` has built in.
    ///
    /// # Errors
    /// [`Exit::Malformed`] if it is no kernel image or is broken, [`Exit::Refused`] if its form is not supported or several
    /// lists could be its trusted certificates.
    pub(super) fn add_kernel(
        &mut self,
        path: &Path,
        file: &[u8],
        terminal: &mut Terminal,
    ) -> Result<(), CliError> {
        let image = Image::open(file).map_err(|error| image_error(&error))?;
        let trusted = image.built_in().map_err(|error| image_error(&error))?;
        let revoked = image.revoked().map_err(|error| image_error(&error))?;
        terminal.note(path, about(&image, &trusted));
        if let Found::List(list) = &trusted
            && !list.rest.is_empty()
        {
            let len = list.rest.len();
            terminal.note(path, format_args!("Linux does not read the last {len} bytes of its list"));
        }
        let from_here = |der: &Vec<u8>| (Origin::BuiltIn, der.clone(), path.to_path_buf());
        self.certificates.extend(trusted.certificates().iter().map(from_here));
        let hashes = image.blacklisted_hashes();
        let (certificates, entries) = (revoked.certificates().len(), hashes.len());
        if certificates + entries > 0 {
            let what = format!("revokes {certificates} certificates and {entries} hashes");
            terminal.note(path, what);
        }
        self.revoked.extend(revoked.certificates().iter().map(|der| (Origin::BuiltIn, der.clone())));
        for hash in hashes {
            let (kind, digits) = hash.split_at_checked(4).unwrap_or_default();
            match (kind, sha256(digits)) {
                ("tbs:", Some(digest)) => self.revoked_tbs.push((Origin::BuiltIn, digest)),
                ("bin:", Some(digest)) => self.revoked_files.push((Origin::BuiltIn, digest)),
                _ => terminal.note(path, format_args!("{hash} is no SHA-256 hash; it is not predicted")),
            }
        }
        Ok(())
    }

    /// Adds what Linux takes from UEFI's variables.
    pub(super) fn add_efi(&mut self, path: &Path, variables: &Variables, terminal: &mut Terminal) {
        let Trust { certificates, revoked, revoked_tbs, revoked_files, secure_boot, mok_list_trusted, notes } =
            variables.trust();
        let of = |origin| certificates.iter().filter(|(of, _)| *of == origin).count();
        terminal.note(
            path,
            format_args!(
                "{} in db, {} in MokListRT; revoked: {}, {} hashes of certificates, {} of binaries",
                counted(of(Origin::Firmware)),
                counted(of(Origin::MachineOwner)),
                counted(revoked.len()),
                revoked_tbs.len(),
                revoked_files.len()
            ),
        );
        for note in notes {
            terminal.note(path, note);
        }
        let from_here = |(origin, der)| (origin, der, path.to_path_buf());
        self.certificates.extend(certificates.into_iter().map(from_here));
        self.revoked.extend(revoked);
        self.revoked_tbs.extend(revoked_tbs);
        self.revoked_files.extend(revoked_files);
        self.boot.push((secure_boot, mok_list_trusted));
    }

    /// Sets what the variables tell about the start of the predicted kernel.
    pub(super) fn set_boot(&self, kernel: &mut Config) {
        for (secure_boot, mok_list_trusted) in &self.boot {
            if let Some(secure_boot) = secure_boot {
                kernel.boot.secure_boot = *secure_boot;
            }
            kernel.boot.mok_list_trusted |= mok_list_trusted;
        }
    }

    /// Adds everything to a store. Prints a note for each certificate that only the predicted kernel can use. Calls `named`
    /// with file and subject of each certificate that was new, in order.
    pub(super) fn add_to(
        &self,
        store: &mut TrustStore,
        terminal: &mut Terminal,
        mut named: impl FnMut(PathBuf, String),
    ) {
        for (origin, der, path) in &self.certificates {
            let before = store.given().count();
            let subject = store.add_der_from(der, *origin).unwrap_or_else(|error| {
                let what = format!(
                    "a certificate of {} bytes is not used for the verdict, only for the prediction: {error}",
                    der.len()
                );
                terminal.note(path, what);
                String::new()
            });
            if store.given().count() > before {
                named(path.clone(), subject);
            }
        }
        self.revoked.iter().for_each(|(origin, der)| store.revoke_certificate(der, *origin));
        self.revoked_tbs.iter().for_each(|(origin, hash)| store.revoke_tbs_hash(*hash, *origin));
        self.revoked_files.iter().for_each(|(origin, hash)| store.revoke_file_hash(*hash, *origin));
    }
}

/// One line about a kernel: its release, its certificates, how they were found.
fn about(image: &Image<'_>, trusted: &Found) -> String {
    let release = image.release().map_or_else(String::new, |release| format!("Linux {release}: "));
    match trusted {
        Found::None(absence) => format!("{release}{absence}"),
        Found::List(list) => {
            // A list of a thousand certificates is not a line.
            const NAMED: usize = 4;
            let subject = |der: &Vec<u8>| {
                Certificate::from_der(der)
                    .map_or_else(|_| "(not readable)".into(), |certificate| certificate.subject())
            };
            let mut names: Vec<_> = list.certificates.iter().take(NAMED).map(subject).collect();
            if list.certificates.len() > NAMED {
                names.push(format!("{} more", list.certificates.len() - NAMED));
            }
            let count = counted(list.certificates.len());
            format!("{release}{count} built in ({}): {}", list.certainty, names.join("; "))
        }
    }
}

fn counted(certificates: usize) -> String {
    format!("{certificates} certificate{}", if certificates == 1 { "" } else { "s" })
}

/// The digest of 64 hexadecimal digits.
pub(super) fn sha256(digits: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    for (at, byte) in digest.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    (digits.len() == 64).then_some(digest)
}

fn image_error(error: &ImageError) -> CliError {
    let exit = match error {
        ImageError::Unsupported(_) | ImageError::Ambiguous(_) => Exit::Refused,
        _ => Exit::Malformed,
    };
    let failure = CliError::new(exit, error.to_string(), error.remedy());
    match error.offset() {
        // usize to u64: no target of this program has wider addresses.
        Some(offset) => failure.at(offset as u64),
        None => failure,
    }
}

fn efi_error(error: &EfiError) -> CliError {
    let failure =
        CliError::new(Exit::Malformed, error.to_string(), "give a copy of /sys/firmware/efi/efivars");
    match error {
        EfiError::Store { offset, .. } => failure.at(*offset as u64),
        _ => failure,
    }
}

/// Reads the file of one variable, or a variable store.
fn efi_file(path: &Path) -> Result<Variables, CliError> {
    let file = read_file(path, EFI_LIMIT)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut variables = Variables::default();
    variables.add_file(&name, &file.bytes).map_err(|error| efi_error(&error))?;
    Ok(variables)
}

/// Reads the variables in a folder: efivarfs or a copy of it, or `/sys/firmware/efi`. Only files with the names of variables
/// are looked for, and links are not followed.
///
/// # Errors
/// The first file that cannot be read; [`Exit::Io`] if there is none.
pub(super) fn efi_folder(folder: &Path) -> Result<Variables, CliError> {
    let mut variables = Variables::default();
    let table = match folder.file_name() {
        Some(name) if name == "efivars" => folder.with_file_name("mok-variables"),
        _ => folder.join("mok-variables"),
    };
    // In the order of precedence.
    for folder in [folder, &folder.join("efivars")] {
        for variable in Variable::ALL {
            for name in variable.file_names() {
                let is_known = variables.get(variable).is_some();
                if !is_known {
                    add_if_there(&mut variables, variable, &folder.join(name))?;
                }
            }
        }
    }
    add_if_there(&mut variables, Variable::MokListTable, &table.join(Variable::MokListTable.name()))?;
    for variable in [Variable::MokListX, Variable::MokListTrusted] {
        if variables.get(variable).is_none() {
            add_if_there(&mut variables, variable, &table.join(variable.name()))?;
        }
    }
    if variables.is_empty() {
        let what = "holds no UEFI variable that Linux reads (db-…, dbx-…, MokListRT-…, MokListXRT-…)";
        return Err(CliError::new(
            Exit::Io,
            what,
            "give efivarfs or a copy of it; it is empty unless the machine was started by UEFI",
        ));
    }
    Ok(variables)
}

fn add_if_there(variables: &mut Variables, variable: Variable, path: &Path) -> Result<(), CliError> {
    match path.symlink_metadata() {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(()),
        _ => {}
    }
    let file = read_file_with(path, EFI_LIMIT, &Links::Reject).in_file(path)?;
    variables.add(variable, &file.bytes).map_err(|error| efi_error(&error)).in_file(path)
}
