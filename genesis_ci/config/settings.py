"""From the inputs to settings, with all their problems at once."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from genesis_ci.config.addresses import is_in_the_clear
from genesis_ci.config.input_types import OnMissingKey, is_key
from genesis_ci.config.inputs import BY_NAME, INPUTS, Scope
from genesis_ci.config.interpolation import Interpolation
from genesis_ci.config.nodes import MAX_PROBLEMS, quoted, shortened
from genesis_ci.config.proof import TryOut, in_a_child, try_expressions
from genesis_ci.config.sources import JobInputs
from genesis_ci.config.workflows import Secrets, WorkflowReader
from genesis_ci.models import OnReview, Plan, Problem, Verb, Workflow
from genesis_ci.models.change import Change
from genesis_ci.redaction import HIDDEN, MIN_SCRUBBED, Scrubber, Secret
from genesis_ci.text import clean, clean_line

MAX_SECRETS = 200
LONGEST_SECRET = 64 * 1024
LONGEST_SHOWN_TEXT = 60
"""Characters of what `wait-for` looks for that log and reports show."""
SLOW_LOOKS = 120.0
"""Seconds between two looks from which on the vendor's habit costs more than it saves."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reporting:
    """Where a job's evidence goes.

    `report_dir` is relative to the workspace, `summary` says whether the CI's summary page is
    written too, `output_block` names the block whose output is the job's.
    """

    report_dir: str = BY_NAME["report-dir"].default
    summary: bool = True
    output_block: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ReviewStatus:
    """What to post at the job's end: under which name, on which commit, with whose token."""

    name: str
    sha: str | None
    token: Secret | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """Everything a job was told, and all that is wrong with it: a job with `problems` is refused.

    `api_key` is None if the job is skipped for want of a key. `workflows` are those that the job is
    about, as far as that is known. `notices` are what people should know although nothing is wrong.
    `tested` is the change that the workflows are about: with `wait --from` the earlier job's, if
    its file says it.
    """

    api_url: str
    api_key: Secret | None
    workflows: tuple[Workflow, ...]
    plan: Plan = field(default_factory=Plan)
    problems: tuple[Problem, ...] = ()
    notices: tuple[str, ...] = ()
    secrets: tuple[Secret, ...] = field(default=(), repr=False)
    review_status: ReviewStatus | None = None
    tested: Change | None = None


def reporting_of(job: JobInputs) -> Reporting:
    """Return how a job reports. It is known before the reports of an earlier job are replaced.

    The default takes the place of a malformed value, and of one that holds the API key.
    """
    return Reporting(
        **{
            row.target.removeprefix("reporting."): (
                job.default(row.name) if _holds_key(job, row.name) else job[row.name]
            )
            for row in INPUTS
            if row.target.startswith("reporting.")
        }
    )


