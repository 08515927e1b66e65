#!/bin/sh
# Purpose: a test notices small bugs that are put into the code
# Needs: cargo-mutants 27 (skips without it); tree-sitter for some groups (checks/mutation-testing/requirements.txt)
# Duration: 10 h
# CI: no, it takes hours
#
#   ./check mutation-testing [GROUP…]      default: all groups
#   ./check mutation-testing sample        nine mutants that must be noticed: a control of the tests
#
# docs/assurance/mutation.md has the results, and the reason for each mutant that no test can notice. Each group runs in stages: what
# the first does not notice is given to the next, which has slower tests. Prints the survivors and a table. Exit code 1: a
# group has less than 95 % of its viable mutants noticed.
#
# It mutates a copy of the repository, target/mutants/tree (MUTANTS_DIR: another place than target/mutants), which
# keeps what was built: a mutant costs seconds, the first run minutes. MUTANTS_RE: only mutants whose name, as
# `cargo mutants --list` gives it, matches this regular expression. MUTANTS_RESUME=1: continues an interrupted run
# (nothing may have been changed since). MUTANTS_QUICK=1: without the last stage, which has the most tests.
# For groups whose mutants are in one build: MUTANTS_SHARD=3/20: only every 20th mutant, from the fourth. MUTANTS_AGAIN=1:
# only what the last run missed, after tests were added.
set -eu
cd "$(dirname "$0")/.."

# A group: its package, its files, the stages. A stage is a function that runs `mutate STAGE FLAGS…`.
mldsa="rounding encoding verifying signing keygen"
more="sampling arithmetic keys files" # when asked for by name: the rest of mldsa
modsig="trailer cms asn1 verdict"
# All mutants in one build: minutes instead of hours.
switched="kernel cert key tool-files sign-file keccak avx2 avx512"

group() {
  case $1 in
    rounding) package=modsig-mldsa files="src/rounding.rs" stages="rounding kernels full" ;;
    encoding) package=modsig-mldsa files="src/encoding/*" stages="encodings hashes refusals vectors full" ;;
    verifying | signing | keygen) package=modsig-mldsa files="src/$1.rs src/$1/*" stages="hashes refusals unit vectors full wiped" ;;
    sampling)
      package=modsig-mldsa files="src/sampling.rs src/sampling/* src/matrix.rs src/mu.rs src/prehash.rs src/schedule.rs"
      stages="hashes refusals vectors full wiped" ;;
    arithmetic)
      package=modsig-mldsa stages="hashes kernels full wiped"
      files="src/field.rs src/ntt.rs src/twiddles.rs src/poly.rs src/ct.rs src/params.rs src/backend/*.rs" ;;
    keys)
      package=modsig-mldsa stages="refusals vectors full wiped"
      files="src/key.rs src/operations.rs src/expanded.rs src/seed.rs src/convert.rs src/small.rs src/hazmat.rs src/dynamic.rs src/error.rs" ;;
    files) package=modsig-mldsa files="src/pkcs8/* src/traits/*" stages="refusals vectors full" ;;
    sample)
      package=modsig-mldsa files="src/keygen.rs src/verifying.rs src/encoding/signature.rs" stages="sample"
      MUTANTS_RE='secret_out_of_range -> bool|&= with \|= in public_key_of|vartime_verify_internal -> bool'
      MUTANTS_RE="$MUTANTS_RE|== with != in vartime_verify_internal|vartime_recompute_w1 -> bool with true"
      MUTANTS_RE="$MUTANTS_RE|vartime_hint_bit_unpack -> bool" ;;
    trailer) package=modsig files="src/trailer.rs" stages="trailer modsig" ;;
    cms) package=modsig files="src/cms.rs src/cms/*" stages="cms modsig" ;;
    asn1) package=modsig files="src/asn1.rs" stages="units modsig" ;;
    verdict) package=modsig files="src/verdict.rs src/verdict/*" stages="verdicts units modsig" ;;
    kernel) package=modsig files="src/kernel.rs src/kernel/*" stages="answers modsig" ;;
    cert) package=modsig files="src/cert.rs src/cert/*" stages="certs modsig" ;;
    key) package=modsig files="src/key.rs src/key/* src/public_key.rs src/public_key/*" stages="keys modsig" ;;
    # The three before in one build, with the tests of all of them.
    library)
      package=modsig stages="library modsig"
      files="src/kernel.rs src/kernel/* src/cert.rs src/cert/* src/key.rs src/key/* src/public_key.rs src/public_key/*" ;;
    tool-files) package=modsig-cli files="src/files.rs src/files/*" stages="programs cli" ;;
    sign-file) package=modsig-cli files="src/sign_file.rs" stages="programs cli" ;;
    tool) package=modsig-cli files="src/files.rs src/files/* src/sign_file.rs" stages="programs cli" ;; # both
    keccak) package=modsig-keccak files="src/*.rs src/backend/*.rs src/backend/avx*/*" stages="permutations keccak" ;;
    avx2 | avx512) package=modsig-mldsa files="src/backend/$1/*" stages="equal tables full" ;;
    *) echo "no group '$1': $mldsa $more $modsig $switched library tool sample" >&2; exit 2 ;;
  esac
  case $package in
    modsig-mldsa) folder=crates/mldsa ;;
    modsig-keccak) folder=crates/keccak-lanes ;;
    *) folder=crates/$package ;;
  esac
}

