#!/bin/sh
# A step of tools/packages.sh: packs a tree of installed files for Debian and Ubuntu.
#
#   repository=... version=... homepage=... SOURCE_DATE_EPOCH=... sh tools/packages/deb.sh TREE FOLDER
#
# Changes TREE (Debian's places, compressed pages), and writes FOLDER/modsig_VERSION_ARCH.deb.
set -eu
tree=$1
folder=$2
# The list of crates that cargo-auditable wrote is a section, which stays.
find "$tree/usr/bin" -type f -exec strip --strip-unneeded {} +
architecture=$(dpkg --print-architecture)
share=$tree/usr/share
documents=$share/doc/modsig

# Debian's zsh looks elsewhere.
mkdir -p "$share/zsh"
mv "$share/zsh/site-functions" "$share/zsh/vendor-completions"

mkdir -p "$documents/examples"
install -m 644 "$repository/tools/packages/dkms-modsig.conf" "$documents/examples/"
install -m 644 "$repository/README.md" "$documents/"
sed -e "s/@YEAR@/$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y)/" -e "s|@HOMEPAGE@|$homepage|" "$repository/tools/packages/copyright" > "$documents/copyright"
{
    printf 'modsig (%s) unstable; urgency=medium\n\n  * Release %s: see %s.\n\n' "$version" "$version" "$homepage"
    printf ' -- The modsig developers <modsig@example.org>  %s\n' "$(date -uR -d "@$SOURCE_DATE_EPOCH")"
} > "$documents/changelog"
gzip -9n "$documents/changelog"
find "$share/man" -type f -exec gzip -9n {} +
find "$share/man" -type l | while read -r link; do
    ln -s "$(readlink "$link").gz" "$link.gz"
    rm "$link"
done

# The oldest glibc that has every symbol which the programs use.
libc=$(find "$tree/usr/bin" -type f -exec objdump -T {} + | grep -o 'GLIBC_[0-9.]*' | sort -uV | tail -n 1)
mkdir "$tree/DEBIAN"
cat > "$tree/DEBIAN/control" <<CONTROL
Package: modsig
Version: $version
Architecture: $architecture
Maintainer: The modsig developers <modsig@example.org>
Installed-Size: $(du -k -s --apparent-size "$tree/usr" | cut -f 1)
Depends: libc6 (>= ${libc#GLIBC_}), libgcc-s1
Suggests: dkms, mokutil
Section: kernel
Priority: optional
Homepage: $homepage
Description: sign and verify Linux kernel modules
 Signs kernel modules with ML-DSA (FIPS 204), RSA or ECDSA, one file or
 thousands in one process, compressed or not. Verifies them by strict rules,
 and predicts whether Linux loads them and what it says if it does not.
 .
 The programs are sign-module (also named sign-file, a drop-in for the tool of
 the kernel's build), verify-module and module-key.
CONTROL
(cd "$tree" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum > DEBIAN/md5sums)
find "$tree" -newermt "@$SOURCE_DATE_EPOCH" -print0 | xargs -0r touch --no-dereference -d "@$SOURCE_DATE_EPOCH"
dpkg-deb --root-owner-group --build "$tree" "$folder/modsig_${version}_$architecture.deb" > /dev/null
