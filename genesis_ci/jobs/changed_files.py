"""`paths`: the files that the change touches select workflows; if they are unknown, all run."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING, NamedTuple

from genesis_ci.config.paths import Matcher, TooManyStepsError
from genesis_ci.config.settings import Settings
from genesis_ci.config.workflows import not_selected
from genesis_ci.document.problems import in_one_line, quoted_in_language
from genesis_ci.errors import GenesisCiError
from genesis_ci.language import _, counted, fill, in_sequence, listed
from genesis_ci.models.change import Change
from genesis_ci.models.report import Selector
from genesis_ci.models.workflow import Workflow

if TYPE_CHECKING:
    from genesis_ci.jobs.contact import Contact

SECONDS = 60.0
"""For all requests, with the pauses between them."""
MOST_STEPS = 20_000_000
"""As those of a `Matcher`, for all files of a repository: a second or two if names are long."""


class ChangedFiles(NamedTuple):
    """The names of the files that a change touches, or why they are `unknown`."""

    names: tuple[str, ...] = ()
    unknown: str = ""


def select(settings: Settings, own: Change, contact: "Contact | None") -> Settings:
    """Return the settings without the workflows that no changed file selects.

    `own` is the change of this job. With `review-status` it is that which the status is about.
    Without `contact`, no request is sent.
    """
    if settings.problems or (contact and settings.api_key is None):
        return settings
    change = settings.tested if settings.review_status else own
    files = _requested(change, settings, contact)
    try:
        selected = partial(_selected, files=files, matcher=Matcher())
        workflows = tuple(map(selected, settings.workflows))
    except TooManyStepsError:
        files = ChangedFiles(unknown=_("there are too many names and patterns to compare."))
    if not (files.names or files.unknown):
        files = ChangedFiles(unknown=_("the list is empty."))
    if files.unknown:
        words = fill("paths: every entry runs, because {why}", why=files.unknown)
        return _with_notice(settings, words)
    settings = replace(settings, workflows=workflows)
    if not any(one.is_selected for one in workflows):
        names = counted(len(files.names), "{count} changed file", "{count} changed files")
        words = fill("paths: nothing runs, because none of {names} matches.", names=names)
        return _with_notice(settings, words)
    return settings


def with_warnings(settings: Settings, files: Sequence[str]) -> Settings:
    """Return the settings with a warning for each workflow whose patterns select no file."""
    matcher, warnings = Matcher(MOST_STEPS), list[str]()
    selects = cache(lambda *patterns: matcher.selects(patterns, files))  # entries share patterns
    with suppress(TooManyStepsError):
        for one in settings.workflows if files else ():
            own = one.paths[:-1]  # the last one is the config file
            idle = [
                text
                for at, text in enumerate(own)
                if not text.startswith("!")
                and not selects(text, *(late for late in own[at:] if late.startswith("!")))
            ]
            if idle:
                words = fill(
                    "{label}: paths: no file of this checkout is selected by {patterns}. Correct "
                    "or remove it; a later pattern with “!” may also exclude its files.",
                    label=one.label,
                    patterns=listed([*map(quoted_in_language, idle)], most=10),
                )
                warnings.append(in_one_line(words, settings.scrub))
    return replace(settings, warnings=(*settings.warnings, *warnings))


def _with_notice(settings: Settings, words: str) -> Settings:
    return replace(settings, notices=(*settings.notices, words))


def _selected(workflow: Workflow, files: ChangedFiles, matcher: Matcher) -> Workflow:
    # the list of the job that --from names may be another one
    is_settled = workflow.execution_id is not None and not workflow.triggered_by
    if is_settled or not workflow.paths or matcher.selects(workflow.paths, files.names):
        return workflow
    return not_selected(workflow, Selector.PATHS)


def _requested(change: Change, settings: Settings, contact: "Contact | None") -> ChangedFiles:
    """Return the files that the forge lists for the request, if its head is this commit."""
    if contact is None:
        return ChangedFiles(unknown=_("--offline sends no request."))
    forge = contact.forge
    if not (forge and change.request and change.sha):
        return ChangedFiles(unknown=_("this job tests no commit of a pull or merge request."))
    token = settings.tokens.get(forge.auth_variable)
    if token is None:
        advice = _(forge.files_permission)
        return ChangedFiles(unknown=in_sequence((_("there is no token."), advice)))
    sender = contact.make_sender(SECONDS)
    try:
        connected = contact.connect(forge, token, sender, settings.scrub)
        found = connected.changed_files(change.request)
    except GenesisCiError as error:
        return ChangedFiles(unknown=error.despite_it)
    if found.head != change.sha:
        words = _("the head of the request is another commit than this job's.")
        return ChangedFiles(unknown=words)
    if not found.is_complete:
        return ChangedFiles(unknown=fill("{forge}'s list is not complete.", forge=forge.name))
    return ChangedFiles(tuple(dict.fromkeys(filter(None, found.names))))
