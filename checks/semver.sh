#!/bin/sh
# Purpose: the public interfaces of modsig-keccak and modsig-mldsa break no promise to earlier versions
# Needs: cargo-semver-checks and an earlier release (skips without them)
# Duration: 3 min
# CI: no, nothing is released yet, and building cargo-semver-checks takes too long; the workflow test.yml runs it from the first tag on
#
#   ./check semver [REVISION]      compares with that revision; default: the latest tag v*
set -eu
cd "$(dirname "$0")/.."

if ! cargo semver-checks --version 2>/dev/null; then
    echo "skipped: no cargo-semver-checks here (cargo install --locked cargo-semver-checks)"
    exit 0
fi
baseline=${1:-$(git describe --tags --abbrev=0 --match 'v*' 2>/dev/null || true)}
if [ -z "$baseline" ]; then
    echo "skipped: nothing is released yet, and no revision was given to compare with"
    exit 0
fi
for package in modsig-keccak modsig-mldsa; do
    cargo semver-checks --package "$package" --baseline-rev "$baseline" --all-features
done
