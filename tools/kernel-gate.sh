#!/bin/bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# kernel-gate.sh: does a real Linux that enforces module signatures load these modules?
#
#   tools/kernel-gate.sh --trust CERT [--trust CERT]... MODULE...
#   tools/kernel-gate.sh --trust CERT --expect-loaded MODULE --expect-refused MODULE ...
#   tools/kernel-gate.sh --demo [--tools FOLDER]
#   tools/kernel-gate.sh [--kernel KERNEL] --build | --rebuild | --configure | --modules
#
# Boots a Linux (6.1 or later, CONFIG_MODULE_SIG_FORCE=y) in QEMU that trusts the
# given certificates and no other, gives it each module in the order of the
# command line, and prints its answer, one line for each:
#
#   loaded MODULE
#   refused MODULE errno=129 EKEYREJECTED: the kernel's own words
#   refused MODULE errno=8 ENOEXEC (signature accepted, refused after it): ...
#
# The kernel checks the signature before anything else, so the third form says
# that the signature was right; ENOEXEC is what a module built for another kernel
# gets. The first run builds the kernel, from Debian's linux-source (some ten minutes
# of one core; later runs take seconds). docs/kernel-gate.md tells the whole.
#
# Options:
#   --kernel KERNEL         VERSION[-COMPRESSION][-waiver]: 6.1, 6.12, 7.2, 7.3 (if not given, the newest
#                           that Debian offers); gzip, xz (the default) or zstd, which it unpacks itself;
#                           waiver: CONFIG_PKCS7_WAIVE_AUTHATTRS_REJECTION_FOR_MLDSA=y. Each is kept in a
#                           folder of its own, and as strict as the others
#   --trust CERT            X.509 certificate, DER or PEM (may hold several); repeat for more
#   --expect-loaded MODULE  try it, and fail unless it is loaded
#   --expect-refused MODULE try it, and fail unless the signature check refuses it
#   --console FILE          keep what the guest's console said
#   --demo                  keys, signatures and forgeries by this project's own programs,
#                           each answer checked, also against verify-module's (7.0 or later, xz)
#   --tools FOLDER          where --demo finds module-key, sign-module and verify-module
#                           (default: cargo build --release in this repository)
#   --build                 only build the kernel, if it is not there yet
#   --rebuild               build it anew
#   --configure             only configure it, and print the file: does this source take every option?
#   --modules               print the folder with the unsigned modules built for it
#   --help                  this text
#
# Environment:
#   KERNEL_GATE_CACHE    folder that keeps the kernel (~/.cache/modsig-kernel-gate)
#   KERNEL_GATE_SOURCE   package name such as linux-source-7.2, its .deb, a source .tar.xz, or a folder
#                        (default: linux-source-VERSION)
#   KERNEL_GATE_SUITE    Debian suite to ask when this machine's apt has none (trixie-backports; for 6.1
#                        bookworm, for 6.12 trixie)
#   KERNEL_GATE_MIRROR   Debian mirror for that (http://deb.debian.org/debian)
#   KERNEL_GATE_JOBS     jobs for make (number of processors)
#   KERNEL_GATE_TIMEOUT  seconds until a guest counts as stuck (300)
#   QEMU                 qemu-system-x86_64
#
# Exit codes:
#   0  the kernel answered for every module, and every expectation was met
#   1  an expectation was not met
#   2  wrong usage, an unreadable file, or a package that is missing here
#   3  the kernel did not take one of the certificates
#   4  the build or the guest failed
set -euo pipefail
self=$(readlink -f "$0")
# shellcheck source=SCRIPTDIR/kernel-gate/common.sh
. "$(dirname "$self")/kernel-gate/common.sh"

readonly RESERVED_BYTES=65536 # CONFIG_SYSTEM_EXTRA_CERTIFICATE_SIZE
certificates=() modules=() expected=() action=load console='' tools=''

usage() { sed -n '/^# kernel-gate.sh:/,/^set -/p' "$self" | sed '$d; s/^#$//; s/^# //'; }
value_of() { [ "$2" -ge 2 ] || die "$EXIT_USAGE" "$1 needs a value; see --help"; }
try() { modules+=("$1") expected+=("$2"); }

while [ $# -gt 0 ]; do
  case $1 in
    --kernel) value_of "$1" $#; export KERNEL_GATE_KERNEL=$2; shift ;;
    --trust) value_of "$1" $#; certificates+=("$2"); shift ;;
    --expect-loaded) value_of "$1" $#; try "$2" loaded; shift ;;
    --expect-refused) value_of "$1" $#; try "$2" refused; shift ;;
    --console) value_of "$1" $#; console=$2; shift ;;
    --tools) value_of "$1" $#; tools=$2; shift ;;
    --demo | --build | --rebuild | --configure | --modules) action=${1#--} ;;
    --help | -h) usage; exit 0 ;;
    --) shift; for m; do try "$m" any; done; break ;;
    -*) die "$EXIT_USAGE" "unknown option $1; see --help" ;;
    *) try "$1" any ;;
  esac
  shift
