"""Forgejo and Gitea: pull requests, issues and commit statuses of the API that both share.

https://codeberg.org/api/swagger and https://docs.gitea.com/api/ describe it. What they do not say
is from Gitea's `routers/api/v1` and `models/user/user_system.go`, and Forgejo's copies of them.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import ClassVar

from genesis_ci.errors import RefusedError
from genesis_ci.forges.comment_thread import CommentThread, IssueThread
from genesis_ci.forges.forge import Environ, Target
from genesis_ci.forges.github_api import GitHub
from genesis_ci.language import N_, _
from genesis_ci.strict_json import JsonValue, text_at

EVERY_COMMENT = 1_000_000


class Forgejo(GitHub):
    """Forgejo and Gitea: events and variables are those of GitHub, and so are most addresses.

    Both runners set `GITEA_ACTIONS` beside `GITHUB_ACTIONS`: `internal/app/run/runner.go` of
    forgejo-runner and of act_runner. `FORGEJO_ACTIONS` is in Forgejo's only. There are no
    deployments, and no GraphQL.
    """

    name = "Forgejo/Gitea"
    marker = "GITEA_ACTIONS"
    default_address = ""
    page_size = 50
    size_name = "limit"
    auth_advice = N_("Pass it to the step: env: GITHUB_TOKEN: ${{ github.token }}.")
    headers: ClassVar = {"GITHUB_TOKEN": lambda token: {"Authorization": f"Bearer {token}"}}
    comment_permission = N_(
        "Pass the job's own token, github.token, or one with the scopes write:issue and read:user. "
        "For a fork's pull request, the job's own may only read. What a token may not read is "
        "“not found”."
    )
    issue_permission = N_(
        "Pass the job's own token, github.token, or one with the scopes write:issue and read:user, "
        "and switch the repository's issues on in its settings."
    )
    files_permission = N_(
        "Pass github-token: ${{ github.token }} (GITHUB_TOKEN for the command line), or a token "
        "with the scope read:repository. What a token may not read, or this version of the server "
        "does not have, is “not found”."
    )
    status_permission = N_(
        "Pass github-token: ${{ github.token }} (GITHUB_TOKEN for the command line), or a token "
        "with the scope write:repository. For a fork's pull request, the job's own may only read."
    )
    deployments_permission = ""

    @classmethod
    def comment_target(cls, environ: Environ) -> Target:
        target = super().comment_target(environ)
        return target._replace(advice=target.advice and cls.comment_permission)

    def comments(self, number: str, advice: str) -> CommentThread:
        thread = super().comments(number, advice)
        # the server ignores page and limit here, and lists all
        return replace(thread, api=replace(thread.api, page_size=EVERY_COMMENT))

    def issues(self, title: str, labels: Sequence[str]) -> IssueThread:
        thread = super().issues(title, ())
        found = self._label_ids({one.casefold() for one in labels}) if labels else []
        return replace(
            thread,
            # created_by does not find the user of a job's token
            order=lambda: "?state=all&type=issues",
            labeling={"labels": found} if found else {},
        )

    def _label_ids(self, names: set[str]) -> list[JsonValue]:
        """Return the ids by which a new issue gets labels; only those of the repository exist."""
        with suppress(RefusedError):  # an issue without labels is better than none
            path = f"{self._repository}/labels"
            found = self._repeated(lambda: [*self.api.list_all(path)])
            return [one.get("id") for one in found if text_at(one, "name").casefold() in names]
        return []

    def _login(self) -> str:
        """The token's user, which a job's own token has, too: forgejo-actions or gitea-actions."""
        if found := text_at(self._asking(self.comment_permission).ask("GET", "/user"), "login"):
            return found
        raise self.api.unreadable(_("it does not name the token's user"))
