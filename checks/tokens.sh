#!/bin/sh
# Purpose: keys in PKCS#11 tokens sign as key files do; faults of tokens change no file; no PIN leaks; rates
# Needs: cargo, openssl, softhsm2-util and pkcs11-tool (Debian: softhsm2, opensc); for kryoptic perl, a C compiler and libclang
# Duration: 15 min
# CI: no, it builds OpenSSL for kryoptic and needs a network for that
#
# ./check tokens [SIGN-FILE]: also compares RSA signatures with those of the kernel's tool. MODULES=N (1000) modules are signed
# for the rates. QUICK=1 leaves out the kernel's tools, the rates and freed memory, and takes unoptimised programs
# (./check tokens-quick).
set -eu
cd "$(dirname "$0")/.."
root=$PWD
modules=${MODULES:-1000}
quick=${QUICK:-}
sign_file=${1:-}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
    echo "FAILED: $*" >&2
    exit 1
}
skip() { echo "skipped: $*"; }

echo "-- build"
optimised=--release bin=$root/target/release
[ -z "$quick" ] || optimised= bin=$root/target/debug
# shellcheck disable=SC2086 # no word, or one
cargo build --quiet --locked $optimised --package modsig-cli
# shellcheck disable=SC2086 # no word, or one
cargo build --quiet --locked $optimised --package modsig-token --example token
tool=$bin/examples/token
export CARGO_TARGET_DIR="$root/target/tokens"
cargo build --quiet --locked --release --manifest-path checks/tokens/faulty/Cargo.toml
faulty=$CARGO_TARGET_DIR/release/libfaulty_token.so
kryoptic=
if [ -z "${LIBCLANG_PATH:-}" ]; then
    for folder in /usr/lib/llvm-*/lib; do
        [ ! -e "$folder/libclang.so.1" ] || export LIBCLANG_PATH="$folder"
    done
fi
if cargo build --quiet --locked --release --manifest-path checks/tokens/kryoptic/Cargo.toml; then
    kryoptic=$CARGO_TARGET_DIR/release/libkryoptic_token.so
else
    skip "kryoptic does not build here (perl, make, cc, libclang): neither ML-DSA in a token nor the kernel's tool with one"
fi
unset CARGO_TARGET_DIR
softhsm=
for path in /usr/lib/softhsm/libsofthsm2.so /usr/lib64/pkcs11/libsofthsm2.so; do
    [ ! -e "$path" ] || softhsm=$path
done
[ -n "$softhsm" ] || skip "SoftHSM2 is not installed: a second token, P-384, P-521 and the faults are not checked"
[ -n "$kryoptic$softhsm" ] || fail "no token at all"

cd "$work"
# A PIN that is found when it is printed.
PIN='c0rrect~h0rse/b4ttery+st4ple'
export PIN
printf '%s\n' "$PIN" > pin
mkdir soft
printf 'directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n' "$work/soft" > softhsm.conf
printf '[[slots]]\nslot = 1\ndbtype = "sqlite"\ndbargs = "%s/token.sql"\n' "$work" > kryoptic.conf
export SOFTHSM2_CONF="$work/softhsm.conf" KRYOPTIC_CONF="$work/kryoptic.conf"
PATH=$bin:$PATH
ln -s "$bin/sign-module" sign-file

