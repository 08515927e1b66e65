# For instruction-counts.sh and aarch64-instructions.sh, which set `file`, `limit` (per cent), `mode`, `scratch` and `check`, the
# name of the check, and define `count OPERATION SET BACKEND`, which prints a number of instructions.

# Counts every operation on these back ends into $scratch/counts.
count_all() {
    for backend; do
        for set in ML-DSA-44 ML-DSA-65 ML-DSA-87; do
            for operation in keygen sign sign-expanded verify verify-expanded keygen-small sign-small verify-small; do
                instructions=$(count "$operation" "$set" "$backend")
                if [ "${instructions:-0}" -lt 10000 ]; then
                    echo "$check: $operation $set $backend: '$instructions' instructions: nothing was counted" >&2
                    exit 1
                fi
                printf '%-9s %-9s %-16s %9d\n' "$set" "$backend" "$operation" "$instructions"
            done
        done
    done >"$scratch/counts"
}

# Writes the counts to the file (--update), with this title, or compares them with it.
write_or_compare() {
    if [ "$mode" = --update ]; then
        {
            echo "# $1 ./check $check compares, --update writes."
            echo "# Fixed seed, message and rnd; mu not included. $(rustc --version | cut -d' ' -f1,2), release profile."
            cat "$scratch/counts"
        } >"$file"
        echo "wrote $file"
        return
    fi
    grep -v '^#' "$file" | awk -v limit="$limit" -v check="$check" '
        NR == FNR { was[$1 " " $2 " " $3] = $4; next }
        {
            name = $1 " " $2 " " $3
            if (!(name in was)) { printf "%-40s %9d  not in the file\n", name, $4; bad = 1; next }
            change = 100 * ($4 / was[name] - 1)
            verdict = change > limit ? "GREW" : (change < -limit ? "shrank: --update keeps it so" : "")
            printf "%-40s %9d %9d %+6.1f %% %s\n", name, was[name], $4, change, verdict
            if (change > limit) bad = 1
            delete was[name]
        }
        END {
            for (name in was) { print name ": in the file, but was not counted"; bad = 1 }
            if (bad) print "instruction counts differ: if that is meant, run ./check " check " --update"
            exit bad
        }' - "$scratch/counts"
}
