"""The settings of a job, parsed from its inputs, with all problems at once."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING

from genesis_ci.config import attaching
from genesis_ci.config.earlier_runs import attached_where_passed
from genesis_ci.config.expect import try_expressions
from genesis_ci.config.input_types import API_KEY, OnMissingKey, is_key
from genesis_ci.config.inputs import BY_NAME, INPUTS
from genesis_ci.config.interpolation import Interpolation
from genesis_ci.config.reader import Inputs, Reader
from genesis_ci.config.task import JobContext, Task
from genesis_ci.config.workflows import find_workflows
from genesis_ci.document.problems import (
    MAX_PROBLEMS,
    Mistake,
    in_one_line,
    is_reference,
    quoted_in_language,
    sentence,
    with_advice,
)
from genesis_ci.features import review_status
from genesis_ci.features.review_status import ReviewStatus
from genesis_ci.language import Language, _, fill, in_sequence
from genesis_ci.models.change import Change
from genesis_ci.models.policy import Plan
from genesis_ci.models.report import Problem
from genesis_ci.models.workflow import Workflow
from genesis_ci.network import is_unencrypted
from genesis_ci.redaction import HIDDEN, MIN_SCRUBBED, Scrubber, Secret, too_much_to_hide
from genesis_ci.text import clean, clean_line

if TYPE_CHECKING:
    from genesis_ci.forges.forge import Access

TOKEN_VARIABLES = ("GITHUB_TOKEN", "GITLAB_TOKEN", "CI_JOB_TOKEN")
"""The variables with tokens for forges, whose code few jobs import."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reporting:
    """Where a job reports.

    `report_dir` is relative to the workspace, `summary` is true if the CI's summary page is
    written, `output_block` is the block whose output is the output of the job,
    `language` that of the reports' texts and of the log. Under `dry_run`, nothing is run, and the
    plan is a report.
    """

    report_dir: str = BY_NAME["report-dir"].default
    summary: bool = True
    output_block: str | None = None
    language: Language = Language.ENGLISH
    dry_run: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """The configuration of a job; a job with `problems` is refused.

    `api_key` is None if the job is skipped without a key. `workflows` are those with an id or an
    outcome. `warnings` and `notices` are what people should know although nothing is wrong. With
    `access`, deployments are listed. `tested` is the change that the workflows test: with
    `wait --from` that of the file; without values if it is not known. `tokens` are those for a
    forge, by the variable of the environment that has them elsewhere. `config` is the path of the
    config file; `attach_with` is what every `Outcome` of the job gets.
    """

    api_url: str
    api_key: Secret | None
    workflows: tuple[Workflow, ...]
    plan: Plan = field(default_factory=Plan)
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    scrub: Scrubber = field(default=Scrubber(()), compare=False, repr=False)
    review_status: ReviewStatus | None = None
    access: "Access | None" = None
    tested: Change = field(default_factory=Change)
    config: str | None = None
    tokens: Mapping[str, Secret] = field(default_factory=dict, repr=False)
    attach_with: Mapping[str, str] = field(default_factory=dict)


def read_reporting(reader: Reader) -> Reporting:
    """Return how a job reports, without values that are malformed or contain the API key."""
    rows = [row for row in INPUTS if row.target.startswith("reporting.")]
    values = {row.target.removeprefix("reporting."): reader.peek(row.name) for row in rows}
    return Reporting(**{name: value for name, value in values.items() if value is not None})


