#!/bin/sh
# Does the public interface of mldsa keep its promises to those who use an earlier version? `scripts/semver.sh [REVISION]`
# compares with that revision, or with the latest tag v*.
# Exit code: 0 nothing is broken, or nothing was compared, which is said aloud; otherwise that of cargo semver-checks.
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
