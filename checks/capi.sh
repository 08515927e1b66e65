#!/bin/sh
# Purpose: the C interface, installed, works from C99 and C++, shared and static, with and without std
# Needs: cargo, cc, nm, objdump; c++, pkg-config, cmake, valgrind and a static C library (skips their parts without them)
# Duration: 60 s
# CI: yes
#
# Installs it to a folder, finds it with pkg-config, compiles the examples with all warnings as errors, links them with each
# library and with -static, runs them, also under valgrind, and compares the exported functions and the soname with the header.
set -eu
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
skipped=
has() { command -v "$1" >/dev/null || { echo "skipped: $2 ($1 is not installed)"; skipped="$skipped $1"; return 1; }; }
say() { printf -- '-- %s\n' "$1"; }

say "install"
prefix=/opt/modsig
DESTDIR=$folder sh tools/install-capi.sh "$prefix"
include=$folder$prefix/include lib=$folder$prefix/lib
header=$include/modsig_mldsa.h
if grep -r "$folder" "$folder$prefix/lib/pkgconfig"; then echo "a file contains DESTDIR" >&2; exit 1; fi

say "soname and exports"
objdump -p "$lib/libmodsig_mldsa.so" | grep 'SONAME *libmodsig_mldsa\.so\.[0-9.]*$'
nm -D --defined-only "$lib/libmodsig_mldsa.so" | sed -n 's/.* [TDBR] //p' | sort > "$folder/exported"
grep -oE '\bmodsig_mldsa_[a-z0-9_]+\(' "$header" | tr -d '(' | sort -u > "$folder/declared"
[ "$(wc -l < "$folder/declared")" -ge 20 ]
diff "$folder/declared" "$folder/exported"
echo "$(wc -l < "$folder/exported") functions, all in the header, and nothing else"

say "example"
strict="-std=c99 -pedantic -Wall -Wextra -Werror -O1 -g"
# Without pkg-config, read Libs.private from the installed file, as pkg-config --static does.
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
# As the README says: no LD_LIBRARY_PATH.
unset LD_LIBRARY_PATH
shared="$shared -Wl,-rpath,$lib"
source=crates/mldsa-capi/examples/sign_verify.c
# shellcheck disable=SC2086 # flags are words
cc $strict "$source" $shared -o "$folder/shared"
# shellcheck disable=SC2086
cc $strict "$source" $static -o "$folder/static"
objdump -p "$folder/shared" | grep 'NEEDED *libmodsig_mldsa' >/dev/null
if objdump -p "$folder/static" | grep 'NEEDED *libmodsig_mldsa'; then echo "the static library was not used" >&2; exit 1; fi
programs="shared static"

# A fully static program: -lgcc_s, which exists as a shared library only, must not be among the flags.
case " $static " in
*" -lgcc_s "*) echo "pkg-config --static names -lgcc_s: cc -static cannot link" >&2; exit 1 ;;
esac
printf 'int main(void) { return 0; }\n' > "$folder/empty.c"
if cc -static "$folder/empty.c" -o "$folder/empty" 2>/dev/null; then
    # shellcheck disable=SC2086
    cc -static $strict "$source" $static -o "$folder/fully-static"
    if objdump -p "$folder/fully-static" | grep NEEDED; then echo "not a static program" >&2; exit 1; fi
    programs="$programs fully-static"
else
    echo "skipped: cc -static (no static C library)"
    skipped="$skipped libc.a"
fi
for program in $programs; do
    "$folder/$program" > "$folder/$program.txt"
    tail -n 1 "$folder/$program.txt" | grep -x 'all as expected'
done
diff "$folder/shared.txt" "$folder/static.txt"

say "CMake"
if has cmake "the package for CMake"; then
    mkdir "$folder/cmake"
    cat > "$folder/cmake/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.13)
project(example C)
find_package(modsig-mldsa $(sed -n 's/^version = "\([0-9]*\.[0-9]*\).*"/\1/p' Cargo.toml | head -n 1) REQUIRED)
find_package(modsig-mldsa 99 QUIET)
if(modsig-mldsa_FOUND)
    message(FATAL_ERROR "the package says that it is version 99")
endif()
foreach(kind shared static)
    add_executable(with-\${kind} "$PWD/$source")
    target_link_libraries(with-\${kind} PRIVATE modsig-mldsa::\${kind})