# uri LIBRARY TOKEN KEY
uri() { echo "pkcs11:token=$2;object=$3?module-path=$1&pin-source=$work/pin"; }
# fresh COUNT: the folder `many` with unsigned modules
fresh() {
    rm -rf many
    mkdir many
    n=0
    while [ "$n" -lt "$1" ]; do
        n=$((n + 1))
        { cat "$root/test-vectors/modules/dummy.ko"; echo "$n"; } > "many/$n.ko"
    done
}
digest_of() { cat many/*.ko | sha512sum; }

# one LIBRARY TOKEN KEY: every command with one key; its certificate is in the token at the end
one() {
    key=$(uri "$1" "$2" "$3")
    module-key generate -q --self-sign "$key" --common-name "$2 $3" --cert-out "$2-$3.x509"
    "$tool" import "$1" "$2" "$3" "$4" "$2-$3.x509"
    module-key check -q "$key"
    module-key show "$key" > shown
    grep -q 'in a token' shown && grep -q 'belongs to the private key: yes' shown || fail "show: $(cat shown)"
    module-key public "$key" > public.pem
    module-key public "$2-$3.x509" | cmp - public.pem
    module-key request -q "$key" --out request.csr --force
    module-key show request.csr | grep -q verified || fail "request of $2 $3"
    fresh 3
    sign-module -q --key "$key" many
    verify-module -q --trust "$2-$3.x509" many
    # As Kbuild calls it: the PIN in the environment, the library too.
    cp "$root/test-vectors/modules/dummy.ko" kbuild.ko
    KBUILD_SIGN_PIN=$PIN PKCS11_MODULE_PATH=$1 ./sign-file sha512 "pkcs11:token=$2;object=$3" "$2-$3.x509" kbuild.ko
    verify-module -q --trust "$2-$3.x509" kbuild.ko
    echo "$2 $3: good"
}

# rate LIBRARY TOKEN KEY
rate() {
    fresh "$modules"
    "$tool" rate "$1" "$2" "$3" "$(nproc)" many/*.ko
    start=$(date +%s%N)
    sign-module -q --no-sync --key "$(uri "$1" "$2" "$3")" many
    end=$(date +%s%N)
    echo "$2 $3, sign-module: $modules modules, $((modules * 1000000000 / (end - start))) a second"
    verify-module -q --trust "$2-$3.x509" many
}

# Signs under an allocator that keeps what is freed, and searches it for the PIN.
freed_memory() {
    test=$(cd "$root" && cargo test --quiet --locked --release --package modsig-cli --test freed_heap --no-run --message-format=json |
        sed -n 's/.*"executable":"\([^"]*freed_heap-[^"]*\)".*/\1/p')
    module-key generate -q --algorithm p-256 --out file.p256 --cert-out file.p256.x509
    # heap URI: the finds in `heap`
    heap() {
        cp "$root/test-vectors/modules/dummy.ko" heap.ko
        FREED_HEAP_PROGRAM=sign-module FREED_HEAP_KEY=file.p256 KBUILD_SIGN_PIN=$PIN \
            "$test" --key "pkcs11:token=soft;object=p256?module-path=$softhsm$1" --cert soft-p256.x509 heap.ko > heap 2>&1 ||
            fail "$(cat heap)"
    }
    for source in "&pin-source=$work/pin" ''; do
        heap "$source"
        ! grep FOUND heap || fail "a PIN is in freed memory"
        grep 'freed blocks' heap
    done
    # The search can find: a PIN on the command line is in the copies that the parser of options frees.
    heap "&pin-value=$PIN"
    grep -q 'FOUND passphrase' heap || fail "the control is not found: $(cat heap)"
}

