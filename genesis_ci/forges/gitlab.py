"""GitLab's merge requests: https://docs.gitlab.com/api/notes/."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import ClassVar

from genesis_ci.errors import ContactError
from genesis_ci.forges.base import Access, Subject
from genesis_ci.forges.comments import Comment
from genesis_ci.forges.rest import FAULT, Rest, text_of
from genesis_ci.strict_json import JsonValue


class GitLab:
    """The merge requests of a project."""

    name: ClassVar[str] = "GitLab"
    token_variable: ClassVar[str] = "GITLAB_TOKEN"
    no_token: ClassVar[str] = (
        "Add GITLAB_TOKEN as a masked CI/CD variable: a token with the scope api and the role "
        "Reporter. Pipelines of forks, and unprotected branches where it is protected, do not get "
        "it."
    )

    @classmethod
    def detects(cls, environ: Mapping[str, str]) -> bool:
        """Return whether the job runs on GitLab, or is told of its API."""
        return environ.get("GITLAB_CI") == "true" or bool(environ.get("CI_API_V4_URL"))

    @classmethod
    def address(cls, environ: Mapping[str, str]) -> str:
        """Return the API's address."""
        return environ.get("CI_API_V4_URL") or "https://gitlab.com/api/v4"

    @classmethod
    def subject(cls, environ: Mapping[str, str], event: JsonValue) -> Subject:
        """Return the merge request of the pipeline."""
        number = environ.get("CI_MERGE_REQUEST_IID", "")
        pipeline = environ.get("CI_PIPELINE_ID", "")
        if not number.isdecimal():
            return Subject(
                nothing="this is not a merge request pipeline (CI_MERGE_REQUEST_IID is not set)"
            )
        return Subject(
            numbers=(number,),
            job=(environ.get("CI_JOB_NAME", ""),),
            run=(int(pipeline) if pipeline.isdecimal() and len(pipeline) <= 20 else 0,),
        )

    def __init__(self, access: Access, environ: Mapping[str, str], subject: Subject) -> None:
        self._numbers = subject.numbers
        # In a fork's pipeline CI_PROJECT_ID is the fork; the merge request is the target's.
        project = environ.get("CI_MERGE_REQUEST_PROJECT_ID") or environ.get("CI_PROJECT_ID", "")
        self._path = f"/projects/{project if project.isdecimal() else 0}/merge_requests"
        self._rest = Rest(
            name=self.name,
            base=access.base,
            headers={"PRIVATE-TOKEN": access.token.reveal(), "User-Agent": access.user_agent},
            wire=access.wire,
            scrub=access.scrub,
            remedy=_remedy,
        )

    def numbers(self) -> tuple[str, ...]:
        """Return the merge request of the pipeline."""
        return self._numbers

    def thread(self, number: str) -> "GitLabThread":
        """Return the comments of a merge request."""
        return GitLabThread(self._rest, f"{self._path}/{number}/notes")


class GitLabThread:
    """The notes of one merge request."""

    def __init__(self, rest: Rest, notes: str) -> None:
        self._rest = rest
        self._notes = notes

    @cached_property
    def _user_id(self) -> str:
        found = text_of(self._rest.ask("GET", "/user"), "id")
        if not found:
            raise ContactError("GitLab does not tell whose token it is.", reached=True, hint=FAULT)
        return found

    def own_comments(self) -> Sequence[Comment]:
        """Return those of the token's own user, without what GitLab notes by itself."""
        return [
            Comment(id=text_of(one, "id"), body=text_of(one, "body"))
            for one in self._rest.list_all(f"{self._notes}?sort=asc&order_by=created_at")
            if text_of(one, "author", "id") == self._user_id and one.get("system") is not True
        ]

    def create(self, body: str) -> None:
        """Add a note."""
        self._rest.ask("POST", self._notes, {"body": body})

    def update(self, comment_id: str, body: str) -> None:
        """Replace a note's text."""
        self._rest.ask("PUT", f"{self._notes}/{comment_id}", {"body": body})

    def delete(self, comment_id: str) -> None:
        """Remove a note."""
        self._rest.ask("DELETE", f"{self._notes}/{comment_id}")


def _remedy(status: int) -> str:
    if status == 401:
        return "GITLAB_TOKEN is wrong or has expired: set the variable again."
    if status not in {403, 404}:
        return "Nothing was written; see GitLab's words."
    return (
        "The token may not do this: it needs the scope api, and its user the role Reporter in the "
        "merge request's project. CI_JOB_TOKEN cannot comment."
    )