def parse_settings(reader: Reader, task: Task) -> Settings:
    """Return the settings of a job, with every problem of its configuration."""
    reader.problems += map(Mistake, task.usage_problems)
    job = Inputs(reader.read_layers(), reader)
    context = _context(job, task)
    # also reads the config file. A misspelt option may be the one that names the workflow
    found = find_workflows(context, needs_work=not task.usage_problems)
    workflows = found.workflows
    review = _review_status(context, workflows, found.tested)
    try_expressions(found.written, task.try_out)
    access = _access(context, workflows)
    scrub = Scrubber(_hidden(context, workflows))
    hidden = context.interpolation.credentials  # some are too short to be found in other texts
    hide = cache(lambda text: HIDDEN if text in hidden else clean(scrub(text)))
    shown = tuple(
        _shown(one, hide) for one in workflows if one.workflow_id or one.execution_id or one.ended
    )
    if path := job["failed-from"]:
        shown = attached_where_passed(shown, path, job, task.change, hide)
    # result.json of a job with problems still lists the runs of the earlier job
    config = found.earlier_config if reader.problems else found.config
    return Settings(
        api_url=job["api-url"],
        api_key=Secret(job["api-key"]) if job["api-key"] else None,
        workflows=shown,
        plan=found.plan._replace(review_is_green=job["review-status"] is not None),
        problems=_sorted_problems(reader.problems, scrub),
        warnings=_lines([*_warnings(job["api-url"]), *reader.warnings], scrub),
        notices=_lines([*_notices(workflows), *reader.notices], scrub),
        scrub=scrub,
        review_status=review,
        access=access,
        tested=found.tested or Change(),
        config=config and clean_line(hide(config)),
        tokens=context.tokens,
        attach_with={} if reader.problems else attaching.options(job, hide),
    )


def _context(job: Inputs, task: Task) -> JobContext:
    if job["dry-run"]:
        job.reader.warnings.append(_("dry-run: this job runs nothing, so it proves nothing."))
    is_skipped = _is_skipped(job, task)
    tokens = _tokens(job, task)
    hide_tokens = Scrubber(tokens.values())
    interpolation = Interpolation(
        task.environ,
        exposed=job["expose"] or (),
        holds_key=cache(job.reader.holds_key),  # entries share many values
        holds_token=cache(lambda text: hide_tokens(text) != text),
        way=_way_to_expose(task.environ, task.ci),
        job_is_skipped=is_skipped,
        change=task.change,
    )
    return JobContext(task, job, interpolation, tokens, is_skipped)


def _is_skipped(job: Inputs, task: Task) -> bool:
    """Return whether a job without a key runs nothing; report a key that is missing."""
    if job.has("api-key") or task.key_is_reported:
        return False
    if job["missing-key"] is OnMissingKey.SKIP:
        return True
    words = with_advice(_("it is empty"), API_KEY.form)
    if task.empty_key_hint:
        words = in_sequence((sentence(_("it is empty")), task.empty_key_hint))
    job.problem("api-key", words.removesuffix("."))
    return False


def _tokens(job: Inputs, task: Task) -> dict[str, Secret]:
    """Return the tokens for forges; warn of one that is a reference."""
    texts = {name: task.environ.get(name, "").strip() for name in TOKEN_VARIABLES}
    texts["GITHUB_TOKEN"] = job["github-token"] or texts["GITHUB_TOKEN"]
    for name, text in texts.items():
        if is_reference(text):
            words = fill(
                "{name} is not used: it is a reference, {text}, which was not replaced.",
                name=name,
                text=quoted_in_language(text),
            )
            job.reader.warnings.append(words)
    return {name: Secret(text) for name, text in texts.items() if is_key(text)}


def _lines(messages: Iterable[str], scrub: Scrubber) -> tuple[str, ...]:
    return tuple(dict.fromkeys(in_one_line(one, scrub) for one in messages))


def _sorted_problems(problems: Iterable[Mistake], scrub: Scrubber) -> tuple[Problem, ...]:
    order = {row.name: position for position, row in enumerate(INPUTS)}
    each = sorted(
        dict.fromkeys(problems),
        key=lambda one: (one.file or "", one.line or 0, order.get(one.input or "", -1)),
    )
    shown = [one.shown(scrub) for one in each[:MAX_PROBLEMS]]
    if len(each) > MAX_PROBLEMS:
        shown.append(Problem(words=f"There are {len(each) - MAX_PROBLEMS} more problems."))
    return tuple(shown)


def _review_status(
    context: JobContext, workflows: Sequence[Workflow], tested: Change | None
) -> ReviewStatus | None:
    """Return the status that the job posts, and report what contradicts it."""
    task, job = context.task, context.job
    if not job.has("review-status"):
        return None
    name, forge = job["review-status"], task.status_forge()
    for words in review_status.broken(name, forge, workflows, tested, has_only=job.has("only")):
        job.problem("review-status", words)
    is_refused = review_status.DECIDED_BY & {one.input for one in job.reader.problems}
    if is_refused or forge is None or tested is None:
        return None
    return ReviewStatus(name, tested.sha, forge, context.tokens.get(forge.auth_variable))


