//! x86_64 Linux without libc: three system calls, a start, and the four functions that the compiler calls.

use core::arch::{asm, naked_asm};

/// The kernel starts the program here, with the stack aligned to 16.
#[unsafe(no_mangle)]
#[unsafe(naked)]
unsafe extern "C" fn _start() -> ! {
    naked_asm!("xor ebp, ebp", "call {run}", "mov edi, eax", "call {exit}", "ud2", run = sym super::run_program, exit = sym exit_c)
}

extern "C" fn exit_c(code: i32) -> ! {
    exit(code)
}

/// Ends the program.
pub fn exit(code: i32) -> ! {
    // SAFETY: exit_group(2) takes a number and does not return.
    unsafe { asm!("syscall", in("eax") 231, in("edi") code, options(noreturn)) }
}

/// Writes to standard output; ignores errors.
pub fn print(text: &[u8]) {
    // SAFETY: write(2) reads the bytes of `text`; the kernel changes rax, rcx and r11.
    unsafe {
        asm!("syscall", inout("rax") 1_usize => _, in("rdi") 1, in("rsi") text.as_ptr(), in("rdx") text.len(),
            out("rcx") _, out("r11") _, options(nostack));
    }
}

/// Maps standard input, which must be a file, into memory: the known answers (`known_answers.rs`). Null if it cannot be mapped.
pub fn known_answers() -> *const u8 {
    const LEN: usize = 16 << 20;
    let address: isize;
    // SAFETY: mmap(2) of new memory, for reading (1) only and private (2); the kernel changes rax, rcx and r11.
    unsafe {
        asm!("syscall", inout("rax") 9_usize => address, in("rdi") 0, in("rsi") LEN, in("rdx") 1, in("r10") 2, in("r8") 0,
            in("r9") 0, out("rcx") _, out("r11") _, options(nostack));
    }
    // The kernel returns an error as a small negative number.
    if (-4095..0).contains(&address) {
        return core::ptr::null();
    }
    core::ptr::with_exposed_provenance(address.cast_unsigned())
}

/// Calls `task` on the stack that ends at `end`.
///
/// # Safety
/// No other code uses the memory before `end`; it is long enough for the task; `end` is aligned to 16.
pub unsafe fn on_stack(end: *mut u8, task: &mut dyn FnMut()) {
    extern "C" fn call(task: *mut &mut dyn FnMut()) {
        // SAFETY: `on_stack` passes a pointer to its own argument.
        unsafe { (*task)() }
    }
    let mut task = task;
    // SAFETY: the called function preserves rbx, which restores the old stack.
    unsafe {
        asm!("mov r12, rsp", "mov rsp, {end}", "call {call}", "mov rsp, r12",
            end = in(reg) end, call = sym call, in("rdi") &raw mut task, out("r12") _, clobber_abi("C"));
    }
}

/// Precompiled `core` refers to it in its unwinding tables. Nothing unwinds here, so it is never called.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}

/// The function of C with this name.
#[unsafe(no_mangle)]
unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
    // SAFETY: the caller follows the contract of C. The direction flag is clear, as the ABI requires.
    unsafe {
        asm!("rep movsb", inout("rdi") to => _, inout("rsi") from => _, inout("rcx") len => _, options(nostack))
    };
    to
}

/// The function of C with this name.
#[unsafe(no_mangle)]
unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
    if to.addr().wrapping_sub(from.addr()) >= len {
        // SAFETY: copying upwards overwrites no byte before it is read.
        return unsafe { memcpy(to, from, len) };
    }
    // SAFETY: the caller follows the contract of C. Copies downwards; the flag is restored.
    unsafe {
        asm!("std", "rep movsb", "cld", inout("rdi") to.wrapping_add(len).wrapping_sub(1) => _,
            inout("rsi") from.wrapping_add(len).wrapping_sub(1) => _, inout("rcx") len => _, options(nostack));
    }
    to
}

/// The function of C with this name.
#[unsafe(no_mangle)]
unsafe extern "C" fn memset(to: *mut u8, value: i32, len: usize) -> *mut u8 {
    // SAFETY: the caller follows the contract of C.
    unsafe {
        asm!("rep stosb", inout("rdi") to => _, inout("rcx") len => _, in("al") value as u8, options(nostack));
    }
    to
}

/// The function of C with this name. For public data only: it stops at the first difference.
#[unsafe(no_mangle)]
unsafe extern "C" fn memcmp(a: *const u8, b: *const u8, len: usize) -> i32 {
    for i in 0..len {
        // SAFETY: the caller follows the contract of C.
        let (a, b) = unsafe { (a.add(i).read_volatile(), b.add(i).read_volatile()) };
        if a != b {
            return i32::from(a) - i32::from(b);
        }
    }
    0
}

/// The older form of memcmp, which compilers call if only equality matters.
#[unsafe(no_mangle)]
unsafe extern "C" fn bcmp(a: *const u8, b: *const u8, len: usize) -> i32 {
    // SAFETY: the caller follows the contract of C.
    unsafe { memcmp(a, b, len) }
}
