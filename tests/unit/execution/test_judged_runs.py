"""Completed runs whose outputs are judged."""

import json
import math
from functools import partial
from typing import Any

import pytest

from genesis_ci.api.codec import decode_execution
from genesis_ci.models.execution import Status
from genesis_ci.models.findings import (
    EachReport,
    Expectation,
    Judgement,
    NoReports,
    Operator,
    RunChecks,
)
from genesis_ci.models.policy import OnState, Policy
from genesis_ci.models.report import Verdict
from tests.builders import (
    EXECUTION_ID,
    a_block,
    a_run,
    a_wire_execution,
    an_attachment,
    an_execution,
)
from tests.fakes import FakeApi, FakeCall, judge

from .virtual_job import VirtualJob

RUNNING = an_execution(Status.RUNNING)
PASSES = Expectation(block="report", operator=Operator.CONTAINS, expected="PASS")
CHECKS = RunChecks(configured=(PASSES,))
GOOD = an_execution(
    Status.COMPLETED, payload={"user": "ada"}, blocks=(a_block("report", output="…", raw="PASS"),)
)
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
    job = VirtualJob(FakeApi(polls=[RUNNING, completed]), a_run(checks=CHECKS))
    assert (job.verdict, job.exit_code) == (verdict, exit_code)
    assert len(job.api.polled) == 2
    assert [one.block for one in job.report.findings] == ["report"]
    assert [block.raw for block in job.report.execution.blocks] == [None]
    assert job.report.execution.payload is None


@pytest.mark.parametrize(
    ("output", "exit_code"), [("<testsuite>", 9), ("See: <testsuite><testcase/></testsuite>", 0)]
)
def test_an_unnamed_report_that_cannot_be_read_is_unmet(output, exit_code):
    end = an_execution(Status.COMPLETED, blocks=(a_block("report", raw=output),))
    job = VirtualJob(FakeApi(polls=[end]), a_run())
    assert job.exit_code == exit_code
    assert bool(job.report.notes) is (exit_code == 0)


class WireApi(FakeApi):
    """Answers in JSON: the first answer is of a running run, the second of the completed one."""

    def __init__(self) -> None:
        super().__init__(triggers=[EXECUTION_ID])
        self.scrubbed: list[str] = []

    def execution(self, execution_id, before):
        status = "completed" if before else "running"
        body = a_wire_execution(status=status, state={"blocks": {"report": {"output": "PASS"}}})
        answer = partial(decode_execution, json.dumps(body).encode(), execution_id=execution_id)
        return FakeCall(partial(answer, scrub=self.scrub, before=before))

    def scrub(self, text: str) -> str:
        self.scrubbed.append(text)
        return text


def test_an_output_that_did_not_change_is_judged_and_scrubbed_once():
    job = VirtualJob(WireApi(), a_run(checks=CHECKS))
    assert job.verdict is Verdict.PASSED
    assert job.api.scrubbed.count("PASS") == 1


@pytest.mark.parametrize(
    ("end", "workflow", "exit_code"),
    [
        (an_execution(Status.COMPLETED), a_run(), 0),
        (an_execution(Status.FAILED), a_run(checks=CHECKS), 1),
    ],
    ids=["no checks", "failed"],
)
def test_other_runs_are_not_judged(end, workflow, exit_code):
    job = VirtualJob(FakeApi(polls=[end]), workflow, judge=unexpected_judge)
    assert (job.exit_code, job.report.findings) == (exit_code, ())


def test_a_report_that_was_not_judged_leaves_the_run_unchecked():
    def judge_all_but_one(checks, blocks):
        judged = judge(checks, blocks).run()
        return FakeCall(lambda: judged._replace(unjudged=("other",)))

    def ended_under(policy: Policy) -> VirtualJob:
        run = a_run(checks=CHECKS, policy=policy)
        return VirtualJob(FakeApi(polls=[GOOD]), run, judge=judge_all_but_one)

    job = ended_under(Policy())
    assert (job.exit_code, job.report.proof, job.report.outcome.unchecked) == (0, "none", True)
    assert [one.judgement for one in job.report.findings] == [Judgement.MET]
    strict = ended_under(Policy(on_unchecked=OnState.FAIL))
    assert (strict.verdict, strict.exit_code, strict.report.proof) == (Verdict.UNMET, 9, "unmet")


