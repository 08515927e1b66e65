#!/bin/bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# source.sh FOLDER: puts the unpacked source of Linux at FOLDER/linux and writes
# what it is to FOLDER/source.txt: 7.0 or later, the first with ML-DSA, unless
# $KERNEL_GATE_SOURCE names an older one (6.1 or later: before, Linux does not
# unpack modules itself). The first of these that is there:
#
#   1. $KERNEL_GATE_SOURCE: a linux-source .deb, a kernel source .tar.xz, a folder with it
#      (never built in before), or the name of a package such as linux-source-7.2 for steps
#      3 and 4; linux-source-VERSION if $KERNEL_GATE_KERNEL names a version
#   2. an installed package's /usr/src/linux-source-7*.tar.xz
#   3. the newest linux-source-7* that this machine's own apt offers
#   4. the newest that Debian's $KERNEL_GATE_SUITE (trixie-backports) offers, from
#      $KERNEL_GATE_MIRROR, by an apt configuration in FOLDER: the system's
#      package sources are neither used nor changed, nothing is installed
#
# Steps 3 and 4 let apt check the archive's signatures.
set -euo pipefail
# shellcheck source=SCRIPTDIR/common.sh
. "$(dirname "$(readlink -f "$0")")/common.sh"

folder=$1
version=$(kernel_version)
wanted=${KERNEL_GATE_SOURCE:-${version:+linux-source-$version}}
# Where Debian has a version in November 2026.
case $version in 6.1) suite=bookworm ;; 6.12) suite=trixie ;; *) suite=trixie-backports ;; esac
suite=${KERNEL_GATE_SUITE:-$suite}
mirror=${KERNEL_GATE_MIRROR:-http://deb.debian.org/debian}
apt=(-o "APT::Sandbox::User=$(id -un)")

# unpack_tar TAR.XZ
unpack_tar() {
  say "unpacking ${1##*/} (1.8 GB)"
  mkdir "$folder/linux"
  tar -C "$folder/linux" --strip-components=1 -xJf "$1"
}

# unpack_deb DEB
unpack_deb() {
  dpkg-deb -x "$1" "$folder/deb" || die "$EXIT_USAGE" "dpkg-deb cannot unpack $1"
  local tar
  tar=$(find "$folder/deb/usr/src" -name 'linux-source-*.tar.xz' 2>/dev/null)
  [ -f "$tar" ] || die "$EXIT_USAGE" "$1 holds no usr/src/linux-source-*.tar.xz; is it a linux-source package?"
  unpack_tar "$tar"
  printf '%s %s (Debian)\n' "$(dpkg-deb -f "$1" Package)" "$(dpkg-deb -f "$1" Version)" > "$folder/source.txt"
  rm -rf "$folder/deb"
}

# The newest linux-source-N.M with N >= 7 that apt knows, or $wanted if it does.
offered() {
  apt-cache "${apt[@]}" search --names-only '^linux-source-' 2>/dev/null | cut -d' ' -f1 |
    { if [ -n "$wanted" ]; then grep -xF -e "$wanted"; else grep -E '^linux-source-([7-9]|[1-9][0-9]+)\.[0-9]+$'; fi || :; } |
    sort -V | tail -n 1
}

# fetch PACKAGE: by apt, into $folder
fetch() {
  say "fetching $1 (165 MB)"
  (cd "$folder" && apt-get "${apt[@]}" -qq download "$1") || die "$EXIT_FAILED" "apt could not download $1"
  unpack_deb "$(echo "$folder"/linux-source-*.deb)"
  rm -f "$folder"/linux-source-*.deb
}

use_private_apt() {
  require_packages debian-archive-keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  local a=$folder/apt
  mkdir -p "$a/lists/partial" "$a/archives/partial"
  printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' "$mirror" "$suite" > "$a/sources.list"
  apt+=(-o "Dir::Etc::SourceList=$a/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o "Dir::State=$a" -o "Dir::State::Lists=$a/lists" -o "Dir::Cache=$a" -o Acquire::Languages=none)
  say "asking $mirror $suite for linux-source"
  apt-get "${apt[@]}" -qq update ||
    die "$EXIT_FAILED" "apt could not read $mirror $suite; set KERNEL_GATE_SUITE, KERNEL_GATE_MIRROR or KERNEL_GATE_SOURCE"
}

case $wanted in
  *.deb)
    [ -r "$wanted" ] || die "$EXIT_USAGE" "cannot read $wanted (KERNEL_GATE_SOURCE)"
    unpack_deb "$wanted"
    ;;
  *.tar.xz)
    [ -r "$wanted" ] || die "$EXIT_USAGE" "cannot read $wanted (KERNEL_GATE_SOURCE)"
    unpack_tar "$wanted"
    printf '%s\n' "${wanted##*/}" > "$folder/source.txt"
    ;;
  */*)
    [ -r "$wanted/Makefile" ] || die "$EXIT_USAGE" "$wanted is not the source of a kernel (KERNEL_GATE_SOURCE)"
    ln -s "$(readlink -f "$wanted")" "$folder/linux"
    printf '%s\n' "${wanted##*/}" > "$folder/source.txt"
    ;;
  *)
    installed=$(find /usr/src -maxdepth 1 -name "${wanted:-linux-source-[7-9]*}.tar.xz" 2>/dev/null | sort -V | tail -n 1)
    if [ -n "$installed" ]; then
      unpack_tar "$installed"
      package=$(basename "$installed" .tar.xz)
      printf '%s\n' "$(dpkg-query -W -f '${Package} ${Version} (Debian)' "$package" 2>/dev/null || echo "$package")" > "$folder/source.txt"
    else
      require_packages apt=apt-get
      package=$(offered)
      if [ -z "$package" ]; then
        use_private_apt
        package=$(offered)
      fi
      [ -n "$package" ] || die "$EXIT_FAILED" \
        "neither this machine's apt nor $suite offers ${wanted:-linux-source-7.0 or later}; set KERNEL_GATE_SUITE (sid, for one) or KERNEL_GATE_SOURCE"
      fetch "$package"
    fi
    ;;
esac

found=$(sed -n 's/^VERSION = //p; s/^PATCHLEVEL = //p' "$folder/linux/Makefile" | paste -sd.)
[ -z "$version" ] || [ "$found" = "$version" ] ||
  die "$EXIT_USAGE" "$(cat "$folder/source.txt") is Linux $found, not $version; set KERNEL_GATE_SOURCE to its source"
[ -n "$wanted" ] || grep -q '^config CRYPTO_MLDSA' "$folder/linux/crypto/Kconfig" ||
  die "$EXIT_USAGE" "$(cat "$folder/source.txt") has no CRYPTO_MLDSA: ML-DSA needs Linux 7.0 or later"
grep -q '^config MODULE_DECOMPRESS' "$folder/linux/kernel/module/Kconfig" ||
  die "$EXIT_USAGE" "$(cat "$folder/source.txt") has no MODULE_DECOMPRESS: the gate needs Linux 6.1 or later"
