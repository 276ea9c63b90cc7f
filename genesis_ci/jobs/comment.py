"""`genesis-ci comment`: the result of a job, as a comment on its request, or as an issue."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from genesis_ci.config.addresses import report_url
from genesis_ci.config.inputs import BY_NAME
from genesis_ci.config.reader import Reader
from genesis_ci.config.sources import from_environment, warnings_of_unknown
from genesis_ci.document.problems import quoted_in_language
from genesis_ci.errors import ConfigError, GenesisCiError
from genesis_ci.forges import FORGES, forge_names
from genesis_ci.forges.comment_thread import Ending, Mark, Post, Result, mark_for, write_comment
from genesis_ci.forges.forge import ABOUT_REQUEST, Forge, Target
from genesis_ci.jobs.contact import Contact
from genesis_ci.jobs.issue import IssuePost, names
from genesis_ci.jobs.show import read_report, with_own_links
from genesis_ci.language import N_, Language, _, commas, fill, listed
from genesis_ci.models.report import (
    Annotation,
    JobReport,
    Level,
    Problem,
    Verdict,
)
from genesis_ci.providers import provider_class
from genesis_ci.providers.base import Provider
from genesis_ci.redaction import Scrubber
from genesis_ci.reporters.comment_text import LONGEST_NAME, render, render_started
from genesis_ci.reporters.escape import issue_title
from genesis_ci.system.signals import Interrupted
from genesis_ci.text import clean_line

TITLE = "genesis-ci comment"
LONGEST_TITLE = 200
SECONDS = 180.0
"""For all requests, with the pauses between them."""
SECONDS_AT_START = 30.0
"""The same with `--started`, because the run waits for it."""
OPPOSITES = {"--started": ("--from", "--report-url", "--issue"), "--only-red": ("--issue",)}
_NOTHING = N_("There is nothing to comment on: {why}.")
Options = Mapping[str, str]


class CommentIO(NamedTuple):
    """What the command gets from outside.

    `read_file` returns a file of the workspace, or raises `OSError` or `ValueError`. `speak` sets
    the language, and returns why it is English instead.
    """

    contact: Contact
    read_file: Callable[[str], str]
    provider: Provider
    speak: Callable[[Language], Iterable[str]]

    @property
    def environ(self) -> Mapping[str, str]:
        return self.contact.environ


def comment(options: Options, io: CommentIO) -> int:
    """Write the result of a result.json into comment or issue, and return the exit code.

    In the comment action a fault is a warning: its script ends with 0 unless it is strict.
    """
    tokens = map(io.environ.get, dict.fromkeys(forge.auth_variable for forge in FORGES))
    io.provider.mask([token for token in tokens if token])
    for words in warnings_of_unknown(io.environ):
        io.provider.annotate(Annotation(level=Level.WARNING, message=words))
    level = Level.WARNING if io.environ.get("COMMENT_STRICT") == "false" else Level.ERROR
    try:
        for line in _written(options, io):
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


def _written(options: Options, io: CommentIO) -> list[str]:
    """Write comment or issue, and return what the log says."""
    if wrong := [*_problems(options)]:
        raise _bad(*wrong)
    report, path = None, options.get("--from", "")
    if "--started" not in options:
        report = read_report(path, io.read_file, subject=f"--from {clean_line(path)}")
    for words in io.speak(report.language if report else _language(io)):
        io.provider.annotate(Annotation(level=Level.NOTICE, message=words))
    kind = _forge(io)
    if report and "--issue" in options:
        return _reported(_Job(report, kind, kind.issue_target(io.environ), options, io), report)
    return _commented(_Job(report, kind, kind.comment_target(io.environ), options, io))


def _problems(options: Options) -> Iterator[str]:
    """Yield what is wrong with the options; here, because the comment action's log shows it."""
    if not 0 < len(options.get("--name", "-").strip()) <= LONGEST_NAME:
        yield f"--name: write 1 to {LONGEST_NAME} characters."
    for one, others in OPPOSITES.items():
        for other in others:
            if one in options and other in options:
                yield f"{one} and {other} do not go together. Drop one."
    labels = _labels(options)
    if labels and "--issue" not in options:
        yield "--label: only an issue gets labels. Add --issue, or drop it."
    if "," in "".join(labels):
        yield "--label: a label has no comma. Give --label once for each."


