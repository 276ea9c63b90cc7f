"""Recipes for comments after the recipes of gates, with stand-ins for the forges."""

import re
import shutil
from dataclasses import replace

import pytest

from genesis_ci.jobs.issue import CLOSED
from genesis_emulator import Emulator
from genesis_emulator.scenario_file import builtin
from tests.e2e.docker import ROOT
from tests.e2e.genesis import recipe
from tests.e2e.github_runner import WORKFLOW, repository_with, run_without_docker
from tests.e2e.gitlab_runner import run_pipeline
from tests.forges import GitHubStandIn, GitLabStandIn, StandIn
from tests.reliability.answers import served
from tests.unit.forges.jobs import PULL_REQUEST, TOKEN, finished_run, on_gitlab, pull_request_of

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("released")]

CONFIG = "version: 1\nworkflows:\n  - workflow-id: {}\n"
FORK = pull_request_of("contributor/shop")
"""Its jobs get no secrets."""


MATRIX = """\
name: Genesis
on: pull_request
jobs:
  gate:
    runs-on: ubuntu-24.04
    strategy:
      matrix: {workflow: [FAILED, COMPLETED]}
    steps:
      - uses: OWNER/genesis-ci@v0
        continue-on-error: true
        with:
          api-key: KEY
          api-url: URL
          workflow-id: ${{ matrix.workflow }}
      - uses: OWNER/genesis-ci/comment@v0
"""


def verdicts(forge: StandIn) -> list[str]:
    texts = [*forge.own(), *(one.get(forge.body_field) for one in forge.issues)]
    return re.findall(r"^### \S+ ([^:\n]+)", "\n".join(texts), re.MULTILINE)


@pytest.mark.parametrize(
    ("gate", "event", "exit_code", "comments"),
    [
        ("github-start.yml", PULL_REQUEST, 1, ["Failed"]),
        ("github-complete.yml", PULL_REQUEST, 1, ["Failed", "Failed"]),
        ("github-complete.yml", FORK, 0, ["Not run"]),
    ],
)
def test_a_comment_follows_a_gate_on_github(tmp_path, gate, event, exit_code, comments):
    forge = GitHubStandIn()
    with Emulator(speed=30) as emulator, served(forge.send) as address:
        files = {
            WORKFLOW: (text := recipe(gate, emulator, "failed")),
            ".github/workflows/comment.yml": recipe("comments/github-forks.yml", emulator),
            ".genesis-ci.yml": CONFIG.format(emulator.workflows["failed"].id),
        }
        repository = repository_with(tmp_path / "repository", files)
        secrets = {"GITHUB_TOKEN": TOKEN}
        of_gate = {} if event is FORK else {"GENESIS_API_KEY": emulator.api_key}
        env = {"ARTIFACTS": str(tmp_path), "GITHUB_API_URL": address}
        tested = run_without_docker(
            repository,
            "pull_request",
            event,
            secrets=secrets | of_gate,
            env=env | {"GITHUB_RUN_ID": "55"},
        )
        assert tested.exit_code == exit_code, tested.log
        commented = run_without_docker(
            repository,
            "workflow_run",
            finished_run(number=55),
            secrets=secrets,
            env=env | {"GITHUB_RUN_ID": "56"},
        )
        assert commented.exit_code == 0, commented.log
    assert verdicts(forge) == comments
    by_gate = "artifact-url" in text and event is PULL_REQUEST
    assert ("[Open the reports]" in forge.own()[0]) is by_gate


def test_a_comment_decides_about_no_gate(tmp_path):
    (tmp_path / "artifacts").mkdir()
    forge = GitHubStandIn()
    forge.may_write = False
    with Emulator(speed=30) as emulator, served(forge.send) as address:
        text = recipe("github-complete.yml", emulator)
        config = CONFIG.format(emulator.workflows["tests-json"].id)
        files = {WORKFLOW: text, ".genesis-ci.yml": config}
        repository = repository_with(tmp_path / "repository", files)
        secrets = {"GITHUB_TOKEN": TOKEN, "GENESIS_API_KEY": emulator.api_key}
        env = {"ARTIFACTS": str(tmp_path / "artifacts"), "GITHUB_API_URL": address}
        done = run_without_docker(
            repository, "pull_request", PULL_REQUEST, secrets=secrets, env=env
        )
    assert done.exit_code == 0, done.log
    assert "comment exit-code=7" in done.log


