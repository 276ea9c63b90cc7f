"""genesis-ci runs an Autify Genesis workflow from a CI job and gives a verdict to trust."""

__version__ = "0.2.0"