def _labels(options: Options) -> list[str]:
    lines = options.get("--label", "").splitlines()
    return [label for label in map(str.strip, lines) if label]


def _language(io: CommentIO) -> Language:
    """Return that of the environment; the result.json records the job's own."""
    row, inputs = BY_NAME["language"], Reader(from_environment(io.environ), read_file=io.read_file)
    found: Language | None = inputs.peek(row.name)
    if found is None:
        raise _bad(f"{row.environment_name}: write {row.type.form}.")
    return found


def _forge(io: CommentIO) -> type[Forge]:
    if forge := io.contact.forge:
        return forge
    text = N_("comment supports {forges}, and this job runs on another system.")
    raise _bad(fill(text, forges=forge_names()))


class _Job(NamedTuple):
    """The job whose result is written; without a report, it has not ended."""

    report: JobReport | None
    kind: type[Forge]
    target: Target
    options: Options
    io: CommentIO

    @property
    def name(self) -> str:
        return self.options.get("--name", "")

    def connect(self, *, seconds: float = SECONDS) -> Forge:
        contact, token = self.io.contact, self.io.contact.token(self.kind)
        sender = contact.make_sender(seconds)
        return contact.connect(self.kind, token, sender, Scrubber([token]))


def _commented(job: _Job) -> list[str]:
    """Write the comment."""
    target = job.target
    if target.nothing:
        return [fill(_NOTHING, why=target.nothing)]
    _check_run(job)
    forge = job.connect(seconds=SECONDS if job.report else SECONDS_AT_START)
    text = forge.api.scrub(_text(job))
    mark = _mark(job, text)
    only_red = "--only-red" in job.options
    post = Post(mark, text, only_updates=only_red and not mark.is_red)
    threads = {number: forge.comments(number, target.advice) for number in forge.requests()}
    done = []
    for number, thread in threads.items():
        result = write_comment(thread, post)
        request = fill(forge.request_name, number=number)
        done.append(_said(result, forge, commas([forge.name, request]), _("the comment")))
    return done or [fill(_NOTHING, why=target.none_found)]


def _said(result: Result, forge: Forge, where: str, thing: str, entries: str = "") -> str:
    ending = fill(result.ending.value, thing=thing, entries=entries)
    words = fill("{where}: {ending}.", where=where, ending=ending)
    address = clean_line(forge.api.scrub(result.comment.address)) if result.comment else ""
    return f"{words} {address}".strip()


def _reported(job: _Job, report: JobReport) -> list[str]:
    """Open, update or close the issue of this job."""
    target, wanted = job.target, _labels(job.options)
    if not target.nothing:
        _check_run(job)
    of_request = _(ABOUT_REQUEST) if report.change.request else ""
    is_interrupted = report.outcome.verdict is Verdict.INTERRUPTED
    interrupted = _("the job was interrupted") if is_interrupted else ""
    if why := target.nothing or of_request or interrupted:
        return [fill("The issue stays as it is: {why}.", why=why)]
    forge = job.connect()
    text = forge.api.scrub(_text(job))
    post = IssuePost(_mark(job, text), text, report)
    title = clean_line(commas(filter(None, (job.name, *target.job))), limit=LONGEST_TITLE)
    title = fill("Genesis is red: {job}", job=issue_title(title))
    result = write_comment(forge.issues(title, wanted), post)
    issue = result.comment
    if not issue:
        return [_said(result, forge, forge.name, _("the issue"))]
    there = {label.casefold() for label in issue.labels}
    missing = [quoted_in_language(one) for one in wanted if one.casefold() not in there]
    if missing and result.ending is Ending.CREATED:
        words = fill(
            "Issue #{number} was created without {labels}: check that the label exists, and that "
            "the token may set it.",
            number=issue.id,
            labels=listed(missing),
        )
        job.io.provider.annotate(Annotation(level=Level.WARNING, title=TITLE, message=words))
    thing = fill("issue #{number}", number=issue.id)
    return [_said(result, forge, forge.name, thing, names(post.not_settled(issue.mark)))]


