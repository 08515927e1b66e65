#!/bin/sh
# Purpose: keys, signatures and verdicts equal those of ml-dsa, fips204, aws-lc-rs and libcrux, on each back end
# Needs: cargo, a C compiler
# Duration: 150 s
# CI: yes
#
#   ./check differential                                    100 rounds, and controls: spoiled results must be noticed
#   ./check differential --seed 2 --iterations 100000       a long run, without the controls
#
# Exit code 0: all agree, the comparison notices what is wrong, and a run can be repeated.
set -eu
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-target}/differential

cargo build --quiet --release --locked --manifest-path checks/differential/Cargo.toml --target-dir "$target"
differential=$target/release/differential
if [ $# -gt 0 ]; then exec "$differential" "$@"; fi

report=$(mktemp)
trap 'rm -rf "$report" "$report.2"' EXIT
echo "-- 100 rounds"
"$differential" --iterations 100

echo "-- controls: each must fail"
for spoiled in "ours" "ours, auto" "ours, portable"; do
    code=0
    "$differential" --iterations 1 --sabotage "$spoiled" > "$report" || code=$?
    tail -n 1 "$report"
    # Wrong in keys, in signatures and in verdicts, and found by others than itself.
    for what in 'keygen: ' 'read: ' 'sign: ' 'verify: good' 'verify: a bit of z flipped'; do
        grep -q "^DISAGREEMENT: $what" "$report" || { echo "\"$spoiled\" spoiled, and no word of $what" >&2; exit 1; }
    done
    [ "$code" = 1 ] || { echo "\"$spoiled\" spoiled, and the exit code is $code" >&2; exit 1; }
done

echo "-- the same seed, the same run; another, another"
"$differential" --seed 7 --iterations 2 > "$report"
"$differential" --seed 7 --iterations 2 > "$report.2"
diff "$report" "$report.2"
"$differential" --seed 8 --iterations 2 > "$report.2"
if cmp -s "$report" "$report.2"; then echo "the seed changes nothing" >&2; exit 1; fi
echo "all as expected"