done

check_kernel_name
kernel=$(gate_cache)/$(kernel_folder)

# The kept kernel, built if it is not there.
ensure_kernel() {
  if [ "$action" = rebuild ] || [ ! -e "$kernel/about.txt" ]; then "$gate_parts/build.sh" || exit; fi
  grep -qxF -e "fragment: $(sha256sum < "$gate_parts/kernel.config" | cut -d' ' -f1)" "$kernel/about.txt" ||
    die "$EXIT_USAGE" "$kernel was built from another kernel.config than $gate_parts has; run $0 --rebuild"
  cmp -s "$gate_parts/init.c" "$kernel/bin/init.c" || compile_init "$kernel/bin"
}

# readable WHAT FILE: stops unless it is a regular file that we may read.
readable() { if [ ! -f "$2" ] || [ ! -r "$2" ]; then die "$EXIT_USAGE" "cannot read $1 $2"; fi; }

# Is the file one DER SEQUENCE with a two-byte length, and nothing but it? The
# kernel's certificate list knows no other.
whole_der() {
  [ "$(od -An -N2 -tx1 "$1" | tr -d ' \n')" = 3082 ] &&
    [ "$(od -An -j2 -N2 -tu1 "$1" | awk '{ print $1 * 256 + $2 + 4 }')" = "$(stat -c %s "$1")" ]
}

# add_certificate DER FILE: FILE is the name to complain of
add_certificate() {
  whole_der "$1" || die "$EXIT_USAGE" "$2 is not an X.509 certificate in DER or PEM of 260 to 65,535 bytes"
  cat "$1" >> "$work/certificates.der"
  number_of_certificates=$((number_of_certificates + 1))
}

# certificate_list FILE...: their DER, one after the other (the kernel reads the
# reserved bytes as such a list). Sets number_of_certificates.
certificate_list() {
  local file pem
  number_of_certificates=0
  : > "$work/certificates.der"
  for file; do
    rm -f "$work"/pem.*
    LC_ALL=C awk -v out="$work/pem." '
      { sub(/\r$/, "") }
      /^-----BEGIN CERTIFICATE-----/ { inside = 1; n++; next }
      /^-----END CERTIFICATE-----/ { inside = 0 }
      inside { print > (out n) }' < "$file"
    if [ -e "$work/pem.1" ]; then
      for pem in "$work"/pem.*; do
        base64 -d "$pem" > "$work/one.der" 2>/dev/null || die "$EXIT_USAGE" "the PEM in $file is damaged: not base64"
        add_certificate "$work/one.der" "$file"
      done
    else
      add_certificate "$file" "$file"
    fi
  done
  [ "$(stat -c %s "$work/certificates.der")" -le "$RESERVED_BYTES" ] ||
    die "$EXIT_USAGE" "the certificates are longer than the $RESERVED_BYTES bytes reserved in the kernel; trust fewer at once"
}

# initramfs MODULE...: our init and the modules, called 0, 1, 2, ...
initramfs() {
  local module n=0
  cp "$kernel/bin/init" "$work/init"
  {
    printf 'dir /dev 0755 0 0\nnod /dev/console 0600 0 0 c 5 1\nnod /dev/ttyS1 0600 0 0 c 4 65\nnod /dev/kmsg 0600 0 0 c 1 11\n'
    printf 'dir /proc 0755 0 0\ndir /modules 0755 0 0\nfile /init init 0755 0 0\n'
    for module; do
      # a copy under a plain name: gen_init_cpio's list cannot hold blanks
      cp -- "$module" "$work/$n"
      echo "file /modules/$n $n 0400 0 0"
      n=$((n + 1))
    done
  } > "$work/contents.txt"
  (cd "$work" && "$kernel/bin/gen_init_cpio" contents.txt > initramfs.cpio) ||
    die "$EXIT_FAILED" "gen_init_cpio could not pack the modules"
  memory_mb=$((512 + $(stat -c %s "$work/initramfs.cpio") * 4 / 1048576))
}

# Boots; leaves the guest's report in $work/report.
boot() {
  local status=0
  # from inside $work, as QEMU's options cannot hold a path with a comma
  (cd "$work" && exec timeout -k 5 "${KERNEL_GATE_TIMEOUT:-300}" "${QEMU:-qemu-system-x86_64}" \
    -nodefaults -no-user-config -nic none -display none -monitor none -no-reboot \
    -machine pc,accel=tcg -cpu max -smp 1 -m "$memory_mb" \
    -kernel vmlinux -initrd initramfs.cpio \
    -append "console=ttyS0 loglevel=7 panic=-1 oops=panic printk.devkmsg=on random.trust_cpu=on" \
    -chardev "file,id=console,path=console" -serial chardev:console \
    -chardev "file,id=report,path=report.raw" -serial chardev:report \
    < /dev/null > qemu.log 2>&1) || status=$?
  touch "$work/console" "$work/report.raw" # QEMU may have died before
  [ -z "$console" ] || cp "$work/console" "$console"
  tr -d '\r' < "$work/report.raw" > "$work/report"
  grep -qx end "$work/report" || {
    cat "$work/qemu.log" >&2
    tail -n 20 "$work/console" >&2
    die "$EXIT_FAILED" "the guest did not finish (QEMU's exit code $status); above: the end of its console"
  }
}

