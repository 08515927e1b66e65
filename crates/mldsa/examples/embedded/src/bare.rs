//! A machine of its own (the targets of Rust whose name has `none` for the system). This much links and can be measured;
//! a real one adds its vector table and its serial port.

/// Where the machine begins, once its own code has set up the stack and the memory.
#[unsafe(no_mangle)]
extern "C" fn _start() -> ! {
    // SAFETY: defined by `program!`.
    exit(unsafe { super::run_program() })
}

/// There is nobody to tell: a breakpoint would go here.
pub fn exit(_: i32) -> ! {
    loop {
        core::hint::spin_loop();
    }
}

/// A serial port would go here.
pub fn print(text: &[u8]) {
    core::hint::black_box(text);
}

/// A real machine's scheduler does this; here the task stays on the stack that there is.
///
/// # Safety
/// None is needed.
pub unsafe fn on_stack(end: *mut u8, task: &mut dyn FnMut()) {
    core::hint::black_box(end);
    task();
}
