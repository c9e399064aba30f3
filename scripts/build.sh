#!/usr/bin/env bash
# build.sh <preset> [cmake --build arguments]: configures on the first run (and by itself when a CMake file changed), builds.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
preset=$1
shift
log=build/$preset/configure.log
if [[ ! -f build/$preset/build.ninja ]]; then
    mkdir -p "build/$preset"
    cmake --preset "$preset" >"$log" 2>&1 </dev/null || { cat "$log" >&2; exit 1; }
fi
exec cmake --build --preset "$preset" "$@" </dev/null
