"""Pipelines with jobs of the component, run by gitlab-ci-local: `make gitlab` shows the logs."""

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from genesis_emulator import Emulator
from tests.e2e.docker import ROOT
from tests.e2e.genesis import CONFIG, preview_of
from tests.e2e.gitlab_runner import run_pipeline

pytestmark = pytest.mark.e2e

HEAD = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"
MERGE_REQUEST = {
    "GITLAB_CI": "true",
    "CI_PIPELINE_SOURCE": "merge_request_event",
    "CI_MERGE_REQUEST_IID": "482",
    "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "feature/checkout-2",
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
    "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": HEAD,
}
"""gitlab-ci-local has no merge requests, and sets GITLAB_CI to false."""
ONE_LINE = '{"target_url": "\\"a\\\\d+\\" # it\'s", "zip": "007", "n": 1.10}'
ATTACHED = {"execution-id": "$GENESIS_RESULT_EXECUTION_ID"}
EXPECTED = {
    "start": ("completed", {"stage": "build", "wait": "false"}, "PASS", 0),
    "passes": ("completed", {}, "PASS", 0),
    "fails": ("failed", {}, "FAIL", 1),
    "is-wrong": ("completed", {"max-wait-time": "soon"}, "FAIL", 2),
    "waits-for-a-person": ("review", {}, "FAIL", 3),
    "may-wait-for-a-person": ("review", {"allow-failure-exit-codes": [3]}, "WARN", 3),
    "one-line": ("echo", {"inputs": ONE_LINE}, "PASS", 0),
    "several-lines": ("echo", {}, "PASS", 0),
    "attached": (None, ATTACHED, "PASS", 0),
    "unattached": (None, ATTACHED, "FAIL", 2),
    "from-start": (None, {"from": "genesis-results/result.json"}, "PASS", 0),
    "from-nothing": (None, {"from": "$RESULT_OF_NO_JOB", "config": "gate.yml"}, "FAIL", 2),
    "gate": (None, {"config": "gate.yml", "expose": "WORKFLOW, PREVIEW_URL"}, "PASS", 0),
}
"""Workflow, inputs, status and exit code of each job."""
JOBS = {
    "several-lines": {"variables": {"GENESIS_INPUTS": "target_url: firefox\nn: 1.10\n"}},
    "unattached": {"needs": [], "variables": {"GENESIS_WORKFLOW_ID": "$WORKFLOW"}},
    "after": {"needs": ["attached"], "script": ['echo "verdict: $GENESIS_RESULT_VERDICT"']},
}
"""GitLab merges the pipeline's jobs with those of the component, as in docs/gitlab.md."""
REPORTS = {"junit.xml", "report.html", "result.json", "genesis.env", "annotations.json"}


def component(
    emulator: Emulator, job: str, workflow: str | None, inputs: Mapping[str, Any]
) -> dict[str, Any]:
    given = {"job-name": job, "rules": [{"when": "always"}], "poll-interval": "1", **inputs}
    if workflow:
        given["workflow-id"] = emulator.workflows[workflow].id
    return {"local": "templates/genesis-ci/template.yml", "inputs": given}


@pytest.fixture(scope="module", params=["shell", "docker"])
def executor(request) -> tuple[str, ...]:
    """Return the place of the jobs as the log names it, and the options for it."""
    if request.param == "shell":
        return "shell", "--force-shell-executor", "--shell-isolation"
    image = request.getfixturevalue("image")
    options = ["--network=host", request.getfixturevalue("helper")]
    return image, *options, f"--variable=GENESIS_CI_IMAGE={image}"


