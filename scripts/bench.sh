#!/usr/bin/env bash
# Compares the release build with other programs that run recurrent networks, and prints tables:
# `scripts/bench.sh rnn stream`. benchmarks/README.md has the groups and options; --quick takes three minutes.
# The other programs are installed in build/peers, the first time from Python's registry.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

export GATEFOLD_CORPUS=${GATEFOLD_CORPUS:-$root/../shared/corpus}
export PYTHONDONTWRITEBYTECODE=1

case " $* " in
*" --gatefold"* | *" --list "* | *" --help "* | *" -h "*) ;;
*) scripts/build.sh gatefold ;;
esac

# The system's own Python has NumPy (scripts/setup.sh); another one in the path may not.
python=/usr/bin/python3
[ -x "$python" ] || python=python3
exec "$python" benchmarks/peers/bench.py "$@"
