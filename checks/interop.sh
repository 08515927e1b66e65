#!/bin/sh
# Purpose: keys, certificates and signatures of ML-DSA go both ways with OpenSSL 3.5 or later
# Needs: cargo; OpenSSL 3.5 or later, or apt-get and the network to fetch one
# Duration: 3 min
# CI: no, it fetches OpenSSL
#
#   ./check interop
#   OPENSSL=/opt/openssl-4/bin/openssl ./check interop
#   SUITE=experimental ./check interop       OpenSSL of another suite of Debian (at the time of writing, 4.0)
#
# Which OpenSSL: $OPENSSL, else `openssl` in PATH if it is new enough and no SUITE is named, else the packages of Debian
# SUITE (trixie), which apt-get fetches to target/interop, and which are unpacked there, with their own libc: nothing is
# installed. MIRROR is where from.
# INTEROP_SABOTAGE=1 spoils our signatures, to see that the checks fail.
# Exit codes: 0 all agree, 1 a disagreement, 2 something is missing.
set -eu
cd "$(dirname "$0")/.."
repository=$PWD
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
vectors=$repository/test-vectors
folder=$(mktemp -d "${TMPDIR:-/tmp}/modsig-interop.XXXXXX")
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM

new_enough() { # MAJOR.MINOR of `openssl version` at least 3.5
    "$1" version 2>/dev/null | sed -n 's/^OpenSSL \([0-9]*\)\.\([0-9]*\)\..*/\1 \2/p' |
        { read -r major minor && { [ "$major" -gt 3 ] || { [ "$major" = 3 ] && [ "$minor" -ge 5 ]; }; }; }
}

