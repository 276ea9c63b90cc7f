"""What has to be ready before a trigger: an address or a deployment. No I/O."""

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Annotated, NamedTuple

from genesis_ci.language import _
from genesis_ci.models.recorded import Internal, Name


@dataclass(frozen=True, kw_only=True, slots=True)
class WaitFor:
    """The address that has to answer before a trigger, and the answer that counts.

    Without a `status` every 2xx counts. `contains` has to be in the first MiB. The `header` is a
    name and a secret value. `shown` and `shown_text` are `url` and `contains` without secrets.
    The address may be that of a `deployment` to an environment: it becomes the value of `variable`,
    and is requested with `path` if the answer has to be of some kind.
    """

    url: str = field(default="", repr=False)
    deployment: str | None = None
    variable: str | None = None
    path: str | None = None
    status: int | None = None
    contains: str | None = field(default=None, repr=False)
    timeout: float = 600.0
    header: tuple[str, str] | None = field(default=None, repr=False)
    shown: str = ""
    shown_text: str = ""

    @property
    def is_requested(self) -> bool:
        """Whether the address of the deployment has to answer, not only to be known."""
        return bool(self.path or self.status or self.contains or self.header)


class Stage(Enum):
    """How far a deployment is. `OVER`: a newer one replaced it, or none is needed."""

    UNDER_WAY = auto()
    READY = auto()
    FAILED = auto()
    OVER = auto()


class Deployment(NamedTuple):
    """A deployment of a commit, as a forge shows it; `word` is the forge's state."""

    environment: str
    word: str
    stage: Stage
    address: str = ""
    description: str = ""


class Page(NamedTuple):
    """One answer of an address: status, `Location`, and the first part of the text.

    `text` is None if it is compressed.
    """

    status: int
    location: str | None = None
    text: str | None = ""


class Readiness(NamedTuple):
    """The answers of an address before the trigger; `ready` is None until the wait ends."""

    shown: Annotated[str, Name("url")]
    """The address without its query, or the deployment in words."""
    ready: bool | None
    """True if it answered as required."""
    seen: tuple[str, ...] = ()
    """Its different answers in words, the latest last."""
    seconds: float = 0.0
    """How long the job waited for it."""
    hint: Internal[str | None] = None

    @property
    def words(self) -> str:
        """The answers as one phrase: `503, then 200`."""
        return _(", then ").join(self.seen) or _("no answer")
