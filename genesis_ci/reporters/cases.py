"""The cases of junit.xml and ctrf.json: a suite per workflow, a case for each block and check."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from genesis_ci.language import N_, _, fill, in_sequence
from genesis_ci.models.execution import Block, Status
from genesis_ci.models.findings import Finding, Judgement
from genesis_ci.models.policy import OnState
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


class Result(StrEnum):
    """The result of a test case; all but the first are names of JUnit elements."""

    PASSED = "passed"
    FAILURE = "failure"
    ERROR = "error"
    SKIPPED = "skipped"

    @property
    def red(self) -> bool:
        """True for a result that makes a reader report the file as failed."""
        return self in (Result.FAILURE, Result.ERROR)


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


class Case(NamedTuple):
    """One test case; `kind` is a verdict, status or judgement.

    `suite` is the classname in JUnit, `reruns` are the failures in earlier attempts.
    """

    name: str
    suite: str
    result: Result
    kind: str
    reason: Reason
    seconds: float = 0.0
    output: str = ""
    reruns: tuple[Rerun, ...] = ()


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
        """True if a case is red."""
        return any(case.result.red for case in self.cases)


def suites_of(report: JobReport, limits: Limits) -> tuple[Suite, ...]:
    """Return one suite per workflow, and `genesis-ci` for a verdict that no workflow explains."""
    names = Names()
    notices = [fill("Notice: {notice}", notice=notice) for notice in report.notices]
    suites = []
    taken: defaultdict[str, Names] = defaultdict(Names)
    for workflow in report.workflows:
        name = names.unique(labels.title(workflow))
        said = (*_output(workflow), *notices[: limits.rows])
        suites.append(
            Suite(
                name=name,
                seconds=workflow.seconds,
                cases=tuple(_Cases(workflow, name, limits, taken)),
                output="\n".join(limits.shorten(line, limits.characters) for line in said),
                properties=tuple(_properties(workflow)),
            )
        )
    explained = report.outcome.green or any(suite.red for suite in suites)
    if not suites or report.problems or not explained:
        lines = ["", *(f"- {one}" for one in labels.problems(report)), *notices]
        if report.outcome.next_step:
            lines += ["", _what_to_do(report.outcome)]
        reason = Reason(report.outcome.message, "\n".join(lines))
        name = names.unique("genesis-ci")
        result = Result.SKIPPED if report.outcome.green else Result.ERROR
        case = Case("(job)", name, result, report.outcome.verdict, reason, report.seconds)
        suites.append(Suite(name, report.seconds, (case,)))
    return tuple(suites)


def _what_to_do(outcome: Outcome) -> str:
    return in_sequence((_(labels.WHAT_TO_DO), outcome.next_step))


def _output(workflow: WorkflowReport) -> Iterator[str]:
    outcome = workflow.outcome
    text = N_("verdict: {verdict} (exit code {code}).")
    verdict = fill(text, verdict=_(outcome.verdict), code=outcome.exit_code)
    yield in_sequence((verdict, outcome.message))
    for fact in facts.of_workflow(workflow, several=True):
        if fact.row:
            yield fill(_LABELLED, label=fact.row, text=fact.written(fact.text, facts.RAW))
    for key, value in workflow.variables.items():
        yield fill("variable {key}: {value}", key=key, value=value)
    yield from (fill("note: {note}", note=note) for note in workflow.notes)


def _properties(workflow: WorkflowReport) -> Iterator[tuple[str, str]]:
    if workflow.earlier:
        yield "attempts", str(len(workflow.earlier) + 1)
        yield "flaky", str(workflow.outcome.flaky).lower()
    if workflow.kept:
        yield "kept", "true"


@dataclass
class _Cases:
    """The cases of one workflow; `taken` are the names in use, by suite."""

    workflow: WorkflowReport
    suite: str
    limits: Limits
    taken: defaultdict[str, Names]

    def __iter__(self) -> Iterator[Case]:
        workflow, names = self.workflow, self.taken[self.suite]
        blocks = workflow.blocks
        kept = kept_blocks(blocks, self.limits.rows)
        checks = kept_checks(workflow.findings, self.limits.rows)
        own_name = names.unique("(workflow)")
        carrying = [at for at in kept if self._carries(blocks[at])]
        if not carrying and not labels.unmet(checks):
            yield self._workflow_case(own_name)
        yield from self._other_attempts(
            [("failed", blocks[at].key) for at in kept]
            + [("unmet", labels.check_name(check)) for check in checks]
        )
        for at in kept:
            yield self._block_case(blocks[at], self._remedy() if at in carrying[:1] else "")
        if note := rest_note(*labels.left_out(blocks, kept)):
            yield self._skipped("(more blocks)", "more", note)
        if workflow.execution and (count := labels.not_started(workflow.execution)):
            text = N_("{count} of {all} blocks have not started.")
            text = fill(text, count=count, all=workflow.execution.block_count)
            yield self._skipped("(not started)", "not started", text)
        first = None if carrying else next(iter(labels.unmet(checks)), None)
        for check in checks:
            yield self._check_case(check, self._remedy() if check is first else "")
        if note := rest_note(len(workflow.findings) - len(checks), _("checks")):
            yield self._skipped("(more checks)", "more", note)

    def _short(self, text: str) -> str:
        return self.limits.shorten(text, self.limits.characters)

    def _quoted(self, text: str, before: str = "", after: str = "") -> Reason:
        """The reason that a text from outside gives."""
        short = self._short(text)
        blank = len(short) - len(short.lstrip())
        line, line_feed, rest = short[blank:].partition("\n")
        return Reason(f"{before}{short[:blank]}{line}", f"{line_feed}{rest}{after}")

    def _skipped(self, name: str, kind: str, text: str) -> Case:
        name = self.taken[self.suite].unique(name)
        return Case(name, self.suite, Result.SKIPPED, kind, Reason(text))

    def _workflow_case(self, name: str) -> Case:
        workflow, outcome = self.workflow, self.workflow.outcome
        if outcome.verdict is Verdict.PASSED and not outcome.lenient:
            result = Result.PASSED
        elif outcome.green or not workflow.required:
            result = Result.SKIPPED
        elif outcome.verdict in {Verdict.FAILED, Verdict.UNMET}:
            result = Result.FAILURE
        else:
            result = Result.ERROR
        word = workflow.status_word if outcome.lenient and workflow.status_word else outcome.verdict
        template = _BY_POLICY if outcome.lenient else _LABELLED
        if not workflow.required:
            template = _NOT_REQUIRED
        remedy = f"\n{_what_to_do(outcome)}" if outcome.next_step else ""
        text = Reason(fill(template, label=_(word), text=outcome.message), f"{remedy}{self._link}")
        return Case(name, self.suite, result, outcome.verdict, text, workflow.seconds)

    @property
    def _link(self) -> str:
        url = self.workflow.run_url
        return f"\n{fill(_LABELLED, label=_(labels.OPEN_RUN), text=url)}" if url else ""

    def _remedy(self) -> str:
        outcome = self.workflow.outcome
        return f"\n\n{_what_to_do(outcome)}{self._link}" if outcome.next_step else ""

    @cached_property
    def _failures(self) -> Mapping[tuple[str, str], Mapping[int, Rerun]]:
        """The failures of earlier attempts: by their kind and name, then by attempt."""
        found: defaultdict[tuple[str, str], dict[int, Rerun]] = defaultdict(dict)
        for number, attempt in enumerate(self.workflow.earlier, start=1):
            for key, block in labels.failed_blocks(attempt).items():
                words = labels.block_text(block) or labels.status_badge(block).word
                found["failed", key][number] = Rerun(number, "failed", self._quoted(words))
            for check in labels.unmet(attempt.findings):
                reason = self._check_reason(check, required=attempt.required)
                found["unmet", labels.check_name(check)][number] = Rerun(number, "unmet", reason)
        return found

    def _reruns(self, result: Result, kind: str, name: str) -> tuple[Rerun, ...]:
        failures = {} if result is Result.SKIPPED else self._failures.get((kind, name), {})
        return tuple(failures.values())

    def _other_attempts(self, shown: Iterable[tuple[str, str]]) -> Iterator[Case]:
        """A case for each earlier attempt whose failures are no reruns of the shown cases."""
        rerun = {attempt for one in shown for attempt in self._failures.get(one, ())}
        for number, attempt in enumerate(self.workflow.earlier, start=1):
            if number not in rerun:
                verdict = attempt.outcome.verdict
                text = N_("{verdict}, run again: {message}")
                text = fill(text, verdict=_(verdict), message=attempt.outcome.message)
                yield self._skipped(f"(attempt {number})", verdict, text)

    def _block_case(self, block: Block, remedy: str) -> Case:
        """A block; its output is left out if the failure's text has it."""
        result = self._block_result(block)
        own = labels.block_text(block)
        status = labels.status_badge(block).word
        words = own or fill("Genesis says of this block: {status}.", status=status)
        repeated = result is not Result.PASSED and own == block.output
        output = "" if repeated else (block.output or "").strip("\n")
        return Case(
            self.taken[self.suite].unique(block.key),
            self.suite,
            result,
            kind=block.status or "unknown",
            reason=self._quoted(words, self._tolerated(block), remedy),
            seconds=block.seconds or 0.0,
            output=self._short(output),
            reruns=self._reruns(result, "failed", block.key),
        )

    def _block_result(self, block: Block) -> Result:
        workflow = self.workflow
        if block.status is Status.COMPLETED:
            return Result.PASSED
        if workflow.outcome.green or not workflow.required or self._is_tolerated(block):
            return Result.SKIPPED
        if block.status is Status.FAILED:
            return Result.FAILURE
        if not self._carries(block):
            return Result.SKIPPED
        return Result.FAILURE if workflow.outcome.verdict is Verdict.UNMET else Result.ERROR

    def _carries(self, block: Block) -> bool:
        """True if the block's case shows the workflow's verdict, so that nothing counts twice."""
        outcome = self.workflow.outcome
        match outcome.verdict:
            case Verdict.PASSED if outcome.lenient:
                return self._is_tolerated(block)
            case Verdict.PASSED:
                return block.status is Status.COMPLETED
            case Verdict.UNMET:
                return not block.is_done and self.workflow.on_failed_block is OnState.FAIL
            case Verdict.FAILED:
                return block.status is Status.FAILED
            case Verdict.REVIEW_PENDING:
                return block.status is Status.REVIEW_PENDING
            case _:
                return False

    def _is_tolerated(self, block: Block) -> bool:
        """True for a failed block of a completed run that the policy lets pass."""
        run, policy = self.workflow.execution, self.workflow.on_failed_block
        completed = run is not None and run.status is Status.COMPLETED
        return block.status is Status.FAILED and completed and policy is OnState.PASS

    def _tolerated(self, block: Block) -> str:
        """The beginning of the text of a block that would be red under another policy."""
        if block.status is not Status.FAILED and not self._carries(block):
            return ""
        if not self.workflow.required:
            return fill(_NOT_REQUIRED, label=labels.status(block.status_word), text="")
        if not (self.workflow.outcome.green or self._is_tolerated(block)):
            return ""
        return fill(_BY_POLICY, label=labels.status(block.status_word), text="")

    def _check_case(self, check: Finding, remedy: str) -> Case:
        suite = f"{self.suite} › {check.suite}" if check.suite else self.suite
        result = {
            Judgement.MET: Result.PASSED,
            Judgement.SKIPPED: Result.SKIPPED,
            Judgement.KNOWN: Result.SKIPPED,
            Judgement.UNMET: Result.FAILURE if self.workflow.required else Result.SKIPPED,
        }[check.judgement]
        return Case(
            self.taken[suite].unique(check.name),
            suite,
            result,
            kind=check.judgement,
            reason=self._check_reason(check, required=self.workflow.required, after=remedy),
            seconds=check.seconds or 0.0,
            reruns=self._reruns(result, "unmet", labels.check_name(check)),
        )

    def _check_reason(self, check: Finding, *, required: bool, after: str = "") -> Reason:
        if check.judgement is Judgement.SKIPPED:
            return self._quoted(check.found if check.found.strip() else _(check.judgement))
        if check.judgement is Judgement.KNOWN:
            return self._quoted(check.found, fill(_LABELLED, label=check.expected, text=""))
        lines = ["", check.where]
        for title, text in ((_("Expected:"), check.expected), (_("Found:"), check.found)):
            if not labels.fits(text):
                lines += ["", title, self._short(text)]
        line = labels.check_result(check)
        if not required:
            line = fill(_NOT_REQUIRED, label=_(check.judgement), text=line)
        return Reason(line, "\n".join(lines) + after)
