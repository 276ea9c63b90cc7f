"""The image's entrypoint; all logic is in the package."""

from genesis_ci.cli import entrypoint, program

program(entrypoint)
