#!/bin/sh
# Purpose: no known advisory is about a dependency
# Needs: cargo-deny and the network for its database (skips without them)
# Duration: 10 s
# CI: yes
set -eu
cd "$(dirname "$0")/.."
if ! cargo deny --version 2>/dev/null; then
    echo "skipped: there is no cargo-deny (cargo install --locked cargo-deny)"
elif ! cargo deny fetch db 2>/dev/null; then
    echo "skipped: the database of advisories cannot be fetched"
else
    exec cargo deny --workspace check advisories
fi
