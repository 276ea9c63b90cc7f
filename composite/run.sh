#!/usr/bin/env bash
# The composite action's step: the command with the runner's Python. A release has the package and
# what it needs in `tree` beside this script and installs nothing; on a branch pip makes that tree.
# The inputs are in the environment.
set -euo pipefail

# shellcheck source=tree.sh
. "$GITHUB_ACTION_PATH/../composite/tree.sh"
report_dir=${GENESIS_REPORT_DIR:-genesis-results}
report_dir=${report_dir%/}
reads_result=${GENESIS_CI_FROM:-}${GENESIS_FAILED_FROM:-} # the command reads and replaces it

# Goes to the report directory, making it where it is missing, and follows no link on the way.
enter_report_dir() {
  local part parts
  case $report_dir in '' | /* | *[[:cntrl:]\\:]*) return 1 ;; esac
  IFS=/ read -ra parts <<<"$report_dir"
  cd -P "$GITHUB_WORKSPACE" || return
  for part in "${parts[@]}"; do
    part=./$part # so that cd and mkdir see no option, and cd does not search in CDPATH
    if [ "$part" = ./.. ] || [ -L "$part" ]; then return 1; fi
    [ -d "$part" ] || mkdir "$part" || return
    cd -P "$part" || return
  done
}

# Leaves a red JUnit file in the place of whatever an earlier job or a pull request left there.
leave_evidence() (
  enter_report_dir || exit
  rm -f junit.xml ctrf.json summary.md report.html genesis.env plan.json || exit
  [ -n "$reads_result" ] || rm -f result.json || exit
  set -o noclobber
  cat >junit.xml <<XML
<?xml version="1.0" encoding="utf-8"?>
<testsuites tests="1" failures="0" errors="1">
  <testsuite name="genesis-ci" tests="1" failures="0" errors="1" skipped="0">
    <testcase name="(job)" classname="genesis-ci" time="0.000">
      <error type="error" message="not set up">$1 Nothing was triggered.</error>
    </testcase>
  </testsuite>
</testsuites>
XML
) 2>/dev/null

# Ends the step as the command itself does before it has triggered anything.
# give_up MESSAGE [VERDICT CODE]
give_up() {
  trap '' INT TERM
  local verdict=${2:-error} code=${3:-2} dir='' junit='' reads_result=''
  if leave_evidence "$1"; then
    dir=$report_dir junit=$report_dir/junit.xml
  fi
  echo "::error title=genesis-ci::$1 Nothing was triggered."
  echo "genesis-ci: verdict=$verdict status=unknown execution-id=none exit-code=$code"
  {
    printf '%s\n' "verdict=$verdict" "exit-code=$code" 'results=[]' "report-dir=$dir" "junit-path=$junit"
    printf '%s=\n' execution-id status output run-url selected
    printf '%s=0\n' tests tests-passed tests-failed tests-skipped tests-known-failed
  } >>"${GITHUB_OUTPUT:-/dev/null}"
  [ "${GENESIS_SUMMARY:-true}" != true ] ||
    echo "**genesis-ci: $verdict.** $1 Nothing was triggered." >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
  exit "$code"
}

# interrupted CODE
interrupted() {
  [ -z "${!:-}" ] || kill -TERM "$!" 2>/dev/null || true
  give_up "The job was cancelled while genesis-ci was being set up." interrupted "$1"
}

trap 'interrupted 130' INT
trap 'interrupted 143' TERM
leave_evidence "The set-up of genesis-ci did not end." || true

find_tree
cd "$GITHUB_WORKSPACE" || give_up "The workspace cannot be entered; see the log."
exec "$python" -I -u "$tree" run
