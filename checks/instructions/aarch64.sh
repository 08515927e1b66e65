# Builds checks/instructions for AArch64 and sets `program`, or skips the check. With generics in the names of functions.
target=aarch64-unknown-linux-gnu
if ! rustc --print target-libdir --target "$target" | xargs test -d; then
    echo "skipped: Rust has no $target here (rustup target add $target)"
    exit 0
fi
folder=$(realpath -m "${CARGO_TARGET_DIR:-target}")/instructions
RUSTFLAGS='-C symbol-mangling-version=v0' CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc \
    cargo build --quiet --release --locked --manifest-path checks/instructions/Cargo.toml --target "$target" --target-dir "$folder"
program=$folder/$target/release/one_operation
