#!/bin/sh
# Purpose: all tests pass: the second command of README.md, with debug assertions and overflow checks
# Needs: cargo
# Duration: 280 s
# CI: yes
set -eu
cd "$(dirname "$0")/.."
# The command is read from README.md, so that CI runs what a reader types.
command=$(awk '/^```$/ { inside = 0 } inside { print } /^```sh$/ { inside = 1 }' README.md | sed -n 2p)
case $command in
'cargo test '*) ;;
*) echo "tests: the second command of README.md is '$command', not 'cargo test ...'" >&2; exit 1 ;;
esac
echo "\$ $command"
exec sh -c "$command"
