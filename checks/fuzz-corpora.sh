#!/bin/sh
# Purpose: every claim of the fuzz targets holds for the corpora, and each claim can fail
# Needs: cargo
# Duration: 60 s
# CI: yes
set -eu
exec sh "$(dirname "$0")/../fuzz/replay.sh"