def test_each_leg_of_a_matrix_has_its_comment(tmp_path):
    forge = GitHubStandIn()
    with Emulator(speed=30) as emulator, served(forge.send) as address:
        ids = {name.upper(): emulator.workflows[name].id for name in ("failed", "completed")}
        text = MATRIX
        for word, value in {**ids, "URL": emulator.url, "KEY": emulator.api_key}.items():
            text = text.replace(word, value)
        repository = repository_with(tmp_path / "repository", {WORKFLOW: text})
        done = run_without_docker(
            repository, "pull_request", PULL_REQUEST, secrets={"GITHUB_TOKEN": TOKEN},
            env={"GITHUB_API_URL": address},
        )  # fmt: skip
    assert done.exit_code == 0, done.log
    shown = [body.splitlines()[1] for body in forge.own()]
    assert sorted(id_ for id_ in ids.values() for line in shown if id_ in line) == sorted(
        ids.values()
    ), shown
    assert sorted("Failed" in line for line in shown) == [False, True]


def test_a_nightly_run_on_github_keeps_an_issue(tmp_path):
    forge, scenario = GitHubStandIn(), builtin()
    of_name = {one.name: one for one in scenario.workflows}
    for number, workflow in enumerate(("failed", "unmet", "tests-json"), start=1):
        night = tmp_path / str(number)
        (night / "artifacts").mkdir(parents=True)
        one = replace(of_name[workflow], id=of_name["failed"].id)
        tonight = replace(scenario, workflows=(one,), faults=())
        with Emulator(tonight, speed=30) as emulator, served(forge.send) as address:
            text = recipe("github-nightly.yml", emulator, workflow).replace("npx --yes", "echo")
            repository = repository_with(night / "repository", {WORKFLOW: text})
            secrets = {"GITHUB_TOKEN": TOKEN, "GENESIS_API_KEY": emulator.api_key}
            env = {"ARTIFACTS": str(night / "artifacts"), "GITHUB_API_URL": address}
            env |= {"GITHUB_REPOSITORY": "acme/shop", "GITHUB_RUN_ID": str(number)}
            done = run_without_docker(repository, "schedule", {}, secrets=secrets, env=env)
        assert done.exit_code == (workflow != "tests-json"), done.log
    [(state, body)] = forge.shown_issues()
    assert state == "closed"
    lines = [line for line in body.splitlines() if line][1:4]
    assert lines[:2] == [
        f"**{CLOSED}**",
        "[Open the reports](<https://github.com/acme/shop/actions/runs/1/artifacts/7>)",
    ]
    assert lines[2].startswith("### ❌ Conditions unmet")


@pytest.mark.parametrize(
    ("gate", "given", "status", "comments"),
    [
        ("gitlab-merge-request.yml", {}, "FAIL  genesis gate", ["Failed"]),
        ("gitlab-merge-request.yml", {"GITLAB_TOKEN": ""}, "FAIL  genesis gate", []),
        (
            "comments/gitlab-nightly.yml",
            {"CI_PIPELINE_SOURCE": "schedule", "CI_MERGE_REQUEST_IID": ""},
            "FAIL  genesis nightly",
            ["Failed"],
        ),
        (
            "gitlab-merge-request.yml",
            {"CI_PROJECT_PATH": "fork/shop", "GENESIS_API_KEY": "", "GITLAB_TOKEN": ""},
            "PASS  genesis gate",
            [],
        ),
    ],
)
def test_a_comment_follows_a_gate_on_gitlab(tmp_path, client, gate, given, status, comments):
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    component = "component: $CI_SERVER_FQDN/OWNER/genesis-ci/genesis-ci@TAG"
    forge = GitLabStandIn()
    with Emulator(speed=30) as emulator, served(forge.send, "/api/v4") as address:
        text = recipe(gate, emulator, "failed")
        text = text.replace(component, "local: templates/genesis-ci/template.yml")
        (tmp_path / ".gitlab-ci.yml").write_text(text)
        (tmp_path / ".genesis-ci.yml").write_text(CONFIG.format(emulator.workflows["failed"].id))
        variables = {
            **on_gitlab(),
            "CI_PIPELINE_SOURCE": "merge_request_event",
            "CI_PROJECT_PATH": "acme/shop",
            "CI_MERGE_REQUEST_PROJECT_PATH": "acme/shop",
            "CI_API_V4_URL": address,
            "GENESIS_API_URL": emulator.url,
            "GENESIS_API_KEY": emulator.api_key,
            **given,
        }
        log = run_pipeline(client, tmp_path, "--force-shell-executor", variables=variables)
    assert re.findall(rf"^ ?{status}\b", re.sub(r"\x1b\[[0-9;]*[mK]", "", log), re.MULTILINE), log
    assert verdicts(forge) == comments
