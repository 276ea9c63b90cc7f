"""The Genesis API served on loopback, for trying and testing a pipeline without an account.

A package of its own: it imports nothing of genesis_ci and states the wire format a second time,
from Autify's API guide. `Emulator` needs the extra `genesis-ci[emulator]`; importing this package
does not.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from genesis_emulator.server import Emulator

__all__ = ["Emulator"]


def __getattr__(name: str) -> Any:
    if name == "Emulator":
        from genesis_emulator.server import Emulator

        return Emulator
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
