#!/usr/bin/env bash
# Makes the pictures that the documentation shows, in docs/pictures/.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

scripts/build.sh gatefold
folder=examples/translate
mkdir -p docs/pictures
build/bin/gatefold run $folder/translate.fold --model Attention --weights $folder/attention.safetensors \
  --text source=一九八四年五月六日 --plot attention=docs/pictures/attention.svg --plot state=docs/pictures/state.svg
PATH=$root/build/bin:$PATH python3 examples/gradients/gradients.py
