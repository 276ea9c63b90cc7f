"""What a job asks before its inputs are checked: signals, and the forge for its request."""

import io
import json

import pytest

from genesis_ci.app import App
from genesis_ci.config.sources import Given
from genesis_ci.jobs.configure import JobCommand
from genesis_ci.models.workflow import Verb
from genesis_ci.system.signals import Signals
from genesis_ci.system.stdout import LogWriter
from tests.builders import WORKFLOW_ID
from tests.forges import SHA, GitHubStandIn
from tests.jobs import run_command, variables_for, write_config
from tests.reliability.answers import served
from tests.unit.forges.jobs import finished_run, on_github

CHANGE_CONFIG = """\
workflows:
  - name: smoke
    workflow-id: {completed}
    inputs: {target_url: "${ci.change} ${ci.sha}"}
"""


@pytest.mark.parametrize(
    ("name", "event"), [("deployment_status", {}), ("workflow_run", finished_run())]
)
def test_the_request_of_a_deployed_or_tested_commit_is_known(emulator, tmp_path, name, event):
    forge = GitHubStandIn()
    (tmp_path / "event.json").write_text(json.dumps(event))
    write_config(tmp_path, emulator, CHANGE_CONFIG)
    environ = on_github(
        GITHUB_EVENT_NAME=name, GITHUB_SHA=SHA, GITHUB_EVENT_PATH=str(tmp_path / "event.json")
    )
    given = variables_for(emulator, "completed") | environ
    del given["GENESIS_WORKFLOW_ID"]
    with served(forge.send) as url:
        ended = run_command(tmp_path, "run", **given | {"GITHUB_API_URL": url})
        assert ended.exit_code == 0, ended.log
        [execution] = emulator.executions()
        assert execution["triggerPayload"] == {"target_url": f"7 {SHA}"}
        asked = len(forge.requests)
        run_command(tmp_path, "check", "--offline", **given | {"GITHUB_API_URL": url})
        assert len(forge.requests) == asked
        forge.of_commit, forge.pulls = [], {}
        unknown = run_command(tmp_path, "run", **given | {"GITHUB_API_URL": url})
    assert unknown.exit_code == 2
    assert "ci.change" in unknown.log


def test_trigger_refuses_from_and_keeps_the_runs_of_the_file(emulator, tmp_path):
    given = variables_for(emulator, "completed")
    assert run_command(tmp_path, "trigger", **given).exit_code == 0
    given |= {"GENESIS_CI_FROM": "genesis-results/result.json", "GENESIS_WORKFLOW_ID": ""}
    refused = run_command(tmp_path, "trigger", **given)
    assert (refused.exit_code, len(emulator.executions())) == (2, 1), refused.log
    assert "it attaches to the runs of an earlier job, and trigger starts new ones" in refused.log
    assert run_command(tmp_path, "run", **given).verdicts == ["passed"]


def test_a_signal_before_the_inputs_are_read_ends_the_job(tmp_path):
    (tmp_path / "key").write_text("gk_1234567890")
    signals, log = Signals(), io.StringIO()
    signals.exit_code = 143
    inputs = {"workflow-id": Given(WORKFLOW_ID, "--workflow-id")}
    job = App({}, tmp_path, signals, log=LogWriter(log, log))
    assert job.run(JobCommand(Verb.RUN, key_file=str(tmp_path / "key")), inputs) == 143
    report = json.loads((tmp_path / "genesis-results/result.json").read_text())
    assert report["api_url"] == ""
