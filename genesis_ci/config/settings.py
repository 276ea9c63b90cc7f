"""From the inputs to frozen Settings, or to all problems at once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from genesis_ci.config import parsers
from genesis_ci.config.inputs import BY_NAME
from genesis_ci.config.sources import Given, Reader, layers_of
from genesis_ci.config.workflows import (
    Ask,
    Orders,
    OrderTaker,
    ReadFile,
    WorkflowReader,
    misuses,
    no_workflow,
)
from genesis_ci.execution.schedule import Plan
from genesis_ci.models import Verb, Workflow
from genesis_ci.redaction import HIDDEN, MIN_SCRUBBED, Scrubber, Secret
from genesis_ci.text import clean, is_uuid


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
    block = "" if _holds_key(job, "output-block") else job.text("output-block")
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


__all__ = ["OnMissingKey", "Parsed", "Settings", "Verb", "parse_settings"]


class OnMissingKey(StrEnum):
    """What a job without an API key does."""

    FAIL = "fail"
    SKIP = "skip"


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """Everything a job was told, valid. `api_key` is None exactly when the job is skipped."""

    api_url: str
    api_key: Secret | None
    runs: tuple[Workflow, ...]
    plan: Plan = field(default_factory=Plan)


@dataclass(frozen=True, kw_only=True, slots=True)
class Parsed:
    """The outcome of parsing: settings or problems, and what evidence needs in either case.

    `runs` are those that the job is about, as far as that is known. `notices` are what people
    should know although nothing is wrong.
    """

    settings: Settings | None
    problems: tuple[str, ...]
    secrets: tuple[Secret, ...] = field(repr=False)
    runs: tuple[Workflow, ...] = ()
    notices: tuple[str, ...] = ()


def parse_settings(
    given: Mapping[str, Given],
    *,
    verb: Verb,
    read_file: ReadFile,
    environ: Mapping[str, str] | None = None,
    attach_from: str | None = None,
    empty_key_hint: str = "",
    usage_problems: Sequence[str] = (),
) -> Parsed:
    """Return what the inputs mean for a verb, with every problem that they have.

    `read_file` returns the text of a file in the workspace, or raises `OSError` or `ValueError`.
    `environ` is where a config file's `${NAME}` looks, `attach_from` the path of an earlier job's
    result.json. `empty_key_hint` is what this CI is known to do to a key; `usage_problems` are
    found already.
    """
    job = Reader(layers_of(given), list(usage_problems))
    read_reporting(job)
    key = job.read("api-key", parsers.api_key)
    key_missing = _is_key_missing(job, empty_key_hint)
    api_url = job.read("api-url", parsers.api_url)
    taker = OrderTaker(job, read_file=read_file, environ=environ or {}, job_is_skipped=key_missing)
    orders = taker.orders(attach_from, api_url=api_url)
    workflows = WorkflowReader(
        verb=verb,
        api_url=api_url,
        key_is_uuid=is_uuid(key or ""),
        read_file=read_file,
        problems=job.problems,
    )
    asks = workflows.asks(orders.each)
    job.problems += misuses(asks, verb, key_missing=key_missing)
    if not usage_problems:  # an option that was misspelt may have been the one that says it
        _check_there_is_work(job, orders, verb, key_missing=key_missing)
    secrets = _secrets(job, asks)
    scrub = Scrubber(secrets)
    runs = tuple(_shown(ask, scrub) for ask in asks if _is_something(ask.run))
    settings = Settings(
        api_url=api_url or "",
        api_key=Secret(key) if key else None,
        runs=runs,
        plan=orders.plan,
    )
    return Parsed(
        settings=None if job.problems else settings,
        problems=_told(job.problems, scrub),
        secrets=secrets,
        runs=runs,
        notices=_told(_too_short(asks), scrub),
    )


def _told(sentences: Iterable[str], scrub: Scrubber) -> tuple[str, ...]:
    """The sentences as people may see them, each once."""
    return tuple(dict.fromkeys(parsers.shortened(scrub(one)) for one in sentences))


def _is_key_missing(job: Reader, hint: str) -> bool:
    """Whether there is no key and the job may be skipped for it; otherwise note the problem."""
    on_missing_key = job.choice("missing-key", OnMissingKey)
    if job.has("api-key"):
        return False
    if on_missing_key is OnMissingKey.FAIL:
        job.problem("api-key", f"it is empty. {hint}".rstrip())
    return on_missing_key is OnMissingKey.SKIP


def _check_there_is_work(job: Reader, orders: Orders, verb: Verb, *, key_missing: bool) -> None:
    """Note that nothing says what to run, where no other problem says so already."""
    if key_missing or orders.listed or job.has("execution-id"):
        return
    if verb is Verb.WAIT:
        job.problem("execution-id", "it is empty, and wait has to know what to attach to")
    elif not job.has("config") and not job.has("workflow-id"):
        job.problem("workflow-id", no_workflow())


def _is_something(run: Workflow) -> bool:
    return bool(run.workflow_id or run.execution_id or run.ended)


def _secrets(job: Reader, asks: Sequence[Ask]) -> tuple[Secret, ...]:
    hidden = [job.text("api-key"), *(text for ask in asks for text in ask.secret_values)]
    return tuple(Secret(value) for value in dict.fromkeys(hidden) if value)


def _too_short(asks: Sequence[Ask]) -> Iterator[str]:
    """What to know of secret variables that the scrubber does not search for."""
    for ask in asks:
        for name, text in zip(sorted(ask.secret_names), ask.secret_values, strict=True):
            if 0 < len(text) < MIN_SCRUBBED:
                yield (
                    f"secret-inputs: the value of {parsers.quoted(name)} is shorter than "
                    f"{MIN_SCRUBBED} characters. It is shown as {HIDDEN}, but cannot be hidden "
                    "where it stands in other text, such as an answer of Genesis."
                )


def _shown(ask: Ask, scrub: Scrubber) -> Workflow:
    """The run with what people may see of it: without secrets, and harmless wherever it goes."""
    shown = {
        clean(scrub(name)): HIDDEN if name in ask.secret_names else clean(scrub(value))
        for name, value in ask.run.variables.items()
    }
    return replace(ask.run, name=ask.run.name and scrub(ask.run.name), shown=shown)
