#!/bin/sh
# Runs the checks of docs/assurance.md. The page's tables are the list: name, claim, command.
#
#   sh scripts/assure.sh                 names them, with their commands
#   sh scripts/assure.sh NAME...         runs these
#   sh scripts/assure.sh ci              runs those that CI runs as well
#   sh scripts/assure.sh all             runs all: many hours, a kernel gate (KGATE=its folder), a network
#   sh scripts/assure.sh --check         compares the page with the repository, and runs none
#
# A check that cannot run here says so itself, and is "skipped" in the summary if all it did was to say that. Exit code: 0 all
# that ran passed, 1 one failed, 2 no such check.
set -eu
cd "$(dirname "$0")/.."
page=docs/assurance.md
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# "name<TAB>CI or -<TAB>command", one a line: of each row whose first cell is a name in code, the first code of its third cell.
awk -F ' *[|] *' '/^\| `/ {
    name = $2; gsub(/`/, "", name)
    split($4, code, "`")
    print name "\t" ($4 ~ /\(CI/ ? "CI" : "-") "\t" code[2]
}' $page > "$scratch/checks"
[ -s "$scratch/checks" ] || { echo "$0: no checks in $page" >&2; exit 2; }
tab=$(printf '\t')

check() {
    wrong=0
    complain() { echo "$page: $1" >&2; wrong=1; }
    cut -f 1 "$scratch/checks" | LC_ALL=C sort | uniq -d > "$scratch/twice"
    while read -r name; do complain "two checks are called $name"; done < "$scratch/twice"
    while IFS=$tab read -r name where command; do
        [ -n "$command" ] || complain "$name has no command"
        # The script of a command such as `KGATE=... sh ci/x.sh y`: the first word with a slash that is not an assignment.
        script=''
        for word in $command; do
            case $word in *=*) ;; */*.sh | */*.py) script=$word; break ;; esac
        done
        [ -z "$script" ] || [ -f "$script" ] || complain "$name: there is no $script"
        [ "$where" = - ] || [ -z "$script" ] || grep -qF -- "$script" .ci/run || complain "$name: CI does not run $script"
        [ "$where" = CI ] || [ -z "$script" ] || ! grep -F -- "$script" .ci/run | grep -q '^step ' ||
            grep -F -- "$script" "$scratch/checks" | grep -q "${tab}CI$tab" ||
            complain "$name: CI runs $script, and the page does not say so"
        case $command in *'cargo test'*)
            test=$(echo "$command" | sed -n 's/.*--test \([a-z_0-9]*\).*/\1/p')
            [ -z "$test" ] || ls -d crates/*/tests/"$test".rs crates/*/tests/"$test" 2>/dev/null | grep -q . ||
                complain "$name: there is no test $test" ;;
        esac
    done < "$scratch/checks"
    [ "$wrong" = 0 ] || exit 1
    echo "$page: $(wc -l < "$scratch/checks") checks, their commands are there"
}

case "${1-}" in
'') while IFS=$tab read -r name where command; do printf '%-22s %-3s %s\n' "$name" "$where" "$command"; done < "$scratch/checks"
    exit 0 ;;
--check) check; exit 0 ;;
ci) awk -F '\t' '$2 == "CI"' "$scratch/checks" > "$scratch/chosen" ;;
all) cp "$scratch/checks" "$scratch/chosen" ;;
-*) sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2; exit 2 ;;
*)
    for name in "$@"; do
        awk -F '\t' -v name="$name" '$1 == name { print; found = 1 } END { exit !found }' "$scratch/checks" ||
            { echo "$0: no check is called '$name'; without arguments this program names them" >&2; exit 2; }
    done > "$scratch/chosen" ;;
esac

failed=0
: > "$scratch/summary"
while IFS=$tab read -r name where command <&3; do
    printf '\n==== %s: %s\n' "$name" "$command"
    verdict=passed
    case $command in
    *'$KGATE'*) if [ -z "${KGATE:-}" ]; then
        echo "skipped: it asks a kernel; KGATE must name the folder of a kernel gate (docs/kernel-gate.md)"
        verdict=skipped
    fi ;;
    esac
    if [ "$verdict" = passed ]; then
        sh -c "$command" 3<&- > "$scratch/output" 2>&1 || { verdict=FAILED; failed=1; }
        cat "$scratch/output"
        if [ "$verdict" = passed ] && [ "$(wc -l < "$scratch/output")" -le 2 ] && grep -qi '\<skipped\>' "$scratch/output"; then
            verdict=skipped
        fi
    fi
    printf '%-8s %s\n' "$verdict" "$name" >> "$scratch/summary"
done 3< "$scratch/chosen"
printf '\n==== Summary\n'
cat "$scratch/summary"
exit $failed