def parse_settings(
    job: JobInputs,
    *,
    verb: Verb,
    environ: Mapping[str, str] | None = None,
    attach_from: str | None = None,
    change: Change | None = None,
    posts_statuses: bool = False,
    empty_key_hint: str = "",
    usage_problems: Sequence[str] = (),
    try_out: TryOut = in_a_child,
) -> Settings:
    """Return what the inputs mean for a verb, with every problem that they have.

    `environ` is where a config file's `${NAME}` looks, `attach_from` the path of an earlier job's
    result.json, `change` what its `${ci.NAME}` gives, `posts_statuses` whether `review-status` can
    be posted here. `empty_key_hint` is what this CI is known to do to a key; `usage_problems` are
    those of the command line. `try_out` says why a query or a pattern does not parse.
    """
    job.problems += [Problem(words=words) for words in usage_problems]
    for row in INPUTS:
        if row.type.is_public and _holds_key(job, row.name):
            job.problem(row.name, "it holds the API key, and it is shown. Take the key out")
        elif row.scope is Scope.JOB:
            job[row.name]  # read it now, so that its problems are reported
    key = job["api-key"]
    is_skipped = not job.has("api-key") and job["missing-key"] is OnMissingKey.SKIP
    if not job.has("api-key") and not is_skipped:
        advice = empty_key_hint or f"Write {BY_NAME['api-key'].type.accepts}"
        job.problem("api-key", f"it is empty. {advice}")
    secrets_of_job = _secrets_of(job)
    interpolation = Interpolation(
        environ or {},
        exposed=job["expose"] or (),
        key=job.text("api-key"),
        secrets=() if too_much_to_hide(secrets_of_job) else secrets_of_job,
        job_is_skipped=is_skipped,
        change=change,
    )
    reader = WorkflowReader(
        job,
        verb=verb,
        job_is_skipped=is_skipped,
        attach_from=attach_from,
        sha=change.sha if change else None,
    )
    # an option that was misspelt may have been the one that says what to run
    each = reader.read(interpolation, needs_work=not usage_problems)
    try_expressions(reader.checks(), try_out)
    workflows = [workflow for workflow, _ in each]
    _check_no_key_goes_out(job, workflows)
    tested = reader.tested if attach_from else change
    review_status = _review_status(
        job,
        workflows,
        change=tested or Change(),
        environ=environ or {},
        posts=posts_statuses,
    )
    secrets = _secrets(job, each, interpolation)
    if review_status and review_status.token:
        secrets = (*secrets, review_status.token)
    scrub = Scrubber(secrets)
    hide = cache(lambda text: clean(scrub(text)))  # workflows share many texts
    api_url = job["api-url"]
    known = tuple(
        _shown(one, secret, hide)
        for one, secret in each
        if one.workflow_id or one.execution_id or one.ended
    )
    notices = (
        *_in_the_clear(api_url),
        *_slow_looks(known),
        *reader.notices,
        *_too_short(secret for _, secret in each),
    )
    return Settings(
        api_url=api_url,
        api_key=Secret(key) if key else None,
        workflows=known,
        plan=reader.plan,
        problems=_told(job.problems, scrub),
        notices=tuple(dict.fromkeys(shortened(scrub(one)) for one in notices)),
        secrets=secrets,
        review_status=review_status,
        tested=tested,
    )


def _holds_key(job: JobInputs, name: str) -> bool:
    key = job.text("api-key")
    return bool(key) and key in job.text(name)


def _told(problems: Iterable[Problem], scrub: Scrubber) -> tuple[Problem, ...]:
    """Return the problems as people may see them, each once, by file and line, up to a limit."""
    each = sorted(dict.fromkeys(problems), key=lambda one: (one.file or "", one.line or 0))
    told = [
        replace(
            one,
            words=shortened(scrub(one.words)),
            file=one.file and shortened(scrub(one.file)),
        )
        for one in each[:MAX_PROBLEMS]
    ]
    if len(each) > MAX_PROBLEMS:
        told.append(Problem(words=f"There are {len(each) - MAX_PROBLEMS} more problems."))
    return tuple(told)


def _review_status(
    job: JobInputs,
    workflows: Iterable[Workflow],
    *,
    change: Change,
    environ: Mapping[str, str],
    posts: bool,
) -> ReviewStatus | None:
    """Return what to post, with a problem reported if it can never be posted.

    `change` is what was tested; `posts` says whether this CI's forge has statuses.
    """
    name = job["review-status"]
    token = job["github-token"] or environ.get("GITHUB_TOKEN", "").strip()
    if name is None:
        return None
    if not posts:
        job.problem(
            "review-status",
            "only GitHub Actions has commit statuses; on-review-pending: wait keeps the job "
            "running until a person decides",
        )
    for policy in {one.policy.on_review_pending for one in workflows if one.policy.required}:
        if policy is not OnReview.FAIL:
            job.problem(
                "review-status",
                f"with on-review-pending: {policy} no review is left to be shown in yellow; "
                "drop one of the two",
            )
    return ReviewStatus(name=name, sha=change.sha, token=Secret(token) if is_key(token) else None)


def _secrets_of(job: JobInputs) -> tuple[str, ...]:
    """Return what the job itself, not its config file, calls secret."""
    merged = {key: text for each in job.variables() for key, text in each.texts.items()}
    return tuple(merged[name] for name in job.secret_names() if name in merged)