# Debian's packages, unpacked below target/interop, and a script `openssl` there that runs them.
debian() {
    suite=$1
    root=$target/interop/$suite
    [ -x "$root/openssl" ] && return
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || {
        echo "$0: no OpenSSL 3.5 or later (set OPENSSL), and no apt-get and dpkg-deb to fetch one" >&2
        exit 2
    }
    echo "Fetching OpenSSL of Debian $suite to $root ..."
    rm -rf "$root"
    mkdir -p "$root/lists/partial" "$root/cache/archives/partial" "$root/debs"
    # experimental is incomplete: what it lacks comes from sid.
    for one in "$suite" $([ "$suite" != experimental ] || echo sid); do
        echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${MIRROR:-http://deb.debian.org/debian} $one main"
    done > "$root/sources.list"
    cat > "$root/apt.conf" <<END
Dir::State "$root"; Dir::State::lists "$root/lists"; Dir::State::status "/dev/null"; Dir::Cache "$root/cache";
Dir::Etc::sourcelist "$root/sources.list"; Dir::Etc::sourceparts "-"; APT::Sandbox::User "";
APT::Default-Release "$suite";
END
    (
        export APT_CONFIG="$root/apt.conf"
        apt-get -qq update
        cd "$root/debs"
        # shellcheck disable=SC2046 # names of packages
        apt-get -qq download $(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks \
            --no-replaces --no-enhances openssl | grep '^[a-z]')
        for package in *.deb; do dpkg-deb -x "$package" "$root/files"; done
    )
    loader=$(find "$root/files" -name 'ld-linux*.so.*' | head -n 1)
    [ -n "$loader" ] || { echo "$0: the packages hold no ld-linux.so" >&2; exit 2; }
    cat > "$root/openssl.new" <<END
#!/bin/sh
lib=${loader%/*}
OPENSSL_MODULES=\$lib/ossl-modules exec "$loader" --library-path "\$lib" "$root/files/usr/bin/openssl" "\$@"
END
    chmod +x "$root/openssl.new"
    new_enough "$root/openssl.new" || { echo "$0: the unpacked OpenSSL does not run or is too old" >&2; exit 2; }
    mv "$root/openssl.new" "$root/openssl"
}

if [ -n "${OPENSSL-}" ]; then
    new_enough "$OPENSSL" || { echo "$0: $OPENSSL is not OpenSSL 3.5 or later" >&2; exit 2; }
    openssl=$OPENSSL
elif [ -z "${SUITE-}" ] && new_enough openssl; then
    openssl=openssl
else
    debian "${SUITE:-trixie}"
    openssl=$target/interop/${SUITE:-trixie}/openssl
fi
# No system's configuration: the same everywhere.
printf '[req]\ndistinguished_name = dn\n[dn]\n' > "$folder/openssl.cnf"
export OPENSSL_CONF="$folder/openssl.cnf"

echo "Building our programs ..."
cargo build --quiet --locked --manifest-path "$repository/Cargo.toml" --target-dir "$target" \
    --package modsig-cli --package mldsa-kat --bins --examples
PATH=$target/debug:$target/debug/examples:$PATH
ours=$(git -C "$repository" rev-parse --short HEAD 2>/dev/null || echo "no git")
echo "OpenSSL: $("$openssl" version)"
echo "ours:    $(module-key --version), $ours"
echo

checks=0 failures=0 skips=0
line() { printf '%-8s%s\n' "$1" "$2"; }
# check NAME COMMAND...: the command must succeed.
check() {
    label=$1
    shift
    checks=$((checks + 1))
    if "$@" > out 2>&1; then line ok "$label"; else
        failures=$((failures + 1))
        line FAILED "$label"
        printf '        $ %s\n' "$*"
        sed 's/^/        | /' out
    fi
}
# says PATTERN COMMAND...: prints these words; whether it fails is not looked at.
says() {
    pattern=$1
    shift
    "$@" > said 2>&1 || true
    grep "$pattern" said || { cat said; return 1; }
}
# refused PATTERN COMMAND...: fails, and with these words.
refused() {
    pattern=$1
    shift
    if "$@" > said 2>&1; then echo "was accepted"; return 1; fi
    grep -q "$pattern" said || { cat said; return 1; }
}
# public_of FILE: old.public by module-key, which gets the file another way each time.
turn=0
public_of() {
    turn=$(((turn + 1) % 5))
    set -- "$1" env KBUILD_SIGN_PIN=test module-key --quiet public --force --out old.public
    file=$1
    shift
    case $turn in
    0) "$@" "$file" ;;
    1) "$@" - < "$file" ;;
    2) cat "$file" | "$@" /dev/stdin ;;
    3) "$@" /dev/fd/9 9< "$file" ;;
    4)
        rm -f fifo
        mkfifo fifo
        cat "$file" > fifo &
        "$@" fifo
        ;;
    esac
}
# reads_and_converts NAME: old.pem (passphrase `test`) has the key of their.public, before and after we convert it.
reads_and_converts() {
    what=$1
    rm -f old.public new.pem new.public
    public_of old.pem 2> out || true
    check "$what: read by us" cmp old.public their.public
    KBUILD_SIGN_PIN=test module-key --quiet convert --encrypt old.pem --out new.pem 2> out || true
    "$openssl" pkey -in new.pem -passin pass:test -pubout -out new.public 2> out || true
    check "... what we convert, by OpenSSL" cmp new.public their.public
}
skip() { skips=$((skips + 1)); line SKIPPED "$1"; }
rejects() { refused 'Signature Verification Failure' "$@"; }
# With INTEROP_SABOTAGE set, what we sign is spoiled: the checks that look at it must then fail.
sign_ours() {
    raw sign "$@"
    [ -z "${INTEROP_SABOTAGE-}" ] || printf 'spoiled' | dd of=ours.sig bs=1 seek=500 conv=notrunc 2>/dev/null
}
we_reject() { refused 'does not verify' "$@"; }
# The last N bytes of a file: raw keys and signatures lie at the end of their DER.
last() { tail -c "$1" "$2" > "$3"; }

for set in 44 65 87; do
    name=ML-DSA-$set
    mkdir "$folder/$set"
    cd "$folder/$set" # its own, so that nothing of another set can be taken for this one's
    cp "$vectors/modules/dummy.ko" content
    case $set in
    44) public_len=1312 signature_len=2420 ;;
    65) public_len=1952 signature_len=3309 ;;
    87) public_len=2592 signature_len=4627 ;;
    esac
    seed=$("$openssl" rand -hex 32)

    echo "-- $name: our keys and certificates, read by OpenSSL"
    for form in seed expanded both; do
        module-key generate --quiet --algorithm "ml-dsa-$set" --form $form --out our-$form.pem
        check "private key, $form form" "$openssl" pkey -in our-$form.pem -pubout -outform DER -out our-$form.pub
        "$openssl" x509 -inform DER -in our-$form.x509 -out our-$form.crt
        "$openssl" x509 -in our-$form.crt -noout -pubkey | "$openssl" pkey -pubin -outform DER -out our-$form.spki
        check "... its public key is the certificate's" cmp our-$form.pub our-$form.spki
        check "certificate: its signature" \
            "$openssl" verify -x509_strict -check_ss_sig -partial_chain -CAfile our-$form.crt our-$form.crt
    done

    echo "-- $name: OpenSSL's keys and certificates, read by us"
    for form in seed-only priv-only seed-priv; do
        "$openssl" genpkey -algorithm "$name" -pkeyopt "hexseed:$seed" -provparam ml-dsa.output_formats=$form \
            -out their-$form.pem
        "$openssl" req -new -x509 -sha512 -key their-$form.pem -subj "/CN=OpenSSL $form" -days 36500 \
            -addext basicConstraints=critical,CA:FALSE -addext keyUsage=digitalSignature \
            -provparam ml-dsa.output_formats=$form -out their-$form.crt
        cat their-$form.pem their-$form.crt > their-$form.both
        check "private key, $form form" says 'private key *'"$name" module-key show their-$form.pem
        check "certificate: its signature" says 'self-signed, verified' module-key show their-$form.crt
        check "... belongs to the private key" says 'belongs to the private key: yes' module-key show their-$form.both
    done
    "$openssl" pkey -in their-seed-priv.pem -pubout -out their.public
    for form in bare-seed bare-priv oqskeypair; do
        for cipher in des3 aes256; do
            "$openssl" pkcs8 -topk8 -in their-seed-priv.pem -v2 $cipher -passout pass:test \
                -provparam ml-dsa.output_formats=$form -out old.pem
            reads_and_converts "$form form, which is not RFC 9881, in $cipher"
        done
    done
    for options in "" -legacy; do
        # shellcheck disable=SC2086 # no word, or one
        "$openssl" pkcs12 -export $options -inkey their-seed-priv.pem -in their-seed-priv.crt -passout pass:test -out old.pem
        reads_and_converts "PKCS#12 $options"
    done
    "$openssl" pkey -in their-seed-priv.pem -provparam ml-dsa.output_formats=seed-priv -outform DER -out their.der
    { head -c 40 their.der; printf 'XXXX'; tail -c +45 their.der; } > torn.der
    check "seed and expanded key that disagree: refused by OpenSSL" \
        refused 'does not match seed' "$openssl" pkey -inform DER -in torn.der -noout
    check "... and by us" refused 'belong to different keys' module-key show torn.der

    echo "-- $name: raw signatures of a seed's key"
    raw public "$name" "$seed" ours.pub
    "$openssl" pkey -in their-seed-only.pem -pubout -outform DER -out their.spki
    last $public_len their.spki their.pub
    check "the same public key from the same seed" cmp ours.pub their.pub
    rnd=$("$openssl" rand -hex 32)
    zero=0000000000000000000000000000000000000000000000000000000000000000
    for context in "" 00 "$("$openssl" rand -hex 255)"; do
        what="context of $((${#context} / 2)) bytes"
        verify="$openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey their.spki -pkeyopt hexcontext-string:$context"
        sign="$openssl pkeyutl -sign -rawin -inkey their-seed-only.pem -pkeyopt hexcontext-string:$context"
        sign_ours "$name" "$seed" "$context" "$rnd" content ours.sig
        check "$what: ours, verified by OpenSSL" $verify -in content -sigfile ours.sig
        $sign -in content -out their.sig
        check "$what: OpenSSL's, verified by us" raw verify "$name" ours.pub "$context" content their.sig
        $sign -in content -out their.same -pkeyopt "hextest-entropy:$rnd"
        check "$what: hedged with the same rnd, the same bytes" cmp ours.sig their.same
        sign_ours "$name" "$seed" "$context" $zero content ours.sig
        $sign -in content -out their.sig -pkeyopt deterministic:1
        check "$what: deterministic, the same bytes" cmp ours.sig their.sig
        raw mu "$name" ours.pub "$context" content mu
        "$openssl" pkeyutl -sign -rawin -inkey their-seed-only.pem -pkeyopt mu:1 -in mu -out their.sig
        check "$what: OpenSSL's of our mu, verified by us" raw verify "$name" ours.pub "$context" content their.sig
        sign_ours "$name" "$seed" "$context" "$rnd" content ours.sig
        check "$what: ours, verified by OpenSSL from our mu" \
            "$openssl" pkeyutl -verify -rawin -pubin -keyform DER -inkey their.spki -pkeyopt mu:1 -in mu -sigfile ours.sig
    done
    check "another message: refused by OpenSSL" rejects $verify -in ../openssl.cnf -sigfile ours.sig
    check "... and by us" we_reject raw verify "$name" ours.pub "$context" ../openssl.cnf ours.sig
    check "another context: refused by OpenSSL" rejects "$openssl" pkeyutl -verify -rawin -pubin -keyform DER \
        -inkey their.spki -pkeyopt hexcontext-string:0102 -in content -sigfile ours.sig
    check "... and by us" we_reject raw verify "$name" ours.pub 0102 content ours.sig
    { head -c 1000 ours.sig; printf 'XXXX'; tail -c +1005 ours.sig; } > torn.sig
    check "changed bytes: refused by OpenSSL" rejects $verify -in content -sigfile torn.sig
    check "... and by us" we_reject raw verify "$name" ours.pub "$context" content torn.sig
    head -c $((signature_len - 1)) ours.sig > short.sig
    check "a byte too few: refused by OpenSSL" rejects $verify -in content -sigfile short.sig
    check "... and by us" we_reject raw verify "$name" ours.pub "$context" content short.sig

    echo "-- $name: modules"
    cp content ours.ko
    sign-module --quiet --key our-seed.pem ours.ko
    cms_len=$((0x$(tail -c 32 ours.ko | head -c 4 | od -An -tx1 | tr -d ' \n')))
    tail -c $((cms_len + 40)) ours.ko | head -c $cms_len > ours.p7s
    last $signature_len ours.p7s ours.sig
    check "the signature in our module, verified by OpenSSL" \
        "$openssl" pkeyutl -verify -rawin -certin -inkey our-seed.crt -in content -sigfile ours.sig
    cms_verify() {
        "$openssl" cms -verify -binary -inform DER -purpose any -in "$1" -content content -certfile our-seed.crt \
            -partial_chain -CAfile our-seed.crt -out /dev/null
    }
    if cms_verify ours.p7s > out 2>&1 || ! grep -q 'provider signature not supported' out; then
        check "our CMS, verified by OpenSSL" cms_verify ours.p7s
        { head -c 1000 ours.p7s; printf 'XXXX'; tail -c +1005 ours.p7s; } > torn.p7s
        check "... with changed bytes: refused" refused 'erification failure' cms_verify torn.p7s
    else
        skip "our CMS in OpenSSL: this version has no ML-DSA without signed attributes (4.0 has)"
    fi
    cp content theirs.ko
    sign-module --quiet --key their-seed-priv.pem --cert their-seed-priv.crt theirs.ko
    check "a module signed by us with OpenSSL's key and certificate" \
        verify-module --quiet --trust their-seed-priv.crt theirs.ko
    for attributes in -noattr ""; do
        # shellcheck disable=SC2086 # none or one word
        if ! "$openssl" cms -sign -binary -nocerts -nosmimecap $attributes -md sha512 -signer their-seed-priv.crt \
            -inkey their-seed-priv.pem -in content -outform DER -out their.p7s 2> out; then
            if [ "$attributes" = -noattr ] && grep -q 'provider signature not supported' out; then
                skip "OpenSSL's CMS without signed attributes: this version cannot make it (4.0 can)"
            else
                check "OpenSSL's CMS ${attributes:-with signed attributes}: made" cat out /nonexistent
            fi
            continue
        fi
        n=$(wc -c < their.p7s)
        {
            cat content their.p7s
            printf '\000\000\002\000\000\000\000\000\000\000'
            # shellcheck disable=SC2059 # the format is the two bytes
            printf "$(printf '\\%03o\\%03o' $((n / 256)) $((n % 256)))"
            printf '~Module signature appended~\n'
        } > theirs.ko
        if [ -n "$attributes" ]; then
            check "OpenSSL's CMS without signed attributes, verified by us" \
                verify-module --quiet --trust their-seed-priv.crt theirs.ko
        else
            check "OpenSSL's CMS with signed attributes: the signature verified by us" \
                says 'with signed attributes: verified' verify-module -v --trust their-seed-priv.crt theirs.ko
        fi
    done

    echo "-- $name: the keys and certificates of RFC 9881, and kept ones of OpenSSL 3.5 and 4.0"
    "$openssl" pkey -pubin -in "$vectors/rfc9881/$name.pub" -outform DER -out rfc.spki
    for form in seed expanded both; do
        key=$vectors/rfc9881/$name-$form.priv
        "$openssl" pkey -in "$key" -pubout -outform DER -out rfc.from 2> out || true
        check "RFC 9881, $form form: OpenSSL has its public key" cmp rfc.from rfc.spki
        rm -f rfc.from
        cat "$key" "$vectors/rfc9881/$name.crt" > rfc.both
        check "... and we, that of the certificate" says 'belongs to the private key: yes' module-key show rfc.both
    done
    check "RFC 9881, certificate: verified by OpenSSL" "$openssl" verify -check_ss_sig -partial_chain \
        -CAfile "$vectors/rfc9881/$name.crt" "$vectors/rfc9881/$name.crt"
    check "... and by us" says 'self-signed, verified' module-key show "$vectors/rfc9881/$name.crt"
    for version in 35 40; do
        key=$vectors/modsig/keys/mldsa$set-ossl$version
        if [ -f "$key.pem" ]; then
            check "kept private key of OpenSSL $version" says 'private key *'"$name" module-key show "$key.pem"
        else
            skip "kept private key of OpenSSL $version: $name has none in test-vectors"
        fi
        check "kept certificate of OpenSSL $version" says 'self-signed, verified' module-key show "$key.der"
    done
done
mkdir "$folder/matrix"
cd "$folder/matrix"
for algorithm in rsa-2048 rsa-4096 p-256 p-384 p-521; do
    echo "-- $algorithm: private keys in every form"
    case $algorithm in
    rsa-*) "$openssl" genpkey -algorithm RSA -pkeyopt "rsa_keygen_bits:${algorithm#*-}" -out their.pem 2> out ;;
    *) "$openssl" genpkey -algorithm EC -pkeyopt "ec_paramgen_curve:P-${algorithm#*-}" -out their.pem ;;
    esac
    "$openssl" pkey -in their.pem -pubout -out their.public
    "$openssl" req -new -x509 -sha512 -key their.pem -subj "/CN=OpenSSL $algorithm" -out their.crt
    for format in PEM DER; do
        "$openssl" pkcs8 -topk8 -nocrypt -in their.pem -outform $format -out old.pem
        reads_and_converts "PKCS#8, $format"
        case $algorithm in # pkey -traditional writes PEM only
        rsa-*) "$openssl" rsa -in their.pem -traditional -outform $format -out old.pem 2> out ;;
        *) "$openssl" ec -in their.pem -outform $format -out old.pem 2> out ;;
        esac
        reads_and_converts "traditional, $format"
        for cipher in des3 aes128 aes192 aes256; do
            for prf in hmacWithSHA1 hmacWithSHA256 hmacWithSHA512; do
                "$openssl" pkcs8 -topk8 -in their.pem -v2 $cipher -v2prf $prf -passout pass:test -outform $format -out old.pem
                reads_and_converts "PKCS#8, $cipher, $prf, $format"
            done
        done
        "$openssl" pkcs8 -topk8 -in their.pem -v1 PBE-SHA1-3DES -passout pass:test -outform $format -out old.pem
        reads_and_converts "PKCS#8, PBE-SHA1-3DES, $format"
    done
    for cipher in des3 aes128 aes256; do
        "$openssl" pkey -in their.pem -traditional -$cipher -passout pass:test -out old.pem
        reads_and_converts "Proc-Type: 4,ENCRYPTED, $cipher"
    done
    { printf '\357\273\277# a comment\n'; cat their.crt their.pem their.crt; } | sed 's/$/\r/' > old.pem
    reads_and_converts "PEM with a byte order mark, certificates and CRLF"
    for options in "" -legacy; do
        # shellcheck disable=SC2086 # no word, or one
        "$openssl" pkcs12 -export $options -inkey their.pem -in their.crt -passout pass:test -out old.pem
        reads_and_converts "PKCS#12 $options"
    done
    rm -f ours.pem ours.public
    module-key --quiet convert --traditional their.pem --out ours.pem 2> out || true
    "$openssl" pkey -in ours.pem -pubout -out ours.public 2> out || true
    check "what we write in the traditional form, by OpenSSL" cmp ours.public their.public
done
skip "messages of no bytes: pkeyutl has no room for them (the vectors have them)"

printf '\n%s checks, %s disagreements, %s skipped\n' $checks $failures $skips
[ $checks -ge 540 ] || { echo "$0: that is too few: something did not run" >&2; exit 1; }
[ $failures = 0 ]
