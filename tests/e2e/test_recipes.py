"""The recipes without code of this project, under act, with stand-ins for the other servers."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from genesis_emulator import Emulator
from genesis_emulator.scenario_file import builtin
from tests.doc_pages import ROOT, text_of
from tests.e2e.genesis import recipe, served
from tests.e2e.github_runner import WORKFLOW, ActRun, repository_with, run_without_docker
from tests.e2e.gitlab_runner import run_pipeline
from tests.e2e.test_gitlab_component import MERGE_REQUEST
from tests.forges import SHA, GitHubStandIn, GitLabStandIn, StandIn
from tests.reliability import answers
from tests.unit.forges.jobs import PULL_REQUEST, TOKEN

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("released")]

SITE = """\
deploy:
\techo $(COMMIT) >>$(DEPLOYED)
serve:
\techo $(COMMIT)
"""


def act(
    folder: Path, name: str, event: str, *, emulator: Emulator, workflow: str = "",
    payload: Any = None, replaced: Mapping[str, str] | None = None, **variables: str,
) -> ActRun:  # fmt: skip
    """Run a recipe in a repository with a Makefile."""
    text = recipe(name, emulator, workflow)
    for old, new in (replaced or {}).items():
        assert old in text
        text = text.replace(old, new)
    repository = repository_with(folder / "repository", {WORKFLOW: text, "Makefile": SITE})
    secrets = {
        "GITHUB_TOKEN": TOKEN,
        "GENESIS_API_KEY": emulator.api_key,
        **{name: text for name, text in variables.items() if name.endswith("WEBHOOK_URL")},
    }
    return run_without_docker(repository, event, payload or {}, secrets=secrets, env=variables)


PREVIOUS = "c" * 40


@pytest.mark.parametrize(
    ("workflow", "exit_code", "rolled_back"),
    [("tests-json", 0, False), ("failed", 1, True), ("unmet", 1, True), ("cancelled", 1, False)],
)
def test_only_a_verdict_about_the_build_is_rolled_back(tmp_path, workflow, exit_code, rolled_back):
    deployed = tmp_path / "version"
    deployed.write_text(f"{PREVIOUS}\n")

    class Site(dict[str, bytes]):
        def __missing__(self, path: str) -> bytes:
            return deployed.read_bytes().splitlines()[-1]

    with Emulator(speed=30) as emulator, served(Site()) as (url, _):
        done = act(
            tmp_path, "github-rollback.yml", "push", emulator=emulator, workflow=workflow,
            replaced={"https://www.example.com": url}, DEPLOYED=str(deployed),
        )  # fmt: skip
    assert done.exit_code == exit_code, done.log
    assert deployed.read_text().split()[2:] == [PREVIOUS] * rolled_back


REPORT = '{"results": {"tests": [{"name": "banner", "status": "passed"}]}}'


def test_an_approved_review_turns_the_status_green(tmp_path):
    forge, scenario = GitHubStandIn(), builtin()
    [review] = [one for one in scenario.workflows if one.name == "review"]
    last = replace(review.blocks[-1], output=REPORT)
    review = replace(review, blocks=(*review.blocks[:-1], last))
    (tmp_path / "artifacts").mkdir()
    job = {"GITHUB_REPOSITORY": "acme/shop", "ARTIFACTS": str(tmp_path / "artifacts")}
    with (
        Emulator(replace(scenario, workflows=(review,), faults=()), speed=30) as emulator,
        answers.served(forge.send) as address,
    ):
        job |= {"GITHUB_API_URL": address, "GENESIS_API_URL": emulator.url}
        gate = act(
            tmp_path / "gate", "github-review.yml", "pull_request", emulator=emulator,
            workflow="review", payload=PULL_REQUEST, **job,
        )  # fmt: skip
        assert gate.exit_code == 0, gate.log
        emulator.approve(emulator.executions()[0]["id"])
        settled = act(
            tmp_path / "settle", "comments/github-settle.yml", "workflow_dispatch",
            emulator=emulator, payload={"inputs": {"run": "55"}}, **job,
        )  # fmt: skip
        assert settled.exit_code == 0, settled.log
    states = [(status["sha"], status["context"], status["state"]) for status in forge.statuses]
    assert states == [(SHA, "genesis", state) for state in ["pending"] * 3 + ["success"]]


QUEUE_PREVIEW = (
    "https://${{ github.event.pull_request.head.sha || github.event.merge_group.head_sha || "
    "github.event.after }}.preview.example.com"
)


@pytest.mark.parametrize(
    ("second", "found", "exit_code", "runs"),
    [("tests-text", True, 0, 2), ("failed", True, 1, 3), ("tests-text", False, 0, 4)],
)
def test_after_the_merge_only_what_failed_in_the_queue_runs(
    tmp_path, second, found, exit_code, runs
):
    """act downloads no artifact of another run: a stand-in has that of the queue's job."""
    (tmp_path / "artifacts").mkdir()
    runs_of_queue = "/repos/acme/shop/actions/workflows/genesis.yml/runs"
    answer = json.dumps({"workflow_runs": [{"id": 55}] * found}).encode()
    with (
        Emulator(speed=30) as emulator,
        served({runs_of_queue: answer}) as (address, _),
    ):
        config = SEVERAL.format(*(emulator.workflows[name].id for name in ("tests-json", second)))
        text = recipe("github-merge-queue.yml", emulator)
        assert QUEUE_PREVIEW in text
        text = text.replace(QUEUE_PREVIEW, f"{address}/version")
        files = {WORKFLOW: text, ".genesis-ci.yml": config}
        repository = repository_with(tmp_path / "repository", files)
        head = (repository / ".git/refs/heads/main").read_text().strip()

        def job(event: str, payload: Any) -> ActRun:
            return run_without_docker(
                repository, event, payload,
                secrets={"GITHUB_TOKEN": TOKEN, "GENESIS_API_KEY": emulator.api_key},
                env={
                    "GITHUB_API_URL": address, "GITHUB_REPOSITORY": "acme/shop",
                    "ARTIFACTS": str(tmp_path / "artifacts"),
                },
            )  # fmt: skip

        queue = job("merge_group", {"merge_group": {"head_sha": head, "base_ref": "main"}})
        assert queue.exit_code == exit_code, queue.log
        assert len(emulator.executions()) == 2
        pushed = job("push", {"after": head, "ref": "refs/heads/main"})
        assert len(emulator.executions()) == runs, pushed.log
    assert pushed.exit_code == exit_code, pushed.log


