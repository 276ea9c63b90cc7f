"""CI systems with a plain text log: each one is a row of `SYSTEMS`."""

import re
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import quote

from genesis_ci.language import _
from genesis_ci.models.change import Change
from genesis_ci.providers.base import CLEANERS, Provider, clean_change, log_lines, number
from genesis_ci.text import cut_to_cells

Environ = Mapping[str, str]
Lookup = str | Callable[[Environ], str | None] | None
"""The name of a variable, a function of all variables, or None for what the CI does not provide."""

_CLEAR_LINE = "\r\x1b[K"
_LIVE = f"{_CLEAR_LINE}\x1b[?7l%s\x1b[?7h"
"""Wrapping is off: an ASCII terminal shows one character in six cells, as `\\u6ce8`."""
_REPOSITORY = r"[:/]([A-Za-z0-9._-]{1,100}/[A-Za-z0-9._-]{1,100}?)(?:\.git)?/?$"


class Plain(Provider):
    """Writes readable lines; outputs and summary are only files in the report directory."""

    name = "plain"
    shows_colours = False
    _is_live = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._system = next(one for one in SYSTEMS if one.detects(self._environ))
        self.name = self._system.name
        self.is_shell = self._system is SYSTEMS[-1] and not self._environ.get("CI")

    @cached_property
    def change(self) -> Change:
        """The change under test, by the variables of the system's row; in a shell the checkout.

        An unknown CI may have checked out a merge commit, so its checkout does not count.
        """
        if self.is_shell:
            return clean_change(**self._checkout()._asdict())
        each = {name: self._value(getattr(self._system, name)) for name in CLEANERS}
        return clean_change(**each)

    @property
    def empty_key_hint(self) -> str:
        if not self.is_shell:
            return super().empty_key_hint
        return _(
            "In a shell, put it into a file that only you can read, and add --api-key-file FILE; "
            "or set GENESIS_API_KEY by: read -rs GENESIS_API_KEY && export GENESIS_API_KEY. "
            "check --offline needs no key, and demo no account."
        )

    def live(self, text: str) -> None:
        """Show text in place of the previous live text, on a terminal only, cut to its width."""
        columns = self._columns()
        if columns and not self._quiet:
            self._write(_LIVE % cut_to_cells(" ".join(log_lines(text)), columns - 1))
            self._is_live = True

    def always(self, text: str) -> None:
        if self._is_live:
            self._write(_CLEAR_LINE)
            self._is_live = False
        super().always(text)

    def _value(self, lookup: Lookup) -> str | None:
        if callable(lookup):
            return lookup(self._environ)
        return lookup and self._environ.get(lookup)


class System(NamedTuple):
    """Where a CI system provides each value of `Change`.

    `sha` is the commit of the change itself, never the merge commit that some systems build.
    """

    name: str
    detects: Callable[[Environ], bool]
    sha: Lookup = None
    branch: Lookup = None
    base_branch: Lookup = None
    request: Lookup = None
    repository: Lookup = None
    actor: Lookup = None
    job_url: Lookup = None


def _jenkins_sha(environ: Environ) -> str | None:
    """Without a merge: a job that builds both the head and the merge is called NAME-head."""
    is_head = environ.get("BRANCH_NAME", "").endswith("-head")
    return environ.get("GIT_COMMIT") if is_head or not number(environ.get("CHANGE_ID")) else None


def _jenkins_branch(environ: Environ) -> str | None:
    if number(environ.get("CHANGE_ID")):
        return environ.get("CHANGE_BRANCH")
    return environ.get("BRANCH_NAME") or environ.get("GIT_BRANCH", "").removeprefix("origin/")


def _circleci_repository(environ: Environ) -> str | None:
    owner, name = (environ.get(f"CIRCLE_PROJECT_{part}") for part in ("USERNAME", "REPONAME"))
    return f"{owner}/{name}" if owner and name else None


def _azure_request(environ: Environ) -> str | None:
    """GitHub's pull requests have a number, Azure's own have an id."""
    variables = ("SYSTEM_PULLREQUEST_PULLREQUESTNUMBER", "SYSTEM_PULLREQUEST_PULLREQUESTID")
    return next((found for one in variables if (found := number(environ.get(one)))), None)