# What is tested: `--cargo-arg` also tells what is built, before `--`; what filters tests by name comes behind it.
# Code that all back ends share is built for one alone, and with few tests first: seconds instead of a minute.
stage() {
  case $1 in
    # Stops at the first wrong value; the hash over all of them takes seconds, and is in `full`.
    rounding) portable mutate "$1" --cargo-arg=--lib -- rounding -- --skip cctv_ ;;
    encodings) portable mutate "$1" --cargo-arg=--lib -- encoding ;;
    unit) portable mutate "$1" --cargo-arg=--lib -- -- crafted wiping ;;
    # The published hashes of 100 keys and signatures of each set.
    hashes) portable mutate "$1" --cargo-arg=--test=cctv_accumulated ;;
    # As CI builds it, so that what it has built is of use.
    sample) mutate "$1" --cargo-arg=--test=small ;;
    kernels) portable mutate "$1" --cargo-arg=--lib ;;
    # Malformed keys and signatures, both schedules, batches, key files.
    refusals) portable mutate "$1" --cargo-arg=--test=small --cargo-arg=--test=batches --cargo-arg=--test=pkcs8 ;;
    # Wycheproof's vectors, the other crates' traits, every public interface.
    vectors)
      portable mutate "$1" --cargo-arg=--package=mldsa-kat \
        --cargo-arg=--test=traits --cargo-arg=--test=wycheproof --cargo-arg=--test=interfaces ;;
    # All tests of the library on every back end; Wycheproof's and NIST's vectors.
    full) mutate "$1" --cargo-arg=--package=mldsa-kat --cargo-arg=--lib --cargo-arg=--tests ;;
    # What stays on the stack can be seen in optimised code only.
    wiped) mutate "$1" --profile release --cargo-arg=--test=zeroize ;;
    trailer | cms | verdicts) mutate "$1" --cargo-arg="--test=$1" ;;
    units) mutate "$1" --cargo-arg=--lib ;;
    # The kernels' recorded answers, the slowest, come last.
    answers) at_once "$1" modsig:lib modsig:verdicts modsig:certs modsig:certificate_fates modsig:kernel_cases ;;
    certs) at_once "$1" modsig:lib modsig:certs modsig:certificate_fates modsig:keys modsig:verdicts ;;
    keys)
      at_once "$1" modsig:lib modsig:keys modsig:old_keys modsig:public_key modsig:rsa_and_ecdsa modsig:external \
        modsig:signing modsig:certs ;;
    library)
      at_once "$1" modsig:kernel_cases modsig:verdicts modsig:lib modsig:certs modsig:certificate_fates modsig:keys modsig:old_keys \
        modsig:public_key modsig:rsa_and_ecdsa modsig:external modsig:signing ;;
    programs) at_once "$1" modsig-cli:lib modsig-cli:programs ;;
    permutations) at_once "$1" modsig-keccak:lib modsig-keccak:permutations modsig-keccak:sponges modsig-keccak:wiping ;;
    equal) at_once "$1" modsig-mldsa:lib ;;
    # Tables are computed by the compiler, which knows no switches.
    tables) mutate "$1" --cargo-arg=--lib -- backend::equality ;;
    cli | keccak) mutate "$1" --cargo-arg=--lib --cargo-arg=--tests ;;
    # All, also the recorded answers of real kernels.
    modsig) mutate "$1" --cargo-arg=--lib --cargo-arg=--tests ;;
  esac
}
portable() { RUSTFLAGS='--cfg mldsa_backend="portable"' "$@"; }

[ $# -gt 0 ] || eval "set -- $mldsa $modsig $switched"
if ! cargo mutants --version 2>/dev/null; then
  echo "skipped: there is no cargo-mutants (cargo install --locked cargo-mutants)"
  exit 0
fi
export PYTHONDONTWRITEBYTECODE=1
for name in "$@"; do
  case " $switched library tool " in
    *" $name "*)
      if ! "${PYTHON:-python3}" -c 'import tree_sitter, tree_sitter_rust' 2>/dev/null; then
        echo "skipped: no tree-sitter; pip install -r checks/mutation-testing/requirements.txt"
        exit 0
      fi ;;
  esac
done
dir=${MUTANTS_DIR:-target/mutants}
mkdir -p "$dir/tree"
dir=$(cd "$dir" && pwd)
export CARGO_INCREMENTAL=1
if [ "$*" = sample ]; then
  export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}"
  least=100
