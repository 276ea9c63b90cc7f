"""Fixtures of the emulator with a clock that tests set."""

from tests.emulated import _serving, client, client_of, clock, emulator

__all__ = ["_serving", "client", "client_of", "clock", "emulator"]
