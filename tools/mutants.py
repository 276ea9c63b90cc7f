"""Mutation testing: finds small changes in the deciding code that no test notices.

`python tools/mutants.py [PATTERN...]` tries the mutants of all modules, or of those whose name a
pattern such as `*timing*` matches. mutmut makes the mutants. The tests of a module are those in the
folder of its test and in `ALSO_TESTED_IN`; for a module at the top of the package, its test alone.

pytest collects the tests once. Coverage records which tests execute which line. Then each mutant
gets a process of its own, forked from this one, which gives the function the code of the mutant and
runs the tests that execute the changed line until one fails. mypy checks the mutants that are left.

`build/mutants` keeps the result of each module. A later run keeps a result while the code and these
tests stay the same.

`[tool.mutmut]` in pyproject.toml lists the modules that are left out. `tools/mutants.toml` lists
the mutants that may survive: module and function, the changed line, why.
"""

import __future__

import ast
import gc
import hashlib
import importlib
import json
import math
import mmap
import os
import re
import resource
import signal
import subprocess
import sys
import time
import tomllib
from collections import defaultdict
from collections.abc import Callable
from difflib import unified_diff
from fnmatch import fnmatch
from functools import cache, partial
from itertools import zip_longest
from pathlib import Path
from textwrap import dedent, indent
from typing import NamedTuple

import coverage
import pytest
from mutmut.mutation.file_mutation import mutate_file_contents
from mutmut.utils.format_utils import orig_function_and_class_names_from_key

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = Path("genesis_ci")
RESULTS = Path("build", "mutants")
MEANT = ROOT / "tools" / "mutants.toml"
ALSO_TESTED_IN = {
    "config": ("document",),
    "config.run_checks": ("document", "jobs"),
    "config.wait_for_input": ("document", "jobs"),
    "document": ("config",),
    "features": ("checks", "config", "document", "jobs"),
}
"""More folders with tests of a module, or of those of a package."""
PROPERTY = re.compile(r"(    @property\n    def (\w+)(\(self\) -> [^\n]+:)\n)")
ALIKE = re.compile(r'\bzip\(.*(, \)|strict=False)|"(UTF-8|UTF-8-SIG|ASCII)"')
"""zip() without `strict`, which only finds mistakes of this program; other names of an encoding."""
TEXT = re.compile(r""""[^"]*"|'[^']*'""")
PYTEST = ["-s", "-qqq", "-p", "no:cacheprovider", "--hypothesis-seed=0"]
SLOW_TESTS = "tests/unit/checks/test_real_reports.py"
"""Hundreds of reports for each mutant."""
MYPY = [sys.executable, "-m", "mypy", "--no-pretty", "--output=json"]
SLACK = 2
"""Seconds of CPU time that a mutant may take longer, besides a multiple of the tests' time."""
MEMORY = 4 << 30
"""Bytes of address space for a mutant."""
PROCESSES = os.cpu_count() or 1
CACHED = type(cache(len))


class Mutant(NamedTuple):
    """The function and the changed line."""

    place: str
    change: str

    def __str__(self) -> str:
        return f"{self.place}: {self.change}"


class Change(NamedTuple):
    """A mutant with what tries it."""

    mutant: Mutant
    name: str
    """mutmut's name of the function."""
    owner: str
    """Its class, or an empty string."""
    function: str
    code: str
    """Of the function, with `name`."""
    lines: frozenset[int]
    """The lines of the module that the changed statement executes."""


class Result(NamedTuple):
    """The number of mutants of a module, those that survived, and what killed the others."""

    mutants: int
    survivors: frozenset[Mutant]
    killers: dict[str, str]
    """The id of the test that failed first, by mutant; no mutant that only mypy rejects."""