def _check_run(job: _Job) -> None:
    """Raise `ConfigError` if the file may be of another run, or of an earlier attempt of this job.

    Without a report, only the job has to know its run, or nothing could replace what it writes.
    """
    if not all(job.io.provider.ci[:3]):
        command = _with_run(job.kind)
        raise _bad(fill("This command does not know its run. Pass it: {command}", command=command))
    if job.report and (why := _of_another_run(job, job.report)):
        path = clean_line(job.options.get("--from", ""))
        raise _bad(fill("--from {path}: {why}. Nothing was posted.", path=path, why=why))


def _of_another_run(job: _Job, report: JobReport) -> str:
    """Return why the file is not of this run and attempt; empty if it is.

    The leg of a matrix is not in the file, except on GitLab, where the name of the job has it.
    """
    ours, theirs, sha = job.io.provider.ci, report.ci, report.change.sha
    if not all(theirs[:3]):
        text = N_("it names no run of this CI. Pass the run to what writes it: {command}")
        return fill(text, command=_with_run(job.kind))
    if theirs.run == ours.run:
        if theirs.job != ours.job or theirs.attempt == ours.attempt:
            return ""
        return fill(
            "attempt {theirs} of this job wrote it, and this is {ours}; see why none is of this "
            "attempt",
            theirs=theirs.attempt,
            ours=ours.attempt,
        )
    is_finished = theirs.run in [str(number) for number in job.target.finished[:1]]
    is_child = theirs.is_child and sha and sha == job.io.provider.change.sha
    if is_finished or (is_child and "--issue" not in job.options):
        return ""
    text = N_("run {theirs} wrote it, and this is run {ours}; see why none is of this run")
    return fill(text, theirs=theirs.run, ours=ours.run)


def _with_run(kind: type[Forge]) -> str:
    """Return the command that passes the run of a CI job to a container."""
    variables = (kind.marker, *provider_class({kind.marker: "true"}).run_variables)
    return " ".join(("docker run", *(f"-e {name}" for name in variables)))


def _mark(job: _Job, text: str) -> Mark:
    """Return the mark of this job.

    Before GitLab 18.9, child pipelines do not know their parent: those of one commit and without a
    NAME count as of one.
    """
    ci, report = job.io.provider.ci, job.report
    ids = [one.execution_id for one in report.workflows if one.execution_id] if report else []
    commit = job.io.provider.change.sha if ci.is_child and not job.name else None
    return mark_for(
        text,
        job=(*job.target.job, job.name),
        run=(*job.target.finished, int(ci.run or 0), int(ci.attempt or 0), int(bool(report))),
        executions=ids or ([str(report.started_at)] if report else []),
        family=ci.parent or commit or ci.run or "",
        is_red=report is not None and not report.outcome.green,
    )


def _text(job: _Job) -> str:
    io, change = job.io, job.io.provider.change
    label = commas(filter(None, (job.name, job.kind.leg(io.environ))))
    label = clean_line(label, limit=LONGEST_NAME)
    change = change._replace(job_url=job.target.page or change.job_url)
    if job.report is None:
        return render_started(change, name=label)
    report = with_own_links(job.report, io.environ, io.provider, job_url=change.job_url)
    link = job.options.get("--report-url") or io.environ.get("GENESIS_REPORT_URL", "")
    try:
        if link := link.strip():
            report = report._replace(report_url=report_url(link))
    except ValueError as error:
        raise _bad(f"report-url: {error}. Write an https address.") from None
    return render(report, name=label)


def _bad(*problems: str) -> ConfigError:
    return ConfigError([Problem(words=words) for words in problems])
