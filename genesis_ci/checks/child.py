"""Runs the checks of a job in a child process: a pattern or a query may never end or fill memory.

Outputs that are only searched for test reports are searched in the job's process until `SHORT` of
them were: that takes less time than the start of a child.

Python's `re` holds the interpreter's lock, so only the kernel can interrupt it. The child does one
task after another and answers each with a line of JSON. It ends when a task takes too long, and
when its input ends, so it never outlives a parent that was killed.
"""

import faulthandler
import importlib.util
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from itertools import repeat
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from genesis_ci.checks.expectations import expression_problem
from genesis_ci.checks.judging import MAX_SHOWN, CheckTask, judge, judge_task, unmet
from genesis_ci.checks.listed_tests import Answer
from genesis_ci.errors import ContactError, place_of
from genesis_ci.language import N_, _, fill, in_use, use
from genesis_ci.models.execution import Block
from genesis_ci.models.findings import Expectation, Finding, Judged, ListedTests, RunChecks
from genesis_ci.models.judgement import Judgement
from genesis_ci.redaction import Scrub
from genesis_ci.strict_json import JsonValue, children
from genesis_ci.text import REACH

if TYPE_CHECKING:
    import pickle

ANSWER_BYTES = 64 << 20
"""The longest answer of the child to one task: the parent's memory is not limited."""
FOUND_CHARACTERS = MAX_SHOWN + REACH + 1
"""Characters of a value in an answer: more than is shown, so that complete secrets are found in
it, and one more, so that a cut value is recognized."""
OVERRUN = -getattr(signal, "SIGPROF", 0)
"""The exit code of a child whose task took too much CPU time."""
MAX_TESTS_OF_JOB = 100_000
"""Tests of all runs of a job: its reports stay below 400 MB of memory."""
SHORT = 65_536
"""Characters and values of a job's outputs whose search takes a tenth of a second at most."""
PAUSES = 5
"""How many times as long a task may take if the child, or the machine, pauses."""
KEPT_VARIABLES = ("LD_LIBRARY_PATH", "SYSTEMROOT")
"""Some Pythons need these to start; the child gets no other variable, so no key and no token."""
_PROGRAM = """
import sys
sys.path += sys.argv[1:]
from genesis_ci.checks.child import main
main()
"""


class ChildLimits(NamedTuple):
    """The limits of the child process.

    `seconds` of CPU time are for one query or pattern, `seconds_of_search` for the test reports of
    one output, `seconds_of_all` for all tasks of a run; the last ones may not be tried. `memory` is
    its address space in bytes: it holds an answer of 64 MiB as bytes, as text and as JSON.
    """

    seconds: float = 2.0
    seconds_of_search: float = 10.0
    seconds_of_all: float = 60.0
    memory: int = 1 << 30


LIMITS = ChildLimits()


class NotJudged(NamedTuple):
    """The child has no answer to a task."""

    why: str

    def __str__(self) -> str:
        return fill("not judged: {why}", why=self.why)


