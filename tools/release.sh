#!/bin/sh
# Builds what is shipped, so that anybody can build it again and compare: the same source and compiler give the same bytes in
# any folder, whoever builds. (checks/reproducible.sh does it twice and compares.)
#
#   sh tools/release.sh FOLDER        FOLDER must not exist yet
#
# Writes FOLDER/modsig-VERSION-HOST.tar.gz (what tools/install.sh installs, below /usr) and FOLDER/SHA256SUMS; with
# cargo-cyclonedx also FOLDER/modsig.cdx.json, the bill of materials: every crate with its version, licence and hash. With
# cargo-auditable each program carries the list of its crates, which `cargo audit bin` and `rust-audit-info` read;
# AUDITABLE=no leaves it out. (cargo install --locked cargo-cyclonedx cargo-auditable.) SOURCE_DATE_EPOCH is the date in the
# archive; the default is the last commit's. TARGET builds for another target that runs here, such as
# x86_64-unknown-linux-musl. Exit codes: 0 written, 2 usage or something missing, else that of the step which failed.
set -eu

case $# in
1) ;;
*) echo "usage: $0 FOLDER" >&2; exit 2 ;;
esac
if [ -e "$1" ]; then echo "$0: $1 exists already" >&2; exit 2; fi
repository=$(cd "$(dirname "$0")/.." && pwd -P)
for tool in cargo jq tar gzip sha256sum; do
    command -v "$tool" >/dev/null || { echo "$0: $tool is missing" >&2; exit 2; }
done
if [ -z "${SOURCE_DATE_EPOCH:-}" ]; then
    SOURCE_DATE_EPOCH=$(git -C "$repository" log -1 --format=%ct) ||
        { echo "$0: no git history here: set SOURCE_DATE_EPOCH, seconds since 1970" >&2; exit 2; }
fi
auditable=${AUDITABLE:-$(cargo auditable --version >/dev/null 2>&1 && echo yes || echo no)}
if [ "$auditable" = no ]; then echo "$0: the programs will not carry the list of their crates (no cargo-auditable)" >&2; fi

# Paths get into a program through panic messages. What a compiler's own version puts there is the same everywhere.
registry=${CARGO_HOME:-$HOME/.cargo}
flags=''
for folder in "$repository=/modsig" "$registry=/cargo" "$(cd "$registry" && pwd -P)=/cargo"; do
    flags="$flags${flags:+$(printf '\037')}--remap-path-prefix=$folder"
done
export CARGO_ENCODED_RUSTFLAGS="$flags" SOURCE_DATE_EPOCH
unset RUSTFLAGS CARGO_BUILD_RUSTFLAGS

mkdir -p "$1"
folder=$(cd "$1" && pwd -P)
target=$repository/target/shipped
version=$(cd "$repository" && cargo metadata --format-version 1 --no-deps --locked |
    jq -r '.packages[] | select(.name == "modsig-cli") | .version')
host=${TARGET:-$(rustc -vV | sed -n 's/^host: //p')}
umask 022
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
AUDITABLE=$auditable CARGO_TARGET_DIR=$target DESTDIR=$stage sh "$repository/tools/install.sh" /usr
tar --create --sort=name --format=ustar --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" \
    --directory "$stage" usr | gzip -n9 > "$folder/modsig-$version-$host.tar.gz"
if cargo cyclonedx --version >/dev/null 2>&1; then
    # It writes one file into the folder of each crate; the programs' has all of them. Paths in it would name this folder.
    bill=modsig-bill-of-materials
    trap 'rm -rf "$stage" "$repository"/crates/*/"$bill.json"' EXIT
    cargo cyclonedx --quiet --format json --spec-version 1.5 --target "$host" --override-filename "$bill" \
        --manifest-path "$repository/crates/modsig-cli/Cargo.toml"
    jq 'walk(if type == "string" then sub("^path\\+file://.*/crates/"; "path+file:///modsig/crates/") else . end)' \
        "$repository/crates/modsig-cli/$bill.json" > "$folder/modsig.cdx.json"
else
    echo "$0: no bill of materials (no cargo-cyclonedx)" >&2
fi
(cd "$folder" && find . -type f ! -name SHA256SUMS -printf "%P\\n" | LC_ALL=C sort | xargs sha256sum > SHA256SUMS && cat SHA256SUMS)
