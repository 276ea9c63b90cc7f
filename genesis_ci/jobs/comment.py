"""`genesis-ci comment`: the result of a job, as one comment on the pull or merge request."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from genesis_ci.config.addresses import api_url
from genesis_ci.config.input_types import api_key
from genesis_ci.config.inputs import BY_NAME
from genesis_ci.errors import ConfigError, GenesisCiError
from genesis_ci.forges import FORGES, forge_of
from genesis_ci.forges.comment_thread import mark_for, write_comment
from genesis_ci.forges.forge import Forge
from genesis_ci.forges.rest import RestApi
from genesis_ci.forges.sender import Sender
from genesis_ci.models.report import Annotation, JobReport, Level, Problem
from genesis_ci.providers.base import Provider
from genesis_ci.redaction import Scrubber, Secret
from genesis_ci.reporters.comment_text import LONGEST_NAME, render
from genesis_ci.result import parse
from genesis_ci.text import clean_line, fill

TITLE = "genesis-ci comment"


@dataclass(frozen=True, kw_only=True, slots=True)
class CommentIO:
    """What the command gets from outside.

    `read_file` returns a file of the workspace, or raises `OSError` or `ValueError`. `write` prints
    the comment; None writes it on the request.
    """

    environ: Mapping[str, str] = field(repr=False)
    read_file: Callable[[str], str]
    make_sender: Callable[[], Sender]
    provider: Provider
    write: Callable[[str], None] | None = None


def comment(path: str, name: str | None, io: CommentIO) -> int:
    """Write the result of a result.json into the request's comment, and return the exit code."""
    try:
        if name is not None and not 0 < len(name.strip()) <= LONGEST_NAME:
            raise _bad(f"--name: write 1 to {LONGEST_NAME} characters.")
        report = _read(path, io)
        if io.write:
            io.write(_text(report, name, io))
        else:
            for line in _commented(report, name, io):
                io.provider.line(line)
        code = 0
    except GenesisCiError as error:
        problems = error.problems if isinstance(error, ConfigError) else ()
        for message in map(str, problems or (error.message,)):
            io.provider.annotate(Annotation(level=Level.ERROR, title=TITLE, message=message))
        if error.hint and not problems:
            io.provider.error(error.hint)
        code = error.exit_code
    if not io.write:
        io.provider.line(f"genesis-ci: comment exit-code={code}")
    return code


def _commented(report: JobReport, name: str | None, io: CommentIO) -> list[str]:
    forge = forge_of(io.provider.marker, io.environ)
    if forge is None:
        known = " and ".join(one.name for one in FORGES)
        raise _bad(f"comment supports {known}, and this job runs on neither.")
    target = forge.target(io.environ)
    nothing = [fill("There is nothing to comment on: {why}.", why=target.nothing)]
    if target.requests is None:
        return nothing
    token = _token(forge, io.environ)
    sender = io.make_sender()
    api = api_of(forge, token, sender, environ=io.environ, scrub=Scrubber([token]))
    api = replace(api, remedies={**api.remedies, **target.remedies})
    text = api.scrub(_text(report, name, io, page=target.page))
    mark = mark_for(text, job=(*target.job, name or ""), run=target.run)
    threads = forge.threads(api, io.environ, target.requests(api))
    done = []
    for number, thread in threads.items():
        ending = write_comment(thread, text, mark)
        text = "{forge}, request {number}: {ending}."
        done.append(fill(text, forge=forge.name, number=number, ending=ending.value))
    return done or nothing


def _text(report: JobReport, name: str | None, io: CommentIO, page: str | None = None) -> str:
    """Return the comment; the file does not decide where links lead, because it may be forged."""
    genesis = io.environ.get("GENESIS_API_URL") or BY_NAME["api-url"].default
    workflows = tuple(
        one
        if (one.run_url or "").startswith(f"{genesis.rstrip('/')}/")
        else replace(one, run_url=None)
        for one in report.workflows
    )
    report = report._replace(job_url=page or io.provider.change.job_url, workflows=workflows)
    return render(report, name=name and clean_line(name, limit=LONGEST_NAME))


def _read(path: str, io: CommentIO) -> JobReport:
    try:
        return parse(io.read_file(path))
    except OSError as error:
        reason = error.strerror or "it cannot be read"
    except ValueError as error:  # a ResultError, or no text
        reason = str(error)
    raise _bad(f"--from {clean_line(path)}: {reason}. Name the result.json that the job wrote.")


def _token(forge: Forge, environ: Mapping[str, str]) -> Secret:
    variable = forge.auth_variable
    text = environ.get(variable, "").strip()
    if not text:
        raise _bad(f"{variable} is empty. {forge.auth_advice}")
    try:
        return Secret(api_key(text))
    except ValueError as error:
        raise _bad(f"{variable}: {error}.") from None


def api_of(
    forge: Forge,
    token: Secret,
    sender: Sender,
    *,
    environ: Mapping[str, str],
    scrub: Callable[[str], str],
) -> RestApi:
    """Return a forge's API; raise `ConfigError` if the token may not be sent to its address."""
    allowed = environ.get("GENESIS_ALLOW_HTTP") or None
    try:
        base = api_url(forge.address(environ), allow_http=allowed, credential="token")
    except ValueError as error:
        raise _bad(f"The address of {forge.name}'s API: {error}.") from None
    return RestApi(
        name=forge.name,
        base=base,
        headers=forge.headers(token.reveal()),
        sender=sender,
        scrub=scrub,
        remedies=forge.remedies,
    )


def _bad(words: str) -> ConfigError:
    return ConfigError([Problem(words=words)])
