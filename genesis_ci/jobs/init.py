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
from genesis_ci.config.interpolation import CREDENTIAL, USER_INFORMATION
from genesis_ci.config.reader import Reader
from genesis_ci.config.settings import parse_settings
from genesis_ci.config.sources import Given
from genesis_ci.config.task import Task
from genesis_ci.document.entries import MAX_NAME
from genesis_ci.errors import ConfigError, reason_of
from genesis_ci.jobs.proposals import Proposals, propose
from genesis_ci.jobs.show import read_report
from genesis_ci.language import N_, Language, _, counted, fill
from genesis_ci.models.change import Change
from genesis_ci.models.execution import Block, Status
from genesis_ci.models.findings import Expectation, Finding, Judged, RunChecks, tests_that_ran
from genesis_ci.models.judgement import Judgement
from genesis_ci.models.policy import Accept, Policy
from genesis_ci.models.report import Annotation, JobReport, Level, Outcome, Problem, WorkflowReport
from genesis_ci.models.workflow import Verb
from genesis_ci.providers.base import Provider
from genesis_ci.redaction import HIDDEN, Scrubber, Secret
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
_SECRET = rf"^{_LIKE_A_KEY}|^(?i:bearer|basic) |{USER_INFORMATION}"
_TAKEN = r"(?:GENESIS|GITHUB|CI|RUNNER|INPUT)(?:_|$)|(?:PATH|HOME|USER|PWD|SHELL|LANG|TMPDIR)$|\d"

_NOTHING = (
    N_("Nothing in the outputs says success, so reports will say “unchecked”."),
    N_("Put into the instruction of the last block, and run it again:"),
    N_("“The last line of your answer is VERDICT: PASS or VERDICT: FAIL.”"),
)

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
    """The environment variables that the file reads, with the values of this run.

    `secrets` are values that no comment and no check may show.
    """

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.secrets = list[Secret]()

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


class Entry(NamedTuple):
    """The lines of a workflow, how many checks are in them, and its run.

    The blocks have their outputs. `passes` is true if the run passes these lines.
    """

    run: WorkflowReport
    lines: tuple[str, ...]
    checks: int = 0
    blocks: tuple[Block, ...] = ()
    passes: bool = False


def init(options: Mapping[str, str], io: InitIO) -> int:
    """Write the file, or with `--print` its text to standard output; return the exit code."""
    try:
        path = options["--from"]
        if "--print" not in options:
            _refuse_to_overwrite(io.read_file, is_forced="--force" in options)
        report = _report(path, io.read_file)
        for words in io.speak(report.language):
            io.provider.annotate(Annotation(level=Level.NOTICE, message=words))
        exposed, names = Exposed(), Names()
        runs = filter(_workflow_id, report.workflows)
        entries = [_entry(one, report.change, exposed, names, io.judge) for one in runs]
        text = _text(entries, exposed, path)
        _verify(text, entries, exposed, report.change, io)
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
        io.write("\n".join([*_closing(entries, exposed, path, io), ""]))
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


def _verify(
    text: str, entries: Sequence[Entry], exposed: Exposed, change: Change, io: InitIO
) -> None:
    """Load the file as a job does, and judge its runs; raise an error if it is not as it should."""
    layer = {"config": Given(CONFIG, "config")}
    if exposed.values:
        layer["expose"] = Given(tuple(exposed.values), "expose")
    reader = Reader(layer, read_file={CONFIG: text}.__getitem__, today=date.max)
    task = Task(Verb.RUN, exposed.values, change, io.try_out, key_is_reported=True)
    settings = parse_settings(reader, task)
    if settings.problems:
        raise ConfigError(settings.problems)
    for entry, workflow in zip(entries, settings.workflows, strict=True):
        judged = io.judge(workflow.checks, entry.blocks) if entry.passes else Judged()
        ended = _ended(entry, workflow.policy, judged)
        is_green = ended is not None and ended.green
        if entry.run.variables != workflow.variables or entry.passes > is_green:
            raise ValueError("the file does not mean what it should")


def _ended(entry: Entry, policy: Policy, judged: Judged) -> Outcome | None:
    findings, _warnings, unjudged = judged
    if run := entry.run.execution:
        return outcomes.for_execution(run, policy, findings=findings, unjudged=unjudged)
    return None


