"""One comment or issue for each job and name, also when several jobs write at the same time."""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from enum import Enum
from functools import reduce
from types import MappingProxyType
from typing import NamedTuple

from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.forges import red_entries
from genesis_ci.forges.red_entries import (
    JOB,
    UNKNOWN,
    Red,
    Rule,
    Settled,
    merged,
)
from genesis_ci.forges.rest import RestApi
from genesis_ci.http.repeat import repeated
from genesis_ci.language import N_, _, fill
from genesis_ci.strict_json import JsonValue, children, text_at

WAITS = (1.0, 2.0, 5.0, 10.0)
"""Seconds to wait after each fault; then the job gives up."""
PAUSE_AFTER_WRITE = 1.0
"""Seconds after which the writes of other jobs have most likely arrived."""
MOST_STEPS = 20
DUPLICATE = N_("Another job opened an issue at the same time; that one stays.")
CLOSED = N_("✅ A later run is green, so this issue is closed. The last red report:")
CLOSED_WITHOUT = N_(
    "✅ A later run is green, so this issue is closed. No longer in the config file: {entries}. "
    "The last red report:"
)
CARRIED = N_("Red in an earlier run, and not settled since: {entries}.")
NO_FIELDS: Mapping[str, JsonValue] = MappingProxyType({})


class Mark(NamedTuple):
    """The hidden first line of a comment: the job's key, its run, and a digest of the text.

    `run` grows from one run of the CI to the next; its first number is the same in a re-run, and
    its last one grows from a job's start to its result. Two jobs of one run that share a key have
    different `executions`, a digest of their ids. Pipelines of GitLab with the same `parent`, a
    digest, too, are one run. `is_red` is true of a red result.
    `digest` shows after a fault whether the text arrived. In an issue, `red` are the entries that a
    green job has to settle to close it, and `closed` is true of such a job.
    """

    key: str
    run: tuple[int, ...]
    digest: str
    executions: str = ""
    parent: str = ""
    is_red: bool = False
    red: frozenset[Red] = frozenset()
    closed: bool = False

    def __str__(self) -> str:
        run = ".".join(map(str, self.run))
        red = f" red={red_entries.written(self.red)}" if self.red else ""
        of = f" of={self.executions}{self.parent and f'.{self.parent}'}"
        more = f"{of}{' is-red' * self.is_red}{red}{' closed' * self.closed}"
        return f"<!-- genesis-ci comment={self.key} run={run} text={self.digest}{more} -->"


_MARK = re.compile(
    r"<!-- genesis-ci comment=([0-9a-f]{16}) run=([0-9]{1,20}(?:\.[0-9]{1,20}){0,4})"
    r" text=([0-9a-f]{16}) of=([0-9a-f]{16})(?:\.([0-9a-f]{16}))?( is-red)?"
    r"(?: red=(\S*))?( closed)? -->"
)


def mark_for(
    text: str,
    *,
    job: Sequence[str],
    run: tuple[int, ...],
    executions: Sequence[str] = (),
    parent: str = "",
    is_red: bool = False,
) -> Mark:
    """Return the mark of a job's text; `job` are names that together identify the job."""
    return Mark(
        key=_digest("\0".join(job)),
        run=run,
        digest=_digest(text),
        executions=_digest("\0".join(executions)),
        parent=parent and _digest(parent),
        is_red=is_red,
    )


def read_mark(body: str) -> Mark | None:
    found = _MARK.match(body)
    if not found:
        return None
    key, run, digest, executions, parent, is_red, red, closed = found.groups(default="")
    return Mark(
        key,
        tuple(map(int, run.split("."))),
        digest,
        executions,
        parent,
        is_red=bool(is_red),
        red=red_entries.read(red),
        closed=bool(closed),
    )


def is_beside(kept: Mark, ours: Mark) -> bool:
    """Return whether another job of the same run and attempt has our key."""
    if kept.executions == ours.executions:
        return False
    siblings = ours.parent and kept.parent == ours.parent and kept.run[0] != ours.run[0]
    return bool(siblings) or kept.run == ours.run


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


