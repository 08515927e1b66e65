# shellcheck shell=bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# What the gate's scripts share: how they speak, how they stop, and how they ask
# for a Debian package. Sourced, never run.

gate_parts=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)

# Exit codes, the same in every script of the gate (kernel-gate.sh --help).
# shellcheck disable=SC2034 # used by the scripts that source this file
readonly EXIT_UNEXPECTED=1 EXIT_USAGE=2 EXIT_CERTIFICATE=3 EXIT_FAILED=4

say() { printf 'kernel-gate: %s\n' "$*" >&2; }

# die CODE WORDS...
die() {
  local code=$1
  shift
  say "$@"
  exit "$code"
}

# What nobody foresaw (a full disk, say) must not look like an unmet expectation.
set -E
trap 'die "$EXIT_FAILED" "${BASH_SOURCE[0]##*/}, line $LINENO: a command failed: $BASH_COMMAND"' ERR

# require_packages PACKAGE=PROBE...: PROBE is a program, or a header if it ends
# in .h, or a file if it starts with /. Names everything that is missing at once.
require_packages() {
  local pair package probe missing=()
  for pair in "$@"; do
    package=${pair%%=*} probe=${pair#*=}
    case $probe in
      /*) [ -e "$probe" ] ;;
      *.h) command -v gcc >/dev/null && printf '#include <%s>\n' "$probe" | gcc -fsyntax-only -x c - 2>/dev/null ;;
      *) command -v "$probe" >/dev/null ;;
    esac || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] ||
    die "$EXIT_USAGE" "missing here: ${missing[*]}. On Debian: apt-get install --no-install-recommends ${missing[*]}"
}

# The folder that keeps the built kernel.
gate_cache() { printf '%s\n' "${KERNEL_GATE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/modsig-kernel-gate}"; }

# The kernel that is asked for: $KERNEL_GATE_KERNEL, VERSION[-COMPRESSION][-waiver]; empty is the newest with xz.
kernel_version() { local name=${KERNEL_GATE_KERNEL:-}; printf '%s\n' "${name%%-*}"; }
kernel_compression() {
  case ${KERNEL_GATE_KERNEL:-} in *-gzip*) echo GZIP ;; *-zstd*) echo ZSTD ;; *) echo XZ ;; esac
}
kernel_has_waiver() { case ${KERNEL_GATE_KERNEL:-} in *-waiver) ;; *) return 1 ;; esac }

# Its folder below the cache: 7.3 and 7.3-xz are one.
kernel_folder() { local name=${KERNEL_GATE_KERNEL:-}; name=${name/-xz/}; printf '%s\n' "kernel${name:+-$name}"; }

check_kernel_name() {
  [[ ${KERNEL_GATE_KERNEL:-} =~ ^([0-9]+\.[0-9]+(-(gzip|xz|zstd))?(-waiver)?)?$ ]] ||
    die "$EXIT_USAGE" "--kernel $KERNEL_GATE_KERNEL: it must be VERSION[-gzip|-xz|-zstd][-waiver], such as 6.12-zstd"
}

# compile_init FOLDER: our init program, with the text it was made from beside it.
compile_init() {
  gcc -Os -static -s -Wall -Wextra -o "$1/init" "$gate_parts/init.c" || die "$EXIT_FAILED" "cannot compile $gate_parts/init.c"
  cp "$gate_parts/init.c" "$1/init.c"
}
