#!/usr/bin/env bash
# ctrf.sh DIRECTORY FILE...: installs the npm package ctrf there; its validator must accept the files.
set -euo pipefail

directory=$1
shift
version=0.3.0

[ -d "$directory/node_modules/ctrf" ] ||
  npm install --silent --no-fund --no-audit --prefix "$directory" "ctrf@$version" >&2
cmp "$directory/node_modules/ctrf/dist/ctrf-schema-0.0.json" \
  "$(dirname "$0")/../../unit/reporters/ctrf.schema.json"
NODE_PATH=$directory/node_modules node - "$@" <<'JS'
const { readFileSync } = require('fs')
const { validateStrict } = require('ctrf')
for (const file of process.argv.slice(2)) validateStrict(JSON.parse(readFileSync(file, 'utf8')))
JS
