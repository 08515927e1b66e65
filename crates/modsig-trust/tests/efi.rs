//! EFI signature lists and the files that hold them, made by code.

use modsig::kernel::Origin;
use modsig_trust::efi::{EfiError, Guid, Note, Variable, Variables, signatures};

/// A list of entries of one type; all have the same length.
fn list(kind: Guid, entries: &[&[u8]]) -> Vec<u8> {
    let size = 16 + entries.first().map_or(0, |entry| entry.len());
    let mut bytes = kind.0.to_vec();
    for number in [28 + size * entries.len(), 0, size] {
        bytes.extend(u32::try_from(number).unwrap().to_le_bytes());
    }
    for entry in entries {
        bytes.extend([7; 16]);
        bytes.extend(*entry);
    }
    bytes
}

fn variables(all: &[(Variable, Vec<u8>)]) -> Variables {
    let mut variables = Variables::default();
    for (variable, value) in all {
        variables.add(*variable, value).unwrap();
    }
    variables
}

/// Kills: an origin of the wrong variable, types that Linux does not read.
#[test]
fn certificates_come_from_db_and_mok_list() {
    let db =
        [list(Guid::SHA256, &[&[1; 32], &[2; 32]]), list(Guid::X509, &[b"one"]), list(Guid::X509, &[b"two"])];
    let trust = variables(&[
        (Variable::Db, db.concat()),
        (Variable::MokList, list(Guid::X509, &[b"mok"])),
        (Variable::SecureBoot, vec![6, 0, 0, 0, 1]),
    ])
    .trust();
    let expected = [(Origin::Firmware, "one"), (Origin::Firmware, "two"), (Origin::MachineOwner, "mok")];
    assert_eq!(trust.certificates, expected.map(|(origin, der)| (origin, der.into())));
    assert_eq!(trust.secure_boot, Some(true));
    assert_eq!(trust.notes, [Note::Ignored { variable: Variable::Db, kind: Guid::SHA256, entries: 2 }]);
}

/// Kills: an entry of dbx that refuses nothing.
#[test]
fn revocations_come_from_dbx_and_mok_list_x() {
    let dbx = [
        list(Guid::X509, &[b"bad"]),
        list(Guid::SHA256, &[&[1; 32]]),
        list(Guid::X509_SHA256, &[&[[2; 32].as_slice(), &[0; 16]].concat()]),
        list(Guid::X509_SHA384, &[&[3; 64]]),
        list(Guid::X509_SHA256, &[&[5; 20], &[6; 20]]),
        list(Guid::SHA256, &[&[7; 48]]),
    ];
    let trust = variables(&[
        (Variable::Dbx, dbx.concat()),
        (Variable::MokListX, list(Guid::X509_SHA256, &[&[4; 32]])),
    ])
    .trust();
    assert_eq!(trust.revoked, [(Origin::Firmware, b"bad".to_vec())]);
    assert_eq!(trust.revoked_files, [(Origin::Firmware, [1; 32])]);
    let expected = [
        (Origin::Firmware, [[2; 32].as_slice(), &[0; 16]].concat()),
        (Origin::Firmware, vec![5; 20]),
        (Origin::Firmware, vec![6; 20]),
        (Origin::MachineOwner, vec![4; 32]),
    ];
    assert_eq!(trust.revoked_tbs, expected);
    let expected = [
        Note::HashesWithTime { variable: Variable::Dbx, entries: 1 },
        Note::FileHashLength { variable: Variable::Dbx, entries: 1 },
        Note::CertificateHashLength { variable: Variable::Dbx, entries: 2 },
        Note::Ignored { variable: Variable::Dbx, kind: Guid::X509_SHA384, entries: 1 },
        Note::SecureBootUnknown,
    ];
    assert_eq!(trust.notes, expected);
}

/// Kills: entries of a malformed list, and of those after it, which Linux does not take; sizes that are not checked.
#[test]
fn a_malformed_list_ends_the_variable() {
    let good = list(Guid::X509, &[b"one"]);
    let set = |at: usize, value: u32| {
        let mut bad = list(Guid::X509, &[b"two"]);
        bad[at..at + 4].copy_from_slice(&value.to_le_bytes());
        bad
    };
    let bad = [
        set(16, 0),
        set(16, 27),
        set(16, 1000),
        set(16, u32::MAX),
        set(20, 1),
        set(20, u32::MAX),
        set(24, 0),
        set(24, 15),
        set(24, 18),
        set(24, 20),
        vec![0; 27],
        list(Guid::X509, &[]),
    ];
    for bad in bad {
        let value = [&good[..], &bad, &good].concat();
        let cut = if bad.len() == 27 { &value[..good.len() + 27] } else { &value };
        let found: Vec<_> = signatures(cut).collect();
        assert_eq!(found.len(), 2, "{bad:?}");
        assert_eq!(found[0].unwrap().data, b"one");
        assert_eq!(found[1], Err(good.len()));
    }
}

