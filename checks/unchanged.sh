#!/bin/sh
# Purpose: no file of the repository differs from the last commit: no check wrote to it
# Needs: git
# Duration: 1 s
# CI: yes
set -eu
cd "$(dirname "$0")/.."
git diff --exit-code --stat
changed=$(git status --porcelain)
if [ -n "$changed" ]; then
    printf 'unchanged: these files are not in the last commit:\n%s\n' "$changed" >&2
    exit 1
fi
