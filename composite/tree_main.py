"""The entry point of a release's tree and single file. Old Pythons must be able to parse it."""

import sys

if sys.version_info < (3, 11):
    sys.stderr.write(
        "genesis-ci: it needs Python 3.11 or newer, and this is %d.%d. Nothing was triggered.\n"
        % sys.version_info[:2]
    )
    sys.exit(2)

from genesis_ci.cli import program

program()
