"""The command `check`: the plan of a run, or the problems of the configuration."""

import textwrap
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from operator import attrgetter
from typing import NamedTuple

from genesis_ci.api.client import GenesisClient
from genesis_ci.config.inputs import INPUTS, NOTHING, Needs
from genesis_ci.config.run_checks import check_lines
from genesis_ci.config.settings import Reporting, Settings
from genesis_ci.document.problems import in_one_line
from genesis_ci.errors import ConfigError, ContactError, GenesisCiError, RefusedError
from genesis_ci.execution.workers import ThreadedCalls, answer_to
from genesis_ci.features import review_status
from genesis_ci.features.review_status import ReviewStatus
from genesis_ci.jobs.check_hints import about_checks
from genesis_ci.jobs.plan_document import document
from genesis_ci.jobs.publish import REPORTS
from genesis_ci.language import N_, _, commas, fill
from genesis_ci.models.report import Annotation, Level, Outcome, Problem, Verdict
from genesis_ci.models.workflow import Workflow
from genesis_ci.outcomes import make
from genesis_ci.providers.base import Provider
from genesis_ci.reporters.log import plan_lines
from genesis_ci.system.signals import Interrupted
from genesis_ci.text import clean_line

CHECK_SECONDS = 20.0
WIDTH = 95
NO_BREAK = "\u00a0"
MOST_LINES = 5_000
"""Lines about workflows: GitLab keeps 4 MiB of a log, and the answer about the key is last."""
TITLE = "genesis-ci check"
NOT_CONFIRMED = N_(
    "The API key could not be verified: {server} did not give the answer that the API guide has "
    "for an unknown execution. Nothing was started; only a run shows whether it accepts the key."
)
_VERDICTS = {RefusedError.exit_code: Verdict.REJECTED, ContactError.exit_code: Verdict.LOST_CONTACT}
OFFLINE = N_("--offline: no request was sent, so the API key was not verified.")
ConfirmKey = Callable[[Settings], bool]
"""Returns whether Genesis confirms the key; raises if it refuses it or does not answer."""


class _Log(NamedTuple):
    """The log; it keeps its `remarks` for the document."""

    provider: Provider
    remarks: list[tuple[Level, Problem]]

    def add(self, level: Level, problem: Problem | str) -> None:
        one = Problem(problem) if isinstance(problem, str) else problem
        place = (one.file, one.line, one.column)
        self.provider.annotate(Annotation(level, one.words, TITLE, *place))
        self.remarks.append((level, one))


def check_job(
    parse: Callable[[], Settings],
    reporting: Reporting,
    *,
    unwritable: str | None,
    provider: Provider,
    confirm_key: ConfirmKey | None,
    write: Callable[[str], object] | None = None,
) -> int:
    """Log the plan or the problems, and return the exit code. Starts nothing.

    `unwritable` is the problem if a report could not be written; a run would not start then.
    Without `confirm_key` no request is sent. `write` takes the plan as a JSON document.
    """
    log, settings = _Log(provider, []), None
    try:
        settings = parse()
        code = _check_settings(settings, reporting, unwritable, log, confirm_key)
    except Interrupted as signal:
        log.add(Level.ERROR, _("The check was interrupted. Nothing was started."))
        code = signal.exit_code
    provider.always(f"genesis-ci: check exit-code={code}")
    if write:
        write(document(code, settings, log.remarks))
    return code


def _check_settings(
    settings: Settings,
    reporting: Reporting,
    unwritable: str | None,
    log: _Log,
    confirm_key: ConfirmKey | None,
) -> int:
    for warning in settings.warnings:
        log.add(Level.WARNING, warning)
    unwritten = [Problem(words=unwritable, input="report-dir")] if unwritable else []
    if problems := (*settings.problems, *unwritten):
        for problem in problems:
            log.add(Level.ERROR, problem)
        return ConfigError.exit_code
    log.provider.line(_("✔ The configuration is valid."))
    hints = (in_one_line(one, settings.scrub) for one in about_checks(settings.workflows))
    for notice in (*settings.notices, *hints):
        log.add(Level.NOTICE, notice)
    if settings.api_key is None and confirm_key:
        words = _("There is no API key, and missing-key: skip allows it: nothing would be run.")
        log.add(Level.NOTICE, words)
        return 0
    add_notice = partial(log.add, Level.NOTICE)
    red = show_plan(settings, reporting, log.provider.line, add_notice, confirm_key)
    if red is None:
        return 0
    log.add(Level.ERROR, red.in_full)
    return red.exit_code


def show_plan(
    settings: Settings,
    reporting: Reporting,
    line: Callable[[str], object],
    notice: Callable[[str], object],
    confirm_key: ConfirmKey | None,
) -> Outcome | None:
    """Show what run would do, and return the outcome if it would be red before its trigger."""
    review = settings.review_status
    for text in (*plan(settings, reporting), *not_verified(settings.workflows, review)):
        line(text)
    if confirm_key is None:
        notice(_(OFFLINE))
        return None
    if review and (unposted := review_status.cannot_post(review)):
        return unposted
    try:
        confirmed = confirm_key(settings)
    except GenesisCiError as error:
        verdict = _VERDICTS.get(error.exit_code, Verdict.ERROR)
        return make(verdict, error.message, steps=[error.hint], exit_code=error.exit_code)
    if confirmed:
        line(fill("✔ {server} accepts the API key. Nothing was started.", server=settings.api_url))
    else:
        notice(fill(NOT_CONFIRMED, server=settings.api_url))
    # an earlier job may have left no run to attach to
    ended = (one.ended for one in settings.workflows if one.ended and one.policy.required)
    return next((one for one in ended if not one.green), None)


