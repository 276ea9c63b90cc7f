"""The settings of a job, parsed from its inputs, with all problems at once."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from genesis_ci.config.addresses import is_unencrypted
from genesis_ci.config.expect import TryOut, try_expressions
from genesis_ci.config.input_types import FILE_OR_AUTO, OnMissingKey, is_key
from genesis_ci.config.inputs import BY_NAME, INPUTS
from genesis_ci.config.interpolation import Interpolation
from genesis_ci.config.paths import is_path
from genesis_ci.config.problems import (
    MAX_PROBLEMS,
    Mistake,
    in_one_line,
    is_reference,
    quoted,
    quoted_in_language,
)
from genesis_ci.config.sources import JobInputs
from genesis_ci.config.workflows import JobContext, find_workflows
from genesis_ci.language import N_, Language, _, fill
from genesis_ci.models.change import Change, ChangedFiles
from genesis_ci.models.policy import OnReview, Plan
from genesis_ci.models.report import Problem
from genesis_ci.models.workflow import Verb, Workflow
from genesis_ci.redaction import HIDDEN, MIN_SCRUBBED, Scrubber, Secret, too_much_to_hide
from genesis_ci.text import clean, clean_line

if TYPE_CHECKING:
    from genesis_ci.forges.forge import Access, Forge

_SHORT_SECRET = N_(
    "secret-inputs: the value of {name} is shorter than {least} characters. It is shown as "
    "{hidden}, but cannot be hidden in other text, such as an answer of Genesis."
)
_DECIDED_BY = {"review-status", "from", "--from"}
"""Inputs that decide on what a status is about; if one is refused, no status is posted."""

_IN_LISTS = re.compile(r"[\s,;]|^'|^\[").search
"""Finds what may separate paths, or a path from its status."""


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


class ReviewStatus(NamedTuple):
    """The commit status that a job posts, and on which forge."""

    name: str
    sha: str | None
    forge: "type[Forge]"
    token: Secret | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """The configuration of a job; a job with `problems` is refused.

    `api_key` is None if the job is skipped without a key. `workflows` are those with an id or an
    outcome. `warnings` and `notices` are what people should know although nothing is wrong. With
    `access`, deployments are listed. `tested` is the change that the workflows test: with
    `wait --from` that of the file; without values if it is not known. `changed_files` are those of
    a file, None if the forge lists them; `tokens` are those for a forge, by the variable of the
    environment that has them elsewhere. `config` is the path of the config file.
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
    changed_files: ChangedFiles | None = None
    tokens: Mapping[str, Secret] = field(default_factory=dict, repr=False)


def reporting_of(job: JobInputs) -> Reporting:
    """Return how a job reports, without values that are malformed or contain the API key."""
    public = [row.name for row in INPUTS if row.type.is_public]
    holding_key = [name for name in public if job.holds_key(job.text(name))]
    return Reporting(**job.fields("reporting", unread=holding_key))


