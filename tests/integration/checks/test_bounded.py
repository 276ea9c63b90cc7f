"""A pattern or a query holds nobody up: a child judges, and what it cannot tell is unmet."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from genesis_ci.checks import bounded
from genesis_ci.checks.bounded import expression_problems, judge_bounded
from genesis_ci.checks.judging import judge
from genesis_ci.models.proof import Expectation, InnerTests, Judgement, Operator
from tests.builders import a_block

ROOT = Path(__file__).parents[3]
BACKTRACKING = "(a+)+$"
HOSTILE_TEXT = "a" * 60 + "!"
DOUBLING = "[@,@]" + "|[@,@][]" * 20
ALLOWANCE = 3.0
"""Seconds for a machine that does other things too."""
LOOP = """
import time
from genesis_ci.checks.bounded import judge_bounded
from genesis_ci.execution.workers import Interrupt, ThreadedCalls
from genesis_ci.models.proof import Expectation, Operator
from genesis_ci.system.signals import Signals

signals = Signals()
signals.install()
calls = ThreadedCalls(time.monotonic)
signals.tell(calls.interrupt)
hostile = Expectation(block="b", operator=Operator.MATCHES, expected="(a+)+$")
tasks = [(hostile, "a" * 60 + "!")] * 5


class Judging:
    def run(self):
        return str(judge_bounded(tasks))


