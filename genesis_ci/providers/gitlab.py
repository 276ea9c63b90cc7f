"""GitLab CI: log sections, colours, and the annotations report.

Source of the rules: GitLab's `Gitlab::Ci::Ansi2json`, its artifact parsers, and GitLab Runner.
Outputs are a report, the dotenv file (`reporters/outputs.py`).
"""

import json
import re
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote

from genesis_ci.language import _
from genesis_ci.models.change import Change
from genesis_ci.models.ci_run import CiRun
from genesis_ci.models.report import Annotation, Level
from genesis_ci.providers.base import (
    Provider,
    annotation_text,
    clean_change,
    log_lines,
    log_text,
    number,
)
from genesis_ci.text import utc_time

RESERVE = 30.0
"""Seconds of the job's time limit for reports, `after_script` and the upload of artifacts."""
UNKNOWN_START = 60.0
"""Seconds that a job is assumed to have run if its start is unknown."""

_COLOURS = {Level.NOTICE: "36", Level.WARNING: "33", Level.ERROR: "31;1"}
_NOT_IN_NAMES = r"[^a-z0-9]+"


class GitLab(Provider):
    """Writes sections and colours of GitLab's job log.

    GitLab masks its variables itself, and has no summary page: `report.html` takes its place.
    """

    name = "gitlab"
    marker = "GITLAB_CI"
    run_variables = ("CI_PIPELINE_ID", "CI_JOB_ID", "CI_JOB_NAME")
    _sections = 0

    @property
    def change(self) -> Change:
        """The change from GitLab's variables.

        In a pipeline that tests a merge result, CI_COMMIT_SHA is the merge commit, and only then
        CI_MERGE_REQUEST_SOURCE_BRANCH_SHA is set.
        """
        get = self._environ.get
        request = number(get("CI_MERGE_REQUEST_IID"))
        head = request and get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA")
        own = get("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME") if request else get("CI_COMMIT_BRANCH")
        return clean_change(
            sha=head or get("CI_COMMIT_SHA"),
            branch=own,
            base_branch=get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME"),
            request=request,
            repository=get("CI_PROJECT_PATH"),
            actor=get("GITLAB_USER_LOGIN"),
            job_url=get("CI_JOB_URL"),
        )._replace(is_merge_request=bool(request))

    @property
    def ci(self) -> CiRun:
        """The pipeline; its parent's id is known since GitLab 18.9."""
        is_child = self._environ.get("CI_PIPELINE_SOURCE") == "parent_pipeline"
        parent = self._environ.get("CI_UPSTREAM_PIPELINE_ID", "") if is_child else ""
        return super().ci._replace(is_child=is_child, parent=parent)

    @property
    def empty_key_hint(self) -> str:
        if self._environ.get("CI_PIPELINE_SOURCE") == "merge_request_event":
            return _(
                "Check that the CI/CD variable GENESIS_API_KEY exists; if it is protected, only "
                "protected branches get it. Merge requests from forks get no variables of this "
                "project; missing-key: skip lets those pass with a notice."
            )
        if self._environ.get("CI_COMMIT_REF_PROTECTED") == "true":
            return _("Add GENESIS_API_KEY as a masked CI/CD variable, for this environment too.")
        return _(
            "GENESIS_API_KEY may be a protected variable, and this branch is not protected: "
            "protect the branch or unprotect the variable."
        )

    def seconds_left(self, now: datetime) -> float | None:
        """Return how many seconds the job may still wait before GitLab ends it.

        `CI_JOB_TIMEOUT` is the limit in seconds, `CI_JOB_STARTED_AT` the start. The reserve is at
        most a quarter of the rest, so that a job with a short limit can still look once.
        """
        limit = self._environ.get("CI_JOB_TIMEOUT", "")
        if not limit.isdecimal() or len(limit) > 9:
            return None
        began = utc_time(self._environ.get("CI_JOB_STARTED_AT", ""))
        ran = (now - began).total_seconds() if began else -1.0
        if not 0 <= ran < float(limit):
            ran = min(UNKNOWN_START, float(limit) / 2)
        left = float(limit) - ran
        return left - min(RESERVE, left / 4)

    def report_page(self, report_dir: str) -> str | None:
        url = self.change.job_url
        return url and f"{url}/artifacts/file/{quote(report_dir)}/report.html"

    def files(self, report_dir: str) -> dict[str, str]:
        """Return the annotations report: a link to the HTML report on the job's page."""
        page = self.report_page(report_dir)
        link = {"external_link": {"label": _("Genesis report"), "url": page}}
        return {"annotations.json": json.dumps({"Genesis": [link] if page else []}) + "\n"}

    def _write_group(self, title: str, lines: Sequence[str]) -> None:
        # the section is open at first: its lines say what failed
        self._sections += 1
        words = re.sub(_NOT_IN_NAMES, "_", title.lower()).strip("_")[:40] or "section"
        name = f"genesis_{self._sections}_{words}"
        at = int(self._now())
        head = " ".join(log_lines(title))
        self._write(f"\x1b[0Ksection_start:{at}:{name}\r\x1b[0K{head}\n")
        self._write(log_text(*lines, prefix="| "))
        self._write(f"\x1b[0Ksection_end:{at}:{name}\r\x1b[0K\n")

    def _write_annotation(self, annotation: Annotation) -> None:
        text = "\n".join(log_lines(annotation_text(annotation)))
        colour = _COLOURS[annotation.level]
        self._write(f"\x1b[{colour}m{text}\x1b[0m\n" if self.colours else f"{text}\n")
