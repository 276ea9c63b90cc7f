"""`genesis-ci init`: writes a strict config file from the result.json of a run."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from shlex import quote
from typing import NamedTuple

from genesis_ci import DOCUMENTATION, outcomes
from genesis_ci.checks.listed_tests import MAX_TESTS
from genesis_ci.config.check_entries import MAX_ENTRIES
from genesis_ci.config.expect import TryOut
from genesis_ci.config.inputs import BY_NAME
from genesis_ci.config.interpolation import CREDENTIAL
from genesis_ci.config.reader import Reader
from genesis_ci.config.settings import Settings, parse_settings
from genesis_ci.config.sources import Given
from genesis_ci.config.task import Task
from genesis_ci.document.entries import MAX_NAME
from genesis_ci.errors import ConfigError, reason_of
from genesis_ci.jobs.proposals import Proposals, propose
from genesis_ci.jobs.show import read_report
from genesis_ci.language import N_, Language, _, counted, fill
from genesis_ci.models.change import Change
from genesis_ci.models.execution import Block, Status
from genesis_ci.models.findings import Expectation, Judged, RunChecks, tests_that_ran
from genesis_ci.models.judgement import Judgement
from genesis_ci.models.policy import Accept
from genesis_ci.models.report import Annotation, JobReport, Level, Problem, WorkflowReport
from genesis_ci.models.workflow import Verb, Workflow
from genesis_ci.providers.base import Provider
from genesis_ci.redaction import HIDDEN
from genesis_ci.strict_json import JsonValue, StrictJsonError, kind, parse_json
from genesis_ci.text import Names, clean_line, is_uuid

CONFIG = BY_NAME["config"].default
LONGEST_COMMENT = 100
LONGEST_VALUE = 4_000
PAGES = {".github": "github", ".gitlab-ci.yml": "gitlab", ".forgejo": "forgejo"}
"""The page of the CI that a checkout seems to use, by what is in it."""
_CUT = r"… \[(?:\d+ more characters cut|cut: [^\[\]]*)\]\Z"
_ADDRESS = r"https?://\S+"
_PRIVATE = r"[@?#]|\*\*\*"
_LIKE_A_KEY = r"(?:gh[pousr]_|github_pat_|glpat-|sk-|xox[a-z]-|AKIA|eyJ|-----BEGIN )"
_TAKEN = r"(?:GENESIS|GITHUB|CI|RUNNER|INPUT)(?:_|$)|(?:PATH|HOME|USER|PWD|SHELL|LANG|TMPDIR)$|\d"

Judge = Callable[[RunChecks, Sequence[Block]], Judged]


class InitIO(NamedTuple):
    """What `init` reads and writes with; `write` is standard output, `exists` asks the checkout."""

    read_file: Callable[[str], str]
    write_file: Callable[[str, str], None]
    exists: Callable[[str], bool]
    judge: Judge
    try_out: TryOut
    provider: Provider
    speak: Callable[[Language], Iterable[str]]
    write: Callable[[str], None]
    program: str


class Exposed:
    """The environment variables that the file reads, with the values of this run."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def reference(self, name: str, value: str) -> str:
        """Return the reference for a value; equal names have equal values."""
        plain = re.sub("[^A-Z0-9]+", "_", name.upper().encode("ascii", "ignore").decode())
        variable = (plain.strip("_") or "VALUE")[:80]
        if re.match(_TAKEN, variable):
            variable = f"APP_{variable}"
        each = (f"{variable}_{number}" if number > 1 else variable for number in range(1, 10_000))
        free = next(one for one in each if self.values.get(one, value) == value)
        self.values[free] = value
        return f"${{{free}}}"


class Draft(NamedTuple):
    """The entry of a workflow: its lines, and what was found in its run.

    `dropped` are the proposed checks that the judge did not find met, `least` is the number of
    tests in all reports, and `remarks` say what the entry lacks.
    """

    run: WorkflowReport
    lines: tuple[str, ...]
    blocks: tuple[Block, ...] = ()
    proposals: Mapping[str, Proposals] = {}
    dropped: tuple[Expectation, ...] = ()
    least: int = 0
    accepts_unchecked: bool = False
    remarks: tuple[str, ...] = ()

    @property
    def checks(self) -> list[Expectation]:
        each = (one for made in self.proposals.values() for one in made.checks)
        return [one for one in each if one not in self.dropped][:MAX_ENTRIES]


