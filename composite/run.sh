#!/usr/bin/env bash
# The composite action's step: the package and its hash-locked wheels in a virtual environment of
# this step, made with the runner's Python, then the command. The inputs are in the environment.
set -euo pipefail

source_dir=$GITHUB_ACTION_PATH/..
home=$(mktemp -d "$RUNNER_TEMP/genesis-ci.XXXXXX")

is_new_enough() { "$1" -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
  local name
  for name in python3 python python3.13 python3.12 python3.11; do
    if is_new_enough "$name"; then
      echo "$name"
      return
    fi
  done
  echo "::error title=genesis-ci::This runner has no Python 3.11 or newer; add a step with actions/setup-python." >&2
  return 2
}

python=$(find_python)
"$python" -I -m venv "$home"
python=$home/bin/python
[ -e "$python" ] || python=$home/Scripts/python.exe

"$python" -I -m pip --quiet --disable-pip-version-check install \
  --require-hashes --only-binary :all: -r "$source_dir/requirements.txt"
cp -R "$source_dir/genesis_ci" "$("$python" -I -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"

cd "$GITHUB_WORKSPACE"
exec "$python" -I -u -m genesis_ci run
