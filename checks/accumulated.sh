#!/bin/sh
# Purpose: CCTV's accumulated hashes of 10,000 keys and signatures of each set, on every back end of this CPU
# Needs: cargo
# Duration: 40 s
# CI: yes
#
#   ./check accumulated --long    CCTV's 60,000,000 of each set, from the checkpoints in docs/assurance/accumulated on: four hours a set
#                                 on one core of a Zen 3. Interrupt it at will; the checkpoints are at most a minute old
set -eu
cd "$(dirname "$0")/.."

# The checkpoints name the commit and the back end that made them: a hash of several builds would be evidence for none.
long() {
    folder=$PWD/docs/assurance/accumulated
    made_by=$(sed -n 's/^  "made_by": "mldsa-kat [^ ]*, commit \([0-9a-f]*\), back end \([^" ]*\)".*/\1 \2/p' "$folder/ML-DSA-65.json")
    commit=${made_by% *} backend=${made_by#* }
    tree=$PWD/target/accumulated/$commit
    [ -d "$tree" ] || git worktree add --detach "$tree" "$commit"
    (cd "$tree" && MLDSA_KAT_COMMIT=$commit cargo build --release --locked --package mldsa-kat --target-dir target)
    for set in ML-DSA-65 ML-DSA-87; do
        "$tree/target/release/mldsa-kat" --backend "$backend" accumulated --set "$set" --iterations 60000000 --checkpoints "$folder"
    done
}
case ${1-} in
'') ;;
--long) long; exit ;;
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
