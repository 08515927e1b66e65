#!/bin/bash
# Purpose: Kbuild's own Makefile.modinst installs modules with sign-module as scripts/sign-file
# Needs: cargo, make, xz; KGATE or modules; linux-kbuild, or apt-get and the network to fetch it
# Duration: 60 s
# CI: no, it needs modules of a kernel gate and fetches a makefile
# SPDX-License-Identifier: MIT OR Apache-2.0
#
#   KGATE=FOLDER ./check kbuild [options]           the modules of a kernel gate (docs/kernel-gate.md)
#   ./check kbuild [options] MODULE.ko...
#
# For each algorithm: a key made by module-key as CONFIG_MODULE_SIG_KEY and certs/signing_key.x509, a link
# scripts/sign-file to sign-module, and then the kernel's own scripts/Makefile.modinst, unchanged:
#
#   modules_install           CONFIG_MODULE_SIG_ALL=y: copy, sign
#   the same, compressed      CONFIG_MODULE_COMPRESS_XZ=y, _ALL: copy, sign, compress
#   modules_sign              signs what is installed; everything is signed already, so nothing may change
#   an external module        as `make -C ... M=... modules_install` does
#
# Each installed file must be the module followed by a signature that verify-module calls good. With --gate a kernel
# is asked too, with all keys trusted at once, and must load every one of them.
#
# Options:
#   --kbuild FOLDER      holds scripts/Makefile.modinst: an unpacked linux-kbuild package, or a kernel's source
#                        (default: the newest linux-kbuild-7.* of trixie-backports, fetched by apt into the cache)
#   --algorithms 'A B'   those of module-key generate (default: all three ML-DSA, rsa-2048, rsa-4096, p-256, p-384, p-521)
#   --hash NAME          CONFIG_MODULE_SIG_HASH (sha512)
#   --tools FOLDER       sign-module, verify-module, module-key (default: built here)
#   --gate COMMAND       asked as COMMAND --trust CERT... MODULE...; prints `loaded NAME` or `refused NAME ...`;
#                        tools/kernel-gate.sh is such a command; repeat for more
#   --keep FOLDER        leave the trees there
#
# Environment: KERNEL_GATE_CACHE, KERNEL_GATE_MIRROR, KERNEL_GATE_SUITE as for tools/kernel-gate.sh.
# Exit code: 0 all as it should be; 1 something was not; 2 wrong usage or something is missing here.
set -euo pipefail
self=$(readlink -f "$0")
usage() { sed -n '2,/^set -/{/^#/s/^# \{0,1\}//p}' "$self"; }
die() { echo "kbuild: $*" >&2; exit 2; }
kbuild='' algorithms='ml-dsa-44 ml-dsa-65 ml-dsa-87 rsa-2048 rsa-4096 p-256 p-384 p-521' hash=sha512 keep=''
tools='' gates=() modules=()
while [ $# -gt 0 ]; do
  case $1 in
    --kbuild | --algorithms | --hash | --tools | --gate | --keep)
      [ $# -ge 2 ] || die "$1 needs a value; see --help"
      case $1 in
        --gate) gates+=("$2") ;;
        *) printf -v "${1#--}" %s "$2" ;;
      esac
      shift ;;
    --help) usage; exit 0 ;;
    -*) die "unknown option $1; see --help" ;;
    *) modules+=("$(readlink -f "$1")") ;;
  esac
  shift
