#!/usr/bin/env bash
# Builds what users run: the release preset, in build/, with the programs in build/bin/.
# Targets may be named; without any, all are built.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

scripts/setup.sh
if [ ! -f build/build.ninja ]; then
  quietly configure cmake --preset release
fi

quietly build cmake --build --preset release --parallel "$(build_jobs)" ${1:+--target "$@"}
