#!/usr/bin/env bash
# browser.sh: makes sure that there is a Chromium and prints its path.
set -euo pipefail

found() {
  command -v chromium-headless-shell || command -v chromium || command -v chromium-browser ||
    command -v google-chrome
}

found >/dev/null || "$(dirname "$0")/packages.sh" chromium-headless-shell fonts-liberation
found
