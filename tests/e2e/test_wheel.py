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


def test_the_wheel_has_only_the_packages_and_their_data(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()

    files = {"builtin.yml", "scenario.schema.json", "py.typed"}
    assert {"genesis_ci/py.typed", *(f"genesis_emulator/{name}" for name in files)} <= {*names}
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {
        "genesis_ci",
        "genesis_emulator",
    }


def test_the_bare_wheel_names_the_missing_extra(wheel: Path, tmp_path: Path) -> None:
    bare = installed(str(wheel), tmp_path / "bare")

    for command in ([bare / "genesis-ci"], [bare / "python", "-m", "genesis_ci"]):
        assert output_of(*command, "--version", cwd=tmp_path).startswith("genesis-ci ")
    assert "--workflow-id" in output_of(bare / "genesis-ci", "run", "--help", cwd=tmp_path)
    for verb in ("demo", "emulator"):
        printed = output_of(bare / "genesis-ci", verb, cwd=tmp_path, exit_code=2)
        assert "genesis-ci/emulator.html" in printed
        assert "Traceback" not in printed


def test_the_demo_of_the_wheel_ends_with_its_verdict(wheel: Path, tmp_path: Path) -> None:
    programs = installed(f"{wheel}[emulator]", tmp_path / "emulator")
    demo = [programs / "genesis-ci", "demo", "--scenario", "failed", "--language", "ja"]
    printed = output_of(*demo, cwd=tmp_path, exit_code=1)

    result = json.loads((tmp_path / "genesis-results" / "result.json").read_text("utf-8"))
    assert (result["exit_code"], result["language"]) == (1, "ja")
    assert result["workflows"][0]["execution_id"] in printed.splitlines()[-1]
