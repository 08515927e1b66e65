#!/bin/sh
# Purpose: cargo-deny agrees: licences, sources, build scripts, bans
# Needs: cargo-deny (skips without it)
# Duration: 5 s
# CI: yes
set -eu
cd "$(dirname "$0")/.."
if ! cargo deny --version 2>/dev/null; then
    echo "skipped: there is no cargo-deny (cargo install --locked cargo-deny); the check packages looks at most of it"
    exit 0
fi
exec cargo deny --offline --workspace check bans licenses sources
