"""The modules that a job imports, which take most of its start-up time."""

import subprocess
import sys

from tests.jobs import environment, variables_for

PACKAGES = {"certifi", "junit_xml", "requests", "six", "urllib3"}
"""The installed packages that a job without YAML loads."""
ONLY_WHERE_USED = {
    "argparse", "asyncio", "charset_normalizer", "difflib", "idna.core", "importlib.metadata",
    "jmespath", "multiprocessing", "subprocess", "yaml",
    "genesis_ci.check", "genesis_ci.checks.bounded", "genesis_ci.checks.reading",
    "genesis_ci.config.strict_yaml", "genesis_ci.forges", "genesis_ci.help", "genesis_emulator",
}  # fmt: skip
TRIGGER = """
import sys, sysconfig
before = set(sys.modules)
from genesis_ci.cli import main
code = main(["trigger"])
installed = sysconfig.get_path("purelib")
for name in {*sys.modules} - before:
    print("loaded", name, str(getattr(sys.modules[name], "__file__", None)).startswith(installed))
sys.exit(code)
"""


def loaded_by_a_job(tmp_path, emulator, **inputs):
    """Return the modules that a job loads, and the installed ones among them."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", TRIGGER], cwd=tmp_path, stdout=subprocess.PIPE, text=True,
        env=environment(**variables_for(emulator, "completed", **inputs)), timeout=60, check=True,
    )  # fmt: skip
    rows = [line.split()[1:] for line in done.stdout.splitlines() if line.startswith("loaded ")]
    return {name for name, _ in rows}, {name for name, installed in rows if installed == "True"}


def test_job_loads_only_packages_that_it_uses(emulator, tmp_path):
    loaded, installed = loaded_by_a_job(tmp_path, emulator)

    assert {name.split(".")[0] for name in installed} - {"genesis_ci"} == PACKAGES
    assert loaded & ONLY_WHERE_USED == set()


def test_yaml_inputs_load_the_yaml_parser(emulator, tmp_path):
    loaded, _ = loaded_by_a_job(tmp_path, emulator, inputs="target_url: https://example.com")

    assert "genesis_ci.config.strict_yaml" in loaded
