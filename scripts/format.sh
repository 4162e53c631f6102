#!/usr/bin/env bash
# Formats the C++ files that differ from the last commit. `--check` changes nothing, looks at all files, and
# fails if one of them is not formatted.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

sources=('*.cpp' '*.h')
case "${1:-}" in
--check)
  git ls-files -z -- "${sources[@]}" | xargs -0 clang-format-22 --dry-run -Werror
  ;;
"")
  { git diff --name-only --diff-filter=d -z HEAD -- "${sources[@]}"
    git ls-files --others --exclude-standard -z -- "${sources[@]}"; } |
    xargs -0 --no-run-if-empty clang-format-22 -i
  ;;
*)
  fail "usage: scripts/format.sh [--check]"
  ;;
esac
