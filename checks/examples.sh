#!/bin/sh
# Purpose: the examples of modsig-mldsa print what their documentation says
# Needs: cargo
# Duration: 2 s
# CI: yes
set -eu
cd "$(dirname "$0")/.."

# As `tests` builds them.
cargo build --quiet --locked --workspace --example sign_and_verify --example stream_a_file --example external_mu --example key_conversion
examples=${CARGO_TARGET_DIR:-target}/debug/examples

run() {
    example=$1 && shift
    "$examples/$example" "$@"
}

# What is printed, without what changes from run to run.
expect() {
    if [ "$1" != "$2" ]; then
        printf '%s: printed\n%s\ninstead of\n%s\n' "$0" "$1" "$2" >&2
        exit 1
    fi
}

expect "$(run sign_and_verify)" 'public key: 1952 bytes, signature: 3309 bytes
as signed: good
another message: the signature does not verify
another context: the signature does not verify'
echo "-- sign_and_verify"

file=test-vectors/README.md
expect "$(run stream_a_file "$file" | sed 's/begins with .*/begins with .../')" \
    "$file: $(($(wc -c < "$file"))) bytes, mu begins with ...
the signature verifies"
echo "-- stream_a_file"

expect "$(run external_mu)" '10000000 bytes hashed, 64 sent, 4627 received
ML-DSA-87: the signature of the message verifies'
echo "-- external_mu"

for set in 44 65 87; do
    for from in seed both expanded; do
        for to in seed both expanded; do
            key=test-vectors/rfc9881/ML-DSA-$set
            if [ $from = expanded ] && [ $to != expanded ]; then
                if run key_conversion "$key-$from.priv" $to 2>/dev/null; then
                    echo "$0: $key-$from.priv has no seed, and was written as $to" >&2
                    exit 1
                fi
            else
                expect "$(run key_conversion "$key-$from.priv" $to 2>/dev/null)" "$(cat "$key-$to.priv")"
            fi
        done
        expect "$(run key_conversion "$key-$from.priv" public 2>/dev/null)" "$(cat "$key.pub")"
    done
done
echo "-- key_conversion: the forms of RFC 9881's examples into each other"
