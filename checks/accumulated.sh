#!/bin/sh
# Purpose: CCTV's accumulated hashes of 10,000 keys and signatures of each set, on every back end of this CPU
# Needs: cargo
# Duration: 40 s
# CI: yes
set -eu
cd "$(dirname "$0")/.."

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
