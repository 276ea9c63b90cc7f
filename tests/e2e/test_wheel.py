"""The wheel, built from the source distribution and installed alone."""

import json
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from tests.e2e.docker import ROOT

pytestmark = pytest.mark.e2e


def output_of(*command: Path | str, cwd: Path, exit_code: int = 0) -> str:
    done = subprocess.run(
        command, check=False, cwd=cwd, encoding="utf-8", stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert done.returncode == exit_code, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    output_of(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, cwd=ROOT)
    (made,) = folder.glob("*.whl")
    return made


def installed(package: str, folder: Path) -> Path:
    """Install the package into a new virtual environment and return its `bin`."""
    venv.create(folder)
    programs = folder / "bin"
    pip = [sys.executable, "-m", "pip", "--python", programs / "python", "install", "--quiet"]
    output_of(*pip, "--only-binary", ":all:", package, cwd=folder)
    return programs


@pytest.fixture(scope="module")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return installed(str(wheel), tmp_path_factory.mktemp("bare"))


@pytest.fixture(scope="module")
def with_emulator(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return installed(f"{wheel}[emulator]", tmp_path_factory.mktemp("emulator"))


def test_the_wheel_has_only_the_package_and_its_data(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()

    assert "genesis_emulator/builtin.yml" in names
    assert "genesis_emulator/scenario.schema.json" in names
    assert {"genesis_ci/py.typed", "genesis_emulator/py.typed"} <= set(names)
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {
        "genesis_ci",
        "genesis_emulator",
    }


def test_the_command_prints_version_and_help(bare: Path, tmp_path: Path) -> None:
    assert output_of(bare / "genesis-ci", "--version", cwd=tmp_path).startswith("genesis-ci ")
    assert "--workflow-id" in output_of(bare / "genesis-ci", "run", "--help", cwd=tmp_path)
    version = output_of(bare / "python", "-m", "genesis_ci", "--version", cwd=tmp_path)
    assert version.startswith("genesis-ci ")


@pytest.mark.parametrize("verb", ["demo", "emulator"])
def test_the_emulator_without_its_extra_names_the_extra(
    bare: Path, tmp_path: Path, verb: str
) -> None:
    printed = output_of(bare / "genesis-ci", verb, cwd=tmp_path, exit_code=2)

    assert "genesis-ci[emulator]" in printed
    assert "Traceback" not in printed


@pytest.mark.parametrize(("scenario", "exit_code"), [("completed", 0), ("failed", 1)])
def test_the_demo_ends_with_its_verdict(
    with_emulator: Path, tmp_path: Path, scenario: str, exit_code: int
) -> None:
    command = [with_emulator / "genesis-ci", "demo", "--scenario", scenario]
    printed = output_of(*command, cwd=tmp_path, exit_code=exit_code)

    result = json.loads((tmp_path / "genesis-results" / "result.json").read_text("utf-8"))
    assert result["exit_code"] == exit_code
    assert result["workflows"][0]["execution_id"] in printed.splitlines()[-1]
