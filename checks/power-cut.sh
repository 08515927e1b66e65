#!/bin/bash
# Purpose: a power cut at any moment leaves each module untouched or completely signed, on ext4, xfs and btrfs
# Needs: cargo, python3, cpio, gzip, xz, e2fsprogs, xfsprogs, btrfs-progs, dmsetup, kmod, qemu-system-x86, an unpacked kernel package
# Duration: 20 min
# CI: no, it needs a kernel package and much time
# SPDX-License-Identifier: MIT OR Apache-2.0
#
#   KERNEL=FOLDER ./check power-cut [POINTS [SEED [FILE-SYSTEM]...]]      default: 50 1 ext4 xfs btrfs
#
# FOLDER holds a Debian kernel (tried with 6.12 and 7.2): dpkg-deb -x linux-image-VERSION-amd64_*.deb FOLDER. KERNEL_MODULES names another
# folder if the drivers are in a package of their own, TOOLS one with the three programs (default: cargo build --release).
#
# For each file system a guest runs sign-module six times on a disk whose writes are recorded (device-mapper target log-writes),
# cuts the power at POINTS places of each recording, mounts what is left, looks at every file, and runs sign-module again.
# checks/power-cut/src/crash.rs says which states of the disk a power cut leaves. Two of the runs are controls, with
# --no-sync: they must show the difference.
#
# Exit code 0: with syncs no module is in between, each is signed at every power cut after exit code 0, each rerun completes;
# without, modules are not signed after exit code 0 on each file system.
set -euo pipefail
cd "$(dirname "$0")/.."

points=${1:-50} seed=${2:-1}
[ $# -lt 2 ] || shift
[ $# = 0 ] || shift
systems=("$@")
[ $# -gt 0 ] || systems=(ext4 xfs btrfs)
die() { printf 'power-cut: %s\n' "$*" >&2; exit 2; }
[ -n "${KERNEL:-}" ] || die 'set KERNEL to a folder with an unpacked kernel package (dpkg-deb -x); see the head of checks/power-cut.sh'
for tool in qemu-system-x86_64 cpio modinfo dmsetup losetup mkfs.ext4 mkfs.xfs mkfs.btrfs; do
  PATH=$PATH:/sbin:/usr/sbin command -v $tool >/dev/null || die "there is no $tool; install the packages of 'Needs'"
done
PATH=$PATH:/sbin:/usr/sbin

target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
cargo test --quiet --locked --manifest-path checks/power-cut/Cargo.toml --target-dir "$target/power-cut"
cargo build --quiet --locked --manifest-path checks/power-cut/Cargo.toml --target-dir "$target/power-cut"
if [ -z "${TOOLS:-}" ]; then
  cargo build --quiet --release --locked --package modsig-cli
  TOOLS=$target/release
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/modsig-power-cut.XXXXXX")
trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root"/{bin,etc,proc,sys,dev,mnt,disks,drivers.d}

# The kernel and the drivers it needs, in the order of loading, unpacked.
vmlinuz=$(find "$KERNEL" -name 'vmlinuz*' -type f | sort | head -n 1)
[ -n "$vmlinuz" ] || die "there is no vmlinuz in $KERNEL"
drivers=$(find "${KERNEL_MODULES:-$KERNEL}" -type d -path '*lib/modules/*/kernel' | head -n 1)
[ -n "$drivers" ] || die "there is no lib/modules/VERSION/kernel in ${KERNEL_MODULES:-$KERNEL}"
find "$drivers" -name '*.ko*' >"$work/drivers"
declare -A added=()
add_driver() {
  local name=${1//-/_} file dependency
  [ -z "${added[$name]:-}" ] || return 0
  added[$name]=yes
  file=$(grep -E "/${name//_/[-_]}\.ko(\.xz|\.zst|\.gz)?$" "$work/drivers" | head -n 1 || true)
  # Built in, or a name that only some versions have.
  [ -n "$file" ] || return 0
  for dependency in $(modinfo -F depends "$file" | tr ',' ' ') $(modinfo -F softdep "$file" | sed 's/post:.*//; s/pre://'); do
    add_driver "$dependency"
  done
  case $file in
    *.xz) xz -dc "$file" ;;
    *.zst) zstd -dcq "$file" ;;
    *.gz) gzip -dc "$file" ;;
    *) cat "$file" ;;
  esac >"$root/drivers.d/$name.ko"
  echo "/drivers.d/$name.ko" >>"$root/drivers"
}
for driver in crc32c_generic loop dm_log_writes ext4 xfs btrfs; do add_driver $driver; done
for driver in loop dm_log_writes "${systems[@]}"; do
  [ -e "$root/drivers.d/$driver.ko" ] || die "there is no driver $driver in $drivers"
