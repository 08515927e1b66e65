#!/bin/bash
# Purpose: Linux kernels that unpack modules themselves answer to unusual and broken compressed modules as predicted
# Needs: cargo, qemu-system-x86_64, a kernel gate (KGATE=FOLDER) with the variants 7.3-gzip, -xz, -zstd, 6.12-xz, -zstd, 6.1-xz
# Duration: 100 s
# CI: no, it needs a kernel gate; `tests` compares the recorded answers
#
#   KGATE=FOLDER ./check container-cases              asks each kernel, prints every disagreement, then the counts
#   KGATE=FOLDER ./check container-cases --record     also writes test-vectors/modsig/kernel-cases/containers.txt
#
# The files are made by crates/modsig-compress/examples/container_cases.rs. FOLDER as last argument keeps them and the answers.
# Exit codes: 0 no disagreement, 1 some, 2 usage, 4 a guest did not finish.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
usage() { sed -n '/^# Purpose/,/^set -/p' "$0" | sed '$d; s/^#$//; s/^# //' >&2; exit 2; }
record=
[ "${1-}" != --record ] || { record=1; shift; }
[ $# -le 1 ] && [ -x "${KGATE-}/kgate.sh" ] || usage
gate=$(readlink -f "$KGATE")
if [ $# = 1 ]; then work=$1; mkdir -p "$work"; else work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; fi
cargo run -q --locked -p modsig-compress --example container_cases -- "$work"

# Errors of steps after the signature (ENOEXEC: the module is of another version) mean that it was accepted.
words() {
  awk '/^loaded /{ print $2 "\taccepted"; next }
    /^refused /{ name = $2; errno = $3; gsub(/errno=|\(.*/, "", errno); log_ = $0; sub(/.*dmesg=/, "", log_)
      if (log_ ~ /cut here/) log_ = "-" # a stack trace, where kvmalloc warns of its argument
      if (errno == 8 || errno == 2 || errno == 17 || errno == 19) print name "\taccepted"
      else print name "\trefused " errno " " log_ }'
}
: >"$work/all.txt"
total=0 wrong=0 unknown=0
for variant in 7.3-gzip 7.3-xz 7.3-zstd 6.12-xz 6.12-zstd 6.1-xz; do
  for try in 1 2 3; do
    (cd "$work" && xargs -a "names-$variant.txt" "$gate/kgate.sh" --append no_timer_check --timeout 900 \
      --variant "$variant" --trust trust.der) 2>"$work/said-$variant.txt" | words >"$work/answered-$variant.txt" || :
    [ "$(wc -l <"$work/answered-$variant.txt")" = "$(wc -l <"$work/names-$variant.txt")" ] && break
    [ "$try" != 3 ] || { cat "$work/said-$variant.txt" >&2; exit 4; }
  done
  { echo "variant $variant"; cat "$work/answered-$variant.txt"; } >>"$work/all.txt"
  while IFS=$'\t' read -r name predicted seen; do
    total=$((total + 1))
    case $predicted in
      "$seen") ;;
      unknown) unknown=$((unknown + 1)); printf '%s %s: not predicted; the kernel: %s\n' "$variant" "$name" "$seen" ;;
      *) wrong=$((wrong + 1)); printf '%s %s: predicted %s; the kernel: %s\n' "$variant" "$name" "$predicted" "$seen" ;;
    esac
  done < <(paste "$work/predicted-$variant.txt" <(cut -f2 "$work/answered-$variant.txt"))
done
if [ -n "$record" ]; then
  { echo "# Answers of Linux 7.3.4, 6.12.117 and 6.1.192 to compressed modules (checks/container-cases.sh --record)"
    cat "$work/all.txt"; } >test-vectors/modsig/kernel-cases/containers.txt
fi
echo "$total answers, $unknown not predicted, $wrong disagree"
[ "$wrong" = 0 ]
