#!/bin/sh
# Purpose: the published vectors of ML-DSA pass: ACVP, Wycheproof, RFC 9881, CCTV, liboqs
# Needs: cargo
# Duration: 60 s
# CI: in tests
#
#   ./check vectors [ARGS of cargo test]
set -eu
cd "$(dirname "$0")/.."
exec cargo test --locked --package mldsa-kat --package modsig-mldsa --package modsig-mldsa-capi "$@"
