"""The newest Python, in a container: not every machine has it."""

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from genesis_emulator import Emulator
from tests.e2e.docker import HERE, ROOT, build, docker, script, unavailable
from tests.jobs import variables_for

pytestmark = pytest.mark.e2e

RUN = """
fails() { code=0; "$@" || code=$?; test $code = 1; rm genesis-results/junit.xml; }
python -m pip install --quiet --root-user-action=ignore --no-index /dist/*.whl
fails genesis-ci demo --scenario failed
(cd /dist && sha256sum -c genesis-ci.pyz.sha256)
fails env JOB python -I /dist/genesis-ci.pyz run
cp -r /source /tmp/source && cd /tmp/source
pybabel --quiet compile -l ja -i genesis_ci/locale/ja.po -o genesis_ci/locale/ja.mo
python -m pytest -q -n 2 --dist worksteal tests/unit
"""


def test_unit_tests_wheel_and_single_file_pass_on_python_3_14(
    engine: None, dist: Path, emulator: Emulator, tmp_path: Path
) -> None:
    made = script("base_image.sh", "python:3.14-slim-trixie")
    if made.returncode != 0:
        unavailable(f"NOT TESTED: Python 3.14: {made.stderr[-300:]}")
    for path in (HERE / "python/Dockerfile", ROOT / "requirements-dev.txt"):
        shutil.copy(path, tmp_path)
    image = build("genesis-ci:e2e-python-3.14", tmp_path)
    git = ("git", "-c", f"safe.directory={ROOT}", "-C", ROOT)  # of whatever owner
    source = tmp_path / "source"
    subprocess.run([*git, "checkout-index", "--all", f"--prefix={source}/"], check=True)
    inputs = variables_for(emulator, "failed", inputs="target_url: https://example.com")
    run = RUN.replace("JOB", shlex.join(f"{name}={value}" for name, value in inputs.items()))
    volumes = (f"--volume={source}:/source:ro", f"--volume={dist}:/dist:ro")
    docker("run", "--rm", "--network=host", *volumes, image, "sh", "-ec", run)
