//! A machine without an operating system (the targets of Rust with `none` in their names). This is enough to link and to
//! measure; a real machine adds its vector table and its serial port.

/// The start function, called when the code of the machine has set up the stack and the memory.
#[unsafe(no_mangle)]
extern "C" fn _start() -> ! {
    // SAFETY: defined by `program!`.
    exit(unsafe { super::run_program() })
}

/// There is no caller to report to: add a breakpoint here.
pub fn exit(_: i32) -> ! {
    loop {
        core::hint::spin_loop();
    }
}

/// Add the output to a serial port here.
pub fn print(text: &[u8]) {
    core::hint::black_box(text);
}

/// The scheduler of a real machine does this; here the task runs on the current stack.
///
/// # Safety
/// There are no conditions.
pub unsafe fn on_stack(end: *mut u8, task: &mut dyn FnMut()) {
    core::hint::black_box(end);
    task();
}
