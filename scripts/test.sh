#!/usr/bin/env bash
# test.sh [--full]: all tests in release; then under the address and undefined-behaviour sanitizers all but the slow ones.
# With --full the slow ones too, and everything once more under the thread sanitizer, but for the official vectors: hours, for
# threads that share nothing.
# ctest's closing line of the release run comes last. Stops at the first preset that fails.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export CTEST_PARALLEL_LEVEL=${CTEST_PARALLEL_LEVEL:-$(nproc)}

runs=(release asan)
[[ ${1:-} == --full ]] && runs=(release asan-full tsan)

closing=()
for run in "${runs[@]}"; do
    preset=${run%-full}
    # Comparisons with contracts at their full count of random cases; sanitizers see every path in the reduced count too.
    unset OSPREY_FULL_TESTS
    if [[ ${1:-} == --full && $run == release ]]; then export OSPREY_FULL_TESTS=1; fi
    echo "== $run: build"
    scripts/build.sh "$preset"
    echo "== $run: tests"
    log=build/$preset/test.log
    status=0
    ctest --preset "$run" </dev/null 2>&1 | tee "$log" || status=$?
    line=$(grep -E '^[0-9]+% tests passed' "$log" || echo "no tests ran")
    if ((status != 0)); then
        echo "== $run: failed; the output is in $log"
        echo "$line"
        exit 1
    fi
    closing=("$run: $line" "${closing[@]}")
done

echo
for ((i = 0; i + 1 < ${#closing[@]}; ++i)); do echo "${closing[i]}"; done
echo "${closing[-1]#release: }" # the run that has all tests
