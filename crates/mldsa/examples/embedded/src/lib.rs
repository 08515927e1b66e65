//! The environment of `mldsa` on a machine without an operating system: a start function, a panic handler, and a task with its
//! own stack. On x86_64 Linux the same programs run without libc, for tests.
#![no_std]

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod linux;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
pub use linux::{exit, known_answers, on_stack, print};

#[cfg(target_os = "none")]
mod bare;
#[cfg(target_os = "none")]
pub use bare::{exit, known_answers, on_stack, print};

use core::panic::PanicInfo;

/// Nothing in `mldsa` panics, but a program must have a panic handler.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    exit(101)
}

/// Bytes of the stack of the task: 19 KiB for signing with ML-DSA-87, and 1 KiB for the task itself.
pub const STACK_LEN: usize = 20 * 1024;

/// A pattern that does not occur by chance.
const PAINT: u64 = 0x5eaf_00d5_eaf0_0d00;

/// The memory of a task's stack, aligned to 64 bytes.
#[repr(C, align(64))]
pub struct TaskStack([u64; STACK_LEN / 8]);

impl TaskStack {
    /// In a `static mut`, or in any other 20 KiB.
    pub const fn new() -> Self {
        Self([0; STACK_LEN / 8])
    }

    /// Runs a task on this stack. Returns the bytes that it used, or `None` if it reached the end of the stack and may have
    /// overflowed it.
    pub fn run(&mut self, task: &mut dyn FnMut()) -> Option<usize> {
        self.0.fill(PAINT);
        let end = self.0.as_mut_ptr_range().end.cast::<u8>();
        // SAFETY: `end` is the end of memory that no other code uses, aligned to 64.
        unsafe { on_stack(end, task) };
        let untouched = self.0.iter().take_while(|&&word| word == PAINT).count();
        (untouched > 0).then_some(STACK_LEN - 8 * untouched)
    }
}

impl Default for TaskStack {
    fn default() -> Self {
        Self::new()
    }
}

/// Prints a name and a number of bytes.
pub fn report(name: &str, bytes: Option<usize>) {
    print(name.as_bytes());
    let Some(mut value) = bytes else { return print(b" more than there is\n") };
    let mut digits = [b'\n'; 9];
    let mut at = digits.len() - 1;
    loop {
        at -= 1;
        digits[at] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 || at == 0 {
            break;
        }
    }
    print(b" ");
    print(&digits[at..]);
}

/// Defines the entry function that both kinds of machine call.
#[macro_export]
macro_rules! program {
    ($run:path) => {
        /// The start of the machine.
        #[unsafe(no_mangle)]
        extern "C" fn run_program() -> i32 {
            $run()
        }
    };
}

unsafe extern "C" {
    /// Defined by [`program!`] in each program.
    fn run_program() -> i32;
}
