#!/usr/bin/env bash
# gitlab_ci_local.sh DIRECTORY: installs gitlab-ci-local there and prints its path.
# 4.70.1 is the newest that runs on Node 20; it copies a job's files with rsync.
set -euo pipefail

directory=$1
version=4.70.1

command -v rsync >/dev/null || "$(dirname "$0")/packages.sh" rsync
[ -x "$directory/node_modules/.bin/gitlab-ci-local" ] ||
  npm install --silent --no-fund --no-audit --prefix "$directory" "gitlab-ci-local@$version" >&2
echo "$directory/node_modules/.bin/gitlab-ci-local"
