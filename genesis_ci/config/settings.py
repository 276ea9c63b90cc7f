"""From the texts of the inputs to frozen Settings, or to all problems at once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeVar

from genesis_ci.api.codec import encode_variables
from genesis_ci.config import values
from genesis_ci.config.inputs import BY_NAME
from genesis_ci.config.sources import Given
from genesis_ci.config.variables import MAX_PAYLOAD, VariablesError, parse_variables
from genesis_ci.domain import Concurrency, OnReview, OnState, Policy, WorkflowRun
from genesis_ci.secrets import HIDDEN, Scrubber, Secret

T = TypeVar("T")
ReadFile = Callable[[str], str]


class Verb(StrEnum):
    """What the command is to do; each asks for other inputs."""

    RUN = "run"
    TRIGGER = "trigger"
    WAIT = "wait"
    CHECK = "check"


class OnMissingKey(StrEnum):
    """What a job without an API key does."""

    FAIL = "fail"
    SKIP = "skip"


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """Everything a job was told, valid. `api_key` is None exactly when the job is skipped."""

    api_url: str
    api_key: Secret | None
    runs: tuple[WorkflowRun, ...]
    output_block: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Parsed:
    """The outcome of parsing: settings or problems, and what evidence needs in either case."""

    settings: Settings | None
    problems: tuple[str, ...]
    report_dir: str
    summary: bool
    secrets: tuple[Secret, ...] = field(repr=False)


def parse_settings(
    given: Mapping[str, Given],
    *,
    verb: Verb,
    read_file: ReadFile,
    empty_key_hint: str = "",
    usage_problems: Sequence[str] = (),
) -> Parsed:
    """Return what the inputs mean for a verb, with every problem that they have.

    `read_file` returns the text of a file in the workspace, or raises `OSError` or `ValueError`.
    `empty_key_hint` is what this CI is known to do to a key; `usage_problems` are found already.
    """
    reader = _Reader(given, usage_problems)
    report_dir = reader.read("report-dir", values.report_dir) or BY_NAME["report-dir"].default
    summary = reader.read("summary", values.boolean) is not False
    key = reader.read("api-key", values.api_key)
    key_missing = _is_key_missing(reader, empty_key_hint)
    api_url = reader.read("api-url", values.api_url)
    variables = _variables(reader, read_file)
    secret_names = _secret_names(reader, variables)
    hidden = [reader.text("api-key"), *(variables[name] for name in secret_names)]
    secrets = tuple(Secret(value) for value in hidden if value)
    scrub = Scrubber(secrets)
    shown = {
        scrub(name): HIDDEN if name in secret_names else scrub(value)
        for name, value in variables.items()
    }
    template = replace(_template(reader, verb), variables=variables, shown=shown)
    runs = _runs(reader, verb, template, api_url, key_missing=key_missing)
    settings = Settings(
        api_url=api_url or "",
        api_key=Secret(key) if key else None,
        runs=runs,
        output_block=reader.text("output-block") or None,
    )
    return Parsed(
        settings=None if reader.problems else settings,
        problems=tuple(map(scrub, reader.problems)),
        report_dir=report_dir,
        summary=summary,
        secrets=secrets,
    )


class _Reader:
    """Reads inputs by name and collects a problem for each that is malformed."""

    def __init__(self, given: Mapping[str, Given], problems: Sequence[str]) -> None:
        self._given = given
        self.problems = list(problems)

    def has(self, name: str) -> bool:
        return name in self._given

    def text(self, name: str) -> str:
        given = self._given.get(name)
        return given.text if given else BY_NAME[name].default

    def read(self, name: str, parse: Callable[[str], T]) -> T | None:
        """The value; None when the input is not set and has no default, or is malformed."""
        text = self.text(name)
        if not text:
            return None
        try:
            return parse(text.strip() if name != "api-key" else text)
        except ValueError as error:
            self.problem(name, str(error))
            return None

    def choice(self, name: str, kind: type[values.Choice]) -> values.Choice:
        """The chosen member; a malformed one is reported and the default returned."""
        default = values.choice(kind, BY_NAME[name].default)
        return self.read(name, lambda text: values.choice(kind, text)) or default

    def seconds(self, name: str) -> float:
        """The duration; a malformed one is reported and the default returned."""
        return self.read(name, values.duration) or values.duration(BY_NAME[name].default)

    def problem(self, name: str, words: str) -> None:
        """Note what is wrong with an input."""
        self.problems.append(self.words(name, words))

    def words(self, name: str, words: str) -> str:
        """The full sentence: the input, where its text came from, the problem, what to write."""
        given = self._given.get(name)
        place = given.place if given else name
        source = "" if place in {name, f"--{name}"} else f" (from {place})"
        return f"{name}{source}: {words.rstrip('.')}. Write {BY_NAME[name].accepts}."


def _is_key_missing(reader: _Reader, hint: str) -> bool:
    """Whether there is no key and the job may be skipped for it; otherwise note the problem."""
    on_missing_key = reader.choice("missing-key", OnMissingKey)
    if reader.has("api-key"):
        return False
    if on_missing_key is OnMissingKey.FAIL:
        reader.problem("api-key", f"it is empty. {hint}".rstrip())
    return on_missing_key is OnMissingKey.SKIP


def _secret_names(reader: _Reader, variables: Mapping[str, str]) -> tuple[str, ...]:
    named = reader.read("secret-inputs", values.names) or ()
    for name in named:
        if name not in variables:
            reader.problem("secret-inputs", f"{values.quoted(name)} is not a name in inputs")
    return tuple(name for name in named if name in variables)


def _variables(reader: _Reader, read_file: ReadFile) -> dict[str, str]:
    merged: dict[str, str] = {}
    path = reader.text("inputs-file").strip()
    if path:
        merged |= _variables_of(reader, "inputs-file", lambda: read_file(path))
    merged |= _variables_of(reader, "inputs", lambda: reader.text("inputs"))
    size = len(encode_variables(merged))
    if size > MAX_PAYLOAD:
        reader.problem("inputs", f"they make {size} bytes, and Genesis takes at most 10 MB")
    return merged


def _variables_of(reader: _Reader, name: str, text: Callable[[], str]) -> dict[str, str]:
    try:
        return parse_variables(text())
    except VariablesError as error:
        for problem in error.problems:
            reader.problem(name, problem)
    except OSError as error:
        reader.problem(name, f"the file cannot be read ({error.strerror or 'no such file'})")
    except ValueError as error:
        reader.problem(name, str(error))
    return {}


def _runs(
    reader: _Reader, verb: Verb, template: WorkflowRun, api_url: str | None, *, key_missing: bool
) -> tuple[WorkflowRun, ...]:
    workflow = reader.read("workflow-id", lambda text: values.workflow_id(text, base=api_url))
    attached = reader.read("execution-id", values.execution_ids) or ()
    for problem in _misuses(reader, verb, waits=template.wait, key_missing=key_missing):
        reader.problems.append(problem)
    if attached:
        bare = replace(template, variables={}, shown={}, workflow_id=workflow)
        return tuple(replace(bare, execution_id=one) for one in attached)
    return (replace(template, workflow_id=workflow),) if workflow else ()


def _misuses(reader: _Reader, verb: Verb, *, waits: bool, key_missing: bool) -> Iterator[str]:
    attaches = reader.has("execution-id")
    if verb is Verb.TRIGGER and attaches:
        yield "execution-id attaches to a run that exists, but trigger starts a new one. Drop one."
    elif verb is Verb.RUN and attaches and not waits:
        yield "wait: false together with execution-id leaves nothing to do. Drop one."
    elif verb is Verb.WAIT and not attaches:
        yield reader.words("execution-id", "it is empty, and wait has to know what to attach to")
    elif _lacks_workflow(reader, verb) and not key_missing:
        yield reader.words("workflow-id", "it is empty")


def _lacks_workflow(reader: _Reader, verb: Verb) -> bool:
    starts = verb in {Verb.RUN, Verb.TRIGGER} and not reader.has("execution-id")
    return starts and not reader.has("workflow-id")


def _template(reader: _Reader, verb: Verb) -> WorkflowRun:
    """What all runs of this job have in common."""
    policy = Policy(
        on_review_pending=reader.choice("on-review-pending", OnReview),
        on_cancelled=reader.choice("on-cancelled", OnState),
        on_skipped=reader.choice("on-skipped", OnState),
        concurrency=reader.choice("concurrency-policy", Concurrency),
    )
    asked_to_wait = reader.read("wait", values.boolean) is not False
    return WorkflowRun(
        policy=policy,
        wait=verb is Verb.WAIT or (asked_to_wait and verb is not Verb.TRIGGER),
        poll_interval=reader.read("poll-interval", values.poll_interval),
        max_wait=reader.seconds("max-wait-time"),
        review_wait=reader.seconds("review-wait-time"),
    )
