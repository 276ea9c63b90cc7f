"""`genesis-ci comment` against a stand-in, without a process and without a network."""

import json
from typing import Any

from genesis_ci import result
from genesis_ci.comment import Commenting, comment
from genesis_ci.models import Level, RunReport
from tests.fakes import RecordingProvider, files
from tests.forges import SHA, GitLabStandIn, MemoryWire, StandIn
from tests.unit.reporters.reports import completed

TOKEN = "ghs_0123456789abcdefghij"
PULL_REQUEST = {
    "pull_request": {"number": 7, "head": {"sha": SHA, "repo": {"full_name": "acme/shop"}}}
}
FROM_FORK = {
    "pull_request": {"number": 7, "head": {"sha": SHA, "repo": {"full_name": "contributor/shop"}}}
}


def finished_run(sha: str = SHA, number: int = 55) -> dict[str, Any]:
    """The event of a workflow that follows the one of a fork's pull request."""
    repository = {"full_name": "contributor/shop", "owner": {"login": "contributor"}}
    run = {
        "id": number,
        "run_attempt": 1,
        "head_sha": sha,
        "head_branch": "fix",
        "head_repository": repository,
        "html_url": f"https://github.com/acme/shop/actions/runs/{number}",
        "pull_requests": [],
    }
    return {"workflow_run": run}


def on_github(run: int = 100, attempt: int = 1, **more: str) -> dict[str, str]:
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": "https://api.github.com",
        "GITHUB_REPOSITORY": "acme/shop",
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_WORKFLOW": "Genesis",
        "GITHUB_JOB": "gate",
        "GITHUB_RUN_ID": str(run),
        "GITHUB_RUN_ATTEMPT": str(attempt),
        "GITHUB_TOKEN": TOKEN,
        **more,
    }


def on_gitlab(run: int = 100, **more: str) -> dict[str, str]:
    return {
        "GITLAB_CI": "true",
        "CI_API_V4_URL": "https://gitlab.example/api/v4",
        "CI_PROJECT_ID": "9",
        "CI_MERGE_REQUEST_IID": "7",
        "CI_MERGE_REQUEST_PROJECT_ID": "9",
        "CI_PIPELINE_ID": str(run),
        "CI_JOB_NAME": "genesis",
        "GITLAB_TOKEN": TOKEN,
        **more,
    }


class AddressedWire(MemoryWire):
    """Takes the API's base address off, as a server does."""

    def send(self, request):
        for base in ("https://api.github.com", "https://gitlab.example/api/v4"):
            if request.url.startswith(base):
                stripped = request.url.removeprefix(base)
                return self.forge.handle(
                    type(request)(
                        method=request.method,
                        url=stripped,
                        headers=request.headers,
                        body=request.body,
                    )
                )
        raise AssertionError(f"{request.url} is of no forge")


class CommentJob:
    """One run of the command: its exit code, and what it said."""

    def __init__(
        self,
        forge: StandIn,
        environ: dict[str, str] | None = None,
        *,
        event: Any = PULL_REQUEST,
        report: RunReport | None = None,
        text: str | None = None,
        name: str | None = None,
    ) -> None:
        given = on_gitlab() if isinstance(forge, GitLabStandIn) else on_github()
        self.provider = RecordingProvider()
        self.wire = AddressedWire(forge)
        rendered = result.render(report or completed()) if text is None else text
        self.exit_code = comment(
            "result.json",
            name,
            Commenting(
                environ=given if environ is None else environ,
                read_file=files({"result.json": rendered}),
                read_event=lambda: json.dumps(event),
                make_wire=lambda: self.wire,
                provider=self.provider,
                user_agent="genesis-ci/0",
            ),
        )
        self.lines = self.provider.lines
        self.errors = [words for level, words in self.provider.annotations if level is Level.ERROR]