def parse_settings(
    job: JobInputs,
    *,
    verb: Verb,
    environ: Mapping[str, str],
    change: Change,
    try_out: TryOut,
    attach_from: str | None = None,
    ci: str = "",
    empty_key_hint: str = "",
    find_config: Callable[[], str | None] = lambda: None,
    usage_problems: Sequence[str] = (),
    key_is_reported: bool = False,
) -> Settings:
    """Return the settings for a verb, with every problem of the inputs.

    `environ` has the values for `${NAME}` in the config file and `change` those for `${ci.NAME}`;
    `attach_from` is the path of an earlier job's result.json. `ci` is the marker of this CI, and
    `empty_key_hint` says why a key may be empty in it; `find_config` returns the path of a file
    that may be a config file in the wrong place. `usage_problems` are those of the command line;
    `key_is_reported` is true if they are also about the key, or if none is needed. `try_out` checks
    queries and patterns.
    """
    job.problems += [Mistake(words) for words in usage_problems]
    for row in INPUTS:
        if row.type.is_public and job.holds_key(job.text(row.name)):
            job.problem(row.name, "it contains the API key, and reports show it. Remove the key")
        elif not row.per_workflow:
            job[row.name]  # read it now, so that its problems are reported
    if job["dry-run"]:
        job.warnings.append(_("dry-run: this job runs nothing, so it proves nothing."))
    key = job["api-key"]
    is_missing = not job.has("api-key") and not key_is_reported
    is_skipped = is_missing and job["missing-key"] is OnMissingKey.SKIP
    if is_missing and not is_skipped:
        advice = empty_key_hint or f"Write {BY_NAME['api-key'].type.accepts}."
        words = f"it is empty. {advice}"
        job.problems.append(Mistake(words, subject="api-key", input="api-key"))
    tokens = {name: Secret(text) for name, text in _tokens(job, environ) if is_key(text)}
    for name, text in _tokens(job, environ):
        if is_reference(text):
            template = N_("{name} is not used: it is a reference, {text}, which was not replaced.")
            job.warnings.append(fill(template, name=name, text=quoted_in_language(text)))
    hide_tokens = Scrubber(tokens.values())
    interpolation = Interpolation(
        environ,
        exposed=job["expose"] or (),
        holds_key=cache(job.holds_key),  # entries share many values
        holds_token=cache(lambda text: hide_tokens(text) != text),
        way=_way_to_expose(environ, ci),
        job_is_skipped=is_skipped,
        change=change,
    )
    context = JobContext(
        job, interpolation, verb, is_skipped, attach_from, change, find_config, read=[]
    )
    # a misspelt option may be the one that names the workflow
    found = find_workflows(context, needs_work=not usage_problems)
    workflows, tested = found.workflows, found.earlier.tested
    try_expressions(found.checks, try_out)
    _check_previews_get_no_key(job, workflows)
    changed_files = _changed_files(job)
    review_status = _review_status(job, tested, workflows, environ, ci, tokens)
    access = None if is_skipped else _access(job, workflows, environ, ci, change, tokens)
    scrub = Scrubber(_secrets(job, workflows, interpolation, tokens.values()))
    hidden = interpolation.credentials  # some are too short to be found in other texts
    hide = cache(lambda text: HIDDEN if text in hidden else clean(scrub(text)))
    # result.json of a job with problems still lists the runs of the earlier job
    config = found.earlier.config if job.problems else found.config
    posts = not _DECIDED_BY & {one.input for one in job.problems}
    api_url = job["api-url"]
    shown = tuple(
        _shown(one, hide) for one in workflows if one.workflow_id or one.execution_id or one.ended
    )
    notices = (
        *_notices_about_inputs(api_url, shown),
        *job.notices,
        *_notices_about_short_secrets(workflows),
    )
    return Settings(
        api_url=api_url,
        api_key=Secret(key) if key else None,
        workflows=shown,
        plan=found.plan._replace(review_is_green=review_status is not None),
        problems=_sorted_problems(job.problems, scrub),
        warnings=tuple(dict.fromkeys(in_one_line(one, scrub) for one in job.warnings)),
        notices=tuple(dict.fromkeys(in_one_line(one, scrub) for one in notices)),
        scrub=scrub,
        review_status=review_status if posts else None,
        access=access,
        tested=tested,
        config=config and clean_line(hide(config)),
        changed_files=changed_files,
        tokens=tokens,
    )


def _sorted_problems(problems: Iterable[Mistake], scrub: Scrubber) -> tuple[Problem, ...]:
    each = sorted(dict.fromkeys(problems), key=lambda one: (one.file or "", one.line or 0))
    shown = [one.shown(scrub) for one in each[:MAX_PROBLEMS]]
    if len(each) > MAX_PROBLEMS:
        shown.append(Problem(words=f"There are {len(each) - MAX_PROBLEMS} more problems."))
    return tuple(shown)


def _review_status(
    job: JobInputs,
    tested: Change,
    workflows: Iterable[Workflow],
    environ: Mapping[str, str],
    ci: str,
    tokens: Mapping[str, Secret],
) -> ReviewStatus | None:
    """Return the status that the job posts; report why it cannot count."""
    name = job["review-status"]
    if name is None:
        return None
    from genesis_ci.forges import FORGES, forge_of  # few jobs need it

    if job.has("only"):
        words = "“only” selects a part, but the status would count for all workflows; drop one"
        job.problem("review-status", words)
    forge = forge_of(ci, environ)
    posts = forge is not None and forge.marker == ci and bool(forge.status_permission)
    if not posts:
        names = " and ".join(sorted(one.name for one in FORGES if one.status_permission))
        job.problem(
            "review-status",
            f"only jobs on {names} have commit statuses; on-review-pending: wait keeps the job "
            "running until a person decides",
        )
    for policy in {one.policy.on_review_pending for one in workflows if one.policy.required}:
        if policy is not OnReview.FAIL:
            job.problem(
                "review-status",
                f"with on-review-pending: {policy} the status would never be pending; drop one of "
                "the two",
            )
    if forge is None or not posts:
        return None
    return ReviewStatus(name, tested.sha, forge, tokens.get(forge.auth_variable))


def _way_to_expose(environ: Mapping[str, str], ci: str) -> str:
    """Return how this job writes its input `expose`: the beginning of the line."""
    row = BY_NAME["expose"]
    # the composite action and the component always set the latter
    if {BY_NAME["api-key"].action_variable, BY_NAME["from"].environment_name} & environ.keys():
        return f"{row.name}: "
    return f"{row.environment_name}: " if ci else f"--{row.name} "


