"""`genesis-ci comment`: the result of a job, as a comment on its request, or as an issue."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from genesis_ci.config.addresses import report_url
from genesis_ci.config.sources import unknown_variables
from genesis_ci.errors import ConfigError, GenesisCiError
from genesis_ci.forges import FORGES, forge_names
from genesis_ci.forges.comment_thread import entries, mark_for, write_comment
from genesis_ci.forges.forge import ABOUT_REQUEST, Forge
from genesis_ci.jobs.contact import Contact
from genesis_ci.jobs.show import read_report, with_own_links
from genesis_ci.language import N_, Language, _, commas, fill
from genesis_ci.models.report import (
    UNNAMED,
    Annotation,
    JobReport,
    Level,
    Outcome,
    Problem,
    Verdict,
)
from genesis_ci.providers.base import Provider
from genesis_ci.redaction import Scrubber
from genesis_ci.reporters import labels
from genesis_ci.reporters.comment_text import LONGEST_NAME, render
from genesis_ci.reporters.escape import issue_title
from genesis_ci.system.signals import Interrupted
from genesis_ci.text import clean_line

TITLE = "genesis-ci comment"
LONGEST_TITLE = 200
SECONDS = 180.0
"""For all requests, with the pauses between them."""
_NOTHING = N_("There is nothing to comment on: {why}.")
_UNDECIDED = frozenset({Verdict.NOT_RUN, Verdict.TRIGGERED, Verdict.REVIEW_PENDING})


class CommentIO(NamedTuple):
    """What the command gets from outside.

    `read_file` returns a file of the workspace, or raises `OSError` or `ValueError`. `speak` sets
    the language, and returns why it is English instead. `report_url` is the text of the option.
    """

    contact: Contact
    read_file: Callable[[str], str]
    provider: Provider
    speak: Callable[[Language], Iterable[str]]
    report_url: str = ""

    @property
    def environ(self) -> Mapping[str, str]:
        return self.contact.environ


def comment(path: str, name: str | None, io: CommentIO, *, as_issue: bool = False) -> int:
    """Write the result of a result.json into comment or issue, and return the exit code.

    In the comment action a fault is a warning: its script ends with 0 unless it is strict.
    """
    tokens = (io.environ.get(forge.auth_variable) for forge in FORGES)
    io.provider.mask([token for token in tokens if token])
    for words in unknown_variables(io.environ):
        io.provider.annotate(Annotation(level=Level.WARNING, message=words))
    level = Level.WARNING if io.environ.get("COMMENT_STRICT") == "false" else Level.ERROR
    try:
        if name is not None and not 0 < len(name.strip()) <= LONGEST_NAME:
            raise _bad(f"--name: write 1 to {LONGEST_NAME} characters.")
        report = read_report(path, io.read_file, subject=f"--from {clean_line(path)}")
        for words in io.speak(report.language):
            io.provider.annotate(Annotation(level=Level.NOTICE, message=words))
        for line in (_reported if as_issue else _commented)(report, name, io):
            io.provider.line(line)
        code = 0
    except GenesisCiError as error:
        problems = error.problems if isinstance(error, ConfigError) else ()
        for message in map(str, problems or (error.message,)):
            io.provider.annotate(Annotation(level=level, title=TITLE, message=message))
        if error.hint and not problems:
            io.provider.always(error.hint)
        code = error.exit_code
    except Interrupted as signal:
        io.provider.always(_("Interrupted; it may be written or not. Run the command again."))
        return signal.exit_code
    io.provider.line(f"genesis-ci: comment exit-code={code}")
    return code


def _forge(io: CommentIO) -> type[Forge]:
    if forge := io.contact.forge:
        return forge
    raise _bad(f"comment supports {forge_names()}, and this job runs on another system.")


def _connect(kind: type[Forge], io: CommentIO) -> Forge:
    token = io.contact.token(kind)
    return io.contact.connect(kind, token, io.contact.make_sender(SECONDS), Scrubber([token]))


def _commented(report: JobReport, name: str | None, io: CommentIO) -> list[str]:
    kind = _forge(io)
    target = kind.comment_target(io.environ)
    if target.nothing:
        return [fill(_NOTHING, why=target.nothing)]
    forge = _connect(kind, io)
    text = forge.api.scrub(_text(report, name, kind, io, target.page))
    mark = mark_for(text, job=(*target.job, name or ""), run=target.run)
    threads = {number: forge.comments(number, target.advice) for number in forge.requests()}
    done = []
    for number, thread in threads.items():
        ending = fill(write_comment(thread, text, mark).value, thing=_("comment"))
        words = fill(
            "{forge}, request {number}: {ending}.", forge=forge.name, number=number, ending=ending
        )
        done.append(words)
    return done or [fill(_NOTHING, why=target.none_found)]


def _reported(report: JobReport, name: str | None, io: CommentIO) -> list[str]:
    """Open, update or close the issue of this job."""
    kind = _forge(io)
    target = kind.issue_target(io.environ)
    unnumbered = "" if any(target.run) else _("this CI does not number its runs")
    of_request = _(ABOUT_REQUEST) if report.change.request else ""
    if why := target.nothing or of_request or unnumbered or _undecided(report.outcome):
        return [fill("The issue stays as it is: {why}.", why=why)]
    forge = _connect(kind, io)
    text = forge.api.scrub(_text(report, name, kind, io, target.page))
    job = (*target.job, name or "")
    mark = mark_for(text, job=job, run=target.run, failing=labels.failing(report))
    red = {one.name for one in report.workflows if one.required and not one.outcome.green}
    mark = mark._replace(red=entries(red - {UNNAMED}), closed=report.outcome.green)
    decided = [one for one in report.workflows if one.outcome.verdict not in _UNDECIDED]
    ran = entries(one.name for one in decided)
    names = clean_line(commas(filter(None, (name, *target.job))), limit=LONGEST_TITLE)
    title = fill("Genesis is red: {job}", job=issue_title(names))
    ending = write_comment(forge.issues(title), text, mark, ran=ran)
    words = fill(ending.value, thing=_("issue"))
    return [fill("{forge}: {ending}.", forge=forge.name, ending=words)]


def _undecided(outcome: Outcome) -> str:
    """Return why an outcome neither opens nor closes an issue; empty if it does."""
    if outcome.verdict is Verdict.INTERRUPTED:
        return _("the job was interrupted")
    is_undecided = outcome.green and outcome.verdict in _UNDECIDED
    return _("the job has not ended yet") if is_undecided else ""


def _text(
    report: JobReport, name: str | None, kind: type[Forge], io: CommentIO, page: str | None
) -> str:
    report = with_own_links(report, io.environ, job_url=page or io.provider.change.job_url)
    try:
        if link := (io.report_url or io.environ.get("GENESIS_REPORT_URL", "")).strip():
            report = report._replace(report_url=report_url(link))
    except ValueError as error:
        raise _bad(f"report-url: {error}. Write an https address.") from None
    label = commas(filter(None, (name, kind.leg(io.environ))))
    return render(report, name=clean_line(label, limit=LONGEST_NAME))


def _bad(words: str) -> ConfigError:
    return ConfigError([Problem(words=words)])
