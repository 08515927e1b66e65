#!/bin/sh
# Builds and installs the programs, their man pages and the completions for bash, zsh and fish.
#
#   sh tools/install.sh PREFIX                     such as /usr/local; must be absolute
#   DESTDIR=/tmp/package sh tools/install.sh /usr
#
# Programs: PREFIX/bin/sign-module, verify-module, module-key, and sign-file, a link to sign-module that takes the arguments
# of the kernel's scripts/sign-file. DESTDIR is put in front of everything and written nowhere. PROFILE=dev installs programs
# built for debugging (for tests of this script). TARGET=x86_64-unknown-linux-musl builds for that target, whose programs must
# run here; static ones (musl) are built without PKCS#11, as they cannot load a token's library. AUDITABLE=yes builds with
# cargo-auditable, which must be installed.
# Exit codes: 0 installed, 2 usage, else that of the step which failed.
set -eu

prefix=${1-}
case $#:$prefix in
1:/*) ;;
*) echo "usage: [DESTDIR=...] $0 PREFIX (an absolute path)" >&2; exit 2 ;;
esac
prefix=${prefix%/}
root=${DESTDIR:-}
profile=${PROFILE:-release}
case $profile in
dev) built=debug ;;
*) built=$profile ;;
esac

repository=$(cd "$(dirname "$0")/.." && pwd)
target=${CARGO_TARGET_DIR:-$repository/target}
for_target=${TARGET:+--target=$TARGET}
# A static program has no dlopen.
case ${TARGET:-} in
*-musl) features=--no-default-features ;;
*) features= ;;
esac
built=${TARGET:+$TARGET/}$built
case ${AUDITABLE:-no} in
yes) verb='auditable build' ;;
*) verb=build ;;
esac
build() {
    # shellcheck disable=SC2086 # one or two words
    cargo $verb --quiet --locked --profile "$profile" --manifest-path "$repository/Cargo.toml" --target-dir "$target" \
        ${for_target:+"$for_target"} ${features:+"$features"} --package modsig-cli "$@"
}
build --bins
# What writes the pages is built the same way, as the crates below it are there already; it is not installed.
manuals=$(mktemp -d)
trap 'rm -rf "$manuals"' EXIT
cargo run --quiet --locked --profile "$profile" --manifest-path "$repository/Cargo.toml" --target-dir "$target" \
    ${for_target:+"$for_target"} ${features:+"$features"} --package modsig-cli --example manuals -- "$manuals" >/dev/null

share=$root$prefix/share
install -d "$root$prefix/bin" "$share/man/man1" "$share/bash-completion/completions" "$share/zsh/site-functions" \
    "$share/fish/vendor_completions.d"
for program in sign-module verify-module module-key; do
    install -m 755 "$target/$built/$program" "$root$prefix/bin/$program"
done
ln -sf sign-module "$root$prefix/bin/sign-file"
install -m 644 "$manuals"/man1/*.1 "$share/man/man1/"
install -m 644 "$manuals"/bash/* "$share/bash-completion/completions/"
install -m 644 "$manuals"/zsh/* "$share/zsh/site-functions/"
install -m 644 "$manuals"/fish/* "$share/fish/vendor_completions.d/"
echo "installed to $root$prefix: sign-module, verify-module, module-key, sign-file, man pages, completions"
