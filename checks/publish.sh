#!/bin/sh
# Purpose: the crates can be published: each packed archive is complete, builds alone, and its tests pass
# Needs: cargo, jq
# Duration: 90 s
# CI: yes
#
# Packs every crate as `cargo publish` does, unpacks the archives, puts them together as a workspace that knows nothing else of
# this repository, and runs their unit tests and the examples in their documentation. Tests that need the repository's
# vectors are not in the archives.
set -eu
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-$PWD/target}
# The same folder each time: Cargo takes crates in another one for those that it has compiled.
work=$target/publish
rm -rf "$work"
mkdir -p "$work"

cargo package --quiet --locked --workspace --no-verify --allow-dirty --target-dir "$work/packed"
mkdir "$work/crates"
count=0
{
    echo '[workspace]'
    echo 'resolver = "3"'
    echo 'members = ["crates/*"]'
    echo '[patch.crates-io]'
} > "$work/Cargo.toml"
for archive in "$work"/packed/package/*.crate; do
    name=$(basename "$archive" .crate)
    # Archives have old dates, by which Cargo would not see a change.
    tar --extract --touch --gzip --file "$archive" --directory "$work/crates"
    for file in README.md LICENSE-MIT LICENSE-APACHE; do
        [ -s "$work/crates/$name/$file" ] || { echo "$name: its archive has no $file" >&2; exit 1; }
    done
    bytes=$(wc -c < "$archive")
    # crates.io takes 10 MiB.
    [ "$bytes" -lt 1000000 ] || { echo "$name: its archive has $bytes bytes; leave out what a user does not need" >&2; exit 1; }
    rm "$work/crates/$name/Cargo.lock"
    echo "${name%-*} = { path = \"crates/$name\" }" >> "$work/Cargo.toml"
    count=$((count + 1))
done
expected=$(find crates -mindepth 2 -maxdepth 2 -name Cargo.toml | wc -l)
[ "$count" = "$expected" ] || { echo "$count archives of $expected crates" >&2; exit 1; }
cp Cargo.lock "$work/"
cd "$work"
log=$work/log
run() { "$@" < /dev/null >> "$log" 2>&1 || { tail -n 40 "$log" >&2; exit 1; }; }
# As the main workspace has it: all members, and every feature of ML-DSA. So the dependencies are built once for both.
cargo_test() { cargo test --quiet --offline --target-dir "$target" --workspace --all-features "$@"; }
build() { cargo_test --lib --bins --no-run --message-format=json-render-diagnostics > built; }
run build
jq -r 'select(.executable and .profile.test) | [.target.name, .manifest_path, .executable] | @tsv' built > programs
[ "$(wc -l < programs)" -ge "$count" ] || { echo "fewer programs with unit tests than crates" >&2; exit 1; }
tab=$(printf '\t')
unit_tests() { (cd "${manifest%/*}" && CARGO_MANIFEST_DIR=$PWD "$program" --quiet); }
while IFS=$tab read -r name manifest program; do
    # The unit tests of `mldsa` read no file of the repository and take minutes: `tests` runs them.
    [ "$name" = mldsa ] || run unit_tests
done < programs
run cargo_test --doc
passed=$(sed -n 's/^test result: ok. \([0-9]*\) passed.*/\1/p' "$log" | awk '{ sum += $1 } END { print sum + 0 }')
[ "$passed" -ge 100 ] || { echo "only $passed tests in the archives" >&2; exit 1; }
echo "$count archives: complete; $passed tests pass in them"
