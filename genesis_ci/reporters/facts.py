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

    def written(self, template: str, encoders: Encoders) -> str:
        values = {name: encoders[kind](text or "") for name, (kind, text) in self.values.items()}
        return fill(template, **values)

    def says_only(self, texts: Iterable[str | None]) -> bool:
        return {text for kind, text in self.values.values()} <= {*texts}


def _value(
    name: str, kind: Kind, value: str | None, row: str = "", label: str = "", phrase: str = ""
) -> Fact:
    return Fact(f"{{{name}}}", {name: (kind, value)}, row, label, phrase)


def _known(facts: Iterable[Fact]) -> list[Fact]:
    return [fact for fact in facts if all(text for kind, text in fact.values.values())]


def about_job(report: JobReport) -> list[Fact]:
    code, time = str(report.outcome.exit_code), human_seconds(report.seconds)
    utc = f"{report.started_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    local = f"{report.started_at:%Y-%m-%d %H:%M:%S %Z}"
    has_local = in_use() is not Language.ENGLISH and report.started_at.utcoffset()
    started = N_("{local} ({utc})") if has_local else "{utc}"
    exit_code = _value("code", Kind.OWN, code, "", _("Exit code"), N_("exit code {code}"))
    took = _value("time", Kind.OWN, time, "", _("Job took"), N_("the job took {time}"))
    return [
        exit_code._replace(in_comment=True),
        took._replace(in_comment=True),
        Fact(started, {"utc": (Kind.OWN, utc), "local": (Kind.OWN, local)}, label=_("Started")),
    ]


def about_change(change: Change) -> list[Fact]:
    """Return the change under test; empty if the CI does not name it."""
    text, phrase = "{branch}", N_("branch {branch}")
    branches = {"branch": (Kind.NAME, change.branch)}
    if change.base_branch:
        text, phrase = N_("{branch} into {base}"), N_("branch {branch} into {base}")
        branches["base"] = Kind.NAME, change.base_branch
    commit = _value("commit", Kind.COMMIT, change.sha, "", _("Commit"), N_("commit {commit}"))
    facts = [
        commit._replace(in_comment=True),
        Fact(text, branches, label=_("Branch"), phrase=phrase),
        _value("request", Kind.TEXT, change.request, "", _("Request"), N_("request {request}")),
        _value("actor", Kind.TEXT, change.actor, "", _("By"), N_("by {actor}")),
    ]
    return _known(facts)


def about_workflow(workflow: WorkflowReport) -> list[Fact]:
    outcome, execution = workflow.outcome, workflow.execution
    status = labels.status(workflow.status_word) if workflow.status_word else ""
    passed = outcome.verdict is Verdict.PASSED and not outcome.lenient
    label = "" if passed else _("Genesis says")
    progress, time = labels.progress(execution), labels.duration(workflow)
    watched = _("Watched for") if workflow.attached else _("From trigger to end")
    ran = execution.seconds if execution else None
    in_genesis = "" if ran is None else human_seconds(ran)
    run = _value(
        "id", Kind.ID, workflow.execution_id, _("execution"), _("Execution"), N_("Execution {id}")
    )
    facts = [
        run._replace(in_comment=True),
        _value("address", Kind.NAME, workflow.run_url, _("run")),
        *_preview(workflow),
        _value("word", Kind.NAME, status, _("status"), label, N_("Genesis says {word}")),
        _value("done", Kind.TEXT, progress, _("blocks"), _("Blocks done"), N_("{done} blocks")),
        _value("time", Kind.OWN, time, _("duration"), watched),
        _value("time", Kind.OWN, in_genesis, "", _("Ran in Genesis"), N_("ran {time} in Genesis")),
    ]
    for number, earlier in enumerate(workflow.earlier, start=1):
        verdict, before = _(earlier.outcome.verdict), earlier.execution_id or _(UNKNOWN_STATUS)
        values = {"verdict": (Kind.TEXT, verdict), "id": (Kind.ID, before)}
        row = fill("attempt {number}", number=number)
        facts.append(Fact(N_("{verdict}, execution {id}"), values, row))
    return _known(facts)


def _preview(workflow: WorkflowReport) -> Iterator[Fact]:
    if waited := workflow.readiness:
        text, phrase = "{address}", N_("Waited for {address}")
        values = {"address": (Kind.NAME, waited.shown)}
        if workflow.outcome.verdict is not Verdict.NOT_READY:  # whose message has the words
            text, phrase = labels.ANSWERED, N_("Waited for {address}: {words}")
            ended = N_("{words} (not ready within {time})")
            if waited.ready:
                ended = N_("{words} (ready after {time})")
            words = fill(ended, words=waited.words, time=human_seconds(waited.seconds))
            values["words"] = Kind.TEXT, words
        yield Fact(text, values, _("preview"), _("Waited for"), phrase)
