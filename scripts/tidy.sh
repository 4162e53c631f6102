#!/usr/bin/env bash
# Runs clang-tidy with the checks of .clang-tidy over all sources, or over the files named.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

scripts/build.sh # generated headers have to be there
if [ $# -eq 0 ]; then
  mapfile -t files < <(git ls-files -- 'lib/*.cpp' 'tools/*.cpp')
  set -- "${files[@]}"
fi
printf '%s\0' "$@" |
  xargs -0 --max-args=4 --max-procs="$(nproc)" clang-tidy-22 --quiet -p build --warnings-as-errors='*'
