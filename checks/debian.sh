#!/bin/sh
# Purpose: with Debian 13's own Rust 1.85, in a bare Debian 13, every test of the crates for 1.85 passes
# Needs: root, debootstrap, Debian's mirror (skips without them)
# Duration: 6 min
# CI: no, CI has no time for another build; the workflow runs it
#
#   ./check debian                    the crates for 1.85, with the package rustc and no other Rust
#   ./check debian --web [OPTIONS]    cargo test --workspace, or with OPTIONS, with the newer rustc-web: 30 min
#
# ROOT=FOLDER keeps the system in FOLDER, or uses the one that is there. MIRROR, SUITE (trixie).
set -eu
cd "$(dirname "$0")/.."
case ${1-} in
'')
    compiler=cargo,rustc
    # `msrv` compares how many declare 1.85.
    options=$(for manifest in $(grep -l '^rust-version = "1.85"' crates/*/Cargo.toml); do
        sed -n '0,/^name = /s/^name = "\(.*\)"/--package \1/p' "$manifest"
    done | tr '\n' ' ')
    ;;
--web) compiler=cargo-web,rustc-web options=${2:---workspace} ;;
*) echo "debian: there is no option '$1'" >&2; exit 2 ;;
esac
suite=${SUITE:-trixie} mirror=${MIRROR:-http://deb.debian.org/debian}

[ "$(id -u)" = 0 ] || { echo "skipped: it needs root, for chroot"; exit 0; }
command -v debootstrap >/dev/null || { echo "skipped: debootstrap is not installed"; exit 0; }

if [ -n "${ROOT:-}" ]; then root=$ROOT; else root=$(mktemp -d); trap 'rm -rf "$root"' EXIT; fi
if [ ! -x "$root/usr/bin/cargo" ]; then
    if ! debootstrap --variant=minbase --include="$compiler,gcc,libc6-dev,procps,xz-utils" "$suite" "$root" "$mirror" \
        > "$root.log" 2>&1
    then
        tail -n 5 "$root.log"
        # Only the first line that debootstrap fetches: whatever fails later is a fault.
        if grep -q '^E: Failed getting release file' "$root.log"; then
            rm "$root.log"
            echo "skipped: $mirror is not reachable"
            exit 0
        fi
        exit 1
    fi
    rm "$root.log"
fi
rm -rf "$root/modsig"
mkdir "$root/modsig"
# What git has, as it is in the folder; the crates come along, so that nothing is fetched inside.
git ls-files -z | xargs -0 cp --parents --no-dereference --target-directory "$root/modsig"
cargo vendor --quiet --locked --versioned-dirs "$root/modsig/vendor"
printf '[source.crates-io]\nreplace-with = "vendored"\n[source.vendored]\ndirectory = "vendor"\n' >> "$root/modsig/.cargo/config.toml"
# The profile `emulated` builds faster than `dev`: it optimises little but what the tests spend their time in. The target
# folder stays for the next run with this ROOT.
# bash's <(…) needs /proc. The namespace unmounts it, whatever happens.
# shellcheck disable=SC2016 # expanded inside
unshare --mount sh -c 'mount -t proc proc "$1/proc" && shift && exec chroot "$@"' sh "$root" "$root" \
    /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C CARGO_TARGET_DIR=/var/cache/modsig sh -eu -c '
        cd /modsig
        rustc --version
        exec cargo test --locked --offline --no-fail-fast --profile emulated $1
    ' sh "$options"
echo "debian: the tests pass with $compiler of Debian $suite"
