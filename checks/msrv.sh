#!/bin/sh
# Purpose: each crate builds with the oldest Rust that it declares, and the tests of those for 1.85 pass (all of them with --debian)
# Needs: rustup with these toolchains (skips without them); --debian*: root, debootstrap, Debian's mirror
# Duration: 100 s
# CI: yes
#
#   ./check msrv              builds everything; tests modsig-keccak and two tests of modsig-mldsa
#   ./check msrv --debian     every test of the crates for 1.85 in a bare Debian 13 with Debian's rustc and no other: 6 min
#   ./check msrv --debian-web [OPTIONS]
#                             cargo test --workspace, or with OPTIONS, with Debian 13's newer compiler (rustc-web): 30 min
#
# --debian*: ROOT=FOLDER keeps the system in FOLDER, or uses the one that is there. MIRROR, SUITE (trixie).
set -eu
cd "$(dirname "$0")/.."

# The same file in each: packages cannot share one.
for copy in crates/mldsa/build.rs crates/mldsa-kat/build/vectors.rs; do
    cmp crates/keccak-lanes/build.rs "$copy" || { echo "copy crates/keccak-lanes/build.rs to $copy" >&2; exit 1; }
done
low=1.85
packages=$(for manifest in $(grep -l "^rust-version = \"$low\"" crates/*/Cargo.toml); do
    sed -n '0,/^name = /s/^name = "\(.*\)"/--package \1/p' "$manifest"
done)
[ "$(echo "$packages" | wc -l)" = 4 ] || { echo "not four crates declare $low" >&2; exit 1; }

# in_debian PACKAGES OPTIONS: cargo test OPTIONS in a bare Debian with these packages and no other Rust.
in_debian() {
    if [ -n "${ROOT:-}" ]; then root=$ROOT; else root=$(mktemp -d); trap 'rm -rf "$root"' EXIT; fi
    if [ ! -x "$root/usr/bin/cargo" ]; then
        debootstrap --variant=minbase --include="$1,gcc,libc6-dev,procps,xz-utils" "${SUITE:-trixie}" "$root" \
            "${MIRROR:-http://deb.debian.org/debian}" > "$root.log" 2>&1 || { tail -n 5 "$root.log" >&2; exit 1; }
        rm "$root.log"
    fi
    rm -rf "$root/modsig"
    mkdir "$root/modsig"
    # What git has, as it is in the folder; the crates come along, so that nothing is fetched inside.
    git ls-files -z | xargs -0 cp --parents --no-dereference --target-directory "$root/modsig"
    cargo vendor --quiet --locked --versioned-dirs "$root/modsig/vendor"
    mkdir -p "$root/modsig/.cargo"
    printf '[source.crates-io]\nreplace-with = "vendored"\n[source.vendored]\ndirectory = "vendor"\n' > "$root/modsig/.cargo/config.toml"
    # The profile `dev` optimises every dependency fully, also the macros that only run while it builds: most of the time.
    # `emulated` optimises what the tests spend their time in. The target folder stays for the next run with this ROOT.
    # bash's <(…) needs /proc. The namespace unmounts it, whatever happens.
    # shellcheck disable=SC2016 # expanded inside
    unshare --mount sh -c 'mount -t proc proc "$1/proc" && shift && exec chroot "$@"' sh "$root" "$root" \
        /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C CARGO_TARGET_DIR=/var/cache/modsig sh -eu -c '
            cd /modsig
            rustc --version
            exec cargo test --locked --offline --no-fail-fast --profile emulated $1
        ' sh "$2"
    echo "msrv: the tests pass with $1 of Debian ${SUITE:-trixie}"
}

case ${1-} in
--debian*)
    [ "$(id -u)" = 0 ] || { echo "msrv: run it as root" >&2; exit 2; }
    command -v debootstrap >/dev/null || { echo "msrv: install debootstrap" >&2; exit 2; }
    ;;
esac
case ${1-} in
--debian) in_debian cargo,rustc "$(echo "$packages" | tr '\n' ' ')"; exit ;;
--debian-web) in_debian cargo-web,rustc-web "${2:---workspace}"; exit ;;
esac

installed() { rustup toolchain list 2>/dev/null | sed -n "s/^\(${1}[.-][^ ]*\).*/\1/p" | head -n 1; }
target=${CARGO_TARGET_DIR:-target}/msrv
high=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
for version in "$low" "$high"; do
    toolchain=$(installed "$version")
    if [ -z "$toolchain" ]; then
        echo "skipped: there is no Rust $version (rustup toolchain install $version); the check packages compares what is declared"
        continue
    fi
    cargo "+$toolchain" --version
    if [ "$version" = "$low" ]; then
        # shellcheck disable=SC2086 # options are words
        cargo "+$toolchain" check --quiet --locked --target-dir "$target" $packages
        cargo "+$toolchain" test --quiet --locked --target-dir "$target" --package modsig-keccak --package modsig-mldsa \
            --test permutations --test one_of_each
    else
        cargo "+$toolchain" check --quiet --workspace --locked --target-dir "$target"
    fi
done
