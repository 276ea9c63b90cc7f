"""A hostile pattern or query blocks nothing: a child judges, or the check is unmet."""

import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from genesis_ci.checks import child as child_module
from genesis_ci.checks import report_search
from genesis_ci.checks.child import LIMITS, MAX_TESTS_OF_JOB, SHORT, Child, ChildLimits
from genesis_ci.http.transport import MAX_ANSWER
from genesis_ci.models.findings import Expectation, ListedTests, Operator, RunChecks
from genesis_ci.models.judgement import Judgement
from tests.builders import a_block
from tests.jobs import LIMIT, has_ended

ROOT = Path(__file__).parents[3]
BACKTRACKING = "(a+)+$"
HOSTILE_TEXT = "a" * 60 + "!"
DOUBLING = "[@,@]" + "|[@,@][]" * 20
DOUBLING_TEXT = "@" + "|join('',[@,@])" * 60


@contextmanager
def a_child(limits: ChildLimits = LIMITS) -> Iterator[Child]:
    child = Child(limits)
    yield child
    child.end()


@pytest.fixture
def child() -> Iterator[Child]:
    with a_child() as its:
        yield its


def expecting(operator=Operator.NOT_EMPTY, expected=True, query=None) -> Expectation:
    return Expectation(block="b", operator=operator, expected=expected, query=query)


def matching(pattern) -> Expectation:
    return expecting(Operator.MATCHES, pattern)


def judged(checks, *outputs, limits=LIMITS):
    """Return the findings of the checks; the first output is that of the block `b`."""
    blocks = [a_block("b" * number, raw=output) for number, output in enumerate(outputs, start=1)]
    with a_child(limits) as child:
        return child.call(RunChecks(configured=checks), blocks, scrub=str).run().findings


def await_end(pid: int) -> None:
    until = time.monotonic() + LIMIT
    while not has_ended(pid):
        assert time.monotonic() < until
        time.sleep(0.01)


def test_one_child_judges_several_slow_checks():
    tests = {"results": {"tests": [{"name": "total", "status": "failed", "duration": 1200}]}}
    found = judged(
        [
            expecting(Operator.EQUALS, 1, "length(results.tests)"),
            expecting(Operator.EQUALS, "\ud800", "@"),
            ListedTests(block="b"),
            expecting(Operator.EQUALS, 0, "results.summary.failed"),
        ],
        tests,
    )
    assert [str(one.judgement) for one in found] == ["met", "unmet", "unmet", "unmet"]
    assert [(one.name, one.seconds) for one in found[2:3]] == [("total", 1.2)]


@pytest.mark.parametrize(
    "check",
    [
        pytest.param(matching(BACKTRACKING), id="backtracking"),
        pytest.param(matching("[[]|" + BACKTRACKING), id="backtracking with a warning"),
        pytest.param(expecting(query=DOUBLING), id="items"),
        pytest.param(expecting(query=DOUBLING_TEXT), id="text"),
    ],
)
def test_a_hostile_check_is_unmet_and_the_others_are_judged(check):
    checks = [matching("^.a"), check, matching("!.$")]
    found = judged(checks, f'"{HOSTILE_TEXT}"', limits=ChildLimits(seconds=0.2))
    assert [str(one.judgement) for one in found] == ["met", "unmet", "met"]
    if check.query is None:  # a query may use up its memory first
        advice = "shorten the output, or simplify the check if there is one"
        assert found[1].found == f"not judged: it took over 0.2 seconds; {advice}"


@pytest.mark.parametrize(
    "unit",
    [
        "{\n", '{"results": [\n', 'x\n{"results":\n', '```\n{"results": [\n', "<?xml \n", "[\n",
        "<?xml ?><!--\n", "<!-- -->\n<?xml ?><!--\n", "```json\n{\n```\n", "<!-- testsuite\n",
        "```\n[INFO] ok\n```\n", "```\n{ok\n```\n", '```\n"\n```\n', "`", "<", "&amp;", "results ",
    ],
)  # fmt: skip
def test_what_never_ends_is_searched_in_linear_time(child, unit):
    call = child.call(RunChecks(), [a_block(raw=f"results\n{unit * 80_000}")], scrub=str)
    assert call.run().findings == ()


def test_brackets_between_reports_are_searched_in_linear_time(child):
    call = child.call(RunChecks(), [a_block(raw="[\n<testsuite/>" * 30_000)], scrub=str)
    [finding] = call.run().findings
    assert finding.found == "0 of the 0 listed"


