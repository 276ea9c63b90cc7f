"""What reports say about a job, its change and each workflow: a row for each fact.

Log, junit.xml, summary, page and comment write the rows, each in its form. A fact for all of them
is one more row.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC
from enum import Enum, auto
from typing import NamedTuple, TypeAlias

from genesis_ci.language import N_, Language, _, fill, human_seconds, in_use
from genesis_ci.models.change import Change
from genesis_ci.models.execution import UNKNOWN_STATUS
from genesis_ci.models.readiness import Readiness
from genesis_ci.models.report import JobReport, Verdict, WorkflowReport
from genesis_ci.reporters import labels


class Kind(Enum):
    """What a value is; each report has an encoder for each kind."""

    OWN = auto()
    """A number or a time, in characters that have no effect in any report."""
    TEXT = auto()
    NAME = auto()
    """A word or an address of a program."""
    ID = auto()
    COMMIT = auto()


Encoders: TypeAlias = Mapping[Kind, Callable[[str], str]]
RAW: Encoders = {**dict.fromkeys(Kind, str), Kind.COMMIT: lambda commit: commit[:7]}


class Fact(NamedTuple):
    """A fact; a report for which it has no words leaves it out.

    `values` are raw, by their names in the templates. `text` is the template of the values alone:
    `row` is its label in log and junit.xml, `label` that on the page. `phrase` is the template for
    the summary, and for the comment if it is `in_comment`.
    """

    text: str
    values: Mapping[str, tuple[Kind, str | None]]
    row: str = ""
    label: str = ""
    phrase: str = ""
    in_comment: bool = False

    @property
    def is_known(self) -> bool:
        return all(text for kind, text in self.values.values())

    def written(self, template: str, encoders: Encoders) -> str:
        values = {name: encoders[kind](text or "") for name, (kind, text) in self.values.items()}
        return fill(template, **values)

    def says_only(self, texts: Iterable[str | None]) -> bool:
        return {text for kind, text in self.values.values()} <= {*texts}


def of_job(report: JobReport) -> list[Fact]:
    utc = f"{report.started_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    local = f"{report.started_at:%Y-%m-%d %H:%M:%S %Z}"
    has_local = in_use() is not Language.ENGLISH and report.started_at.utcoffset()
    return [
        Fact(
            "{code}",
            {"code": (Kind.OWN, str(report.outcome.exit_code))},
            label=_("Exit code"),
            phrase=N_("exit code {code}"),
            in_comment=True,
        ),
        Fact(
            "{time}",
            {"time": (Kind.OWN, human_seconds(report.seconds))},
            label=_("Job took"),
            phrase=N_("the job took {time}"),
            in_comment=True,
        ),
        Fact(
            N_("{local} ({utc})") if has_local else "{utc}",
            {"utc": (Kind.OWN, utc), "local": (Kind.OWN, local)},
            label=_("Started"),
        ),
    ]


def of_change(change: Change) -> list[Fact]:
    """Return the change under test; empty if the CI does not name it."""
    branch = {"branch": (Kind.NAME, change.branch)}
    both = {**branch, "base": (Kind.NAME, change.base_branch)}
    has_base = bool(change.base_branch)
    facts = [
        Fact(
            "{commit}",
            {"commit": (Kind.COMMIT, change.sha)},
            label=_("Commit"),
            phrase=N_("commit {commit}"),
            in_comment=True,
        ),
        Fact(
            N_("{branch} into {base}") if has_base else "{branch}",
            both if has_base else branch,
            label=_("Branch"),
            phrase=N_("branch {branch} into {base}") if has_base else N_("branch {branch}"),
        ),
        Fact(
            "{request}",
            {"request": (Kind.TEXT, change.request)},
            label=_("Request"),
            phrase=N_("request {request}"),
        ),
        Fact(
            "{actor}",
            {"actor": (Kind.TEXT, change.actor)},
            label=_("By"),
            phrase=N_("by {actor}"),
        ),
    ]
    return [fact for fact in facts if fact.is_known]


def of_workflow(workflow: WorkflowReport) -> list[Fact]:
    return [fact for fact in _of_workflow(workflow) if fact.is_known]


def _of_workflow(workflow: WorkflowReport) -> Iterator[Fact]:
    outcome, execution = workflow.outcome, workflow.execution
    yield Fact(
        "{id}",
        {"id": (Kind.ID, workflow.execution_id)},
        row=_("execution"),
        label=_("Execution"),
        phrase=N_("Execution {id}"),
        in_comment=True,
    )
    yield Fact("{address}", {"address": (Kind.NAME, workflow.run_url)}, row=_("run"))
    if workflow.readiness:
        yield _preview(workflow.readiness, in_message=outcome.verdict is Verdict.NOT_READY)
    passed = outcome.verdict is Verdict.PASSED and not outcome.lenient
    status = labels.status(workflow.status_word) if workflow.status_word else ""
    yield Fact(
        "{word}",
        {"word": (Kind.NAME, status)},
        row=_("status"),
        label="" if passed else _("Genesis says"),
        phrase=N_("Genesis says {word}"),
    )
    yield Fact(
        "{done}",
        {"done": (Kind.TEXT, labels.progress(execution))},
        row=_("blocks"),
        label=_("Blocks done"),
        phrase=N_("{done} blocks"),
    )
    yield Fact(
        "{time}",
        {"time": (Kind.OWN, labels.duration(workflow))},
        row=_("duration"),
        label=_("Watched for") if workflow.attached else _("From trigger to end"),
    )
    if execution and execution.seconds is not None:
        yield Fact(
            "{time}",
            {"time": (Kind.OWN, human_seconds(execution.seconds))},
            label=_("Ran in Genesis"),
            phrase=N_("ran {time} in Genesis"),
        )
    for number, earlier in enumerate(workflow.earlier, start=1):
        verdict, run = _(earlier.outcome.verdict), earlier.execution_id or _(UNKNOWN_STATUS)
        yield Fact(
            N_("{verdict}, execution {id}"),
            {"verdict": (Kind.TEXT, verdict), "id": (Kind.ID, run)},
            row=fill("attempt {number}", number=number),
        )


def _preview(waited: Readiness, *, in_message: bool) -> Fact:
    address = {"address": (Kind.NAME, waited.shown)}
    row, label = _("preview"), _("Waited for")
    if in_message:
        return Fact("{address}", address, row, label, phrase=N_("Waited for {address}"))
    text = N_("{words} (not ready within {time})")
    if waited.ready:
        text = N_("{words} (ready after {time})")
    words = fill(text, words=waited.words, time=human_seconds(waited.seconds))
    return Fact(
        labels.ANSWERED,
        {**address, "words": (Kind.TEXT, words)},
        row,
        label,
        phrase=N_("Waited for {address}: {words}"),
    )
