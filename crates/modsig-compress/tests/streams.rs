//! Packed modules are readable, by us and by Linux; damaged files, trailing bytes and endless data are rejected.

use modsig::kernel::Version;
use modsig_compress::{Compression, LinuxDefect, UnpackError, limit, linux, pack, unpack};

fn sample() -> Vec<u8> {
    (0..300_000_u32).flat_map(|n| (n / 7).wrapping_mul(n).to_le_bytes()).collect()
}

/// Kills: a check, a dictionary or a header that `scripts/Makefile.modinst` would not write.
#[test]
fn what_is_packed_is_what_the_kernels_build_writes() {
    for compression in Compression::ALL {
        for contents in [Vec::new(), b"x".to_vec(), sample(), vec![0; 3 << 20]] {
            let packed = pack(compression, &contents, None).unwrap();
            let unpacked = unpack(compression, &packed).unwrap();
            assert_eq!((unpacked.bytes.len(), unpacked.defect), (contents.len(), None));
            assert_eq!(unpacked.bytes, contents);
            assert_eq!(linux::unpack(compression, &packed, Version::V7_3).unwrap(), contents);
            assert_eq!(pack(compression, &contents, None).unwrap(), packed, "the same bytes again");
            match compression {
                // Flags 0: no name, and nothing that Linux does not know. Time 0.
                Compression::Gzip => assert_eq!(packed[3..8], [0; 5]),
                // Stream flags: check 1 is CRC-32. Filter flags: LZMA2, one property, the dictionary of 1 MiB.
                Compression::Xz => {
                    assert_eq!(packed[6..8], [0, 1]);
                    assert!(contents.is_empty() || packed[14..17] == [0x21, 1, 16]);
                }
                // RFC 8878 §3.1.1.1: a checksum, no dictionary.
                Compression::Zstd => assert_eq!(packed[4] & 0b0000_0111, 0b100),
            }
        }
    }
}

/// A module packed by `zstd -19` must not grow by a third when it is signed. Kills: only the usual level.
#[test]
fn zstd_works_harder_for_a_file_that_was_smaller() {
    let text: Vec<u8> =
        (0..60_000_u32).flat_map(|n| format!("{} {:x}\n", n * n % 9973, n / 3).into_bytes()).collect();
    let usual = pack(Compression::Zstd, &text, None).unwrap();
    assert_eq!(pack(Compression::Zstd, &text, Some(usual.len())).unwrap(), usual);
    let harder = pack(Compression::Zstd, &text, Some(usual.len() / 2)).unwrap();
    assert!(harder.len() < usual.len() * 9 / 10, "{} {}", harder.len(), usual.len());
}

/// Every byte counts: no decoder may ignore a changed checksum, and none may panic.
#[test]
fn a_damaged_stream_is_rejected() {
    let contents: Vec<u8> = sample()[..20_000].to_vec();
    for compression in Compression::ALL {
        let packed = pack(compression, &contents, None).unwrap();
        let mut ran = 0;
        for at in (0..packed.len()).step_by(packed.len() / 500 + 1).chain(packed.len() - 30..packed.len()) {
            let mut bad = packed.clone();
            bad[at] ^= 1 << (at % 8);
            // A flag that means nothing (gzip's text flag and operating system, say) changes nothing.
            let same = unpack(compression, &bad).map(|unpacked| unpacked.bytes == contents);
            assert!(same != Ok(false), "{compression:?} {at}");
            assert!(unpack(compression, &packed[..at]).is_err(), "{compression:?} cut at {at}");
            ran += 1;
        }
        assert!(ran > 200, "{compression:?} {ran}");
    }
}

#[test]
fn what_follows_the_stream_is_rejected() {
    for compression in Compression::ALL {
        let packed = pack(compression, b"module", None).unwrap();
        for rest in [&b"\0"[..], b"\0\0\0\0", b"garbage", &packed] {
            let error = unpack(compression, &[&packed, rest].concat()).unwrap_err();
            let stream = rest == packed;
            assert_eq!(
                error,
                UnpackError::Trailing { compression, offset: packed.len(), len: rest.len(), stream }
            );
        }
    }
}

/// Counts what the decoder produces, not what a header says: 33 MiB of zeros, in each format.
#[test]
fn a_stream_without_end_is_stopped() {
    for compression in Compression::ALL {
        let error = pack(compression, &vec![0; 33 << 20], None).unwrap_err();
        assert!(error.reason.contains("unpacks to more than 33554432 bytes"), "{error}");
    }
    assert_eq!(limit::of(0), limit::FREE);
}

/// Every xz program reads these files, but Linux does not. Kills: CRC-64 accepted as good, which DKMS users met most
/// often.
#[test]
fn checks_that_linux_does_not_have_are_named() {
    use liblzma::stream::{Action, Check, Filters, LzmaOptions, Status, Stream};
    let encode = |filters: &Filters, check| {
        let mut encoder = Stream::new_stream_encoder(filters, check).unwrap();
        let mut out = vec![0; 1000];
        assert_eq!(encoder.process(b"module", &mut out, Action::Finish), Ok(Status::StreamEnd));
        out.truncate(usize::try_from(encoder.total_out()).unwrap());
        out
    };
    let options = LzmaOptions::new_preset(6).unwrap();
    let mut plain = Filters::new();
    plain.lzma2(&options);
    let defect = |file: &[u8]| {
        unpack(Compression::Xz, file).map(|unpacked| (unpacked.bytes, unpacked.defect)).unwrap()
    };
    for (check, expected) in [
        (Check::None, None),
        (Check::Crc32, None),
        (Check::Crc64, Some(LinuxDefect::XzCheck { id: 4 })),
        (Check::Sha256, Some(LinuxDefect::XzCheck { id: 10 })),
    ] {
        assert_eq!(defect(&encode(&plain, check)), (b"module".to_vec(), expected));
    }
    let mut filters = Filters::new();
    filters.delta_properties(&[0]).unwrap().lzma2(&options);
    let delta = (b"module".to_vec(), Some(LinuxDefect::XzFilters { offset: 12 }));
    assert_eq!(defect(&encode(&filters, Check::Crc32)), delta);
    let mut filters = Filters::new();
    filters.x86().lzma2(&options);
    assert_eq!(defect(&encode(&filters, Check::Crc32)), (b"module".to_vec(), None));
}

/// Kills: minutes of work for a frame of blocks of some bytes, each of which may bring three tables.
#[test]
fn a_frame_of_nothing_but_blocks_is_rejected() {
    let frame = |blocks: usize| {
        let mut file = vec![0x28, 0xb5, 0x2f, 0xfd, 0, 0x50];
        for at in 1..=blocks {
            file.extend([u8::from(at == blocks) | 1 << 3, 0, 0, b'x']);
        }
        file
    };
    assert_eq!(unpack(Compression::Zstd, &frame(8000)).unwrap().bytes, vec![b'x'; 8000]);
    let many = frame(100_000);
    assert!(matches!(unpack(Compression::Zstd, &many), Err(UnpackError::Blocks { .. })));
    assert!(matches!(
        linux::unpack(Compression::Zstd, &many, Version::V7_3),
        Err(linux::Rejection::Unknown(_))
    ));
}
