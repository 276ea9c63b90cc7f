"""One comment for each request, job and name, also when several jobs write at the same time."""

import hashlib
import re
from collections.abc import Callable, Sequence
from enum import Enum
from typing import NamedTuple

from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.forges.rest import RestApi
from genesis_ci.http.repeat import repeated
from genesis_ci.strict_json import JsonValue, text_at

WAITS = (1.0, 2.0, 5.0, 10.0)
"""Seconds to wait after each fault; then the job gives up."""
PAUSE_AFTER_WRITE = 1.0
"""Seconds after which the writes of other jobs have most likely arrived."""
MOST_STEPS = 20


class Comment(NamedTuple):
    """A comment that the token's own user wrote."""

    id: str
    body: str


class CommentThread(NamedTuple):
    """The comments of one request: where they are listed and changed, and which are ours."""

    api: RestApi
    list_path: str
    comment_path: str
    update_method: str
    is_own: Callable[[dict[str, JsonValue]], bool]
    order: str = ""

    def own_comments(self) -> list[Comment]:
        """Return the comments of the token's own user, from all pages; raises as `RestApi.ask`."""
        own = [
            Comment(id=text_at(one, "id"), body=text_at(one, "body"))
            for one in self.api.list_all(f"{self.list_path}{self.order}")
            if self.is_own(one)
        ]
        if not all(re.fullmatch("[0-9]{1,20}", comment.id) for comment in own):
            raise self.api.unreadable("a comment has no id")
        return own


class Mark(NamedTuple):
    """The hidden first line of a comment: the job's key, its run, and a digest of the text.

    `run` grows from one run of the CI to the next. `digest` shows after a fault whether the text
    arrived.
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
    """Return the mark of a job's text; `job` are names that together identify the job."""
    return Mark(key=_digest("\0".join(job)), run=run, digest=_digest(text))


def mark_of(body: str) -> Mark | None:
    found = _MARK.match(body)
    if not found:
        return None
    run = tuple(map(int, found[2].split(".")))
    return Mark(key=found[1], run=run, digest=found[3])


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:16]


class Ending(Enum):
    """The result of `write_comment`."""

    UP_TO_DATE = "the comment is up to date"
    NEWER_THERE = "a newer run's comment is there already, and stays"
    SHARED = (
        "another job of this run has the same name and writes the same comment; give each of them "
        "a --name"
    )


class Write(NamedTuple):
    """Replace the comment, which is older or has another text; without an id, add a comment."""

    comment_id: str | None = None


class Delete(NamedTuple):
    """Remove a duplicate, which another job wrote at the same time."""

    comment_id: str


def next_step(comments: Sequence[Comment], ours: Mark, *, written: bool) -> Write | Delete | Ending:
    """Return the next step for these comments.

    `written` is true after a successful write of ours. Of several comments, the first one of the
    newest run stays.
    """
    in_order = sorted(comments, key=lambda comment: int(comment.id))
    marks = [(mark_of(comment.body), comment.id) for comment in in_order]
    found = [(mark, id_) for mark, id_ in marks if mark and mark.key == ours.key]
    if not found:  # after a write, the list is not up to date, or somebody deleted the comment
        return Ending.UP_TO_DATE if written else Write()
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
    return Write(comment_id=kept_id)


def write_comment(thread: CommentThread, text: str, mark: Mark) -> Ending:
    """Write the text into the one comment, and return the result.

    A comment cannot be locked. So each write, also one that failed, is followed by another look: a
    text that arrived is not written again, and a duplicate of another job is removed. Raise
    `RefusedError` if the forge refuses, and `ContactError` without contact after some tries.
    """
    pause = thread.api.sender.pause
    written = False
    waits = iter(WAITS)

    def take_step() -> Ending | None:
        nonlocal written
        step = next_step(thread.own_comments(), mark, written=written)
        if isinstance(step, Ending):
            return step
        written |= _apply(step, thread, f"{mark}\n{text}")
        return None

    for _ in range(MOST_STEPS):
        if ending := repeated(take_step, waits=waits, pause=pause):
            return ending
        pause(PAUSE_AFTER_WRITE)
    raise ContactError(
        "Other jobs keep replacing the comment.",
        reached=True,
        hint="Give each job that comments a name of its own (--name).",
    )


def _apply(step: Write | Delete, thread: CommentThread, body: str) -> bool:
    """Return whether the text was written."""
    path = f"{thread.comment_path}/{step.comment_id}"
    try:
        if isinstance(step, Delete):
            thread.api.ask("DELETE", path)
        elif step.comment_id is None:
            thread.api.ask("POST", thread.list_path, {"body": body})
        else:
            thread.api.ask(thread.update_method, path, {"body": body})
    except RefusedError as error:
        if error.status in {404, 410} and step.comment_id is not None:
            return False  # another job deleted it; look again
        raise
    return isinstance(step, Write)