class CommentThread(NamedTuple):
    """The comments of a request: where they are listed and changed, and which are ours.

    Something that has the field `other` is no comment or issue.
    One is changed at `comment_path`; if that is empty, at `list_path`. The issues of a repository
    are a thread, too: `opening` has the fields of a new one beside its text, `closing` those that
    close one, because it cannot be deleted, `reopening` those that open one again, and `labeling`
    those that give a new one its labels. `page` is what an id is added to for the address of a
    comment that has no address of its own.
    """

    api: RestApi
    list_path: str
    writer: Writer
    order: Callable[[], str] = str
    comment_path: str = ""
    update_method: str = "PATCH"
    id_field: str = "id"
    body_field: str = "body"
    opening: Mapping[str, JsonValue] = NO_FIELDS
    closing: Mapping[str, JsonValue] = NO_FIELDS
    reopening: Mapping[str, JsonValue] = NO_FIELDS
    labeling: Mapping[str, JsonValue] = NO_FIELDS
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
        fields = {**self.opening, self.body_field: body}
        if self.labeling:
            with suppress(RefusedError):  # labels may be what is refused
                self._post({**fields, **self.labeling})
                return
        self._post(fields)

    def _post(self, fields: Mapping[str, JsonValue]) -> None:
        self.writer.has_written(self.api.ask("POST", self.list_path, fields))

    def change(self, comment_id: str, body: str, state: Mapping[str, JsonValue]) -> None:
        self.api.ask(self.update_method, self._path(comment_id), {self.body_field: body, **state})

    def remove(self, comment_id: str) -> None:
        """Delete a comment; close an issue, and remove its mark."""
        if self.closing:
            self.change(comment_id, _(DUPLICATE), self.closing)
        else:
            self.api.ask("DELETE", self._path(comment_id))

    def _path(self, comment_id: str) -> str:
        return f"{self.comment_path or self.list_path}/{comment_id}"


class Ending(Enum):
    """The result, as a template with `thing`: “the comment”, “the issue” or “issue #41”."""

    POSTED = N_("the comment was created")
    OPENED = N_("{thing} was created")
    UPDATED = N_("{thing} was updated")
    ENDED = N_("{thing} was closed")
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
    CLOSED = N_("{thing} of this run is closed, and stays closed")
    NOT_SETTLED = N_("{thing} stays open, because this run does not settle what is red: {entries}")
    NONE_OPEN = N_("no issue is open any more")
    NOT_NEEDED = N_("no comment is needed, and none is there")


class Result(NamedTuple):
    """What became of a job's text, and the comment or issue that has it, if that is known."""

    ending: Ending
    comment: Comment | None


class Write(NamedTuple):
    """Replace the comment, which is older or has another text; without one, add a comment.

    If the job is green, the issue is closed. `red` is for the mark.
    """

    replaced: Comment | None = None
    red: frozenset[Red] = frozenset()


class Entries(NamedTuple):
    """How a job settles the red entries of its issue, and their names in Markdown."""

    settled: Rule
    names: Callable[[Iterable[Red]], str]


NO_ENTRIES = Entries(lambda _red: Settled.NO, lambda _red: "")
"""For a comment, whose mark has none."""


class Delete(NamedTuple):
    """Remove a duplicate, which another job wrote at the same time."""

    comment: Comment


def next_step(
    comments: Iterable[Comment],
    ours: Mark,
    *,
    written: Write | None = None,
    settled: Rule = NO_ENTRIES.settled,
    only_update: bool = False,
) -> Write | Delete | Ending:
    """Return the next step for these comments or issues.

    `written` is our last successful write. Of several comments, the first one of the newest run
    stays. An issue that a person closed stays closed; only a newer run opens another one. With
    `only_update`, no comment is added.
    """
    in_order = sorted(comments, key=lambda comment: int(comment.id))
    found = [one for one in in_order if one.mark.key == ours.key]
    newest = max((one.mark.run for one in found), default=())
    shown = [one for one in found if not one.closed]
    if not shown:
        ended = [one for one in found if one.mark.closed and one.mark.run == newest]
        step = _step_without_open(newest, ours, ended, written)
        return Ending.NOT_NEEDED if only_update and step == Write() else step
    first = _newest(shown)
    if others := [one for one in shown if one != first]:
        return Delete(others[-1])
    kept = first.mark
    if kept[:3] == ours[:3]:
        return Ending.UP_TO_DATE
    if is_beside(kept, ours):
        if not ours.is_red or (kept.is_red and written):
            return Ending.SHARED
    elif newest > ours.run:
        return Ending.NEWER_THERE
    elif kept.run == ours.run and (written or ours.closed):
        return Ending.SHARED
    if ours.closed:
        return Ending.NOT_SETTLED if not_settled(kept, settled) else Write(first)
    carried = [one for one in kept.red if one != JOB and settled(one) is not Settled.BY_PASS]
    return Write(first, merged(carried, ours.red))


def not_settled(kept: Mark, settled: Rule) -> list[Red]:
    """Return the entries that keep an issue open after a green job."""
    red = kept.red or ([] if kept.closed else [UNKNOWN])
    return [one for one in sorted(red) if settled(one) is Settled.NO]


def _newest(comments: Iterable[Comment]) -> Comment:
    """Return the first one, in order, of the newest run; red counts before green of one run."""

    def newer(first: Comment, other: Comment) -> Comment:
        kept, mark = first.mark, other.mark
        if is_beside(kept, mark) and kept.is_red != mark.is_red:
            return other if mark.is_red else first
        return other if mark.run > kept.run else first

    return reduce(newer, comments)


