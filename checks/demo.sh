#!/bin/sh
# Purpose: the first command of README.md, the demo, works as the README has it
# Needs: cargo
# Duration: 120 s
# CI: yes
set -eu
cd "$(dirname "$0")/.."
# The command is read from README.md, so that CI runs what a reader types.
command=$(awk '/^```$/ { inside = 0 } inside { print } /^```sh$/ { inside = 1 }' README.md | sed -n 1p)
if [ "$command" != 'sh tools/demo.sh' ]; then
    echo "demo: the first command of README.md is '$command', not 'sh tools/demo.sh'" >&2
    exit 1
fi
echo "\$ $command"
exec sh -c "$command"
