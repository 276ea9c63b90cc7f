"""The jobs of docs/first-hour.md with the file of `init`, under act and gitlab-ci-local."""

import re
import shutil
from pathlib import Path

import pytest

from genesis_emulator import Emulator
from tests.doc_pages import ROOT, text_of
from tests.e2e.genesis import KEY
from tests.e2e.github_runner import WORKFLOW, repository_with, run_without_docker
from tests.e2e.gitlab_runner import run_pipeline
from tests.e2e.test_gitlab_component import MERGE_REQUEST
from tests.jobs import run_command
from tests.unit.forges.jobs import PULL_REQUEST

pytestmark = pytest.mark.e2e

PAGE = text_of(ROOT / "docs/first-hour.md")
GITHUB, GITLAB = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
RESULTS = pytest.mark.parametrize(("later", "exit_code"), [("passed", 0), ("completed", 9)])
"""The workflow that was run by hand has a report; a later run of it may have none."""


@pytest.fixture
def file(emulator: Emulator, tmp_path: Path) -> str:
    """Return the text that `init` writes after a run by hand."""
    variables = emulator.environment("passed")
    assert run_command(tmp_path, "run", **variables).exit_code == 0
    assert run_command(tmp_path, "init").exit_code == 0
    return (tmp_path / ".genesis-ci.yml").read_text(encoding="utf-8")


def changed(file: str, emulator: Emulator, later: str) -> str:
    passed = emulator.workflows["passed"].id
    assert passed in file
    return file.replace(passed, emulator.workflows[later].id)


@pytest.mark.usefixtures("released")
@RESULTS
def test_the_job_on_github_is_a_strict_gate(emulator, file, tmp_path, later, exit_code):
    job = KEY.sub(rf"\g<0>\n\1api-url: {emulator.url}", GITHUB)
    job = job.replace("- uses: OWNER", "- id: genesis\n        uses: OWNER")
    files = {WORKFLOW: job, ".genesis-ci.yml": changed(file, emulator, later)}
    secrets = {"GENESIS_API_KEY": emulator.api_key}
    repository = repository_with(tmp_path / "shop", files)
    run = run_without_docker(repository, "pull_request", PULL_REQUEST, secrets=secrets, env={})
    assert run.steps["genesis"].outputs["exit-code"] == str(exit_code), run.log


@RESULTS
def test_the_job_on_gitlab_is_a_strict_gate(
    emulator, image, helper, client, file, tmp_path, later, exit_code
):
    project = tmp_path / "shop"
    shutil.copytree(ROOT / "templates", project / "templates")
    job = re.sub("component: .*", "local: templates/genesis-ci/template.yml", GITLAB)
    (project / ".gitlab-ci.yml").write_text(job)
    (project / ".genesis-ci.yml").write_text(changed(file, emulator, later))
    variables = {
        "GENESIS_API_URL": emulator.url,
        "GENESIS_API_KEY": emulator.api_key,
        "GENESIS_CI_IMAGE": image,
    }
    log = run_pipeline(
        client, project, "--network=host", helper, variables=variables | MERGE_REQUEST
    )
    assert f"exit-code={exit_code}" in log
