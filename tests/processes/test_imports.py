"""The modules that a job imports, which take most of its start-up time."""

import subprocess
import sys

import pytest

from tests.approved import check_approved
from tests.jobs import LIMIT, environment, variables_at
from tests.reliability.answers import COMPLETED, started
from tests.reliability.server import FaultServer

PACKAGES = {
    "certifi", "charset_normalizer", "idna", "junit_xml", "requests", "six", "urllib3",
}  # fmt: skip
"""The installed packages that a job without YAML loads."""
ONLY_WHERE_USED = {
    "asyncio", "difflib", "jmespath", "multiprocessing", "pickle", "subprocess", "yaml",
    "genesis_ci.checks.junit", "genesis_ci.config.check_entries", "genesis_ci.document.entries",
    "genesis_ci.document.strict_yaml",
}  # fmt: skip
PROGRAM = """
import socket, sys, sysconfig
vars(socket).pop("EAI_NODATA", None)  # as on FreeBSD
before = set(sys.modules)
from genesis_ci.cli import main
code = main(["run"])
installed = sysconfig.get_path("purelib")
for name in {*sys.modules} - before:
    print("loaded", name, str(getattr(sys.modules[name], "__file__", None)).startswith(installed))
sys.exit(code)
"""
YAML = {
    "yaml", "genesis_ci.document.strict_yaml", "genesis_ci.document.entries",
    "genesis_ci.config.check_entries",
}  # fmt: skip
CHILD = {"pickle", "subprocess"}
"""A pattern is searched in a process of its own."""


@pytest.mark.parametrize(
    ("inputs", "used"),
    [
        ({}, set()),
        ({"expect": "- {block: block-1, contains: '.'}"}, YAML),
        ({"expect": "- {block: block-1, matches: '.'}"}, YAML | CHILD),
    ],
    ids=["no YAML", "a check without a query", "a pattern"],
)
def test_a_job_loads_only_what_it_uses(tmp_path, inputs, used):
    rows = loaded_by_a_job(tmp_path, inputs)
    installed = {name.split(".")[0] for name, is_installed in rows if is_installed == "True"}
    assert installed - {"genesis_ci", "_yaml"} == PACKAGES | ({"yaml"} & used)
    assert {name for name, _ in rows} & ONLY_WHERE_USED == used


def test_the_modules_of_a_job_without_checks_are_approved(tmp_path):
    names = [name for name, _ in loaded_by_a_job(tmp_path, {}) if name.startswith("genesis_")]
    check_approved("imports", {"a job without checks": "\n".join(sorted(names))})


def loaded_by_a_job(tmp_path, inputs):
    """Return the name of each module, and whether it is installed."""
    with FaultServer(triggers=(started(),), polls=(COMPLETED,)) as server:
        done = subprocess.run(
            [sys.executable, "-I", "-c", PROGRAM], cwd=tmp_path, stdout=subprocess.PIPE, text=True,
            env=environment(**variables_at(server.url, **inputs)),
            timeout=LIMIT, check=True,
        )  # fmt: skip
    return [line.split()[1:] for line in done.stdout.splitlines() if line.startswith("loaded ")]


def test_signals_are_handled_before_slow_imports():
    program = "import genesis_ci.cli, genesis_ci.system.signals, sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-I", "-c", program], stdout=subprocess.PIPE, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "genesis_ci.system.signals" in loaded
    assert loaded.isdisjoint({"typing", "re", "yaml", "requests", "genesis_ci.models"})
