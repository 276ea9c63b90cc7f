"""Mutation testing with mutmut: finds small changes in the deciding code that no test notices.

`python tools/mutants.py [PATTERN...]` tries the mutants of all modules, or of those whose name a
pattern such as `*timing*` matches. The tests of a module are those in the folder of its test and in
`ALSO_TESTED_IN`; for a module at the top of the package, its test alone. `build/mutants` keeps the
result and the log of each module. A later run keeps a result while the code and these tests stay
the same.

`[tool.mutmut]` in pyproject.toml lists the modules and tests that are left out.
`tools/mutants.toml` lists the mutants that may survive: module and function, the changed line, why.
"""

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from difflib import unified_diff
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = Path("genesis_ci")
MADE = Path("mutants")
RESULTS = Path("build", "mutants")
MEANT = ROOT / "tools" / "mutants.toml"
LOG_SHOWN = 3_000
"""Characters."""
SURVIVED = (0, 5, 33)
"""mutmut's codes: no test failed, or there is none."""
ALSO_TESTED_IN = {
    "config": ("document",),
    "config.run_checks": ("document", "jobs"),
    "document": ("config",),
    "features": ("checks", "config", "document", "jobs"),
}
"""More folders with tests of a module, or of those of a package."""
PROPERTY = re.compile(r"(    @property\n    def (\w+)(\(self\) -> [^\n]+:)\n)")
TEXT = re.compile(r""""[^"]*"|'[^']*'""")


class Mutant(NamedTuple):
    """The function and the changed line."""

    place: str
    change: str

    def __str__(self) -> str:
        return f"{self.place}: {self.change}"


def main(patterns: list[str]) -> int:
    """Return 0 when the mutants that survive are those of the table."""
    os.chdir(ROOT)
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # mypy
    modules = [one for one in mutated_modules() if selected(one, patterns)]
    if not modules:
        sys.stdout.write(f"no module has a name like {' or '.join(patterns)}\n")
        return 1
    table = tomllib.loads(MEANT.read_text(encoding="utf-8"))
    meant = {Mutant(place, change) for place, changes in table.items() for change in changes}
    if gone := sorted(meant - set(all_mutants_in({one.place for one in meant}))):
        sys.stdout.writelines(f"matches no code: {one}\n" for one in gone)
        return 1
    right = True
    for number, module in enumerate(modules, start=1):
        sys.stdout.write(f"{number}/{len(modules)} {name_of(module)}: ")
        sys.stdout.flush()
        right &= judged(module, meant)
    return int(not right)


def mutated_modules() -> list[Path]:
    settings = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["tool"]["mutmut"]
    left_out = {Path(one) for one in settings["do_not_mutate"]}
    return [one for one in sorted(PACKAGE.rglob("*.py")) if one not in left_out]


def name_of(module: Path) -> str:
    return ".".join(module.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


def selected(module: Path, patterns: list[str]) -> bool:
    return not patterns or any(fnmatch(f"{PACKAGE}.{name_of(module)}", one) for one in patterns)


def tests_of(module: Path) -> list[Path]:
    inside = module.relative_to(PACKAGE)
    alone = inside.parent == Path()
    own = f"test_{inside.name}" if alone else str(inside.parent)
    more = ALSO_TESTED_IN.get(name_of(module)) or ALSO_TESTED_IN.get(own, ())
    return [Path("tests/unit", one) for one in (own, *more)]


def all_mutants_in(places: set[str]) -> Iterator[Mutant]:
    """Yield the mutants of each module that one of the places may be in."""
    for module in mutated_modules():
        if any(place.startswith(f"{name_of(module)}.") for place in places):
            yield from mutants_of(module).values()


def judged(module: Path, meant: set[Mutant]) -> bool:
    """Try the mutants of a module, print what became of them, and tell if that is right."""
    began, changes = time.monotonic(), mutants_of(module)
    survivors = tried(module, changes)
    if survivors is None:
        log = log_of(module)
        end = log.read_text(encoding="utf-8", errors="replace")[-LOG_SHOWN:].replace("\r", "\n")
        sys.stdout.write(f"the run did not end; the end of {log}:\n{end}\n")
        return False
    unknown = sorted(survivors - meant)
    killed = sorted(meant & set(changes.values()) - survivors)
    sys.stdout.write(
        f"{len(changes)} mutants, {len(survivors)} survive, {len(unknown)} without a reason"
        f" ({time.monotonic() - began:.0f} s)\n"
    )
    sys.stdout.writelines(f"  survived: {one}\n" for one in unknown)
    sys.stdout.writelines(f"  killed, but listed: {one}\n" for one in killed)
    return not unknown and not killed


def tried(module: Path, changes: dict[str, Mutant]) -> set[Mutant] | None:
    """Return the survivors that an earlier run kept, or try the mutants; `None` if that fails."""
    kept, state = log_of(module).with_suffix(".json"), state_of(module)
    if kept.exists():
        earlier = json.loads(kept.read_text(encoding="utf-8"))
        if earlier["state"] == state:
            return {Mutant(*one) for one in earlier["survivors"]}
    begun = MADE / "begun"
    if not codes_of(module) or not begun.exists() or begun.read_text() != state:
        shutil.rmtree(MADE, ignore_errors=True)
        MADE.mkdir()
        begun.write_text(state)
    RESULTS.mkdir(parents=True, exist_ok=True)
    if changes:
        with log_of(module).open("w") as log:
            command = [sys.executable, __file__, "--module", str(module)]
            subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, check=False)
    codes = codes_of(module)
    if any(codes.get(name) is None for name in changes):
        return None
    survivors = {change for name, change in changes.items() if codes[name] in SURVIVED}
    kept.write_text(json.dumps({"state": state, "survivors": [*survivors]}), encoding="utf-8")
    return survivors


