#!/usr/bin/env bash
# Triggers a Genesis workflow and waits for its end; needs curl and jq.
# The README compares it with genesis-ci.
set -euo pipefail

url=${GENESIS_API_URL:-https://genesis.autify.com}/api
inputs=${1:-'{}'}

genesis() {
  curl --fail --silent --show-error --max-time 30 --header "content-type: application/json" \
    --header @- "$@" <<<"x-api-key: $GENESIS_API_KEY" # not an argument, which others can read
}

execution=$(genesis --data "$inputs" "$url/workflows/$GENESIS_WORKFLOW_ID/trigger" |
  jq --exit-status --raw-output .executionId)
echo "triggered $execution"

while ((SECONDS < 1800)); do
  status=$(genesis --retry 5 "$url/executions/$execution" | jq --raw-output .status)
  echo "$status"
  case $status in
    completed) exit 0 ;;
    pending | running) sleep 10 ;;
    *) exit 1 ;;
  esac
done
echo "no final status after 30 minutes" >&2
exit 1