def _step_without_open(
    newest: tuple[int, ...], ours: Mark, ended: Sequence[Comment], written: Write | None
) -> Write | Ending:
    """Return the next step; `ended` is the newest issue, if a green job closed it."""
    if ours.closed:
        return Ending.NONE_OPEN
    if beside := [one for one in ended if is_beside(one.mark, ours)]:
        return Write(beside[0], ours.red)
    if newest > ours.run:
        return Ending.NEWER_THERE
    if written:
        ids = {written.replaced.id} if written.replaced else set()
        closed = [one for one in ended if one.id in ids]  # by an older job, at the same time
        # else the list is not up to date, or somebody deleted the comment
        return Write(closed[0], ours.red) if closed else Ending.UP_TO_DATE
    if newest[:1] == ours.run[:1]:
        return Write(ended[0], ours.red) if ended else Ending.CLOSED
    return Write(red=ours.red)


def write_comment(
    thread: CommentThread,
    text: str,
    mark: Mark,
    *,
    entries: Entries = NO_ENTRIES,
    only_update: bool = False,
) -> Result:
    """Write the text into the one comment, or close the one issue; return the result.

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
        found = [*thread.own_comments(mark.key)]
        step = next_step(
            found, mark, written=written, settled=entries.settled, only_update=only_update
        )
        if step is Ending.NOT_SETTLED:
            opened = (one for one in found if one.mark.key == mark.key and not one.closed)
            return Result(step, _newest(opened))
        if isinstance(step, Ending):
            ours = next((one for one in found if one.mark[:3] == mark[:3]), None)
            is_there = ours is not None or written is not None
            return Result(done if is_there and step in _ARRIVED else step, ours)
        if isinstance(step, Write):  # it may arrive despite a fault
            done = _done(step, mark, is_issue=bool(thread.closing))
        try:
            if _apply(step, thread, text, mark, entries) and isinstance(step, Write):
                written = step
        except ContactError:
            is_in_doubt |= isinstance(step, Write)
            raise
        return None

    for _step in range(MOST_STEPS):
        try:
            if result := repeated(take_step, waits=waits, pause=pause):
                return result
        except RefusedError as error:
            result = Result(done, None) if written else None
            return _despite(error, result, is_in_doubt=is_in_doubt)
        pause(PAUSE_AFTER_WRITE)
    raise ContactError(
        _("Other jobs keep replacing the comment."),
        reached=True,
        hint=_("Give each job that comments a name of its own (--name)."),
    )


def _despite(error: RefusedError, result: Result | None, *, is_in_doubt: bool) -> Result:
    """Return what was written before the forge refused; raise if nothing was, or may be."""
    if is_in_doubt and not result:
        words = fill("It may be written or not. {why}", why=error.message)
        raise ContactError(words, reached=True, hint=error.hint) from None
    if not result:
        raise error
    return result


_ARRIVED = {Ending.UP_TO_DATE, Ending.NONE_OPEN}
"""Our text is there, or our job closed the last issue that was open."""


def _done(step: Write, mark: Mark, *, is_issue: bool) -> Ending:
    if mark.closed:
        return Ending.ENDED
    if step.replaced:
        return Ending.REPLACED if is_beside(step.replaced.mark, mark) else Ending.UPDATED
    return Ending.OPENED if is_issue else Ending.POSTED


def _apply(
    step: Write | Delete, thread: CommentThread, text: str, mark: Mark, entries: Entries
) -> bool:
    """Take the step, and return whether it took effect."""
    try:
        if isinstance(step, Delete):
            thread.remove(step.comment.id)
        elif step.replaced is None:
            thread.add(f"{mark._replace(red=step.red)}\n{text}")
        else:
            state = thread.reopening if step.replaced.closed else {}
            if mark.closed:
                text, state = _closed(step.replaced, entries), thread.closing
            elif carried := [
                one for one in step.red if one[:2] not in {ours[:2] for ours in mark.red}
            ]:
                text = f"{text}\n{fill(CARRIED, entries=entries.names(carried))}\n"
            thread.change(step.replaced.id, f"{mark._replace(red=step.red)}\n{text}", state)
    except RefusedError as error:
        is_new = isinstance(step, Write) and step.replaced is None
        if error.status in {404, 410} and not is_new:
            return False  # another job deleted it; look again
        raise
    return True


def _closed(issue: Comment, entries: Entries) -> str:
    """Return the text of a closed issue: a word, and below it the last red report."""
    report = issue.body.split("\n", 3 if issue.mark.closed else 1)[-1]
    removed = [one for one in issue.mark.red if entries.settled(one) is Settled.BY_REMOVAL]
    words = fill(CLOSED_WITHOUT, entries=entries.names(removed)) if removed else _(CLOSED)
    return f"**{words}**\n\n{report}"
