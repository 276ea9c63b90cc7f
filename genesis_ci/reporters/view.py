"""What a report says, as data: the summary, the HTML page and the comment write it.

Texts are raw but shortened; each writer escapes them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, NamedTuple, TypeVar

from genesis_ci.language import _, commas, fill, human_seconds, in_sequence
from genesis_ci.models.execution import Block, Execution, Status
from genesis_ci.models.findings import Finding
from genesis_ci.models.judgement import Judgement
from genesis_ci.models.report import JobReport, Outcome, WorkflowReport
from genesis_ci.outcomes import is_aggregate_of, tally
from genesis_ci.reporters import facts, labels
from genesis_ci.reporters.facts import Fact
from genesis_ci.reporters.labels import ABSENT, Badge
from genesis_ci.reporters.timeline import Span, Timeline, make_timeline
from genesis_ci.reporters.truncate import Limits, kept_blocks
from genesis_ci.text import without_full_stop

S = TypeVar("S")
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
MOST_HINTS = 3
"""Next steps of one kind of red in the head of a report; more are only with their workflows."""
IN_FOCUS = (Status.FAILED, Status.REVIEW_PENDING)


class Rows(NamedTuple, Generic[T_co]):
    """The rows of a list that are shown, how many are left out, and what they are."""

    shown: tuple[T_co, ...]
    left_out: int
    things: str

    def __bool__(self) -> bool:
        return bool(self.shown or self.left_out)


class Remedy(NamedTuple):
    """The next step: words, and a command to copy. Both may be empty."""

    words: str = ""
    command: str = ""

    @property
    def text(self) -> str:
        return " ".join(filter(None, self))


class CheckRow(NamedTuple):
    """A check. `details` is what it found, if `found` does not show all of that.

    `subject` is its name without the rule that `expected` has, `result` the template of a line with
    `expected` and `found` for the full name, and `block` the key of its block's row.
    """

    badge: Badge
    name: str
    subject: str
    expected: str
    found: str
    result: str
    block: str
    where: str
    seconds: float | None
    details: str


class Checks(NamedTuple):
    """The checks of a workflow; the tallies are empty if there are none.

    `excused` are the tests that failed and do not count, those of each judgement apart.
    """

    tally: str
    unmet: Rows[CheckRow]
    excused: tuple[Rows[CheckRow], ...]
    other_tally: str
    others: Rows[CheckRow]


class BlockRow(NamedTuple):
    """A block, with its shortened texts and its place on the timeline."""

    key: str
    badge: Badge
    in_focus: bool
    duration: str
    error: str
    output: str
    span: Span | None

    @property
    def text(self) -> str:
        return self.error or self.output


class Blocks(NamedTuple):
    """The blocks of a run, and how many more of them have not started."""

    tally: str
    rows: Rows[BlockRow]
    not_started: int
    timeline: Timeline | None


class Attempts(NamedTuple):
    """All attempts, the oldest first, and the blocks and checks that differ between them.

    A row of `differing` has a name, and a word for each attempt. `texts` are those of failed
    blocks, each with the number of its attempt.
    """

    every: tuple[WorkflowReport, ...]
    differing: Rows[tuple[str, tuple[str, ...]]]
    texts: tuple[tuple[int, BlockRow], ...]


class WorkflowView(NamedTuple):
    """One workflow. `message_repeated` is true if the page has the message already.

    `remedy` is empty if the page has it already, and `facts` are those that it does not have.
    `in_focus` says which blocks failed or wait for a review.
    """

    report: WorkflowReport
    title: str
    badge: Badge
    message: str
    message_repeated: bool
    remedy: Remedy
    facts: tuple[Fact, ...]
    attempts: Attempts | None
    checks: Checks
    blocks: Blocks | None
    texts: Rows[BlockRow]
    run_error: str
    notes: Rows[str]
    variables: Rows[tuple[str, str]]
    in_focus: tuple[str, ...]


class ReportView(NamedTuple):
    """The job. `message` is empty if a workflow's message says the same.

    `remedies` are the next steps for the red ones of several workflows, each after the verdicts
    that it is for; `remedy` is the job's, unless they have it.
    """

    report: JobReport
    headline: str
    badge: Badge
    message: str
    remedy: Remedy
    remedies: tuple[tuple[str, str], ...]
    problems: Rows[str]
    notices: Rows[str]
    workflows: Rows[WorkflowView]

    @property
    def only_workflow(self) -> WorkflowView | None:
        """The job's only workflow; None if there are several, or if it is not shown."""
        return next(iter(self.workflows.shown), None) if len(self.report.workflows) == 1 else None


