#!/usr/bin/env bash
# Checks on the tracked files, from the project's root: what a clone elsewhere would trip over.
set -euo pipefail
if ! git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    echo "hygiene: skipped, not a git clone"
    exit 77 # "skipped" to ctest
fi

bad=0
report() {
    echo "hygiene: $*"
    bad=1
}
tracked() { git ls-files -- "$@" | while read -r file; do if [[ -f $file ]]; then echo "$file"; fi; done; }

# No place of one machine. The brackets keep this file from matching itself; corpora hold arbitrary bytes.
places='(^|[^A-Za-z0-9_.-])/(wor[k]|hom[e]|roo[t]|tm[p]|User[s])/'
while read -r hit; do report "machine path: ${hit:0:160}"; done < <(
    git grep -nIE "$places" -- . ':!tests/fuzz/corpus' ':!LICENSE' || true)

# Lock files pin by content hash; where a package comes from is the reader's own configuration.
for lock in $(tracked '*package-lock.json'); do
    if grep -q '"resolved"' "$lock"; then report "$lock names download addresses (\"resolved\")"; fi
    grep -q '"integrity"' "$lock" || report "$lock pins nothing by content"
done
while read -r hit; do report "names a registry: ${hit:0:160}"; done < <(
    git grep -nIE 'registr[y]\.[a-z]+\.|https?://[a-z.]*registr[y]' -- . ':!tests/fuzz/corpus' || true)

grep -q 'Apache License' LICENSE || report "LICENSE is missing or is not Apache-2.0"

# Every link of every page leads somewhere in the tree.
for page in $(tracked '*.md'); do
    while read -r link; do
        target=${link%%#*}
        case $link in '' | '#'* | http://* | https://* | mailto:*) continue ;; esac
        [[ -e $(dirname "$page")/$target ]] || report "$page links to $link, which is not there"
    done < <(sed -E '/^```/,/^```/d' "$page" | grep -oE '\]\([^) ]+\)' | sed -E 's/^\]\(|\)$//g' || true)
done

# make help tells of every target, and of no other.
told=$(make --no-print-directory help | awk '$1 == "make" { print $2 }' | sort)
have=$(sed -nE 's/^([a-z][a-z-]*):.*/\1/p' Makefile | sort)
[[ $told == "$have" ]] || report "make help and the Makefile differ: $(diff <(echo "$told") <(echo "$have") | grep '^[<>]' | tr '\n' ' ')"
# Every make target that a page tells a reader to run exists.
while IFS=: read -r page target; do
    grep -qx "$target" <<<"$have" || report "$page tells of make $target, which is no target"
done < <(git grep -oE '(^|`)make [a-z-]+' -- '*.md' | sed -E 's/:.*make /:/' | sort -u || true)

# Scripts can be run.
for script in .ci/run $(tracked '*.sh'); do
    [[ -x $script ]] || report "$script is not executable"
    bash -n "$script" || report "$script does not parse"
done

((bad == 0)) && echo "hygiene: clean"
exit "$bad"
