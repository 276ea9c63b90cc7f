"""`python -m genesis_ci`."""

from genesis_ci.cli import program

program()
