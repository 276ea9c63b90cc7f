"""The recipes without code of this project, under act, with stand-ins for the other servers."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from genesis_emulator import Emulator
from tests import forges
from tests.doc_pages import ROOT, text_of
from tests.e2e.genesis import recipe, served
from tests.e2e.github_runner import WORKFLOW, ActRun, repository_with, run_without_docker
from tests.e2e.gitlab_runner import run_pipeline
from tests.e2e.test_gitlab_component import MERGE_REQUEST
from tests.forges import OTHER_SHA, SHA, GitHubStandIn, GitLabStandIn, StandIn
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
    [("completed", 0, False), ("failed", 1, True), ("unmet", 1, True), ("cancelled", 1, False)],
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


def test_each_hour_an_approved_review_turns_the_status_green(tmp_path):
    forge = GitHubStandIn()
    repository = "/repos/acme/shop"
    answers: dict[str, Any] = {
        f"{repository}/pulls": [{"head": {"sha": sha}} for sha in (OTHER_SHA, SHA)],
        f"{repository}/commits/{OTHER_SHA}/status": {
            "statuses": [{"context": "build", "state": "pending"}]
        },
        f"{repository}/actions/workflows/genesis.yml/runs": {"workflow_runs": [{"id": 55}]},
        f"{repository}/actions/workflows/genesis-settle.yml/dispatches": None,
    }
    (tmp_path / "artifacts").mkdir()
    job = {"GITHUB_REPOSITORY": "acme/shop", "ARTIFACTS": str(tmp_path / "artifacts")}
    with Emulator(speed=30) as emulator, forges.served(forge.send) as address:
        job |= {"GITHUB_API_URL": address, "GENESIS_API_URL": emulator.url}
        gate = act(
            tmp_path / "gate", "comments/github-review.yml", "pull_request", emulator=emulator,
            workflow="review", payload=PULL_REQUEST, **job,
        )  # fmt: skip
        assert gate.exit_code == 0, gate.log
        answers[f"{repository}/commits/{SHA}/status"] = {"statuses": forge.statuses[-1:]}
        emulator.approve(emulator.executions()[0]["id"])
        texts = {path: json.dumps(answer).encode() for path, answer in answers.items()}
        with served(texts) as (url, received):
            hourly = act(
                tmp_path / "hourly", "comments/github-settle-hourly.yml", "schedule",
                emulator=emulator, **job | {"GITHUB_API_URL": url},
            )  # fmt: skip
        assert hourly.exit_code == 0, hourly.log
        [dispatched] = map(json.loads, filter(None, received))
        assert dispatched == {"ref": "main", "inputs": {"run": "55"}}
        settled = act(
            tmp_path / "settle", "comments/github-settle.yml", "workflow_dispatch",
            emulator=emulator, payload=dispatched, **job,
        )  # fmt: skip
        assert settled.exit_code == 0, settled.log
    states = [(status["sha"], status["context"], status["state"]) for status in forge.statuses]
    assert states == [(SHA, "genesis", state) for state in ["pending"] * 3 + ["success"]]


PREVIEW = "https://pr-${{ github.event.number }}.preview.example.com"
ACCOUNT = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
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
        forges.served(forge.send) as address,
        served({"/version": SHA.encode()}) as (preview, _),
    ):
        text = recipe(name, emulator)
        for old, new in replaced.items():
            assert old in text
            text = text.replace(old, new.replace("SERVED", preview))
        config = recipe("genesis-ci-changed-files.yml", emulator, "completed")
        yield emulator, address, text, config.replace(ACCOUNT, emulator.workflows["failed"].id)


@pytest.mark.parametrize(
    ("name", "names", "only", "exit_code", "runs"),
    [
        ("changed-files", "shop/cart.py docs/a.md", None, 0, ["completed"]),
        ("changed-files", "lib/money.py", None, 1, ALL),
        ("changed-files", "shop/README.md", None, 0, []),
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
        env = {"GITHUB_API_URL": address, "GENESIS_API_URL": emulator.url}
        done = run_without_docker(
            repository_with(tmp_path, files), "pull_request", PULL_REQUEST,
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
        "component: $CI_SERVER_FQDN/OWNER/genesis-ci/genesis-ci@v0": f"local: {TEMPLATE}",
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
    ("workflow", "states", "exit_code", "comment"),
    [
        ("tests-json", ["pending", "success"], 0, "Passed"),
        ("completed", ["success"], 1, "Checks unmet"),
        ("tests-json", ["in_progress", "failure"], 1, "Not ready"),
    ],
)
def test_the_preview_that_a_host_deploys_is_tested(tmp_path, workflow, states, exit_code, comment):
    forge = GitHubStandIn()
    forge.deploy("Preview", "queued", "inactive")
    forge.deploy("Preview", *states, environment_url="https://pr-7.example.com")
    (tmp_path / "artifacts").mkdir()
    with Emulator(speed=30) as emulator, forges.served(forge.send) as address:
        done = act(
            tmp_path, "github-preview.yml", "pull_request", emulator=emulator, workflow=workflow,
            payload=PULL_REQUEST, GITHUB_API_URL=address, ARTIFACTS=str(tmp_path / "artifacts"),
        )  # fmt: skip
        payloads = [one["triggerPayload"] for one in emulator.executions()]
    assert done.exit_code == exit_code, done.log
    is_ready = states[-1] == "success"
    assert payloads == [{"target_url": "https://pr-7.example.com"}] * is_ready
    [body] = forge.own()
    assert comment in body