def _way_to_expose(environ: Mapping[str, str], ci: str) -> str:
    """Return how this job writes its input `expose`: the beginning of the line."""
    row = BY_NAME["expose"]
    # the composite action and the component always set the latter
    if {BY_NAME["api-key"].action_variable, BY_NAME["from"].environment_name} & environ.keys():
        return f"{row.name}: "
    return f"{row.environment_name}: " if ci else f"--{row.name} "


def _hidden(context: JobContext, workflows: Iterable[Workflow]) -> Iterator[Secret]:
    """Yield all values that no report may show; report too many values of `secret-inputs`."""
    job = context.job
    values = dict.fromkeys(text for one in workflows for text in one.secrets.values())
    if words := too_much_to_hide(values):
        job.problem("secret-inputs", words)
        values = {}
    texts = (job.reader.text("api-key"), *values, *context.interpolation.credentials)
    yield from map(Secret, texts)
    for waits in (one.wait_for for one in workflows):
        if waits and waits.header:
            value = waits.header[1]
            yield from (Secret(value), Secret(value.rpartition(" ")[2]))  # also without “Bearer”
    yield from context.tokens.values()


def _access(context: JobContext, workflows: Iterable[Workflow]) -> "Access | None":
    """Return the access to the deployments that workflows wait for; report what is missing."""
    task, job, tokens = context.task, context.job, context.tokens
    needs_access = any(one.wait_for and one.wait_for.deployment for one in workflows)
    if context.is_skipped or not needs_access:
        return None
    from genesis_ci.forges import find_forge, forge_names  # few jobs need it
    from genesis_ci.forges.forge import Access

    forge = find_forge(task.ci, task.environ)
    if forge is None or not forge.deployments_permission:
        names = forge_names(lambda one: one.deployments_permission)
        words = fill("{forges} have deployments, others do not; give its url", forges=names)
        job.problem("wait-for", words)
        return None
    variable = next((name for name in forge.headers if name in tokens), None)
    if variable and task.change.sha:
        return Access(forge, task.change.sha, variable, tokens[variable])
    words = _("a deployment is found with a token, and there is none.")
    words = in_sequence((words, _(forge.deployments_permission))).removesuffix(".")
    if variable:
        words = _("a deployment is found by its commit, and this event has none")
    job.problem("wait-for", words)
    return None


def _warnings(api_url: str) -> Iterator[str]:
    if is_unencrypted(api_url):
        yield fill(
            "api-url: the API key and all variables are sent to {api_url} unencrypted, so anyone "
            "on the network can read them. Use https if one of them is secret.",
            api_url=api_url,
        )


def _notices(workflows: Sequence[Workflow]) -> Iterator[str]:
    seconds = max((one.poll_interval or 0 for one in workflows), default=0)
    if seconds >= 120:
        yield fill(
            "poll-interval: a poll every {seconds:.0f} seconds notices the end late. Drop it: by "
            "default, genesis-ci polls often near the end and rarely before.",
            seconds=seconds,
        )
    for name, text in sorted({pair for one in workflows for pair in one.secrets.items()}):
        if 0 < len(text) < MIN_SCRUBBED:
            yield fill(
                "secret-inputs: the value of {name} is shorter than {least} characters. It is "
                "shown as {hidden}, but cannot be hidden in other text, such as an answer of "
                "Genesis.",
                name=quoted_in_language(name),
                least=MIN_SCRUBBED,
                hidden=HIDDEN,
            )


def _shown(workflow: Workflow, hide: Callable[[str], str]) -> Workflow:
    """Return the workflow with harmless texts without secrets in the fields that are shown."""
    shown = {
        hide(name): HIDDEN if name in workflow.secrets else hide(value)
        for name, value in workflow.variables.items()
    }
    waits = workflow.wait_for
    return replace(
        workflow,
        name=workflow.name and hide(workflow.name),
        shown=shown,
        checks=workflow.checks._replace(shown=tuple(map(hide, workflow.checks.shown))),
        run_url=workflow.run_url and hide(workflow.run_url),
        wait_for=waits
        and replace(
            waits,
            shown=clean_line(hide(waits.shown)),
            shown_text=clean_line(hide(waits.shown_text), limit=60),
        ),
    )
