"""`python -m genesis_ci`."""

import sys

from genesis_ci.cli import main

sys.exit(main())
