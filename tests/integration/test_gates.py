"""Jobs of several workflows over real HTTP."""

import json
from datetime import datetime

from tests.jobs import inputs_for, run_command, run_step, variables_for, write_config
from tests.reliability.answers import answer
from tests.reliability.server import FaultServer

FIVE = """\
defaults:
  inputs:
    target_url: ${PREVIEW_URL}
workflows:
  - {name: passes, workflow-id: {completed}}
  - {name: fails, workflow-id: {failed}, required: false}
  - {name: in review, workflow-id: {review}, accept: review_pending}
  - {name: first turn, workflow-id: {cancel-previous}, concurrency-policy: cancel-previous}
  - {name: second turn, workflow-id: {cancel-previous}, concurrency-policy: cancel-previous}
"""


def test_five_workflows_run_and_cancel_previous_never_overlaps(emulator, tmp_path):
    write_config(tmp_path, emulator, FIVE)
    url = "https://preview.example.com"
    ended = run_command(
        tmp_path, "run", "--expose", "PREVIEW_*", PREVIEW_URL=url, **variables_for(emulator, "")
    )
    assert ended.exit_code == 0, ended.log
    assert {name: one["verdict"] for name, one in ended.results.items()} == {
        "passes": "passed",
        "fails": "failed",
        "in review": "passed",
        "first turn": "passed",
        "second turn": "passed",
    }
    assert not ended.is_red_in_junit
    skipped = {suite.name for suite in ended.suites if suite.skipped}
    assert skipped == {"fails", "in review"}
    runs = emulator.executions()
    assert [run["triggerPayload"] for run in runs] == [{"target_url": url}] * 5
    first, second = (run for run in runs if run["workflowName"] == "cancel-previous")
    assert (first["status"], second["status"]) == ("completed", "completed")
    end, start = first["finishedAt"], second["createdAt"]
    assert datetime.fromisoformat(end) <= datetime.fromisoformat(start)
    assert "second turn waits for first turn: both run workflow" in ended.log


TWO = """\
defaults:
  wait-for: ${PREVIEW}
workflows:
  - {name: a, workflow-id: {completed}}
  - {name: b, workflow-id: {completed}}
"""


def test_a_step_shares_the_preview_and_links_each_run(emulator, tmp_path):
    write_config(tmp_path / "workspace", emulator, TWO)
    run_url = f"{emulator.url}/runs/{{execution_id}}"
    inputs = inputs_for(emulator, "", run_url=run_url, expose="PREVIEW")
    with FaultServer(polls=(answer(b""),)) as preview:
        ended = run_step(tmp_path, inputs, PREVIEW=preview.url, GITHUB_ACTOR="octocat")
        assert preview.count("GET") == 1
    assert ended.exit_code == 0, ended.log
    assert len(json.loads(ended.outputs["results"])) == 2
    ids = ended.outputs["execution-id"].split(",")
    links = [run_url.format(execution_id=id_) for id_ in ids]
    assert ended.outputs["run-url"] == ",".join(links)
    html, junit = ended.report("report.html"), ended.report("junit.xml")
    for text in (ended.log, ended.summary, html, junit):
        assert all(link in text for link in links)
    assert "Testing by octocat" in ended.log
