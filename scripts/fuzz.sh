#!/usr/bin/env bash
# Runs the fuzzers of test/fuzz with the address and undefined-behaviour sanitizers, and prints a table:
# `scripts/fuzz.sh`, two minutes for each; `scripts/fuzz.sh onnx fold --seconds 600`. Fails if one finds something.
#
# Inputs that reach more code are kept in build/fuzz/corpus, so that the next run begins where this one ended. What
# makes a target fail is kept in build/fuzz/findings. GATEFOLD_CORPUS adds seeds.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

all_targets=(onnx fold safetensors npy wav vocabulary)
targets=()
seconds=120
while [ $# -gt 0 ]; do
  case $1 in
  --seconds)
    seconds=${2:?--seconds needs a number}
    shift
    ;;
  -*) fail "unknown option $1; expected [TARGET...] [--seconds N]" ;;
  *)
    [[ " ${all_targets[*]} " == *" $1 "* ]] || fail "unknown target $1; the targets are ${all_targets[*]}"
    targets+=("$1")
    ;;
  esac
  shift
done
[ ${#targets[@]} -gt 0 ] || targets=("${all_targets[@]}")

folder=build/fuzz
corpus=${GATEFOLD_CORPUS:-$root/../shared/corpus}

scripts/setup.sh
[ -f $folder/build.ninja ] || quietly configure cmake --preset fuzz
quietly build cmake --build --preset fuzz --parallel "$(build_jobs)" --target "${targets[@]/%/-fuzzer}"
extra=()
[ ! -d "$corpus" ] || extra=(--corpus "$corpus")
/usr/bin/env python3 test/fuzz/seeds.py $folder/seeds "${extra[@]}"

# run TARGET SECONDS: one fuzzer; its output goes to a log, and an input that fails to the folder of findings.
run() {
  local target=$1 dictionary=$folder/seeds/$1.dict
  local options=(-max_total_time="$2" -timeout=60 -rss_limit_mb=3072 -max_len=65536 -print_final_stats=1
    -artifact_prefix="$folder/findings/$target-")
  [ ! -f "$dictionary" ] || options+=(-dict="$dictionary")
  mkdir -p $folder/corpus/"$target" $folder/findings "$log_directory"
  local inputs=($folder/corpus/"$target" $folder/seeds/"$target")
  [ ! -d test/fuzz/found/"$target" ] || inputs+=(test/fuzz/found/"$target")
  $folder/bin/"$target"-fuzzer "${options[@]}" "${inputs[@]}" >"$log_directory/fuzz-$target.log" 2>&1
}

# last PATTERN FILE: the last number behind a word; 0 where there is none.
last() { sed -n "s/.*$1 *\([0-9][0-9]*\).*/\1/p" "$2" | tail -n 1 | grep . || echo 0; }

# examine TARGET: runs a target for the time given, and sets executions, coverage, and what was found.
examine() {
  local target=$1 log=$log_directory/fuzz-$1.log begin=$SECONDS left=$seconds
  executions=0 coverage=0 finding=
  while [ "$left" -gt 0 ] && [ -z "$finding" ]; do
    if ! run "$target" "$left"; then
      finding=$(sed -n 's/.*Test unit written to *//p' "$log" | tail -n 1)
      finding=${finding:-"see $log"}
      # Where the machine stood still, everything takes too long: such an input has to fail again, alone.
      if [[ $finding == *-timeout-* ]] && $folder/bin/"$target"-fuzzer -timeout=60 "$finding" >/dev/null 2>&1; then
        rm "$finding"
        finding=
      fi
    fi
    executions=$((executions + $(last number_of_executed_units: "$log")))
    coverage=$(last cov: "$log")
    left=$((seconds - (SECONDS - begin)))
  done
}

status=0
printf '%-12s %12s %12s  %s\n' target executions coverage finding
for target in "${targets[@]}"; do
  examine "$target"
  [ -z "$finding" ] || status=1
  printf '%-12s %12s %12s  %s\n' "$target" "$executions" "$coverage" "${finding:--}"
done
[ $status -eq 0 ] || echo "the logs are in $log_directory; add the inputs to test/fuzz/found once they are repaired" >&2
exit $status
