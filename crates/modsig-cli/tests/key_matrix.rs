//! Every form of private key × algorithm × encryption × source, read and converted. OpenSSL reads the same matrix in
//! `./check interop`.
//!
//! In this process, because one process for each case would take a minute; standard input, which a process has once, is that of
//! `module-key convert`.

use mldsa::Seed;
use mldsa::dynamic::Parameters;
use modsig::key::{KeyForm, PrivateKey};
use modsig::pem;
use modsig::public_key::PublicKey;
use modsig_cli::key_file::KeyFile;
use std::fs;
use std::io::{Seek as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const PASSPHRASE: &str = "test";

/// A file with a private key.
struct Case {
    name: String,
    bytes: Vec<u8>,
    passphrase: &'static str,
    public: PublicKey,
    /// Its passphrase takes a tenth of a second: read from one source only.
    slow: bool,
}

fn vector(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../test-vectors/modsig/keys").join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn stored(name: &str) -> PrivateKey {
    PrivateKey::from_pem_or_der(&vector(&format!("{name}.pem"))).unwrap()
}

/// DER of one element.
fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let len = u16::try_from(contents.len()).unwrap().to_be_bytes();
    let head = match len {
        [0, low @ 0..=127] => vec![tag, low],
        [0, low] => vec![tag, 0x81, low],
        [high, low] => vec![tag, 0x82, high, low],
    };
    [&head, contents].concat()
}

/// The forms of a key in DER with their PEM labels: PKCS#8 and, by algorithm, the traditional one or drafts of RFC 9881.
fn forms(key: &PrivateKey) -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let form = |form| key.to_der(form).unwrap().to_vec();
    let PublicKey::MlDsa(public) = key.public_key() else {
        let (label, der) = key.to_traditional().unwrap();
        return vec![("PKCS#8", "PRIVATE KEY", form(KeyForm::Seed)), ("traditional", label, der.to_vec())];
    };
    let (seed, expanded) = (form(KeyForm::Seed), form(KeyForm::Expanded));
    let secret_len = match public.parameters() {
        Parameters::MlDsa44 => 2560,
        Parameters::MlDsa65 => 4032,
        Parameters::MlDsa87 => 4896,
    };
    let secret = &expanded[expanded.len() - secret_len..];
    // Version and AlgorithmIdentifier: 3 and 13 bytes behind the head of the SEQUENCE.
    let start = &seed[2..18];
    let pkcs8 = |inner: &[u8]| element(0x30, &[start, &element(4, inner)].concat());
    let pair = [secret, public.as_bytes()].concat();
    vec![
        ("bare seed", "PRIVATE KEY", pkcs8(&seed[seed.len() - 32..])),
        ("bare expanded key", "PRIVATE KEY", pkcs8(secret)),
        ("liboqs pair", "PRIVATE KEY", pkcs8(&element(4, &pair))),
        ("seed", "PRIVATE KEY", seed),
        ("expanded key", "PRIVATE KEY", expanded),
        ("seed and expanded key", "PRIVATE KEY", form(KeyForm::Both)),
    ]
}

/// A PEM file as people pass it on: a byte order mark, comments, CRLF, a certificate before and after the key.
fn untidy(pem: &str) -> Vec<u8> {
    let certificate = String::from_utf8(vector("p384.pem")).unwrap();
    let certificate = &certificate[certificate.find("-----BEGIN CERTIFICATE").unwrap()..];
    format!("\u{feff}Bag Attributes\n    friendlyName: key\n{certificate}{pem}{certificate}")
        .replace('\n', "\r\n")
        .into()
}

/// All of them; without `slow` only those that are not slow, because making them is slow too.
fn cases(slow: bool) -> Vec<Case> {
    let mut cases = Vec::new();
    let sets = [Parameters::MlDsa44, Parameters::MlDsa65, Parameters::MlDsa87];
    let mut keys: Vec<_> = sets
        .map(|set| (set.name().to_owned(), PrivateKey::from_seed(set, &Seed::from_bytes([7; 32]))))
        .into();
    keys.extend(["rsa2048", "rsa4096", "p256", "p384", "p521"].map(|name| (name.to_owned(), stored(name))));
    for (algorithm, key) in keys {
        let public = key.public_key().clone();
        let mut add = |what: &str, bytes: Vec<u8>, slow| {
            let name = format!("{algorithm}, {what}");
            cases.push(Case { name, bytes, passphrase: PASSPHRASE, public: public.clone(), slow });
        };
        for (form, label, der) in forms(&key) {
            let text = pem::encode(label, &der).to_string();
            add(&format!("{form}, PEM"), text.clone().into(), false);
            add(&format!("{form}, untidy PEM"), untidy(&text), false);
            add(&format!("{form}, DER"), der, false);
        }
        if !slow {
            continue;
        }
        let encrypted = key.to_encrypted_der(KeyForm::Seed, PASSPHRASE.as_bytes(), &[3; 32]).unwrap();
        add("AES, PEM", pem::encode("ENCRYPTED PRIVATE KEY", &encrypted).as_bytes().to_vec(), true);
        add("AES, DER", encrypted.to_vec(), true);
    }
    // Written by OpenSSL and Java: old encryption, encrypted PEM, PKCS#12.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../test-vectors/modsig/keys/old");
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names.retain(|name| !name.ends_with(".pub") && !REFUSED.contains(&name.as_str()));
    for name in names {
        let passphrase = match name.as_str() {
            java if java.contains("java") => "test12",
            "p256-utf8.p12" => "zażółć€",
            "p256-empty.p12" => "",
            _ => PASSPHRASE,
        };
        let public = match name.split('-').next().unwrap() {
            "mldsa44" => ml_dsa_public(&vector("old/mldsa44-openssl35.pub")),
            of => stored(of).public_key().clone(),
        };
        cases.push(Case { bytes: vector(&format!("old/{name}")), name, passphrase, public, slow: false });
    }
    cases
}

