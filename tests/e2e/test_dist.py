"""What `make dist` builds for users: a tree and a file that need only Python."""

import ast
import base64
import csv
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from genesis_emulator import Emulator
from tests.e2e.conftest import PYTHONS, is_python
from tests.e2e.docker import ROOT
from tests.jobs import environment, variables_for
from tests.test_recipes import RELEASE, RUNS_OF_THE_FILE
from tools import dist as built

pytestmark = pytest.mark.e2e

PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
NO_INDEX = {"PIP_INDEX_URL": "http://127.0.0.1:1/", "PIP_RETRIES": "0"}
OLD_PYTHONS = ("python2.7", "python3.6", "python3.8", "python3.10")
CHECK_IN_A_CHILD = """
import sys
sys.path.insert(0, sys.argv[1])
from genesis_ci.checks.child import Child
from genesis_ci.models.findings import Expectation, Operator
odd = Expectation(block="b", operator=Operator.MATCHES, expected="(a")
query = Expectation(block="b", operator=Operator.NOT_EMPTY, expected=True, query="a")
problems = Child().expression_problems([odd, query])
sys.exit(not (problems[0] and problems[1] is None))
"""


NOTHING_COMPILED = """
import sys
sources = []
sys.addaudithook(lambda event, args: event == "compile" and sources.append(str(args[1])))
sys.path.insert(0, sys.argv[1])
from genesis_ci.cli import main
main(["run"])
sys.exit(f"compiled: {compiled}" if (compiled := [x for x in sources if x.endswith(".py")]) else 0)
"""


def run(*command: Path | str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, check=False, cwd=cwd, env=environment(**{**NO_INDEX, **env}), encoding="utf-8",
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
    )  # fmt: skip


def the_python(name: str) -> str:
    if not is_python(name):
        pytest.skip(f"NOT TESTED: there is no {name} here")
    return name


def digest_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_every_file_of_the_tree_matches_its_wheel(dist: Path) -> None:
    tree = dist / "tree"
    recorded = set()
    for record in tree.glob("*.dist-info/RECORD"):
        recorded.add(record.relative_to(tree).as_posix())
        for name, digest, _ in csv.reader(record.read_text(encoding="utf-8").splitlines()):
            left_out = name.endswith(built.COMPILED) or name.startswith(built.LEFT_OUT)
            if digest and not left_out and ".data/" not in name:
                found = base64.urlsafe_b64encode(bytes.fromhex(digest_of(tree / name)))
                assert digest == f"sha256={found.rstrip(b'=').decode()}", name
                recorded.add(name)

    files = {path.relative_to(tree).as_posix() for path in tree.rglob("*") if path.is_file()}
    files = {name for name in files if not name.endswith(".pyc")}
    assert files - recorded == {"__main__.py"}
    assert recorded <= files


def test_the_tree_has_the_locked_packages_without_extension_modules(dist: Path) -> None:
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    locked = [line.split(" ")[0].split("==") for line in lock if "==" in line]
    for name, version in locked:
        assert (dist / "tree" / f"{name.replace('-', '_')}-{version}.dist-info").is_dir()
    assert not (dist / "tree/genesis_emulator").exists()
    suffixes = {path.suffix for path in (dist / "tree").rglob("*")}
    assert suffixes.isdisjoint({".so", ".pyd", ".dll"})


@pytest.mark.parametrize(
    ("form", "name"),
    [("genesis-ci.pyz", sys.executable), *(("tree", name) for name in PYTHONS)],
)
def test_a_job_compiles_no_module_again(dist: Path, tmp_path: Path, form: str, name: str) -> None:
    done = run(the_python(name), "-I", "-c", NOTHING_COMPILED, dist / form, cwd=tmp_path)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("form", ["tree", "genesis-ci.pyz"])
def test_compiled_code_is_ignored_when_its_source_was_changed(
    dist: Path, tmp_path: Path, form: str
) -> None:
    tree = shutil.copytree(dist / "tree", tmp_path / "tree")
    with (tree / "genesis_ci/__init__.py").open("a", encoding="utf-8") as source:
        source.write('__version__ = "changed"\n')
    built.pack(tree, tmp_path / "genesis-ci.pyz")
    done = run(sys.executable, "-I", tmp_path / form, "--version", cwd=tmp_path)

    assert done.stdout == "genesis-ci changed\n"


def test_the_file_has_compiled_code_for_which_no_source_is_read(dist: Path) -> None:
    with zipfile.ZipFile(dist / "genesis-ci.pyz") as file:
        sources = [name for name in file.namelist() if name.endswith(".py")]
        flags = {file.read(f"{name}c")[4:8] for name in sources}
    assert flags == {built.UNCHECKED}


def test_a_second_build_makes_the_same_bytes(dist: Path, tmp_path: Path) -> None:
    built.build(tmp_path, filter(is_python, PYTHONS))
    first, second = (
        {path.relative_to(folder): digest_of(path) for path in folder.rglob("*") if path.is_file()}
        for folder in (dist, tmp_path)
    )
    assert first == second


