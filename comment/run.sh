#!/usr/bin/env bash
# The comment action's step: the package and its hash-locked wheels in a virtual environment of
# this step, made with the runner's Python, then the command.
set -euo pipefail

source_dir=$GITHUB_ACTION_PATH/..

give_up() {
  echo "::error title=genesis-ci comment::$1 Nothing was written."
  exit 2
}

case $AS_ISSUE in
  true | false | "") ;;
  *) give_up "issue: write true or false." ;;
esac

find_python() {
  local name
  for name in python3 python python3.14 python3.13 python3.12 python3.11; do
    if "$name" -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$name"
      return
    fi
  done
  return 1
}

python=$(find_python) \
  || give_up "This runner has no Python 3.11 or newer; add a step with actions/setup-python."
home=$(mktemp -d "$RUNNER_TEMP/genesis-ci.XXXXXX") \
  || give_up "No directory can be made in RUNNER_TEMP; free space on the runner."
"$python" -I -m venv "$home" || give_up "$python cannot make a virtual environment; see the log."
python=$home/bin/python
[ -e "$python" ] || python=$home/Scripts/python.exe

# The token is for the command alone.
token=$GITHUB_TOKEN
unset GITHUB_TOKEN
"$python" -I -m pip --quiet --disable-pip-version-check install \
  --require-hashes --only-binary :all: -r "$source_dir/requirements.txt" \
  || give_up "pip cannot install what genesis-ci needs; see the log, and let the runner reach a package index (PIP_INDEX_URL names another than PyPI)."
cp -R "$source_dir/genesis_ci" "$("$python" -I -c 'import sys, sysconfig; sys.stdout.write(sysconfig.get_path("purelib"))')" \
  || give_up "The package cannot be copied into its virtual environment; free space on the runner."

cd "$GITHUB_WORKSPACE" || give_up "The workspace cannot be entered."
words=(comment --from "$RESULT_FILE")
[ -z "$COMMENT_NAME" ] || words+=(--name "$COMMENT_NAME")
[ -z "$REPORT_URL" ] || words+=(--report-url "$REPORT_URL")
[ "$AS_ISSUE" != true ] || words+=(--issue)
export GITHUB_TOKEN=$token
exec "$python" -I -u -m genesis_ci "${words[@]}"