def test_a_job_has_a_most_of_tests(child, monkeypatch):
    monkeypatch.setattr(child_module, "MAX_TESTS_OF_JOB", 3)
    tests = [{"name": "a", "status": "passed"}, {"name": "b", "status": "passed"}]
    blocks = [a_block(key, raw={"results": {"tests": tests, "tool": key}}) for key in "ab"]
    call = child.call(RunChecks(configured=(ListedTests("a"), ListedTests("b"))), blocks, scrub=str)
    assert [one.found for one in call.run().findings] == [
        "passed", "passed", "over 3 tests in the outputs of this job"
    ]  # fmt: skip


def test_the_page_states_the_limits_of_checks():
    page = (ROOT / "docs/proof.md").read_text(encoding="utf-8")
    assert f"A query or a pattern has {LIMITS.seconds:g} seconds of CPU time, " in page
    assert f"reports in an output {LIMITS.seconds_of_search:g} seconds, a run " in page
    assert f"a run {LIMITS.seconds_of_all:g} seconds, a block 10,000 tests, " in page
    assert f"a job {MAX_TESTS_OF_JOB:,} tests." in page
    assert LIMITS.memory == 16 * MAX_ANSWER


def test_a_query_over_the_memory_limit_is_unmet():
    limits = ChildLimits(memory=LIMITS.memory >> 2)
    (found,) = judged([expecting(query=DOUBLING_TEXT)], json.dumps("x" * 1_000_000), limits=limits)
    assert found.judgement is Judgement.UNMET
    assert found.found == "a query that fails on the output: MemoryError"


def test_a_large_output_is_judged():
    """An eighth of the largest answer, in an eighth of the memory."""
    output = '{"log": "' + "é" * (MAX_ANSWER >> 4) + '", "failed": 0}'
    limits = ChildLimits(memory=LIMITS.memory >> 3)
    checks = [expecting(Operator.EQUALS, 0, "failed"), matching('"failed": 0}$')]
    found = judged(checks, output, limits=limits)
    assert {one.judgement for one in found} == {Judgement.MET}


def test_a_check_whose_child_dies_is_unmet(monkeypatch):
    monkeypatch.setattr(
        child_module, "_PROGRAM", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    )
    found = judged([matching("a"), ListedTests(block="b")], "a")
    assert {one.judgement for one in found} == {Judgement.UNMET}
    assert {one.found for one in found} == {"not judged: the process for it ended with code -9"}


