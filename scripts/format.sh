#!/usr/bin/env bash
# format.sh [--check]: formats our C++ files in place, or fails where one is not formatted.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
how=(-i)
[[ ${1:-} == --check ]] && how=(--dry-run -Werror)
git ls-files -z --cached --others --exclude-standard -- 'src/*.[ch]pp' 'tests/*.[ch]pp' 'bench/*.[ch]pp' |
    xargs -0 -r -n 16 -P "$(nproc)" clang-format-19 --style=file "${how[@]}"