def make_view(report: JobReport, limits: Limits) -> ReportView:
    """Return what a report says within the limits; workflows that did not pass come first."""
    outcome = report.outcome
    is_of_one = any(is_aggregate_of(one.outcome, outcome) for one in report.workflows)
    message = "" if is_of_one else outcome.message
    ranked = labels.failing_first(report.workflows)
    steps = _next_steps(ranked)[: limits.rows] if len(ranked) > 1 else []
    most = len(ranked) if limits.all_workflows or len(ranked) == 1 else limits.rows
    view = ReportView(
        report=report,
        headline=limits.shorten(facts.headline(report), limits.message),
        badge=labels.verdict_badge(outcome),
        message=limits.shorten(message, limits.message),
        remedy=Remedy() if _is_shown_with_one(report) else _remedy(outcome, limits),
        remedies=tuple((one, limits.shorten(step, limits.message)) for one, step in steps),
        problems=_texts(labels.problems(report), _("problems"), limits),
        notices=_texts(report.notices, _("notices"), limits),
        workflows=_rows(ranked, most, _("workflows"), lambda one: _workflow(one, limits)),
    )
    return _without_repetitions(view)


def _without_repetitions(view: ReportView) -> ReportView:
    """Say everything once: from top to bottom, leave out what the page has already."""
    said = {view.message, view.remedy.text, *(text for _, text in view.remedies)} - {""}
    workflows = []
    for one in view.workflows.shown:
        report = one.report
        elsewhere = {*report.outcome.command.split(), report.execution_id if one.attempts else None}
        if len(view.report.workflows) > 1:  # the list of all workflows has it
            elsewhere.add(labels.progress(report.execution))
        remedy = Remedy() if one.remedy.text in said else one.remedy
        known = tuple(fact for fact in one.facts if not fact.says_only(elsewhere))
        repeated = one.message in said
        workflows.append(one._replace(message_repeated=repeated, remedy=remedy, facts=known))
        said.add(one.remedy.text)
    return view._replace(workflows=view.workflows._replace(shown=tuple(workflows)))


def _is_shown_with_one(report: JobReport) -> bool:
    """True if the page shows the job's next step with one of several workflows."""
    outcome, workflows = report.outcome, report.workflows
    is_shared = any(outcome.next_step == one.outcome.next_step for one in workflows)
    return len(workflows) > 1 and is_shared and (not outcome.green or bool(outcome.attach_to))


def _next_steps(workflows: Sequence[WorkflowReport]) -> list[tuple[str, str]]:
    """Each next step after its verdicts; if they differ by run, the first one that they share."""
    red: defaultdict[str, list[WorkflowReport]] = defaultdict(list)
    for one in workflows:
        if one.outcome.next_step and not one.outcome.green:
            red[labels.verdict_words(one)].append(one)
    steps: defaultdict[str, list[str]] = defaultdict(list)
    for verdict, alike in red.items():
        hints = list(dict.fromkeys(one.outcome.next_step for one in alike))
        if len(hints) > MOST_HINTS or any(one.outcome.attach_to for one in alike):
            each = (one.outcome.next_steps for one in alike)
            openings = {steps[0] if len(steps) > 1 else "" for steps in each}
            shared = openings.pop() if len(openings) == 1 else ""
            below = fill("See below ({names}).", names=labels.short_names(alike))
            hints = [in_sequence(filter(None, (shared, below)))]
        for hint in hints:
            steps[hint].append(verdict)
    return [(commas(verdicts), hint) for hint, verdicts in steps.items()]


def _remedy(outcome: Outcome, limits: Limits) -> Remedy:
    words = in_sequence(outcome.next_steps)
    if len(outcome.next_step) <= limits.message:
        return Remedy(words, outcome.command)
    # without the command, of which a part could be less strict
    return Remedy(limits.shorten(outcome.next_step, min(limits.message, len(words))))


def _rows(items: Sequence[S], most: int, things: str, show: Callable[[S], T]) -> Rows[T]:
    return Rows(tuple(map(show, items[:most])), max(0, len(items) - most), things)


def _texts(texts: Sequence[str], things: str, limits: Limits) -> Rows[str]:
    return _rows(texts, limits.rows, things, lambda text: limits.shorten(text, limits.characters))


def _workflow(workflow: WorkflowReport, limits: Limits) -> WorkflowView:
    execution, outcome = workflow.execution, workflow.outcome
    with_texts, variables = blocks_with_texts(workflow), [*workflow.variables.items()]

    def shown(variable: tuple[str, str]) -> tuple[str, str]:
        return variable[0], limits.shorten(variable[1], limits.value or limits.characters)

    return WorkflowView(
        report=workflow,
        title=limits.shorten(labels.title(workflow), limits.name),
        badge=labels.verdict_badge(outcome),
        message=limits.shorten(outcome.message, limits.message),
        message_repeated=False,
        remedy=_remedy(outcome, limits),
        facts=tuple(facts.about_workflow(workflow)),
        attempts=_attempts(workflow, limits) if workflow.earlier else None,
        checks=_checks(workflow.findings, limits),
        blocks=_blocks(execution, limits) if execution else None,
        texts=_rows(with_texts, limits.rows, _("texts of blocks"), lambda one: _block(one, limits)),
        run_error=limits.shorten(_run_error(workflow), limits.characters),
        notes=_texts(workflow.notes, _("notes"), limits),
        variables=_rows(variables, min(limits.rows, limits.minor_rows), _("variables"), shown),
        in_focus=tuple(
            fill("{label}: {text}", label=one.key, text=labels.status_badge(one).word)
            for one in workflow.blocks
            if one.status in IN_FOCUS
        ),
    )