/// Kills: `db` that counts although shim tells Linux to ignore it; Secure Boot in setup mode.
#[test]
fn the_state_of_the_firmware_counts() {
    let db = (Variable::Db, list(Guid::X509, &[b"one"]));
    let trust = variables(&[
        db,
        (Variable::MokIgnoreDb, vec![6, 0, 0, 0, 1]),
        (Variable::SecureBoot, vec![6, 0, 0, 0, 1]),
        (Variable::SetupMode, vec![6, 0, 0, 0, 1]),
        (Variable::MokListTrusted, vec![1]),
    ])
    .trust();
    assert!(trust.certificates.is_empty() && trust.mok_list_trusted);
    assert_eq!(trust.secure_boot, Some(false));
    assert_eq!(trust.notes, [Note::DbIgnored]);
}

/// Files of efivarfs begin with attributes, dumps do not. Kills: a list that begins four bytes late.
#[test]
fn attributes_are_optional_and_names_decide() {
    let value = list(Guid::X509, &[b"one"]);
    let with_attributes = [&[0x27, 0, 0, 0][..], &value].concat();
    let names = ["db-d719b2cb-3d3a-4596-a3bc-dad00e67656f", "db", "db.esl"];
    for (name, file) in names.iter().flat_map(|name| [(name, &value), (name, &with_attributes)]) {
        let mut variables = Variables::default();
        variables.add_file(name, file).unwrap();
        assert_eq!(variables.get(Variable::Db), Some(&value[..]));
    }
    let mut variables = Variables::default();
    // The right name, by another vendor.
    let other = "db-605dab50-e046-4300-abb6-3dd810dd8b23";
    assert_eq!(variables.add_file(other, &value), Err(EfiError::UnknownVariable));
    assert_eq!(variables.add_file("db", b"#!/bin/sh"), Err(EfiError::NotAValue(Variable::Db)));
    assert!(variables.is_empty());
}

/// A store of edk2 with these variables: state, vendor, name, data.
fn store(variables: &[(u8, Guid, &str, &[u8])]) -> Vec<u8> {
    let mut file = vec![0; 16];
    file.extend(hex("8d2bf1ff96768b4ca9852747075b4f50"));
    file.resize(40, 0);
    file.extend(b"_FVH");
    file.resize(48, 0);
    file.extend([0x48, 0]);
    file.resize(0x48, 0);
    file.extend(hex("782cf3aa7b949a43a1802e144ec37792"));
    file.extend(0x1000_u32.to_le_bytes());
    file.resize(0x48 + 28, 0);
    for (state, vendor, name, data) in variables {
        let name: Vec<u8> = name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
        file.extend([0xaa, 0x55, *state, 0]);
        file.extend([0; 32]);
        for len in [name.len(), data.len()] {
            file.extend(u32::try_from(len).unwrap().to_le_bytes());
        }
        file.extend(vendor.0);
        file.extend(name);
        file.extend(*data);
        file.resize((file.len() - 0x48).next_multiple_of(4) + 0x48, 0xff);
    }
    file.resize(0x48 + 0x1000, 0xff);
    file
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// Kills: deleted variables that count, a store that is read past its end, Secure Boot without a platform key.
#[test]
fn a_variable_store_is_read() {
    let (one, two, mok) =
        (list(Guid::X509, &[b"one"]), list(Guid::X509, &[b"two"]), list(Guid::X509, &[b"mok"]));
    let file = store(&[
        (0x3d, Guid::SECURITY_DATABASE, "db", &two),
        (0x3e, Guid::SECURITY_DATABASE, "db", &two),
        (0x3f, Guid::GLOBAL, "PK", b"key"),
        (0x3f, Guid::SECURITY_DATABASE, "db", &one),
        (0x3f, Guid::SHIM, "MokList", &mok),
    ]);
    let mut variables = Variables::default();
    variables.add_file("OVMF_VARS.fd", &file).unwrap();
    let trust = variables.trust();
    assert_eq!(
        trust.certificates,
        [(Origin::Firmware, b"one".to_vec()), (Origin::MachineOwner, b"mok".to_vec())]
    );
    assert_eq!((trust.secure_boot, trust.notes), (Some(true), vec![Note::FromStore]));
    for cut in [0x40, 0x50, 0x60, 0x100] {
        assert!(Variables::default().add_file("OVMF_VARS.fd", &file[..cut]).is_err());
    }
    let mut long = file;
    long[0x48 + 28 + 40..0x48 + 28 + 44].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(matches!(Variables::default().add_file("x.fd", &long), Err(EfiError::Store { .. })));
}
