"""Posts a commit status on GitHub: https://docs.github.com/rest/commits/statuses."""

from collections.abc import Mapping
from urllib.parse import quote

from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.forges.base import Access
from genesis_ci.forges.github import repository_of, rest_of
from genesis_ci.forges.statuses import CommitStatus

WAITS = (1.0, 3.0)
"""Seconds to wait after each fault. A status that is posted twice is one."""
PERMISSION = (
    "Give the job permissions: statuses: write, and the step github-token: ${{ github.token }} "
    "(GITHUB_TOKEN for the command line). Pull requests from forks get a token that may only read."
)


def post_status(
    status: CommitStatus, *, sha: str | None, access: Access | None, environ: Mapping[str, str]
) -> None:
    """Post a status on a commit of the job's repository; without a token there is no access.

    Raises:
        RefusedError: there is no commit, no token, or no permission.
        ContactError: no contact.
    """
    if sha is None:
        raise _refused(
            "nothing names the commit of the change.",
            "wait --from takes it from the earlier job's result.json.",
        )
    if access is None:
        raise _refused("there is no token.", PERMISSION)
    path = f"/repos/{repository_of(environ)}/statuses/{quote(sha, safe='')}"
    fields = {
        "state": status.state.value,
        "context": status.context,
        "description": status.description,
    }
    if status.target_url:
        fields["target_url"] = status.target_url
    rest = rest_of(access, lambda _: PERMISSION)
    for wait in (*WAITS, None):
        try:
            rest.ask("POST", path, fields)
        except ContactError as error:
            if error.permanent or wait is None:
                raise
            access.wire.pause(max(wait, error.retry_after or 0.0))
        else:
            return


def _refused(words: str, hint: str) -> RefusedError:
    return RefusedError(words, hint=hint, status=0)
