"""The run of the CI that a job is part of."""

from typing import Annotated, NamedTuple

from genesis_ci.models.recorded import Form, Internal, Short

NUMBER = "[1-9][0-9]{0,19}"
"""Matches what a CI numbers runs, attempts and jobs with."""


class CiRun(NamedTuple):
    """The run of the CI, and the job of it; what the CI does not provide is None.

    `parent` is the same in all child pipelines of one pipeline of GitLab, if that is known.
    """

    run: Annotated[str, Form(NUMBER, "the number of a run")] | None = None
    """The id of the run or pipeline; on Forgejo and Gitea its number."""
    attempt: Annotated[str, Form(NUMBER, "the number of an attempt")] | None = None
    """The attempt of the run; on GitLab the id of the job, which a retry changes."""
    job: Short | None = None
    """The name of the job in its file; on GitLab with its leg of a matrix."""
    is_child: bool = False
    """True if the run is a child pipeline of GitLab."""
    parent: Internal[str] = ""
