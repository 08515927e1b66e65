#!/bin/bash
# Purpose: real kernels of several versions answer as modsig::kernel predicts: error number and log lines
# Needs: cargo, qemu-system-x86_64, a kernel gate in KGATE (docs/kernel-gate.md)
# Duration: 3 h
# CI: no, it needs a kernel gate
# SPDX-License-Identifier: MIT OR Apache-2.0
#
#   KGATE=FOLDER ./check kernel-cases [--record] [FOLDER]
#
# Makes the cases (crates/modsig/examples/kernel_cases.rs), boots the kernel gate on each variant, gives it every case,
# the gate's own fixtures and Debian's modules, and compares error number and log lines. Prints every disagreement, then
# the counts by variant.
#
# FOLDER keeps cases, predictions and the kernels' answers (answered-VARIANT.txt in each kernel's folder);
# the default is a temporary one. With --record, test-vectors/modsig/kernel-cases/answers.txt is written from them,
# which the check recorded-kernel-cases reads.
#
# Environment: KERNEL_CASES_JOBS (guests at a time, default: processors), KERNEL_CASES_CHUNK (modules a guest, 400),
# KERNEL_CASES_ONLY (a pattern of kernels' names, default *), KERNEL_CASES_VARIANTS (default "A B 6.1-xz 6.12-xz 7.3-xz";
# "all" is every kernel that the gate has: 6.12-zstd, 7.3-gzip and 7.3-zstd differ from these only in what they unpack,
# and no case is compressed).
#
# Exit codes: 0 no disagreement, 1 some, 2 usage or a tool that is missing, 4 a guest did not finish.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)

