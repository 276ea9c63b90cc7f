"""The fault table over real sockets: what happened, what the server saw, what came of it."""

from dataclasses import dataclass

import pytest

from tests.reliability.faults import on_one_server
from tests.reliability.jobs import Ended, Job, assert_evidence
from tests.reliability.table import FAULTS


@dataclass(frozen=True)
class Outcome:
    ended: Ended
    posts: int


@pytest.fixture(scope="module")
def outcomes(pool, side_by_side):
    return side_by_side.started(pool, test_a_fault_comes_to_its_verdict.__name__, happen)


BUSY = 1.0
"""Seconds for a machine that does other things too; a deadline that is not kept costs more."""


def happen(params, directory) -> Outcome:
    fault = FAULTS[params["name"]]
    with (fault.stage or on_one_server)(fault) as stage:
        inputs = {"api-url": stage.url, "max-wait-time": "8s", **fault.inputs}
        ended = Job(directory, inputs, stage.environ).run()
        return Outcome(ended=ended, posts=stage.server.count("POST"))


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_comes_to_its_verdict(name, outcomes):
    fault, outcome = FAULTS[name], outcomes[name].result()
    ended = outcome.ended
    assert_evidence(ended, exit_code=fault.exit_code, verdict=fault.verdict)
    assert outcome.posts == fault.posts, ended.log
    assert fault.says in ended.log, ended.log
    least, most = fault.between
    assert least <= ended.result["seconds"] <= most + BUSY


def test_the_table_has_at_least_sixty_rows_and_no_row_stands_twice():
    assert len(FAULTS) >= 60
    described = [(name.partition("-")[0], fault.what) for name, fault in FAULTS.items()]
    assert len(set(described)) == len(described)
