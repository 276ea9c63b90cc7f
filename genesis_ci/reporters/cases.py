"""The cases of junit.xml and ctrf.json: a suite per workflow, a case for each block and check."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from genesis_ci.language import N_, _, fill, in_sequence
from genesis_ci.models.execution import Block, Status
from genesis_ci.models.findings import Finding
from genesis_ci.models.judgement import Result
from genesis_ci.models.report import JobReport, Outcome, Verdict, WorkflowReport
from genesis_ci.reporters import facts, labels
from genesis_ci.reporters.truncate import Limits, kept_blocks, kept_checks, rest_note
from genesis_ci.text import Names

MAX_CASES = 10_000
"""Cases in one file; one more case has the number of the others."""
MAX_TEXT = 65_536
MAX_MESSAGE = 200
_LABELLED = N_("{label}: {text}")
_NOT_REQUIRED = N_("{label}, not required: {text}")
_BY_POLICY = N_("{label}, passed by policy: {text}")
Short: TypeAlias = Callable[[str], str]
"""Shortens a text for the file."""


class Reason(NamedTuple):
    """Why a case did not pass: a line, and what follows it in the full text."""

    line: str
    rest: str = ""

    @property
    def message(self) -> str:
        return " ".join(self.line.split())[:MAX_MESSAGE]

    @property
    def text(self) -> str:
        return self.line + self.rest


class Rerun(NamedTuple):
    """A failure of a case in an earlier attempt; the first attempt is 1."""

    attempt: int
    kind: str
    reason: Reason


Failures: TypeAlias = defaultdict[tuple[str, str], dict[int, Rerun]]
"""The failures in earlier attempts: by their kind and name, then by attempt."""


class Case(NamedTuple):
    """One test case; `kind` is a verdict, status or judgement.

    `suite` is the classname in JUnit, `reruns` are the failures in earlier attempts. `explains` is
    true if the case shows the verdict of its workflow, which needs no case of its own then.
    """

    name: str
    result: Result
    kind: str
    reason: Reason
    seconds: float = 0.0
    suite: str = ""
    output: str = ""
    reruns: tuple[Rerun, ...] = ()
    explains: bool = False


class Suite(NamedTuple):
    """The cases of one workflow. The name is unique in the file, and case names in the suite.

    `output` has facts about the run for people, `properties` some of them for programs.
    """

    name: str
    seconds: float
    cases: tuple[Case, ...]
    output: str = ""
    properties: tuple[tuple[str, str], ...] = ()

    @property
    def red(self) -> bool:
        return any(case.result.red for case in self.cases)


def _block_result(block: Block, workflow: WorkflowReport) -> tuple[Result, bool]:
    """Return a block's result without a policy that lets it pass, and whether it `explains`."""
    outcome = workflow.outcome
    counts = not workflow.failed_block_passes
    has_failed = _is_completed(workflow) and block.has_failed
    match Status.FAILED if has_failed else block.status, outcome.verdict:
        case Status.COMPLETED, verdict:
            return Result.PASSED, verdict is Verdict.PASSED and not outcome.lenient
        case Status.FAILED, Verdict.FAILED:
            return Result.FAILURE, True
        case Status.FAILED, Verdict.UNMET:
            return Result.FAILURE, counts
        case Status.FAILED, Verdict.PASSED:
            return Result.FAILURE, outcome.lenient and _is_tolerated(block, workflow)
        case Status.FAILED, _:
            return Result.FAILURE, False
        case Status.REVIEW_PENDING, Verdict.REVIEW_PENDING:
            return Result.ERROR, True
        case _, Verdict.UNMET if counts and not block.is_done:
            return Result.FAILURE, True
        case _:
            return Result.SKIPPED, False


def _is_tolerated(block: Block, workflow: WorkflowReport) -> bool:
    """True for a failed block of a completed run that `accept` lets pass."""
    return block.has_failed and _is_completed(workflow) and workflow.failed_block_passes


def _is_completed(workflow: WorkflowReport) -> bool:
    run = workflow.execution
    return run is not None and run.status is Status.COMPLETED


