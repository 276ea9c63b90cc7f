#!/usr/bin/env bash
# shells.sh: installs the missing shells that GitLab Runner finds in images.
set -euo pipefail

missing=()
for shell in dash busybox; do
  command -v "$shell" >/dev/null || missing+=("$shell")
done
[ "${#missing[@]}" = 0 ] || "$(dirname "$0")/packages.sh" "${missing[@]}"
