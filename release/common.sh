# shellcheck shell=bash
# Read by the scripts of a release. Each takes its inputs from the environment, works in a new clone
# of the commit to release, and may run again, in another clone, after it stopped at any point.
set -Eeuo pipefail

trap '((BASH_SUBSHELL)) || stop "$0 failed in line $LINENO; the lines above say why."' ERR

stop() { echo "::error::$1" >&2; exit 1; }

stop_if_a_newer_one_is_out() {
  local tagged newest
  tagged=$(git ls-remote --refs origin 'refs/tags/v*.*.*' | sed 's|.*refs/tags/v||')
  newest=$(printf '%s\n' "$tagged" "$VERSION" | sort -V | tail -n 1)
  [[ $newest == "$VERSION" ]] || stop "$newest is out, which is newer: nothing was changed."
}
