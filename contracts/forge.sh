#!/usr/bin/env bash
# forge.sh <build folder> [Executor|ExecutorLegacy] [forge test arguments]: compiles the tests in forge, and with a build's name runs
# them on its bytecode as it stands in the build folder (build/release).
set -euo pipefail
OSPREY_BUILD=$(realpath "$1")
cd "$(dirname "${BASH_SOURCE[0]}")"
forge=node_modules/@foundry-rs/forge-linux-amd64/bin/forge
export OSPREY_BUILD OSPREY_EXECUTOR=${2:-}
if [[ -z $OSPREY_EXECUTOR ]]; then exec "$forge" build; fi
exec "$forge" test "${@:3}"
