#!/usr/bin/env bash
# Installs what apt-packages.txt lists and this machine lacks. Does nothing, and fast, when nothing is missing.
# OSPREY_SETUP=skip leaves the machine alone: for systems without apt, where the reader installs the equivalents.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

[[ ${OSPREY_SETUP:-} == skip ]] && exit 0

fail() {
    echo "setup: $*" >&2
    exit 1
}

mapfile -t wanted < <(sed -e 's/#.*//' -e 's/[[:space:]]//g' -e '/^$/d' apt-packages.txt)
declare -A installed=()
if command -v dpkg-query >/dev/null; then
    while read -r name status; do
        if [[ $status == installed ]]; then installed[$name]=1; fi
    done < <(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${wanted[@]}" 2>/dev/null || true)
fi

missing=()
for package in "${wanted[@]}"; do
    [[ -n ${installed[$package]:-} ]] && continue
    case $package in # may be there from elsewhere, in another version than Debian's
        nodejs) node --version >/dev/null 2>&1 && continue ;;
        npm) npm --version >/dev/null 2>&1 && continue ;;
    esac
    missing+=("$package")
done
((${#missing[@]})) || exit 0

command -v apt-get >/dev/null ||
    fail "no apt-get here (Debian 12 is supported): install the equivalents of ${missing[*]}, then set OSPREY_SETUP=skip"
as_root=()
if ((EUID != 0)); then
    command -v sudo >/dev/null || fail "not root and no sudo: run as root: apt-get install -y ${missing[*]}"
    as_root=(sudo)
fi
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y -q -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300)

echo "setup: installing ${missing[*]}"
"${apt[@]}" update </dev/null || fail "apt-get update failed"
"${apt[@]}" install --no-install-recommends "${missing[@]}" </dev/null ||
    fail "apt-get could not install ${missing[*]} (clang 19 needs Debian 12 or newer)"