class Child:
    """The child process of a job.

    It starts with the first task, and again when a task ended it or the kernel killed it.
    """

    def __init__(self, limits: ChildLimits = LIMITS) -> None:
        self._limits = limits
        self._lock = Lock()  # a judgement that took too long may still go on
        self._process: Any = None
        self._tests = 0
        self._short_left = SHORT
        self._tasks: pickle.Pickler

    def call(self, checks: RunChecks, blocks: Sequence[Block], scrub: Scrub) -> "JudgeCall":
        run = partial(judge, checks, blocks, in_child=self._judge, scrub=scrub)
        return JudgeCall(run, self._kill)

    def _judge(self, tasks: Sequence[CheckTask]) -> Iterator[Answer]:
        """Yield the findings of each task of a run; a check that cannot be judged is unmet."""
        is_here = self._takes_here(tasks)
        answers = self._answers_here(tasks) if is_here else self._answers_of_child(tasks)
        for task, answer in zip(tasks, answers, strict=True):
            if isinstance(answer, NotJudged):
                yield unmet(task.check, str(answer))
                continue
            self._tests += sum(map(len, answer.reports))
            if self._tests > MAX_TESTS_OF_JOB:
                many = fill("over {most} tests in the outputs of this job", most=MAX_TESTS_OF_JOB)
                yield unmet(task.check, many)
            else:
                yield answer

    def _takes_here(self, tasks: Sequence[CheckTask]) -> bool:
        """Return whether this process searches the outputs of a run, and count their size."""
        if not all(isinstance(task.check, ListedTests) for task in tasks):
            return False
        with self._lock:
            size = _size([task.output for task in tasks], most=self._short_left)
            if size > self._short_left:
                return False
            self._short_left -= size
        return True

    def _answers_here(self, tasks: Sequence[CheckTask]) -> Iterator[Answer | NotJudged]:
        with self._lock:
            yield from map(_answer_here, tasks)

    def _answers_of_child(self, tasks: Sequence[CheckTask]) -> Iterator[Answer | NotJudged]:
        limits = self._limits
        seconds = (
            limits.seconds_of_search if isinstance(task.check, ListedTests) else limits.seconds
            for task in tasks
        )
        for answer in self.answers((partial(judge_task, task) for task in tasks), seconds):
            if isinstance(answer, NotJudged):
                yield answer
            else:
                reports, overlooked = answer
                yield Answer(tuple(tuple(map(_read_finding, one)) for one in reports), overlooked)

    def expression_problems(self, expectations: Sequence[Expectation]) -> list[str | None]:
        answers = self.answers(partial(expression_problem, one) for one in expectations)
        return [None if one is None else str(one) for one in answers]

    def answers(
        self, calls: Iterable[Callable[[], object]], seconds: Iterable[float] | None = None
    ) -> Iterator[Any]:
        """Yield the JSON of what each call of a run returns, or a `NotJudged`.

        Each call has `seconds` of its own, or else those of a query or a pattern.
        """
        with self._lock:
            of_all = self._limits.seconds_of_all
            late = N_("too few of the run's {seconds:g} seconds for checks were left")
            ends_at = time.monotonic() + of_all
            for call, most in zip(calls, seconds or repeat(self._limits.seconds), strict=False):
                if time.monotonic() + most <= ends_at:
                    yield self._answer(call, most)
                else:
                    yield NotJudged(fill(late, seconds=of_all))
            self._forget_outputs()

    def _answer(self, call: Callable[[], object], seconds: float) -> Any:
        try:
            answer = self._ask(call, seconds)
            if self._process.returncode not in {None, OVERRUN}:  # the kernel may have killed it
                answer = self._ask(call, seconds)
        except Exception as error:  # no file handle, no process, no memory
            self.end()
            reason = getattr(error, "strerror", None) or place_of(error)
            return NotJudged(fill("no process could judge it ({reason})", reason=reason))
        return answer

    def _ask(self, call: Callable[[], object], seconds: float) -> Any:
        if self._process is None or self._process.poll() is not None:
            import pickle  # most jobs need no child

            self._process = _start_process()
            self._tasks = pickle.Pickler(self._process.stdin)  # sends an output of a run once
            pickle.dump((self._limits.memory, in_use()), self._process.stdin)
        with suppress(OSError):  # it ended before it read the task
            self._tasks.dump((call, seconds))
            self._process.stdin.flush()
        line = self._process.stdout.readline()
        if line.endswith(b"\n"):
            answer, why = json.loads(line)
            return NotJudged(why) if why else answer
        _, stderr = self._process.communicate()
        code = self._process.returncode
        if code == OVERRUN or stderr.startswith(b"Timeout"):
            words = N_(
                "it took over {seconds:g} seconds; shorten the output, or simplify the check if "
                "there is one"
            )
            return NotJudged(fill(words, seconds=seconds * (1 if code == OVERRUN else PAUSES)))
        last = stderr.decode(errors="replace").strip().rpartition("\n")[2]
        words = N_("the process for it ended with code {code}")
        if last:
            words = N_("the process for it ended with code {code} {last}")
        return NotJudged(fill(words, code=code, last=last))

    def _kill(self) -> None:
        if self._process:
            self._process.kill()

    def end(self) -> None:
        if self._process:
            self._kill()
            self._process.wait()
            with suppress(Exception):
                self._process.communicate()  # closes its pipes

    def _forget_outputs(self) -> None:
        """End a run, so that both processes free its outputs."""
        if self._process:
            with suppress(OSError, ValueError):  # it has ended
                self._tasks.dump(None)
                self._process.stdin.flush()
            self._tasks.clear_memo()


