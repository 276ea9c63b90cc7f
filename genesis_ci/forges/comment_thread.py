"""One comment or issue for each job and name, also when several jobs write at the same time."""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from functools import reduce
from typing import NamedTuple

from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.forges.repeat import repeated
from genesis_ci.forges.rest import RestApi
from genesis_ci.language import N_, _, fill
from genesis_ci.strict_json import JsonValue, children, text_at

WAITS = (1.0, 2.0, 5.0, 10.0)
"""Seconds to wait after each fault; then the job gives up."""
PAUSE_AFTER_WRITE = 1.0
"""Seconds after which the writes of other jobs have most likely arrived."""
MOST_STEPS = 20
DUPLICATE = N_("Another job opened an issue at the same time; that one stays.")


class Mark(NamedTuple):
    """The hidden first line of a comment: the job's key, its run, and a digest of the text.

    `run` grows from one run of the CI to the next; its first number is the same in a re-run, and
    its last one grows from a job's start to its result. Two jobs of one run that share a key have
    different `executions`, a digest of their ids. Pipelines of GitLab with the same `family`, a
    digest, too, are one run. `digest` shows after a fault whether the text arrived. `red` is what
    an issue names as red, in characters without spaces.
    """

    key: str
    run: tuple[int, ...]
    digest: str
    executions: str = ""
    family: str = ""
    is_red: bool = False
    red: str = ""

    def __str__(self) -> str:
        run, ended = ".".join(map(str, self.run)), "red" if self.is_red else "green"
        return (
            f"<!-- genesis-ci comment={self.key} run={run} text={self.digest} "
            f"of={self.executions}.{self.family} is={ended} red={self.red} -->"
        )


_MARK = re.compile(
    r"<!-- genesis-ci comment=([0-9a-f]{16}) run=([0-9]{1,20}(?:\.[0-9]{1,20}){0,4})"
    r" text=([0-9a-f]{16}) of=([0-9a-f]{16})\.([0-9a-f]{16}) is=(red|green) red=(\S*) -->"
)


def mark_for(
    text: str,
    *,
    job: Sequence[str],
    run: tuple[int, ...],
    executions: Sequence[str] = (),
    family: str = "",
    is_red: bool = False,
) -> Mark:
    """Return the mark of a job's text; `job` are names that together identify the job."""
    key, of = _digest("\0".join(job)), _digest("\0".join(executions))
    return Mark(key, run, _digest(text), of, _digest(family), is_red=is_red)


def read_mark(body: str) -> Mark | None:
    found = _MARK.match(body)
    if not found:
        return None
    key, run, digest, executions, family, ended, red = found.groups()
    numbers = tuple(map(int, run.split(".")))
    return Mark(key, numbers, digest, executions, family, is_red=ended == "red", red=red)


def is_beside(kept: Mark, ours: Mark) -> bool:
    """Return whether another job of the same run and attempt has our key."""
    if kept.executions == ours.executions:
        return False
    are_siblings = kept.family == ours.family and kept.run[0] != ours.run[0]
    return are_siblings or kept.run == ours.run


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:16]


class Comment(NamedTuple):
    """A comment or an issue with a mark that the token's own user wrote; its address for people."""

    id: str
    body: str
    mark: Mark
    closed: bool = False
    address: str = ""
    labels: tuple[str, ...] = ()


class Writer:
    """The token's user, by the field that an author has: known from what it wrote, or asked for."""

    def __init__(self, ask: Callable[[], str], *field: str) -> None:
        self._ask = ask
        self._field = field
        self._name = ""

    def name(self) -> str:
        self._name = self._name or self._ask()
        return self._name

    def wrote(self, one: JsonValue) -> bool:
        return text_at(one, *self._field) == self.name()

    def has_written(self, answer: JsonValue) -> None:
        self._name = text_at(answer, *self._field) or self._name