errno_name() {
  case $1 in
    2) echo ENOENT ;; 8) echo ENOEXEC ;; 12) echo ENOMEM ;; 16) echo EBUSY ;; 17) echo EEXIST ;; 19) echo ENODEV ;;
    22) echo EINVAL ;; 65) echo ENOPKG ;; 74) echo EBADMSG ;; 90) echo EMSGSIZE ;; 126) echo ENOKEY ;;
    127) echo EKEYEXPIRED ;; 128) echo EKEYREVOKED ;; 129) echo EKEYREJECTED ;; *) echo '?' ;;
  esac
}

# Which check said no? Linux gives these numbers only for signatures; EINVAL may
# come from either side, so it counts for neither; all others come later.
stage_of() {
  case $1 in
    0) echo loaded ;;
    65 | 74 | 90 | 126 | 127 | 128 | 129) echo signature ;;
    22) echo unclear ;;
    *) echo later ;;
  esac
}

# Prints the list; returns 1 if an expectation was not met.
judge() {
  local n words errno stage note unmet=0
  for n in "${!modules[@]}"; do
    errno=$(sed -n "s/^module $n \([0-9]*\) .*/\1/p" "$work/report")
    words=$(sed -n "s/^module $n [0-9]* //p" "$work/report" |
      awk -F ' [|] ' 'NF > 2 { $0 = $1 " | " $2 " | and " NF - 2 " lines more" } { print }')
    [ -n "$errno" ] || die "$EXIT_FAILED" "the guest said nothing of ${modules[n]}"
    stage=$(stage_of "$errno")
    if [ "$stage" = loaded ]; then
      echo "loaded ${modules[n]}"
    else
      case $stage in
        signature) note= ;;
        unclear) note=' (by the signature check or after it: this number does not tell)' ;;
        later) note=' (signature accepted, refused after it)' ;;
      esac
      echo "refused ${modules[n]} errno=$errno $(errno_name "$errno")$note: ${words:-no message}"
    fi
    case ${expected[n]}/$stage in
      any/* | loaded/loaded | refused/signature) ;;
      *) say "${modules[n]}: expected ${expected[n]/refused/the signature check to refuse it}, see the list"; unmet=1 ;;
    esac
  done
  return "$unmet"
}

case $action in
  build | rebuild)
    ensure_kernel
    sed 's/^/  /' "$kernel/about.txt"
    exit 0
    ;;
  configure)
    "$gate_parts/build.sh" configure || exit
    exit 0
    ;;
  modules)
    ensure_kernel
    echo "$kernel/modules"
    exit 0
    ;;
  demo)
    case ${KERNEL_GATE_KERNEL:-} in
      6.* | *-gzip* | *-zstd*) die "$EXIT_USAGE" "--demo has ML-DSA and a .ko.xz: it needs a kernel from 7.0 on that unpacks xz" ;;
    esac
    exec "$gate_parts/demo.sh" ${tools:+"$tools"}
    ;;
esac
[ ${#modules[@]} -gt 0 ] || die "$EXIT_USAGE" "no module given; see --help"
[ ${#certificates[@]} -gt 0 ] || die "$EXIT_USAGE" "no --trust CERT given: such a kernel would refuse every module; see --help"
for file in "${certificates[@]}"; do readable certificate "$file"; done
for file in "${modules[@]}"; do readable module "$file"; done
require_packages "qemu-system-x86=${QEMU:-qemu-system-x86_64}"
ensure_kernel

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
certificate_list "${certificates[@]}"
initramfs "${modules[@]}"
cp "$kernel/vmlinux" "$work/vmlinux"
"$kernel/bin/insert-sys-cert" -s "$kernel/System.map" -b "$work/vmlinux" -c "$work/certificates.der" > "$work/insert.log" 2>&1 ||
  { cat "$work/insert.log" >&2; die "$EXIT_FAILED" "insert-sys-cert could not write the certificates into the kernel"; }
boot

status=0
judge || status=$EXIT_UNEXPECTED
taken=$(grep -c '^boot .*Loaded X\.509 cert ' "$work/report" || :)
if [ "$taken" -ne "$number_of_certificates" ]; then
  grep '^boot .*X\.509' "$work/report" | sed 's/^boot /  /' >&2
  die "$EXIT_CERTIFICATE" "the kernel took $taken of $number_of_certificates certificates (its own words above)"
fi
exit "$status"
