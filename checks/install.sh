#!/bin/sh
# Purpose: tools/install.sh puts everything in its place, the programs run, and nothing else is touched
# Needs: cargo, bash
# Duration: 30 s
# CI: yes
set -eu
cd "$(dirname "$0")/.."
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
DESTDIR=$root PROFILE=dev sh tools/install.sh /usr >/dev/null
for program in sign-module verify-module module-key; do
    "$root/usr/bin/$program" --version | grep -q "^$program " || { echo "install: $program does not run" >&2; exit 1; }
    for file in "man/man1/$program.1" "bash-completion/completions/$program" "zsh/site-functions/_$program" \
        "fish/vendor_completions.d/$program.fish"; do
        grep -q -- "$program" "$root/usr/share/$file" || { echo "install: $file is missing or empty" >&2; exit 1; }
    done
    bash -n "$root/usr/share/bash-completion/completions/$program"
done
[ "$(readlink "$root/usr/bin/sign-file")" = sign-module ]
# The page of sign-file is its own, not that of the program behind the link.
grep -q 'HASH KEY X509 MODULE' "$root/usr/share/man/man1/sign-file.1"
"$root/usr/bin/sign-file" --help | grep -q 'HASH KEY X509 MODULE'
[ "$(ls "$root/usr/bin" | wc -l)" -eq 4 ]
! sh tools/install.sh relative/prefix 2>/dev/null
echo "install: programs, man pages and completions are in their places"