def _entry(
    run: WorkflowReport, change: Change, exposed: Exposed, names: Names, judge: Judge
) -> Entry:
    head = (*_head(run, change, exposed, names),)
    if not run.execution or run.execution.status is not Status.COMPLETED:
        words = N_("This run was not completed, so it has no checks. Run it, and then: {command}")
        return Entry(run, (*head, _comment(fill(words, command="genesis-ci init --force"))))
    hide = Scrubber(exposed.secrets)
    blocks = [replace(one, output=one.output and hide(one.output)) for one in run.blocks]
    blocks = [replace(one, raw=_output(one)) for one in blocks]
    made = {
        one.key: propose(one.key, one.raw)
        for one in blocks
        if one.raw is not None and len(one.key) <= MAX_NAME and HIDDEN not in one.key
    }
    proposed = [one for each in made.values() if not each.failures for one in each.checks]
    judged = judge(RunChecks(configured=tuple(proposed[:MAX_ENTRIES])), blocks)
    own = [one for one in judged.findings if one.block and not (one.is_test or one.automatic)]
    met = [check for check, one in zip(proposed, own, strict=False) if _is_met(one)]
    others = [one for one in judged.findings if one not in own or _is_met(one)]
    tests = [one for one in others if one.is_test]
    least = min(tests_that_ran(tests), MAX_TESTS) if all(map(_is_met, tests)) else 0
    entry = Entry(run, (), len(met) + bool(least), tuple(blocks))
    judged = judged._replace(findings=tuple(others))
    strict, lenient = (
        _ended(entry, Policy(accept=accept), judged)
        for accept in (frozenset[Accept](), frozenset({Accept.UNCHECKED}))
    )
    lines = [*map(_comment, judged.warnings)]
    if not entry.checks:
        lines += map(_comment, map(_, _NOTHING))
    if lenient and not lenient.green:
        lines.append(_comment(fill("This run does not pass: {reason}", reason=lenient.message)))
    if lenient and strict and lenient.green > strict.green:
        lines.append("    accept: unchecked")
    lines += [f"    tests: {{ at-least: {least} }}"] if least else []
    lines += ["    expect:"] if met else []
    for block in blocks:
        lines += _of_block(block, made.get(block.key, Proposals()), met)
    return entry._replace(lines=(*head, *lines), passes=bool(lenient and lenient.green))


def _is_met(finding: Finding) -> bool:
    return finding.judgement in {Judgement.MET, Judgement.SKIPPED}


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
        is_secret = HIDDEN in value or re.search(CREDENTIAL, name) or re.search(_SECRET, value)
        if is_secret and not re.search(r"[\s,]", name):
            secret.append(_scalar(name))
        yield f"      {_key(name)}: {_value(name, value, change, exposed, bool(is_secret))}"
    if secret:
        yield f"    secret-inputs: [{', '.join(secret)}]"


def _value(name: str, value: str, change: Change, exposed: Exposed, is_secret: bool) -> str:
    """Return a variable's value as the file has it: a reference, or a scalar."""
    if is_secret:
        exposed.secrets += [] if HIDDEN in value else [Secret(value)]
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


def _text(entries: Sequence[Entry], exposed: Exposed, path: str) -> str:
    words = fill("Written by genesis-ci init from {file}. Look at it.", file=clean_line(path))
    lines = [f"# {_short(words)}"]
    if exposed.values:
        names = " ".join(exposed.values)
        lines.append(f"# {fill('The job has to set these: expose: {names}', names=names)}")
    lines += ["version: 1", "defaults: { accept: none }", "workflows:"]
    lines += (line for entry in entries for line in entry.lines)
    return "\n".join([*lines, ""])


def _of_block(block: Block, made: Proposals, met: Sequence[Expectation]) -> Iterator[str]:
    """Yield the checks of a block below a comment about it."""
    pad = "  " if met else ""
    first = next(filter(str.strip, (block.output or "").split("\n")), "")
    what = _("cut") if block.output and block.raw is None else _(kind(block.raw))
    words = fill("{block} ({kind}): {first}", block=block.key, kind=what, first=first)
    yield pad + _comment(words)
    for one in made.failures[:3]:
        yield pad + _comment(fill("said failure, so it has no check: {words}", words=one))
    for check in made.checks:
        if check in met:
            yield f"      - {_written(check)}"
        elif not made.failures:
            yield pad + _comment(fill("not met by this run: {check}", check=str(check.expected)))


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


def _closing(entries: Sequence[Entry], exposed: Exposed, path: str, io: InitIO) -> Iterator[str]:
    workflows = counted(len(entries), "{count} workflow", "{count} workflows")
    checks = sum(one.checks for one in entries)
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
