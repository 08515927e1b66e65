#!/bin/sh
# A step of tools/packages.sh: packs a tree of installed files for Fedora, RHEL and openSUSE.
#
#   repository=... version=... homepage=... SOURCE_DATE_EPOCH=... sh tools/packages/rpm.sh TREE FOLDER
#
# Adds the documents to TREE, and writes FOLDER/modsig-VERSION-1.ARCH.rpm.
set -eu
tree=$1
folder=$2
# The list of crates that cargo-auditable wrote is a section, which stays.
find "$tree/usr/bin" -type f -exec strip --strip-unneeded {} +
documents=$tree/usr/share/doc/modsig
mkdir -p "$documents" "$tree/usr/share/licenses/modsig"
install -m 644 "$repository/README.md" "$repository/CHANGELOG.md" "$repository/tools/packages/dkms-modsig.conf" "$documents/"
install -m 644 "$repository/LICENSE-MIT" "$repository/LICENSE-APACHE" "$tree/usr/share/licenses/modsig/"
find "$tree/usr/share/man" -type f -exec gzip -9n {} +
find "$tree/usr/share/man" -type l | while read -r link; do
    ln -s "$(readlink "$link").gz" "$link.gz"
    rm "$link"
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rpmbuild --quiet -bb --define "_topdir $work" --define "_rpmdir $work/out" --define "tree $tree" \
    --define "release_version $version" --define "homepage $homepage" --define "use_source_date_epoch_as_buildtime 1" \
    --define "clamp_mtime_to_source_date_epoch 1" --define "_buildhost localhost" \
    "$repository/tools/packages/modsig.spec" >&2
cp "$work"/out/*/modsig-*.rpm "$folder/"
