"""`genesis-ci comment` against a stand-in, without a process and without a network."""

import json
import re
from dataclasses import replace
from typing import Any

from genesis_ci import result
from genesis_ci.comment import Commenting, comment
from genesis_ci.models import Level, RunReport
from tests.fakes import RecordingProvider, files
from tests.forges import SHA, GitLabStandIn, MemorySender, StandIn
from tests.unit.reporters.reports import completed

TOKEN = "ghs_0123456789abcdefghij"
PULL_REQUEST = {
    "pull_request": {"number": 7, "head": {"sha": SHA, "repo": {"full_name": "acme/shop"}}}
}
FROM_FORK = {
    "pull_request": {"number": 7, "head": {"sha": SHA, "repo": {"full_name": "contributor/shop"}}}
}


def finished_run(sha: str = SHA, number: int = 55) -> dict[str, Any]:
    """The event of a workflow that runs after the workflow of a fork's pull request."""
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


class AddressedSender(MemorySender):
    """Removes the API's base address from a request, as a server does."""

    def send(self, request):
        path = re.sub("^(https://api.github.com|https://gitlab.example/api/v4)", "", request.url)
        assert path.startswith("/")
        return self.forge.handle(replace(request, url=path))


class CommentJob:
    """One run of the command: its exit code and its log."""

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
        self.sender = AddressedSender(forge)
        rendered = result.render(report or completed()) if text is None else text
        self.exit_code = comment(
            "result.json",
            name,
            Commenting(
                environ=given if environ is None else environ,
                read_file=files({"result.json": rendered}),
                read_event=lambda: json.dumps(event),
                make_sender=lambda: self.sender,
                provider=self.provider,
                user_agent="genesis-ci/0",
            ),
        )
        self.lines = self.provider.lines
        self.errors = [text for level, text in self.provider.annotations if level is Level.ERROR]