def _secrets(
    job: JobInputs, each: Sequence[tuple[Workflow, Secrets]], interpolation: Interpolation
) -> tuple[Secret, ...]:
    """Return all values to hide."""
    of_workflows = dict.fromkeys(text for _, secrets in each for text in secrets.values())
    if words := too_much_to_hide(of_workflows):
        job.problem("secret-inputs", words)
        of_workflows = {}
    headers = (workflow.wait_for.header for workflow, _ in each if workflow.wait_for)
    values = [header[1] for header in headers if header]
    tokens = [value.rpartition(" ")[2] for value in values]  # without a word such as Bearer
    credentials = sorted(interpolation.credentials)
    hidden = [job.text("api-key"), *of_workflows, *values, *tokens, *credentials]
    return tuple(Secret(value) for value in dict.fromkeys(hidden) if value)


def too_much_to_hide(secrets: Collection[str]) -> str | None:
    """Return why secrets cannot all be searched for in all that is shown; None where they can."""
    if len(secrets) <= MAX_SECRETS and all(len(one) <= LONGEST_SECRET for one in secrets):
        return None
    return (
        f"there are {len(secrets)} secret values, the longest of {max(map(len, secrets))} "
        f"characters; at most {MAX_SECRETS} of at most {LONGEST_SECRET} characters can be hidden; "
        "name fewer or shorter ones"
    )


def _check_no_key_goes_out(job: JobInputs, workflows: Iterable[Workflow]) -> None:
    """Report a preview that would get the API key."""
    key = job.text("api-key")
    for waits in {one.wait_for for one in workflows if one.wait_for}:
        texts = filter(None, (waits.url, waits.contains, *(waits.header or ())))
        if key and any(key in text for text in texts):
            words = "it holds the API key, which goes to Genesis only. Take the key out"
            job.problem("wait-for", words)


def _in_the_clear(api_url: str) -> Iterator[str]:
    if is_in_the_clear(api_url):
        yield (
            f"allow-http: the API key and all variables go to {api_url} in the clear. Everybody on "
            "the way can read them; use https where anything is worth hiding."
        )


def _slow_looks(workflows: Sequence[Workflow]) -> Iterator[str]:
    intervals = [one.poll_interval for one in workflows if one.poll_interval]
    if slow := [interval for interval in intervals if interval >= SLOW_LOOKS]:
        yield (
            f"poll-interval: a look every {max(slow):.0f} seconds sees the end late. Without it, "
            "genesis-ci looks often when the end is near and seldom when it is not: drop it."
        )


def _too_short(each: Iterable[Secrets]) -> Iterator[str]:
    """Yield what to know of secret variables that the scrubber does not search for."""
    for secrets in each:
        for name, text in sorted(secrets.items()):
            if 0 < len(text) < MIN_SCRUBBED:
                yield (
                    f"secret-inputs: the value of {quoted(name)} is shorter than "
                    f"{MIN_SCRUBBED} characters. It is shown as {HIDDEN}, but cannot be hidden "
                    "where it stands in other text, such as an answer of Genesis."
                )


def _shown(workflow: Workflow, secrets: Secrets, hide: Callable[[str], str]) -> Workflow:
    """The workflow with what people may see of it: no secrets, and harmless wherever it goes."""
    shown = {
        hide(name): HIDDEN if name in secrets else hide(value)
        for name, value in workflow.variables.items()
    }
    waits = workflow.wait_for
    proof = replace(workflow.proof, shown=tuple(map(hide, workflow.proof.shown)))
    return replace(
        workflow,
        name=workflow.name and hide(workflow.name),
        shown=shown,
        proof=proof,
        kept_from=workflow.kept_from and hide(workflow.kept_from),
        wait_for=waits
        and replace(
            waits,
            shown=clean_line(hide(waits.shown)),
            shown_text=clean_line(hide(waits.shown_text), limit=LONGEST_SHOWN_TEXT),
        ),
    )