def _azure(in_request: str, otherwise: str) -> Lookup:
    return lambda environ: environ.get(in_request if _azure_request(environ) else otherwise)


def _azure_job_url(environ: Environ) -> str | None:
    server, project = environ.get("SYSTEM_COLLECTIONURI", ""), environ.get("SYSTEM_TEAMPROJECT", "")
    build = number(environ.get("BUILD_BUILDID"))
    page = f"{server.rstrip('/')}/{quote(project)}/_build/results?buildId={build}"
    return page if project and build else None


def _bitbucket_job_url(environ: Environ) -> str | None:
    origin = environ.get("BITBUCKET_GIT_HTTP_ORIGIN", "").replace("http://", "https://", 1)
    build = number(environ.get("BITBUCKET_BUILD_NUMBER"))
    return f"{origin}/pipelines/results/{build}" if origin and build else None


def _buildkite_repository(environ: Environ) -> str | None:
    """Only owner and name: the remote may hold a password."""
    remote = re.search(_REPOSITORY, environ.get("BUILDKITE_REPO", "")[-1_000:])
    return remote and remote[1]


def _buildkite_job_url(environ: Environ) -> str:
    url, job = (environ.get(f"BUILDKITE_{name}", "") for name in ("BUILD_URL", "JOB_ID"))
    return f"{url}#{job}" if job else url


SYSTEMS = (
    System(  # the variables of Jenkins's Git and branch source plugins
        name="jenkins",
        detects=lambda environ: bool(environ.get("JENKINS_URL") and environ.get("BUILD_NUMBER")),
        sha=_jenkins_sha,
        branch=_jenkins_branch,
        base_branch="CHANGE_TARGET",
        request="CHANGE_ID",
        actor="CHANGE_AUTHOR",
        job_url="BUILD_URL",
    ),
    System(  # CircleCI: "Built-in environment variables"
        name="circleci",
        detects=lambda environ: environ.get("CIRCLECI") == "true",
        sha="CIRCLE_SHA1",
        branch="CIRCLE_BRANCH",  # of a fork's request pull/NUMBER
        request=lambda environ: environ.get("CIRCLE_PULL_REQUEST", "").rpartition("/")[2],
        repository=_circleci_repository,
        actor="CIRCLE_USERNAME",
        job_url="CIRCLE_BUILD_URL",
    ),
    System(  # Azure Pipelines: "Predefined variables"
        name="azure",
        detects=lambda environ: environ.get("TF_BUILD", "").lower() == "true",
        sha=_azure("SYSTEM_PULLREQUEST_SOURCECOMMITID", "BUILD_SOURCEVERSION"),
        branch=_azure("SYSTEM_PULLREQUEST_SOURCEBRANCH", "BUILD_SOURCEBRANCH"),
        base_branch="SYSTEM_PULLREQUEST_TARGETBRANCH",
        request=_azure_request,
        repository="BUILD_REPOSITORY_NAME",
        actor="BUILD_REQUESTEDFOR",
        job_url=_azure_job_url,
    ),
    System(  # Bitbucket Pipelines: "Variables and secrets"
        name="bitbucket",
        detects=lambda environ: bool(environ.get("BITBUCKET_BUILD_NUMBER")),
        sha="BITBUCKET_COMMIT",
        branch="BITBUCKET_BRANCH",
        base_branch="BITBUCKET_PR_DESTINATION_BRANCH",
        request="BITBUCKET_PR_ID",
        repository="BITBUCKET_REPO_FULL_NAME",
        job_url=_bitbucket_job_url,
    ),
    System(  # Buildkite: "Environment variables"
        name="buildkite",
        detects=lambda environ: environ.get("BUILDKITE") == "true",
        sha="BUILDKITE_COMMIT",  # HEAD, which is no commit, until the agent has resolved it
        branch="BUILDKITE_BRANCH",
        base_branch="BUILDKITE_PULL_REQUEST_BASE_BRANCH",
        request="BUILDKITE_PULL_REQUEST",
        repository=_buildkite_repository,
        actor=lambda environ: (
            environ.get("BUILDKITE_BUILD_CREATOR") or environ.get("BUILDKITE_BUILD_AUTHOR")
        ),
        job_url=_buildkite_job_url,
    ),
    System(name="plain", detects=lambda _: True),  # any other CI, and a person's shell
)
"""The first that detects itself is used; the last always does."""