record=
[ "${1-}" != --record ] || { record=1; shift; }
if [ $# -gt 1 ] || ! [ -x "${KGATE:-}/kgate.sh" ]; then
  echo "usage: KGATE=FOLDER ./check kernel-cases [--record] [FOLDER]; KGATE names a kernel gate (docs/kernel-gate.md)" >&2
  exit 2
fi
gate=$(readlink -f "$KGATE")
if [ $# = 1 ]; then work=$1; mkdir -p "$work"; else work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; fi
work=$(readlink -f "$work")
command -v "${QEMU:-qemu-system-x86_64}" > /dev/null || { echo "kernel-cases: install qemu-system-x86" >&2; exit 2; }
jobs=${KERNEL_CASES_JOBS:-$(nproc)} chunk=${KERNEL_CASES_CHUNK:-400} only=${KERNEL_CASES_ONLY:-*}
variants=${KERNEL_CASES_VARIANTS:-A B 6.1-xz 6.12-xz 7.3-xz}
if [ "$variants" = all ]; then
  variants=$(find "$gate/kernel" -name 'vmlinux-*' -printf '%f\n' | sed 's/^vmlinux-//; s/\.xz$//' | sort -u | paste -sd' ')
  [ -n "$variants" ] || { echo "kernel-cases: $gate/kernel has no vmlinux-*" >&2; exit 2; }
fi

cd "$root"
cargo build -q -p modsig --example kernel_cases --example predict
target=$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
[ -e "$work/cases.txt" ] || { "$target/debug/examples/kernel_cases" "$work" && ls "$work" > "$work/cases.txt"; }

# Kernels of one version answer alike: no case is compressed.
for folder in "$work"/*/; do
  for variant in $variants; do
    of_version=$folder/predicted-${variant%-*}-xz.txt
    if [ ! -e "$folder/predicted-$variant.txt" ] && [ -e "$of_version" ]; then
      cp "$of_version" "$folder/predicted-$variant.txt"
    fi
  done
done

# The gate's own files, each kind a kernel of its own: predicted by the other example.
# gate_kernel NAME MODULE... -- CERTIFICATE...
gate_kernel() {
  local name=$1 modules=() n=0 file variant; shift
  while [ "$1" != -- ]; do modules+=("$1"); shift; done; shift
  mkdir -p "$work/$name"
  for file; do cp "$file" "$work/$name/$(printf 'trust-%03d.der' $n)"; n=$((n + 1)); done
  for file in "${modules[@]}"; do
    case $file in
      *.xz) xz -dc "$file" > "$work/$name/$(basename "$file" .xz)" ;;
      *) cp "$file" "$work/$name/" ;;
    esac
  done
  for variant in $variants; do
    local trust=()
    for file in "$work/$name"/trust-*.der; do trust+=(--trust "$file"); done
    "$target/debug/examples/predict" --variant "$variant" "${trust[@]}" "$work/$name"/*.ko 2> /dev/null |
      sed 's/ stage=[a-z]*//' > "$work/$name/predicted-$variant.txt"
  done
}
fixtures=$gate/fixtures
trusted=(); for file in "$fixtures"/keys/*.der; do case $file in */wrong-*) ;; *) trusted+=("$file") ;; esac; done
if [ ! -d "$work/gate-debian-unknown" ]; then
  gate_kernel gate-fixtures "$fixtures"/signed/*.ko -- "${trusted[@]}"
  gate_kernel gate-resigned "$fixtures"/debian-resigned/*.ko -- "${trusted[@]}"
  gate_kernel gate-resigned-unknown "$fixtures"/debian-resigned/*.ko -- "$fixtures/keys/p256.der"
  gate_kernel gate-debian "$gate"/debian-modules/*.ko.xz -- "$gate"/debian-modules/*.der
  gate_kernel gate-debian-unknown "$gate"/debian-modules/*.ko.xz -- "$fixtures/keys/p256.der"
fi

# ask FOLDER VARIANT: the kernel's answers, in the words of the predictions
ask() {
  local folder=$1 variant=$2 trust=() file part try
  [ ! -s "$folder/answered-$variant.txt" ] || return 0
  for file in "$folder"/trust-*.der; do trust+=(--trust "$file"); done
  sed 's/^\(loaded\|refused\) \([^ ]*\).*/\2/' "$folder/predicted-$variant.txt" > "$folder/names-$variant"
  split -l "$chunk" "$folder/names-$variant" "$folder/part-$variant."
  : > "$folder/answered-$variant.part"
  for part in "$folder/part-$variant".*; do
    # On a busy machine a guest may find that its timer does not tick; so no check, and more than one try.
    for try in 1 2 3 4 5; do
      (cd "$folder" && xargs -a "$part" "$gate/kgate.sh" --append no_timer_check --timeout 900 \
        --variant "$variant" "${trust[@]}") > "$folder/answers-$variant" 2> "$folder/said-$variant.txt" || :
      # (The exit code 3, for certificates that the kernel did not take, is an answer too.)
      [ "$(wc -l < "$folder/answers-$variant")" != "$(wc -l < "$part")" ] || break
      [ $try != 5 ] || { tail -n 20 "$folder/said-$variant.txt" >&2; return 4; }
    done
    cat "$folder/answers-$variant" >> "$folder/answered-$variant.part"
  done
  # Linux says only once that it waives something; on a busy machine it speaks of its clocks. What is refused after the
  # signature was accepted counts as loaded.
  local noise='PKCS7: Waived invalid module sig (has authattrs)\|TSC found unstable[^|]*[^| ]\|sched_clock: [^|]*[^| ]\|clocksource: [^|]*[^| ]'
  sed -e ":a; s/\(dmesg=\| | \)\($noise\) | /\1/; ta; s/ | \($noise\)$//; s/dmesg=\($noise\)$/dmesg=-/" \
    -e 's/^refused \([^ ]*\) .* stage=elf .*/loaded \1/' -e 's/ stage=[a-z]*//' \
    "$folder/answered-$variant.part" > "$folder/answered-$variant.txt"
  rm -f "$folder/part-$variant".* "$folder/names-$variant" "$folder/answers-$variant" "$folder/answered-$variant.part"
}
export -f ask
export gate chunk

status=0
find "$work" -mindepth 1 -maxdepth 1 -type d -name "$only" | sort |
  while read -r folder; do for variant in $variants; do printf '%s\n%s\n' "$folder" "$variant"; done; done |
  xargs -n 2 -P "$jobs" bash -c 'ask "$1" "$2"' ask || status=4

all_disagreed=0
for variant in $variants; do
  agreed=0 disagreed=0
  for folder in "$work"/$only/; do
    [ -s "$folder/answered-$variant.txt" ] || { status=4; continue; }
    differing=$(diff "$folder/predicted-$variant.txt" "$folder/answered-$variant.txt" | grep -c '^<' || :)
    total=$(wc -l < "$folder/predicted-$variant.txt")
    disagreed=$((disagreed + differing)) agreed=$((agreed + total - differing))
    if [ "$differing" -gt 0 ]; then
      echo "$(basename "$folder"), variant $variant: $differing of $total disagree (< predicted, > the kernel's answer)"
      diff "$folder/predicted-$variant.txt" "$folder/answered-$variant.txt" | grep '^[<>]' || :
    fi
  done
  echo "variant $variant: $agreed answers agree, $disagreed disagree"
  all_disagreed=$((all_disagreed + disagreed))
done
[ "$status" = 0 ] || exit "$status"
[ "$all_disagreed" = 0 ] || exit 1
if [ -n "$record" ]; then
  "$target/debug/examples/kernel_cases" --record "$work" "$root/test-vectors/modsig/kernel-cases/answers.txt"
fi
