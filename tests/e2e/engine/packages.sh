#!/usr/bin/env bash
# packages.sh PACKAGE...: installs Debian packages.
set -euo pipefail

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "not installed, and installing needs root and apt-get: $*" >&2
  exit 1
fi
echo "installing $*" >&2
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
apt-get -qq install -y --no-install-recommends "$@" >&2
