//! Tests of the DER walk and of what is written.

use super::*;

/// What is written is read again, and its length octets are the fewest. Kills: padded or cut lengths.
#[test]
fn written_elements_are_read_again() {
    for (length, header) in [
        (0, vec![0]),
        (127, vec![127]),
        (128, vec![0x81, 128]),
        (255, vec![0x81, 255]),
        (256, vec![0x82, 1, 0]),
        (65_535, vec![0x82, 255, 255]),
        (65_536, vec![0x83, 1, 0, 0]),
    ] {
        let value = vec![7; length];
        let der = write(tag::OCTET_STRING, &[&value[..length / 2], &value[length / 2..]]);
        assert_eq!(der[1..1 + header.len()], header);
        let mut walk = Walk::new(&der);
        let element = walk.expect(tag::OCTET_STRING, "x").unwrap();
        assert_eq!((element.value, element.raw, element.offset), (&value[..], &der[..], 0));
        assert!(walk.is_empty());
    }
}

/// Offsets are those of the outermost bytes, at any depth.
#[test]
fn offsets() {
    let inner = write(tag::INTEGER, &[&[5]]);
    let der = write(tag::SEQUENCE, &[&inner, &write(tag::SEQUENCE, &[&inner, &inner])]);
    let mut walk = Walk::new(&der).any("a").unwrap().walk();
    assert_eq!(walk.any("b").unwrap().value_offset(), 4);
    let mut deeper = walk.any("c").unwrap().walk();
    assert_eq!(deeper.any("d").unwrap().offset, 7);
    assert_eq!(deeper.any("e").unwrap().offset, 10);
    assert_eq!(deeper.any("f").unwrap_err().offset, 13);
}

#[test]
fn problems() {
    let problem = |bytes: &[u8]| Walk::new(bytes).any("x").unwrap_err().problem;
    assert_eq!(problem(&[]), DerProblem::Missing);
    assert_eq!(problem(&[0x30]), DerProblem::Truncated);
    assert_eq!(problem(&[0x30, 1]), DerProblem::Truncated);
    assert_eq!(problem(&[0x30, 0x82, 1]), DerProblem::Truncated);
    assert_eq!(problem(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]), DerProblem::Truncated);
    assert_eq!(problem(&[0x30, 0x80, 0, 0]), DerProblem::IndefiniteLength);
    assert_eq!(problem(&[0x30, 0x81, 5, 0, 0, 0, 0, 0]), DerProblem::InvalidHeader);
    assert_eq!(problem(&[0x30, 0x82, 0, 200]), DerProblem::InvalidHeader);
    assert_eq!(problem(&[0x30, 0x88, 0, 0, 0, 0, 0, 0, 0, 1, 0]), DerProblem::InvalidHeader);
}

/// Integers have the fewest octets (X.690 §8.3.2). Kills: a bound of the first or second octet that is off by one.
#[test]
fn integers() {
    let read = |value: &[u8]| {
        let der = write(tag::INTEGER, &[value]);
        let element = Walk::new(&der).expect(tag::INTEGER, "x").unwrap();
        let is_ok = (element.check_integer("x").is_ok(), element.check_unsigned("x").is_ok());
        (is_ok, element.small_integer("x").ok())
    };
    for (value, expected) in [
        (&[][..], ((false, false), None)),
        (&[0], ((true, true), Some(0))),
        (&[0x7f], ((true, true), Some(127))),
        (&[0x80], ((true, false), None)),
        (&[0xff], ((true, false), None)),
        (&[0, 0x7f], ((false, false), None)),
        (&[0, 0x80], ((true, true), None)),
        (&[0, 0xff], ((true, true), None)),
        (&[0xff, 0x7f], ((true, false), None)),
        (&[0xff, 0x80], ((false, false), None)),
        (&[1, 0], ((true, true), None)),
        (&[0x7f, 0xff], ((true, true), None)),
        (&[0x80, 0], ((true, false), None)),
        (&[0xfe, 0xff], ((true, false), None)),
    ] {
        assert_eq!(read(value), expected, "{value:x?}");
    }
    // What is wrong is said.
    let words = |value: &[u8]| {
        let der = write(tag::INTEGER, &[value]);
        Walk::new(&der).any("x").unwrap().check_unsigned("x").unwrap_err().to_string()
    };
    assert_eq!(words(&[]), "x at offset 0: empty integer");
    assert_eq!(words(&[0, 1]), "x at offset 0: integer with a superfluous leading octet");
    assert_eq!(words(&[0x80]), "x at offset 0: negative integer");
}