def main(patterns: list[str]) -> int:
    """Return 0 when the mutants that survive are those of the table."""
    os.chdir(ROOT)
    every = mutated_modules()
    modules = [one for one in every if selected(one, patterns)]
    if not modules:
        sys.stdout.write(f"no module has a name like {' or '.join(patterns)}\n")
        return 1
    meant: dict[Path | None, set[Mutant]] = defaultdict(set)
    for place, changes in tomllib.loads(MEANT.read_text(encoding="utf-8")).items():
        meant[module_of(place, every)] |= {Mutant(place, change) for change in changes}
    if gone := meant.pop(None, None):
        sys.stdout.writelines(f"in no module: {one}\n" for one in sorted(gone))
        return 1
    RESULTS.mkdir(parents=True, exist_ok=True)
    trial = Trial(modules, meant)
    tests = sorted({str(path) for module in modules for path in tests_of(module) if path.exists()})
    ended = pytest.main([*PYTEST, f"--ignore={SLOW_TESTS}", *tests], plugins=[trial])
    return int(ended != pytest.ExitCode.OK or not trial.is_right)


def mutated_modules() -> list[Path]:
    settings = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["tool"]["mutmut"]
    left_out = {Path(one) for one in settings["do_not_mutate"]}
    return [one for one in sorted(PACKAGE.rglob("*.py")) if one not in left_out]


