"""`genesis-ci comment`: what came of a job, as one comment on the pull or merge request."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from genesis_ci.config.addresses import api_url
from genesis_ci.config.input_types import api_key
from genesis_ci.errors import ConfigError, GenesisCiError
from genesis_ci.forges import FORGES
from genesis_ci.forges.base import Access, Forge, Subject
from genesis_ci.forges.comments import Ending, keep_up, mark_for
from genesis_ci.forges.rest import Wire
from genesis_ci.models import Annotation, Level, Problem, RunReport
from genesis_ci.providers.base import Provider
from genesis_ci.redaction import Scrubber, Secret
from genesis_ci.reporters.comment import LONGEST_NAME, render
from genesis_ci.result import parse
from genesis_ci.strict_json import JsonValue, StrictJsonError, parse_json
from genesis_ci.text import clean_line

TITLE = "genesis-ci comment"
LAST_LINE = "genesis-ci: comment"


@dataclass(frozen=True, kw_only=True, slots=True)
class Commenting:
    """What the command gets from outside.

    `read_file` returns a file of the workspace, `read_event` the event that started the job; both
    raise `OSError` or `ValueError`. `make_wire` makes the way to the forge.
    """

    environ: Mapping[str, str] = field(repr=False)
    read_file: Callable[[str], str]
    read_event: Callable[[], str]
    make_wire: Callable[[], Wire]
    provider: Provider
    user_agent: str


def comment(path: str, name: str | None, world: Commenting) -> int:
    """Bring what a result.json says into the request's comment, and return the exit code."""
    try:
        for words in _commented(path, name, world):
            world.provider.line(words)
        code = 0
    except GenesisCiError as error:
        problems = error.problems if isinstance(error, ConfigError) else ()
        for told in map(str, problems or (error.message,)):
            world.provider.annotate(Annotation(level=Level.ERROR, title=TITLE, message=told))
        if error.hint and not problems:
            world.provider.error(error.hint)
        code = error.exit_code
    world.provider.line(f"{LAST_LINE} exit-code={code}")
    return code


def _commented(path: str, name: str | None, world: Commenting) -> list[str]:
    """Return what was done, in words."""
    report = _read(path, world)
    if name is not None and not 0 < len(name.strip()) <= LONGEST_NAME:
        raise _bad(f"--name: write 1 to {LONGEST_NAME} characters.")
    kind = next((one for one in FORGES if one.detects(world.environ)), None)
    if kind is None:
        known = " and ".join(one.name for one in FORGES)
        raise _bad(f"comment knows {known}, and this job runs on neither.")
    subject = kind.subject(world.environ, _event(world))
    if not (subject.numbers or subject.head):
        return [f"There is nothing to comment on: {subject.nothing}."]
    token = _token(kind, world.environ)
    scrub = Scrubber([token])
    wire = world.make_wire()
    forge = kind(
        Access(
            base=api_address(kind, world.environ),
            token=token,
            wire=wire,
            scrub=scrub,
            user_agent=world.user_agent,
        ),
        world.environ,
        subject,
    )
    shown = name and clean_line(name, limit=LONGEST_NAME)
    text = scrub(_text(report, shown, subject, world.provider))
    mark = mark_for(text, job=(*subject.job, name or ""), run=subject.run)
    numbers = forge.numbers()
    if not numbers:
        return [f"There is nothing to comment on: {subject.nothing}."]
    return [
        f"{kind.name}, request {number}: {_told(ending)}."
        for number in numbers
        for ending in [keep_up(forge.thread(number), text, mark, pause=wire.pause)]
    ]


def _told(ending: Ending) -> str:
    advice = "; give each of them a --name" if ending is Ending.SHARED else ""
    return f"{ending.value}{advice}"


def _read(path: str, world: Commenting) -> RunReport:
    try:
        return parse(world.read_file(path))
    except OSError as error:
        reason = error.strerror or "it cannot be read"
    except ValueError as error:  # a ResultError, or no text
        reason = str(error)
    raise _bad(f"--from {clean_line(path)}: {reason}.")


def _text(report: RunReport, name: str | None, subject: Subject, provider: Provider) -> str:
    """The comment's text; the file does not say where its link leads, for it may be forged."""
    return render(replace(report, job_url=subject.page or provider.job_url), name=name)


def _event(world: Commenting) -> JsonValue:
    try:
        text = world.read_event()
        return parse_json(text) if text else None
    except StrictJsonError as error:
        raise _bad(f"GITHUB_EVENT_PATH: the event is {error}.") from None
    except (OSError, ValueError):
        raise _bad("GITHUB_EVENT_PATH: the event cannot be read.") from None


def _token(kind: type[Forge], environ: Mapping[str, str]) -> Secret:
    variable = kind.token_variable
    text = environ.get(variable, "").strip()
    if not text:
        raise _bad(f"{variable} is empty. {kind.no_token}")
    try:
        return Secret(api_key(text))
    except ValueError as error:
        raise _bad(f"{variable}: {error}.") from None


def api_address(kind: type[Forge], environ: Mapping[str, str]) -> str:
    """Return the address of a forge's API; raise `ConfigError` where a token may not go there."""
    allowed = environ.get("GENESIS_ALLOW_HTTP") or None
    try:
        return api_url(kind.address(environ), allow_http=allowed)
    except ValueError as error:
        raise _bad(f"The address of {kind.name}'s API: {error}.") from None


def _bad(words: str) -> ConfigError:
    return ConfigError([Problem(words=words)])
