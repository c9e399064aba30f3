#!/usr/bin/env bash
# format.sh [--check]: formats our C++ and Solidity files in place, or fails where one is not formatted.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
how=(-i)
solidity=()
[[ ${1:-} == --check ]] && { how=(--dry-run -Werror); solidity=(--check); }
git ls-files -z --cached --others --exclude-standard -- 'src/*.[ch]pp' 'tests/*.[ch]pp' 'bench/*.[ch]pp' |
    xargs -0 -r -n 16 -P "$(nproc)" clang-format-19 --style=file "${how[@]}"

forge=contracts/node_modules/@foundry-rs/forge-linux-amd64/bin/forge
if [[ -x $forge ]]; then
    "$forge" fmt --root contracts "${solidity[@]}" contracts/src contracts/test contracts/proofs \
        protocols/local_market tests/contracts/src
else
    echo "format: Solidity is left out; forge comes with the first build" >&2
fi
