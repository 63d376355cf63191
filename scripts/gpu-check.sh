#!/bin/sh
# Builds the engine "torch" against the torch that python3 has, then tests and measures it on this machine's GPU.
#   sh scripts/gpu-check.sh [build] [test] [conformance] [bench]      all four by default; needs node_modules, no network
#   WHETSTONE_NODE    a Node 24 or newer that is not in PATH: its program, or the folder it was unpacked to
#   WHETSTONE_DEVICE  cuda by default; cpu checks this script itself
#   OUT               where logs and bench.json go, .whetstone/gpu-check by default
#   BENCH_OPTIONS     options of trainer/bench/engine.ts, as "--shape tiny --repeats 3"
# Ends with "N steps passed, N failed" and an exit code that says the same.
set -eu
cd "$(dirname "$0")/.."
fail() { printf '%s\n  What to do: %s\n' "$1" "$2" >&2; exit 1; }

node=""
for candidate in "${WHETSTONE_NODE:-}" "${WHETSTONE_NODE:+$WHETSTONE_NODE/bin/node}" node node_modules/.bin/node; do
  [ -n "$candidate" ] && [ ! -d "$candidate" ] || continue
  major=$("$candidate" -p 'process.versions.node.split(".")[0]' 2>/dev/null) || continue
  if [ "$major" -ge 24 ]; then node=$("$candidate" -p process.execPath); break; fi
done
[ -n "$node" ] || fail "No Node 24 or newer was found." "set WHETSTONE_NODE to an unpacked one (https://nodejs.org)"
[ -f node_modules/vitest/vitest.mjs ] || fail "node_modules is not installed." "run 'npm install' here, or bring it from a machine where that ran"
# Programs that the tests start find this Node too.
PATH=$(dirname "$node"):$PATH
export PATH

WHETSTONE_ENGINE=torch
WHETSTONE_DEVICE=${WHETSTONE_DEVICE:-cuda}
export WHETSTONE_ENGINE WHETSTONE_DEVICE
out=${OUT:-.whetstone/gpu-check}
mkdir -p "$out"
passed=0
failed=0

# check <name> <command …>: its output goes to the terminal and to $out/<name>.log
check() {
  name=$1
  shift
  printf '\n── %s on %s\n' "$name" "$WHETSTONE_DEVICE"
  began=$(date +%s)
  code="$out/$name.code"
  { "$@" 2>&1 && echo 0 > "$code" || echo 1 > "$code"; } | tee "$out/$name.log"
  if [ "$(cat "$code")" = 0 ]; then passed=$((passed + 1)); mark=passed; else failed=$((failed + 1)); mark=FAILED; fi
  rm "$code"
  printf '%s: %s, %s s\n' "$name" "$mark" "$(($(date +%s) - began))"
}
vitest() { "$node" node_modules/vitest/vitest.mjs run "$@"; }
build() {
  "$node" --version
  "$node" trainer/engine/torch/build.ts || return 1
  # Refuses, with the reason, when the device is not there.
  "$node" trainer/engine/probe.ts torch | tee "$out/engine.json"
  grep -q '"available":true' "$out/engine.json"
}
tests() { vitest trainer/engine/torch trainer/nn trainer/rlhf trainer/recipes --exclude "**/conformance/**"; }
bench() {
  # shellcheck disable=SC2086
  "$node" trainer/bench/engine.ts --engine torch --device "$WHETSTONE_DEVICE" --json "$out/bench.json" ${BENCH_OPTIONS:-}
}

nvidia-smi --query-gpu=name,memory.total,driver_version --format=csv || true
[ $# -gt 0 ] || set -- build test conformance bench
for step in "$@"; do
  case $step in
    build) check build build ;;
    test) check test tests ;;
    conformance) check conformance "$node" trainer/engine/torch/conformance/run.ts torch ;;
    bench) check bench bench ;;
    *) fail "\"$step\" is no step." "name some of build, test, conformance, bench" ;;
  esac
done
printf '\n%s steps passed, %s failed; logs and figures are in %s\n' "$passed" "$failed" "$out"
[ "$failed" = 0 ]