/// Without a key, or with ciphers that are refused.
const REFUSED: [&str; 6] = [
    "no-key.p12",
    "p256-pem-camellia-128.pem",
    "p256-prf-sha512t256.der",
    "p256-rc4.p12",
    "p256-v1-sha1-rc4-128.der",
    "p256-v2-rc2.der",
];

fn ml_dsa_public(file: &[u8]) -> PublicKey {
    let block = pem::blocks(file).map(|blocks| blocks[0].contents.to_vec());
    PublicKey::from_spki_der(&block.unwrap_or_else(|_| file.to_vec())).unwrap()
}

/// Where a file comes from.
#[derive(Clone, Copy, Debug)]
enum Source {
    File,
    /// `/dev/fd/N` of a regular file.
    Descriptor,
    /// `/dev/fd/N` of a pipe: `<(…)`.
    Pipe,
    Fifo,
    /// `$CREDENTIALS_DIRECTORY/NAME`, which systemd makes as a file with mode 0400.
    Credential,
}

const SOURCES: [Source; 5] =
    [Source::File, Source::Descriptor, Source::Pipe, Source::Fifo, Source::Credential];

/// Reads the bytes through this source.
fn read_from(source: Source, bytes: &[u8], folder: &Path) -> KeyFile {
    let read = |path: &Path| KeyFile::read(path).unwrap_or_else(|error| panic!("{source:?}: {error}"));
    let descriptor = |fd: i32| PathBuf::from(format!("/dev/fd/{fd}"));
    let file = folder.join("key");
    let _ = fs::remove_file(&file);
    match source {
        Source::File => {
            fs::write(&file, bytes).unwrap();
            read(&file)
        }
        Source::Credential => {
            use std::os::unix::fs::OpenOptionsExt as _;
            let mut open =
                fs::OpenOptions::new().write(true).create_new(true).mode(0o400).open(&file).unwrap();
            open.write_all(bytes).unwrap();
            read(&file)
        }
        Source::Descriptor => {
            let mut open = tempfile::tempfile_in(folder).unwrap();
            open.write_all(bytes).unwrap();
            open.rewind().unwrap();
            read(&descriptor(open.as_raw_fd()))
        }
        Source::Pipe => {
            let (reader, mut writer) = std::io::pipe().unwrap();
            std::thread::scope(|scope| {
                scope.spawn(move || writer.write_all(bytes).unwrap());
                read(&descriptor(reader.as_raw_fd()))
            })
        }
        Source::Fifo => {
            rustix::fs::mknodat(rustix::fs::CWD, &file, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
            std::thread::scope(|scope| {
                scope.spawn(|| fs::write(&file, bytes).unwrap());
                read(&file)
            })
        }
    }
}

/// Kills: a form, cipher or algorithm that one source or container loses; PEM that depends on the order of its blocks, on CRLF
/// or on a byte order mark; a key read as another one.
#[test]
fn every_form_is_read_from_every_source() {
    let folder = tempfile::tempdir().unwrap();
    let (mut read, mut slow) = (0, 0);
    for case in cases(true) {
        let sources = match case.slow {
            true => {
                slow += 1;
                &SOURCES[slow % SOURCES.len()..][..1]
            }
            false => &SOURCES[..],
        };
        for &source in sources {
            let file = read_from(source, &case.bytes, folder.path());
            let opened = file.open(|| Ok(Some(case.passphrase.as_bytes().to_vec().into()))).unwrap();
            let contents = opened.unwrap_or_else(|error| panic!("{}, {source:?}: {error}", case.name));
            assert!(*contents.key.public_key() == case.public, "{}, {source:?}: another key", case.name);
            read += 1;
        }
    }
    // 28 forms × 3 containers and 38 old files × 5 sources; 8 algorithms × 2 encrypted files.
    assert_eq!((read, slow), ((28 * 3 + OLD_FILES) * 5 + 16, 16));
}

const OLD_FILES: usize = 38;

/// Kills: `convert` that loses or changes the key of a form; that leaves an old form; standard input that it does not read.
#[test]
fn every_form_is_converted_from_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("new.pem");
    let mut converted = 0;
    // The containers differ in reading only.
    for case in cases(false).iter().filter(|case| !case.name.contains("untidy")) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_module-key"));
        command.args(["-q", "convert", "-", "--force", "--out"]).arg(&out);
        command.env("KBUILD_SIGN_PIN", case.passphrase);
        let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(&case.bytes).unwrap();
        let done = child.wait_with_output().unwrap();
        assert!(done.status.success(), "{}: {}", case.name, String::from_utf8_lossy(&done.stderr));
        let again = PrivateKey::from_pem_or_der(&fs::read(&out).unwrap()).unwrap();
        assert!(*again.public_key() == case.public, "{}: another key", case.name);
        assert_eq!(again.old_form(), None, "{}", case.name);
        converted += 1;
    }
    assert_eq!(converted, 28 * 2 + OLD_FILES);
}