class JudgeCall(NamedTuple):
    """Judges a completed run in a thread, as a request is made."""

    run: Callable[[], Judged]
    kill: Callable[[], None]

    def give_up(self) -> ContactError:
        """End the child, which may be stopped: the next run needs it. Return the error."""
        self.kill()
        return ContactError(_("there was no time left for it"), reached=False)


def _size(values: list[JsonValue], most: int) -> int:
    """Return the number of characters and values in some values, or one above `most`."""
    size = 0
    while values and size <= most:
        value = values.pop()
        if isinstance(value, str):
            size += len(value)
        elif isinstance(value, dict):
            size += sum(map(len, value))
        size += 1
        values += children(value)
    return size


def _answer_here(task: CheckTask) -> Answer | NotJudged:
    try:
        return judge_task(task)
    except Exception as bug:
        return NotJudged(place_of(bug))


def _read_finding(fields: dict[str, Any]) -> Finding:
    return Finding(**fields | {"judgement": Judgement(fields["judgement"])})


def _start_process() -> Any:
    import subprocess

    # Without site-packages the child starts fast, so it is given the places of its imports.
    found = map(importlib.util.find_spec, ("genesis_ci", "jmespath"))
    places = [str(Path(spec.origin).parent.parent) for spec in found if spec and spec.origin]
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-I", "-S", "-Wignore", "-c", _PROGRAM, *places],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ},
        start_new_session=True,  # a Ctrl-C of the terminal must not end it before its parent
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )


def main() -> None:
    import pickle

    memory, language = pickle.load(sys.stdin.buffer)  # noqa: S301 - of its own parent, never back
    use(language)
    _limit_memory(memory)
    with suppress(EOFError):
        while True:
            _do_run(pickle.Unpickler(sys.stdin.buffer), memory)  # noqa: S301


def _do_run(tasks: "pickle.Unpickler", memory: int) -> None:
    for call, seconds in iter(tasks.load, None):
        faulthandler.dump_traceback_later(seconds * PAUSES, exit=True)
        _limit_cpu(seconds)
        line = _line(call, memory)
        _limit_cpu(0)
        faulthandler.cancel_dump_traceback_later()
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()


def _line(call: Callable[[], object], memory: int) -> bytes:
    """Return the JSON of what a call returns, and why there is nothing; one of them is null."""
    try:
        line = json.dumps([call(), None], default=_written_finding)
        if len(line) <= ANSWER_BYTES:
            return line.encode() + b"\n"
        why = fill("its findings take over {most} MiB", most=ANSWER_BYTES >> 20)
    except MemoryError:
        why = fill("it takes over {most} MiB of memory", most=memory >> 20)
    except Exception as bug:
        why = place_of(bug)
    return json.dumps([None, why]).encode() + b"\n"


def _written_finding(finding: Finding) -> dict[str, Any]:
    fields = asdict(finding)
    long = ("found", "message", "english_found")
    return fields | {name: fields[name][:FOUND_CHARACTERS] for name in long}


def _limit_cpu(seconds: float) -> None:
    with suppress(AttributeError):  # Windows has no such timer
        signal.setitimer(signal.ITIMER_PROF, seconds)  # SIGPROF ends the process


def _limit_memory(most: int) -> None:
    # If the machine has less memory than that, it must end the child and not the job, which would
    # lose its reports.
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (most, resource.getrlimit(resource.RLIMIT_AS)[1]))
