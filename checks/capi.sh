#!/bin/sh
# Purpose: the C interface, installed, works from C99 and C++, shared and static, with and without std
# Needs: cargo, cc, nm, objdump; c++, pkg-config and valgrind (skips their parts without them)
# Duration: 60 s
# CI: yes
#
# Installs it to a folder, finds it with pkg-config, compiles the example with all warnings as errors, runs it with each
# library, also under valgrind, and compares the exported functions and the soname with what they must be.
set -eu
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
skipped=
has() { command -v "$1" >/dev/null || { echo "skipped: $2 (no $1)"; skipped="$skipped $1"; return 1; }; }
say() { printf -- '-- %s\n' "$1"; }

say "install"
prefix=/opt/modsig
DESTDIR=$folder sh tools/install-capi.sh "$prefix"
include=$folder$prefix/include lib=$folder$prefix/lib
header=$include/modsig_mldsa.h
if grep -r "$folder" "$folder$prefix/lib/pkgconfig"; then echo "DESTDIR was written to a file" >&2; exit 1; fi

say "soname and exports"
objdump -p "$lib/libmodsig_mldsa.so" | grep 'SONAME *libmodsig_mldsa\.so\.[0-9.]*$'
nm -D --defined-only "$lib/libmodsig_mldsa.so" | sed -n 's/.* [TDBR] //p' | sort > "$folder/exported"
grep -oE '\bmodsig_mldsa_[a-z0-9_]+\(' "$header" | tr -d '(' | sort -u > "$folder/declared"
[ "$(wc -l < "$folder/declared")" -ge 20 ]
diff "$folder/declared" "$folder/exported"
echo "$(wc -l < "$folder/exported") functions, all in the header, and nothing else"

say "example"
strict="-std=c99 -pedantic -Wall -Wextra -Werror -O1 -g"
# Libs.private is part of what is installed: read as pkg-config --static would give it.
if has pkg-config "the flags of pkg-config: read from the file instead"; then
    export PKG_CONFIG_PATH="$lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$folder"
    shared=$(pkg-config --cflags --libs modsig-mldsa)
    static=$(pkg-config --static --cflags --libs modsig-mldsa)
    [ "$(pkg-config --modversion modsig-mldsa)" = "$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)" ]
else
    shared="-I$include -L$lib -lmodsig_mldsa"
    static="$shared $(sed -n 's/^Libs.private: //p' "$lib/pkgconfig/modsig-mldsa.pc")"
fi
static=$(echo "$static" | sed "s|-lmodsig_mldsa|$lib/libmodsig_mldsa.a|")
source=crates/mldsa-capi/examples/sign_verify.c
# shellcheck disable=SC2086 # flags are words
cc $strict "$source" $shared -o "$folder/shared"
# shellcheck disable=SC2086
cc $strict "$source" $static -o "$folder/static"
objdump -p "$folder/shared" | grep 'NEEDED *libmodsig_mldsa' >/dev/null
if objdump -p "$folder/static" | grep 'NEEDED *libmodsig_mldsa'; then echo "not static" >&2; exit 1; fi
export LD_LIBRARY_PATH="$lib"
for program in shared static; do
    "$folder/$program" > "$folder/$program.txt"
    tail -n 1 "$folder/$program.txt" | grep -x 'all as expected'
done
diff "$folder/shared.txt" "$folder/static.txt"

say "header in C++"
if has c++ "the header in C++"; then
    printf '#include <modsig_mldsa.h>\nint main() { return modsig_mldsa_signature_len(MODSIG_MLDSA_65) != 3309; }\n' > "$folder/a.cc"
    # shellcheck disable=SC2086
    c++ -std=c++11 -pedantic -Wall -Wextra -Werror "$folder/a.cc" $shared -o "$folder/cc" && "$folder/cc"
fi
printf '#include <modsig_mldsa.h>\nvoid f(modsig_mldsa_signing_key *k) { modsig_mldsa_signing_key_generate(k, 44); }\n' > "$folder/ignored.c"
# Every compiler must take the header; one that knows the attribute must warn of an ignored result.
if cc -std=c99 -Werror "-I$include" -c "$folder/ignored.c" -o "$folder/ignored.o" 2> "$folder/ignored.txt"; then
    echo "an ignored result got no warning" >&2
    exit 1
fi
grep -q 'unused' "$folder/ignored.txt"

say "valgrind"
# Unrolled loops of vector instructions, translated 50 at a time as by default, are more than valgrind 3.19 has room for.
if has valgrind "memcheck"; then
    for program in shared static; do
        valgrind --quiet --vex-guest-max-insns=20 --error-exitcode=9 --leak-check=full --show-leak-kinds=all --errors-for-leak-kinds=definite \
            "$folder/$program" > "$folder/valgrind.txt"
        diff "$folder/$program.txt" "$folder/valgrind.txt" && echo "$program: no errors"
    done
fi

say "without std"
target=${CARGO_TARGET_DIR:-target}/bare-capi
cargo rustc --quiet --release --locked --package modsig-mldsa-capi --target-dir "$target" --lib --crate-type staticlib \
    --no-default-features --features panic-handler --config 'profile.release.panic="abort"'
cc -std=c99 -O1 "-I$include" "$source" "$target/release/libmodsig_mldsa.a" -o "$folder/bare"
if nm "$folder/bare" | grep -E '_ZN3std|_ZN5alloc|__rust_alloc'; then echo "that is std or alloc" >&2; exit 1; fi
# The example needs the system's randomness twice, and this library has none: it must say so, and only there.
if "$folder/bare" > "$folder/bare.txt" 2>&1; then echo "where did the randomness come from?" >&2; exit 1; fi
grep '^generate .*no randomness' "$folder/bare.txt"
[ "$(grep -c '^from a seed .*good$' "$folder/bare.txt")" = 3 ]
[ "$(grep -c '^verify the hedged one .*good$' "$folder/bare.txt")" = 3 ]
[ -z "$skipped" ] || echo "skipped for want of:$skipped"
echo "the C interface: all as expected"
