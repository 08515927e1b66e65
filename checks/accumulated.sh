#!/bin/sh
# Purpose: CCTV's accumulated hashes of 10,000 keys and signatures of each set, on every back end of this CPU
# Needs: cargo
# Duration: 40 s
# CI: yes
#
#   ./check accumulated --long    CCTV's 60,000,000 of each set on all cores; 65 and 87 took 2.3 core-hours on a Zen 5. Interrupt it at will:
#                                 target/accumulated holds the state of a minute ago, for the same commit
set -eu
cd "$(dirname "$0")/.."

long() {
    # The checkpoints name what made them, so that no hash is put together by several versions.
    git diff --quiet HEAD -- || { echo "accumulated: commit the changes first; checkpoints name a commit" >&2; exit 2; }
    MLDSA_KAT_COMMIT=$(git rev-parse HEAD)
    export MLDSA_KAT_COMMIT
    exec cargo run --quiet --release --locked --package mldsa-kat -- accumulated --iterations 60000000 \
        --jobs "$(nproc)" --checkpoints "$PWD/target/accumulated/$MLDSA_KAT_COMMIT"
}

case ${1-} in
'') ;;
--long) long ;;
*) echo "accumulated: there is no option '$1'" >&2; exit 2 ;;
esac

# The CPU's own words say how many must run, so that a broken detection cannot pass.
expected=portable
has() { for flag; do grep -qw "$flag" /proc/cpuinfo || return 1; done; }
if [ "$(uname -m)" = x86_64 ]; then
    # Those that `detect` of mldsa's back ends asks for.
    ! has avx2 bmi1 bmi2 || expected="$expected avx2"
    ! has avx2 bmi1 bmi2 avx512f avx512bw avx512dq avx512vl avx512vbmi avx512_vbmi2 || expected="$expected avx512"
fi

ran=
for backend in portable avx2 avx512; do
    case " $expected " in
    *" $backend "*)
        echo "-- $backend"
        cargo run --quiet --release --locked --package mldsa-kat -- --backend "$backend" accumulated --iterations 10000
        ran="$ran $backend"
        ;;
    *) echo "skipped: this CPU has no $backend" ;;
    esac
done
echo "ran on:$ran"
