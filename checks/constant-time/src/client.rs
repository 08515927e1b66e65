//! Requests to valgrind's memcheck. Outside valgrind each returns its default and does nothing.

use std::arch::asm;

const MEMCHECK: u64 = (b'M' as u64) << 24 | (b'C' as u64) << 16;
const MAKE_MEM_UNDEFINED: u64 = MEMCHECK | 1;
const MAKE_MEM_DEFINED: u64 = MEMCHECK | 2;
const GET_VBITS: u64 = MEMCHECK | 8;
const RUNNING_ON_VALGRIND: u64 = 0x1001;
const COUNT_ERRORS: u64 = 0x1201;

fn request(code: u64, first: u64, second: u64, third: u64) -> u64 {
    let arguments: [u64; 6] = [code, first, second, third, 0, 0];
    let mut result = 0u64;
    // SAFETY: valgrind's client request for x86-64: rotations of rdi that cancel each other and an exchange of rbx with
    // itself; nothing but flags changes outside valgrind. Under it, the six words at rax are read and rdx is the result.
    unsafe {
        asm!(
            "rol rdi, 3", "rol rdi, 13", "rol rdi, 61", "rol rdi, 51", "xchg rbx, rbx",
            in("rax") arguments.as_ptr(),
            inout("rdx") result,
            options(nostack),
        );
    }
    result
}

/// Whether valgrind runs this program.
pub fn running() -> bool {
    request(RUNNING_ON_VALGRIND, 0, 0, 0) != 0
}

/// How many errors memcheck has reported so far.
pub fn errors() -> u64 {
    request(COUNT_ERRORS, 0, 0, 0)
}

/// Makes bytes secret: memcheck reports each branch and address that depends on them.
pub fn classify(memory: &mut [u8]) {
    request(MAKE_MEM_UNDEFINED, memory.as_mut_ptr() as u64, memory.len() as u64, 0);
}

/// Makes a copy of the bytes, and makes it public.
pub fn reveal(memory: &[u8]) -> Vec<u8> {
    let copy = memory.to_vec();
    request(MAKE_MEM_DEFINED, copy.as_ptr() as u64, copy.len() as u64, 0);
    copy
}

/// How many of the bytes are secret, in part at least.
pub fn secret_bytes(memory: &[u8]) -> usize {
    let mut bits = vec![0u8; memory.len()];
    request(GET_VBITS, memory.as_ptr() as u64, bits.as_mut_ptr() as u64, memory.len() as u64);
    bits.iter().filter(|&&byte| byte != 0).count()
}
