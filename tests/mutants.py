"""Mutation testing with mutmut: finds small changes in the deciding code that no test notices.

`python tests/mutants.py [PATTERN...]` works on a copy in `build/mutants` and keeps earlier results.
A pattern such as `*retry*` selects mutants by name. `[tool.mutmut]` in pyproject.toml lists the
modules and tests; `tests/mutants.toml` lists the mutants that may survive, with the reason.
"""

import ast
import json
import os
import re
import shutil
import sys
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import libcst as cst

ROOT = Path(__file__).resolve().parents[1]
COPY = ROOT / "build" / "mutants"
COPIED = ("genesis_ci", "genesis_emulator", "tests", "pyproject.toml")
MEANT = ROOT / "tests" / "mutants.toml"
LEAST = 0.90
SURVIVED = {0, 5, 33}
"""mutmut's codes: no test failed, or there is none."""
KILLED = {"killed", "caught by type check", "timeout", "segfault"}
Key = tuple[str, str, str]
"""The identity of a mutant: module, function, change."""
_PROPERTY = re.compile(r"(    @property\n    def (\w+)(\(self\) -> [^\n]+:)\n)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Mutant:
    """One small change to one function, and its result."""

    name: str
    module: str
    function: str
    change: str
    status: str

    @property
    def key(self) -> Key:
        """The identity, which does not depend on other mutants."""
        return self.module, self.function, self.change


def main(patterns: list[str]) -> int:
    """Return 0 when enough mutants were killed and only the listed ones survive."""
    copy()
    os.chdir(COPY)
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    run(patterns)
    every = list(results())
    checked = [one for one in every if one.status != "not checked"]
    return report(checked, complete=len(checked) == len(every))


def meant() -> set[Key]:
    found = tomllib.loads(MEANT.read_text(encoding="utf-8"))["survivors"]
    return {
        (one["module"], one["function"], change.strip())
        for one in found
        for change in one["changes"]
        if one["why"]
    }


def copy() -> None:
    """Update the copy; unchanged files keep their time stamp, and so their results."""
    changed = []
    for name in COPIED:
        for path in files(COPY / name):
            if not (ROOT / path.relative_to(COPY)).exists():
                path.unlink()
    for path in [found for name in COPIED for found in files(ROOT / name)]:
        text = path.read_bytes()
        target = COPY / path.relative_to(ROOT)
        if path.suffix == ".py" and "genesis_ci" in path.parts:
            text = with_plain_properties(text.decode()).encode()
        if not target.exists() or target.read_bytes() != text:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text)
            changed.append(path)
    shutil.rmtree(COPY / "mutants" / "tests", ignore_errors=True)
    if any(path.is_relative_to(ROOT / "tests") for path in changed):
        forget_survivors()


def forget_survivors() -> None:
    """Forget survivors and test coverage after a test has changed; mutmut does not."""
    (COPY / "mutants" / "mutmut-stats.json").unlink(missing_ok=True)
    for path in COPY.rglob("*.py.meta"):
        data = json.loads(path.read_text(encoding="utf-8"))
        data["exit_code_by_key"] = {
            name: None if code in SURVIVED else code
            for name, code in data["exit_code_by_key"].items()
        }
        path.write_text(json.dumps(data), encoding="utf-8")


def files(path: Path) -> Iterable[Path]:
    found = path.rglob("*") if path.is_dir() else [path]
    return [one for one in found if one.is_file() and "__pycache__" not in one.parts]


def with_plain_properties(source: str) -> str:
    """Move each property's body into a method, because mutmut skips decorated functions."""
    return _PROPERTY.sub(r"\1        return self.\2_value()\n\n    def \2_value\3\n", source)


def run(patterns: list[str]) -> None:
    from mutmut import __main__ as mutmut
    from mutmut.mutation import mutators
    from mutmut.runners.harness import PytestRunner
    from mutmut.workers import isolation

    isolation.register_timeout = with_long_timeout(isolation.register_timeout)
    mutmut.filter_mutants_with_type_checker = refused_by_types
    PytestRunner.execute_pytest = by_file(PytestRunner.execute_pytest)
    plain = mutators.operator_string
    position = mutators.mutation_operators.index((cst.BaseString, plain))
    mutators.mutation_operators[position] = (
        cst.BaseString,
        lambda node: () if is_prose(node) else plain(node),
    )
    mutmut._run(patterns, max_children=None)


def with_long_timeout(limit: Callable[..., None]) -> Callable[..., None]:
    """Raise the wall-clock limit, which load reaches; the limit of CPU time ends a loop."""
    return lambda pid, timeout_s: limit(pid=pid, timeout_s=10 * timeout_s)


