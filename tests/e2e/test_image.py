"""What is in the image, and that it is a command line and a GitLab job's image too."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.e2e import gitlab_runner
from tests.e2e.docker import build, copy_of_the_action, docker
from tests.e2e.genesis import URL, Genesis
from tests.gitlab_script import Evaluation, Flags

pytestmark = pytest.mark.e2e


def command_line(
    image: str, *arguments: str, options: list[str], env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    names = [word for name in env or {} for word in ("-e", name)]
    return subprocess.run(
        ["docker", "run", "--rm", *names, *options, image, *arguments],
        check=False,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, **(env or {})},
    )


def test_the_image_is_the_command_line_too_for_any_user_in_any_directory(
    image: str, genesis: Genesis, network: str, tmp_path: Path
) -> None:
    tmp_path.chmod(0o777)
    certificates = tmp_path / "authority.pem"
    certificates.write_bytes(genesis.certificates.read_bytes())
    certificates.chmod(0o644)
    done = command_line(
        image,
        "run",
        "--workflow-id",
        genesis.workflow("failed"),
        options=[
            "--user=4711:4711",
            "--network",
            network,
            "--read-only",
            f"--volume={tmp_path}:/srv/job",
            "--workdir=/srv/job",
        ],
        env={
            "GENESIS_API_KEY": genesis.api_key,
            "GENESIS_API_URL": URL,
            "REQUESTS_CA_BUNDLE": "/srv/job/authority.pem",
        },
    )

    assert done.returncode == 1, done.stdout + done.stderr
    assert (tmp_path / "genesis-results" / "junit.xml").exists()


@pytest.mark.parametrize("words", [["--version"], ["genesis-ci", "--version"]])
def test_the_commands_name_may_stand_after_the_images(image: str, words: list[str]) -> None:
    done = command_line(image, *words, options=[])

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("genesis-ci ")


@pytest.mark.parametrize("options", [[], ["--user=10001"]])
def test_a_gitlab_job_finds_the_command_whoever_runs_it_and_wherever(
    image: str, options: list[str]
) -> None:
    script = [
        "mkdir /tmp/builds && cd /tmp/builds",
        "export PYTHONPATH=/tmp/builds",
        "echo 'import os; os._exit(99)' >json.py",
        "genesis-ci --version || exit $?",
    ]
    exit_code, log = gitlab_runner.start(image, script, *options).finish(20)

    assert exit_code == 0, log
    assert log.splitlines()[-1].startswith("genesis-ci ")


@pytest.mark.parametrize("evaluation", [Evaluation.PIPELINE, Evaluation.TRAPPED_SUBSHELL])
def test_a_gitlab_job_ends_with_the_commands_own_exit_code(
    image: str, evaluation: Evaluation
) -> None:
    script, flags = ["genesis-ci run || exit $?"], Flags(evaluation=evaluation)
    exit_code, log = gitlab_runner.start(image, script, flags=flags).finish(20)

    assert exit_code == 2, log
    assert "api-key: it is empty" in log


@pytest.mark.parametrize("module", ["pip", "setuptools", "ensurepip._bundled"])
def test_the_image_holds_no_installer(image: str, module: str) -> None:
    found = f"import importlib.util as u, sys; sys.exit(u.find_spec({module!r}) is not None)"
    done = command_line(image, "-c", found, options=["--entrypoint", "python"])

    assert done.returncode == (1 if "No module" in done.stderr else 0), done.stderr


def test_the_image_names_no_user_and_starts_python_isolated_without_a_shell(image: str) -> None:
    shape = docker("inspect", "-f", "{{json .Config.Entrypoint}} {{.Config.User}}|", image)

    assert shape == ('["/usr/local/bin/python","-I","-u","/opt/genesis-ci"] |')


def test_both_builders_put_the_same_bytes_into_the_image(engine: None, tmp_path: Path) -> None:
    source = copy_of_the_action(tmp_path)
    listing = "cd /opt/genesis-ci && find . -type f -exec sha256sum {} + | sort -k 2"
    classic, buildx = (
        command_line(
            build(f"genesis-ci:e2e-{name}", source, classic=name == "classic"),
            "-c",
            listing,
            options=["--entrypoint", "sh"],
        ).stdout
        for name in ("classic", "buildx")
    )

    assert len(classic.splitlines()) > 100
    assert classic == buildx
