#!/bin/sh
# Purpose: a release built twice, in two folders, is the same bytes
# Needs: cargo, git, jq, tar
# Duration: 5 min
# CI: no, it builds two releases
#
# Builds the last commit from two copies in folders of different names, with cargo's registry behind another name the second
# time, and compares every byte. An ordinary build must contain the folders' names: the comparison could fail.
set -eu
cd "$(dirname "$0")/.."
commit=$(git rev-parse HEAD)
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH CARGO_INCREMENTAL=0
unset CARGO_TARGET_DIR

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
copy() {
    mkdir -p "$1"
    git archive "$commit" | tar --extract --directory "$1"
}
copy "$scratch/one"
copy "$scratch/another folder/with a longer name"
registry=${CARGO_HOME:-$HOME/.cargo}
ln -s "$registry" "$scratch/cargo home"

sh "$scratch/one/tools/release.sh" "$scratch/first"
(
    export CARGO_HOME="$scratch/cargo home"
    umask 077
    sh "$scratch/another folder/with a longer name/tools/release.sh" "$scratch/second"
)
expected=2
if cargo cyclonedx --version >/dev/null 2>&1; then expected=3; fi
files=$(find "$scratch/first" -type f | wc -l)
[ "$files" = $expected ] || { echo "$0: $files files in place of $expected" >&2; exit 1; }
if ! diff -r "$scratch/first" "$scratch/second"; then
    echo "$0: two builds of $commit differ" >&2
    exit 1
fi

# What the release must not hold, an ordinary program holds.
tar --extract --gzip --file "$scratch"/first/*.tar.gz --directory "$scratch"
folders() { # prints how many of the files have the name of the registry or of the folder of the source in them
    { grep --binary-files=text -lF -e "$registry" -e "$source" "$@" || true; } | wc -l
}
source=$scratch
released=$(folders "$scratch"/usr/bin/*)
source=$PWD
cargo build --quiet --locked --release --package modsig-cli --bin module-key
ordinary=$(folders target/release/module-key)
if [ "$released" != 0 ] || [ "$ordinary" != 1 ]; then
    echo "$0: names of folders: in $released released programs (should be 0), in $ordinary ordinary one (should be 1)" >&2
    exit 1
fi
echo "two builds of $(git log -1 --format=%h): the same bytes; no folder's name in them, though in an ordinary program there is"
