"""Runs checks in a separate process: a pattern or a query may never end, and take any memory.

Python's `re` holds the interpreter's lock, so only the kernel can interrupt it. A child does one
task after another and answers each with a line of JSON. It ends when a task takes too long, and
when its input ends, so it never outlives a parent that was killed.
"""

import faulthandler
import importlib.util
import json
import os
import pickle
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from genesis_ci.checks.judging import Answer, Task, judge, judge_one
from genesis_ci.checks.parsing import expression_problem
from genesis_ci.errors import ContactError, place_of
from genesis_ci.models.execution import Block
from genesis_ci.models.findings import Expectation, Finding, Judged, Judgement, Proof

ANSWER_BYTES = 64 << 20
"""The longest answer of a child to one task: the parent's memory is not limited."""
OVERRUN = -getattr(signal, "SIGPROF", 0)
"""The exit code of a child whose task took too much CPU time."""
PAUSES = 5
"""How many times as long a task may take if its child, or the machine, pauses."""
KEPT_VARIABLES = ("LD_LIBRARY_PATH", "SYSTEMROOT")
"""Some Pythons need these to start; a child gets no other variable, so no key and no token."""
_CHILD = """
import sys
sys.path += sys.argv[1:]
from genesis_ci.checks.bounded import main
main()
"""


class ChildLimits(NamedTuple):
    """The limits of the child processes that do checks.

    `seconds` of CPU time are for one task, `seconds_of_all` for all tasks of a run; the last ones
    may not be tried. `memory` is a child's address space in bytes: it holds an answer of
    64 MiB as bytes, as text and as JSON.
    """

    seconds: float = 2.0
    seconds_of_all: float = 60.0
    memory: int = 1 << 30


LIMITS = ChildLimits()


class Judging(NamedTuple):
    """A completed run that is judged in a thread, as a request is made.

    Args:
        scrub: removes secrets from what is shown.
        children: those of the job.
    """

    proof: Proof
    blocks: Sequence[Block]
    scrub: Callable[[str], str]
    children: "Children"

    def run(self) -> Judged:
        """Return the findings of every check, in the order of the checks."""
        return judge(self.proof, self.blocks, bounded=self.children.judge, scrub=self.scrub)

    def give_up(self) -> ContactError:
        """Return that it takes too long; a running child ends by itself."""
        return ContactError("there was no time left for it", reached=False)


class Children:
    """Child processes for the checks of a job: as many as there are runs judged at once.

    A child is started when no other is idle, and ends with this process or on `close`.
    """

    def __init__(self, limits: ChildLimits = LIMITS) -> None:
        self._limits = limits
        self._idle: list[_Child] = []

    def judge(self, tasks: Sequence[Task]) -> Iterator[Answer]:
        """Yield the findings of each task of a run, or why it could not be judged."""
        calls = (partial(judge_one, *task) for task in tasks)
        return (
            answer
            if not isinstance(answer, list)
            else tuple(
                Finding(**one | {"judgement": Judgement(one["judgement"])}) for one in answer
            )
            for answer in self.answers(calls)
        )

    def answers(self, calls: Iterable[Callable[[], object]]) -> Iterator[Any]:
        """Yield the JSON of what each call of a run returns, or why there is nothing."""
        seconds = self._limits.seconds_of_all
        last_start = time.monotonic() + seconds - self._limits.seconds
        child = None
        for call in calls:
            if time.monotonic() > last_start:
                yield f"not judged: too few of the run's {seconds:g} seconds for checks were left"
                continue
            try:
                child = child or self._idle_child() or _Child(self._limits)
                answer = child.answer(call)
                if child.process.returncode not in {None, OVERRUN}:  # the kernel may have killed it
                    child = _Child(self._limits)
                    answer = child.answer(call)
            except Exception as error:  # no file handle, no process, no memory
                reason = getattr(error, "strerror", None) or place_of(error)
                answer = f"not judged: no process could judge it ({reason})"
                if child:
                    child.end()
            yield answer
            if child and child.process.returncode is not None:
                child = None
        if child:
            child.forget()
            self._idle.append(child)

    def close(self) -> None:
        """End the idle children and wait for it."""
        while self._idle:
            self._idle.pop().process.communicate()  # closes its input

    def _idle_child(self) -> "_Child | None":
        with suppress(IndexError):
            child = self._idle.pop()
            if child.process.poll() is None:  # else it was killed, as when the memory ran out
                return child
        return None


