# What all scripts share; to be sourced. It changes to the repository's root.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

# What the build writes; shown only when something fails.
log_directory=$root/build/log

# fail MESSAGE: tells what is wrong and ends.
fail() {
  echo "error: $*" >&2
  exit 1
}

# build_jobs: how many compilers may run at once. Each takes up to 2 GB of memory, so a machine with little runs fewer.
build_jobs() {
  local processors gigabytes jobs
  processors=$(nproc)
  gigabytes=$(awk '/^MemAvailable/ { print int($2 / 1048576) }' /proc/meminfo)
  jobs=$((gigabytes / 2 < processors ? gigabytes / 2 : processors))
  echo $((jobs > 1 ? jobs : 1))
}

# on_terminal: whether somebody watches.
on_terminal() { [ -t 2 ] && [ "${CI:-}" != true ]; }

# quietly NAME COMMAND...: runs a command, with its output in a log that is printed if it fails. On a
# terminal the last line of the output is shown while it runs.
quietly() {
  local name=$1 log=$log_directory/$1.log status=0
  shift
  mkdir -p "$log_directory"
  if on_terminal; then
    "$@" 2>&1 | tee "$log" | show_progress "$name" || status=$?
  else
    "$@" >"$log" 2>&1 || status=$?
  fi
  if [ "$status" -ne 0 ]; then
    cat "$log" >&2
    fail "$name failed (its output is above and in $log)"
  fi
}

# show_progress NAME: shows the last line of its input on one line of the terminal, and wipes it in the end.
show_progress() {
  local line columns
  columns=$(tput cols 2>/dev/null || echo 80)
  while IFS= read -r line; do
    line="$1: $line"
    printf '\r\033[K%s' "${line:0:$((columns - 1))}" >&2
  done
  printf '\r\033[K' >&2
}
