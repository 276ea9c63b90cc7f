"""The content of the images, and their use as a command line and in GitLab jobs."""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.e2e.conftest import OF_PYENV
from tests.e2e.docker import BASE, ROOT, build, copy_of_the_action, docker
from tests.e2e.genesis import REACHABLE, Genesis
from tests.e2e.gitlab_runner import GitlabJob
from tests.gitlab_rules import Evaluation
from tests.jobs import variables_for

pytestmark = pytest.mark.e2e


of_the_shell = pytest.mark.parametrize("base", [BASE], indirect=True, scope="session")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the other tests on bases that keep their Python in different places."""
    given = [mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")]
    if "base" in metafunc.fixturenames and "base" not in given:
        metafunc.parametrize("base", [BASE, OF_PYENV], indirect=True, scope="session")


def command_line(
    image: str, *words: str, options: tuple[str, ...] = (), env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    names = [word for name in env or {} for word in ("-e", name)]
    return subprocess.run(
        ["docker", "run", "--rm", *names, *options, image, *words], check=False,
        capture_output=True, encoding="utf-8", env={**os.environ, **(env or {})},
    )  # fmt: skip


def python(image: str, program: str) -> subprocess.CompletedProcess[str]:
    return command_line(image, "-I", "-c", program, options=("--entrypoint=python",))


def sh(image: str, script: str) -> list[str]:
    return command_line(image, "-c", script, options=("--entrypoint=sh",)).stdout.splitlines()


def test_any_user_can_run_the_image_in_any_directory(
    either_image: str, genesis: Genesis, tmp_path: Path
) -> None:
    tmp_path.chmod(0o777)
    genesis.authority.chmod(0o644)
    options = (
        "--user=4711:4711", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges",
        f"--volume={tmp_path}:/srv/job", "--workdir=/srv/job", REACHABLE,
    )  # fmt: skip
    env = {"REQUESTS_CA_BUNDLE": f"/srv/job/{genesis.authority.name}"}
    env |= variables_for(genesis, "failed", language="ja")
    done = command_line(either_image, "run", options=options, env=env)

    assert done.returncode == 1, done.stdout + done.stderr
    assert "✘ 失敗：" in done.stdout
    assert (tmp_path / "genesis-results" / "junit.xml").exists()


@of_the_shell
def test_the_command_name_is_optional(either_image: str) -> None:
    for words in (["--version"], ["genesis-ci", "--version"]):
        done = command_line(either_image, *words)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("genesis-ci ")


@of_the_shell
def test_a_release_explains_that_it_has_no_bash(image: str) -> None:
    done = command_line(image, "bash", "-c", "true")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "genesis-ci: there is no bash in this image; use sh.\n"


@of_the_shell
@pytest.mark.parametrize("options", [[], ["--user=10001"]])
def test_a_gitlab_job_finds_the_command_as_any_user(either_image: str, options: list[str]) -> None:
    script = [
        "mkdir /tmp/builds && cd /tmp/builds",
        "export PYTHONPATH=/tmp/builds",
        "echo 'import os; os._exit(99)' >json.py",
        "genesis-ci --version || exit $?",
    ]
    exit_code, log = GitlabJob(either_image, script, *options).finish(20)

    assert exit_code == 0, log
    assert log.splitlines()[-1].startswith("genesis-ci ")


@of_the_shell
@pytest.mark.parametrize("evaluation", [Evaluation.PIPELINE, Evaluation.TRAPPED_SUBSHELL])
def test_a_gitlab_job_ends_with_the_exit_code_of_the_command(
    either_image: str, evaluation: Evaluation
) -> None:
    script = ["genesis-ci run || exit $?"]
    exit_code, log = GitlabJob(either_image, script, evaluation=evaluation).finish(20)

    assert exit_code == 2, log
    assert "api-key: it is empty" in log


def test_the_image_has_no_installer_and_no_emulator(either_image: str) -> None:
    modules = ["pip", "setuptools", "ensurepip._bundled", "genesis_emulator"]
    done = python(either_image, FIND_MODULES.format(modules=modules))

    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr


def test_the_image_has_no_user_and_starts_isolated_python(either_image: str) -> None:
    shape = docker("inspect", "-f", "{{json .Config.Entrypoint}} {{.Config.User}}|", either_image)

    assert shape == ('["/usr/local/bin/python","-I","-u","/opt/genesis-ci"] |')


FIND_MODULES = """
import sys
from importlib.util import find_spec
sys.path.append("/opt/genesis-ci")
print([name for name in {modules} if find_spec(name.split(".")[0]) and find_spec(name)])
"""
PRINT_CERTIFICATES = "import ssl; print(ssl.create_default_context().get_ca_certs())"
OUTLIVE_PYTHON = """
import threading, time
def busy():
    while True: sum(range(1000))
for _ in range(4): threading.Thread(target=busy, daemon=True).start()
time.sleep(0.1)
"""


def test_a_release_trusts_the_certificates_of_the_base(image: str, base: str) -> None:
    trusted, by_base = (python(each, PRINT_CERTIFICATES).stdout for each in (image, base))

    assert len(trusted) > 1000
    assert trusted == by_base


def test_a_busy_thread_does_not_abort_the_end_of_python(image: str) -> None:
    """The C library then loads libgcc_s, which minimal images often lack."""
    done = python(image, OUTLIVE_PYTHON)

    assert (done.returncode, done.stderr) == (0, "")


def test_a_traceback_of_a_release_has_file_and_line(image: str) -> None:
    done = python(image, "import json; json.loads('{')")

    assert re.search(r'File ".*/json/decoder\.py", line \d+, in raw_decode', done.stderr)


def test_a_release_has_the_records_that_scanners_read(image: str, base: str) -> None:
    """Debian packages as in distroless images, and the dist-info of wheels."""
    query = "dpkg-query --show --showformat '${Package} ${Version}\n' libc6 libssl3t64 zlib1g"
    of_base = sh(base, query)
    listing = "cd /var/lib/dpkg/status.d && grep ^Version: *; ls /opt/genesis-ci"
    found = sh(image, listing)

    assert {line.replace(" ", ":Version: ") for line in of_base} < {*found}
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    for name, version in re.findall(r"^([\w-]+)==(\S+)", lock, re.MULTILINE):
        assert f"{name.replace('-', '_')}-{version}.dist-info" in found


def test_a_release_has_only_what_a_job_uses(image: str, branch_image: str) -> None:
    """No tools for installing, and no modules for prompts and tests."""
    unused = ("asyncio", "multiprocessing", "pdb", "pydoc", "sqlite3", "test", "unittest")
    found = f"import importlib.util as u; print(*filter(u.find_spec, {unused}))"
    release, branch = (docker("inspect", "-f", "{{.Size}}", each) for each in (image, branch_image))

    assert sh(image, "command -v apt-get bash dpkg perl pip") == []
    assert python(image, found).stdout == "\n"
    assert int(release) < int(branch)


def test_both_builders_make_the_same_files(engine: None, tmp_path: Path) -> None:
    source = copy_of_the_action(tmp_path)
    listing = "cd /opt/genesis-ci && find . -type f -exec sha256sum {} + | sort -k 2"
    classic, buildx = (
        sh(build(f"genesis-ci:e2e-{name}", source, classic=name == "classic"), listing)
        for name in ("classic", "buildx")
    )

    assert len(classic) > 100
    assert classic == buildx
