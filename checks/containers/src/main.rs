//! `containers FORMAT COUNT SEED`: makes COUNT mutated files of a format (`gzip`, `xz`, `zstd`), and compares how
//! `modsig-compress` reads them with how the C libraries do. Prints every disagreement with its file in hexadecimal, then
//! the counts.
//!
//! `containers FORMAT COUNT SEED --sabotage`: a bit of every output of the C library is flipped, and the comparison must notice.
//!
//! Exit code 0: no disagreement; 1: some; 2: usage.

mod mutate;
mod oracles;

use std::process::ExitCode;

use modsig::kernel::Version;
use modsig_compress::{Compression, Unpacked, linux, unpack};
use mutate::Random;

/// The version whose reading is compared. The version of XZ Embedded here has the filters of Linux 6.12 and later.
const VERSION: Version = Version::V7_3;

/// What is counted.
#[derive(Default)]
struct Counts {
    files: u64,
    /// Accepted by the strict reading.
    accepted: u64,
    /// Unpacked by Linux's reading.
    linux: u64,
    /// The strict reading accepts, and a library rejects.
    only_ours: u64,
    /// Both accept, with different bytes.
    different: u64,
    /// Linux's reading is not the library's.
    linux_differs: u64,
    /// The library accepts, and the strict reading rejects.
    only_theirs: u64,
}

/// How a library reads a file as a whole, and as Linux does. `None`: it rejects it.
struct Theirs {
    whole: Vec<Option<Vec<u8>>>,
    linux: Option<Option<Vec<u8>>>,
}

fn gzip(file: &[u8]) -> Theirs {
    let (output, consumed, status) = oracles::zlib(file, 31);
    let whole = (status == 1 && consumed == file.len()).then_some(output);
    let linux = header_len(file).and_then(|start| {
        let (output, _, status) = oracles::zlib(&file[start..], -15);
        (status == 1).then_some(output)
    });
    Theirs { whole: vec![whole], linux: Some(linux) }
}

/// `module_gzip_header_len`.
fn header_len(file: &[u8]) -> Option<usize> {
    if file.len() < 10 || file[..3] != [0x1f, 0x8b, 8] {
        return None;
    }
    if file[3] & 8 == 0 {
        return Some(10);
    }
    file[10..].iter().position(|&byte| byte == 0).map(|len| 11 + len)
}

fn xz(file: &[u8]) -> Theirs {
    let (output, consumed, status) = oracles::xz_embedded(file);
    let accepted = status == 1;
    let known_check = file.get(7).is_some_and(|&check| check <= 1);
    let whole = (accepted && consumed == file.len()).then(|| output.clone());
    let linux = (accepted && known_check).then_some(output);
    Theirs { whole: vec![whole], linux: Some(linux) }
}

fn zstd(file: &[u8]) -> Theirs {
    Theirs { whole: vec![oracles::zstd(file)], linux: None }
}

fn compare(compression: Compression, file: &[u8], sabotage: bool, counts: &mut Counts) -> Vec<String> {
    let mut theirs = match compression {
        Compression::Gzip => gzip(file),
        Compression::Xz => xz(file),
        Compression::Zstd => zstd(file),
    };
    if sabotage {
        for output in theirs.whole.iter_mut().chain(theirs.linux.as_mut()).flatten() {
            output.push(0);
        }
    }
    let mut wrong = Vec::new();
    counts.files += 1;
    let ours = unpack(compression, file);
    // A defect means that Linux's library need not accept the file.
    let strict = match &ours {
        Ok(Unpacked { bytes, defect: None }) => Some(bytes),
        _ => None,
    };
    counts.accepted += u64::from(strict.is_some());
    for whole in &theirs.whole {
        match (strict, whole) {
            (Some(_), None) => {
                counts.only_ours += 1;
                wrong.push("only ours accepts".into());
            }
            (Some(ours), Some(theirs)) if ours != theirs => {
                counts.different += 1;
                wrong.push("different bytes".into());
            }
            (None, Some(_)) => counts.only_theirs += 1,
            _ => {}
        }
    }
    let linux = linux::unpack(compression, file, VERSION);
    let linux = match linux {
        Err(linux::Rejection::Unknown(_)) => return wrong,
        Err(linux::Rejection::Rejected { .. }) => None,
        Ok(bytes) => Some(bytes),
    };
    counts.linux += u64::from(linux.is_some());
    if let Some(theirs) = theirs.linux.filter(|theirs| *theirs != linux) {
        counts.linux_differs += 1;
        let words = |reading: &Option<Vec<u8>>| {
            reading.as_ref().map_or("rejected".into(), |b| format!("{} bytes", b.len()))
        };
        wrong.push(format!("Linux: {} predicted, {} by the library", words(&linux), words(&theirs)));
    }
    // What the strict reading accepts, Linux reads as the same bytes.
    if strict.is_some() && strict != linux.as_ref() {
        counts.different += 1;
        wrong.push("the strict reading is not Linux's".into());
    }
    wrong
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (format, count, seed, sabotage) = match arguments[..] {
        [format, count, seed] => (format, count, seed, false),
        [format, count, seed, "--sabotage"] => (format, count, seed, true),
        _ => ("", "", "", false),
    };
    let compression = Compression::ALL.into_iter().find(|one| one.name() == format);
    let (Some(compression), Ok(count), Ok(seed)) = (compression, count.parse::<u64>(), seed.parse::<u64>())
    else {
        eprintln!("usage: containers gzip|xz|zstd COUNT SEED [--sabotage]");
        return ExitCode::from(2);
    };
    let mut random = Random(seed);
    let mut counts = Counts::default();
    let mut printed = 0;
    for _ in 0..count {
        let file = mutate::file(&mut random, compression);
        for words in compare(compression, &file, sabotage, &mut counts) {
            printed += 1;
            if printed <= 20 {
                let hex: String = file.iter().take(2000).map(|byte| format!("{byte:02x}")).collect();
                println!("DISAGREEMENT: {format}: {words}: {hex}");
            }
        }
    }
    let Counts { files, accepted, linux, only_ours, different, linux_differs, only_theirs } = counts;
    println!(
        "{format}: {files} files, {accepted} accepted, {linux} unpacked by Linux; only ours accepts: {only_ours}; \
         different bytes: {different}; Linux's reading differs: {linux_differs}; only the library accepts: {only_theirs}"
    );
    // A comparison in which nothing or everything is accepted shows nothing.
    if accepted == 0 || accepted == files {
        println!("{format}: the files are no test");
        return ExitCode::FAILURE;
    }
    if only_ours + different + linux_differs == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
