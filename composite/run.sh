#!/usr/bin/env bash
# The composite action's step: the package and its hash-locked wheels in a virtual environment of
# this step, made with the runner's Python, then the command. The inputs are in the environment.
set -euo pipefail

source_dir=$GITHUB_ACTION_PATH/..

# Ends the step as the command itself does before it has triggered anything: error, exit code 2.
give_up() {
  echo "::error title=genesis-ci::$1 Nothing was triggered."
  {
    printf '%s\n' verdict=error exit-code=2 'results=[]'
    printf '%s=\n' execution-id status output report-dir junit-path
  } >>"${GITHUB_OUTPUT:-/dev/null}"
  exit 2
}

is_new_enough() { "$1" -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
  local name
  for name in python3 python python3.14 python3.13 python3.12 python3.11; do
    if is_new_enough "$name"; then
      echo "$name"
      return
    fi
  done
  return 1
}

python=$(find_python) \
  || give_up "This runner has no Python 3.11 or newer; add a step with actions/setup-python."
home=$(mktemp -d "$RUNNER_TEMP/genesis-ci.XXXXXX") \
  || give_up "No directory can be made in RUNNER_TEMP; see the log, and free space on the runner."
"$python" -I -m venv "$home" \
  || give_up "$python cannot make a virtual environment; see the log, and add a step with actions/setup-python."
python=$home/bin/python
[ -e "$python" ] || python=$home/Scripts/python.exe

"$python" -I -m pip --quiet --disable-pip-version-check install \
  --require-hashes --only-binary :all: -r "$source_dir/requirements.txt" \
  || give_up "pip cannot install what genesis-ci needs; see the log, and let the runner reach a package index (PIP_INDEX_URL names another than PyPI)."
cp -R "$source_dir/genesis_ci" "$("$python" -I -c 'import sys, sysconfig; sys.stdout.write(sysconfig.get_path("purelib"))')" \
  || give_up "The package cannot be copied into its virtual environment; see the log, and free space on the runner."

cd "$GITHUB_WORKSPACE" || give_up "The workspace cannot be entered; see the log."
exec "$python" -I -u -m genesis_ci run
