#!/bin/bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# build.sh [configure]: builds the gate's kernel, its modules and the programs that go with
# it, and keeps them in CACHE/kernel (11 MB), or CACHE/kernel-6.12-zstd for the kernel that
# KERNEL_GATE_KERNEL names. Runs once; kernel-gate.sh calls it
# when there is nothing kept yet, or with --rebuild. Half a build never looks
# like a whole one: the folder gets its name when everything is in it. With the word
# configure it only configures, and keeps the configuration in CACHE/KERNEL.config.
#
#   CACHE/kernel/vmlinux       the kernel, with 65,536 empty bytes for certificates
#   CACHE/kernel/System.map    where in it they are
#   CACHE/kernel/config        its full configuration
#   CACHE/kernel/modules/*.ko  unsigned modules built for it
#   CACHE/kernel/bin/          gen_init_cpio, insert-sys-cert (the kernel's own), init (ours)
#   CACHE/kernel/about.txt     source, compiler, how long it took
#   CACHE/build.log            what make said the last time
set -euo pipefail
# shellcheck source=SCRIPTDIR/common.sh
. "$(dirname "$(readlink -f "$0")")/common.sh"

readonly NEEDED_MB=3000 # the package 160, its archive 160, unpacked 1,800, objects 200, some room
cache=$(gate_cache)
work=$cache/work
fragment=$gate_parts/kernel.config
jobs=${KERNEL_GATE_JOBS:-$(nproc)}

# kmake WORDS...: the kernel's make, out of the way of other work
kmake() {
  KBUILD_BUILD_USER=modsig KBUILD_BUILD_HOST=kernel-gate \
    nice -n 19 make -C "$work/linux" O="$work/build" -j"$jobs" "$@" >> "$cache/build.log" 2>&1 || {
    tail -n 20 "$cache/build.log" >&2
    die "$EXIT_FAILED" "make $* failed; all of it: $cache/build.log"
  }
}

# without OPTION FILE: the fragment without this option, if the source's FILE does not define it.
without() {
  grep -q "^config $1\$" "$work/linux/$2" && return
  say "this Linux has no $1"
  sed -i "/^CONFIG_$1=/d" "$work/fragment"
}

# allnoconfig with our fragment; every line of it must stand in the result, except what older versions do not have.
configure() {
  local line
  cp "$fragment" "$work/fragment"
  sed -i "s/^CONFIG_MODULE_COMPRESS_XZ=y/CONFIG_MODULE_COMPRESS_$(kernel_compression)=y/" "$work/fragment"
  ! kernel_has_waiver || echo CONFIG_PKCS7_WAIVE_AUTHATTRS_REJECTION_FOR_MLDSA=y >> "$work/fragment"
  without CRYPTO_MLDSA crypto/Kconfig # before 7.0
  without MODULE_COMPRESS kernel/module/Kconfig # in 6.1, not in 6.12
  KCONFIG_ALLCONFIG=$work/fragment kmake allnoconfig
  while IFS= read -r line; do
    case $line in
      CONFIG_*) grep -qxF -e "$line" "$work/build/.config" ;;
      '# CONFIG_'*' is not set') ! grep -q -e "^$(echo "$line" | cut -d' ' -f2)=" "$work/build/.config" ;;
      *) continue ;;
    esac || die "$EXIT_FAILED" "this kernel's configuration does not take '$line' of $fragment"
  done < "$work/fragment"
}

# The kept configuration, for --configure.
keep_configuration() {
  local kept
  kept=$cache/$(kernel_folder).config
  cp "$work/build/.config" "$kept"
  echo "$kept ($(cat "$work/source.txt"); $(sed -n 's/^# \(Linux.*\) Kernel Configuration/\1/p' "$kept"))"
}

# collect SECONDS: what is kept, from the build tree
collect() {
  local kept=$work/kernel
  mkdir "$kept" "$kept/bin" "$kept/modules"
  strip --strip-all -o "$kept/vmlinux" "$work/build/vmlinux"
  cp "$work/build/.config" "$kept/config"
  # insert-sys-cert needs these three of some 40,000 symbols
  grep -E ' (system_extra_cert|system_extra_cert_used|system_certificate_list_size)$' "$work/build/System.map" > "$kept/System.map"
  find "$work/build" -name '*.ko' -exec cp {} "$kept/modules/" \;
  cp "$work/build/usr/gen_init_cpio" "$work/build/scripts/insert-sys-cert" "$kept/bin/"
  compile_init "$kept/bin"
  {
    echo "source: $(cat "$work/source.txt")"
    echo "kernel: $(cat "$work/build/include/config/kernel.release")"
    echo "compiler: $(gcc --version | head -n 1)"
    echo "fragment: $(sha256sum < "$fragment" | cut -d' ' -f1)"
    echo "built in: $1 s with $jobs job(s)"
    echo "disk while building: $(du -sm "$work" | cut -f1) MB"
  } > "$kept/about.txt"
}

# One function, so that bash has read the whole file before the long work: a
# `git pull` meanwhile does no harm.
main() {
  local free_mb kernel
  kernel=$(kernel_folder)
  require_packages gcc=gcc libc6-dev=elf.h make=make flex=flex bison=bison bc=bc perl=perl binutils=strip \
    xz-utils=xz tar=tar libelf-dev=gelf.h libssl-dev=openssl/evp.h
  [ "$(uname -m)" = x86_64 ] || die "$EXIT_USAGE" "the gate's kernel is built for x86_64 only; this machine is $(uname -m)"

  mkdir -p "$cache" || die "$EXIT_FAILED" "cannot make the folder $cache; set KERNEL_GATE_CACHE to one that can be written"
  exec 9> "$cache/lock"
  flock -n 9 || die "$EXIT_FAILED" "another build is at work in $cache"
  free_mb=$(df --output=avail -m "$cache" | tail -n 1)
  [ "$free_mb" -ge "$NEEDED_MB" ] ||
    die "$EXIT_FAILED" "the build needs $NEEDED_MB MB for a while, $cache has $((free_mb)); set KERNEL_GATE_CACHE to a folder elsewhere"

  rm -rf "$work"
  mkdir "$work" "$work/build"
  trap 'rm -rf "$work"' EXIT
  SECONDS=0
  "$gate_parts/source.sh" "$work" || exit
  say "building from $(cat "$work/source.txt") with $jobs job(s); log: $cache/build.log"
  : > "$cache/build.log"
  configure
  if [ "${1-}" = configure ]; then keep_configuration; return; fi
  kmake vmlinux modules
  collect "$SECONDS"
  rm -rf "${cache:?}/$kernel"
  mv "$work/kernel" "$cache/$kernel"
  say "built in $SECONDS s, kept in $cache/$kernel ($(du -sm "$cache/$kernel" | cut -f1) MB)"
}

main "$@"
exit