@dataclass(frozen=True, kw_only=True, slots=True)
class CommentThread:
    """The comments of a request: where they are listed and changed, and which are ours.

    Something that has the field `other` is no comment. One is changed at `comment_path`; if that is
    empty, at `list_path`. `page` is what an id is added to for the address of a comment that has no
    address of its own.
    """

    api: RestApi
    list_path: str
    writer: Writer
    order: Callable[[], str] = str
    comment_path: str = ""
    update_method: str = "PATCH"
    id_field: str = "id"
    body_field: str = "body"
    page: str = ""
    other: str = ""

    def own_comments(self, key: str) -> Iterator[Comment]:
        """Yield those of the token's own user with a job's mark; raise as `RestApi.ask` does."""
        for one in self.api.list_all(f"{self.list_path}{self.order()}"):
            body = text_at(one, self.body_field)
            mark = read_mark(body)
            is_own = mark and mark.key == key and not one.get(self.other) and self.writer.wrote(one)
            if not (mark and is_own):
                continue
            number = text_at(one, self.id_field)
            if not re.fullmatch("[0-9]{1,20}", number):
                raise self.api.unreadable(_("a comment has no id"))
            address = text_at(one, "html_url") or text_at(one, "web_url")
            each = children(one.get("labels"))  # GitHub's are objects
            yield Comment(
                number,
                body,
                mark,
                closed=text_at(one, "state") == "closed",
                address=address or (self.page and f"{self.page}{number}"),
                labels=tuple(text_at(label, "name") or str(label) for label in each),
            )

    def add(self, body: str) -> None:
        self._post({self.body_field: body})

    def change(self, comment: Comment, body: str, _closes: bool) -> None:
        self._update(comment, {self.body_field: body})

    def remove(self, comment: Comment) -> None:
        self.api.ask("DELETE", self._path(comment))

    def _post(self, fields: Mapping[str, JsonValue]) -> None:
        self.writer.has_written(self.api.ask("POST", self.list_path, fields))

    def _update(self, comment: Comment, fields: Mapping[str, JsonValue]) -> None:
        self.api.ask(self.update_method, self._path(comment), fields)

    def _path(self, comment: Comment) -> str:
        return f"{self.comment_path or self.list_path}/{comment.id}"


@dataclass(frozen=True, kw_only=True, slots=True)
class IssueThread(CommentThread):
    """The issues of a repository. One is closed, because it cannot be deleted.

    Beside its text, a new one has the fields `opening`, and `labeling` for its labels; `closing`
    are those that close one, `reopening` those that open one again.
    """

    opening: Mapping[str, JsonValue]
    closing: Mapping[str, JsonValue]
    reopening: Mapping[str, JsonValue]
    labeling: Mapping[str, JsonValue]

    def add(self, body: str) -> None:
        fields = {**self.opening, self.body_field: body}
        if self.labeling:
            with suppress(RefusedError):  # labels may be what is refused
                self._post({**fields, **self.labeling})
                return
        self._post(fields)

    def change(self, comment: Comment, body: str, closes: bool) -> None:
        state = self.closing if closes else self.reopening if comment.closed else {}
        self._update(comment, {self.body_field: body, **state})

    def remove(self, comment: Comment) -> None:
        """Close a duplicate, and remove its mark."""
        self.change(comment, _(DUPLICATE), True)


class Ending(Enum):
    """The result, as a template with `thing`: “the comment”, “the issue” or “issue #41”."""

    CREATED = N_("{thing} was created")
    UPDATED = N_("{thing} was updated")
    CLOSED = N_("{thing} was closed")
    UP_TO_DATE = N_("{thing} is up to date")
    NEWER_THERE = N_("{thing} that is there is newer, and stays")
    REPLACED = N_(
        "{thing} was that of another job of this run with the same name, and now has this red "
        "result; give each of them a --name"
    )
    SHARED = N_(
        "another job of this run has the same name, and writes {thing} too; give each of them a "
        "--name"
    )
    STAYS_CLOSED = N_("{thing} of this run is closed, and stays closed")
    NOT_SETTLED = N_("{thing} stays open, because this run does not settle what is red: {entries}")
    NONE_OPEN = N_("no issue is open any more")
    NOT_NEEDED = N_("no comment is needed, and none is there")


class Result(NamedTuple):
    """What became of a job's text, and the comment or issue that has it, if that is known."""

    ending: Ending
    comment: Comment | None = None


class Write(NamedTuple):
    """Replace the comment, which is older or has another text; without one, add a comment."""

    replaced: Comment | None = None


class Delete(NamedTuple):
    """Remove a duplicate, which another job wrote at the same time."""

    comment: Comment


