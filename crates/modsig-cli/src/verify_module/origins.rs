//! What a kernel has built in, and what UEFI variables give it: of `--trust-kernel` and `--trust-efi`, and of the kernels that
//! `--root` and `--running` find. Each is read by one reader, so that the same file has the same meaning everywhere.
//!
//! | module | holds |
//! |---|---|
//! | `image` | what a kernel image holds |
//! | `firmware` | the files of UEFI's variables |

pub(super) mod firmware;
pub(super) mod image;

use crate::error::{CliError, InFile as _};
use crate::files::{MODULE_LIMIT, read_file};
use crate::kernel_choice::KernelChoice;
use crate::terminal::Terminal;
use clap::Args;
use modsig::cert::{CertError, Certificate};
use modsig::kernel::{ConfigOption, Origin};
use modsig::trust::TrustStore;
use modsig_trust::efi::{Note, Trust, Variables};
use modsig_trust::kernel_image::{Found, Image};
use std::path::{Path, PathBuf};

/// Where Linux shows UEFI's variables: `efivars` and `mok-variables` below it.
const FIRMWARE: &str = "/sys/firmware/efi";

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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Origins {
    /// DER of each certificate, where it is from, and the file.
    certificates: Vec<(Origin, Vec<u8>, PathBuf)>,
    revoked: Vec<(Origin, Vec<u8>)>,
    revoked_tbs: Vec<(Origin, Vec<u8>)>,
    revoked_files: Vec<(Origin, [u8; 32])>,
    /// What the variables say about the machine's start, and the file.
    boot: Vec<(Boot, PathBuf)>,
}

/// What variables say about the machine's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Boot {
    /// `None` if they do not tell.
    secure_boot: Option<bool>,
    mok_list_trusted: bool,
}

/// A certificate that was added to a store.
pub(super) struct Added<'a> {
    /// The file that it is from.
    pub(super) path: &'a Path,
    pub(super) origin: Origin,
    pub(super) der: &'a [u8],
    /// Its subject, or why it cannot be read: then it counts for the predicted kernel only.
    pub(super) subject: Result<String, CertError>,
    /// The store did not have it from this origin.
    pub(super) is_new: bool,
}

impl OriginArguments {
    /// `--trust-efi=PATH`.
    #[cfg(test)]
    pub(super) fn of_efi(path: PathBuf) -> Self {
        Self { trust_kernel: Vec::new(), trust_efi: vec![path] }
    }

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
            let firmware = firmware::read(path);
            if let Some(error) = firmware.errors.into_iter().next() {
                return Err(error);
            }
            if firmware.variables.is_empty() {
                return Err(firmware::nothing_found(path));
            }
            let (found, notes) = origins.add_efi(path, &firmware.variables);
            terminal.note(path, found);
            notes.iter().for_each(|note| terminal.note(path, note));
        }
        Ok(origins)
    }
}

impl Origins {
    /// Adds what the kernel image `file` has built in.
    ///
    /// # Errors
    /// The first of [`image::open`], [`Self::add_built_in`], [`Self::add_revoked`].
    fn add_kernel(&mut self, path: &Path, file: &[u8], terminal: &mut Terminal) -> Result<(), CliError> {
        let image = image::open(file)?;
        let trusted = self.add_built_in(path, &image)?;
        let revoked = self.add_revoked(&image)?;
        terminal.note(path, about(&image, &trusted));
        if let Found::List(list) = &trusted
            && !list.rest.is_empty()
        {
            let len = list.rest.len();
            terminal.note(path, format_args!("Linux does not read the last {len} bytes of its list"));
        }
        let blacklist = self.add_blacklist(&image);
        if revoked + blacklist.entries > 0 {
            let what = format!("revokes {} and {} hashes", counted(revoked), blacklist.entries);
            terminal.note(path, what);
        }
        blacklist.notes().for_each(|note| terminal.note(path, note));
        Ok(())
    }

    /// Adds what Linux takes from UEFI's variables. Returns a line about what was found, and what a user should know.
    pub(super) fn add_efi(&mut self, path: &Path, variables: &Variables) -> (String, Vec<Note>) {
        let Trust { certificates, revoked, revoked_tbs, revoked_files, secure_boot, mok_list_trusted, notes } =
            variables.trust();
        let of = |origin| certificates.iter().filter(|(of, _)| *of == origin).count();
        let found = format!(
            "{} in db, {} in MokListRT; revoked: {}, {} hashes of certificates, {} of binaries",
            counted(of(Origin::Firmware)),
            counted(of(Origin::MachineOwner)),
            counted(revoked.len()),
            revoked_tbs.len(),
            revoked_files.len()
        );
        let from_here = |(origin, der)| (origin, der, path.to_path_buf());
        self.certificates.extend(certificates.into_iter().map(from_here));
        self.revoked.extend(revoked);
        self.revoked_tbs.extend(revoked_tbs);
        self.revoked_files.extend(revoked_files);
        self.boot.push((Boot { secure_boot, mok_list_trusted }, path.to_path_buf()));
        (found, notes)
    }

    /// Sets what the variables say about the start of the predicted kernel. What the user said about it stays, with a note
    /// where the variables say something else.
    pub(super) fn set_boot(&self, kernel: &mut KernelChoice, terminal: &mut Terminal) {
        for (boot, path) in &self.boot {
            let states = [
                (ConfigOption::SecureBoot, boot.secure_boot),
                // Several copies of variables may each have a part of them.
                (ConfigOption::MokListTrusted, boot.mok_list_trusted.then_some(true)),
            ];
            for (option, value) in states {
                let Some(value) = value else { continue };
                if !kernel.is_chosen(option) {
                    option.set(&mut kernel.config, value);
                } else if option.get(&kernel.config) != value {
                    let (chosen, found) = if value { ("n", "y") } else { ("y", "n") };
                    let name = option.name();
                    terminal.note(
                        path,
                        format_args!("{name}={found} is not used: your option {name}={chosen} counts"),
                    );
                }
            }
        }
    }

    /// Adds everything to a store. Calls `added` for each certificate, in order.
    pub(super) fn add_to(&self, store: &mut TrustStore, mut added: impl FnMut(Added<'_>)) {
        for (origin, der, path) in &self.certificates {
            let before = store.sources().certificates().len();
            let subject = store.add_der_from(der, *origin);
            let is_new = store.sources().certificates().len() > before;
            added(Added { path, origin: *origin, der, subject, is_new });
        }
        self.revoked.iter().for_each(|(origin, der)| store.revoke_certificate(der, *origin));
        self.revoked_tbs.iter().for_each(|(origin, hash)| store.revoke_tbs_hash(hash, *origin));
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
