"""Runs checks in a separate process: a pattern or a query may never end, and take any memory.

Python's `re` holds the interpreter's lock, so neither a timer nor a signal can interrupt it.
The child does one task after another and answers each with a line of JSON. It ends itself when a
task takes too long, also without its parent; the next child continues with the next task.
"""

import faulthandler
import importlib.util
import io
import json
import os
import pickle
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from genesis_ci.checks.judging import Answer, Task, judge, judge_one
from genesis_ci.checks.parsing import expression_problem
from genesis_ci.errors import ContactError, place_of
from genesis_ci.models import Block
from genesis_ci.models.checks import Expectation, Finding, Judged, Judgement, Proof

ANSWER_BYTES = 64 << 20
"""The longest answer of a child to one task: the parent's memory is not limited."""
KEPT_VARIABLES = ("LD_LIBRARY_PATH", "SYSTEMROOT")
"""Some Pythons need these to start; a child gets no other variable, so no key and no token."""
_CHILD = """
import sys
sys.path += sys.argv[1:]
from genesis_ci.checks.bounded import main
main()
"""


@dataclass(frozen=True, kw_only=True)
class ChildLimits:
    """The limits of the child processes for the checks of one run.

    `seconds` are for one task, `seconds_of_all` for all of them with the starts of children.
    `memory` is the child's address space in bytes: it holds an answer of 64 MiB as bytes, as text
    and as JSON. A child ends after `answers` bytes of answers and the next one continues, because
    the parent shortens the answers of one child before it starts the next.
    """

    seconds: float = 2.0
    seconds_of_all: float = 30.0
    memory: int = 1 << 30
    answers: int = 32 << 20


LIMITS = ChildLimits()


@dataclass(frozen=True)
class Judging:
    """A completed run that is judged in a thread, as a request is made.

    Args:
        scrub: removes secrets from what is shown.
    """

    proof: Proof
    blocks: Sequence[Block]
    scrub: Callable[[str], str]

    def run(self) -> Judged:
        """Return the findings of every check, in the order of the checks."""
        return judge(self.proof, self.blocks, bounded=judge_bounded, scrub=self.scrub)

    def give_up(self) -> ContactError:
        """Return that it takes too long; a running child ends by itself."""
        return ContactError("there was no time left for it", reached=False)


def judge_bounded(tasks: Sequence[Task], limits: ChildLimits = LIMITS) -> Iterator[Answer]:
    """Yield the findings of each task, or why it could not be judged."""
    calls = [partial(judge_one, check, output) for check, output in tasks]
    return (
        answer
        if isinstance(answer, str)
        else tuple(Finding(**one | {"judgement": Judgement(one["judgement"])}) for one in answer)
        for answer in _in_children(calls, limits)
    )


def expression_problems(expectations: Sequence[Expectation]) -> list[str | None]:
    """Return for each expectation why its query or pattern does not parse, None if it does."""
    return list(_in_children([partial(expression_problem, one) for one in expectations], LIMITS))


def _in_children(calls: Sequence[Callable[[], object]], limits: ChildLimits) -> Iterator[Any]:
    """Yield the JSON of what each call returns, or why there is nothing."""
    left = limits.seconds_of_all
    while calls:
        started = time.monotonic()
        done, problem = _in_child(calls, left, limits) if left > 0 else ([], _out_of_time(limits))
        left -= time.monotonic() - started
        if problem and len(done) < len(calls):
            done.append(problem)
        yield from done
        calls = calls[len(done) :]


def _in_child(
    calls: Sequence[Callable[[], object]], seconds: float, limits: ChildLimits
) -> tuple[list[Any], str]:
    """Return the answers of one child, and why there is none to the next call."""
    import subprocess

    # Without site-packages the child starts fast, so it is given the places of its imports.
    found = map(importlib.util.find_spec, ("genesis_ci", "jmespath"))
    places = [str(Path(spec.origin).parent.parent) for spec in found if spec and spec.origin]
    try:
        ended = subprocess.run(  # noqa: S603
            [sys.executable, "-I", "-S", "-c", _CHILD, *places],
            input=pickle.dumps(limits) + pickle.dumps(calls),
            capture_output=True,
            timeout=seconds,
            env={name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ},
            start_new_session=True,  # a Ctrl-C of the terminal must not end it before its parent
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        return _answers(error.stdout or b""), _out_of_time(limits)
    except OSError as error:
        return [], f"not judged: no process for it could start ({error.strerror or error})"
    answers = _answers(ended.stdout)
    if answers and ended.returncode == 0:
        return answers, ""
    if ended.stderr.startswith(b"Timeout"):
        problem = f"not judged: it took over {limits.seconds:g} seconds"
        return answers, f"{problem}; simplify the check or shorten the output"
    last = ended.stderr.decode(errors="replace").strip().rpartition("\n")[2]
    problem = f"not judged: the process for it ended with code {ended.returncode} {last}"
    return answers, problem.rstrip()


def _answers(lines: bytes) -> list[Any]:
    return [json.loads(line) for line in io.BytesIO(lines) if line.endswith(b"\n")]


def _out_of_time(limits: ChildLimits) -> str:
    return f"not judged: the checks took {limits.seconds_of_all:g} seconds before it was done"


def main() -> None:
    """Do the tasks of a child."""
    limits: ChildLimits = pickle.load(sys.stdin.buffer)  # noqa: S301 - of its own parent, never back
    _bound_memory(limits.memory)
    written = 0
    for call in pickle.load(sys.stdin.buffer):  # noqa: S301
        faulthandler.dump_traceback_later(limits.seconds, exit=True)
        line = _line(call, limits.memory)
        faulthandler.cancel_dump_traceback_later()
        written += sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
        if written >= limits.answers:
            return


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


def _bound_memory(most: int) -> None:
    # If the machine has less memory than that, it must end the child and not the job, which would
    # lose its reports.
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (most, resource.getrlimit(resource.RLIMIT_AS)[1]))
