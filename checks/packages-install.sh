#!/bin/bash
# Purpose: the packages install in an empty system, the programs work there, and removal leaves nothing
# Needs: root, debootstrap, dpkg-deb, rpmbuild, rpm, musl-gcc, lintian, rpmlint (skips that step without it), Debian's mirror
# Duration: 15 min
# CI: no, it needs root and a mirror
# SPDX-License-Identifier: MIT OR Apache-2.0
#
#   ./check packages-install [FOLDER]       FOLDER: packages made before by tools/packages.sh; default: makes them
#
# The .deb is checked by lintian, the .rpm by rpmlint. The .deb is installed in a bare Debian 13 (debootstrap), used for the
# README's main job, and purged. The .rpm is unpacked into a root of its own with rpm, and its files are compared with its list.
# The archive is unpacked into a root that holds nothing else, and its programs run there: they need no library.
#
# Environment: MIRROR (http://deb.debian.org/debian), SUITE (trixie), MODULE (a .ko to sign; default: one of the test vectors).
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
[ "$(id -u)" = 0 ] || { echo "packages-install: run it as root" >&2; exit 2; }
for tool in debootstrap dpkg-deb lintian rpm chroot; do
    command -v $tool > /dev/null || { echo "packages-install: install $tool" >&2; exit 2; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ $# = 1 ]; then packages=$(readlink -f "$1"); else packages=$work/packages; sh tools/packages.sh "$packages"; fi
module=${MODULE:-$(find test-vectors/modsig/signed -name '*.ko' | sort | head -n 1)}

cat > "$work/job.sh" <<'JOB'
set -eu
cd "$1"
module-key generate --algorithm ml-dsa-65 --common-name "My module key" --out key.pem
sign-module --resign --key key.pem dummy.ko
verify-module --trust key.x509 dummy.ko
sign-module --strip dummy.ko
sign-file sha512 key.pem key.x509 dummy.ko
verify-module --trust key.x509 dummy.ko
printf x >> dummy.ko
if verify-module --trust key.x509 dummy.ko; then echo "a changed module is good" >&2; exit 1; fi
JOB

echo "== lintian"
lintian --allow-root --fail-on error,warning "$packages"/modsig_*.deb
echo "== rpmlint"
if command -v rpmlint > /dev/null; then
    rpmlint --config tools/packages/rpmlint.toml "$packages"/modsig-*.rpm
else
    echo "skipped: rpmlint is not installed"
fi
echo "== Debian ${SUITE:-trixie}: install, use, purge"
root=$work/debian
debootstrap --variant=minbase "${SUITE:-trixie}" "$root" "${MIRROR:-http://deb.debian.org/debian}" > "$work/log" 2>&1 ||
    { tail -n 5 "$work/log" >&2; exit 1; }
mkdir "$root/job"
cp "$packages"/modsig_*.deb "$work/job.sh" "$root/"
cp "$module" "$root/job/dummy.ko"
files() { chroot "$root" find /usr /etc /opt /srv -xdev | LC_ALL=C sort; }
files > "$work/before"
chroot "$root" apt-get install -y -qq --no-install-recommends /"$(basename "$packages"/modsig_*.deb)" > "$work/log" 2>&1 ||
    { tail -n 5 "$work/log" >&2; exit 1; }
chroot "$root" sh /job.sh /job
chroot "$root" dpkg --purge modsig > /dev/null
files > "$work/after"
diff "$work/before" "$work/after"
echo "nothing is left after the removal"

echo "== RPM"
root=$work/rpm
mkdir -p "$root"
rpm --root "$root" --initdb
rpm --root "$root" --install --nodeps --nosignature "$packages"/modsig-*.rpm
rpm --root "$root" --verify --nodeps modsig
[ -x "$root/usr/bin/sign-module" ] && [ "$(readlink "$root/usr/bin/sign-file")" = sign-module ]
rpm --root "$root" --erase --nodeps modsig
[ -z "$(find "$root/usr" ! -type d)" ]
echo "installed, complete, removed"

echo "== the archive, in a system without any library"
root=$work/empty
mkdir -p "$root/job" "$root/bin" "$root/tmp" "$root/dev"
mknod -m 666 "$root/dev/null" c 1 3
tar --extract --gzip --file "$packages"/modsig-*-musl.tar.gz --directory "$root"
cp "$module" "$root/job/dummy.ko"
inside() { chroot "$root" /usr/bin/"$@"; }
inside module-key generate --algorithm ml-dsa-65 --common-name "My module key" --out /job/key.pem
inside sign-module --resign --key /job/key.pem /job/dummy.ko
inside verify-module --trust /job/key.x509 /job/dummy.ko
[ "$(find "$root" -name '*.so*' | wc -l)" = 0 ]
# As docs/guide/programs.md says.
tar --list --gzip --file "$packages"/modsig-*-musl.tar.gz | grep -v '/$' | (cd "$root" && xargs rm)
[ -z "$(find "$root/usr" ! -type d)" ]
echo "packages-install: .deb, .rpm and archive work"
