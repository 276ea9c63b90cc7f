"""Fixtures of the emulator on a clock that stands still."""

from tests.emulated import _serving, client, client_of, clock, emulator

__all__ = ["_serving", "client", "client_of", "clock", "emulator"]
