"""What is in the images, and that they are a command line and a GitLab job's image too."""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.e2e import gitlab_runner
from tests.e2e.conftest import BASE
from tests.e2e.docker import ROOT, build, copy_of_the_action, docker
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
    either_image: str, genesis: Genesis, network: str, tmp_path: Path
) -> None:
    tmp_path.chmod(0o777)
    certificates = tmp_path / "authority.pem"
    certificates.write_bytes(genesis.certificates.read_bytes())
    certificates.chmod(0o644)
    done = command_line(
        either_image,
        "run",
        "--workflow-id",
        genesis.workflow("failed"),
        options=[
            "--user=4711:4711",
            "--network",
            network,
            "--read-only",
            "--cap-drop=ALL",
            "--security-opt=no-new-privileges",
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


def test_a_proxy_of_the_environment_is_used(
    either_image: str, genesis: Genesis, network: str
) -> None:
    done = command_line(
        either_image,
        "run",
        "--workflow-id",
        genesis.workflow("completed"),
        "--max-wait-time=3s",
        options=["--network", network],
        env={
            "GENESIS_API_KEY": genesis.api_key,
            "GENESIS_API_URL": URL,
            "HTTPS_PROXY": "http://127.0.0.1:9",
        },
    )

    assert done.returncode == 8, done.stdout + done.stderr
    assert genesis.executions() == []


@pytest.mark.parametrize("words", [["--version"], ["genesis-ci", "--version"]])
def test_the_commands_name_may_stand_after_the_images(either_image: str, words: list[str]) -> None:
    done = command_line(either_image, *words, options=[])

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("genesis-ci ")


def test_a_release_has_no_bash_and_says_so(image: str) -> None:
    done = command_line(image, "bash", "-c", "true", options=[])

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "genesis-ci: there is no bash in this image; use sh.\n"


@pytest.mark.parametrize("options", [[], ["--user=10001"]])
def test_a_gitlab_job_finds_the_command_whoever_runs_it_and_wherever(
    either_image: str, options: list[str]
) -> None:
    script = [
        "mkdir /tmp/builds && cd /tmp/builds",
        "export PYTHONPATH=/tmp/builds",
        "echo 'import os; os._exit(99)' >json.py",
        "genesis-ci --version || exit $?",
    ]
    exit_code, log = gitlab_runner.start(either_image, script, *options).finish(20)

    assert exit_code == 0, log
    assert log.splitlines()[-1].startswith("genesis-ci ")


@pytest.mark.parametrize("evaluation", [Evaluation.PIPELINE, Evaluation.TRAPPED_SUBSHELL])
def test_a_gitlab_job_ends_with_the_commands_own_exit_code(
    either_image: str, evaluation: Evaluation
) -> None:
    script, flags = ["genesis-ci run || exit $?"], Flags(evaluation=evaluation)
    exit_code, log = gitlab_runner.start(either_image, script, flags=flags).finish(20)

    assert exit_code == 2, log
    assert "api-key: it is empty" in log


@pytest.mark.parametrize("module", ["pip", "setuptools", "ensurepip._bundled", "genesis_emulator"])
def test_the_image_holds_no_installer_and_no_emulator(either_image: str, module: str) -> None:
    path = "import importlib.util as u, sys; sys.path.append('/opt/genesis-ci')"
    found = f"{path}; sys.exit(u.find_spec({module!r}) is not None)"
    done = command_line(either_image, "-c", found, options=["--entrypoint", "python"])

    assert done.returncode == (1 if "No module" in done.stderr else 0), done.stderr


def test_the_image_names_no_user_and_starts_python_isolated_without_a_shell(
    either_image: str,
) -> None:
    shape = docker("inspect", "-f", "{{json .Config.Entrypoint}} {{.Config.User}}|", either_image)

    assert shape == ('["/usr/local/bin/python","-I","-u","/opt/genesis-ci"] |')


PRINT_WHAT_IS_TRUSTED = "import ssl; print(ssl.create_default_context().get_ca_certs())"
OUTLIVE_PYTHON = """
import threading, time
def busy():
    while True: sum(range(1000))
for _ in range(4): threading.Thread(target=busy, daemon=True).start()
time.sleep(0.1)
"""


def python(image: str, program: str) -> subprocess.CompletedProcess[str]:
    return command_line(image, "-I", "-c", program, options=["--entrypoint", "python"])


def test_a_release_trusts_whom_the_base_trusts(image: str) -> None:
    trusted, by_base = (python(each, PRINT_WHAT_IS_TRUSTED).stdout for each in (image, BASE))

    assert len(trusted) > 1000
    assert trusted == by_base


def test_a_thread_that_is_busy_as_python_ends_does_not_abort_a_release(image: str) -> None:
    """The C library loads another one then, which minimal images tend to lack."""
    done = python(image, OUTLIVE_PYTHON)

    assert (done.returncode, done.stderr) == (0, "")


def test_a_traceback_of_a_release_names_file_and_line(image: str) -> None:
    done = python(image, "import json; json.loads('{')")

    assert re.search(r'File ".*/json/decoder\.py", line \d+, in raw_decode', done.stderr)


def test_scanners_find_the_packages_and_wheels_of_a_release(image: str) -> None:
    """Debian's where distroless images have them, the wheels by their dist-info."""
    query = "dpkg-query --show --showformat '${Package} ${Version}\n' libc6 libssl3t64 zlib1g"
    of_base = command_line(BASE, "sh", "-c", query, options=[]).stdout.splitlines()
    listing = "cd /var/lib/dpkg/status.d && grep ^Version: *; ls /opt/genesis-ci"
    found = command_line(image, "-c", listing, options=["--entrypoint", "sh"]).stdout.splitlines()

    assert {line.replace(" ", ":Version: ") for line in of_base} < {*found}
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    for name, version in re.findall(r"^([\w-]+)==(\S+)", lock, re.MULTILINE):
        assert f"{name.replace('-', '_')}-{version}.dist-info" in found


def test_a_release_is_less_than_a_third_of_a_branch(image: str, branch_image: str) -> None:
    release, branch = (docker("inspect", "-f", "{{.Size}}", each) for each in (image, branch_image))

    assert int(release) < int(branch) / 3


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
