#!/bin/bash
# Purpose: all modules of unpacked kernel packages load on their kernels; with a byte changed in ten of them, exactly these ten do not
# Needs: cargo, jq, xz, unpacked packages of kernels
# Duration: 2 min
# CI: no, it needs packages of kernels
# SPDX-License-Identifier: MIT OR Apache-2.0
#
#   ./check debian-kernels FOLDER...
#
# Each FOLDER is the root of one kernel's unpacked packages (dpkg-deb -x linux-image-….deb FOLDER): boot/ or usr/lib/modules/ with
# the kernel's image and configuration, and its modules. verify-module --root must find certificates in the image and refuse
# no module. Then one byte is changed in ten modules of a copy, in the unpacked module; exactly these ten must be refused.
# Prints wall time and processor time.
#
# Environment: PROGRAMS (folder of verify-module; default: built here, optimised)
#
# Exit codes: 0 as it must be, 1 not, 2 usage or a tool that is missing.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
[ $# -gt 0 ] || { echo "usage: ./check debian-kernels FOLDER...; each is the root of a kernel's unpacked packages" >&2; exit 2; }
for tool in jq xz; do command -v $tool > /dev/null || { echo "debian-kernels: install $tool" >&2; exit 2; }; done
if [ -z "${PROGRAMS-}" ]; then
  (cd "$root" && cargo build -q --release -p modsig-cli)
  PROGRAMS=$(cd "$root" && cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')/release
fi
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
status=0
complain() { echo "$*" >&2; status=1; }
# audit FOLDER NAME: the exit code
audit() { local code=0; "$PROGRAMS/verify-module" --json --root "$1" > "$work/$2.jsonl" 2> "$work/$2.err" || code=$?; echo $code; }

for folder; do
  code=0
  TIMEFORMAT='  %R s, of processors %U s + %S s'
  echo "$folder"
  time "$PROGRAMS/verify-module" --root "$folder" > "$work/text" 2> "$work/err" || code=$?
  head -n 1 "$work/text"
  if [ "$code" != 0 ]; then complain "$folder: exit code $code"; cat "$work/err" >&2; continue; fi
  [ "$(audit "$folder" whole)" = 0 ] || complain "$folder: another exit code with --json"
  found=$(jq -r 'select(.type == "kernel") | .certificates | length' "$work/whole.jsonl")
  [ "$found" -gt 0 ] 2> /dev/null || complain "$folder: certificates in the image: ${found:-none}"
  refused=$(jq -r 'select(.type == "file" and .would_load == false) | .file' "$work/whole.jsonl" | wc -l)
  tainting=$(jq -r 'select(.type == "file" and .kernel.taints) | .file' "$work/whole.jsonl" | wc -l)
  echo "  certificates: $found, refused: $refused, tainting: $tainting"
  [ "$refused" = 0 ] && [ "$tainting" = 0 ] || complain "$folder: $refused refused, $tainting taint"

  # Hard links, if the copy is on the same file system: each changed file is a new one.
  rm -rf "$work/copy"
  cp -al "$folder" "$work/copy" 2> /dev/null || { rm -rf "$work/copy"; cp -a "$folder" "$work/copy"; }
  jq -r 'select(.type == "file") | .file' "$work/whole.jsonl" | shuf -n 10 --random-source=<(yes 2026) |
    while read -r file; do
      inside=${file#"$folder"}; copy=$work/copy/${inside#/}
      case $copy in *.xz) xz -dc "$copy" ;; *) cat "$copy" ;; esac > "$work/module"
      # Byte 200 is in the ELF's first section; it is inverted.
      byte=$(od -An -tu1 -j200 -N1 "$work/module")
      printf "\\$(printf %03o $((byte ^ 255)))" | dd of="$work/module" bs=1 seek=200 conv=notrunc status=none
      case $copy in *.xz) xz --check=crc32 --lzma2=dict=1MiB -c "$work/module" ;; *) cat "$work/module" ;; esac > "$work/new"
      rm "$copy" && cp "$work/new" "$copy" && echo "$copy"
    done | sort > "$work/changed"
  code=$(audit "$work/copy" changed)
  [ "$code" = 1 ] || complain "$folder: exit code $code with ten changed modules"
  jq -r 'select(.type == "file" and .would_load == false) | .file' "$work/changed.jsonl" | sort > "$work/refused"
  if cmp -s "$work/changed" "$work/refused"; then
    echo "  ten changed: $(jq -r 'select(.type == "summary") | .result' "$work/changed.jsonl")"
  else
    complain "$folder: changed and refused modules differ:"; diff "$work/changed" "$work/refused" >&2 || :
  fi
done
exit $status