PREVIEW = "https://pr-${{ github.event.number }}.preview.example.com"
SEVERAL = """\
version: 1
defaults:
  inputs: {{target_url: "${{PREVIEW_URL}}"}}
workflows:
  - {{name: checkout smoke, workflow-id: {}, paths: [shop/**, lib/**, "!**.md"]}}
  - {{name: account area, workflow-id: {}, paths: [account/**, lib/**, "!**.md"]}}
"""
TEMPLATE = "component.yml"
ALL = ["completed", "failed"]


@contextmanager
def changed(
    forge: StandIn, names: str, name: str, replaced: Mapping[str, str]
) -> Iterator[tuple[Emulator, str, str, str]]:
    """Yield an emulator, the forge's address, and a recipe with its config.

    In `replaced`, SERVED is the address of the preview.
    """
    forge.touch(*names.split())
    with (
        Emulator(speed=30) as emulator,
        answers.served(forge.send) as address,
        served({"/version": SHA.encode()}) as (preview, _),
    ):
        text = recipe(name, emulator)
        for old, new in replaced.items():
            assert old in text
            text = text.replace(old, new.replace("SERVED", preview))
        ids = (emulator.workflows[name].id for name in ("tests-json", "failed"))
        yield emulator, address, text, SEVERAL.format(*ids)


