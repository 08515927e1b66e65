# For aarch64-peers.sh and aarch64-cycles.sh: looks for the tools, or skips; sets `scratch`, a folder with the plugin
# instructions.so, and `native`, the folder of the crate with mldsa-native's C and assembly.
for program in cc aarch64-linux-gnu-gcc qemu-aarch64 jq; do
    command -v "$program" >/dev/null || { echo "skipped: $program is not installed"; exit 0; }
done
target=aarch64-unknown-linux-gnu
if ! rustc --print target-libdir --target "$target" | xargs test -d; then
    echo "skipped: Rust has no $target here (rustup target add $target)"
    exit 0
fi

scratch=$(mktemp -d)
trap 'rm -r "$scratch"' EXIT
cc -shared -fPIC -O2 checks/aarch64/instructions.c -o "$scratch/instructions.so"
native=$(cargo metadata --format-version 1 --locked --manifest-path checks/aarch64/peers/Cargo.toml |
    jq -r '.packages[] | select(.name == "mldsa-native-rs").manifest_path | rtrimstr("/Cargo.toml")')

# build_native NAME ARCHITECTURE FLAGS…: checks/aarch64/mldsa_native.c as $scratch/NAME
build_native() {
    output=$1 arch=$2 && shift 2
    aarch64-linux-gnu-gcc -O3 -fomit-frame-pointer -march="$arch" -I"$native/mldsa-native/mldsa" -I"$native/mldsa-build-harness" \
        -Drandombytes=no_randomness -DMLD_CONFIG_NAMESPACE_PREFIX=mldsa -DMLD_CONFIG_USE_NATIVE_BACKEND_ARITH \
        -DMLD_CONFIG_USE_NATIVE_BACKEND_FIPS202 "$@" checks/aarch64/mldsa_native.c \
        "$native/mldsa-build-harness/mldsa_native_all.c" "$native/mldsa-build-harness/mldsa_native_asm_all.S" -o "$scratch/$output"
}
