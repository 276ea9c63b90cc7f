"""The address that has to answer before a trigger, and its answers. No I/O."""

from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass(frozen=True, kw_only=True, slots=True)
class WaitFor:
    """The address that has to answer before a trigger, and the answer that counts.

    Without a `status` every 2xx counts. `contains` has to be in the first MiB. The `header` is a
    name and a secret value. `shown` and `shown_text` are `url` and `contains` without secrets.
    """

    url: str = field(repr=False)
    status: int | None = None
    contains: str | None = field(default=None, repr=False)
    timeout: float = 600.0
    header: tuple[str, str] | None = field(default=None, repr=False)
    shown: str = ""
    shown_text: str = ""


class Page(NamedTuple):
    """One answer of an address: status, `Location`, and the first part of the text.

    `text` is None if it is compressed.
    """

    status: int
    location: str | None = None
    text: str | None = ""


class Readiness(NamedTuple):
    """The answers of an address, in their order; `ready` is None until the wait ends."""

    shown: str
    ready: bool | None
    seen: tuple[str, ...] = ()
    seconds: float = 0.0
    hint: str | None = None

    @property
    def words(self) -> str:
        """The answers as one phrase: `503, then 200`."""
        return ", then ".join(self.seen) or "no answer"
