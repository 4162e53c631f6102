#!/usr/bin/env bash
# Builds everything and runs all tests. Arguments go to ctest: `scripts/test.sh -R Session`.
#
# Tests of trained networks read their files from GATEFOLD_CORPUS, by default ../shared/corpus beside the
# repository, and are skipped where it is missing.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

export GATEFOLD_CORPUS=${GATEFOLD_CORPUS:-$root/../shared/corpus}
[ -d "$GATEFOLD_CORPUS" ] ||
  echo "$GATEFOLD_CORPUS is missing: the tests of trained networks are skipped (GATEFOLD_CORPUS)" >&2

scripts/build.sh

if [ "${CI:-}" = true ]; then
  ctest --preset release --parallel "$(nproc)" "$@"
elif on_terminal; then
  ctest --preset release --parallel "$(nproc)" --progress "$@"
else
  # Nobody watches: what succeeds is not worth a line, but for the summary.
  ctest --preset release --parallel "$(nproc)" --quiet --output-log "$log_directory/test.log" "$@" &&
    status=0 || status=$?
  if [ "$status" -ne 0 ]; then
    cat "$log_directory/test.log"
  else
    sed -n '/% tests passed/,$p' "$log_directory/test.log"
  fi
  exit "$status"
fi