def refused_by_types() -> dict[str, Any]:
    """Return what mutmut's own function returns, whose parser needs minutes."""
    from mutmut.configuration import config
    from mutmut.mutation.file_mutation import (
        FailedTypeCheckMutant,
        MutatedMethodLocation,
        group_by_path,
    )
    from mutmut.type_checking import run_type_checker
    from mutmut.utils.file_utils import change_cwd
    from mutmut.utils.format_utils import get_mutant_name, is_mutated_method_name

    refused = {}
    with change_cwd(Path("mutants")):
        here = Path.cwd()
        for path, errors in group_by_path(run_type_checker(config().type_check_command)).items():
            places = [
                MutatedMethodLocation(
                    file=path,
                    function_name=node.name,
                    line_number_start=node.lineno,
                    line_number_end=node.end_lineno or node.lineno,
                )
                for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                if isinstance(node, ast.FunctionDef) and is_mutated_method_name(node.name)
            ]
            owner = {
                line: one
                for one in places
                for line in range(one.line_number_start, one.line_number_end + 1)
            }
            for error in errors:
                place = owner.get(error.line_number)
                if place is None:
                    raise RuntimeError(f"an error outside of every mutant: {error}")
                name = get_mutant_name(path.relative_to(here), place.function_name)
                refused[name] = FailedTypeCheckMutant(method_location=place, name=name, error=error)
    return refused


def by_file(execute: Callable[..., int]) -> Callable[..., int]:
    """Pass files to pytest and choose the tests here, because pytest is slow with ids."""

    def execute_by_file(
        runner: object, arguments: list[str], plugins: Sequence[object] = ()
    ) -> int:
        ids = [one for one in arguments if "::" in one]
        files = dict.fromkeys(one.partition("::")[0] for one in ids)
        others = [one for one in arguments if "::" not in one]
        chosen = [Chosen(ids)] if ids else []
        return execute(runner, [*others, *files], plugins=[*plugins, *chosen])

    return execute_by_file


class Chosen:
    """A pytest plugin that keeps the tests with these ids, in this order.

    It ignores backslashes: in a module that was imported before, pytest escapes ids twice.
    """

    def __init__(self, ids: Sequence[str]) -> None:
        self._places = {self._plain(one): place for place, one in enumerate(ids)}

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        kept = [one for one in items if self._plain(one.nodeid) in self._places]
        items[:] = sorted(kept, key=lambda one: self._places[self._plain(one.nodeid)])

    @staticmethod
    def _plain(test: str) -> str:
        return re.sub(r"\\+", "", test)


def is_prose(node: cst.BaseString) -> bool:
    """Return whether a text is words for people, which no test has to repeat."""
    return not isinstance(node, cst.SimpleString) or " " in node.value


def results() -> Iterable[Mutant]:
    from mutmut.mutation.data import SourceFileMutationData
    from mutmut.mutation.diff_apply import get_diff_for_mutant
    from mutmut.stats import status_by_exit_code
    from mutmut.utils.file_utils import walk_mutatable_files
    from mutmut.utils.format_utils import orig_function_and_class_names_from_key

    for path in walk_mutatable_files():
        data = SourceFileMutationData(path=path)
        data.load()
        for name, code in data.exit_code_by_key.items():
            status = status_by_exit_code[code]
            function, owner = orig_function_and_class_names_from_key(name)
            change = ""
            if status not in KILLED | {"not checked"}:
                lines = get_diff_for_mutant(name, path=path).splitlines()
                change = "\n".join(
                    line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")
                )
            yield Mutant(
                name=name,
                module=str(path.with_suffix("").relative_to("genesis_ci")),
                function=f"{owner}.{function}" if owner else function,
                change=change,
                status=status,
            )


def report(checked: list[Mutant], *, complete: bool) -> int:
    """Print each difference from the list, then the share that was killed."""
    may_survive = meant()
    surviving = {one.key: one for one in checked if one.status not in KILLED}
    wrong = [
        f"{one.status}: {one.name}\n{one.change}"
        for one in surviving.values()
        if one.key not in may_survive
    ]
    if complete:
        gone = sorted(may_survive - surviving.keys())
        wrong += ["killed, or gone: " + " ".join(key) for key in gone]
    sys.stdout.writelines(f"{words}\n\n" for words in wrong)
    for module in sorted({one.module for one in checked}):
        sys.stdout.write(line(module, [one for one in checked if one.module == module]))
    sys.stdout.write(line("all", checked))
    return int(bool(wrong) or share(checked) < LEAST)


def line(name: str, mutants: list[Mutant]) -> str:
    by_types = sum(one.status == "caught by type check" for one in mutants)
    survivors = [one for one in mutants if one.status not in KILLED]
    kept = sum(one.key in meant() for one in survivors)
    return (
        f"{name:24}{share(mutants):7.1%} of{len(mutants):5} killed, {by_types} of them by types; "
        f"{len(survivors)} survive, {kept} as meant\n"
    )


def share(mutants: list[Mutant]) -> float:
    return sum(one.status in KILLED for one in mutants) / (len(mutants) or 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
