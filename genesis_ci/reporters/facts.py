"""What reports say about a job, its change and each workflow: a row for each fact.

Log, junit.xml, summary, page and comment write the rows, each in its form. A fact for all of them
is one more row.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC
from enum import Enum, auto
from typing import NamedTuple, TypeAlias

from genesis_ci.language import N_, Language, _, commas, fill, human_seconds, in_use
from genesis_ci.models.change import Change
from genesis_ci.models.execution import UNKNOWN_STATUS
from genesis_ci.models.report import JobReport, Outcome, Verdict, WorkflowReport
from genesis_ci.outcomes import of_required, tally
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


_REMARKS: tuple[tuple[str, str, Callable[[Outcome], bool]], ...] = (
    (
        N_("1 by policy: {names}"),
        N_("{count} by policy: {names}"),
        lambda one: one.lenient and not one.flaky,
    ),
    (N_("1 flaky: {names}"), N_("{count} flaky: {names}"), lambda one: one.flaky),
    (N_("1 unchecked: {names}"), N_("{count} unchecked: {names}"), lambda one: one.unchecked),
)
"""What a headline says about one workflow that passed, and about several."""


def headline(report: JobReport) -> str:
    """Return the result of the job in one line, without a mark, and how its tests ended."""
    selected, job = report.selected, report.outcome
    required = [one for one in selected if one.required]
    others, passed = _groups([one for one in selected if not one.required], job)
    word = labels.verdict_badge(job).word
    if len(selected) < 2 and required == [*selected]:
        line = _(": ").join((word, *map(labels.title, selected)))
    elif required:
        line = _about_required(required, job)
        if job.verdict not in {one.outcome.verdict for one in required}:
            line = fill("{label}: {text}", label=word, text=line)
        if rest := commas([*map(_counted, others), *_remarks(passed)]):
            line = fill("{line}; not required: {rest}", line=line, rest=rest)
    else:
        ended = commas([*map(_counted, others), *_passed(passed)])
        line = fill("No workflow is required: {ended}", ended=ended)
        if not job.green:
            line = fill("{label}: {text}", label=word, text=line)
    if by := labels.selectors(one.outcome for one in report.workflows):
        text, of = N_("{line} ({count} of {all}, selected by {by})"), len(report.workflows)
        line = fill(text, line=line, count=len(selected), all=of, by=by)
    found = labels.tests(report)
    return fill("{line} ({tally})", line=line, tally=tally(found)) if found else line


def _about_required(required: list[WorkflowReport], job: Outcome) -> str:
    """Say how the required workflows ended; of a red job, first what made it red."""
    others, passed = _groups(required, job)
    if job.green or not others:
        count = of_required(len(passed), len(required), _(Verdict.PASSED))
        return commas([_remarked(count, passed), *map(_counted, others)])
    word, named = others[0]
    text, count = N_("{count}: {names}"), of_required(len(named), len(required), word)
    worst = fill(text, count=count, names=labels.short_names(named))
    return commas([worst, *map(_counted, others[1:]), *_passed(passed)])


def _groups(
    workflows: list[WorkflowReport], job: Outcome
) -> tuple[list[tuple[str, list[WorkflowReport]]], list[WorkflowReport]]:
    """Return those that did not pass, by a word, that of the job first; and those that passed."""
    others = defaultdict[str, list[WorkflowReport]](list)
    passed = []
    ranked = labels.failing_first(workflows)
    for one in sorted(ranked, key=lambda one: one.outcome.verdict is not job.verdict):
        if one.outcome.verdict is Verdict.PASSED:
            passed.append(one)
        else:
            word = _(one.outcome.verdict).replace("_", " ")
            others[labels.remarked(word, flaky=one.outcome.flaky)].append(one)
    return [*others.items()], passed


def _counted(group: tuple[str, list[WorkflowReport]]) -> str:
    word, named = group
    text, names = N_("{count} {word}: {names}"), labels.short_names(named)
    return fill(text, count=len(named), word=word, names=names)


def _passed(passed: list[WorkflowReport]) -> list[str]:
    count = fill("{count} {word}", count=len(passed), word=_(Verdict.PASSED))
    return [_remarked(count, passed)] if passed else []


def _remarked(count: str, passed: list[WorkflowReport]) -> str:
    remarks = commas(_remarks(passed))
    text = N_("{passed}, {remarks}")
    return fill(text, passed=count, remarks=remarks) if remarks else count


def _remarks(passed: list[WorkflowReport]) -> list[str]:
    """Return how workflows passed, other than plainly."""
    remarks = []
    for single, several, has in _REMARKS:
        if named := [one for one in passed if has(one.outcome)]:
            text, names = several if named[1:] else single, labels.short_names(named)
            remarks.append(fill(text, count=len(named), names=names))
    return remarks


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
    number = change.request and f"{'!' if change.is_merge_request else '#'}{change.request}"
    kind = _("Pull request"), N_("pull request {request}")
    if change.is_merge_request:
        kind = _("Merge request"), N_("merge request {request}")
    facts = [
        commit._replace(in_comment=True),
        Fact(text, branches, label=_("Branch"), phrase=phrase),
        _value("request", Kind.TEXT, number, "", *kind),
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