def plain(log: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*[mK]", "", log)


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """What the jobs logged and stored, and what Genesis received from them."""

    log: str
    artifacts: Path
    payloads: list[dict[str, str]]

    def lines(self, job: str, text: str) -> list[str]:
        return re.findall(rf"^{job} +{text}$", self.log, re.MULTILINE)


@pytest.fixture(scope="module")
def pipeline(executor, client, tmp_path_factory) -> Pipeline:
    project = tmp_path_factory.mktemp("project")
    shutil.copytree(ROOT / "templates", project / "templates")
    (project / "gate.yml").write_text(CONFIG)
    with Emulator(speed=20) as emulator, preview_of(HEAD) as preview:
        included = [component(emulator, job, *row[:2]) for job, row in EXPECTED.items()]
        # Without the input, api-url is that of the pipeline; the input poll-interval beats it.
        top = {"GENESIS_API_URL": emulator.url, "GENESIS_POLL_INTERVAL": "malformed"}
        pipeline = {"variables": top, "include": included, **JOBS}
        text = yaml.safe_dump(pipeline, sort_keys=False)
        (project / ".gitlab-ci.yml").write_text(text)
        variables = {
            "GENESIS_API_KEY": emulator.api_key,
            "PREVIEW_URL": preview.url,
            "WORKFLOW": emulator.workflows["completed"].id,
        }
        log = run_pipeline(client, project, *executor[1:], variables=variables | MERGE_REQUEST)
        print(log)
        assert emulator.api_key not in log + preview.received()
        return Pipeline(
            log=plain(log),
            artifacts=project / ".gitlab-ci-local/artifacts",
            payloads=[one["triggerPayload"] for one in emulator.executions()],
        )


@pytest.mark.parametrize("job", EXPECTED)
def test_each_exit_code_has_its_status_and_reports(pipeline, executor, job):
    _, _, status, code = EXPECTED[job]
    assert pipeline.lines(job, rf"starting {executor[0]} .*"), pipeline.log
    assert pipeline.lines(job, rf"> genesis-ci: .* exit-code={code}"), pipeline.log
    found = re.findall(rf"^ ?(PASS|WARN|FAIL) +{job}\b", pipeline.log, re.MULTILINE)
    assert found[-1:] == [status], pipeline.log
    written = {path.name for path in (pipeline.artifacts / job / "genesis-results").glob("[!.]*")}
    assert written >= REPORTS


def test_variables_reach_genesis_unchanged(pipeline):
    assert {"target_url": '"a\\d+" # it\'s', "zip": "007", "n": "1.10"} in pipeline.payloads
    assert {"target_url": "firefox", "n": "1.10"} in pipeline.payloads


def test_only_a_gate_with_a_run_to_attach_to_attaches(pipeline):
    assert pipeline.lines("after", "> verdict: passed")
    assert pipeline.lines("unattached", r".*“\$GENESIS_RESULT_EXECUTION_ID” is a reference.*")
    attached = ("attached", "unattached", "from-start", "from-nothing")
    started = [job for job in EXPECTED if job not in ("is-wrong", *attached)]
    assert len(pipeline.payloads) == len(started)


def test_a_gate_on_a_merged_result_waits_for_its_commit(pipeline):
    assert pipeline.lines("gate", f".*503, then 200 without “{HEAD}”, then 200: ready.*")
    assert {"target_url": f"feature/checkout-2 482 {HEAD}"} in pipeline.payloads


def test_a_log_has_only_the_sections_of_genesis_ci(pipeline):
    """gitlab-ci-local parses sections as GitLab does, and prints their names."""
    assert pipeline.lines(r"\S+", r"(\S+)_started") == ["genesis_1_block_3_failed_its_output"]
    assert "section_" not in pipeline.log


FOLDERS = ("genesis_ci", "genesis_emulator", "templates")
FILES = (
    ".gitlab-ci.yml", "pyproject.toml", "hatch_build.py", "requirements-emulator.txt", "README.md",
    "LICENSE",
)  # fmt: skip
PASSING = {"passes": "PASS", "waits for review": "WARN", "has failed with reports": "PASS"}


@pytest.fixture
def repository(tmp_path) -> Path:
    """Return the files of this repository that its own pipeline uses."""
    for folder in FOLDERS:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignored)
    for file in FILES:
        shutil.copy(ROOT / file, tmp_path)
    return tmp_path


def test_the_pipeline_of_this_repository_tests_its_component(repository, client, helper):
    variables = {"GENESIS_API_KEY": "ak_of_the_group", "GENESIS_WORKFLOW_ID": "of-the-group"}
    log = plain(run_pipeline(client, repository, helper, variables=variables))
    print(log)
    found = re.findall(r"^ ?(PASS|WARN|FAIL)  ([a-z ]+?) *(?:  .*)?$", log, re.MULTILINE)
    assert {job: status for status, job in found} == PASSING


@pytest.mark.parametrize(("tag", "is_published"), [("v0.1.0", True), ("v0", False)])
def test_only_the_tag_of_a_version_is_published(repository, client, tag, is_published):
    log = run_pipeline(client, repository, "--list", variables={"CI_COMMIT_TAG": tag})
    assert "passes" in log
    assert bool(re.search("^publish ", plain(log), re.MULTILINE)) is is_published
