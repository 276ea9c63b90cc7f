#!/usr/bin/env bash
# lint.sh: checks what is not Python's style: workflows, Dockerfiles, shell scripts, supply chain,
# and the subjects of commits.
# The programs are those of the virtual environment. A linter that is missing is an error.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH=$PWD/${VENV:-.venv}/bin:$PATH

mapfile -t workflows < <(find .github/workflows tests/e2e/act -name '*.yml' -not -name action.yml)
mapfile -t dockerfiles < <(find . -name Dockerfile -not -path './.*' -not -path './build/*')
mapfile -t scripts < <(find tests composite comment docs release -name '*.sh'
  printf '%s\n' .ci/run tests/e2e/release/{docker,gh})

actionlint "${workflows[@]}"
zizmor --quiet --offline --strict-collection --persona pedantic . tests/e2e/act/workflow.yml
hadolint "${dockerfiles[@]}"
shellcheck -x -P SCRIPTDIR "${scripts[@]}"

if [ -e .git ]; then # an archive has no commits; a pushed one cannot be changed any more
  long=$(git log --no-merges --max-count=20 --format=%s HEAD --not --remotes | awk 'length > 60')
  if [ -n "$long" ]; then
    printf 'lint: subjects of commits over 60 characters:\n%s\n' "$long" >&2
    exit 1
  fi
fi

echo "lint: ${#workflows[@]} workflows, ${#dockerfiles[@]} Dockerfiles, ${#scripts[@]} shell scripts"
