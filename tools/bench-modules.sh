#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# 4,000 modules, 400 MB: sign-module against a shell loop over the kernel's own sign-file, then verify-module. Prints the table of
# docs/performance.md. Exit code 0 if the goals are met: 20 times as fast as the loop, verified at least as fast as
# signed, 256 MiB at most.
#
#   KGATE=folder tools/bench-modules.sh [--rounds N] [--folder WHERE]
#
# KGATE has modules/*.ko (real modules, one of them of 5 KB or less) and bin/sign-file-ossl40 (scripts/sign-file of Linux,
# built with OpenSSL 4.0). SIGN_FILE names another one.
set -eu

: "${KGATE:?set it to a folder with modules/ and bin/sign-file-ossl40}"
repository=$(cd "$(dirname "$0")/.." && pwd)
target=${CARGO_TARGET_DIR:-$repository/target}
cargo build --quiet --release --manifest-path "$repository/Cargo.toml" --target-dir "$target" --package modsig-cli
exec python3 "$repository/tools/bench-modules.py" "$target/release" "$KGATE/modules" \
    "${SIGN_FILE:-$KGATE/bin/sign-file-ossl40}" "$@"