def plan(settings: Settings, reporting: Reporting) -> list[str]:
    selected = [one for one in settings.workflows if one.is_selected]
    defaults: dict[str, None] = {}  # in order, each once
    each = (line for one in selected for line in _workflow_lines(one, defaults))
    shown = [*map(settings.scrub, each)]
    title = fill("What run would do at {server}:", server=settings.api_url)
    lines = [title, *shown[:MOST_LINES]]
    if (left := len(shown) - MOST_LINES) > 0:
        lines.append(
            fill(
                "  {left} more lines are left out; see a part of the workflows with --only",
                left=left,
            )
        )
    if left_out := [one.label for one in settings.workflows if not one.is_selected]:
        lines.append(fill("  left out: {names}", names=commas(left_out)))
    if defaults:
        text = fill("defaults: {values}", values=", ".join(defaults))
        wrapped = textwrap.wrap(text, WIDTH, break_on_hyphens=False)
        lines += [f"  {line}".replace(NO_BREAK, " ") for line in wrapped]
    if link := next((one.run_url for one in settings.workflows if one.run_url), None):
        address = clean_line(link, limit=2_000)
        lines.append(fill("  reports link each run: {address}", address=address))
    lines += [f"  {line}" for line in plan_lines(settings.workflows, settings.plan)]
    if settings.plan.fail_fast:
        lines.append(_("  fail-fast: nothing more is triggered after a required one ends red"))
    folder, files = reporting.report_dir, commas(REPORTS)
    lines.append(fill("  reports go to {folder}/ ({files})", folder=folder, files=files))
    if not reporting.summary:
        lines.append(_("  the CI's summary page is not written (summary: false)"))
    if reporting.output_block:
        block = clean_line(reporting.output_block)
        lines.append(fill("  the output “output” is that of block {block}", block=block))
    return lines


def _workflow_lines(workflow: Workflow, defaults: dict[str, None]) -> Iterator[str]:
    """Yield the lines about a workflow, and add its inputs that have their defaults."""
    name = fill("{label}: {text}", label=workflow.name, text="") if workflow.is_named else ""
    if workflow.ended:
        ended = fill("{label}: {text}", label=workflow.label, text=workflow.ended.message)
        yield f"  {ended}"
        return
    if workflow.execution_id:
        yield fill("  {name}attach to execution {id}", name=name, id=workflow.execution_id)
    else:
        yield fill("  {name}trigger workflow {id}", name=name, id=workflow.workflow_id)
        for variable, value in workflow.shown.items():
            yield f"    {clean_line(variable)} = {clean_line(value)}"
    yield from (f"    {line}" for line in _input_lines(workflow, defaults))
    if not workflow.wait:
        yield _("    wait false: return at once, without a verdict")
    yield from check_lines(workflow, defaults)
    if not workflow.policy.required:
        yield _("    not required: it never fails the job")


def _input_lines(workflow: Workflow, defaults: dict[str, None]) -> Iterator[str]:
    """Yield the inputs that have an effect on a workflow and differ from their `defaults`."""
    does = Needs.WAIT if workflow.wait else NOTHING
    does |= NOTHING if workflow.execution_id else Needs.TRIGGER
    for row in INPUTS:
        if row.per_workflow and row.target and row.requires in does:
            field = attrgetter(row.target.removeprefix("workflow."))
            value = field(workflow)
            if value != field(Workflow()):
                yield f"{row.name} {row.type.show(value)}"
            elif row.default:
                defaults[f"{row.name} {row.type.show(value)}".replace(" ", NO_BREAK)] = None


def not_verified(workflows: Sequence[Workflow], status: ReviewStatus | None = None) -> list[str]:
    workflows = [one for one in workflows if not one.ended]
    triggered = [one for one in workflows if not one.execution_id]
    previews = dict.fromkeys(one.wait_for for one in workflows)
    rows = {
        _("that each workflow exists, and that API access is on in its trigger dialog"): any(
            one.workflow_id for one in triggered
        ),
        **{
            fill("that {address} becomes ready", address=preview.shown): True
            for preview in previews
            if preview
        },
        _("that each execution exists"): len(triggered) < len(workflows),
        _("that each workflow knows the names of its variables"): any(
            one.shown for one in triggered
        ),
        _("that the blocks of expect and tests exist, and that their outputs pass"): any(
            one.checks.configured for one in workflows
        ),
    }
    if status:
        rows[review_status.not_verified(status)] = True
    lines = [f"  {line}" for line, applies in rows.items() if applies]
    return [_("What only a run can show:"), *lines] if lines else []


def confirm_key(client: GenesisClient, calls: ThreadedCalls) -> bool:
    """Return whether Genesis confirms the key; raise `GenesisCiError` or `Interrupted`."""
    return bool(answer_to(client.check_key(), calls, key=0, timeout=CHECK_SECONDS))