@pytest.mark.parametrize("form", ["tree", "genesis-ci.pyz"])
@pytest.mark.parametrize("name", PYTHONS)
def test_a_job_needs_no_package_index(
    dist: Path, emulator: Emulator, tmp_path: Path, name: str, form: str
) -> None:
    shutil.copy(dist / "genesis-ci.pyz", tmp_path)
    (tmp_path / "json.py").write_text("raise SystemExit(99)\n", encoding="utf-8")
    where = dist / "tree" if form == "tree" else form
    given = {"inputs": "target_url: https://example.com", "language": "ja"}
    inputs = variables_for(emulator, "failed", **given)
    done = run(the_python(name), where, "run", cwd=tmp_path, **inputs)

    assert done.returncode == 1, done.stdout
    assert "✘ 失敗：" in done.stdout
    assert (tmp_path / "genesis-results/junit.xml").exists()


@pytest.mark.parametrize("form", ["tree", "genesis-ci.pyz"])
def test_a_child_process_finds_the_package(dist: Path, tmp_path: Path, form: str) -> None:
    done = run(sys.executable, "-I", "-c", CHECK_IN_A_CHILD, dist / form, cwd=tmp_path)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", OLD_PYTHONS)
def test_an_installed_older_python_gets_a_message(dist: Path, tmp_path: Path, name: str) -> None:
    done = run(the_python(name), dist / "genesis-ci.pyz", "run", cwd=tmp_path)

    assert (done.returncode, done.stdout.count("\n")) == (2, 1)
    assert done.stdout.startswith("genesis-ci: it needs Python 3.11 or newer, and this is ")


def test_an_older_python_gets_one_sentence(dist: Path, tmp_path: Path) -> None:
    ast.parse(built.BEGIN.read_text(encoding="utf-8"), feature_version=(3, 4))
    pretend = "import runpy, sys; sys.version_info = (3, 8, 1); runpy.run_path(sys.argv[1])"
    done = run(sys.executable, "-I", "-c", pretend, dist / "genesis-ci.pyz", cwd=tmp_path)

    assert done.returncode == 2
    assert done.stdout == (
        "genesis-ci: it needs Python 3.11 or newer, and this is 3.8. Nothing was triggered.\n"
    )


def test_the_checksum_finds_a_cut_download(dist: Path, tmp_path: Path) -> None:
    complete = (dist / "genesis-ci.pyz").read_bytes()
    shutil.copy(dist / "genesis-ci.pyz.sha256", tmp_path)
    for content, code in ((complete, 0), (complete[:-1000], 1)):
        (tmp_path / "genesis-ci.pyz").write_bytes(content)
        assert run("sha256sum", "-c", "genesis-ci.pyz.sha256", cwd=tmp_path).returncode == code


HOSTILE = ("base64.py", "json.py", "sitecustomize.py", "genesis-ci.pyz/__main__.py")


RECIPES = sorted(set(RUNS_OF_THE_FILE))
BY_PROGRAM = {"curl" in recipe: recipe for recipe in RECIPES}


@pytest.mark.parametrize(
    ("recipe", "downloads"),
    [*((one, True) for one in RECIPES), *((one, False) for one in BY_PROGRAM.values())],
)
def test_a_recipe_runs_no_file_of_a_hostile_workspace(
    dist: Path, emulator: Emulator, tmp_path: Path, recipe: str, downloads: bool
) -> None:
    for name in HOSTILE:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("print('MARKER')\nraise SystemExit(0)\n", encoding="utf-8")
    source = (dist if downloads else tmp_path / "nowhere").as_uri()
    script = recipe.replace(RELEASE, f"{source}/genesis-ci.pyz").replace("--workflow-id UUID", "")
    checksum = (dist / "genesis-ci.pyz.sha256").read_text(encoding="ascii").split()[0]
    env = variables_for(emulator, "cancelled") | {"PYTHONPATH": ".", "PATH": PATH}
    done = run("sh", "-c", script.replace("SHA256", checksum), cwd=tmp_path, **env)

    assert "MARKER" not in done.stdout
    if downloads:
        assert done.returncode == (4 if 'pyz" run' in recipe else 0), done.stdout
    else:
        assert done.returncode != 0
        assert "genesis-ci: " not in done.stdout


def test_a_tag_archive_has_the_actions_and_builds(tmp_path: Path) -> None:
    archive = tmp_path / "archive.tar.gz"
    git = ("git", "-c", f"safe.directory={ROOT}", "-C", ROOT)  # of whatever owner
    run(*git, "archive", "--output", archive, "HEAD", cwd=tmp_path)
    shutil.unpack_archive(archive, tmp_path / "tag")
    subprocess.run([sys.executable, tmp_path / "tag/tools/dist.py"], check=True)

    assert (tmp_path / "tag/dist/genesis-ci.pyz").exists()
    assert {"action.yml", "Dockerfile", "composite", "Makefile"} <= set(
        os.listdir(tmp_path / "tag")
    )
    assert archive.stat().st_size < 500_000
