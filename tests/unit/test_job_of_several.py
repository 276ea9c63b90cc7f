"""A job of several workflows with fake services: its log and its reports."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from junitparser import JUnitXml

from genesis_ci.models import Execution, Level, Status, Verb
from tests.builders import a_block, an_execution
from tests.fakes import FakeApi
from tests.unit.jobs import Job

ID = "6f9619ff-8b86-4d01-b42d-00c04fc964%02d"
SMOKE, CHARTER, NIGHTLY = (ID % number for number in (1, 2, 3))
CONFIG = f"""\
version: 1
max-parallel: 1
fail-fast: false
workflows:
  - name: smoke
    workflow-id: {SMOKE}
  - name: charter
    workflow-id: {CHARTER}
    required: false
  - name: nightly
    workflow-id: {NIGHTLY}
    inputs: {{url: https://x}}
"""
FAIL_FAST = CONFIG.replace("fail-fast: false", "fail-fast: true")


class ByWorkflow(FakeApi):
    """Starts `run-N` for the N-th workflow; each ends with its given status."""

    def __init__(self, **ends: Status) -> None:
        super().__init__()
        self._ends = {f"run-{name}": end for name, end in ends.items()}

    def start(self, workflow_id: str, variables: Mapping[str, str]) -> str:
        self.triggered.append((workflow_id, dict(variables)))
        return {SMOKE: "run-smoke", CHARTER: "run-charter", NIGHTLY: "run-nightly"}[workflow_id]

    def poll(self, execution_id: str) -> Execution:
        status = self._ends.get(execution_id, Status.COMPLETED)
        blocks = (a_block("block-1", status, output="words"),)
        return an_execution(status, id=execution_id, blocks=blocks)


class KilledError(BaseException):
    """Stands for SIGKILL: no code of the job handles it."""


class SuiteJob(Job):
    def run(self, api: FakeApi, config: str = CONFIG, **options: Any) -> int:
        (self.root / ".genesis-ci.yml").write_text(config)
        return super().run(api, workflow_id="", **options).exit_code

    @property
    def results(self) -> dict[str, dict]:
        return {one["name"]: one for one in json.loads(self.report("result.json"))["workflows"]}

    @property
    def log(self) -> str:
        return "\n".join(self.provider.lines)


@pytest.fixture
def job(tmp_path) -> SuiteJob:
    return SuiteJob(tmp_path)


def test_every_report_shows_all_workflows(job):
    assert job.run(ByWorkflow(charter=Status.FAILED)) == 0
    assert [one["verdict"] for one in job.results.values()] == ["passed", "failed", "passed"]
    for name in ("summary.md", "report.html", "result.json", "junit.xml"):
        text = job.report(name)
        assert all(word in text for word in ("smoke", "charter", "nightly")), name
        assert "not required" in text.replace("&#32;", " ") or name == "result.json"
    assert job.provider.values["execution-id"] == "run-smoke,run-charter,run-nightly"
    assert len(json.loads(job.provider.values["results"])) == 3


def test_workflows_stopped_by_fail_fast_are_skipped_in_every_report(job):
    api = ByWorkflow(smoke=Status.FAILED)
    assert job.run(api, FAIL_FAST) == 1
    assert len(api.triggered) == 1
    assert [one["verdict"] for one in job.results.values()] == ["failed", "not_run", "not_run"]
    suites = {suite.name: suite for suite in JUnitXml.fromstring(job.report("junit.xml").encode())}
    assert [suites[name].skipped for name in ("charter", "nightly")] == [1, 1]
    assert suites["smoke"].failures
    for name in ("summary.md", "report.html", "junit.xml", "result.json"):
        assert "fail-fast" in job.report(name).replace("&#45;", "-").replace("\u200b", ""), name
    errors = [words for level, words in job.provider.annotations if level is Level.ERROR]
    notices = [words for level, words in job.provider.annotations if level is Level.NOTICE]
    assert (len(errors), len(notices)) == (1, 2)
    assert job.provider.lines[-1].endswith("exit-code=1")


def test_a_workflow_that_is_not_required_does_not_stop_the_others(job):
    assert job.run(ByWorkflow(charter=Status.FAILED), FAIL_FAST) == 0
    assert job.results["nightly"]["verdict"] == "passed"


def test_the_log_shows_the_plan_and_labels_each_line(job):
    text = CONFIG.replace(NIGHTLY, SMOKE).replace(
        f"workflow-id: {SMOKE}\n",
        f"workflow-id: {SMOKE}\n    concurrency-policy: cancel-previous\n",
    )
    job.run(ByWorkflow(charter=Status.FAILED), text)
    assert job.provider.lines[0] == "3 workflows, at most 1 at once"
    assert job.provider.lines[1].startswith("nightly waits for smoke: both run workflow")
    assert "cancel-previous" in job.provider.lines[1]
    assert "charter: ✘ failed (not required): The workflow failed" in job.log
    assert "charter: block-1 failed: its output" in job.log


def test_a_killed_job_leaves_names_and_known_ids(job):
    class Killed(ByWorkflow):
        def poll(self, execution_id: str) -> Execution:
            raise KilledError

    with pytest.raises(KilledError):
        job.run(Killed())
    assert {name: one["execution_id"] for name, one in job.results.items()} == {
        "smoke": "run-smoke", "charter": None, "nightly": None,
    }  # fmt: skip
    assert not job.results["charter"]["required"]
    assert job.provider.values["execution-id"] == "run-smoke"
    assert "GENESIS_RESULT_EXECUTION_ID=run-smoke" in job.report("genesis.env")
    waited = job.run(ByWorkflow(), verb=Verb.WAIT, attach_from="genesis-results/result.json")
    assert waited == 8
    verdicts = {name: one["verdict"] for name, one in job.results.items()}
    assert verdicts == {"smoke": "passed", "charter": "lost_contact", "nightly": "lost_contact"}


def test_wait_from_attaches_to_each_triggered_run(job):
    api = ByWorkflow(charter=Status.FAILED)
    assert job.run(api, verb=Verb.TRIGGER) == 0
    for _ in range(2):
        code = job.run(api, verb=Verb.WAIT, attach_from="genesis-results/result.json")
        assert code == 0
    assert len(api.triggered) == 3
    assert [one["attached"] for one in job.results.values()] == [True] * 3
    assert job.results["charter"]["verdict"] == "failed"


def test_a_failed_wait_keeps_the_ids_in_result_json(job):
    api = ByWorkflow()
    path = "genesis-results/result.json"
    job.run(api, verb=Verb.TRIGGER)
    assert job.run(api, verb=Verb.WAIT, attach_from=path, max_wait_time="soon") == 2
    assert job.run(api, verb=Verb.WAIT, attach_from=path, api_key="", missing_key="skip") == 0
    assert job.run(api, verb=Verb.WAIT, attach_from=path) == 0
    assert len(api.triggered) == 3
    assert [one["verdict"] for one in job.results.values()] == ["passed"] * 3


def test_bad_configuration_is_annotated_at_its_lines(job):
    api = ByWorkflow()
    assert job.run(api, CONFIG.replace("required", "requird").replace("inputs", "inpts")) == 2
    assert api.triggered == []
    assert job.provider.places == [(".genesis-ci.yml", 9), (".genesis-ci.yml", 12)]


def test_a_pending_review_is_announced_once(job):
    class Reviewed(ByWorkflow):
        seen = 0

        def poll(self, execution_id: str) -> Execution:
            self.seen += 1
            if execution_id == "run-smoke" and self.seen < 4:
                block = a_block("pay", Status.REVIEW_PENDING)
                return an_execution(Status.REVIEW_PENDING, id=execution_id, blocks=(block,))
            return super().poll(execution_id)

    assert job.run(Reviewed(), on_review_pending="wait", review_wait_time="2h") == 0
    notices = [words for level, words in job.provider.annotations if level is Level.NOTICE]
    assert notices == [
        "smoke: block pay of execution run-smoke waits for a person: approve or reject it in "
        "Genesis.\nThe job continues after the decision; it waits up to 2h 00m."
    ]


def test_log_summary_and_annotation_explain_a_pending_review(job):
    code = job.run(ByWorkflow(smoke=Status.REVIEW_PENDING), verb=Verb.RUN)
    assert code == 3
    [annotation] = [words for level, words in job.provider.annotations if level is Level.ERROR]
    summary = job.provider.summaries[0].replace("&#45;", "-").replace("\u200b", "")
    for text in (annotation, job.log, summary):
        assert "waits for a person" in text
        assert "approve it in Genesis" in text
        assert "genesis-ci wait run-smoke" in text