def name_of(module: Path) -> str:
    return ".".join(module.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


def selected(module: Path, patterns: list[str]) -> bool:
    return not patterns or any(fnmatch(f"{PACKAGE}.{name_of(module)}", one) for one in patterns)


def module_of(place: str, modules: list[Path]) -> Path | None:
    inside = [one for one in modules if place.startswith(f"{name_of(one)}.")]
    return max(inside, key=lambda one: len(name_of(one)), default=None)


def tests_of(module: Path) -> list[Path]:
    inside = module.relative_to(PACKAGE)
    alone = inside.parent == Path()
    own = f"test_{inside.name}" if alone else str(inside.parent)
    more = ALSO_TESTED_IN.get(name_of(module)) or ALSO_TESTED_IN.get(own, ())
    return [Path("tests/unit", one) for one in (own, *more)]


class Trial:
    """A pytest plugin that tries mutants instead of running the tests."""

    def __init__(self, modules: list[Path], meant: dict[Path | None, set[Mutant]]) -> None:
        self._modules, self._meant = modules, meant
        self.is_right = False

    def pytest_report_teststatus(self) -> tuple[str, str, str]:
        """Print no dots."""
        return "", "", ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Show why a test fails without a mutant; with one, nothing is shown."""
        if report.failed:
            sys.stdout.write(f"{report.nodeid}\n{report.longreprtext}\n")
            sys.stdout.flush()

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Print what becomes of the mutants of each module."""
        states = states_of(self._modules)
        kept = {module: kept_result(module, states[module]) for module in self._modules}
        new = [module for module in self._modules if kept[module] is None]
        tests = Tests(session, new)
        if new and not tests.record():
            sys.stdout.write("these tests fail without a mutant\n")
            return True
        self.is_right = True
        for number, module in enumerate(self._modules, start=1):
            sys.stdout.write(f"{number}/{len(self._modules)} {name_of(module)}: ")
            sys.stdout.flush()
            began, meant = time.monotonic(), self._meant.get(module, set())
            result = kept[module] or tried(module, tests, meant)
            keep(module, states[module], result)
            self.is_right &= is_reported_right(result, meant, time.monotonic() - began)
        return True


def is_reported_right(result: Result, meant: set[Mutant], seconds: float) -> bool:
    """Print a result, and return whether the table says the same."""
    unknown, wrong = result.survivors - meant, meant - result.survivors
    sys.stdout.write(
        f"{result.mutants} mutants, {len(result.survivors)} survive,"
        f" {len(unknown)} without a reason ({seconds:.0f} s)\n"
    )
    sys.stdout.writelines(f"  survived: {one}\n" for one in sorted(unknown))
    sys.stdout.writelines(f"  listed, but killed or not made: {one}\n" for one in sorted(wrong))
    return not unknown and not wrong


def states_of(modules: list[Path]) -> dict[Path, str]:
    """Return for each module a digest of its path and of all that its mutants depend on."""
    tools = [Path("pyproject.toml"), Path("requirements-dev.txt"), Path("tools/mutants.py")]
    files = [*tools, *sorted(PACKAGE.rglob("*.p[yo]")), *sorted(Path("tests").rglob("*"))]
    digests = {
        path: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.is_file() and path.suffix != ".pyc"
    }
    states = {}
    for module in modules:
        own, state = {*tests_of(module)}, hashlib.sha256(str(module).encode())
        for path, digest in digests.items():
            if not path.name.startswith("test_") or not own.isdisjoint({path, *path.parents}):
                state.update(f"{path}\0{digest}\n".encode())
        states[module] = state.hexdigest()
    return states


def kept_result(module: Path, state: str) -> Result | None:
    """Return what an earlier run kept, if nothing changed since."""
    try:
        kept = json.loads((RESULTS / f"{name_of(module)}.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    if kept["state"] != state:
        return None
    survivors = frozenset(Mutant(*one) for one in kept["survivors"])
    return Result(kept["mutants"], survivors, kept["killers"])


def keep(module: Path, state: str, result: Result) -> None:
    kept = {"state": state, **result._asdict(), "survivors": sorted(result.survivors)}
    path = RESULTS / f"{name_of(module)}.json"
    path.with_suffix(".new").write_text(json.dumps(kept, indent=1), encoding="utf-8")
    path.with_suffix(".new").replace(path)


def tried(module: Path, tests: "Tests", meant: set[Mutant]) -> Result:
    changes = changes_of(module)
    killers = tests.killers(module, changes)
    survivors = [one for one, killer in zip(changes, killers, strict=True) if not killer]
    unknown = [one for one in survivors if one.mutant not in meant]
    rejected = rejected_by_mypy(module, unknown) if unknown else set()
    left = {one.mutant for one in survivors if one.name not in rejected}
    killed = {
        str(one.mutant): killer for one, killer in zip(changes, killers, strict=True) if killer
    }
    return Result(len(changes), frozenset(left), killed)


class Tests:
    """The collected tests: which of them execute a line, and the seconds they take."""

    def __init__(self, session: pytest.Session, modules: list[Path]) -> None:
        own = {path.absolute() for module in modules for path in tests_of(module)}
        every = session.items
        self._session = session
        self._items = [one for one in every if not own.isdisjoint({one.path, *one.path.parents})]
        self._caches = [one for one in gc.get_objects() if isinstance(one, CACHED)]
        self._reached: dict[tuple[str, int], list[int]] = {}
        self._seconds: list[float] = []
        gc.freeze()  # what no process changes is not copied

    def record(self) -> bool:
        """Run the tests once in a process of their own; return False if one of them fails."""
        began = time.monotonic()
        sys.stdout.write(f"{len(self._items)} tests without a mutant: ")
        sys.stdout.flush()
        recorded = RESULTS / "recorded.json"
        process = forked(lambda: self._recorded(recorded))
        if os.waitpid(process, 0)[1] != 0:
            return False
        reached, self._seconds = json.loads(recorded.read_text(encoding="utf-8"))
        self._reached = {(file, line): tests for file, line, tests in reached}
        sys.stdout.write(f"{time.monotonic() - began:.0f} s\n")
        return True

    def _recorded(self, path: Path) -> bool:
        measured = coverage.Coverage(data_file=None, include=[f"{PACKAGE}/*"], config_file=False)
        seconds = []
        measured.start()
        for number, item in enumerate(self._items):
            for one in self._caches:
                one.cache_clear()
            measured.switch_context(str(number))
            began = time.process_time()
            if not self._passes(item, None):  # each test with fixtures of its own
                return False
            seconds.append(time.process_time() - began)
        measured.stop()
        data = measured.get_data()
        reached = [
            (file, line, [int(one) for one in contexts if one])
            for file in data.measured_files()
            for line, contexts in data.contexts_by_lineno(file).items()
        ]
        path.write_text(json.dumps([reached, seconds]), encoding="utf-8")
        return True

    def _passes(self, item: pytest.Item, following: pytest.Item | None) -> bool:
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        return not self._session.testsfailed

    def killers(self, module: Path, changes: list[Change]) -> list[str | None]:
        """Try each mutant in a process of its own; return the id of the test that fails."""
        found: list[str | None] = [None] * len(changes)
        running: dict[int, int] = {}
        killers: dict[int, None] = {}
        """The tests that failed, those of the last mutants at the end."""
        waiting = [*reversed(range(len(changes)))]
        shared = mmap.mmap(-1, 4 * max(1, len(changes)))
        begun = memoryview(shared).cast("i")  # the last test of each process, counted from 1
        while waiting or running:
            while waiting and len(running) < PROCESSES:
                number = waiting.pop()
                tests = self._that_execute(module, changes[number].lines)
                likely = [one for one in reversed(killers) if one in tests]
                ordered = [*dict.fromkeys([*likely, *tests])]
                last = begun[number : number + 1]
                work = partial(self._pass_with, module, changes[number], ordered, last)
                running[forked(work)] = number
            process, status = os.wait()
            number = running.pop(process)
            if status and not begun[number]:
                raise RuntimeError(f"cannot try {changes[number].mutant}")
            if status:
                killer = begun[number] - 1
                found[number] = self._items[killer].nodeid
                killers.pop(killer, None)
                killers[killer] = None
        return found

    def _pass_with(
        self, module: Path, change: Change, tests: list[int], last: "memoryview[int]"
    ) -> bool:
        seconds = SLACK + 5 * sum(self._seconds[one] for one in tests)
        signal.setitimer(signal.ITIMER_REAL, 10 * seconds)
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(seconds),) * 2)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        silent = os.open(os.devnull, os.O_RDWR)
        for stream in (1, 2):
            os.dup2(silent, stream)
        apply(module, change)
        for one in self._caches:
            one.cache_clear()
        for test, following in zip_longest(tests, tests[1:]):
            after = None if following is None else self._items[following]
            last[0] = test + 1
            if not self._passes(self._items[test], after):
                return False
        return True

    def _that_execute(self, module: Path, lines: frozenset[int]) -> list[int]:
        """Return the numbers of the tests that execute one of the lines, the fastest first."""
        file = str(module.absolute())
        found = {test for line in lines for test in self._reached.get((file, line), ())}
        return sorted(found, key=lambda one: self._seconds[one])


def forked(work: Callable[[], bool]) -> int:
    """Start a process that ends with 0 if `work` returns True; return its id."""
    sys.stdout.flush()
    process = os.fork()
    if process == 0:
        status = 1
        try:
            status = int(not work())
        finally:
            os._exit(status)
    return process


def apply(module: Path, change: Change) -> None:
    """Give the function the code of the mutant, for all who use it."""
    namespace = dict(vars(importlib.import_module(f"{PACKAGE}.{name_of(module)}")))
    owner = namespace[change.owner] if change.owner else None
    places = vars(owner) if owner else namespace
    name = change.function if change.function in places else change.function.removesuffix("_value")
    known = places[name]
    function = known.fget if isinstance(known, property) else known
    code = change.code
    if change.owner:
        code = f"class {change.owner}:\n{indent(code, '    ')}"
    exec(compile(code, str(module), "exec", __future__.annotations.compiler_flag), namespace)  # noqa: S102
    changed = (vars(namespace[change.owner]) if change.owner else namespace)[change.name]
    function, made = (getattr(one, "__func__", one) for one in (function, changed))  # class methods
    if owner and function.__closure__ and not made.__closure__:  # it no longer calls super()
        setattr(owner, name, property(changed) if isinstance(known, property) else changed)
        return
    function.__code__ = made.__code__
    function.__defaults__, function.__kwdefaults__ = made.__defaults__, made.__kwdefaults__


def changes_of(module: Path) -> list[Change]:
    """Return the mutants of a module, without those that change only prose or are `ALIKE`."""
    source = module.read_text(encoding="utf-8")
    made = mutate_file_contents(str(module), with_plain_properties(source), None, None)
    lines, functions, changes = made.code.splitlines(), functions_in(source), []
    for name in made.mutant_names:
        function, owner = orig_function_and_class_names_from_key(name)
        before, after = (
            [line.replace(one, function) for line in lines[span.start - 1 : span.end]]
            for one in (f"{name.partition('__mutmut_')[0]}__mutmut_orig", name)
            for span in [made.line_span_by_function_name[one]]
        )
        difference = [*unified_diff(before, after, lineterm="")][2:]
        change = [line[:1] + line[1:].strip() for line in difference if line[:1] in "+-"]
        is_prose = len(change) == 2 and len({without_prose(line[1:]) for line in change}) == 1
        if not is_prose and not ALIKE.search(change[-1]):
            place = ".".join(filter(None, (name_of(module), owner, function)))
            node = functions[owner or "", function]
            starts = next(at for at, line in enumerate(before) if line.lstrip().startswith("def "))
            differs = next(
                at for at, (one, other) in enumerate(zip_longest(before, after)) if one != other
            )
            span = made.line_span_by_function_name[name]
            code = dedent("\n".join(lines[span.start - 1 : span.end]))
            executed = lines_executed(node, node.lineno + differs - starts)
            changes.append(
                Change(Mutant(place, change[-1]), name, owner or "", function, code, executed)
            )
    return changes


def functions_in(source: str) -> dict[tuple[str, str], ast.FunctionDef]:
    """Return the functions of a module by class and name; `x` is the method `x_value` too."""
    found = {}
    for node in ast.parse(source).body:
        owner = node.name if isinstance(node, ast.ClassDef) else ""
        for one in node.body if isinstance(node, ast.ClassDef) else [node]:
            if isinstance(one, ast.FunctionDef):
                found[owner, one.name] = found[owner, f"{one.name}_value"] = one
    return found


def lines_executed(function: ast.FunctionDef, line: int) -> frozenset[int]:
    """Return the lines of the statement on a line, without those of the statements in it.

    For the head of the function, return all its lines.
    """

    def lines_of(node: ast.stmt) -> range:
        return range(node.lineno, (node.end_lineno or node.lineno) + 1)

    statements = [one for one in ast.walk(function) if isinstance(one, ast.stmt)]
    inner = min(
        (one for one in statements if line in lines_of(one)), key=lambda one: len(lines_of(one))
    )
    lines = {*lines_of(inner)}
    if inner is not function:
        within = [one for one in ast.walk(inner) if isinstance(one, ast.stmt) and one is not inner]
        lines -= {number for one in within for number in lines_of(one)}
    return frozenset(lines)


def rejected_by_mypy(module: Path, changes: list[Change]) -> set[str]:
    """Return the names of the mutants whose types are wrong."""
    source = module.read_text(encoding="utf-8")
    functions = functions_in(source)
    lines: list[str] = []
    name_at: dict[int, str] = {}
    ends: dict[int | None, list[Change]] = defaultdict(list)
    for change in changes:
        ends[functions[change.owner, change.function].end_lineno].append(change)
    for number, line in enumerate(source.splitlines(), start=1):
        lines.append(line)
        for change in ends[number]:
            code = indent(change.code, "    " if change.owner else "").splitlines()
            name_at |= dict.fromkeys(range(len(lines) + 1, len(lines) + len(code) + 1), change.name)
            lines += code
    shadow = RESULTS / "shadow.py"
    shadow.write_text("\n".join([*lines, ""]), encoding="utf-8")
    command = [*MYPY, "--shadow-file", str(module), str(shadow), str(module)]
    found = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    errors = [json.loads(line) for line in found.splitlines() if line]
    return {
        name_at[one["line"]]
        for one in errors
        if one["severity"] == "error" and one["line"] in name_at and Path(one["file"]) == module
    }


def without_prose(line: str) -> str:
    """Return a line of code without its words for people, which no test has to repeat."""
    return TEXT.sub(lambda found: "" if " " in found[0] else found[0], line)


def with_plain_properties(source: str) -> str:
    """Move the body of each property into a method, because mutmut skips decorated functions."""
    return PROPERTY.sub(r"\1        return self.\2_value()\n\n    def \2_value\3\n", source)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit("stopped; the next run continues here")
