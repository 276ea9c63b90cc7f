"""Both actions in a workflow of another repository, under act: with Docker and without."""

import json
import os
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from genesis_emulator import Emulator
from tests.e2e.docker import BASE, HERE, commit, copy_of_the_action
from tests.e2e.genesis import CONFIG, preview_of
from tests.e2e.github_runner import ActRun, run_act

pytestmark = pytest.mark.e2e

EVENT = HERE.parent / "unit/providers/events/pull_request.json"
HEAD = json.loads(EVENT.read_text(encoding="utf-8"))["pull_request"]["head"]["sha"]
README_STEP = "- id: readme\n        run: exit 1 # the step of the README"
ACTIONS = {
    "Docker": ("OWNER/genesis-ci@v0", BASE),
    "composite": ("OWNER/genesis-ci/composite@v0", "-self-hosted"),
}


@dataclass(frozen=True, kw_only=True)
class Workflow:
    """A finished workflow, and what the servers received from it."""

    run: ActRun
    api_key: str
    executions: list[dict[str, Any]]
    asked_preview: str


@pytest.fixture(scope="module", params=ACTIONS)
def workflow(
    request: pytest.FixtureRequest, branch_image: str, tmp_path_factory: pytest.TempPathFactory
) -> Workflow:
    """Run act/workflow.yml. The files of its repository replace no module of the action."""
    uses, platform = ACTIONS[request.param]
    action = copy_of_the_action(tmp_path_factory.mktemp("action"))
    repository = tmp_path_factory.mktemp("repository")
    text = (HERE / "act/workflow.yml").read_text(encoding="utf-8")
    text = text.replace(README_STEP, f"- {json.dumps(readme_step(uses))}")
    text = text.replace("uses: ./", f"uses: {uses}")
    text = text.replace("name: act\n", f"name: act {os.getpid()}\n")  # act names containers so
    (repository / ".github/workflows").mkdir(parents=True)
    (repository / ".github/workflows/a.yml").write_text(text)
    (repository / ".genesis-ci.yml").write_text(CONFIG)
    for name in ("json", "requests", "usercustomize"):
        (repository / f"{name}.py").write_text("raise SystemExit(99)\n")
    commit(repository)
    with Emulator(speed=30) as emulator, preview_of(HEAD) as preview:
        run = run_act(
            repository,
            f"--eventpath={EVENT}",
            f"--local-repository=OWNER/genesis-ci@v0={action}",
            f"--platform=ubuntu-latest={platform}",
            event="pull_request",
            secrets={"GENESIS_API_KEY": emulator.api_key},
            variables={
                "GENESIS_API_URL": emulator.url,
                "PREVIEW_URL": preview.url,
                "COMPLETED": emulator.workflows["completed"].id,
                "FAILED": emulator.workflows["failed"].id,
                "UNMET": emulator.workflows["unmet"].id,
            },
        )
        return Workflow(
            run=run, api_key=emulator.api_key, executions=emulator.executions(),
            asked_preview=preview.received(),
        )  # fmt: skip


def readme_step(uses: str) -> dict[str, Any]:
    """The step of the README's first job, against the emulator."""
    page = (HERE.parents[1] / "README.md").read_text(encoding="utf-8")
    [step] = yaml.safe_load(page.partition("```yaml")[2].partition("```")[0])
    assert step["with"] == {
        "api-key": "${{ secrets.GENESIS_API_KEY }}",
        "workflow-id": "https://genesis.autify.com/api/workflows/UUID/trigger",
    }
    given = {"api-url": "${{ vars.GENESIS_API_URL }}", "workflow-id": "${{ vars.UNMET }}"}
    step["with"] |= {**given, "config": "none"}  # another job here reads the file
    return {**step, "uses": uses, "id": "readme", "continue-on-error": True}


def test_the_first_readme_job_fails_with_its_failed_test(workflow: Workflow) -> None:
    step = workflow.run.steps["readme"]
    assert step.outcome == "failure", workflow.run.log
    counts = {name: text for name, text in step.outputs.items() if name.startswith("tests")}
    assert step.outputs["exit-code"] == "9"
    assert counts == {
        "tests": "3", "tests-passed": "2", "tests-failed": "1", "tests-skipped": "0",
        "tests-known-failed": "0",
    }  # fmt: skip
    assert "1 of 3 tests failed: order total" in step.summary
    assert "the tax is added twice" in dict(step.annotations)["error"]


def test_later_steps_read_outputs_and_reports(workflow: Workflow) -> None:
    steps = workflow.run.steps
    assert steps["later"].outcome == "success", workflow.run.log
    payloads = {one["id"]: one["triggerPayload"] for one in workflow.executions}
    sent = payloads[steps["later"].outputs["execution"]]
    assert sent == {"target_url": "https://preview.example.com", "browser": "1.10"}


def test_a_failed_run_stops_the_job_and_shows_the_failure(workflow: Workflow) -> None:
    steps = workflow.run.steps
    assert workflow.run.exit_code == 1
    assert steps["verdict"].outputs == {"seen": "failure,success", "exit-code": "1"}
    assert steps["stops"].outcome == "failure"
    assert "skipped" not in steps
    assert steps["report"].outputs == {"verdict": "failed"}
    [(level, message)] = steps["stops"].annotations
    assert level == "error"
    assert "order total" in message
    assert "block-3" in steps["stops"].summary


def test_a_gate_on_a_pull_request_waits_for_its_commit(workflow: Workflow) -> None:
    gate = workflow.run.steps["gate"]
    assert gate.outcome == "success", workflow.run.log
    assert f"503, then 200 without “{HEAD}”, then 200: ready" in gate.log
    assert "branch feature/checkout-2 into main" in gate.log
    sent = [one["triggerPayload"].get("target_url") for one in workflow.executions]
    assert f"feature/checkout-2 482 {HEAD}" in sent


def test_from_attaches_to_the_run_of_an_earlier_step(workflow: Workflow) -> None:
    started, settled, confused = (
        workflow.run.steps[name] for name in ("started", "settled", "confused")
    )
    assert started.outputs["verdict"] == "triggered", workflow.run.log
    assert (settled.outputs["verdict"], settled.outputs["exit-code"]) == ("failed", "1")
    assert settled.outputs["execution-id"] == started.outputs["execution-id"] != ""
    assert confused.outputs["exit-code"] == "2"
    assert "workflow-id is set too" in dict(confused.annotations)["error"]
    assert len(workflow.executions) == 6


def test_no_step_shows_the_key(workflow: Workflow) -> None:
    """Without the runner's mask command, which act repeats in its records."""
    assert workflow.api_key not in workflow.asked_preview
    for step in workflow.run.steps.values():
        shown = [step.log, step.summary, *step.outputs.values(), *dict(step.annotations).values()]
        assert workflow.api_key not in "\n".join(shown)
