"""`genesis-ci comment` against a stand-in, without a process and without a network."""

import json
from collections.abc import Callable
from tempfile import NamedTemporaryFile
from typing import Any

from genesis_ci import result
from genesis_ci.forges.forge import Forge
from genesis_ci.jobs.comment import CommentIO, comment
from genesis_ci.jobs.contact import Contact
from genesis_ci.models.change import Change
from genesis_ci.models.ci_run import CiRun
from genesis_ci.models.report import JobReport, Level
from genesis_ci.providers import provider_class
from genesis_ci.redaction import Secret
from tests.fakes import RecordingProvider, files
from tests.forges import SHA, ForgejoStandIn, GitLabStandIn, StandIn
from tests.unit.reporters.reports import completed

TOKEN = "ghs_0123456789abcdefghij"


def pull_request_of(repository: str) -> dict[str, Any]:
    head = {"sha": SHA, "repo": {"full_name": repository}}
    return {"pull_request": {"number": 7, "head": head}}


PULL_REQUEST = pull_request_of("acme/shop")


def finished_run(
    sha: str = SHA, number: int = 55, event: str = "pull_request", file: str = "genesis.yml"
) -> dict[str, Any]:
    """The event of a workflow that runs after the workflow of a fork's pull request."""
    run = {
        "id": number,
        "run_attempt": 1,
        "event": event,
        "head_sha": sha,
        "head_branch": "fix",
        "head_repository": {"full_name": "contributor/shop", "owner": {"login": "contributor"}},
        "html_url": f"https://github.com/acme/shop/actions/runs/{number}",
        "run_number": number % 50,
        "path": f".github/workflows/{file}@refs/heads/fix",
    }
    return {"workflow_run": run}


SCHEDULE: dict[str, Any] = {"schedule": "17 18 * * *"}


def scheduled(forge: StandIn, run: int = 100, attempt: int = 1, **more: str) -> dict[str, str]:
    """Return the environment of a nightly job; on a re-run its attempt or its job's id grows."""
    if isinstance(forge, GitLabStandIn):
        by_schedule = {"CI_MERGE_REQUEST_IID": "", "CI_PIPELINE_SOURCE": "schedule"}
        job = {"CI_COMMIT_REF_NAME": "main", "CI_JOB_ID": str(run * 10 + attempt)}
        return on_gitlab(run, **by_schedule | job | more)
    file = "acme/shop/.github/workflows/nightly.yml@refs/heads/main"
    job = {"GITHUB_REF": "refs/heads/main", "GITHUB_WORKFLOW_REF": file}
    by_schedule = {"GITHUB_EVENT_NAME": "schedule", "GITHUB_RUN_ATTEMPT": str(attempt)}
    return on(forge)(run, **by_schedule | job | more)


def on_github(run: int = 100, **more: str) -> dict[str, str]:
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_REPOSITORY": "acme/shop",
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_WORKFLOW": "Genesis",
        "GITHUB_JOB": "gate",
        "GITHUB_RUN_ID": str(run),
        "GITHUB_RUN_NUMBER": str(run),
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_TOKEN": TOKEN,
        **more,
    }


def on_gitlab(run: int = 100, **more: str) -> dict[str, str]:
    return {
        "GITLAB_CI": "true",
        "CI_PROJECT_ID": "9",
        "CI_MERGE_REQUEST_IID": "7",
        "CI_MERGE_REQUEST_PROJECT_ID": "9",
        "CI_MERGE_REQUEST_PROJECT_URL": "https://gitlab.com/acme/shop",
        "CI_PIPELINE_ID": str(run),
        "CI_JOB_NAME": "genesis",
        "CI_JOB_ID": str(run * 10),
        "GITLAB_TOKEN": TOKEN,
        **more,
    }


def on_forgejo(run: int = 100, **more: str) -> dict[str, str]:
    address = {"GITHUB_API_URL": "https://forge.example/git/api/v1"}
    markers = {"GITEA_ACTIONS": "true", "FORGEJO_ACTIONS": "true"}
    return on_github(run, **address | markers | more)


def on(forge: StandIn) -> Callable[..., dict[str, str]]:
    """Return what makes the environment of a job on the forge."""
    return {GitLabStandIn: on_gitlab, ForgejoStandIn: on_forgejo}.get(type(forge), on_github)


def contact_with(forge: StandIn, environ: dict[str, str]) -> Contact:
    return Contact(environ, provider_class(environ).marker, lambda *_, **__: forge)


def connected(forge: StandIn, environ: dict[str, str]) -> Forge:
    contact = contact_with(forge, environ)
    return contact.connect(contact.forge, Secret(TOKEN), forge, str)


def ci_of(environ: dict[str, str]) -> CiRun:
    return provider_class(environ)(environ, print).ci


class CommentJob:
    """One run of the command on a pull or merge request: its exit code and its log.

    `by` is the environment of the job that wrote the file, if that is another one.
    """

    def __init__(
        self,
        forge: StandIn,
        environ: dict[str, str] | None = None,
        *,
        run: int = 100,
        event: Any = PULL_REQUEST,
        report: JobReport | None = None,
        text: str | None = None,
        name: str | None = None,
        as_issue: bool = False,
        report_url: str = "",
        options: tuple[str, ...] = (),
        labels: tuple[str, ...] = (),
        job_url: str | None = None,
        by: dict[str, str] | None = None,
    ) -> None:
        environ = on(forge)(run) if environ is None else environ
        provider = RecordingProvider()
        provider.change = Change(sha=environ.get("CI_COMMIT_SHA"), job_url=job_url)
        provider.ci = ci_of(environ)
        made = (report or completed())._replace(ci=ci_of(environ if by is None else by))
        rendered = result.render(made) if text is None else text
        with NamedTemporaryFile("w", encoding="utf-8") as file:
            json.dump(event, file)
            file.flush()
            contact = contact_with(forge, {**environ, "GITHUB_EVENT_PATH": file.name})

            def limited(seconds: float, **_: object) -> StandIn:
                forge.seconds = seconds
                return forge

            io = CommentIO(
                contact=contact._replace(make_sender=limited),
                read_file=files({"result.json": rendered}),
                provider=provider,
                speak=lambda _: (),
            )
            given = {} if "--started" in options else {"--from": "result.json"}
            given |= {"--issue": ""} if as_issue else {}
            given |= {"--name": name} if name is not None else {}
            given |= {"--report-url": report_url} if report_url else {}
            given |= {"--label": "\n".join(labels)} if labels else {}
            self.exit_code = comment({**given, **dict.fromkeys(options, "")}, io)
        self.lines = provider.lines
        self.warnings = [text for level, text in provider.annotations if level is Level.WARNING]
        self.errors = [text for level, text in provider.annotations if level is Level.ERROR]
