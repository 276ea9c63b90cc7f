"""Runs that wait for an address, in virtual time."""

import pytest

from genesis_ci.models import Plan, Status, Verdict
from genesis_ci.models.readiness import Page, WaitFor
from tests.builders import a_run, an_execution
from tests.fakes import FakeApi, FakeWeb

from .course import Course

RUNNING = an_execution(Status.RUNNING)
COMPLETED = an_execution(Status.COMPLETED)
PREVIEW = WaitFor(url="https://preview.example.com/", shown="the preview", timeout=20.0)
UP, DOWN = Page(status=200), Page(status=503)


def test_nothing_is_triggered_before_the_preview_answers_and_max_wait_time_starts_then():
    web = FakeWeb(preview=[DOWN, DOWN, DOWN, UP])
    course = Course(FakeApi(polls=[RUNNING]), a_run(wait_for=PREVIEW, max_wait=30.0), web=web)
    assert course.progress.told[:5] == ["awaited 503"] * 3 + ["awaited 503, then 200", "starting"]
    assert course.verdict is Verdict.TIMED_OUT
    assert course.report.readiness
    assert (course.report.readiness.ready, course.report.readiness.seconds) == (True, 6.0)
    assert course.seconds == pytest.approx(36.0, abs=1.0)


def test_a_preview_that_never_comes_is_not_ready_and_nothing_was_triggered():
    api = FakeApi(polls=[COMPLETED])
    course = Course(api, a_run(wait_for=PREVIEW), web=FakeWeb(preview=[DOWN]))
    assert (course.verdict, course.exit_code, course.seconds) == (Verdict.NOT_READY, 10, 20.0)
    assert api.triggered == []
    assert "the preview was not ready within 20s: 503." in course.report.outcome.message
    assert course.report.seconds == 0.0


def test_workflows_that_wait_for_one_address_ask_once_and_others_do_not_wait():
    web = FakeWeb(preview=[DOWN, UP])
    api = FakeApi(polls=[COMPLETED])
    runs = [a_run(wait_for=PREVIEW), a_run(name="free"), a_run(wait_for=PREVIEW)]
    course = Course(api, *runs, web=web, plan=Plan(max_parallel=1))
    assert len(web.asked) == 2
    assert course.progress.told[0] == "starting"
    assert [report.outcome.verdict for report in course.reports] == [Verdict.PASSED] * 3


def test_under_fail_fast_a_preview_that_is_not_ready_starts_nothing_more():
    never, later = PREVIEW, WaitFor(url="https://later.example.com/", timeout=600.0)
    web = FakeWeb(preview=[DOWN], later=[DOWN])
    runs = [a_run(wait_for=never), a_run(wait_for=later)]
    course = Course(FakeApi(), *runs, web=web, plan=Plan(fail_fast=True))
    verdicts = [report.outcome.verdict for report in course.reports]
    assert verdicts == [Verdict.NOT_READY, Verdict.NOT_RUN]
    assert course.seconds == 20.0


def test_a_signal_ends_the_wait_for_a_preview_and_nothing_was_started():
    api = FakeApi()
    course = Course(api, a_run(wait_for=PREVIEW), web=FakeWeb(preview=[DOWN]), interrupt=(3.0, 143))
    assert (course.exit_code, course.seconds, api.triggered) == (143, 3.0, [])
    assert course.report.outcome.hint == "Nothing was started."
    assert course.report.readiness
    assert course.report.readiness.ready is None


def test_the_jobs_own_time_limit_ends_the_wait_for_a_preview():
    course = Course(FakeApi(), a_run(wait_for=PREVIEW), web=FakeWeb(preview=[DOWN]), end_by=7.0)
    assert (course.verdict, course.seconds) == (Verdict.TIMED_OUT, 7.0)


@pytest.mark.parametrize(
    ("answer", "bug", "words"),
    [
        (ZeroDivisionError("a bug"), ZeroDivisionError, "a bug"),
        ("text", TypeError, "an address answers with a page"),
    ],
    ids=["an error", "no page"],
)
def test_a_bug_in_asking_ends_the_job_as_a_bug(answer, bug, words):
    with pytest.raises(bug, match=words):
        Course(FakeApi(), a_run(wait_for=PREVIEW), web=FakeWeb(preview=[answer]))