def make_suites(report: JobReport, limits: Limits) -> tuple[Suite, ...]:
    """Return one suite per workflow, and `genesis-ci` for a verdict that no workflow explains."""
    names = Names()
    notices = [fill("Notice: {notice}", notice=notice) for notice in report.notices]
    suites = []
    taken: defaultdict[str, Names] = defaultdict(Names)
    for workflow in report.workflows:
        name = names.unique(labels.title(workflow))
        said = (*_output(workflow), *notices[: limits.rows])
        output = "\n".join(limits.shorten(line, limits.characters) for line in said)
        cases = tuple(_cases(workflow, name, limits, taken))
        properties = tuple(_properties(workflow))
        suites.append(Suite(name, workflow.seconds, cases, output, properties))
    explained = report.outcome.green or any(suite.red for suite in suites)
    if not suites or report.problems or not explained:
        lines = ["", *(f"- {one}" for one in labels.problems(report)), *notices]
        if report.outcome.next_step:
            lines += ["", _what_to_do(report.outcome)]
        reason = Reason(report.outcome.message, "\n".join(lines))
        name = names.unique("genesis-ci")
        result = Result.SKIPPED if report.outcome.green else Result.ERROR
        case = Case("(job)", result, report.outcome.verdict, reason, report.seconds, name)
        suites.append(Suite(name, report.seconds, (case,)))
    return tuple(suites)


def _what_to_do(outcome: Outcome) -> str:
    return in_sequence((_(labels.WHAT_TO_DO), outcome.next_step))


def _output(workflow: WorkflowReport) -> Iterator[str]:
    outcome = workflow.outcome
    word, code = _(outcome.verdict), outcome.exit_code
    verdict = fill("verdict: {verdict} (exit code {code}).", verdict=word, code=code)
    yield in_sequence((verdict, outcome.message))
    for fact in facts.about_workflow(workflow):
        if fact.row:
            yield fill(_LABELLED, label=fact.row, text=fact.written(fact.text, facts.RAW))
    for key, value in workflow.variables.items():
        yield fill("variable {key}: {value}", key=key, value=value)
    yield from (fill("note: {note}", note=note) for note in workflow.notes)


def _properties(workflow: WorkflowReport) -> Iterator[tuple[str, str]]:
    if workflow.earlier:
        yield "attempts", str(len(workflow.attempts))
        yield "flaky", str(workflow.outcome.flaky).lower()


def _cases(
    workflow: WorkflowReport, suite: str, limits: Limits, taken: defaultdict[str, Names]
) -> list[Case]:
    """Return the cases in order, with names that are not `taken`; one has the next step."""

    def short(text: str) -> str:
        return limits.shorten(text, limits.characters)

    failures = _failures(workflow.earlier, short)
    kept = kept_blocks(workflow.blocks, limits.rows)
    blocks = [workflow.blocks[at] for at in kept]
    checks = kept_checks(workflow.findings, limits.rows)
    shown = [("failed", block.key) for block in blocks]
    shown += [("unmet", check.full_name) for check in checks]
    made = [
        _workflow_case(workflow),
        *_other_attempts(workflow, {at for one in shown for at in failures[one]}),
        *(_block_case(one, workflow, short, failures) for one in blocks),
        *_blocks_left_out(workflow, kept),
        *(_check_case(one, workflow, short, failures) for one in checks),
    ]
    if note := rest_note(len(workflow.findings) - len(checks), _("checks")):
        made.append(_skipped("(more checks)", "more", note))
    cases = []
    for one in made:
        full = f"{suite} › {one.suite}" if one.suite else suite
        cases.append(one._replace(suite=full, name=taken[full].unique(one.name)))
    first = next((at for at, one in enumerate(cases) if one.explains), 0)
    if first == 0:
        return cases
    line, rest = cases[first].reason
    if workflow.outcome.next_step:
        rest += f"\n\n{_what_to_do(workflow.outcome)}"
    cases[first] = cases[first]._replace(reason=Reason(line, f"{rest}{_link(workflow)}"))
    return cases[1:]


def _link(workflow: WorkflowReport) -> str:
    url = workflow.run_url
    return f"\n{fill(_LABELLED, label=_(labels.OPEN_RUN), text=url)}" if url else ""


def _skipped(name: str, kind: str, text: str) -> Case:
    return Case(name, Result.SKIPPED, kind, Reason(text))


def _workflow_case(workflow: WorkflowReport) -> Case:
    outcome = workflow.outcome
    result = Result.ERROR
    if outcome.verdict is Verdict.PASSED and not outcome.lenient:
        result = Result.PASSED
    elif outcome.green or not workflow.required:
        result = Result.SKIPPED
    elif outcome.verdict in {Verdict.FAILED, Verdict.UNMET}:
        result = Result.FAILURE
    word = workflow.status_word if outcome.lenient and workflow.status_word else outcome.verdict
    template = _BY_POLICY if outcome.lenient else _LABELLED
    if not workflow.required:
        template = _NOT_REQUIRED
    line = fill(template, label=_(word), text=outcome.message)
    remedy = f"\n{_what_to_do(outcome)}" if outcome.next_step else ""
    reason = Reason(line, f"{remedy}{_link(workflow)}")
    return Case("(workflow)", result, outcome.verdict, reason, workflow.seconds)


