#!/bin/sh
# RUSTC_WORKSPACE_WRAPPER of checks/features.sh. Only the crates of the workspace are built again; RUSTFLAGS would rebuild all.
exec "$@" --cfg 'mldsa_backend="portable"'
