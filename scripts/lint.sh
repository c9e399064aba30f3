#!/usr/bin/env bash
# lint.sh [file.cpp...]: the format of all files, then clang-tidy on src/ (or on the files given), as they are compiled in the
# release preset. A file is checked again only when its preprocessed text, its flags or .clang-tidy changed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bad=0
scripts/format.sh --check || { echo "lint: not formatted as .clang-format says: make format" >&2; bad=1; }

cache=build/lint
mkdir -p "$cache"
rm -f "$cache"/*.out # of runs that were stopped
rules=$(cat .clang-tidy <(clang-tidy-19 --version) | sha256sum)

check() { # check <file> <directory> <compile command>
    local file=$1 directory=$2 command=$3 key
    command=${command% -o *} # up to the output; the source follows again below
    key=$(cd "$directory" && { echo "$rules"; echo "$command"; eval "$command -E -C -P $file" 2>&1; } | sha256sum | cut -c1-32)
    [[ -e $cache/$key ]] && return 0
    if clang-tidy-19 --quiet -p "$directory" "$file" >"$cache/$key.out" 2>/dev/null; then
        mv "$cache/$key.out" "$cache/$key"
    else
        cat "$cache/$key.out"
        rm "$cache/$key.out"
        return 1
    fi
}
export -f check
export cache=$PWD/$cache rules

only=$(printf '%s\n' "$@" | xargs -r realpath)
node -e '
    const only = new Set(process.argv[1].split("\n").filter(Boolean));
    for (const c of JSON.parse(require("fs").readFileSync("build/release/compile_commands.json")))
        if (only.size ? only.has(c.file) : c.file.startsWith(process.cwd() + "/src/"))
            process.stdout.write([c.file, c.directory, c.command].join("\0") + "\0");
' "$only" | xargs -0 -r -n 3 -P "$(nproc)" bash -c 'check "$@"' check ||
    { echo "lint: clang-tidy found something" >&2; bad=1; }
((bad == 0)) && echo "lint: clean"
exit "$bad"
