//! A Cortex-M without an operating system, under a debugger or an emulator that supports Arm's semihosting. A real machine
//! replaces the three semihosting calls by its serial port and its reset, and copies `.data` from flash before `_start`.

use core::arch::{asm, global_asm};

// What the processor reads at its reset: the stack, the start, and one handler for all of its exceptions.
global_asm!(
    ".section .vectors, \"a\", %progbits",
    ".word stack_top", // bare.ld
    ".word _start",
    ".rept 14",
    ".word {fault}",
    ".endr",
    fault = sym fault,
);

/// The processor starts here.
#[unsafe(no_mangle)]
extern "C" fn _start() -> ! {
    // SAFETY: defined by `program!`.
    exit(unsafe { super::run_program() })
}

/// The processor goes here at a fault, for example at an access to memory that does not exist.
extern "C" fn fault() -> ! {
    exit(102)
}

/// Numbers of Arm's "Semihosting for AArch32 and AArch64", section 6.
mod call {
    pub const WRITE_CHARACTER: u32 = 0x03;
    pub const EXIT_EXTENDED: u32 = 0x20;
    /// The first argument of `EXIT_EXTENDED` (section 6.7): the second is an exit code.
    pub const APPLICATION_EXIT: u32 = 0x2_0026;
}

/// # Safety
/// `argument` points to what the specification says for `number`.
unsafe fn semihosting<T>(number: u32, argument: *const T) {
    // SAFETY: the debugger changes r0 only.
    unsafe { asm!("bkpt 0xab", inout("r0") number => _, in("r1") argument, options(nostack)) };
}

/// Ends the program.
pub fn exit(code: i32) -> ! {
    let argument = [call::APPLICATION_EXIT, code.cast_unsigned()];
    loop {
        // SAFETY: two words, as section 6.7 says.
        unsafe { semihosting(call::EXIT_EXTENDED, argument.as_ptr()) };
    }
}

/// Writes to the console of the debugger.
pub fn print(text: &[u8]) {
    for character in text {
        // SAFETY: a pointer to one character.
        unsafe { semihosting(call::WRITE_CHARACTER, character) };
    }
}

/// Calls `task` on the stack that ends at `end`.
///
/// # Safety
/// No other code uses the memory before `end`; it is long enough for the task; `end` is aligned to 8.
pub unsafe fn on_stack(end: *mut u8, task: &mut dyn FnMut()) {
    extern "C" fn call(task: *mut &mut dyn FnMut()) {
        // SAFETY: `on_stack` passes a pointer to its own argument.
        unsafe { (*task)() }
    }
    let mut task = task;
    // SAFETY: the called function preserves r4, which restores the old stack.
    unsafe {
        asm!("mov r4, sp", "mov sp, {end}", "bl {call}", "mov sp, r4",
            end = in(reg) end, call = sym call, in("r0") &raw mut task, out("r4") _, clobber_abi("C"));
    }
}

/// Where the debugger has put the known answers (`known_answers.rs`): the 16 MiB of pseudo-static RAM of Arm's MPS2 board.
pub fn known_answers() -> *const u8 {
    core::ptr::without_provenance(0x2100_0000)
}