def test_a_check_is_unmet_if_no_process_can_start(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    why = "not judged: no process could judge it (No such file or directory)"
    found = judged([matching("a")], "a")  # the check, and whether there is a report
    assert [(one.judgement, one.found) for one in found] == [(Judgement.UNMET, why)] * 2


@pytest.mark.parametrize("outputs", [["x" * (SHORT - 1)], [{"k" * (SHORT - 2): 1}], [[0] * 999]])
def test_short_outputs_are_searched_without_a_process(monkeypatch, outputs):
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    assert judged((), *outputs) == ()


@pytest.mark.parametrize(
    "outputs",
    [["x" * SHORT], ["x" * (SHORT // 2)] * 2, [{"k" * SHORT: 1}], [[0] * SHORT], [[""] * SHORT]],
    ids=["a text", "two texts", "a key", "numbers", "empty texts"],
)
def test_long_outputs_are_searched_in_a_process(monkeypatch, outputs):
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    found = judged((), *outputs)
    why = "not judged: no process could judge it (No such file or directory)"
    assert [one.found for one in found] == [why] * len(outputs)


def test_short_outputs_of_many_runs_are_searched_in_a_process(child):
    call = child.call(RunChecks(), [a_block("b", raw="x" * (SHORT // 3))], scrub=str)
    started = []
    for _ in range(4):
        assert call.run().findings == ()
        started.append(child._process is not None)
    assert started == [False, False, True, True]


def test_a_bug_of_the_search_in_the_job_is_unmet(monkeypatch):
    monkeypatch.setattr(report_search, "MAX_DEPTH", None)
    (found,) = judged([ListedTests(block="b")], "x")
    assert found.judgement is Judgement.UNMET
    assert found.found.startswith("not judged: TypeError at ")


def test_all_checks_together_have_a_time_limit():
    hostile = [matching(BACKTRACKING + "x" * n) for n in range(4)]
    found = judged(hostile, HOSTILE_TEXT, limits=ChildLimits(seconds=0.2, seconds_of_all=0.5))
    assert [one.judgement for one in found] == [Judgement.UNMET] * 5
    left = "not judged: too few of the run's 0.5 seconds for checks were left"
    assert found[-1].found == left


def test_parse_problems_are_reported_for_each_expectation(child):
    checks = [matching("(a"), expecting(query="len(a)"), expecting(query="a")]
    problems = child.expression_problems(checks)
    assert [one and one.partition(":")[0] for one in problems] == [
        "matches is not a regular expression of Python's re",
        "query uses len(), which JMESPath does not have; did you mean length()?",
        None,
    ]


def test_a_child_gets_no_variable_of_the_job(monkeypatch, child):
    monkeypatch.setenv("GENESIS_API_KEY", "gk_live_k3y_0123456789")
    [environ] = child.answers([partial(Path.read_text, Path("/proc/self/environ"))])
    assert "GENESIS" not in environ
    assert "PATH=" not in environ.replace("LD_LIBRARY_PATH=", "")


def test_a_task_is_done_after_the_answer_before_it_is_read(child):
    calls = iter([os.getpid] * 3)
    answers = child.answers(calls)
    next(answers)
    assert len(list(calls)) == 2
    assert list(answers) == []


def test_one_child_tries_expressions_and_judges_runs(child):
    [first] = child.answers([os.getpid])
    assert child.expression_problems([matching("(")]) != [None]
    call = child.call(RunChecks(configured=(matching("a"),)), [a_block("b", raw="a")], scrub=str)
    assert [one.judgement for one in call.run().findings] == [Judgement.MET]
    assert [first] == list(child.answers([os.getpid]))


def test_runs_share_a_child_that_keeps_an_output_for_one_run(child):
    output = []
    first = list(child.answers([os.getpid, partial(output.append, 1), partial(len, output)]))
    second = list(child.answers([os.getpid, partial(len, output)]))
    assert first == [second[0], None, 1]
    assert second[1] == 0


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
def test_a_killed_child_is_replaced_before_the_next_run(child):
    [killed] = child.answers([os.getpid])
    os.kill(killed, signal.SIGKILL)
    await_end(killed)
    [other] = child.answers([os.getpid])
    assert isinstance(other, int)


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
def test_a_child_killed_during_a_run_is_replaced(child):
    answers = child.answers([os.getpid] * 3)
    killed = next(answers)
    os.kill(killed, signal.SIGKILL)
    await_end(killed)
    replaced, same = answers
    assert replaced == same != killed


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
def test_a_judgement_that_is_given_up_does_not_block_the_next(child):
    [stopped] = child.answers([os.getpid])
    os.kill(stopped, signal.SIGSTOP)
    first, second = (
        child.call(RunChecks(configured=(matching("a"),)), [a_block("b", raw="a")], scrub=str)
        for _ in range(2)
    )
    threading.Thread(target=first.run, daemon=True).start()
    while not child._lock.locked():
        time.sleep(0.01)
    first.give_up()
    answers = queue.SimpleQueue()
    threading.Thread(target=lambda: answers.put(second.run()), daemon=True).start()
    [met] = answers.get(timeout=LIMIT).findings
    assert met.judgement is Judgement.MET


def test_a_task_that_cannot_be_sent_ends_its_child(child):
    first, problem, other = child.answers([os.getpid, lambda: 0, os.getpid])
    assert problem.why.startswith("no process could judge it (")
    assert isinstance(other, int)
    await_end(first)


def test_a_child_ends_when_one_task_takes_too_much_cpu_time():
    """A pause takes none; only one of five times the limit ends the child."""
    with a_child(ChildLimits(seconds=0.3)) as child:
        [first] = child.answers([os.getpid])
        backtracking = partial(re.fullmatch, BACKTRACKING, HOSTILE_TEXT)
        same, pause, overrun, other = child.answers(
            [os.getpid, partial(time.sleep, 0.5), backtracking, os.getpid]
        )
        [too_long] = child.answers([partial(time.sleep, 60)])
    assert (same, pause) == (first, None)
    assert overrun.why.startswith("it took over 0.3 seconds;")
    assert too_long.why.startswith("it took over 1.5 seconds;")
    assert other != first
    assert not Path(f"/proc/{first}").exists()


ENDS = {
    "end": "",
    "os._exit": "os._exit(0)",
    "SIGKILL": "os.kill(os.getpid(), signal.SIGKILL)",
    "SIGKILL during a task": """
threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGKILL)).start()
list(child.answers([partial(time.sleep, 60)]))
""",
}
PROGRAM = """
import os, signal, threading, time
from functools import partial
from genesis_ci.checks.child import Child, ChildLimits
child = Child(ChildLimits(seconds=0.3))
print(*child.answers([os.getpid]), flush=True)
"""


@pytest.mark.parametrize("end", ENDS)
def test_a_child_ends_with_its_parent(end):
    program = [sys.executable, "-c", PROGRAM + ENDS[end]]
    child = int(subprocess.run(program, cwd=ROOT, capture_output=True, timeout=LIMIT).stdout)
    await_end(child)
