"""genesis-ci runs an Autify Genesis workflow from a CI job and gives a verdict."""

__version__ = "0.1.0"
DOCUMENTATION = "https://OWNER.github.io/genesis-ci/"