/// An AlgorithmIdentifier is an OID and at most one element. Kills: parameters cut off, or more than one taken.
#[test]
fn algorithm_identifiers() {
    let oid = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
    let (oid_der, null) = (write(tag::OID, &[oid.as_bytes()]), write(tag::NULL, &[]));
    assert_eq!(write_algorithm(&oid), write(tag::SEQUENCE, &[&oid_der]));
    let with_null = write(tag::SEQUENCE, &[&oid_der, &null]);
    let both = [write_algorithm(&oid), with_null.clone()].concat();
    let mut walk = Walk::new(&both);
    let first = AlgorithmIdentifier::read(&mut walk, "x").unwrap();
    assert_eq!((first.offset, first.oid, first.parameters), (0, oid, None));
    let second = AlgorithmIdentifier::read(&mut walk, "x").unwrap();
    assert_eq!((second.offset, second.oid, second.parameters), (first.raw.len(), oid, Some(&null[..])));
    assert_eq!(second.raw, with_null);
    assert!(walk.finish("x").is_ok());
    let read = |der: &[u8]| AlgorithmIdentifier::read(&mut Walk::new(der), "x").unwrap_err().problem;
    assert_eq!(
        read(&write(tag::SEQUENCE, &[&oid_der, &null, &null])),
        DerProblem::TrailingBytes { count: 2 }
    );
    assert_eq!(read(&write(tag::SEQUENCE, &[])), DerProblem::Missing);
    assert_eq!(
        read(&write(tag::SEQUENCE, &[&null])),
        DerProblem::UnexpectedTag { expected: tag::OID, found: tag::NULL }
    );
    let bad_oid = write(tag::OID, &[&[0x80]]);
    assert!(matches!(read(&write(tag::SEQUENCE, &[&bad_oid])), DerProblem::InvalidValue(_)));
}

/// Optional elements are taken only if they are there; what is left is counted.
#[test]
fn walks() {
    let der =
        [write(tag::NULL, &[]), write(tag::context(5), &[&[1]]), write(tag::context_constructed(5), &[])]
            .concat();
    let mut walk = Walk::new(&der);
    assert_eq!((walk.offset(), walk.is_empty()), (0, false));
    assert_eq!(walk.optional(0x85, "x"), Ok(None));
    assert_eq!(walk.finish("x").unwrap_err().problem, DerProblem::TrailingBytes { count: 7 });
    assert_eq!(walk.optional(tag::NULL, "x").unwrap().map(|element| element.tag()), Some(tag::NULL));
    assert_eq!(walk.offset(), 2);
    let error = walk.expect(0x86, "x").unwrap_err();
    assert_eq!((error.offset, error.problem), (2, DerProblem::UnexpectedTag { expected: 0x86, found: 0x85 }));
    let primitive = walk.expect(0x85, "x").unwrap();
    assert_eq!((primitive.tag(), primitive.value, primitive.value_offset()), (0x85, &[1][..], 4));
    let constructed = walk.expect(0xa5, "x").unwrap();
    assert_eq!((constructed.raw, constructed.offset, constructed.walk().offset()), (&[0xa5, 0][..], 5, 7));
    assert!(walk.is_empty() && walk.finish("x").is_ok() && constructed.walk().is_empty());
    assert_eq!(walk.expect(0x85, "x").unwrap_err().problem, DerProblem::Missing);
    assert_eq!(walk.optional(0x85, "x"), Ok(None));
    let error = constructed.error("y", DerProblem::SetNotSorted);
    assert_eq!((error.offset, error.field, error.problem), (5, "y", DerProblem::SetNotSorted));
}

/// Equal elements may stand side by side, and a shorter one is not always the lesser (X.690 §11.6).
#[test]
fn order_of_sets() {
    assert!(is_sorted(&[]) && is_sorted(&[&[2, 1, 9]]) && is_sorted(&[&[2, 1, 9], &[2, 1, 9], &[4, 0]]));
    assert!(is_sorted(&[&[2, 1, 9], &[2, 2, 0, 9]]) && is_sorted(&[&[2, 2, 0, 9], &[4, 0]]));
    assert!(!is_sorted(&[&[2, 1, 9], &[2, 1, 8]]) && !is_sorted(&[&[2, 1, 0], &[4, 0], &[3, 1, 0]]));
}

/// Errors of `der` keep their place and their meaning.
#[test]
fn errors_of_der() {
    let error = |bytes: &[u8]| {
        let error = <&der::asn1::OctetStringRef as der::Decode>::from_der(bytes).unwrap_err();
        DerError::from_der("x", &error)
    };
    assert_eq!(error(&[4, 1, 7, 0, 0]).problem, DerProblem::TrailingBytes { count: 2 });
    assert_eq!(error(&[4, 5, 7]).problem, DerProblem::Truncated);
    assert_eq!(error(&[4, 0x80, 0, 0]).problem, DerProblem::IndefiniteLength);
    assert_eq!(error(&[4, 0x81, 1, 0]).problem, DerProblem::InvalidHeader);
    assert_eq!(error(&[4, 1, 7, 0, 0]).offset, 3);
}