def init(options: Mapping[str, str], io: InitIO) -> int:
    """Write the file, or with `--print` its text to standard output; return the exit code."""
    try:
        path = options["--from"]
        if "--print" not in options:
            _refuse_to_overwrite(io.read_file, is_forced="--force" in options)
        report = _report(path, io.read_file)
        for words in io.speak(report.language):
            io.provider.annotate(Annotation(level=Level.NOTICE, message=words))
        drafts, exposed, text = _drafted(report, path, io)
        if "--print" in options:
            io.write(text)
        else:
            io.write_file(CONFIG, text)
    except (ConfigError, OSError) as error:
        reason = isinstance(error, OSError) and (reason_of(error) or _("no reason is known"))
        problems = error.problems if isinstance(error, ConfigError) else [f"{CONFIG}: {reason}."]
        for problem in problems:
            message = str(problem)
            io.provider.annotate(
                Annotation(level=Level.ERROR, title="genesis-ci init", message=message)
            )
        return ConfigError.exit_code
    if "--print" not in options:
        io.write("\n".join([*_closing(drafts, exposed, path, io), ""]))
    return 0


def _refuse_to_overwrite(read_file: Callable[[str], str], *, is_forced: bool) -> None:
    try:
        read_file(CONFIG)
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        reason = reason_of(error) if isinstance(error, OSError) else str(error)
        words = N_("{file} is here, and it is not replaced: {reason}. Remove it first.")
        raise ConfigError([Problem(words=fill(words, file=CONFIG, reason=reason))]) from None
    if not is_forced:
        words = N_(
            "{file} is here, and it is kept. Add --force to replace it, or --print to see the new "
            "one."
        )
        raise ConfigError([Problem(words=fill(words, file=CONFIG))])


def _report(path: str, read_file: Callable[[str], str]) -> JobReport:
    try:
        report = read_report(path, read_file, subject=clean_line(path))
    except ConfigError as error:
        text = N_("Run the workflow once, and then init again: genesis-ci run --workflow-id UUID")
        raise ConfigError([*error.problems, Problem(words=_(text))]) from None
    if not any(map(_workflow_id, report.workflows)):
        words = N_("{file}: it has no run with the id of a workflow. Run one, and then init again.")
        raise ConfigError([Problem(words=fill(words, file=clean_line(path)))])
    return report


def _drafted(report: JobReport, path: str, io: InitIO) -> tuple[list[Draft], Exposed, str]:
    """Return the entries and the text of the file, every check of which the run meets."""
    exposed, names = Exposed(), Names()
    drafts = [
        _first_draft(run, report.change, exposed, names, io.judge)
        for run in report.workflows
        if _workflow_id(run)
    ]
    while True:
        text = _text(drafts, exposed, path)
        settings = _loaded(text, exposed, report, io.try_out)
        if settings.problems:
            raise ConfigError(settings.problems)
        judged = [
            _judged(one, workflow, io.judge)
            for one, workflow in zip(drafts, settings.workflows, strict=True)
        ]
        if judged == drafts:
            return drafts, exposed, text
        drafts = judged


def _loaded(text: str, exposed: Exposed, report: JobReport, try_out: TryOut) -> Settings:
    """Return what the real reader reads of the file, with the values of the run."""
    layer = {"config": Given(CONFIG, "config")}
    if exposed.values:
        layer["expose"] = Given(tuple(exposed.values), "expose")
    reader = Reader(layer, read_file={CONFIG: text}.__getitem__, today=date.max)
    task = Task(
        verb=Verb.RUN,
        environ=exposed.values,
        change=report.change,
        try_out=try_out,
        key_is_reported=True,
    )
    return parse_settings(reader, task)


def _first_draft(
    run: WorkflowReport, change: Change, exposed: Exposed, names: Names, judge: Judge
) -> Draft:
    draft = Draft(run, (*_head(run, change, exposed, names),))
    if not run.execution or run.execution.status is not Status.COMPLETED:
        words = N_("This run was not completed, so it has no checks. Run it, and then: {command}")
        return draft._replace(remarks=(fill(words, command="genesis-ci init --force"),))
    blocks = tuple(replace(one, raw=_output(one)) for one in run.blocks)
    tests = [one for one in judge(RunChecks(), blocks).findings if one.is_test]
    proposals = {
        one.key: propose(one.key, one.raw)
        for one in blocks
        if one.raw is not None and len(one.key) <= MAX_NAME and HIDDEN not in one.key
    }
    if any(one.judgement is Judgement.UNMET for one in tests):
        tests = []
    proposals = {key: made._replace(checks=() if made.failures else made.checks)
                 for key, made in proposals.items()}  # fmt: skip
    least = min(tests_that_ran(tests), MAX_TESTS)
    return draft._replace(blocks=blocks, proposals=proposals, least=least)


