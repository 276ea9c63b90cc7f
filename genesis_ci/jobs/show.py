"""`genesis-ci show`: the result of a job, for a person at a terminal, a log or an agent."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from genesis_ci.config.inputs import BY_NAME
from genesis_ci.config.sources import warnings_of_unknown
from genesis_ci.errors import ConfigError, reason_of
from genesis_ci.language import N_, Language, _, fill
from genesis_ci.models.report import Annotation, JobReport, Level, Problem
from genesis_ci.providers.base import Provider
from genesis_ci.reporters.comment_text import render
from genesis_ci.reporters.style import LOG, PLAIN
from genesis_ci.result import parse_to_show
from genesis_ci.text import clean_line


def show(
    path: str,
    *,
    failures: bool,
    plain: bool,
    environ: Mapping[str, str],
    read_file: Callable[[str], str],
    provider: Provider,
    speak: Callable[[Language], Iterable[str]],
    write: Callable[[str], None],
    program: str,
) -> int:
    """Write what a result.json says, and return the exit code in it.

    With `failures`, only those are written; as Markdown, or as `plain` text. Commands to copy
    start with `program`.
    """
    for words in warnings_of_unknown(environ):
        provider.annotate(Annotation(level=Level.WARNING, message=words))
    try:
        report = read_report(path, read_file, subject=clean_line(path))
    except ConfigError as error:
        for problem in error.problems:
            title, message = "genesis-ci show", str(problem)
            provider.annotate(Annotation(level=Level.ERROR, title=title, message=message))
        return error.exit_code
    for words in speak(report.language):
        provider.annotate(Annotation(level=Level.NOTICE, message=words))
    report = report.with_outcomes(lambda outcome: outcome._replace(program=program))
    linked = with_own_links(report, environ, provider, job_url=provider.change.job_url)
    write(render(linked, style=PLAIN if plain else LOG, failures=failures))
    return report.outcome.exit_code


def read_report(path: str, read_file: Callable[[str], str], *, subject: str) -> JobReport:
    """Return the report in a file; raise `ConfigError`, whose problem begins with the subject."""
    try:
        return parse_to_show(read_file(path))
    except OSError as error:
        reason = reason_of(error) or _("no reason is known")
    except ValueError as error:  # a ResultError, or no text
        reason = str(error)
    text = N_("{subject}: {reason}. Name the result.json that the job wrote.")
    raise ConfigError([Problem(words=fill(text, subject=subject, reason=reason))])


def with_own_links(
    report: JobReport, environ: Mapping[str, str], provider: Provider, *, job_url: str | None
) -> JobReport:
    """Return the report with the links of Genesis and of this project's jobs alone.

    The file does not decide where links lead, because it may be forged. A notice says that links
    of Genesis are left out.
    """
    genesis = environ.get("GENESIS_API_URL") or BY_NAME["api-url"].default
    workflows = tuple(
        one
        if (one.run_url or "").startswith(f"{genesis.rstrip('/')}/")
        else replace(one, run_url=None)
        for one in report.workflows
    )
    if any(one.run_url and one not in workflows for one in report.workflows):
        words = fill(
            "Links to runs are left out, because they do not begin with {address}. If Genesis has "
            "another address, set api-url, or GENESIS_API_URL for the command.",
            address=genesis,
        )
        provider.annotate(Annotation(level=Level.NOTICE, message=words))
    jobs = (job_url or "").rpartition("/")[0]
    stated = report.report_url or ""
    is_ours = stated.startswith(f"{jobs}/") and not re.search(r"(?i)(\.|%2e){2}", stated)
    report_url = stated if is_ours else None
    return report._replace(job_url=job_url, report_url=report_url, workflows=workflows)
