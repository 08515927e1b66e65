#!/bin/sh
# Purpose: every claim of the fuzz targets holds for random changes of the corpora
# Needs: cargo
# Duration: 200 s
# CI: yes
#
#   ./check fuzz-stable [SECONDS [TARGET...]]      SECONDS for each target; default: 10
#
# A stable compiler, and no guidance by coverage.
set -eu
[ $# -gt 0 ] || set -- 10
exec sh "$(dirname "$0")/../fuzz/mutate.sh" "$@"
