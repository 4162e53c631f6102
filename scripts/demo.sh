#!/usr/bin/env bash
# Installs what is needed, builds, and translates a few Chinese numerals and dates with three networks. Shows what
# attention looks at, and what the compiler made of the model.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

scripts/build.sh gatefold
folder=examples/translate

# translate MODEL ARGUMENT...: runs one of the three.
translate() {
  local model=$1
  shift
  build/bin/gatefold run $folder/translate.fold --model "$model" --weights "$folder/${model,,}.safetensors" "$@"
}

for model in Plain Attention Transformer; do
  echo "== $model"
  paste -d '\t' $folder/lines.txt <(translate "$model" --lines source=$folder/lines.txt)
done

echo "== What the second one looks at"
translate Attention --text source=一九八四年五月六日 --plot attention

build/bin/gatefold inspect $folder/translate.fold --model Attention -o build/demo >/dev/null
echo "== From the source to the assembly, to open in a browser: $root/build/demo/index.html"