def log_of(module: Path) -> Path:
    return RESULTS / f"{name_of(module)}.log"


def codes_of(module: Path) -> dict[str, int | None]:
    """Return mutmut's code of each mutant; `None` means that it was not tried."""
    try:
        text = (MADE / f"{module}.meta").read_text(encoding="utf-8")
        codes: dict[str, int | None] = json.loads(text)["exit_code_by_key"]
    except (FileNotFoundError, ValueError):  # stopped before it was written, or within
        return {}
    return codes


def state_of(module: Path) -> str:
    """Return a digest of the module's path and of all that its mutants depend on."""
    digest, own = hashlib.sha256(str(module).encode()), {*tests_of(module)}
    tools = [Path("pyproject.toml"), Path("requirements-dev.txt"), Path("tools/mutants.py")]
    for path in [*tools, *sorted(PACKAGE.rglob("*.p[yo]")), *sorted(Path("tests").rglob("*"))]:
        of_others = path.name.startswith("test_") and own.isdisjoint({path, *path.parents})
        if path.is_file() and path.suffix != ".pyc" and not of_others:
            digest.update(f"{path}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def run_mutmut(module: str) -> None:
    """Run mutmut in this process for one module; a second run tries the mutants that are left."""
    import mutmut.__main__ as mutmut
    from mutmut.configuration import config

    plain = mutmut.mutate_file_contents
    mutmut.mutate_file_contents = lambda name, source, *rest: plain(
        name, with_plain_properties(source), *rest
    )
    settings, check = config(), mutmut.run_forced_fail_test
    settings.debug = True  # the log shows why the tests fail without a mutant

    def check_then_be_brief(runner: Any) -> None:
        check(runner)
        settings.debug = runner.debug = False

    mutmut.run_forced_fail_test = check_then_be_brief
    settings.only_mutate = [module]
    settings.pytest_add_cli_args_test_selection += map(str, tests_of(Path(module)))
    settings.type_check_command.append(module)
    mutmut.cli(["run"], standalone_mode=False)


def mutants_of(module: Path) -> dict[str, Mutant]:
    """Return the mutants of a module by mutmut's names, without those that change only prose."""
    from mutmut.mutation.file_mutation import mutate_file_contents
    from mutmut.utils.format_utils import get_mutant_name, orig_function_and_class_names_from_key

    source = with_plain_properties(module.read_text(encoding="utf-8"))
    made = mutate_file_contents(str(module), source, None, None)
    lines, spans = made.code.splitlines(), made.line_span_by_function_name
    found = {}
    for name in made.mutant_names:
        function, of_class = orig_function_and_class_names_from_key(name)
        before, after = (
            [line.replace(one, function) for line in lines[spans[one].start - 1 : spans[one].end]]
            for one in (f"{name.partition('__mutmut_')[0]}__mutmut_orig", name)
        )
        difference = [*unified_diff(before, after, lineterm="")][2:]
        change = [line[:1] + line[1:].strip() for line in difference if line[:1] in "+-"]
        if len({without_prose(line[1:]) for line in change}) > 1 or len(change) != 2:
            place = ".".join(filter(None, (name_of(module), of_class, function)))
            found[get_mutant_name(module, name)] = Mutant(place, change[-1])
    return found


def without_prose(line: str) -> str:
    """Return a line of code without its words for people, which no test has to repeat."""
    return TEXT.sub(lambda found: "" if " " in found[0] else found[0], line)


def with_plain_properties(source: str) -> str:
    """Move the body of each property into a method, because mutmut skips decorated functions."""
    return PROPERTY.sub(r"\1        return self.\2_value()\n\n    def \2_value\3\n", source)


def pytest_configure(config: Any) -> None:
    """Pass files to pytest and choose the tests here, because pytest is slow with ids."""
    ids = [one for one in config.args if "::" in one]
    config.args[:] = dict.fromkeys(one.partition("::")[0] for one in config.args)
    if ids:
        config.pluginmanager.register(Chosen(ids))


class Chosen:
    """A pytest plugin that keeps the tests with these ids.

    It ignores backslashes: in a module that was imported before, pytest escapes ids twice.
    """

    def __init__(self, ids: list[str]) -> None:
        self._ids = {one.replace("\\", "") for one in ids}

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        """Drop the other tests."""
        items[:] = [one for one in items if one.nodeid.replace("\\", "") in self._ids]


if __name__ == "__main__":
    if sys.argv[1:2] == ["--module"]:
        run_mutmut(sys.argv[2])
    else:
        for stop in (signal.SIGINT, signal.SIGTERM):
            signal.signal(stop, signal.default_int_handler)
        try:
            sys.exit(main(sys.argv[1:]))
        except KeyboardInterrupt:
            sys.exit("stopped; the next run continues here")
