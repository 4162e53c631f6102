#!/usr/bin/env bash
# Builds the driver and lets the example network read a text: beneath every character stands the one it
# had expected there. Arguments go to the driver: `scripts/demo.sh --time`.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

scripts/build.sh gatefold
exec build/bin/gatefold run examples/charlm/charlm.fold --model CharLm \
  --weights examples/charlm/weights.safetensors --input text=examples/charlm/sample.txt "$@"