done
if [ ${#modules[@]} = 0 ] && [ -n "${KGATE:-}" ]; then modules=("$(readlink -f "$KGATE")"/modules/*.ko); fi
[ ${#modules[@]} -gt 0 ] || die "no module given, and KGATE is not set; see --help"
if [ -n "$tools" ]; then tools=$(readlink -f "$tools"); fi
if [ -n "$keep" ]; then keep=$(readlink -m "$keep"); fi
if [ -n "$kbuild" ]; then kbuild=$(readlink -f "$kbuild"); fi
cd "$(dirname "$self")/.."
if [ -z "$tools" ]; then
  cargo build --quiet --locked --package modsig-cli
  tools=$(realpath "${CARGO_TARGET_DIR:-target}/debug")
fi
for program in sign-module verify-module module-key; do
  [ -x "$tools/$program" ] || die "$tools has no $program; give another folder with --tools"
done
for program in make xz sed; do command -v "$program" > /dev/null || die "missing here: $program"; done

# The kernel's Makefile: from Debian's linux-kbuild, which is 1.5 MB. apt checks the archive's signatures; the system's
# package sources are neither used nor changed.
fetch_kbuild() {
  local cache a package apt
  cache=${KERNEL_GATE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/modsig-kernel-gate}/kbuild
  if [ ! -e "$cache/unpacked" ]; then
    a=$cache/apt
    mkdir -p "$a/lists/partial" "$a/archives/partial"
    printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' \
      "${KERNEL_GATE_MIRROR:-http://deb.debian.org/debian}" "${KERNEL_GATE_SUITE:-trixie-backports}" > "$a/sources.list"
    apt=(-o "APT::Sandbox::User=$(id -un)" -o "Dir::Etc::SourceList=$a/sources.list" -o Dir::Etc::SourceParts=/dev/null
      -o "Dir::State=$a" -o "Dir::State::Lists=$a/lists" -o "Dir::Cache=$a" -o Acquire::Languages=none)
    apt-get "${apt[@]}" -qq update || die "apt could not read the mirror; give --kbuild"
    package=$(apt-cache "${apt[@]}" search --names-only '^linux-kbuild-7' | cut -d' ' -f1 | sort -V | tail -n 1)
    [ -n "$package" ] || die "no linux-kbuild-7.* there; give --kbuild"
    (cd "$cache" && apt-get "${apt[@]}" -qq download "$package" && dpkg-deb -x "$package"_*.deb unpacked && rm -f ./*.deb) ||
      die "could not fetch $package; give --kbuild"
  fi
  kbuild=$(echo "$cache"/unpacked/usr/lib/linux-kbuild-*)
}
[ -n "$kbuild" ] || fetch_kbuild
makefile=$kbuild/scripts/Makefile.modinst
[ -r "$makefile" ] || die "$kbuild has no scripts/Makefile.modinst"

work=${keep:-$(mktemp -d)}
mkdir -p "$work"
work=$(readlink -f "$work")
[ -n "$keep" ] || trap 'rm -rf "$work"' EXIT
wrong=0
complain() { echo "WRONG: $*"; wrong=$((wrong + 1)); }

# What the Makefile includes from the source tree; the depmod step is not the matter here.
mkdir -p "$work/source/scripts"
ln -sf "$kbuild/scripts/Makefile.modinst" "$kbuild/scripts/Kbuild.include" "$work/source/scripts/"
printf '#!/bin/sh\n' > "$work/source/scripts/depmod.sh"
chmod +x "$work/source/scripts/depmod.sh"
echo "Makefile.modinst of $(basename "$kbuild"), its sign command:"
sed -n '/^ *cmd_sign = /,/[^\\]$/p' "$makefile"

# modinst TREE VARIABLE=VALUE...: as the top Makefile calls it
modinst() {
  local tree=$1; shift
  (cd "$tree" && make -s -f "$work/source/scripts/Makefile.modinst" srctree="$work/source" objtree=. MODLIB="$tree/lib" \
    KERNELRELEASE=7 CONFIG_SHELL=/bin/sh XZ=xz STRIP=strip quiet=quiet_ Q=@ "$@" > make.log 2>&1) ||
    { complain "make in $tree"; cat "$tree/make.log"; }
}

# check FILE MODULE CERTIFICATE: the module, and a good signature behind it
check() {
  local plain=$1
  case $1 in *.xz) plain=$work/unpacked.ko; xz -dc "$1" > "$plain" ;; esac
  cmp -n "$(stat -c %s "$2")" "$2" "$plain" || complain "$1 does not start with the module"
  "$tools/verify-module" -q --trust "$3" "$plain" || complain "verify-module on $1"
}

installed=0 trusted=()
for algorithm in $algorithms; do
  tree=$work/$algorithm
  rm -rf "$tree"
  mkdir -p "$tree/include/config" "$tree/certs" "$tree/scripts" "$tree/drivers"
  ln -s "$tools/sign-module" "$tree/scripts/sign-file"
  "$tools/module-key" -q generate --algorithm "$algorithm" --common-name "kbuild $algorithm" --out "$tree/certs/signing_key.pem"
  trusted+=(--trust "$tree/certs/signing_key.x509")
  config() {
    printf '%s\n' CONFIG_MODULES=y CONFIG_MODULE_SIG=y CONFIG_MODULE_SIG_ALL=y "CONFIG_MODULE_SIG_HASH=$hash" \
      CONFIG_MODULE_SIG_KEY=certs/signing_key.pem "$@" > "$tree/include/config/auto.conf"
  }
  touch "$tree/modules.builtin" "$tree/modules.builtin.modinfo"
  for module in "${modules[@]}"; do
    cp "$module" "$tree/drivers/$(basename "$module")"
    echo "drivers/$(basename "$module" .ko).o"
  done > "$tree/modules.order"

  config CONFIG_MODULE_COMPRESS_XZ=y CONFIG_MODULE_COMPRESS_ALL=y
  modinst "$tree"
  for module in "${modules[@]}"; do
    check "$tree/lib/kernel/drivers/$(basename "$module").xz" "$module" "$tree/certs/signing_key.x509"
    installed=$((installed + 1))
  done
  rm -rf "$tree/compressed"
  mv "$tree/lib/kernel" "$tree/compressed"

  config
  modinst "$tree"
  before=$(cd "$tree/lib/kernel" && find . -name '*.ko' -exec stat -c '%n %i %y %s' {} + | sort)
  modinst "$tree" sign-only=y
  after=$(cd "$tree/lib/kernel" && find . -name '*.ko' -exec stat -c '%n %i %y %s' {} + | sort)
  [ "$before" = "$after" ] || complain "modules_sign changed modules of $algorithm that were signed"
  for module in "${modules[@]}"; do
    check "$tree/lib/kernel/drivers/$(basename "$module")" "$module" "$tree/certs/signing_key.x509"
    installed=$((installed + 1))
  done

  # An external module: its own modules.order, installed to updates/.
  (cd "$tree" && mkdir -p out && cp "${modules[0]}" out/ && cp -r include certs scripts out/ &&
    basename "${modules[0]}" .ko | sed 's/$/.o/' > out/modules.order)
  modinst "$tree/out" KBUILD_EXTMOD=.
  check "$tree/out/lib/updates/$(basename "${modules[0]}")" "${modules[0]}" "$tree/certs/signing_key.x509"
  installed=$((installed + 1))
  grep -v '^ *$' "$tree/make.log" | head -n 3 | sed "s/^/$algorithm: /" || :
done
echo "$installed files installed and signed by Kbuild's own steps for: $algorithms"

# A key in a token: Kbuild passes the URI on. With and without the library and the PIN's file in it.
softhsm=/usr/lib/softhsm/libsofthsm2.so
if [ -e "$softhsm" ] && command -v softhsm2-util pkcs11-tool > /dev/null; then
  tree=$work/token
  rm -rf "$tree"
  mkdir -p "$tree/include/config" "$tree/certs" "$tree/scripts" "$tree/drivers" "$tree/soft"
  ln -s "$tools/sign-module" "$tree/scripts/sign-file"
  printf 'directories.tokendir = %s\nlog.level = ERROR\n' "$tree/soft" > "$tree/softhsm.conf"
  export SOFTHSM2_CONF=$tree/softhsm.conf
  echo 12345678 > "$tree/pin"
  softhsm2-util --init-token --free --label kbuild --pin 12345678 --so-pin 12345678 > "$tree/make.log"
  pkcs11-tool --module "$softhsm" --token-label kbuild --login --pin 12345678 --keypairgen --key-type rsa:2048 \
    --label 'module key' --id 01 --usage-sign > "$tree/make.log" 2>&1
  key='pkcs11:token=kbuild;object=module%20key' here="module-path=$softhsm&pin-source=$tree/pin"
  "$tools/module-key" -q generate --self-sign "$key?$here" --common-name 'kbuild token' --cert-out "$tree/certs/signing_key.x509"
  touch "$tree/modules.builtin" "$tree/modules.builtin.modinfo"
  cp "${modules[0]}" "$tree/drivers/"
  echo "drivers/$(basename "${modules[0]}" .ko).o" > "$tree/modules.order"
  for uri in "$key" "$key?$here"; do
    printf '%s\n' CONFIG_MODULES=y CONFIG_MODULE_SIG=y CONFIG_MODULE_SIG_ALL=y "CONFIG_MODULE_SIG_HASH=$hash" \
      "CONFIG_MODULE_SIG_KEY=$uri" > "$tree/include/config/auto.conf"
    rm -rf "$tree/lib"
    case $uri in
      *\?*) modinst "$tree" ;;
      *) KBUILD_SIGN_PIN=12345678 PKCS11_MODULE_PATH=$softhsm modinst "$tree" ;;
    esac
    check "$tree/lib/kernel/drivers/$(basename "${modules[0]}")" "${modules[0]}" "$tree/certs/signing_key.x509"
  done
  echo "2 files signed by Kbuild's own steps with CONFIG_MODULE_SIG_KEY=$key"
else
  echo "skipped: a key in a token: SoftHSM2 (softhsm2, opensc) is not installed"
fi

# The kernel's word. Plain and compressed copies under names that say which they are.
for gate in "${gates[@]}"; do
  asked=()
  mkdir -p "$work/asked"
  for algorithm in $algorithms; do
    for module in "${modules[@]}"; do
      name=$(basename "$module" .ko)
      cp "$work/$algorithm/lib/kernel/drivers/$name.ko" "$work/asked/$name-$algorithm.ko"
      cp "$work/$algorithm/compressed/drivers/$name.ko.xz" "$work/asked/$name-$algorithm-compressed.ko.xz"
      asked+=("$work/asked/$name-$algorithm.ko")
    done
    asked+=("$work/asked/$(basename "${modules[0]}" .ko)-$algorithm-compressed.ko.xz")
  done
  echo "\$ $gate --trust ... (${#trusted[@]} words) ${#asked[@]} modules"
  status=0
  $gate "${trusted[@]}" "${asked[@]}" > "$work/answers" || status=$?
  sed "s|$work/asked/||" "$work/answers"
  # 17 (EEXIST): the same module is loaded already, plain; Linux checks the signature before it finds that.
  loaded=$(grep -cE '^loaded |^refused .* errno=17' "$work/answers" || :)
  [ "$status" = 0 ] || complain "$gate ended with $status"
  [ "$loaded" = ${#asked[@]} ] || complain "$gate loaded $loaded of ${#asked[@]}"
done
echo "kbuild: $wrong wrong"
[ "$wrong" = 0 ]
