"""The Docker action with an emulator on the runner itself, as in a rehearsal."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.docker import ROOT
from tests.e2e.github_runner import GithubRunner, Step

pytestmark = pytest.mark.e2e

WORKFLOW_ID = "3f1c2a5e-6d0b-4c1e-9a57-0b1d6c7e2f01"
ADDRESS = "hostname -I | cut -d' ' -f1"
IN_THE_CLEAR = "allow-http: the API key and all variables go to"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Yield the address of an emulator on this machine that containers of every network reach."""
    assert ADDRESS in (ROOT / "docs/recipes/emulator/github.yml").read_text(encoding="utf-8")
    address = subprocess.check_output(["sh", "-c", ADDRESS], encoding="utf-8").strip()
    command = [sys.executable, "-m", "genesis_ci", "emulator", "--host", "0.0.0.0"]
    process = subprocess.Popen(
        [*command, "--allow-remote", "--port", "0", "--speed", "5"],
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    with process:
        assert process.stdout
        port = next(found[1] for line in process.stdout if (found := re.search(r":(\d+)", line)))
        yield f"http://{address}:{port}"
        process.terminate()


@pytest.fixture
def github(image: str, workspace: Path, tmp_path: Path) -> GithubRunner:
    temp = tmp_path / "temp"
    temp.mkdir()
    return GithubRunner(image=image, workspace=workspace, temp=temp, network="bridge")


def step(github: GithubRunner, url: str, **inputs: str) -> Step:
    named = {name.replace("_", "-"): text for name, text in inputs.items()}
    given = {"api-key": "ak_emulator_demo_key", "api-url": url, "workflow-id": WORKFLOW_ID}
    return github.step(given | named)


def test_allow_http_works_and_every_report_shows_it(
    github: GithubRunner, workspace: Path, url: str
) -> None:
    host = url.removeprefix("http://").partition(":")[0]
    done = step(github, url, allow_http=host)

    assert done.exit_code == 0, done.log
    assert done.outputs["verdict"] == "passed"
    assert IN_THE_CLEAR in done.log
    for name in ("junit.xml", "result.json", "summary.md", "report.html"):
        report = (workspace / "genesis-results" / name).read_text(encoding="utf-8")
        assert "in the clear" in re.sub(r"&#(\d+);", lambda code: chr(int(code[1])), report), name


def test_the_loopback_of_a_container_is_another_one(github: GithubRunner, url: str) -> None:
    port = url.rpartition(":")[2]
    done = step(github, f"http://127.0.0.1:{port}", max_wait_time="3s")

    assert done.exit_code == 8, done.log
    assert "connection refused" in done.log