endforeach()
END
    cmake -S "$folder/cmake" -B "$folder/cmake/build" -DCMAKE_PREFIX_PATH="$folder$prefix" > "$folder/cmake.txt" 2>&1 &&
        cmake --build "$folder/cmake/build" >> "$folder/cmake.txt" 2>&1 || { cat "$folder/cmake.txt" >&2; exit 1; }
    objdump -p "$folder/cmake/build/with-shared" | grep 'NEEDED *libmodsig_mldsa' >/dev/null
    if objdump -p "$folder/cmake/build/with-static" | grep 'NEEDED *libmodsig_mldsa'; then exit 1; fi
    for kind in shared static; do "$folder/cmake/build/with-$kind" | diff - "$folder/shared.txt"; done
    echo "find_package(modsig-mldsa): both libraries"
fi

say "examples in the header"
# Each example of the documentation becomes a function; main calls them in turn, with a key and a signature.
{
    cat <<'END'
#include <modsig_mldsa.h>
#include <stdio.h>
#include <stdlib.h>
static const uint8_t message[] = "a message", first[] = "a mess", second[] = "age";
static const size_t message_len = sizeof message, first_len = 6, second_len = 3;
static const size_t signature_len = MODSIG_MLDSA_65_SIGNATURE_LEN;
static const uint32_t set = MODSIG_MLDSA_65;
static const int result = MODSIG_MLDSA_ERR_LENGTH;
static modsig_mldsa_signing_key key;
static uint8_t public_key[MODSIG_MLDSA_65_PUBLIC_KEY_LEN], signature[MODSIG_MLDSA_65_SIGNATURE_LEN];
END
    awk '/^ \* ```c$/ { printf "static int example_%d(void)\n{\n", ++n; inside = 1; next }
         /^ \* ```$/ && inside { print "    return 0;\n}"; inside = 0; next }
         inside { sub(/^ \* ?/, "    "); print }
         END {
             print "int main(void)\n{\n    int failed = 0;"
             print "    failed |= modsig_mldsa_signing_key_generate(&key, set);"
             print "    failed |= modsig_mldsa_signing_key_public(&key, public_key, sizeof public_key);"
             print "    failed |= modsig_mldsa_sign(&key, message, message_len, NULL, 0, signature, sizeof signature);"
             for (i = 1; i <= n; i++) printf "    failed |= example_%d();\n", i
             printf "    printf(\"%d examples\\n\");\n    return failed;\n}\n", n
         }' "$header"
} > "$folder/examples.c"
# shellcheck disable=SC2086
cc $strict -Wno-unused "$folder/examples.c" $shared -o "$folder/examples"
# One for each group: result, sizes, signing_key, sign, verify, mu.
[ "$("$folder/examples" 2>"$folder/examples.txt")" = "6 examples" ]
grep -x 'cannot sign: a length is not the required one' "$folder/examples.txt"

say "header in C++"
if has c++ "the header in C++"; then
    printf '#include <modsig_mldsa.h>\nint main() { return modsig_mldsa_signature_len(MODSIG_MLDSA_65) != 3309; }\n' > "$folder/a.cc"
    # shellcheck disable=SC2086
    c++ -std=c++11 -pedantic -Wall -Wextra -Werror "$folder/a.cc" $shared -o "$folder/cc" && "$folder/cc"
fi
printf '#include <modsig_mldsa.h>\nvoid f(modsig_mldsa_signing_key *k) { modsig_mldsa_signing_key_generate(k, 44); }\n' > "$folder/ignored.c"
# Every compiler must accept the header; one that supports the attribute must warn about an ignored result.
if cc -std=c99 -Werror "-I$include" -c "$folder/ignored.c" -o "$folder/ignored.o" 2> "$folder/ignored.txt"; then
    echo "the compiler did not warn about an ignored result" >&2
    exit 1
fi
grep -q 'unused' "$folder/ignored.txt"

say "valgrind"
# With the default of 50 instructions at a time, unrolled loops of vector instructions exceed a buffer of valgrind 3.19.
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
if nm "$folder/bare" | grep -E '_ZN3std|_ZN5alloc|__rust_alloc'; then echo "the program contains std or alloc" >&2; exit 1; fi
# The example needs the system's randomness twice, and this library has none: exactly these calls must fail.
if "$folder/bare" > "$folder/bare.txt" 2>&1; then echo "the example passed without randomness" >&2; exit 1; fi
grep '^generate .*no randomness' "$folder/bare.txt"
[ "$(grep -c '^from a seed .*success$' "$folder/bare.txt")" = 3 ]
[ "$(grep -c '^verify the hedged one .*success$' "$folder/bare.txt")" = 3 ]
[ -z "$skipped" ] || echo "skipped, not installed:$skipped"
echo "the C interface: all as expected"