def _failures(attempts: Iterable[WorkflowReport], short: Short) -> Failures:
    found: Failures = defaultdict(dict)
    for number, attempt in enumerate(attempts, start=1):
        for key, block in labels.failed_blocks(attempt).items():
            words = labels.block_text(block) or labels.status_badge(block).word
            found["failed", key][number] = Rerun(number, "failed", _quoted(short(words)))
        for check in labels.unmet(attempt.findings):
            reason = _check_reason(check, short, required=attempt.required)
            found["unmet", check.full_name][number] = Rerun(number, "unmet", reason)
    return found


def _other_attempts(workflow: WorkflowReport, rerun: Collection[int]) -> Iterator[Case]:
    """A case for each earlier attempt whose failures are no reruns of the shown cases."""
    for number, attempt in enumerate(workflow.earlier, start=1):
        if number not in rerun:
            verdict, message = attempt.outcome.verdict, attempt.outcome.message
            text = fill("{verdict}, run again: {message}", verdict=_(verdict), message=message)
            yield _skipped(f"(attempt {number})", verdict, text)


def _block_case(block: Block, workflow: WorkflowReport, short: Short, failures: Failures) -> Case:
    """A block; its output is left out if the failure's text has it."""
    result, explains = _block_result(block, workflow)
    before = ""
    if result.red and not workflow.required:
        before, result = _NOT_REQUIRED, Result.SKIPPED
    elif result.red and (workflow.outcome.green or _is_tolerated(block, workflow)):
        before, result = _BY_POLICY, Result.SKIPPED
    if before:
        before = fill(before, label=labels.status(block.status_word), text="")
    own, status = labels.block_text(block), labels.status(block.status_word)
    words = own or fill("Genesis says of this block: {status}.", status=status)
    repeated = result is not Result.PASSED and own == block.output
    return Case(
        block.key,
        result,
        kind=block.status or "unknown",
        reason=_quoted(short(words), before),
        seconds=block.seconds or 0.0,
        output="" if repeated else short((block.output or "").strip("\n")),
        reruns=_reruns(result, failures["failed", block.key]),
        explains=explains,
    )


def _reruns(result: Result, failures: Mapping[int, Rerun]) -> tuple[Rerun, ...]:
    return () if result is Result.SKIPPED else tuple(failures.values())


def _blocks_left_out(workflow: WorkflowReport, kept: Iterable[int]) -> Iterator[Case]:
    if note := rest_note(*labels.left_out(workflow.blocks, kept)):
        yield _skipped("(more blocks)", "more", note)
    run = workflow.execution
    if run and (count := labels.not_started(run)):
        of = run.block_count
        text = fill("{count} of {all} blocks have not started.", count=count, all=of)
        yield _skipped("(not started)", "not started", text)


def _check_case(check: Finding, workflow: WorkflowReport, short: Short, failures: Failures) -> Case:
    result = check.judgement.row.result
    if result.red and not workflow.required:
        result = Result.SKIPPED
    return Case(
        check.name,
        result,
        kind=check.judgement,
        reason=_check_reason(check, short, required=workflow.required),
        seconds=check.seconds or 0.0,
        suite=check.suite,
        reruns=_reruns(result, failures["unmet", check.full_name]),
        explains=check.judgement.row.result.red,
    )


def _check_reason(check: Finding, short: Short, *, required: bool) -> Reason:
    row = check.judgement.row
    if row.result is Result.SKIPPED:
        before = fill(_LABELLED, label=check.expected, text="") if row.excused else ""
        return _quoted(short(check.found if check.found.strip() else _(check.judgement)), before)
    lines = ["", check.where]
    for title, text in ((_("Expected:"), check.expected), (_("Found:"), check.found)):
        if not labels.fits(text):
            lines += ["", title, short(text)]
    line = labels.check_result(check)
    if not required:
        line = fill(_NOT_REQUIRED, label=_(check.judgement), text=line)
    return Reason(line, "\n".join(lines))


def _quoted(text: str, before: str = "") -> Reason:
    """The reason that a text from outside gives."""
    blank = len(text) - len(text.lstrip())
    line, line_feed, rest = text[blank:].partition("\n")
    return Reason(f"{before}{text[:blank]}{line}", f"{line_feed}{rest}")
