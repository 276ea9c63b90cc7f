"""Reads a scenario file into a Scenario, or reports its problems.

docs/internals/emulator.md describes the format.
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from genesis_emulator.fields import Written, is_null, shown
from genesis_emulator.scenario import PARTS, Fault, Scenario, ScenarioError
from genesis_emulator.simulation import PLACEHOLDER

_SCENARIO = TypeAdapter(Scenario)
_FAULT = TypeAdapter(Fault)
_Value = TypeVar("_Value")
_Path: TypeAlias = tuple[str | int, ...]
_Found: TypeAlias = list[tuple[_Path, str]]


class _Problem(NamedTuple):
    """What is wrong at a path of the file; `of_key` if the key is wrong, and not its value."""

    path: _Path
    text: str
    of_key: bool = False


def load(path: Path) -> Scenario:
    """Read a scenario file. Raises ScenarioError with one line for each problem."""
    try:
        content = path.read_text("utf-8-sig")
    except OSError as exc:
        raise ScenarioError((f"{path}: cannot read the scenario: {exc.strerror}",)) from exc
    except UnicodeDecodeError as exc:
        raise ScenarioError((f"{path}: the scenario is not UTF-8 text; save it as UTF-8",)) from exc
    return parse(content, str(path))


@cache
def builtin() -> Scenario:
    file = resources.files("genesis_emulator").joinpath("builtin.yml")
    return parse(file.read_text("utf-8"), "builtin.yml")


def parse(content: str, file: str) -> Scenario:
    """Read a scenario; `file` is the name that problems are reported under."""
    reader = _Reader()
    try:
        node = yaml.compose(content, Loader=yaml.SafeLoader)
        if node is None:
            raise ScenarioError((f"{file}:1: the scenario is empty; start with organizations:",))
        data = reader.read(node)
        scenario = reader.checked(_SCENARIO, data, Scenario)
    except yaml.YAMLError as exc:
        raise ScenarioError((_syntax_problem(exc, file),)) from exc
    except RecursionError as exc:
        raise ScenarioError(
            (f"{file}:1: nested too deeply, or an alias inside itself; write it flat",)
        ) from exc
    problems = [*reader.problems, *_references(data)]
    if scenario is None or problems:
        problems.sort(key=lambda each: (reader.line(each), not each.of_key))
        raise ScenarioError(
            tuple(f"{file}:{reader.line(each)}: {_described(each)}" for each in problems)
        )
    return scenario


def fault_from(value: Mapping[str, Any]) -> Fault:
    """Read one entry of `faults` that is given as JSON data. Raises ScenarioError."""
    reader = _Reader()
    node = yaml.representer.SafeRepresenter(sort_keys=False).represent_data(dict(value))
    fault = reader.checked(_FAULT, reader.read(node), Fault)
    if fault is None or reader.problems:
        raise ScenarioError(tuple(_described(each, "fault") for each in reader.problems))
    return fault


def schema() -> dict[str, Any]:
    """The JSON schema of a scenario file, for editors."""
    made = _SCENARIO.json_schema()
    del made["$defs"]["Block"]["required"]  # a block without a key gets one by its place
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


class _Reader:
    """Reads YAML nodes and collects the problems, and the line of each value and key."""

    def __init__(self) -> None:
        self.problems: list[_Problem] = []
        self._lines: dict[_Path, int] = {}
        self._key_lines: dict[_Path, int] = {}

    def read(self, node: yaml.Node, path: _Path = ()) -> Any:
        """The node as lists, dicts and scalars as they are written."""
        self._lines[path] = _line_of(node)
        match node:
            case yaml.SequenceNode():
                return [self.read(item, (*path, index)) for index, item in enumerate(node.value)]
            case yaml.MappingNode():
                return self._mapping(node, path)
            case _:
                return Written(node.value, node.tag.rpartition(":")[2])

    def _mapping(self, node: yaml.MappingNode, path: _Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.problems.append(_Problem(path, "a key is not a plain string"))
                continue
            here = (*path, key.value)
            self._key_lines[here] = _line_of(key)
            if key.value in found:
                text = f"the key {key.value!r} is given twice; keep one"
                self.problems.append(_Problem(here, text, of_key=True))
            else:
                found[key.value] = self.read(value, here)
        return found

    def checked(self, adapter: TypeAdapter[_Value], data: Any, root: type[Any]) -> _Value | None:
        """The value, or None after adding the problems."""
        try:
            return adapter.validate_python(data)
        except ValidationError as exc:
            self.problems += [_problem(error, root) for error in exc.errors(include_url=False)]
            return None

    def line(self, problem: _Problem) -> int:
        """The line of the problem, or of the nearest value around it."""
        path = problem.path
        if problem.of_key and path in self._key_lines:
            return self._key_lines[path]
        while path not in self._lines:
            path = path[:-1]
        return self._lines[path]


def _line_of(node: yaml.Node) -> int:
    return 0 if node.start_mark is None else int(node.start_mark.line) + 1


def _problem(error: ErrorDetails, root: type[Any]) -> _Problem:
    path = error["loc"]
    match error["type"]:
        case "unexpected_keyword_argument":
            return _Problem(path, _unknown_key(path, root), of_key=True)
        case "missing" | "missing_keyword_only_argument":
            return _Problem(path[:-1], f"the key {path[-1]!r} is missing; add it")
        case "enum" | "literal_error":
            words = re.findall(r"[\w-]+(?=['>])", error["ctx"]["expected"])
            either = f"{', '.join(words[:-1])} or {words[-1]}"
            hint = _did_you_mean(error["input"], words)
            text = f"{shown(error['input'])} is unknown; use {either}{hint}"
        case "value_error":
            text = str(error["ctx"]["error"])
        case "dataclass_type" | "dict_type" | "mapping_type":
            text = f"expected a mapping, got {shown(error['input'])}"
        case "tuple_type":
            text = f"expected a list, got {shown(error['input'])}"
        case _:
            rule = error["msg"].removeprefix("Input ").partition(", unable to parse")[0]
            text = f"{shown(error['input'])} {rule}"
    return _Problem(path, text)


def _unknown_key(path: _Path, root: type[Any]) -> str:
    parents = [step for step in path[:-1] if isinstance(step, str)]
    known = [each.name for each in fields(PARTS[parents[-1]] if parents else root)]
    given = str(path[-1])
    hint = _did_you_mean(given, known)
    return f"unknown key {given!r}; known are {', '.join(known)}{hint}"


def _did_you_mean(given: object, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(given, list(known), n=1) if isinstance(given, str) else ()
    return f" (did you mean {close[0]!r}?)" if close else ""


def _described(problem: _Problem, *inside: str) -> str:
    where = _place(*inside, *(problem.path[:-1] if problem.of_key else problem.path))
    return f"{where}: {problem.text}" if where else problem.text


def _place(*path: str | int) -> str:
    steps = (f"[{one}]" if isinstance(one, int) else f".{one}" for one in path)
    return "".join(steps).removeprefix(".")


def _syntax_problem(error: yaml.YAMLError, file: str) -> str:
    mark = getattr(error, "problem_mark", None)
    line = f":{mark.line + 1}" if mark is not None else ""
    what = getattr(error, "problem", None) or str(error).partition("\n")[0]
    return f"{file}{line}: not YAML: {what}; check the indentation and quotes there"


def _references(data: Any) -> Iterator[_Problem]:
    """Yield the names that are given twice, and the references to unknown names."""
    organizations, projects = _at(data, "organizations", "id"), _at(data, "projects", "name")
    workflows, keys = _at(data, "workflows", "name"), _at(data, "keys", "key")
    ids = [(path, value.lower()) for path, value in _at(data, "workflows", "id")]
    for unique in (organizations, projects, workflows, keys, ids):
        yield from _once(unique)
    used = _at(data, "keys", "organization") + _at(data, "workflows", "organization")
    for found, known, where in (
        (used, organizations, "organizations"),
        (_at(data, "workflows", "project"), projects, "projects"),
        (_at(data, "faults", "workflow"), workflows, "workflows"),
    ):
        yield from _known(found, [str(name) for _, name in known], where)
    for index, workflow in enumerate(_part(data, "workflows", list)):
        yield from _inside(workflow, ("workflows", index))


def _inside(workflow: Any, path: _Path) -> Iterator[_Problem]:
    """Yield these problems of the variables, outcomes and blocks of one workflow."""
    variables = [str(each) for each in _part(workflow, "variables", list) if isinstance(each, str)]
    for twice in sorted({each for each in variables if variables.count(each) > 1}):
        yield _Problem((*path, "variables"), f"{twice!r} is given twice; keep one")
    owners = [(path, workflow)]
    for index, outcome in enumerate(_part(workflow, "outcomes", list)):
        here = (*path, "outcomes", index)
        owners.append((here, outcome))
        when: _Found = [((*here, "when", name), name) for name in _part(outcome, "when", dict)]
        yield from _known(when, variables, "the workflow's variables")
    for here, owner in owners:
        yield from _once([((*here, *inner), key) for inner, key in _at(owner, "blocks", "key")])
        for index, block in enumerate(_part(owner, "blocks", list)):
            used = _placeholders(block, (*here, "blocks", index))
            yield from _known(used, variables, "the workflow's variables")


def _placeholders(block: Any, path: _Path) -> _Found:
    inputs = _part(block, "inputs", dict)
    texts = {(*path, "output"): _part(block, "output", str)} | {
        (*path, "inputs", key): _part(inputs, key, str) for key in inputs
    }
    return [(place, name) for place, text in texts.items() for name in PLACEHOLDER.findall(text)]


def _part(owner: Any, part: str, kind: type[_Value]) -> _Value:
    found = owner.get(part) if isinstance(owner, dict) else None
    return found if isinstance(found, kind) else kind()


def _at(owner: Any, part: str, key: str) -> _Found:
    """The texts at `key` in the entries of `part`, each with its path."""
    return [
        ((part, index, key), entry[key])
        for index, entry in enumerate(_part(owner, part, list))
        if isinstance(entry, dict) and isinstance(entry.get(key), str) and not is_null(entry[key])
    ]


def _once(found: _Found) -> Iterator[_Problem]:
    first: dict[str, _Path] = {}
    for path, value in found:
        if value in first:
            text = f"{str(value)!r} is taken by {_place(*first[value])}; use another"
            yield _Problem(path, text)
        first.setdefault(value, path)


def _known(found: _Found, known: list[str], where: str) -> Iterator[_Problem]:
    for path, value in found:
        if value not in known:
            hint = _did_you_mean(value, known)
            text = f"{str(value)!r} is not in {where}; add it there or correct it{hint}"
            yield _Problem(path, text)
