#!/usr/bin/env bash
# house_rules.sh <compiler> <house.txt>: proves, from the project's root, that a folder of src/ can include only itself and
# the folders below it. house.txt is written by tests/house/CMakeLists.txt from the real targets.
set -euo pipefail
compiler=$1
house=$2

declare -A sees directories
folders=()
while IFS='|' read -r folder below include; do
    folders+=("$folder")
    sees[$folder]=" $below "
    directories[$folder]=$include
done <"$house"

bad=0
report() {
    echo "house: $*"
    bad=1
}
may_see() { [[ ${sees[$1]} == *" $2 "* ]]; }
# preprocess <folder>: standard input, with what users of that folder's library get.
preprocess() {
    local flags=()
    for directory in ${directories[$1]}; do flags+=(-I "$directory"); done
    "$compiler" -std=gnu++23 -fsyntax-only -x c++ "${flags[@]}" -
}

# Every folder is a library of the house, and no two see each other.
for path in src/*/; do
    folder=$(basename "$path")
    [[ -n ${sees[$folder]:-} ]] || report "src/$folder is not declared with osprey_library"
done
for a in "${folders[@]}"; do
    for b in "${folders[@]}"; do
        if [[ $a != "$b" ]] && may_see "$a" "$b" && may_see "$b" "$a"; then report "$a and $b see each other"; fi
    done
done

# What the text says: "x/y.hpp" where x may be seen; nothing relative.
for folder in "${folders[@]}"; do
    while IFS=: read -r file line text; do
        included=$(sed -E 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*"([^"]*)".*/\1/' <<<"$text")
        top=${included%%/*}
        if [[ $included == *..* || $included != */* ]]; then
            report "$file:$line: \"$included\": name the folder, as in \"$folder/...\""
        elif [[ -z ${sees[$top]:-} ]]; then
            report "$file:$line: \"$included\": $top is no folder of src/ (other headers go in <>)"
        elif ! may_see "$folder" "$top"; then
            report "$file:$line: \"$included\": $folder may not include $top"
        fi
    done < <(grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' --include='*.[ch]pp' "src/$folder" || true)
done

# What the compiler says: with a folder's include directories, the headers of exactly the folders it may see are found.
for folder in "${folders[@]}"; do
    probe=""
    for other in "${folders[@]}"; do
        header=$(cd src && find "$other" -name '*.hpp' | sort | head -n 1)
        [[ -n $header ]] || continue
        if may_see "$folder" "$other"; then
            probe+="#if !__has_include(\"$header\")"$'\n'"#error $folder does not find $header"$'\n#endif\n'
        else
            probe+="#if __has_include(\"$header\")"$'\n'"#error $folder finds $header"$'\n#endif\n'
        fi
    done
    errors=$(preprocess "$folder" <<<"$probe" 2>&1) || report "$(grep error: <<<"$errors")"
done

# One whole compilation of each kind, so that the checks above are known to be able to fail.
upward='#include "evm/fork.hpp"'
preprocess evm <<<"$upward" || report "evm cannot compile its own evm/fork.hpp"
if errors=$(preprocess types <<<"$upward" 2>&1); then
    report "types compiled with evm/fork.hpp included"
elif [[ $errors != *"'evm/fork.hpp' file not found"* ]]; then
    report "types including evm/fork.hpp failed for another reason: $errors"
fi

((bad == 0)) && echo "house: ${#folders[@]} folders, each sees only those below it"
exit "$bad"
