"""Completed runs whose outputs are judged."""

import json
from functools import partial
from typing import Any

import pytest

from genesis_ci.api.codec import decode_execution
from genesis_ci.models.execution import Execution, Status
from genesis_ci.models.findings import (
    EachReport,
    Expectation,
    NoReports,
    Operator,
    RunChecks,
)
from genesis_ci.models.policy import Accept, Policy
from genesis_ci.models.report import Verdict
from tests.approved import check_approved
from tests.builders import (
    EXECUTION_ID,
    a_block,
    a_run,
    a_wire_execution,
    an_attachment,
    an_execution,
    refusing,
)
from tests.fakes import FakeApi, FakeCall, judge

from .virtual_job import VirtualJob

RUNNING = an_execution(Status.RUNNING)
PASSES = Expectation(block="report", operator=Operator.CONTAINS, expected="PASS")
LENIENT, STRICT = Policy(), refusing(Accept.UNCHECKED)
CHECKS = RunChecks(configured=(PASSES,))
GOOD = an_execution(
    Status.COMPLETED, payload={"user": "ada"}, blocks=(a_block("report", output="…", raw="PASS"),)
)
BAD = an_execution(Status.COMPLETED, blocks=(a_block("report", output="…", raw="FAIL"),))
COMPLETED = an_execution(Status.COMPLETED)
SILENT = an_execution(Status.COMPLETED, blocks=(a_block("report"),))


def unexpected_judge(*_: object) -> Any:
    raise AssertionError("this run must not be judged")


def judge_all_but_one(checks, blocks) -> FakeCall:
    judged = judge(checks, blocks).run()
    return FakeCall(lambda: judged._replace(unjudged=("other",)))


def no_process(*_: object) -> Any:
    raise OSError


def judged(*polls, checks=CHECKS, policy=LENIENT, **options) -> VirtualJob:
    run = a_run(checks=checks, policy=policy, poll_interval=10.0)
    return VirtualJob(FakeApi(polls=polls), run, **options)


def judged_slowly(**options) -> VirtualJob:
    slow = FakeApi(polls=[GOOD])

    def very_slow(checks, blocks) -> FakeCall:
        slow.latency = 200.0
        return judge(checks, blocks)

    return VirtualJob(slow, a_run(checks=CHECKS), judge=very_slow, **options)


def with_output(raw: str) -> Execution:
    return an_execution(Status.COMPLETED, blocks=(a_block("report", raw=raw),))


SUITE = with_output('<testsuite><testcase name="t"><failure/></testcase></testsuite>')
IN_TEXT = with_output("See: <testsuite><testcase/></testsuite>")
NONE, OTHERS = RunChecks(reports=NoReports()), RunChecks(reports=EachReport(frozenset({"report"})))
JOBS = {
    "a check is met": lambda: judged(RUNNING, GOOD),
    "a check is unmet": lambda: judged(RUNNING, BAD),
    "no output": lambda: judged(RUNNING, SILENT),
    "an unnamed report": lambda: judged(SUITE, checks=RunChecks()),
    "an unnamed report that cannot be read": lambda: judged(
        with_output("<testsuite>"), checks=RunChecks()
    ),
    "an unnamed report in other text": lambda: judged(IN_TEXT, checks=RunChecks()),
    "no checks": lambda: judged(COMPLETED, checks=RunChecks(), judge=unexpected_judge),
    "a failed run": lambda: judged(an_execution(Status.FAILED), judge=unexpected_judge),
    "a report that was not judged": lambda: judged(GOOD, judge=judge_all_but_one),
    "a report that was not judged, forbidden": lambda: judged(
        GOOD, judge=judge_all_but_one, policy=STRICT
    ),
    "a left-out report": lambda: judged(SUITE, checks=NONE),
    "a report left out by its name": lambda: judged(SUITE, checks=OTHERS),
    "a left-out report that cannot be looked at": lambda: judged(
        SUITE, checks=NONE, judge=no_process
    ),
    "a signal during judging": lambda: VirtualJob(
        FakeApi(polls=[GOOD], latency=1.0), a_run(checks=CHECKS), interrupt=(3.5, 143)
    ),
    "not judged in time": lambda: judged_slowly(),
    "not judged within the job's limit": lambda: judged_slowly(end_by=10.0),
    "completed at the job's limit": lambda: judged(
        RUNNING, RUNNING, GOOD, end_by=25.0, judge=unexpected_judge
    ),
}


def test_judged_runs_are_approved():
    check_approved("execution/judged_runs", {case: job().text for case, job in JOBS.items()})


def test_raw_outputs_and_the_payload_are_not_kept():
    execution = JOBS["a check is met"]().report.execution
    assert ([block.raw for block in execution.blocks], execution.payload) == ([None], None)


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
