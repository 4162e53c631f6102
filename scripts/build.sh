#!/usr/bin/env bash
# Builds what users run: the release preset, in build/, with the programs in build/bin/.
# Targets may be named; without any, all are built.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

scripts/setup.sh
if [ ! -f build/build.ninja ]; then
  quietly configure cmake --preset release
fi

# Each compiler takes up to 2 GB of memory, so a machine with little runs fewer of them.
processors=$(nproc)
gigabytes=$(awk '/^MemAvailable/ { print int($2 / 1048576) }' /proc/meminfo)
jobs=$((gigabytes / 2 < processors ? gigabytes / 2 : processors))
quietly build cmake --build --preset release --parallel $((jobs > 1 ? jobs : 1)) \
  ${1:+--target "$@"}
