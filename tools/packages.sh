#!/bin/sh
# Builds the packages from a clean clone: .deb, .rpm, and an archive of programs that need no library at all (musl).
#
#   sh tools/packages.sh FOLDER [deb] [rpm] [static]        default: all three; FOLDER must not exist yet
#
# Writes FOLDER/modsig_VERSION_ARCH.deb, FOLDER/modsig-VERSION-1.ARCH.rpm, FOLDER/modsig-VERSION-TARGET.tar.gz and
# FOLDER/SHA256SUMS. The programs are those of tools/release.sh: the same source gives the same bytes.
# checks/packages-install.sh installs each in an empty system and uses it.
#
# Needs cargo, jq, tar, gzip, binutils; for deb dpkg-deb; for rpm rpmbuild; for static musl-gcc and
# `rustup target add x86_64-unknown-linux-musl`. PROFILE=dev packs programs built for debugging (for tests of this script).
# SOURCE_DATE_EPOCH as in tools/release.sh. Exit codes: 0 written, 2 usage or something missing, else that of the step
# which failed.
set -eu

[ $# -ge 1 ] || { echo "usage: $0 FOLDER [deb] [rpm] [static]" >&2; exit 2; }
folder=$1
shift
[ $# -gt 0 ] || set -- deb rpm static
for kind; do
    case $kind in
    deb) tools='dpkg-deb objdump strip' ;;
    rpm) tools='rpmbuild strip' ;;
    static) tools=musl-gcc ;;
    *) echo "$0: $kind is not deb, rpm or static" >&2; exit 2 ;;
    esac
    for tool in $tools; do
        command -v "$tool" >/dev/null || { echo "$0: $tool is missing, which $kind needs" >&2; exit 2; }
    done
done
[ ! -e "$folder" ] || { echo "$0: $folder exists already" >&2; exit 2; }
repository=$(cd "$(dirname "$0")/.." && pwd -P)
if [ -z "${SOURCE_DATE_EPOCH:-}" ]; then
    SOURCE_DATE_EPOCH=$(git -C "$repository" log -1 --format=%ct) ||
        { echo "$0: no git history here: set SOURCE_DATE_EPOCH, seconds since 1970" >&2; exit 2; }
fi
of_cargo() { (cd "$repository" && cargo metadata --format-version 1 --no-deps --locked) |
    jq -r '.packages[] | select(.name == "modsig-cli") | '"$1"; }
version=$(of_cargo .version)
# The one place that has the project's address is Cargo.toml.
homepage=$(of_cargo .repository)
export SOURCE_DATE_EPOCH repository version homepage

mkdir -p "$folder"
folder=$(cd "$folder" && pwd -P)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
umask 022

# released [TARGET]: the folder with what tools/release.sh made for it
released() {
    if [ ! -d "$scratch/released-${1:-host}" ]; then
        TARGET=${1:-} sh "$repository/tools/release.sh" "$scratch/released-${1:-host}" >&2
    fi
    echo "$scratch/released-${1:-host}"
}

for kind; do
    case $kind in
    static)
        made=$(released x86_64-unknown-linux-musl)
        cp "$made"/modsig-*.tar.gz "$folder/"
        ;;
    *)
        made=$(released)
        mkdir "$scratch/$kind"
        tar --extract --gzip --file "$made"/modsig-*.tar.gz --directory "$scratch/$kind"
        sh "$repository/tools/packages/$kind.sh" "$scratch/$kind" "$folder"
        ;;
    esac
done
cd "$folder"
find . -type f ! -name SHA256SUMS -printf '%P\n' | LC_ALL=C sort | xargs sha256sum > SHA256SUMS
cat SHA256SUMS
