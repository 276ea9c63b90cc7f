"""A log that cannot be written changes no verdict, exit code or report."""

import subprocess
import sys

import pytest

from tests.builders import WORKFLOW_ID
from tests.jobs import KEY, environment
from tests.reliability.answers import FAILED, started
from tests.reliability.server import FaultServer

NOWHERE = {
    "closed": '"$0" -I -m genesis_ci run >&-',
    "a pipe that nobody reads": '"$0" -I -m genesis_ci run | true; exit ${PIPESTATUS[0]}',
    "a full disk": '"$0" -I -m genesis_ci run >/dev/full',
}


@pytest.mark.parametrize("place", NOWHERE)
def test_the_verdict_does_not_need_the_log(place, tmp_path):
    with FaultServer(triggers=(started(),), polls=(FAILED,)) as server:
        ended = subprocess.run(
            ["bash", "-c", NOWHERE[place], sys.executable],
            cwd=tmp_path,
            env=environment(
                GENESIS_API_KEY=KEY, GENESIS_API_URL=server.url, GENESIS_WORKFLOW_ID=WORKFLOW_ID
            ),
            stderr=subprocess.PIPE,
            timeout=30,
            check=False,
        )
    assert ended.returncode == 1
    assert ended.stderr.startswith("✘ failed: ".encode())
    assert b"Exception" not in ended.stderr
    junit = (tmp_path / "genesis-results" / "junit.xml").read_text(encoding="utf-8")
    assert "<failure" in junit