def test_a_left_out_report_is_named_and_not_judged():
    for checks in (
        RunChecks(reports=NoReports()),
        RunChecks(reports=EachReport(frozenset({"report"}))),
    ):
        suite = '<testsuite><testcase name="t"><failure/></testcase></testsuite>'
        run = an_execution(Status.COMPLETED, blocks=(a_block("report", raw=suite),))
        job = VirtualJob(FakeApi(polls=[run]), a_run(checks=checks))
        assert (job.exit_code, job.report.proof) == (0, "none")
        [note] = job.report.notes
        assert note.endswith("the test report of report.")


def test_a_signal_during_judging_reports_the_completed_run():
    api = FakeApi(polls=[GOOD], latency=1.0)
    job = VirtualJob(api, a_run(checks=CHECKS), interrupt=(3.5, 143))
    assert (job.verdict, job.exit_code) == (Verdict.INTERRUPTED, 143)
    assert "before the outputs of the completed run were judged" in job.report.outcome.message
    assert (job.report.outcome.next_step or "").startswith("Attach to it")


@pytest.mark.parametrize(("end_by", "seconds"), [(math.inf, 121.0), (10.0, 10.0)])
def test_a_run_that_is_not_judged_in_time_is_unmet(end_by, seconds):
    slow = FakeApi(polls=[GOOD])

    def very_slow(checks, blocks):
        slow.latency = 200.0
        return judge(checks, blocks)

    job = VirtualJob(slow, a_run(checks=CHECKS), judge=very_slow, end_by=end_by)
    assert (job.verdict, job.exit_code, job.seconds) == (Verdict.UNMET, 9, seconds)
    assert job.report.findings == ()
    assert "its outputs could not be judged" in job.report.outcome.message


def test_a_left_out_report_that_cannot_be_looked_at_is_not_red():
    end = an_execution(Status.COMPLETED, blocks=(a_block("report", raw="<testsuite/>"),))

    def no_process(*_: object) -> Any:
        raise OSError

    run = a_run(checks=RunChecks(reports=NoReports()))
    assert VirtualJob(FakeApi(polls=[end]), run, judge=no_process).exit_code == 0
    assert VirtualJob(FakeApi(polls=[end]), a_run(), judge=no_process).exit_code == 9


def test_no_run_is_judged_after_the_jobs_time_limit():
    run = a_run(checks=CHECKS, poll_interval=10.0)
    api = FakeApi(polls=[RUNNING, RUNNING, GOOD])
    job = VirtualJob(api, run, end_by=25.0, judge=unexpected_judge)
    assert job.exit_code == 9
    assert "the CI job's time was over" in job.report.outcome.message


@pytest.mark.parametrize("error", [MemoryError, OSError("Too many open files"), ImportError])
def test_a_run_is_unmet_if_judging_cannot_begin(error):
    def without_means(*_: object) -> Any:
        raise error

    job = VirtualJob(FakeApi(polls=[GOOD]), a_run(checks=CHECKS), judge=without_means)
    assert (job.verdict, job.exit_code) == (Verdict.UNMET, 9)
    assert "its outputs could not be judged" in job.report.outcome.message


def test_a_bug_of_the_judge_is_raised():
    bug = FakeCall(lambda: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        VirtualJob(FakeApi(polls=[GOOD]), a_run(checks=CHECKS), judge=lambda *_: bug)


def test_one_run_is_judged_at_a_time():
    """Six runs complete together after a second, and each judgement takes a second."""
    api = FakeApi(polls=[GOOD], latency=1.0)
    job = VirtualJob(api, *[an_attachment(checks=CHECKS)] * 6)
    assert {report.outcome.exit_code for report in job.reports} == {0}
    assert job.seconds == 7.0