def _tokens(job: JobInputs, environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    yield "GITHUB_TOKEN", job["github-token"] or environ.get("GITHUB_TOKEN", "").strip()
    for name in ("GITLAB_TOKEN", "CI_JOB_TOKEN"):
        yield name, environ.get(name, "").strip()


def _changed_files(job: JobInputs) -> ChangedFiles | None:
    path = job["changed-files"]
    if path is None:
        return None
    try:
        names = job.read_file(path).replace("\r\n", "\n").removesuffix("\n").split("\n")
    except (FileNotFoundError, ValueError) as error:
        missing = f"there is no file {quoted(path)}"
        words = str(error) if isinstance(error, ValueError) else missing
        job.problem("changed-files", f"{words}. Write {FILE_OR_AUTO.accepts}")
        return None
    names = [name.removeprefix("./") for name in names]
    # a status, a comma or a quotation mark in front of, between or around paths is another form
    if names != [""] and not all(is_path(name) and _IN_LISTS(name) is None for name in names):
        why = _(
            "changed-files is not a list of paths in the repository, each on a line, without "
            "quotation marks, commas, blanks and statuses."
        )
        return ChangedFiles(unknown=why)
    return ChangedFiles(tuple(filter(None, names)))


def _secrets(
    job: JobInputs,
    workflows: Sequence[Workflow],
    interpolation: Interpolation,
    tokens: Iterable[Secret],
) -> Iterator[Secret]:
    of_workflows = dict.fromkeys(text for one in workflows for text in one.secrets.values())
    if words := too_much_to_hide(of_workflows):
        job.problem("secret-inputs", words)
        of_workflows = {}
    yield from map(Secret, [job.text("api-key"), *of_workflows, *interpolation.credentials])
    for waits in (one.wait_for for one in workflows):
        if waits and waits.header:
            value = waits.header[1]
            yield from (Secret(value), Secret(value.rpartition(" ")[2]))  # also without “Bearer”
    yield from tokens


def _access(
    job: JobInputs,
    workflows: Sequence[Workflow],
    environ: Mapping[str, str],
    ci: str,
    change: Change,
    tokens: Mapping[str, Secret],
) -> "Access | None":
    """Return the access to the deployments that workflows wait for; report what is missing."""
    if not any(one.wait_for and one.wait_for.deployment for one in workflows):
        return None
    from genesis_ci.forges import FORGES, forge_of  # few jobs need it
    from genesis_ci.forges.forge import Access

    forge = forge_of(ci, environ)
    if forge is None or not forge.deployments_permission:
        names = " and ".join(sorted(one.name for one in FORGES if one.deployments_permission))
        job.problem("wait-for", f"{names} have deployments, others do not; give its url")
        return None
    variable = next((name for name in forge.headers if name in tokens), None)
    if variable and change.sha:
        return Access(forge, change.sha, variable, tokens[variable])
    advice = forge.deployments_permission.removesuffix(".")
    words = f"a deployment is found with a token, and there is none. {advice}"
    if variable:
        words = "a deployment is found by its commit, and this event has none"
    job.problem("wait-for", words)
    return None


def _check_previews_get_no_key(job: JobInputs, workflows: Iterable[Workflow]) -> None:
    for waits in {one.wait_for for one in workflows if one.wait_for}:
        named = (waits.deployment, waits.variable, waits.path)
        texts = filter(None, (waits.url, waits.contains, *named, *(waits.header or ())))
        if any(map(job.holds_key, texts)):
            words = "it contains the API key, which is for Genesis only. Remove the key"
            job.problem("wait-for", words)


def _notices_about_inputs(api_url: str, workflows: Sequence[Workflow]) -> Iterator[str]:
    if is_unencrypted(api_url):
        text = N_(
            "allow-http: the API key and all variables are sent to {api_url} unencrypted, so "
            "anyone on the network can read them. Use https if one of them is secret."
        )
        yield fill(text, api_url=api_url)
    seconds = max((one.poll_interval or 0 for one in workflows), default=0)
    if seconds >= 120:
        text = N_(
            "poll-interval: a poll every {seconds:.0f} seconds notices the end late. Drop it: by "
            "default, genesis-ci polls often near the end and rarely before."
        )
        yield fill(text, seconds=seconds)


def _notices_about_short_secrets(workflows: Iterable[Workflow]) -> Iterator[str]:
    for workflow in workflows:
        for name, text in sorted(workflow.secrets.items()):
            if 0 < len(text) < MIN_SCRUBBED:
                shown = quoted_in_language(name)
                yield fill(_SHORT_SECRET, name=shown, least=MIN_SCRUBBED, hidden=HIDDEN)


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
        kept_from=workflow.kept_from and hide(workflow.kept_from),
        wait_for=waits
        and replace(
            waits,
            shown=clean_line(hide(waits.shown)),
            shown_text=clean_line(hide(waits.shown_text), limit=60),
        ),
    )