@pytest.mark.parametrize(
    ("name", "names", "only", "exit_code", "runs"),
    [
        ("complete", "shop/cart.py docs/a.md", None, 0, ["completed"]),
        ("complete", "lib/money.py", None, 1, ALL),
        ("complete", "shop/README.md", None, 0, []),
        ("planned-matrix", "lib/money.py", "", 1, ALL),
        ("planned-matrix", "lib/money.py", "checkout smoke", 0, ["completed"]),
        ("planned-matrix", "docs/a.md", "", 0, []),
        ("planned-matrix", "lib/money.py", "chekout smoke", 1, []),
    ],
)
def test_only_entries_whose_files_changed_run(tmp_path, name, names, only, exit_code, runs):
    """A matrix has a job for each of them."""
    replaced = {PREVIEW: "SERVED"} | ({} if only is None else {"${{ vars.GENESIS_ONLY }}": only})
    with changed(GitHubStandIn(), names, f"github-{name}.yml", replaced) as made:
        emulator, address, workflow, config = made
        files = {WORKFLOW: workflow, ".genesis-ci.yml": config}
        (tmp_path / "artifacts").mkdir()
        env = {"GITHUB_API_URL": address, "GENESIS_API_URL": emulator.url}
        env["ARTIFACTS"] = str(tmp_path / "artifacts")
        done = run_without_docker(
            repository_with(tmp_path / "repository", files), "pull_request", PULL_REQUEST,
            secrets={"GITHUB_TOKEN": TOKEN, "GENESIS_API_KEY": emulator.api_key},
            env=env | {"GITHUB_REPOSITORY": "acme/shop"},
        )  # fmt: skip
        ended = sorted(one["status"] for one in emulator.executions())
    assert (done.exit_code, ended) == (exit_code, runs), done.log
    assert (
        f"{len(runs)} of 2, selected by changed files" in done.log
        or only is not None
        or runs == ALL
    )


@pytest.mark.parametrize(
    ("names", "only", "runs"),
    [
        ("lib/money.py", "", ALL),
        ("lib/money.py", "account area", ["failed"]),
        ("docs/a.md", "", []),
    ],
)
def test_a_child_pipeline_has_a_job_for_each_selected_entry(tmp_path, client, names, only, runs):
    replaced = {
        'only: ""': f'only: "{only}"',
        "https://$CI_COMMIT_REF_SLUG.preview.example.com": "SERVED",
        "component: $CI_SERVER_FQDN/OWNER/genesis-ci/genesis-ci@TAG": f"local: {TEMPLATE}",
    }
    with changed(GitLabStandIn(), names, "gitlab-planned-matrix.yml", replaced) as made:
        emulator, address, pipeline, config = made
        (tmp_path / ".gitlab-ci.yml").write_text(pipeline)
        (tmp_path / ".genesis-ci.yml").write_text(config)
        (tmp_path / TEMPLATE).write_text(text_of(ROOT / "templates/genesis-ci/template.yml"))
        variables = MERGE_REQUEST | {
            "CI_API_V4_URL": address, "CI_PROJECT_ID": "9", "CI_MERGE_REQUEST_IID": "7",
            "CI_MERGE_REQUEST_PROJECT_ID": "9", "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": SHA,
            "GITLAB_TOKEN": TOKEN, "GENESIS_API_KEY": emulator.api_key,
            "GENESIS_API_URL": emulator.url,
        }  # fmt: skip
        # gitlab-ci-local gives a child pipeline no variables of its command line
        (tmp_path / ".gitlab-ci-local-variables.yml").write_text(json.dumps(variables))
        options = ("--force-shell-executor", "--shell-isolation")
        log = run_pipeline(client, tmp_path, *options, variables=variables)
        ended = sorted(one["status"] for one in emulator.executions())
    assert ended == runs, log
    assert ("nothing is selected" in log) is (not runs), log


@pytest.mark.parametrize(
    ("workflow", "states", "verdict"),
    [
        ("tests-json", ["pending", "success"], "passed"),
        ("completed", ["success"], "unmet"),
        ("tests-json", ["in_progress", "failure"], "not_ready"),
    ],
)
def test_the_preview_that_a_host_deploys_is_tested(tmp_path, workflow, states, verdict):
    forge = GitHubStandIn()
    forge.deploy("Preview", "queued", "inactive")
    forge.deploy("Preview", *states, environment_url="https://pr-7.example.com")
    (tmp_path / "artifacts").mkdir()
    with Emulator(speed=30) as emulator, answers.served(forge.send) as address:
        done = act(
            tmp_path, "github-preview.yml", "pull_request", emulator=emulator, workflow=workflow,
            payload=PULL_REQUEST, GITHUB_API_URL=address, ARTIFACTS=str(tmp_path / "artifacts"),
        )  # fmt: skip
        payloads = [one["triggerPayload"] for one in emulator.executions()]
    assert done.exit_code == (verdict != "passed"), done.log
    assert done.steps["genesis"].outputs["verdict"] == verdict
    is_ready = states[-1] == "success"
    assert payloads == [{"target_url": "https://pr-7.example.com"}] * is_ready
