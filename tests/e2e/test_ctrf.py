"""ctrf.json in the validator of CTRF, and in the reporter and the poster of the recipes."""

import errno
import json
import os
import re
import shutil
import ssl
import subprocess
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import trustme

from genesis_ci.models.report import JobReport
from genesis_ci.reporters import ctrf, junit
from tests.doc_pages import RECIPES, recipe_of
from tests.e2e.docker import script, unavailable
from tests.e2e.genesis import LOOPBACK, served
from tests.unit.reporters import consumers, reports

pytestmark = pytest.mark.e2e

RUN = {
    "GITHUB_REPOSITORY": "OWNER/shop", "GITHUB_REF_NAME": "main", "GITHUB_RUN_ID": "43",
    "GITHUB_RUN_NUMBER": "43", "GITHUB_WORKFLOW": "Genesis main", "GITHUB_TOKEN": "a-token",
}  # fmt: skip


@pytest.fixture
def step(tmp_path: Path) -> Callable[..., str]:
    """Run a command of a recipe with a report, and return what it wrote to the step summary."""
    if not (shutil.which("npx") and shutil.which("jq")):
        unavailable("NOT TESTED: the recipes of ctrf.json need npx and jq")
    (tmp_path / "genesis-results").mkdir()

    def run(command: str, report: JobReport, **variables: str) -> str:
        (tmp_path / "genesis-results/ctrf.json").write_text(ctrf.render(report), encoding="utf-8")
        summary = tmp_path / "summary.md"
        summary.write_text("")
        ended = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", command], cwd=tmp_path, timeout=120, check=False,
            env={**os.environ, **RUN, "GITHUB_STEP_SUMMARY": str(summary), **variables},
            capture_output=True, encoding="utf-8",
        )  # fmt: skip
        assert ended.returncode == 0, ended.stdout + ended.stderr
        assert "rror:" not in ended.stdout + ended.stderr
        return summary.read_text(encoding="utf-8")

    return run


def command_of(recipe: str) -> str:
    jobs = recipe_of(RECIPES / recipe)["jobs"].values()
    commands = [step.get("run", "") for job in jobs for step in job["steps"]]
    return str(next(command for command in commands if "npx" in command))


def test_the_validator_of_ctrf_accepts_every_ending(tmp_path):
    if not shutil.which("npm"):
        unavailable("NOT TESTED: the validator of CTRF needs npm")
    for name, made in reports.SCENARIOS.items():
        (tmp_path / f"{name}.json").write_text(ctrf.render(made()), encoding="utf-8")
    done = script("ctrf.sh", str(tmp_path / "npm"), *map(str, tmp_path.glob("*.json")))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("ending", ["flaky", "review", "several", "known-failures"])
def test_the_reporter_counts_what_the_junit_file_counts(step, ending):
    made = reports.SCENARIOS[ending]()
    command = command_of("github-nightly.yml").replace("flaky-rate", "summary")
    [row] = re.findall(r"^\| \d.*", step(command, made), re.MULTILINE)
    counts = consumers.counts(junit.render(made))
    red = counts["failure"] + counts["error"]
    expected = [counts.total(), counts["passed"], red, counts["skipped"], 0, 0, ending == "flaky"]
    assert list(map(int, re.findall(r"(\d+) \|", row))) == expected


def test_the_history_has_the_flaky_rate_over_all_runs(step):
    runs = [
        {"id": number, "workflow_id": 7, "event": "schedule", "head_branch": "main"}
        for number in (43, 42, 41)
    ]
    path = "/repos/OWNER/shop/actions/runs"
    answers: dict[str, Any] = {
        path: {"workflow_runs": runs}, f"{path}/43": runs[0],
        f"{path}/43/artifacts": {"artifacts": []},
    }  # fmt: skip
    archives = {}
    for number, ending in ((42, reports.flaky), (41, reports.completed)):
        with zipfile.ZipFile(archive := BytesIO(), "w") as file:
            file.writestr("ctrf.json", ctrf.render(ending()))
        artifact = {"name": "ctrf-report", "archive_download_url": f"/zip/{number}"}
        answers[f"{path}/{number}/artifacts"] = {"artifacts": [artifact]}
        archives[f"/zip/{number}"] = archive.getvalue()
    texts = {at: json.dumps(answer).encode() for at, answer in answers.items()}
    with served(texts | archives) as (url, _):
        command = command_of("github-nightly.yml")
        summary = step(command, reports.flaky(), GITHUB_API_URL=url)
    assert "| checkout smoke › verify-cart | 5 | 3 | 2 | 40.00 |" in summary
    assert "Measured over 3 runs." in summary


def test_slack_gets_the_counts_and_a_link_to_the_job(step, tmp_path):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    https = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(LOOPBACK).configure_cert(https)
    command = command_of("github-slack.yml")
    variables = {
        "SLACK_WEBHOOK_URL": f"https://{LOOPBACK}/services/T/B/x",
        "NODE_EXTRA_CA_CERTS": str(tmp_path / "authority.pem"),
    }
    try:
        with served({"/services/T/B/x": b"ok"}, https) as (_, received):
            step(command, reports.completed(), **variables)
            step(command, reports.several(), **variables)
    except OSError as error:
        if error.errno not in {errno.EACCES, errno.EADDRINUSE}:
            raise
        unavailable("NOT TESTED: the poster to Slack, because port 443 cannot be used here")
    [message] = received  # none about the job without failures
    title, counts, _, link, _ = json.loads(message)["attachments"][0]["blocks"]
    assert title["text"]["text"] == "CTRF Test Results - Genesis main 43"
    assert ":white_check_mark: 3 | :x: 1 | :fast_forward: 2 |" in counts["fields"][0]["text"]
    assert link["elements"][0]["url"] == reports.several().job_url
