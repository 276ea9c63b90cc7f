"""One comment for each request, job and name, kept up to date whatever other jobs do meanwhile."""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, assert_never

from genesis_ci.errors import ContactError, RefusedError

WAITS = (1.0, 2.0, 5.0, 10.0)
"""Seconds to wait after each fault; after the last one the job gives up."""
SETTLED = 1.0
"""Seconds after which the write of a job that read before ours has most likely arrived."""
MOST_STEPS = 20
_GONE = {404, 410}


@dataclass(frozen=True, kw_only=True, slots=True)
class Comment:
    """A comment that the token's own user wrote."""

    id: str
    body: str


class Thread(Protocol):
    """The comments of one request. Every method may raise `RefusedError` or `ContactError`."""

    def own_comments(self) -> Sequence[Comment]:
        """Return those of the token's own user, through all pages."""
        ...

    def create(self, body: str) -> None:
        """Add a comment."""
        ...

    def update(self, comment_id: str, body: str) -> None:
        """Replace a comment's text."""
        ...

    def delete(self, comment_id: str) -> None:
        """Remove a comment."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """The hidden first line of a comment: whose it is, how new, and of which text.

    `run` grows from one run of the CI to the next. `digest` tells after a fault whether the text
    has arrived.
    """

    key: str
    run: tuple[int, ...]
    digest: str

    def __str__(self) -> str:
        run = ".".join(map(str, self.run))
        return f"<!-- genesis-ci comment={self.key} run={run} text={self.digest} -->"


_MARK = re.compile(
    r"<!-- genesis-ci comment=([0-9a-f]{16}) run=([0-9]{1,20}(?:\.[0-9]{1,20}){0,3})"
    r" text=([0-9a-f]{16}) -->"
)


def mark_for(text: str, *, job: Sequence[str], run: tuple[int, ...]) -> Mark:
    """Return the mark of a job's text; `job` are the names that tell it from every other job."""
    return Mark(key=_digest("\0".join(job)), run=run, digest=_digest(text))


def mark_of(body: str) -> Mark | None:
    """Return the mark of a comment of ours, None where it has none."""
    found = _MARK.match(body)
    if not found:
        return None
    run = tuple(map(int, found[2].split(".")))
    return Mark(key=found[1], run=run, digest=found[3])


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:16]


class Ending(Enum):
    """How it ended."""

    UP_TO_DATE = "the comment is up to date"
    NEWER_THERE = "a newer run's comment is there already, and stays"
    SHARED = "another job of this run has the same name and writes the same comment"


@dataclass(frozen=True, kw_only=True, slots=True)
class Create:
    """There is no comment yet."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Update:
    """The comment there is older, or has another text."""

    comment_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Delete:
    """Two jobs wrote at once, and this comment is one too many."""

    comment_id: str


Step = Create | Update | Delete | Ending


def next_step(comments: Sequence[Comment], ours: Mark, *, written: bool) -> Step:
    """Return what to do about the comments as they are.

    `written` is whether a write of ours was answered well. Of several the newest run's stays, and
    the first of one run.
    """
    in_order = sorted(comments, key=lambda comment: int(comment.id))
    marks = [(mark_of(comment.body), comment.id) for comment in in_order]
    found = [(mark, id_) for mark, id_ in marks if mark and mark.key == ours.key]
    if not found:  # after a write of ours the list lags behind, or somebody deleted it
        return Ending.UP_TO_DATE if written else Create()
    newest = max(mark.run for mark, _ in found)
    kept, kept_id = next(one for one in found if one[0].run == newest)
    for _, other in reversed(found):
        if other != kept_id:
            return Delete(comment_id=other)
    if kept == ours:
        return Ending.UP_TO_DATE
    if kept.run > ours.run:
        return Ending.NEWER_THERE
    if kept.run == ours.run and written:
        return Ending.SHARED
    return Update(comment_id=kept_id)


def keep_up(thread: Thread, text: str, mark: Mark, *, pause: Callable[[float], None]) -> Ending:
    """Bring the text into the one comment, and return how that ended.

    Nobody locks a comment. So every write, also one that failed, is followed by another look: what
    arrived all the same is not written twice, and what two jobs wrote at once is put in order.

    Raises:
        RefusedError: the forge refuses.
        ContactError: no contact, after some tries.
    """
    written = False
    waits = list(WAITS)
    for _ in range(MOST_STEPS):
        try:
            step = next_step(thread.own_comments(), mark, written=written)
            if isinstance(step, Ending):
                return step
            written |= _wrote(step, thread, f"{mark}\n{text}")
        except ContactError as error:
            if error.permanent or not waits:
                raise
            pause(max(waits.pop(0), error.retry_after or 0.0))
        else:
            pause(SETTLED)
    raise ContactError(
        "Other jobs keep replacing the comment.",
        reached=True,
        hint="Give each job that comments a name of its own (--name).",
    )


def _wrote(step: Create | Update | Delete, thread: Thread, body: str) -> bool:
    """Take the step, and return whether the text was written."""
    try:
        match step:
            case Create():
                thread.create(body)
                return True
            case Update(comment_id=comment_id):
                thread.update(comment_id, body)
                return True
            case Delete(comment_id=comment_id):
                thread.delete(comment_id)
                return False
            case _:
                assert_never(step)
    except RefusedError as error:
        if error.status in _GONE and not isinstance(step, Create):
            return False  # another job deleted it; the next look tells
        raise
