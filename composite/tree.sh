# shellcheck shell=bash
# The set-up of both actions that run on the runner's Python; `give_up` is theirs.

source_dir=$GITHUB_ACTION_PATH/..

# Runs a program in the background: bash hears a signal at once only while it waits.
run() {
  "$@" &
  wait "$!"
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

make_tree() {
  tree=$(mktemp -d "$RUNNER_TEMP/genesis-ci.XXXXXX") \
    || give_up "No directory can be made in RUNNER_TEMP; see the log, and free space on the runner."
  run "$python" -I -m pip --quiet --disable-pip-version-check install --no-user --no-compile \
    --target "$tree" --require-hashes --only-binary :all: -r "$source_dir/requirements.txt" \
    || give_up "pip cannot install what genesis-ci needs; see the log. Let the runner reach a package index (PIP_INDEX_URL names another than PyPI), add a step with actions/setup-python where pip is missing, or use a release, which needs neither."
  if ! { cp -R "$source_dir/genesis_ci" "$tree" && cp "$source_dir/composite/tree_main.py" "$tree/__main__.py"; }; then
    give_up "The package cannot be copied into $tree; see the log, and free space on the runner."
  fi
}

# Sets `python`, and `tree`, which it runs.
find_tree() {
  python=$(find_python) \
    || give_up "This runner has no Python 3.11 or newer; add a step with actions/setup-python."
  tree=$source_dir/composite/tree
  [ -d "$tree" ] || make_tree
}