done

# Programs with their libraries.
cp "$target/power-cut/debug/power-cut" "$root/init"
for tool in dmsetup losetup mkfs.ext4 mkfs.xfs mkfs.btrfs; do cp -L "$(command -v $tool)" "$root/bin/$tool"; done
cp "$TOOLS"/{sign-module,verify-module} "$root/bin/"
for program in "$root/init" "$root/bin/"*; do
  for library in $(ldd "$program" | grep -o '/[^ ]*'); do
    mkdir -p "$root$(dirname "$library")"
    cp -L "$library" "$root$library"
  done
done
cp /etc/mke2fs.conf "$root/etc/"

# A key and 16 modules, every fourth compressed. More than eight are synced together.
"$TOOLS/module-key" -q generate --algorithm ml-dsa-44 --common-name power-cut --out "$root/key.pem"
python3 tools/make-modules.py test-vectors/modules "$root/modules" 16 600000 >"$work/modules"
n=0
while read -r module; do
  case $((n++ % 8)) in
    0) gzip -n "$module" ;;
    4) xz --check=crc32 --lzma2=dict=1MiB "$module" ;;
  esac
done < <(find "$root/modules" -name '*.ko' | sort)
(cd "$root" && find . | LC_ALL=C sort | cpio --quiet -o -H newc >"$work/initramfs")

# Emulated vectors of 256 bits are slower than none.
accelerator=tcg processor=Nehalem
if grep -qwE 'svm|vmx' /proc/cpuinfo && [ -w /dev/kvm ]; then accelerator=kvm processor=host; fi
printf 'power-cut: %s; %s; %s; %d crash points of each of 6 runs, seed %s\n' \
  "$(basename "$(dirname "$drivers")")" "$(cat "$work/modules")" $accelerator "$points" "$seed"
guest() {
  local system=$1
  timeout -k 5 "${POWER_CUT_TIMEOUT:-14400}" qemu-system-x86_64 -nodefaults -no-user-config -nic none -display none -monitor none \
    -no-reboot -machine pc -accel $accelerator -cpu $processor -smp 1 -m 1536 -kernel "$vmlinuz" -initrd "$work/initramfs" \
    -append "console=ttyS0 loglevel=4 panic=-1 oops=panic random.trust_cpu=on FS=$system POINTS=$points SEED=$seed" \
    -chardev "file,id=console,path=$work/console.$system" -serial chardev:console \
    -chardev "file,id=report,path=$work/report.$system" -serial chardev:report </dev/null >"$work/qemu.$system" 2>&1
}
for system in "${systems[@]}"; do
  guest "$system" &
done
wait
touch "$work/rows"
for system in "${systems[@]}"; do
  tr -d '\r' <"$work/report.$system" >"$work/report"
  if ! grep -qx end "$work/report"; then
    tail -n 30 "$work/console.$system" "$work/qemu.$system" "$work/report" >&2
    die "the guest with $system did not finish; above: the ends of its console and its report"
  fi
  grep '^problem' "$work/report" >&2 || true
  grep '^row' "$work/report" >>"$work/rows"
done
python3 checks/power-cut/table.py "$points" "$work/rows"
