#!/bin/sh
# Fuzzes targets one after the other and prints a table. Exit code 1 if any crashed; 0 with a loud word if it cannot run.
#
#   sh fuzz/run.sh                        20 seconds each: for CI
#   sh fuzz/run.sh 300 cms certificate    300 seconds each of these
#   sh fuzz/run.sh --executions 10000000 trailer
#
# FUZZ_SANITIZER=address for AddressSanitizer; the default is none, which is two to three times as fast: this project's
# unsafe code is in the back ends, and no target but the ML-DSA ones comes there. What is found is kept in fuzz/work (not in
# the repository); fuzz/artifacts has what crashed.
set -eu
cd "$(dirname "$0")"
limit="-max_total_time=20"
case "${1:-}" in
--executions) limit="-runs=$2"; shift 2 ;;
[0-9]*) limit="-max_total_time=$1"; shift ;;
esac
if ! cargo +nightly --version >/dev/null 2>&1 || ! cargo fuzz --version >/dev/null 2>&1; then
    echo "fuzz/run.sh: SKIPPED: it needs a nightly toolchain and cargo-fuzz (cargo install --locked cargo-fuzz)" >&2
    exit 0
fi
sanitizer=${FUZZ_SANITIZER:-none}
all=$(sed -n 's/^name = "\(.*\)"/\1/p' Cargo.toml | grep -v modsig-fuzz)
host=$(rustc -vV | sed -n 's/^host: //p')
binaries=${CARGO_TARGET_DIR:-target}/$host/release
export RUSTC_WRAPPER="$PWD/uninstrumented.sh"
failed=0
table=$(printf '%-20s %12s %8s %8s %8s %8s\n' target executions seconds cov_from cov_to crashes)
for target in ${*:-$all}; do
    (cd .. && cargo +nightly fuzz build --release --sanitizer "$sanitizer" --features libfuzzer "$target")
    mkdir -p "work/$target" "artifacts/$target"
    log=work/$target.log
    status=0
    max_len=$(sed -n 's/^pub const MAX_LEN: usize = \([0-9]*\);.*/\1/p' "src/$target.rs")
    dictionary=
    [ ! -e "dictionaries/$target.dict" ] || dictionary=-dict=dictionaries/$target.dict
    start=$(date +%s)
    "$binaries/$target" "$limit" -print_final_stats=1 -rss_limit_mb=4096 -timeout=60 -max_len="$max_len" $dictionary -verbosity=1 \
        -artifact_prefix="artifacts/$target/" "work/$target" "corpus/$target" >"$log" 2>&1 || status=$?
    seconds=$(($(date +%s) - start))
    executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    from=$(sed -n 's/.*INITED cov: \([0-9]*\).*/\1/p' "$log" | head -1)
    to=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -1)
    crashes=0
    # A run that made no execution has shown nothing.
    if [ "$status" != 0 ] || [ "${executions:-0}" = 0 ]; then
        crashes=1
        failed=1
        tail -40 "$log" >&2
    fi
    row=$(printf '%-20s %12s %8s %8s %8s %8s' "$target" "${executions:-0}" "$seconds" "${from:-?}" "${to:-?}" "$crashes")
    echo "$row"
    table="$table
$row"
done
echo
echo "$table"
exit "$failed"
