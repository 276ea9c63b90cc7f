"""Completed runs whose outputs are judged."""

import math
from typing import Any

import pytest

from genesis_ci.models import Concurrency, Plan, Policy, Status, Verdict
from genesis_ci.models.checks import Expectation, Operator, Proof
from tests.builders import EXECUTION_ID, WORKFLOW_ID, a_block, a_run, an_attachment, an_execution
from tests.fakes import FakeApi, FakeCall, RecordingProgress, judge

from .virtual_job import VirtualJob

RUNNING = an_execution(Status.RUNNING)
COMPLETED = an_execution(Status.COMPLETED)
CANCEL = Policy(concurrency=Concurrency.CANCEL_PREVIOUS)
PASSES = Expectation(block="report", operator=Operator.CONTAINS, expected="PASS")
PROOF = Proof(checks=(PASSES,))
GOOD = an_execution(Status.COMPLETED, blocks=(a_block("report", output="…", raw="PASS"),))
BAD = an_execution(Status.COMPLETED, blocks=(a_block("report", output="…", raw="FAIL"),))
SILENT = an_execution(Status.COMPLETED, blocks=(a_block("report"),))


def unexpected_judge(*_: object) -> Any:
    raise AssertionError("this run must not be judged")


@pytest.mark.parametrize(
    ("completed", "verdict", "exit_code"),
    [(GOOD, Verdict.PASSED, 0), (BAD, Verdict.UNMET, 9), (SILENT, Verdict.UNMET, 9)],
    ids=["met", "unmet", "no output"],
)
def test_a_completed_run_passes_only_if_its_checks_are_met(completed, verdict, exit_code):
    job = VirtualJob(FakeApi(polls=[RUNNING, completed]), a_run(proof=PROOF))
    assert (job.verdict, job.exit_code) == (verdict, exit_code)
    assert len(job.api.polled) == 2
    assert [one.block for one in job.report.findings] == ["report"]
    assert job.report.execution is not None
    assert [block.raw for block in job.report.execution.blocks] == [None]


@pytest.mark.parametrize(
    ("end", "fields"),
    [(COMPLETED, {}), (an_execution(Status.FAILED), {"proof": PROOF})],
    ids=["no checks", "failed"],
)
def test_a_failed_run_or_one_without_checks_is_not_judged(end, fields):
    job = VirtualJob(FakeApi(polls=[end]), a_run(**fields), judge=unexpected_judge)
    assert job.report.findings == ()


def test_a_run_of_another_workflow_is_not_judged():
    execution = an_execution(Status.COMPLETED, workflow_id=EXECUTION_ID)
    attached = an_attachment(workflow_id=WORKFLOW_ID, proof=PROOF)
    assert VirtualJob(FakeApi(polls=[execution]), attached, judge=unexpected_judge).exit_code == 2


def test_a_signal_during_judging_reports_the_completed_run():
    api = FakeApi(polls=[GOOD], latency=1.0)
    job = VirtualJob(api, a_run(proof=PROOF), interrupt=(3.5, 143))
    assert (job.verdict, job.exit_code) == (Verdict.INTERRUPTED, 143)
    assert "before the outputs of the completed run were judged" in job.report.outcome.message
    assert (job.report.outcome.hint or "").startswith("Attach to it")


@pytest.mark.parametrize(("end_by", "seconds"), [(math.inf, 61.0), (10.0, 10.0)])
def test_a_run_that_is_not_judged_in_time_is_unmet(end_by, seconds):
    slow = FakeApi(polls=[GOOD])

    def very_slow(checks, blocks):
        slow.latency = 100.0
        return judge(checks, blocks)

    job = VirtualJob(slow, a_run(proof=PROOF), judge=very_slow, end_by=end_by)
    assert (job.verdict, job.exit_code, job.seconds) == (Verdict.UNMET, 9, seconds)
    assert job.report.findings == ()
    assert "its outputs could not be judged" in job.report.outcome.message


def test_no_run_is_judged_after_the_jobs_time_limit():
    polls = [RUNNING] * 2 + [GOOD]
    run = a_run(proof=PROOF, poll_interval=10.0)
    job = VirtualJob(FakeApi(polls=polls), run, end_by=25.0, judge=unexpected_judge)
    assert job.exit_code == 9
    assert "the CI job's time was over" in job.report.outcome.message


def broken(*_: object) -> Any:
    raise KeyError("a bug")


@pytest.mark.parametrize(
    ("judge", "bug", "words"),
    [
        (broken, KeyError, "a bug"),
        (lambda *_: FakeCall(broken), KeyError, "a bug"),
        (lambda *_: FakeCall(lambda: "met"), AttributeError, "judgement"),
    ],
    ids=["before it begins", "while it judges", "no findings"],
)
def test_a_bug_of_the_judge_is_raised(judge, bug, words):
    with pytest.raises(bug, match=words):
        VirtualJob(FakeApi(polls=[GOOD]), a_run(proof=PROOF), judge=judge)


class Counting(RecordingProgress):
    """Keeps how many runs are judged at once, at the start of each judgement."""

    def __init__(self) -> None:
        super().__init__()
        self.at_once: list[int] = []

    def judge(self, checks, blocks) -> FakeCall:
        self.at_once.append(len(self.at_once) + 1 - len(self.reports))
        return judge(checks, blocks)


@pytest.mark.parametrize(("max_parallel", "at_once"), [(2, [1, 2, 1, 2]), (4, [1, 2, 2, 2])])
def test_at_most_two_runs_are_judged_at_once(max_parallel, at_once):
    """Two runs complete together twice, or four runs once."""
    api = FakeApi(triggers=[f"run-{n}" for n in range(4)], polls=[GOOD], latency=0.2)
    runs = [a_run(proof=PROOF, name=f"w{n}") for n in range(4)]
    counting = Counting()
    job = VirtualJob(
        api, *runs, progress=counting, judge=counting.judge, plan=Plan(max_parallel=max_parallel)
    )
    assert [report.outcome.exit_code for report in job.reports] == [0] * 4
    assert counting.at_once == at_once


def test_an_unmet_run_frees_its_template():
    api = FakeApi(triggers=["run-1", "run-2"], polls=[BAD, GOOD])
    runs = [a_run(proof=PROOF, policy=CANCEL, name=name) for name in ("first", "second")]
    job = VirtualJob(api, *runs)
    assert [report.outcome.exit_code for report in job.reports] == [9, 0]
