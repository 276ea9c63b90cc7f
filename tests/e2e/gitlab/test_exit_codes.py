"""A pipeline with a job for each exit code, and its results in GitLab: `make gitlab`."""

import re

import pytest

from genesis_emulator import Emulator
from tests.e2e.gitlab.project import Pipeline, Project, component

pytestmark = pytest.mark.e2e

JOBS = {
    "passes": ("completed", {}, "PASS", 0),
    "fails": ("failed", {}, "FAIL", 1),
    "is-wrong": ("completed", {"max_wait_time": "soon"}, "FAIL", 2),
    "waits-for-a-person": ("review", {}, "FAIL", 3),
    "may-wait-for-a-person": ("review", {"allow_failure_exit_codes": [3]}, "WARN", 3),
}
REPORTS = ("junit.xml", "report.html", "result.json", "genesis.env", "annotations.json")


@pytest.fixture(scope="module")
def pipeline(executor, client, tmp_path_factory) -> Pipeline:
    project = Project(tmp_path_factory.mktemp("exit-codes") / "project", client, executor)
    with Emulator(speed=20) as emulator:
        jobs = [
            component(emulator, job, workflow, **inputs)
            for job, (workflow, inputs, _, _) in JOBS.items()
        ]
        ran = project.run(emulator, *jobs, GITLAB_CI="true")
    print(ran.log)
    assert emulator.api_key not in ran.raw_log
    return ran


@pytest.mark.parametrize("job", JOBS)
def test_each_exit_code_has_its_status_and_reports(pipeline, executor, job):
    _, _, status, code = JOBS[job]
    assert pipeline.status(job) == status, pipeline.log
    assert pipeline.place(job) == executor.place
    assert re.search(rf"^{job} +> genesis-ci: .* exit-code={code}$", pipeline.log, re.MULTILINE)
    for name in REPORTS:
        assert pipeline.artifact(job, f"genesis-results/{name}").exists()


def test_a_log_has_only_the_sections_of_genesis_ci(pipeline):
    """gitlab-ci-local parses sections as GitLab does, and prints their names."""
    names = re.findall(r"^\S+ +(\S+)_started$", pipeline.log, re.MULTILINE)
    assert names == ["genesis_1_block_3_failed_its_output"]
    assert "section_" not in pipeline.raw_log