def _run_error(workflow: WorkflowReport) -> str:
    """The run's own error, unless the message has all of it."""
    error = ((workflow.execution and workflow.execution.error) or "").strip()
    return "" if without_full_stop(error) == workflow.outcome.quoted else error


def _attempts(workflow: WorkflowReport, limits: Limits) -> Attempts:
    every = workflow.attempts
    differing = [row for row in _attempt_rows(every) if len(set(row[1])) > 1]
    texts = [
        (number, _block(block, limits))
        for number, attempt in enumerate(workflow.earlier, start=1)
        for block in list(labels.failed_blocks(attempt).values())[: limits.rows]
        if labels.block_text(block)
    ]
    rows = _rows(differing, limits.rows, _("blocks and checks"), lambda row: row)
    return Attempts(every, rows, tuple(texts))


def _attempt_rows(every: Sequence[WorkflowReport]) -> Iterator[tuple[str, tuple[str, ...]]]:
    blocks = [{one.key: labels.status_badge(one).word for one in run.blocks} for run in every]
    checks = [
        {one.full_name: labels.check_badge(one).word for one in run.findings} for run in every
    ]
    for words in (blocks, checks):
        for name in dict.fromkeys(name for each in words for name in each):
            yield name, tuple(each.get(name, ABSENT) for each in words)


def _checks(findings: Sequence[Finding], limits: Limits) -> Checks:
    def rows(listed: Sequence[Finding], things: str, most: int = limits.rows) -> Rows[CheckRow]:
        return _rows(listed, most, things, lambda one: _check(one, limits))

    excused = labels.excused(findings)
    listed = {Judgement.UNMET, *excused}
    others = [one for one in findings if one.judgement not in listed]
    return Checks(
        tally=tally(findings) if findings else "",
        unmet=rows(labels.unmet(findings), _("failed checks")),
        excused=tuple(rows(each, _(kind.row.excused)) for kind, each in excused.items()),
        other_tally=labels.check_tally(others),
        others=rows(others, _("checks"), min(limits.rows, limits.minor_rows)),
    )


def _check(finding: Finding, limits: Limits) -> CheckRow:
    cell = limits.cell or limits.characters
    fits = limits.cell is None or labels.fits(finding.found, limits.cell)
    return CheckRow(
        badge=labels.check_badge(finding),
        name=limits.shorten(finding.full_name, cell),
        subject=limits.shorten(finding.subject or finding.full_name, cell),
        expected=limits.shorten(finding.expected, cell),
        found=limits.shorten(finding.found, cell),
        result=labels.result_text(finding),
        block=limits.shorten(finding.block, limits.name),
        where=limits.shorten(finding.where, cell),
        seconds=finding.seconds,
        details="" if fits else limits.shorten(finding.found, limits.characters),
    )


def _blocks(execution: Execution, limits: Limits) -> Blocks:
    failed = len(execution.blocks_with(Status.FAILED))
    most = max(min(limits.rows, limits.minor_rows), min(failed, limits.rows))
    kept = kept_blocks(execution.blocks, most)
    timeline = make_timeline(execution)
    spans = timeline.spans if timeline else (None,) * len(execution.blocks)
    shown = tuple(_block(execution.blocks[at], limits, spans[at]) for at in kept)
    return Blocks(
        tally=labels.block_tally(execution.blocks),
        rows=Rows(shown, *labels.left_out(execution.blocks, kept)),
        not_started=labels.not_started(execution),
        timeline=timeline,
    )


def _block(block: Block, limits: Limits, span: Span | None = None) -> BlockRow:
    most = limits.characters
    if block.status is Status.COMPLETED:
        most = min(most, limits.outputs)
    error, output = (text if text and text.strip() else "" for text in (block.error, block.output))
    return BlockRow(
        key=limits.shorten(block.key, limits.name),
        badge=labels.status_badge(block),
        in_focus=block.status in IN_FOCUS,
        duration="" if block.seconds is None else human_seconds(block.seconds),
        error=limits.shorten(error, limits.characters),
        output=limits.shorten(output, most) if most else "",
        span=span,
    )


def blocks_with_texts(workflow: WorkflowReport) -> list[Block]:
    """Return the blocks that failed, wait for a review or have an error, and have a text."""
    shown = (one for one in workflow.blocks if one.status in IN_FOCUS or one.error)
    return [one for one in shown if labels.block_text(one)]