class Post:
    """What a job writes: its text, with its mark. Unlike an issue, a comment is never closed."""

    closes = False

    def __init__(self, mark: Mark, text: str, *, only_updates: bool = False) -> None:
        self.mark = mark
        self.text = text
        self.only_updates = only_updates

    def body(self, _replaced: Comment | None) -> str:
        return f"{self.mark}\n{self.text}"

    def not_settled(self, _kept: Mark) -> Sequence[object]:
        """Return what is red there and keeps an issue open after this job."""
        return ()

    def without_open(self, _closed: Sequence[Comment], written: Write | None) -> Write | Result:
        """Return the next step if no comment or issue is open."""
        if written:  # the list is not up to date, or somebody deleted the comment
            return Result(Ending.UP_TO_DATE)
        return Result(Ending.NOT_NEEDED) if self.only_updates else Write()


def next_step(
    comments: Iterable[Comment], post: Post, written: Write | None = None
) -> Write | Delete | Result:
    """Return the next step for a job's comments or issues; `written` is our last write.

    Of several comments, the first one of the newest run stays.
    """
    found = sorted(comments, key=lambda comment: int(comment.id))
    shown = [one for one in found if not one.closed]
    if not shown:
        return post.without_open(found, written)
    first, ours = newest(shown), post.mark
    if others := [one for one in shown if one != first]:
        return Delete(others[-1])
    kept = first.mark
    if kept[:3] == ours[:3]:
        return Result(Ending.UP_TO_DATE, first)
    if is_beside(kept, ours):
        if not ours.is_red or (kept.is_red and written):
            return Result(Ending.SHARED)
    elif any(one.mark.run > ours.run for one in found):
        return Result(Ending.NEWER_THERE)
    elif kept.run == ours.run and (written or post.closes):
        return Result(Ending.SHARED)
    if post.not_settled(kept):
        return Result(Ending.NOT_SETTLED, first)
    return Write(first)


def newest(comments: Iterable[Comment]) -> Comment:
    """Return the first one, in order, of the newest run; red counts before green of one run."""

    def newer(first: Comment, other: Comment) -> Comment:
        kept, mark = first.mark, other.mark
        if is_beside(kept, mark) and kept.is_red != mark.is_red:
            return other if mark.is_red else first
        return other if mark.run > kept.run else first

    return reduce(newer, comments)


def write_comment(thread: CommentThread, post: Post) -> Result:
    """Write the one comment, or close the one issue; return the result.

    A comment cannot be locked. So each write, also one that failed, is followed by another look: a
    text that arrived is not written again, and a duplicate of another job is removed. Raise
    `RefusedError` if the forge refuses and nothing was written, and `ContactError` without contact
    after some tries.
    """
    pause, waits, done = thread.api.sender.pause, iter(WAITS), Ending.UP_TO_DATE
    written: Write | None = None
    is_in_doubt = False

    def take_step() -> Result | None:
        nonlocal written, done, is_in_doubt
        step = next_step(thread.own_comments(post.mark.key), post, written)
        if isinstance(step, Result):
            return step._replace(ending=done) if step.ending is Ending.UP_TO_DATE else step
        if isinstance(step, Write):  # it may arrive despite a fault
            done = _done(step, post)
        try:
            written = _apply(step, thread, post) or written
        except ContactError:
            is_in_doubt |= isinstance(step, Write)
            raise
        return None

    for _step in range(MOST_STEPS):
        try:
            if result := repeated(take_step, waits=waits, pause=pause):
                return result
        except RefusedError as error:
            if written:
                return Result(done)
            if not is_in_doubt:
                raise
            words = fill("It may be written or not. {why}", why=error.message)
            raise ContactError(words, reached=True, hint=error.hint) from None
        pause(PAUSE_AFTER_WRITE)
    raise ContactError(
        _("Other jobs keep replacing the comment."),
        reached=True,
        hint=_("Give each job that comments a name of its own (--name)."),
    )


def _done(step: Write, post: Post) -> Ending:
    if post.closes:
        return Ending.CLOSED
    if not step.replaced:
        return Ending.CREATED
    return Ending.REPLACED if is_beside(step.replaced.mark, post.mark) else Ending.UPDATED


def _apply(step: Write | Delete, thread: CommentThread, post: Post) -> Write | None:
    """Take the step, and return it if our text was written."""
    try:
        if isinstance(step, Delete):
            thread.remove(step.comment)
            return None
        body = post.body(step.replaced)
        if step.replaced is None:
            thread.add(body)
        else:
            thread.change(step.replaced, body, post.closes)
    except RefusedError as error:
        if error.status in {404, 410} and step != Write():
            return None  # another job deleted it; look again
        raise
    return step
