"""`paths`: the files that the change touches select workflows; if they are unknown, all run."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from genesis_ci.config.paths import Matcher, TooManyStepsError
from genesis_ci.config.settings import Settings
from genesis_ci.config.workflows import not_selected
from genesis_ci.errors import GenesisCiError
from genesis_ci.forges import forge_of
from genesis_ci.forges.sender import Sender
from genesis_ci.http.repeat import repeated
from genesis_ci.jobs.comment import api_of
from genesis_ci.language import _, counted, fill, in_sequence
from genesis_ci.models.change import Change, ChangedFiles
from genesis_ci.models.report import Selector
from genesis_ci.models.workflow import Workflow

WAITS = (1.0, 3.0)
"""Seconds to wait after each fault."""


class ForgeIO(NamedTuple):
    """The forge of a job: its environment, the marker of its CI, and what sends requests."""

    environ: Mapping[str, str]
    marker: str
    make_sender: Callable[[], Sender]


def select(settings: Settings, own: Change, io: ForgeIO | None) -> Settings:
    """Return the settings without the workflows that no changed file selects.

    `own` is the change of this job. With `review-status` it is that which the status is about.
    Without `io`, no request is sent.
    """
    if settings.problems or (io and settings.api_key is None):
        return settings
    change = settings.tested if settings.review_status else own
    files = settings.changed_files or _requested(change, settings, io)
    try:
        selected = partial(_selected, files=files, matcher=Matcher())
        workflows = tuple(map(selected, settings.workflows))
    except TooManyStepsError:
        files = ChangedFiles(unknown=_("there are too many names and patterns to compare."))
    if not (files.names or files.unknown):
        files = ChangedFiles(unknown=_("the list is empty."))
    if files.unknown:
        words = fill("changed-files: “paths” leave nothing out, because {why}", why=files.unknown)
        return _with_notice(settings, words)
    settings = replace(settings, workflows=workflows)
    if not any(one.is_selected for one in workflows):
        names = counted(len(files.names), "{count} changed file", "{count} changed files")
        words = fill(
            "changed-files: nothing runs, because none of {names} matches “paths”.", names=names
        )
        return _with_notice(settings, words)
    return settings


def _with_notice(settings: Settings, words: str) -> Settings:
    return replace(settings, notices=(*settings.notices, words))


def _selected(workflow: Workflow, files: ChangedFiles, matcher: Matcher) -> Workflow:
    is_started = workflow.execution_id is not None  # an earlier job's list may be another one
    if is_started or not workflow.paths or matcher.selects(workflow.paths, files.names):
        return workflow
    return not_selected(workflow, Selector.PATHS)


def _requested(change: Change, settings: Settings, io: ForgeIO | None) -> ChangedFiles:
    """Return the files that the forge lists for the request, if its head is this commit."""
    if io is None:
        return ChangedFiles(unknown=_("--offline sends no request."))
    forge = forge_of(io.marker, io.environ)
    if not (forge and change.request and change.sha):
        return ChangedFiles(unknown=_("this job tests no commit of a pull or merge request."))
    token, advice = settings.tokens.get(forge.auth_variable), _(forge.files_advice)
    if token is None:
        return ChangedFiles(unknown=in_sequence((_("there is no token."), advice)))
    sender = io.make_sender()
    try:
        api = api_of(
            forge, forge.auth_variable, token, sender, environ=io.environ, scrub=settings.scrub
        )
        api = replace(api, remedies=dict.fromkeys((401, 403, 404), advice))
        ask = partial(forge.changed_files, api, io.environ, change.request)
        found = repeated(ask, waits=iter(WAITS), pause=sender.pause)
    except GenesisCiError as error:
        return ChangedFiles(unknown=in_sequence(filter(None, (error.message, error.hint))))
    if found.head != change.sha:
        words = _("the head of the request is another commit than this job's.")
        return ChangedFiles(unknown=words)
    if not found.is_complete:
        return ChangedFiles(unknown=fill("{forge}'s list is not complete.", forge=forge.name))
    return ChangedFiles(tuple(dict.fromkeys(filter(None, found.names))))
