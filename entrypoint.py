"""The image's entrypoint; all logic is in the package."""

import sys

from genesis_ci.cli import entrypoint

sys.exit(entrypoint())
