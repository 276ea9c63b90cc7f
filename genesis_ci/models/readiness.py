"""What has to answer before anything is triggered, and how it answered: values only."""

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, slots=True)
class WaitFor:
    """What has to answer, and how, before anything is triggered.

    Without a `status` every 2xx will do. `contains` is looked for in the first MiB. The `header`
    is a name and a secret value. `shown` is the address, and `shown_text` the text, as people may
    see them.
    """

    url: str = field(repr=False)
    status: int | None = None
    contains: str | None = field(default=None, repr=False)
    timeout: float = 600.0
    header: tuple[str, str] | None = field(default=None, repr=False)
    shown: str = ""
    shown_text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """One answer of an address that is waited for: status, `Location`, and the text's beginning.

    `text` is None where it cannot be read, because it is compressed.
    """

    status: int
    location: str | None = None
    text: str | None = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Readiness:
    """How an address answered.

    `seen` has its answers in words, one after another; `ready` is None while it is still asked.
    """

    shown: str
    ready: bool | None
    seen: tuple[str, ...] = ()
    seconds: float = 0.0
    hint: str | None = None

    @property
    def words(self) -> str:
        """The answers in one phrase: `503, then 200`."""
        return ", then ".join(self.seen) or "no answer"