def _output(block: Block) -> JsonValue:
    """Return the output as Genesis sent it; None if it is not all in the file."""
    if block.output is None or re.search(_CUT, block.output):
        return None
    if not block.output_is_json:
        return block.output
    try:
        return parse_json(block.output)
    except StrictJsonError:
        return None


def _judged(draft: Draft, workflow: Workflow, judge: Judge) -> Draft:
    """Return the draft without checks that its run does not meet."""
    execution = draft.run.execution
    if not draft.blocks or not execution:
        return draft
    findings, warnings, unjudged = judge(workflow.checks, draft.blocks)
    own = [one for one in findings if one.block and not (one.is_test or one.automatic)]
    pairs = zip(draft.checks, own, strict=True)
    if unmet := tuple(check for check, one in pairs if one.judgement is not Judgement.MET):
        return draft._replace(dropped=draft.dropped + unmet)
    accepting = [workflow.policy, workflow.policy._replace(accept=frozenset({Accept.UNCHECKED}))]
    strict, lenient = (
        outcomes.for_execution(execution, one, findings=findings, unjudged=unjudged)
        for one in accepting
    )
    accepts = draft.accepts_unchecked or bool(strict and lenient and lenient.green > strict.green)
    remarks = warnings
    if not (draft.checks or draft.least):
        remarks += (
            _("Nothing in the outputs says success, so reports will say “unchecked”."),
            _("Put into the instruction of the last block, and run it again:"),
            _("“The last line of your answer is VERDICT: PASS or VERDICT: FAIL.”"),
        )
    if lenient and not lenient.green:
        remarks += (fill("This run does not pass: {reason}", reason=lenient.message),)
    return draft._replace(accepts_unchecked=accepts, remarks=remarks)


def _workflow_id(run: WorkflowReport) -> str | None:
    stated = run.workflow_id or (run.execution and run.execution.workflow_id) or ""
    return stated if is_uuid(stated) else None


def _head(run: WorkflowReport, change: Change, exposed: Exposed, names: Names) -> Iterator[str]:
    """Yield the lines of an entry up to its variables."""
    guess = "" if run.workflow_id else f"  # {_('guess: the id in the answer of Genesis')}"
    identity = f"workflow-id: {_workflow_id(run)}{guess}"
    if run.name == run.workflow_id:
        if run.execution and run.execution.workflow_name:
            yield _comment(fill("In Genesis: {name}", name=run.execution.workflow_name))
        yield f"  - {identity}"
    else:
        yield f"  - name: {_scalar(names.unique(run.name.replace(',', ' ')[:MAX_NAME]))}"
        yield f"    {identity}"
    if not run.required:
        yield "    required: false"
    if run.readiness:
        words = N_("It waited for {address}: add wait-for.")
        yield _comment(fill(words, address=run.readiness.shown))
    if run.attached and not run.variables:
        words = _("The job only waited for this run: add the inputs that the workflow needs.")
        yield _comment(words)
    if run.variables:
        yield "    inputs:"
    secret = []
    for name, value in run.variables.items():
        is_secret = HIDDEN in value or re.search(CREDENTIAL, name) or re.match(_LIKE_A_KEY, value)
        if is_secret and not re.search(r"[\s,]", name):
            secret.append(_scalar(name))
        yield f"      {_key(name)}: {_value(name, value, change, exposed, bool(is_secret))}"
    if secret:
        yield f"    secret-inputs: [{', '.join(secret)}]"


def _value(name: str, value: str, change: Change, exposed: Exposed, is_secret: bool) -> str:
    """Return a variable's value as the file has it: a reference, or a scalar."""
    if is_secret:
        return exposed.reference(f"SECRET_{name}" if re.search(r"[\s,]", name) else name, value)
    if re.search(_CUT, value) or len(value) > LONGEST_VALUE:
        return exposed.reference(name, value)
    if re.fullmatch(_ADDRESS, value):
        seen = value if _is_harmless_address(value) else _("it may have a secret part")
        seen = _short(fill("in this run: {value}", value=seen))
        return f"{exposed.reference(name, value)}  # {seen}"
    known = change.by_name()
    each = (one for one in ("sha", "short_sha", "branch", "change") if known[one] == value)
    return next((f"${{ci.{one}}}" for one in each), None) or _scalar(value)


