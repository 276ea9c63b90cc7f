"""The fault table over real sockets: requests and verdicts."""

import pytest

from tests.jobs import a_step, assert_evidence
from tests.reliability.faults import on_one_server
from tests.reliability.side_by_side import check_side_by_side
from tests.reliability.table import CHAPTERS, FAULTS

BUSY = 10.0
"""Seconds for a machine that does other things too; what is not cut short takes a minute."""
AS_A_PROCESS = {"1-dead-proxy", "1-refusing-proxy", "2-reset", "6-502s", "7-attach-404"}
"""In a process of their own: a few, and the proxies, which are variables of the process."""


def check(name, directory):
    fault = FAULTS[name]
    with (fault.stage or on_one_server)(fault) as stage:
        inputs = {"api-url": stage.url, "max-wait-time": "8s", **fault.inputs}
        step = a_step(directory, inputs, stage.environ)
        ended = step.run_process() if name in AS_A_PROCESS else step.run_beside_others()
        posts = stage.server.count("POST")
    assert_evidence(ended, exit_code=fault.exit_code, verdict=fault.verdict)
    assert posts == fault.posts, ended.log
    assert fault.says in ended.log, ended.log
    least, most = fault.between
    assert least <= ended.result["seconds"] <= most + BUSY


def least_seconds(name):
    return FAULTS[name].between[0]


@pytest.mark.parametrize("chapter", range(1, len(CHAPTERS) + 1))
def test_each_fault_of_a_chapter_has_its_verdict(chapter, subtests, tmp_path):
    """Return the faults with the longest waits first, because the test waits for the last."""
    names = [name for name in FAULTS if name.startswith(f"{chapter}-")]
    in_turn = sorted(names, key=least_seconds, reverse=True)
    check_side_by_side(subtests, tmp_path, in_turn, check, at_once=24)


def test_the_table_has_sixty_distinct_rows():
    assert len(FAULTS) >= 60
    assert set(FAULTS) >= AS_A_PROCESS
    described = [(name.partition("-")[0], fault.what) for name, fault in FAULTS.items()]
    assert len(set(described)) == len(described)