calls.start(0, Judging(), timeout=60)
print("judging", flush=True)
event = calls.next(timeout=60)
raise SystemExit(event.exit_code if isinstance(event, Interrupt) else 0)
"""


def expecting(operator=Operator.NOT_EMPTY, expected=True, query=None) -> Expectation:
    return Expectation(block="b", operator=operator, expected=expected, query=query)


def matching(pattern) -> Expectation:
    return expecting(Operator.MATCHES, pattern)


def judged(checks, output):
    """What came of the checks, and in how many seconds."""
    start = time.monotonic()
    found = judge(checks, [a_block("b", raw=output)], bounded=judge_bounded, scrub=str)
    return found, time.monotonic() - start


def child_of(job) -> int:
    """The process that judges for a job, as soon as there is one."""
    deadline = time.monotonic() + ALLOWANCE
    while time.monotonic() < deadline:
        for listed in Path(f"/proc/{job.pid}/task").glob("*/children"):
            for pid in listed.read_text(encoding="ascii").split():
                if b"-S" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                    return int(pid)
        time.sleep(0.02)
    raise AssertionError("the job has no child that judges")


def runs(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


@pytest.fixture
def in_a_hurry(monkeypatch) -> None:
    """A check gets half a second, in which a hostile one uses the whole processor."""
    hurried = "from genesis_ci.checks import bounded; bounded.SECONDS = 0.5; bounded.main()"
    monkeypatch.setattr(bounded, "_CHILD", f"import sys; sys.path += sys.argv[1:]; {hurried}")


@pytest.fixture
def job() -> Iterator["subprocess.Popen[str]"]:
    """A job, in a session of its own as on a terminal, whose child has begun to judge."""
    with subprocess.Popen(
        [sys.executable, "-I", "-c", LOOP],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "judging\n"
        yield process


def test_one_child_judges_what_may_take_long():
    tests = {"results": {"tests": [{"name": "total", "status": "failed", "duration": 1200}]}}
    found, _ = judged(
        [
            expecting(Operator.EQUALS, 1, "length(results.tests)"),
            expecting(Operator.EQUALS, "\ud800", "@"),
            InnerTests(block="b"),
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
        pytest.param(expecting(query=DOUBLING), id="items"),
        pytest.param(expecting(query="@" + "|join('',[@,@])" * 60), id="text"),
    ],
)
@pytest.mark.usefixtures("in_a_hurry")
def test_a_hostile_check_is_unmet_in_time_and_the_others_are_judged(check):
    found, seconds = judged([matching("^.a"), check, matching("!.$")], f'"{HOSTILE_TEXT}"')
    assert [str(one.judgement) for one in found] == ["met", "unmet", "met"]
    assert seconds < bounded.SECONDS + ALLOWANCE


def test_a_pattern_that_takes_too_long_says_so():
    (found,), seconds = judged([matching(BACKTRACKING)], HOSTILE_TEXT)
    assert found.found == "not judged: it took over 2 seconds; ask for less, or put out less"
    assert bounded.SECONDS <= seconds < bounded.SECONDS + ALLOWANCE


@pytest.mark.usefixtures("in_a_hurry")
def test_a_query_cannot_take_the_machines_memory():
    (found,), _ = judged(
        [expecting(query="@" + "|join('',[@,@])" * 60)], json.dumps("x" * 1_000_000)
    )
    assert found.judgement is Judgement.UNMET
    assert found.found.startswith("not judged: ") or "MemoryError" in found.found


def test_a_large_answer_is_judged():
    output = '{"log": "' + "é" * 16_000_000 + '", "failed": 0}'
    found, _ = judged([expecting(Operator.EQUALS, 0, "failed"), matching('"failed": 0}$')], output)
    assert {one.judgement for one in found} == {Judgement.MET}


def test_a_child_that_dies_is_no_proof(monkeypatch):
    monkeypatch.setattr(
        bounded, "_CHILD", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    )
    found, _ = judged([matching("a"), InnerTests(block="b")], "a")
    assert {one.judgement for one in found} == {Judgement.UNMET}
    assert {one.found for one in found} == {"not judged: the process for it ended with code -9"}


def test_where_no_process_can_start_there_is_no_proof(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    (found,), _ = judged([matching("a")], "a")
    assert found.judgement is Judgement.UNMET
    assert found.found == ("not judged: no process for it could start (No such file or directory)")


def test_all_checks_together_have_an_end(monkeypatch):
    monkeypatch.setattr(bounded, "SECONDS_OF_ALL", 1)
    found, seconds = judged([matching(BACKTRACKING + "x" * n) for n in range(4)], HOSTILE_TEXT)
    assert [one.judgement for one in found] == [Judgement.UNMET] * 4
    assert found[-1].found == "not judged: the checks took 1 seconds before it was done"
    assert seconds < 1 + ALLOWANCE


def test_what_does_not_parse_is_told_of_each_expectation():
    told = expression_problems([matching("(a"), expecting(query="len(a)"), expecting(query="a")])
    assert [one and one.partition(":")[0] for one in told] == [
        "matches is not a regular expression of Python's re",
        "query uses len(), which JMESPath does not have; did you mean length()?",
        None,
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="looks for the child in /proc")
def test_a_signal_is_heard_meanwhile_and_no_child_is_left(job):
    child = child_of(job)
    asked = time.monotonic()
    job.send_signal(signal.SIGTERM)
    assert job.wait(timeout=10) == 143
    assert time.monotonic() - asked < 1.5
    while runs(child) and time.monotonic() < asked + bounded.SECONDS + ALLOWANCE:
        time.sleep(0.05)
    assert not runs(child)


@pytest.mark.skipif(sys.platform != "linux", reason="looks for the child in /proc")
def test_a_ctrl_c_of_the_terminal_does_not_reach_the_child(job):
    """Else the child's end would be taken for a verdict before the job heard of the signal."""
    child = child_of(job)
    assert os.getpgid(child) != os.getpgid(job.pid)
    os.killpg(job.pid, signal.SIGINT)
    assert job.wait(timeout=10) == 130


def test_no_query_means_no_jmespath():
    program = (
        "import sys, genesis_ci.checks.bounded as bounded, genesis_ci.checks.parsing\n"
        "from genesis_ci.models.proof import Expectation, Operator\n"
        "bounded.judge_bounded([(Expectation(block='b', operator=Operator.MATCHES, expected='a'),"
        " 'a')])\n"
        "print('jmespath' in sys.modules)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert ended.stdout == "False\n"