def _text(drafts: Sequence[Draft], exposed: Exposed, path: str) -> str:
    words = fill("Written by genesis-ci init from {file}. Look at it.", file=clean_line(path))
    lines = [f"# {_short(words)}"]
    if exposed.values:
        names = " ".join(exposed.values)
        lines.append(f"# {fill('The job has to set these: expose: {names}', names=names)}")
    lines += ["version: 1", "defaults: { accept: none }", "workflows:"]
    for draft in drafts:
        lines += [*draft.lines, *_checks(draft)]
    return "\n".join([*lines, ""])


def _checks(draft: Draft) -> Iterator[str]:
    """Yield the lines of an entry after its variables, with a comment for each block."""
    yield from map(_comment, draft.remarks)
    if draft.accepts_unchecked:
        yield "    accept: unchecked"
    if draft.least:
        yield f"    tests: {{ at-least: {draft.least} }}"
    checks = draft.checks
    if checks:
        yield "    expect:"
    for block in draft.blocks:
        first = next(filter(str.strip, (block.output or "").split("\n")), "")
        what = _("cut") if block.output and block.raw is None else _(kind(block.raw))
        yield _comment(fill("{block} ({kind}): {first}", block=block.key, kind=what, first=first))
        made = draft.proposals.get(block.key, Proposals())
        for words in made.failures[:3]:
            yield _comment(fill("said failure, so it has no check: {words}", words=words))
        for check in made.checks:
            if check in draft.dropped:
                yield _comment(fill("not met by this run: {check}", check=str(check.expected)))
            elif check in checks:
                yield f"      - {_written(check)}"


def _written(check: Expectation) -> str:
    query = f"query: {_scalar(check.query)}, " if check.query is not None else ""
    value = check.expected
    shown = _scalar(value) if isinstance(value, str) else json.dumps(value)
    guess = f"  # {_('guess')}" if check.operator != "equals" else ""
    return f"{{ block: {_scalar(check.block)}, {query}{check.operator}: {shown} }}{guess}"


def _comment(words: str) -> str:
    return f"    # {_short(words)}"


def _short(words: str) -> str:
    return clean_line(words, limit=LONGEST_COMMENT, mark="…")


def _scalar(text: str) -> str:
    """Return a text as a YAML value that is read as this text, without references."""
    return _key(text.replace("${", "$${"))


def _key(text: str) -> str:
    """Return a text as a YAML scalar; no reference in a key is replaced."""
    import yaml

    plain = re.fullmatch("[A-Za-z_][A-Za-z0-9_. -]*", text) and yaml.safe_dump(text)[0] == text[0]
    style = None if plain else "'" if text.isprintable() else '"'
    dumped = yaml.safe_dump(text, default_style=style, allow_unicode=True, width=10**9)
    return dumped.removesuffix("\n").removesuffix("\n...")


def _closing(drafts: Sequence[Draft], exposed: Exposed, path: str, io: InitIO) -> Iterator[str]:
    workflows = counted(len(drafts), "{count} workflow", "{count} workflows")
    checks = sum(len(one.checks) + bool(one.least) for one in drafts)
    words = N_("{file}: {workflows}, {checks}. Look at its comments.")
    number = counted(checks, "{count} check", "{count} checks")
    yield fill(words, file=CONFIG, workflows=workflows, checks=number)
    command = f"{io.program} wait --from {quote(path)} --config {CONFIG}"
    if exposed.values:
        command += f" --expose {quote(' '.join(exposed.values))}"
    shown = {one: text for one, text in exposed.values.items() if _is_harmless_address(text)}
    if others := " ".join(one for one in exposed.values if one not in shown):
        yield fill("Set these variables first, in the shell and in the job: {names}", names=others)
    parts = [*(f"{one}={quote(text)}" for one, text in shown.items()), command]
    yield fill("next: {command}", command=" ".join(parts))
    yield _("It judges the same run with this file, and starts nothing.")
    page = next((page for one, page in PAGES.items() if io.exists(one)), "first-hour")
    yield fill("The CI job: {address}", address=f"{DOCUMENTATION}{page}.html")


def _is_harmless_address(text: str) -> bool:
    return re.fullmatch(_ADDRESS, text) is not None and not re.search(_PRIVATE, text)
