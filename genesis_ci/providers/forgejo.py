"""Forgejo and Gitea: their runners understand GitHub's commands and set its variables."""

from genesis_ci.providers.github import GitHub


class Forgejo(GitHub):
    """GitHub's provider with the address of a run, and without annotations."""

    name = "forgejo"
    annotations_kept = None  # their logs show the command of one as it is written
    marker = "GITEA_ACTIONS"
    # older servers set GITHUB_RUN_ID to another id in each job of a run
    run_variables = ("GITHUB_RUN_NUMBER", *GitHub.run_variables[1:])

    @property
    def run_variable(self) -> str:
        """Forgejo's addresses have the run's number, Gitea's since 1.26 the run's id."""
        is_forgejo = self._environ.get("FORGEJO_ACTIONS") == "true"
        return "GITHUB_RUN_NUMBER" if is_forgejo else "GITHUB_RUN_ID"
