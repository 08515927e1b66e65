#!/bin/sh
# Writes the seeds of fuzz/corpus from test-vectors: the same files each time.
set -eu
cd "$(dirname "$0")"
cargo run --quiet --locked --example seeds
du -sh corpus
