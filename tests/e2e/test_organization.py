"""The recipes for an organization: the called workflow with act, the included job for GitLab."""

import json
import shutil
from pathlib import Path

import pytest

from genesis_emulator import Emulator
from tests.doc_pages import RECIPES, examples, text_of
from tests.e2e.docker import ROOT
from tests.e2e.genesis import CONFIG, preview_of, recipe
from tests.e2e.github_runner import WORKFLOW, repository_with, run_without_docker
from tests.e2e.gitlab_runner import run_pipeline
from tests.e2e.test_act import EVENT, HEAD
from tests.e2e.test_gitlab_component import MERGE_REQUEST

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("released")]

OWN_CONFIG = f"{CONFIG}    accept: review_pending\n"
"""The organization's job says `none`."""
SHOWS_ITS_LIMIT = {"script": 'echo "limit $GENESIS_MAX_WAIT_TIME"'}


def test_a_repository_calls_the_workflow_of_its_organization(tmp_path: Path) -> None:
    with Emulator(speed=30) as emulator, preview_of(HEAD) as preview:
        calling = recipe("organization/repository.yml", emulator)
        address = "https://pr-${{ github.event.number }}.preview.example.com"
        assert address in calling
        workflow = emulator.workflows["review"].id
        repository = repository_with(
            tmp_path / "repository",
            {
                WORKFLOW: calling.replace(address, preview.url),
                ".genesis-ci.yml": OWN_CONFIG.replace("${WORKFLOW}", workflow),
            },
        )
        called = recipe("github-organization.yml", emulator)
        ci = repository_with(tmp_path / "ci", {WORKFLOW: called})
        run = run_without_docker(
            repository, "pull_request", json.loads(text_of(EVENT)),
            secrets={"GENESIS_API_KEY": emulator.api_key}, env={"ARTIFACTS": str(tmp_path)},
            actions={"ACME/ci@v1": ci},
        )  # fmt: skip
    assert run.exit_code == 1, run.log
    assert run.steps["genesis"].outputs["verdict"] == "review_pending"
    assert f"503, then 200 without “{HEAD}”, then 200: ready" in run.steps["genesis"].log
    assert (tmp_path / "genesis-results/junit.xml").exists()


def test_a_project_includes_the_job_of_its_organization(tmp_path: Path, client: str) -> None:
    """gitlab-ci-local takes both included files from its cache; there is no GitLab."""
    cache = tmp_path / ".gitlab-ci-local/includes/gitlab.example.com"
    shutil.copytree(ROOT / "templates", cache / "OWNER/genesis-ci/TAG/templates")
    (cache / "acme/ci/v1").mkdir(parents=True)
    shared = text_of(RECIPES / "gitlab-organization.yml")
    (cache / "acme/ci/v1/genesis.gitlab-ci.yml").write_text(shared)
    own = examples()["docs/organization.md 1"] | {"limit": SHOWS_ITS_LIMIT}
    own["variables"] |= {"GENESIS_MAX_WAIT_TIME": "45m"}
    (tmp_path / ".gitlab-ci.yml").write_text(json.dumps(own))
    with Emulator(speed=30) as emulator, preview_of(HEAD) as preview:
        config = OWN_CONFIG.replace("${WORKFLOW}", emulator.workflows["review"].id)
        (tmp_path / ".genesis-ci.yml").write_text(config)
        variables = MERGE_REQUEST | {
            "GENESIS_API_KEY": emulator.api_key,
            "GENESIS_API_URL": emulator.url,
            "GENESIS_ACCEPT": "review_pending",
            "PREVIEW_URL": preview.url,
        }
        options = ("--force-shell-executor", "--shell-isolation")
        log = run_pipeline(client, tmp_path, *options, variables=variables)
    assert "limit 45m" in log
    assert "exit-code=3" in log
