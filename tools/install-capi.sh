#!/bin/sh
# Builds and installs the C interface of mldsa (crates/mldsa-capi): header, static and shared library, files for
# pkg-config and CMake.
#
#   sh tools/install-capi.sh PREFIX            such as /usr/local; must be absolute
#   LIBDIR=lib/x86_64-linux-gnu INCLUDEDIR=include DESTDIR=/tmp/package sh tools/install-capi.sh /usr
#
# LIBDIR and INCLUDEDIR are relative to PREFIX. DESTDIR is prepended to every path, and no installed file contains it.
# Exit codes: 0 installed, 2 wrong usage, otherwise that of the step that failed.
set -eu

prefix=${1-}
case $prefix in
/*) ;;
*) echo "usage: [DESTDIR=...] [LIBDIR=lib] [INCLUDEDIR=include] $0 PREFIX (an absolute path)" >&2; exit 2 ;;
esac
prefix=${prefix%/}
[ "$(uname -s)" = Linux ] || echo "$0: the shared library's name is made for Linux and the BSDs" >&2
libdir=$prefix/${LIBDIR:-lib}
includedir=$prefix/${INCLUDEDIR:-include}
root=${DESTDIR:-}

repository=$(cd "$(dirname "$0")/.." && pwd)
crate=$repository/crates/mldsa-capi
target=${CARGO_TARGET_DIR:-$repository/target}
version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' "$repository/Cargo.toml")
[ -n "$version" ] || { echo "$0: no version in Cargo.toml" >&2; exit 1; }
# Before 1.0 a new minor version may change the interface.
case $version in
0.*) abi=0.$(echo "$version" | cut -d. -f2) ;;
*) abi=${version%%.*} ;;
esac

# rustc prints which other libraries the static library needs, but only when it compiles: touch forces that. Cargo's own messages
# are hidden, so one line says what takes the time.
echo "building the libraries: about a minute of processor time"
touch "$crate/src/lib.rs"
log=$(cargo rustc --quiet --release --locked --manifest-path "$crate/Cargo.toml" --target-dir "$target" --lib \
    --crate-type cdylib,staticlib -- -C "link-arg=-Wl,-soname,libmodsig_mldsa.so.$abi" --print native-static-libs 2>&1) ||
    { printf '%s\n' "$log" >&2; exit 1; }
needs=$(printf '%s\n' "$log" | sed -n 's/^note: native-static-libs: //p')
[ -n "$needs" ] || { echo "$0: rustc did not print native-static-libs" >&2; exit 1; }
# rustc names the shared libgcc_s for unwinding. A static link (cc -static) needs the static library with the same functions.
needs=$(printf '%s\n' "$needs" | sed 's/-lgcc_s/-lgcc_eh/')

install -d "$root$libdir/pkgconfig" "$root$includedir"
install -m 644 "$crate/include/modsig_mldsa.h" "$root$includedir/"
install -m 644 "$target/release/libmodsig_mldsa.a" "$root$libdir/"
install -m 755 "$target/release/libmodsig_mldsa.so" "$root$libdir/libmodsig_mldsa.so.$version"
ln -sf "libmodsig_mldsa.so.$version" "$root$libdir/libmodsig_mldsa.so.$abi"
ln -sf "libmodsig_mldsa.so.$abi" "$root$libdir/libmodsig_mldsa.so"
cat > "$root$libdir/pkgconfig/modsig-mldsa.pc" <<END
prefix=$prefix
libdir=$libdir
includedir=$includedir

Name: modsig-mldsa
Description: ML-DSA (FIPS 204) signatures
Version: $version
Cflags: -I\${includedir}
Libs: -L\${libdir} -lmodsig_mldsa
Libs.private: $needs
END
# Relative to its own folder, so that the tree can be moved.
up=$(printf '%s/cmake/modsig-mldsa' "${LIBDIR:-lib}" | sed 's|[^/]\{1,\}|..|g')
install -d "$root$libdir/cmake/modsig-mldsa"
cat > "$root$libdir/cmake/modsig-mldsa/modsig-mldsa-config.cmake" <<END
# find_package(modsig-mldsa): the targets modsig-mldsa::shared and modsig-mldsa::static
get_filename_component(_modsig_mldsa_prefix "\${CMAKE_CURRENT_LIST_DIR}/$up" ABSOLUTE)
if(NOT TARGET modsig-mldsa::shared)
    add_library(modsig-mldsa::shared SHARED IMPORTED)
    set_target_properties(modsig-mldsa::shared PROPERTIES
        IMPORTED_LOCATION "\${_modsig_mldsa_prefix}/${LIBDIR:-lib}/libmodsig_mldsa.so.$version"
        IMPORTED_SONAME "libmodsig_mldsa.so.$abi"
        INTERFACE_INCLUDE_DIRECTORIES "\${_modsig_mldsa_prefix}/${INCLUDEDIR:-include}")
    add_library(modsig-mldsa::static STATIC IMPORTED)
    set_target_properties(modsig-mldsa::static PROPERTIES
        IMPORTED_LOCATION "\${_modsig_mldsa_prefix}/${LIBDIR:-lib}/libmodsig_mldsa.a"
        IMPORTED_LINK_INTERFACE_LANGUAGES C
        INTERFACE_INCLUDE_DIRECTORIES "\${_modsig_mldsa_prefix}/${INCLUDEDIR:-include}"
        INTERFACE_LINK_LIBRARIES "$needs")
endif()
unset(_modsig_mldsa_prefix)
END
cat > "$root$libdir/cmake/modsig-mldsa/modsig-mldsa-config-version.cmake" <<END
set(PACKAGE_VERSION "$version")
set(PACKAGE_VERSION_COMPATIBLE FALSE)
if(PACKAGE_FIND_VERSION VERSION_LESS_EQUAL PACKAGE_VERSION)
    # The interface is that of one soname.
    string(REGEX MATCH "^$(echo "$abi" | sed 's/\./[.]/')([.]|\$)" _modsig_mldsa_match "\${PACKAGE_FIND_VERSION}")
    if(_modsig_mldsa_match OR NOT PACKAGE_FIND_VERSION)
        set(PACKAGE_VERSION_COMPATIBLE TRUE)
    endif()
    if(PACKAGE_FIND_VERSION VERSION_EQUAL PACKAGE_VERSION)
        set(PACKAGE_VERSION_EXACT TRUE)
    endif()
endif()
END
echo "installed $root$includedir/modsig_mldsa.h, $root$libdir/libmodsig_mldsa.{a,so.$version}, pkgconfig/modsig-mldsa.pc, cmake/modsig-mldsa"
case ":/usr:/usr/local:" in
*":$prefix:"*) ;;
*) echo "pkg-config: PKG_CONFIG_PATH=$libdir/pkgconfig; CMake: CMAKE_PREFIX_PATH=$prefix" ;;
esac