else
  export CARGO_TARGET_DIR="$dir/tree/target" CARGO_PROFILE_DEV_DEBUG="${CARGO_PROFILE_DEV_DEBUG:-0}" CARGO_PROFILE_RELEASE_LTO=off
  least=95
fi

# The copy, as the files are here now. Only what differs is written, so that the rest is not built again.
copy() {
  git ls-files --cached --others --exclude-standard -- ':!fuzz/corpus' | sort >"$dir/files"
  while IFS= read -r file; do
    if [ -f "$file" ] && ! cmp -s "$file" "$dir/tree/$file"; then
      mkdir -p "$(dirname "$dir/tree/$file")"
      cp "$file" "$dir/tree/$file"
    fi
  done <"$dir/files"
  (cd "$dir/tree" && find . -path ./target -prune -o -type f -print | cut -c 3- | sort | comm -23 - "$dir/files" |
    while IFS= read -r file; do rm -- "$file"; done)
}

# Runs a stage on the mutants that are in `$todo` (a file of names), or on all of the group.
mutate() {
  step=$1 && shift
  set -- --no-shuffle --in-place --package "$package" --output "$results/$step" --colors never "$@"
  for file in $files; do set -- --file "$folder/$file" "$@"; done
  if [ -n "$todo" ]; then
    while IFS= read -r mutant; do
      set -- --re "^$(printf %s "$mutant" | sed 's/[][\.*^$+?(){}|]/\\&/g')\$" "$@"
    done <"$todo"
  elif [ -n "${MUTANTS_RE:-}" ]; then
    set -- --re "$MUTANTS_RE" "$@"
  fi
  mkdir -p "$results/$step"
  code=0
  nice cargo mutants --dir "$dir/tree" "$@" || code=$?
  case $code in
    0 | 2 | 3) ;; # all caught, some missed, some without end
    *) echo "cargo mutants: exit code $code" >&2; exit 1 ;;
  esac
}

# A stage of all mutants in one build; what has no switch is given to the next stage.
at_once() {
  step=$1 && shift
  out=$results/$step/mutants.out
  mkdir -p "$out"
  set -- --tree "$dir/tree" --package "$package" --crate "$folder" --list "$out/list.json" --output "$out" "$@"
  (
    set -- --list --json --package "$package"
    for file in $files; do set -- --file "$folder/$file" "$@"; done
    [ -z "${MUTANTS_RE:-}" ] || set -- --re "$MUTANTS_RE" "$@"
    cargo mutants --dir "$dir/tree" "$@"
  ) >"$out/list.json"
  nice "${PYTHON:-python3}" checks/mutation-testing/switched.py --shard "${MUTANTS_SHARD:-0/1}" "$@"
  cat "$out/left.txt" >>"$out/missed.txt" # each run rewrites it
}

count() { cat "$@" 2>/dev/null | wc -l; }

for name in "$@"; do group "$name"; done
table="" failed=0
copy
for name in "$@"; do
  group "$name"
  results=$dir/results/$name
  if [ -n "${MUTANTS_AGAIN:-}" ]; then
    out=$results/${stages%% *}/mutants.out
    grep -v -e '^missed' -e '^open' "$out/log.txt" >"$out/log.new" || true
    mv "$out/log.new" "$out/log.txt"
    rm -f "$out/ended" "$out/build.json" "$out"/*.reached.json
  elif [ -z "${MUTANTS_RESUME:-}" ]; then
    rm -rf "$results"
  fi
  todo=""
  for stage in $stages; do
    [ -z "${MUTANTS_QUICK:-}" ] || [ "$stage" != "${stages##* }" ] || break
    echo "==== $name, $stage"
    out=$results/$stage/mutants.out
    [ -f "$out/ended" ] || { [ -f "$out/build.json" ] || [ -f "$out/log.txt" ] || rm -rf "$out"; stage "$stage" && touch "$out/ended"; }
    todo=$out/missed.txt
    [ -s "$todo" ] || break
  done
  caught=$(count "$results"/*/mutants.out/caught.txt)
  endless=$(count "$results"/*/mutants.out/timeout.txt)
  unviable=$(count "$results"/*/mutants.out/unviable.txt)
  cp "$todo" "$results/missed.txt"
  missed=$(count "$todo")
  viable=$((caught + endless + missed))
  table="$table$name $viable $caught $endless $missed $unviable
"
  [ "$viable" -gt 0 ] || { echo "$name: no mutant" >&2; exit 1; }
  [ $((100 * (caught + endless))) -ge $((least * viable)) ] || failed=1
done
echo
for name in "$@"; do sed "s/^/missed: /" "$dir/results/$name/missed.txt"; done
printf '%s' "$table" | awk '
  BEGIN { printf "%-10s %7s %7s %8s %7s %9s %9s\n", "group", "viable", "caught", "timeout", "missed", "unviable", "noticed" }
  { printf "%-10s %7d %7d %8d %7d %9d %8.1f%%\n", $1, $2, $3, $4, $5, $6, 100 * ($3 + $4) / $2 }'
exit $failed
