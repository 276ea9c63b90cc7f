"""The fault table over real sockets: what happened, what the server saw, what came of it."""

import pytest

from tests.jobs import a_step, assert_evidence
from tests.reliability.faults import on_one_server
from tests.reliability.side_by_side import check_side_by_side
from tests.reliability.table import CHAPTERS, FAULTS

BUSY = 10.0
"""Seconds for a machine that does other things too; what is not cut short takes a minute."""
AS_A_PROCESS = {"1-dead-proxy", "1-refusing-proxy", "2-reset", "6-502s", "7-attach-404"}
"""In a process of their own: a few, and the proxies, which are variables of the process."""
AT_ONCE = 24
WAVES = {
    f"{number}{'abcdefgh'[first // AT_ONCE]}": [f"{number}-{name}" for name in names]
    for number, chapter in enumerate(CHAPTERS.values(), start=1)
    for first in range(0, len(chapter), AT_ONCE)
    if (names := [*chapter][first : first + AT_ONCE])
}
"""The rows of each chapter, as many as wait side by side."""


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


@pytest.mark.parametrize("names", WAVES.values(), ids=WAVES)
def test_each_fault_of_a_chapter_comes_to_its_verdict(names, subtests, tmp_path):
    check_side_by_side(subtests, tmp_path, names, check, at_once=AT_ONCE)


def test_the_table_has_at_least_sixty_rows_and_no_row_stands_twice():
    assert len(FAULTS) >= 60
    assert [name for names in WAVES.values() for name in names] == [*FAULTS]
    assert set(FAULTS) >= AS_A_PROCESS
    described = [(name.partition("-")[0], fault.what) for name, fault in FAULTS.items()]
    assert len(set(described)) == len(described)