# The kernel's sign-file and extract-cert of Debian's linux-kbuild, with OpenSSL's pkcs11 provider, both unpacked to
# target/tokens/debian: of the release that runs here, so that they fit its OpenSSL. Returns 1 if they cannot be had.
kernels_tools() {
    debian=$root/target/tokens/debian
    if [ ! -e "$debian/done" ]; then
        command -v apt-get > /dev/null && command -v dpkg-deb > /dev/null || return 1
        rm -rf "$debian"
        mkdir -p "$debian/lists/partial" "$debian/cache/archives/partial" "$debian/debs"
        release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
        for one in "$release" "$release-backports"; do
            echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${MIRROR:-http://deb.debian.org/debian} $one main"
        done > "$debian/sources.list"
        cat > "$debian/apt.conf" << END
Dir::State "$debian"; Dir::State::lists "$debian/lists"; Dir::State::status "/dev/null"; Dir::Cache "$debian/cache";
Dir::Etc::sourcelist "$debian/sources.list"; Dir::Etc::sourceparts "-"; APT::Sandbox::User "";
APT::Default-Release "$release-backports";
END
        (
            export APT_CONFIG="$debian/apt.conf"
            apt-get -qq update && cd "$debian/debs" || exit 1
            kbuild=$(apt-cache search --names-only '^linux-kbuild-' | cut -d' ' -f1 | sort -V | tail -n 1)
            apt-get -qq download "$kbuild" pkcs11-provider || exit 1
            for package in *.deb; do dpkg-deb -x "$package" "$debian/files" || exit 1; done
            touch "$debian/done"
        ) || return 1
    fi
    kernels=$(echo "$debian"/files/usr/lib/linux-kbuild-*)
    OPENSSL_MODULES=$(dirname "$(find "$debian/files" -name pkcs11.so)")
    export OPENSSL_MODULES
}

if [ -n "$softhsm" ]; then
    echo "-- SoftHSM2"
    softhsm2-util --init-token --free --label soft --pin "$PIN" --so-pin "$PIN" > init.log
    "$tool" generate "$softhsm" soft RSA-4096 rsa 1
    "$tool" generate "$softhsm" soft 'ECDSA P-256' p256 2
    for curve in 384 521; do
        pkcs11-tool --module "$softhsm" --token-label soft --login --pin "$PIN" --keypairgen \
            --key-type "EC:secp${curve}r1" --label "p$curve" --id "0${curve%??}" --usage-sign > init.log 2>&1
    done
    one "$softhsm" soft rsa 1
    one "$softhsm" soft p256 2
    one "$softhsm" soft p384 3
    one "$softhsm" soft p521 5
    [ -n "$quick" ] || rate "$softhsm" soft rsa
fi
if [ -n "$kryoptic" ]; then
    echo "-- kryoptic"
    "$tool" init "$kryoptic" 0 kry
    n=10
    for algorithm in ML-DSA-44 ML-DSA-65 ML-DSA-87 RSA-4096; do
        n=$((n + 1))
        "$tool" generate "$kryoptic" kry "$algorithm" "$algorithm" "$n"
        one "$kryoptic" kry "$algorithm" "$n"
    done
    head -c 5000000 /dev/urandom > streamed
    key=$(uri "$kryoptic" kry ML-DSA-65)
    sign-module -q --any-file --key "$key" streamed
    verify-module -q --trust kry-ML-DSA-65.x509 streamed
    for name in one two; do
        cp "$root/test-vectors/modules/dummy.ko" "$name.ko"
        sign-module -q --deterministic --key "$key" "$name.ko"
    done
    cmp one.ko two.ko
    cp "$root/test-vectors/modules/dummy.ko" three.ko
    sign-module -q --key "$key" three.ko
    ! cmp -s one.ko three.ko || fail "a hedged signature is deterministic"
    if [ -n "$quick" ]; then
        echo "not here, in ./check tokens: the kernel's tools, the rates, freed memory"
    elif kernels_tools; then
        echo "-- the kernel's tools of $(basename "$kernels") with OpenSSL's pkcs11 provider"
        key=$(uri "$kryoptic" kry RSA-4096)
        PKCS11_PROVIDER_MODULE=$kryoptic "$kernels/certs/extract-cert" "$key" theirs.x509
        cmp theirs.x509 kry-RSA-4096.x509
        for hash in sha256 sha384 sha512; do
            for name in ours theirs; do cp "$root/test-vectors/modules/dummy.ko" "$name.ko"; done
            ./sign-file "$hash" "$key" theirs.x509 ours.ko
            PKCS11_PROVIDER_MODULE=$kryoptic "$kernels/scripts/sign-file" "$hash" "$key" theirs.x509 theirs.ko
            cmp ours.ko theirs.ko
        done
    else
        skip "Debian's linux-kbuild and pkcs11-provider cannot be fetched: the kernel's tool with a token"
    fi
    if [ -z "$quick" ]; then
        rate "$kryoptic" kry ML-DSA-65
        rate "$kryoptic" kry RSA-4096
    fi
fi

if [ -n "$softhsm" ]; then
    echo "-- a CA in the token, two signers, what a token does not do"
    ca=$(uri "$softhsm" soft p384) rsa=$(uri "$softhsm" soft rsa)
    module-key generate -q --self-sign "$ca" --ca --common-name CA --cert-out ca.x509
    module-key request -q "$rsa" --common-name leaf --out leaf.csr
    module-key certify -q --ca-key "$ca" --ca-cert ca.x509 leaf.csr --out leaf.x509
    module-key certify -q --ca-key "$ca" --ca-cert ca.x509 --common-name leaf "$rsa" --out leaf2.x509
    cp "$root/test-vectors/modules/dummy.ko" two.ko
    sign-module -q --key "$rsa" --cert leaf.x509 two.ko
    sign-module -q --add --key "$(uri "$softhsm" soft p256)" --trust leaf.x509 two.ko
    verify-module -q --trust leaf.x509 --trust soft-p256.x509 two.ko
    # refused WORDS COMMAND...: fails with these words on one line
    refused() {
        words=$1
        shift
        ! "$@" > out 2>&1 || fail "$* was accepted"
        [ "$(wc -l < out)" = 1 ] && grep -q "$words" out || fail "$*: $(cat out)"
    }
    refused 'stays in its token' module-key convert "$rsa" --out new.pem
    refused 'stays in its token' module-key sign-prepared --key "$rsa" leaf.csr
    refused 'names a private key, not a certificate' sign-module --key "$rsa" --cert "$rsa" two.ko
    [ ! -e new.pem ]

    echo "-- the bytes of RSA are those of a key file, and of the kernel's tool"
    module-key generate -q --algorithm rsa-4096 --common-name file --out file.pem
    openssl pkcs8 -topk8 -nocrypt -in file.pem -out file.p8
    softhsm2-util --import file.p8 --token soft --label file --id 0f --pin "$PIN" > init.log
    key=$(uri "$softhsm" soft file)
    for hash in sha256 sha384 sha512 sha3-256; do
        for name in token file kernel; do cp "$root/test-vectors/modules/dummy.ko" "$name.ko"; done
        sign-module -q --hash "$hash" --key "$key" --cert file.x509 token.ko
        sign-module -q --hash "$hash" --key file.pem file.ko
        cmp token.ko file.ko
        if [ -n "$sign_file" ]; then
            "$sign_file" "$hash" file.pem file.x509 kernel.ko
            cmp token.ko kernel.ko
        fi
    done
    [ -n "$sign_file$quick" ] || skip "no SIGN-FILE is named: RSA is compared with key files only"

    echo "-- faults"
    key="pkcs11:token=soft;object=rsa?module-path=$faulty&pin-source=$work/pin"
    export FAULTY_REAL="$softhsm"
    # fault FAULT EXIT GOOD WORDS: how many of 40 modules are good afterwards; the others are unchanged
    fault() {
        fresh 40
        before=$(digest_of)
        code=0
        FAULTY=$1 sign-module -q --jobs 4 --key "$key" --cert soft-rsa.x509 many > out 2>&1 || code=$?
        [ "$code" = "$2" ] || fail "$1: exit code $code, not $2: $(cat out)"
        [ -z "$4" ] || grep -q "$4" out || fail "$1: no '$4' in: $(cat out)"
        [ "$(ls many | grep -c '\.ko$')" = "$(ls -A many | wc -l)" ] || fail "$1: files are left: $(ls -A many)"
        good=0
        for file in many/*.ko; do
            if verify-module -q --trust soft-rsa.x509 "$file" 2> /dev/null; then good=$((good + 1)); fi
        done
        [ "$good" = "$3" ] || fail "$1: $good files are good, not $3"
        sign-module -q --strip many
        [ "$(digest_of)" = "$before" ] || fail "$1: a file has changed"
        echo "$1: exit code $code, $good of 40 signed"
    }
    fault "removed 11" 6 10 'the token is gone: 10 of 40 files are done'
    [ "$(wc -l < out)" = 2 ] || fail "a lost token is reported more than once: $(cat out)"
    fault "removed 1" 6 0 'CKR_DEVICE_REMOVED'
    fault "wrong 31" 8 30 'does not verify with its public key'
    fault "wrong 1" 8 0 'does not verify'
    fault "mechanism" 5 0 'CKR_MECHANISM_INVALID'
    fault "locked" 5 0 'is locked after too many'
    fault "sessions 0" 6 0 'CKR_SESSION_COUNT'
    fault "sessions 1" 0 40 ''
    fault "sessions 2" 0 40 ''
    fault "cannot-lock" 0 40 ''

    echo "-- wrong names and PINs"
    fresh 1
    before=$(digest_of)
    # wrong URI EXIT WORDS
    wrong() {
        code=0
        sign-module -q --key "$1" --cert soft-rsa.x509 many > out 2>&1 || code=$?
        [ "$code" = "$2" ] && grep -q "$3" out || fail "$1: exit code $code: $(cat out)"
        [ "$(digest_of)" = "$before" ] || fail "$1: the file has changed"
    }
    wrong "pkcs11:token=soft;object=none?module-path=$softhsm&pin-source=$work/pin" 6 'no private key that the URI names'
    wrong "pkcs11:token=none?module-path=$softhsm&pin-source=$work/pin" 6 "it has 'soft'"
    wrong "pkcs11:token=soft?module-path=$softhsm&pin-source=$work/pin" 2 'names [0-9]* private keys'
    wrong "pkcs11:object=rsa?module-path=$work/pin" 6 'cannot load the PKCS#11 library'
    libc=$(ldd /bin/sh | sed -n 's/.*=> \(.*libc\.so[^ ]*\) .*/\1/p')
    wrong "pkcs11:object=rsa?module-path=$libc" 6 'is not a PKCS#11 library'
    wrong "pkcs11:token=soft;object=rsa?module-path=$softhsm" 5 'needs a PIN'
    wrong "pkcs11:token=soft;object=rsa?module-path=$softhsm&pin-value=0000" 5 'CKR_PIN_INCORRECT'

    echo "-- no PIN in messages or freed memory"
    ! grep -rqF "$PIN" out shown || fail "a PIN is printed"
    wrong "pkcs11:token=none?module-path=$softhsm&pin-value=$PIN" 6 'has no token'
    ! grep -qF "$PIN" out || fail "the PIN of a URI is printed"
    [ -n "$quick" ] || freed_memory

    softhsm2-util --init-token --free --label soft --pin "$PIN" --so-pin "$PIN" > init.log
    wrong "pkcs11:token=soft;object=rsa?module-path=$softhsm&pin-source=$work/pin" 2 'names 2 tokens'
fi

echo "all good"
