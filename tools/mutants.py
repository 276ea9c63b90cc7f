"""Mutation testing with mutmut: finds small changes in the deciding code that no test notices.

`python tools/mutants.py [PATTERN...]` makes and tries all mutants, or those that a pattern such as
`*timing*` selects by name. `[tool.mutmut]` in pyproject.toml lists the modules and the tests.
`tools/mutants.toml` lists the mutants that may survive: module and function, the changed line, why.
"""

import os
import re
import shutil
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
MADE = Path("mutants")
MEANT = ROOT / "tools" / "mutants.toml"
SURVIVED = (0, 5, 33)
"""mutmut's codes: no test failed, or there is none."""
PROPERTY = re.compile(r"(    @property\n    def (\w+)(\(self\) -> [^\n]+:)\n)")
TEXT = re.compile(r""""[^"]*"|'[^']*'""")


def main(patterns: list[str]) -> int:
    """Return 0 when the mutants that survive are those of the table."""
    import mutmut.__main__ as mutmut

    plain = mutmut.mutate_file_contents
    mutmut.mutate_file_contents = lambda name, source, *rest: plain(
        name, with_plain_properties(source), *rest
    )
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # mypy
    shutil.rmtree(MADE, ignore_errors=True)
    mutmut.cli(["run", *patterns], standalone_mode=False)
    found = set(survivors())
    table = tomllib.loads(MEANT.read_text(encoding="utf-8"))
    meant = {(place, change) for place, changes in table.items() for change in changes}
    unknown, gone = sorted(found - meant), [] if patterns else sorted(meant - found)
    sys.stdout.writelines(f"survived: {place}: {change}\n" for place, change in unknown)
    sys.stdout.writelines(f"killed, or gone: {place}: {change}\n" for place, change in gone)
    sys.stdout.write(f"{len(found)} mutants survive, {len(unknown)} of them without a reason\n")
    return int(bool(unknown or gone))


def survivors() -> Iterator[tuple[str, str]]:
    """Yield the place and the changed line of each mutant that neither tests nor types notice."""
    from mutmut.mutation.data import SourceFileMutationData
    from mutmut.mutation.diff_apply import get_diff_for_mutant
    from mutmut.utils.file_utils import walk_mutatable_files

    for path in walk_mutatable_files():
        data = SourceFileMutationData(path=path)
        data.load()
        for name, code in data.exit_code_by_key.items():
            if code in SURVIVED:
                change = [
                    line[:1] + line[1:].strip()
                    for line in get_diff_for_mutant(name, path=path).splitlines()[2:]
                    if line[:1] in "+-"
                ]
                if len({without_prose(line[1:]) for line in change}) > 1 or len(change) != 2:
                    place = name.partition("__mutmut_")[0].removeprefix("genesis_ci.")
                    yield re.sub(r"\.x[_ǁ]", ".", place).replace("ǁ", "."), change[-1]


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
    sys.exit(main(sys.argv[1:]))