class _Child:
    """A process that does tasks, and ends with the first that takes too long."""

    def __init__(self, limits: ChildLimits) -> None:
        self._limits = limits
        self.process = _start_process()
        pickle.dump(limits, self.process.stdin)
        self._tasks = pickle.Pickler(self.process.stdin)  # sends an output of several tasks once

    def answer(self, call: Callable[[], object]) -> Any:
        """Return the JSON of what a call returns, or why the process ended without it."""
        with suppress(OSError):  # it ended before it read the task
            self._tasks.dump(call)
            self.process.stdin.flush()
        line = self.process.stdout.readline()
        if line.endswith(b"\n"):
            return json.loads(line)
        _, stderr = self.process.communicate()
        code = self.process.returncode
        if code == OVERRUN or stderr.startswith(b"Timeout"):
            seconds = self._limits.seconds * (1 if code == OVERRUN else PAUSES)
            problem = f"not judged: it took over {seconds:g} seconds"
            return f"{problem}; simplify the check or shorten the output"
        last = stderr.decode(errors="replace").strip().rpartition("\n")[2]
        return f"not judged: the process for it ended with code {code} {last}".rstrip()

    def end(self) -> None:
        """Kill the process and wait for it."""
        self.process.kill()
        self.process.wait()
        with suppress(Exception):
            self.process.communicate()  # closes its pipes

    def forget(self) -> None:
        """End a run, so that both processes free its outputs."""
        with suppress(OSError):
            self._tasks.dump(None)
            self.process.stdin.flush()
        self._tasks.clear_memo()


def _start_process() -> Any:
    import subprocess

    # Without site-packages the child starts fast, so it is given the places of its imports.
    found = map(importlib.util.find_spec, ("genesis_ci", "jmespath"))
    places = [str(Path(spec.origin).parent.parent) for spec in found if spec and spec.origin]
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-I", "-S", "-Wignore", "-c", _CHILD, *places],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ},
        start_new_session=True,  # a Ctrl-C of the terminal must not end it before its parent
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )


def expression_problems(expectations: Sequence[Expectation]) -> list[str | None]:
    """Return for each expectation why its query or pattern does not parse, None if it does."""
    with closing(Children()) as children:
        return list(children.answers(partial(expression_problem, one) for one in expectations))


def main() -> None:
    """Do the tasks of a child, of one run after another."""
    limits: ChildLimits = pickle.load(sys.stdin.buffer)  # noqa: S301 - of its own parent, never back
    _bound_memory(limits.memory)
    with suppress(EOFError):
        while True:
            _do_tasks(limits)


def _do_tasks(limits: ChildLimits) -> None:
    for call in iter(pickle.Unpickler(sys.stdin.buffer).load, None):  # noqa: S301
        faulthandler.dump_traceback_later(limits.seconds * PAUSES, exit=True)
        _bound_cpu(limits.seconds)
        line = _line(call, limits.memory)
        _bound_cpu(0)
        faulthandler.cancel_dump_traceback_later()
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()


def _line(call: Callable[[], object], memory: int) -> bytes:
    try:
        answer = json.dumps(call(), default=asdict)
        if len(answer) > ANSWER_BYTES:
            answer = json.dumps(f"not judged: its findings take over {ANSWER_BYTES >> 20} MiB")
    except MemoryError:
        answer = json.dumps(f"not judged: it takes over {memory >> 20} MiB of memory")
    except Exception as bug:
        answer = json.dumps(f"not judged: {place_of(bug)}")
    return answer.encode() + b"\n"


def _bound_cpu(seconds: float) -> None:
    with suppress(AttributeError):  # Windows has no such timer
        signal.setitimer(signal.ITIMER_PROF, seconds)  # SIGPROF ends the process


def _bound_memory(most: int) -> None:
    # If the machine has less memory than that, it must end the child and not the job, which would
    # lose its reports.
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (most, resource.getrlimit(resource.RLIMIT_AS)[1]))
