#!/usr/bin/env bash
# The main job on the embedded sandbox: link, plan, sync, sync again, devices leave, retry.
#   DEVICES=10000 bash examples/main-job.sh   for a larger fleet
#   BINDERY=path/to/bindery                   for another binary
set -euo pipefail
bindery=${BINDERY:-target/release/bindery}
work=$(mktemp -d)
"$bindery" sandbox --json --devices "${DEVICES:-500}" --policies "${POLICIES:-40}" > "$work/sandbox.json" &
sandbox=$!
trap 'kill "$sandbox"; wait "$sandbox" || true; rm -rf "$work"' EXIT
until [ -s "$work/sandbox.json" ]; do sleep 0.1; done
BINDERY_CONFIG=$(sed 's/.*"config":"\([^"]*\)".*/\1/' "$work/sandbox.json")
export BINDERY_CONFIG BINDERY_STATE_DIR="$work/state"

# Exit code 3 says that some devices are pending, which the made-up fleet sees to.
run() {
    printf '\n$ bindery'
    printf ' %q' "$@"
    printf '\n'
    "$bindery" "$@" || [ $? -eq 3 ]
}

run link "Acme Corporation" "Acme Corporation"
run link --adopt --yes
run link --proposed --yes
run plan "Birch, Alder and Sons"
run sync --all
run sync --all
run sandbox change remove-devices policy="Acme Corporation" count=3
run sync "Acme Corporation"
run sync --all --retry-pending
run status
