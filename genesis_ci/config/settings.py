"""From the inputs to frozen Settings, or to all problems at once."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache

from genesis_ci.config import parsers
from genesis_ci.config.inputs import BY_NAME
from genesis_ci.config.interpolation import Interpolation
from genesis_ci.config.proof import TryOut, in_a_child
from genesis_ci.config.review_status import ReviewStatus, read_review_status
from genesis_ci.config.sources import Given, Layer, LayerReader, Reader, ReadFile, layers_of
from genesis_ci.config.workflows import Asked, Secrets, WorkflowReader, no_workflow
from genesis_ci.models import Plan, Problem, Verb, Workflow
from genesis_ci.models.change import Change
from genesis_ci.redaction import HIDDEN, MIN_SCRUBBED, Scrubber, Secret
from genesis_ci.text import clean, clean_line, is_uuid

MAX_PROBLEMS = 50
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


def reporting_of(given: Mapping[str, Given]) -> Reporting:
    """Return how a job reports; a malformed input counts as not set."""
    return read_reporting(Reader(layers_of(given), []))


def read_reporting(job: Reader) -> Reporting:
    """Return the same, with a problem noted for each malformed input."""
    report_dir = (
        None if _holds_key(job, "report-dir") else job.read("report-dir", parsers.report_dir)
    )
    block = None if _holds_key(job, "output-block") else job.read("output-block", str)
    return Reporting(
        report_dir=report_dir or Reporting().report_dir,
        summary=job.read("summary", parsers.boolean) is not False,
        output_block=block or None,
    )


def _holds_key(job: Reader, name: str) -> bool:
    """Whether an input that is shown holds the key; that is a problem."""
    key = job.text("api-key")
    holds = bool(key) and key in job.text(name)
    if holds:
        job.problem(name, "it holds the API key, and it is shown")
    return holds


class OnMissingKey(StrEnum):
    """What a job without an API key does."""

    FAIL = "fail"
    SKIP = "skip"


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """Everything a job was told, valid. `api_key` is None exactly when the job is skipped."""

    api_url: str
    api_key: Secret | None
    workflows: tuple[Workflow, ...]
    plan: Plan = field(default_factory=Plan)


@dataclass(frozen=True, kw_only=True, slots=True)
class Parsed:
    """The outcome of parsing: settings or problems, and what evidence needs in either case.

    `workflows` are those that the job is about, as far as that is known. `notices` are what people
    should know although nothing is wrong. `tested` is the change that they are about: with
    `wait --from` the earlier job's, where its file tells.
    """

    settings: Settings | None
    problems: tuple[Problem, ...]
    secrets: tuple[Secret, ...] = field(repr=False)
    workflows: tuple[Workflow, ...] = ()
    notices: tuple[str, ...] = ()
    review_status: ReviewStatus | None = None
    tested: Change | None = None


def parse_settings(
    given: Mapping[str, Given],
    *,
    verb: Verb,
    read_file: ReadFile,
    environ: Mapping[str, str] | None = None,
    attach_from: str | None = None,
    change: Change | None = None,
    posts_statuses: bool = False,
    empty_key_hint: str = "",
    usage_problems: Sequence[str] = (),
    try_out: TryOut = in_a_child,
) -> Parsed:
    """Return what the inputs mean for a verb, with every problem that they have.

    `read_file` returns the text of a file in the workspace, or raises `OSError` or `ValueError`.
    `environ` is where a config file's `${NAME}` looks, `attach_from` the path of an earlier job's
    result.json, `change` what its `${ci.NAME}` gives, `posts_statuses` whether `review-status` can
    be posted here. `empty_key_hint` is what this CI is known to do to a key; `usage_problems` are
    found already. `try_out` says why a query or a pattern does not parse.
    """
    job = Reader(layers_of(given), [Problem(words=words) for words in usage_problems])
    read_reporting(job)
    key = job.read("api-key", parsers.api_key)
    job_is_skipped = _is_job_skipped(job, empty_key_hint)
    allowed = job.read("allow-http", parsers.host)
    api_url = job.read("api-url", lambda text: parsers.api_url(text, allow_http=allowed))
    run_url = job.read("run-url", lambda text: parsers.run_url(text, base=api_url))
    reader = LayerReader(read_file, job.problems)
    layers = tuple(map(reader.layer, job.layers))
    interpolation = Interpolation(
        environ or {},
        exposed=job.read_list("expose", parsers.variables) or (),
        key=job.text("api-key"),
        secrets=_secrets_of(layers),
        job_is_skipped=job_is_skipped,
        change=change,
    )
    asked = WorkflowReader(
        job,
        layers=layers,
        verb=verb,
        api_url=api_url,
        key_is_uuid=key is not None and is_uuid(key),
        job_is_skipped=job_is_skipped,
        attach_from=attach_from,
        sha=change.sha if change else None,
        try_out=try_out,
    ).asked(read_file=read_file, interpolation=interpolation, layers=reader)
    if not usage_problems:  # an option that was misspelt may have been the one that says it
        _check_there_is_work(job, asked, verb, job_is_skipped=job_is_skipped)
    _check_no_key_goes_out(job, (workflow for workflow, _ in asked.each))
    tested = asked.tested if attach_from else change
    review_status = read_review_status(
        job,
        (workflow for workflow, _ in asked.each),
        change=tested or Change(),
        environ=environ or {},
        posts=posts_statuses,
    )
    _holds_key(job, "review-status")
    secrets = _secrets(job, asked, interpolation)
    if review_status and review_status.token:
        secrets = (*secrets, review_status.token)
    scrub = Scrubber(secrets)
    hide = cache(lambda text: clean(scrub(text)))  # workflows share many texts
    workflows = tuple(
        replace(_shown(one, secret, hide), run_url=run_url)
        for one, secret in asked.each
        if one.workflow_id or one.execution_id or one.ended
    )
    settings = None
    if api_url and not job.problems:
        settings = Settings(
            api_url=api_url,
            api_key=Secret(key) if key else None,
            workflows=workflows,
            plan=asked.plan,
        )
    notices = (*_in_the_clear(api_url), *_slow_looks(workflows), *asked.notices, *_too_short(asked))
    return Parsed(
        settings=settings,
        problems=_told(job.problems, scrub),
        secrets=secrets,
        workflows=workflows,
        review_status=review_status,
        tested=tested,
        notices=tuple(dict.fromkeys(parsers.shortened(scrub(one)) for one in notices)),
    )


def _told(problems: Iterable[Problem], scrub: Scrubber) -> tuple[Problem, ...]:
    """The problems as people may see them, each once, up to a limit."""
    each = list(dict.fromkeys(problems))
    told = [
        replace(
            one,
            words=parsers.shortened(scrub(one.words)),
            file=one.file and parsers.shortened(scrub(one.file)),
        )
        for one in each[:MAX_PROBLEMS]
    ]
    if len(each) > MAX_PROBLEMS:
        told.append(Problem(words=f"There are {len(each) - MAX_PROBLEMS} more problems."))
    return tuple(told)


def _is_job_skipped(job: Reader, hint: str) -> bool:
    """Whether there is no key and the job may be skipped for it; otherwise note the problem."""
    on_missing_key = job.choice("missing-key", OnMissingKey)
    if job.has("api-key"):
        return False
    if on_missing_key is OnMissingKey.FAIL:
        job.problem("api-key", f"it is empty. {hint}".rstrip())
    return on_missing_key is OnMissingKey.SKIP


def _check_there_is_work(job: Reader, asked: Asked, verb: Verb, *, job_is_skipped: bool) -> None:
    """Note that nothing says what to run, where no other problem says so already."""
    if job_is_skipped or asked.listed or job.has("execution-id"):
        return
    if verb is Verb.WAIT:
        job.problem("execution-id", "it is empty, and wait has to know what to attach to")
    elif not job.has("config") and not job.has("workflow-id"):
        job.problem("workflow-id", no_workflow())


def _secrets_of(layers: Iterable[Layer]) -> tuple[str, ...]:
    """What the job itself, not its config file, calls secret."""
    merged = {key: text for layer in layers for key, text in layer.variables.items()}
    names = (name for layer in layers for name in layer.secret_names)
    return tuple(merged[name] for name in names if name in merged)


def _secrets(job: Reader, asked: Asked, interpolation: Interpolation) -> tuple[Secret, ...]:
    """All values to hide."""
    of_workflows = dict.fromkeys(text for _, secrets in asked.each for text in secrets.values())
    if words := too_much_to_hide(of_workflows):
        job.problem("secret-inputs", words)
        of_workflows = {}
    headers = (workflow.wait_for.header for workflow, _ in asked.each if workflow.wait_for)
    of_headers = [text for header in headers if header for text in _secrets_in(header[1])]
    hidden = [job.text("api-key"), *of_workflows, *of_headers, *sorted(interpolation.credentials)]
    return tuple(Secret(value) for value in dict.fromkeys(hidden) if value)


def too_much_to_hide(secrets: Collection[str]) -> str | None:
    """Return why secrets cannot all be searched for in all that is shown; None where they can."""
    if len(secrets) <= MAX_SECRETS and all(len(one) <= LONGEST_SECRET for one in secrets):
        return None
    return (
        f"there are {len(secrets)} secret values, the longest of {max(map(len, secrets))} "
        f"characters; at most {MAX_SECRETS} of at most {LONGEST_SECRET} characters can be hidden"
    )


def _secrets_in(header: str) -> tuple[str, ...]:
    """A header's value, and what follows a word such as Bearer."""
    return header, header.rpartition(" ")[2]


def _check_no_key_goes_out(job: Reader, workflows: Iterable[Workflow]) -> None:
    """Note what would show the API key, or send it anywhere but to Genesis."""
    _holds_key(job, "run-url")
    key = job.text("api-key")
    for waits in {one.wait_for for one in workflows if one.wait_for}:
        texts = filter(None, (waits.url, waits.contains, *(waits.header or ())))
        if key and any(key in text for text in texts):
            job.problem("wait-for", "it holds the API key, which goes to Genesis only")


def _in_the_clear(api_url: str | None) -> Iterator[str]:
    if api_url and parsers.is_in_the_clear(api_url):
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


def _too_short(asked: Asked) -> Iterator[str]:
    """What to know of secret variables that the scrubber does not search for."""
    for _, secrets in asked.each:
        for name, text in sorted(secrets.items()):
            if 0 < len(text) < MIN_SCRUBBED:
                yield (
                    f"secret-inputs: the value of {parsers.quoted(name)} is shorter than "
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
