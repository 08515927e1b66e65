//! The control of `checks/address-sanitizer.sh`: reads inside of an allocation, or one byte behind it.

fn main() {
    let bytes = vec![7_u8; 100];
    let outside = std::env::args().nth(1).as_deref() == Some("outside");
    let at = std::hint::black_box(if outside { 100 } else { 99 });
    // SAFETY: none, if `outside`: that is what the sanitizer shall find.
    println!("{}", unsafe { bytes.as_ptr().add(at).read() });
}
