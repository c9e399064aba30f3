#!/usr/bin/env bash
# Runs each target of tests/fuzz for FUZZ_SECONDS, from tests/fuzz/corpus/<name>. New inputs are kept in
# build/fuzz/corpus/<name>, failing ones in build/fuzz/failures. `fuzz.sh <name>...` runs only those.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
seconds=${FUZZ_SECONDS:-60}

export ASAN_SYMBOLIZER_PATH=/usr/lib/llvm-19/bin/llvm-symbolizer
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 UBSAN_OPTIONS=print_stacktrace=1
names=("$@")
if ((${#names[@]} == 0)); then
    for source in tests/fuzz/*_fuzz.cpp; do
        [[ -e $source ]] || { echo "fuzz: no targets in tests/fuzz" >&2; exit 1; }
        names+=("$(basename "$source" _fuzz.cpp)")
    done
fi

scripts/build.sh fuzz --target "${names[@]/%/_fuzz}"
mkdir -p build/fuzz/failures
failed=()
for name in "${names[@]}"; do
    found=build/fuzz/corpus/$name
    committed=tests/fuzz/corpus/$name
    mkdir -p "$found"
    corpora=("$found")
    [[ -d $committed ]] && corpora+=("$committed")
    echo "== $name: $seconds s"
    log=build/fuzz/$name.log
    if build/fuzz/bin/"${name}_fuzz" -max_total_time="$seconds" -timeout=25 -rss_limit_mb=4096 -print_final_stats=1 \
        -artifact_prefix="build/fuzz/failures/$name-" "${corpora[@]}" >"$log" 2>&1 </dev/null; then
        grep -E '^stat::(number_of_executed_units|average_exec_per_sec|new_units_added)|^OSPREY' "$log" || true
    else
        tail -n 60 "$log"
        failed+=("$name")
    fi
done
if ((${#failed[@]})); then
    echo "fuzz: failed: ${failed[*]}; the inputs are in build/fuzz/failures"
    exit 1
fi
echo "fuzz: ${#names[@]} targets, no failure"
