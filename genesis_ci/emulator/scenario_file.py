"""A scenario file: YAML to a Scenario, or every problem at once. Format: docs/emulator.md."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Any

import yaml

from genesis_ci.emulator import scenario_shape as shape
from genesis_ci.emulator.errors import ScenarioError
from genesis_ci.emulator.faults import Fault
from genesis_ci.emulator.reading import Entry, Place
from genesis_ci.emulator.scenario import ApiKey, Block, Organization, Project, Scenario, Workflow
from genesis_ci.emulator.status import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


def load(path: Path) -> Scenario:
    """Read a scenario file. Raises ScenarioError with one line for each problem."""
    try:
        content = path.read_text("utf-8-sig")
    except OSError as exc:
        raise ScenarioError((f"{path}: cannot read the scenario: {exc.strerror}",)) from exc
    except UnicodeDecodeError as exc:
        raise ScenarioError((f"{path}: the scenario is not UTF-8 text; save it as UTF-8",)) from exc
    return parse(content, str(path))


def builtin() -> Scenario:
    """The scenario that is packaged with the emulator."""
    file = resources.files("genesis_ci.emulator").joinpath("builtin.yml")
    return parse(file.read_text("utf-8"), "builtin.yml")


def parse(content: str, file: str) -> Scenario:
    """Read a scenario; `file` is the name that problems are reported under."""
    try:
        node = yaml.compose(content, Loader=yaml.SafeLoader)
        if node is None:
            raise ScenarioError((f"{file}:1: the scenario is empty; start with organizations:",))
        place = Place(file=file, node=node, where="", problems=[])
        entry = place.read(shape.scenario)
    except yaml.YAMLError as exc:
        raise ScenarioError((_syntax_problem(exc, file),)) from exc
    except RecursionError as exc:
        raise ScenarioError(
            (f"{file}:1: nested too deeply, or an alias inside itself; write it flat",)
        ) from exc
    if entry is not None:
        _check_references(entry)
    if place.problems:
        raise ScenarioError(tuple(place.problems))
    return _scenario(entry)


def fault_from(value: Mapping[str, Any]) -> Fault:
    """Read one entry of `faults` that is given as JSON data. Raises ScenarioError."""
    node = yaml.representer.SafeRepresenter(sort_keys=False).represent_data(dict(value))
    place = Place(file=None, node=node, where="fault", problems=[])
    entry = place.read(shape.fault)
    if place.problems:
        raise ScenarioError(tuple(place.problems))
    return Fault(**entry.values)


def _syntax_problem(error: yaml.YAMLError, file: str) -> str:
    mark = getattr(error, "problem_mark", None)
    line = f":{mark.line + 1}" if mark is not None else ""
    what = getattr(error, "problem", None) or str(error).partition("\n")[0]
    return f"{file}{line}: not YAML: {what}; check the indentation and quotes there"


def _check_references(scenario: Entry) -> None:
    """Report what is given twice and what points to nothing."""
    workflows, keys = _entries(scenario, "workflows"), _entries(scenario, "keys")
    organizations = _once(_entries(scenario, "organizations"), "id")
    projects = _once(_entries(scenario, "projects"), "name")
    names = _once(workflows, "name")
    _once(workflows, "id")
    _once(keys, "key")
    _known([*keys, *workflows], "organization", organizations, "organizations")
    _known(workflows, "project", projects, "projects")
    _known(_entries(scenario, "faults"), "workflow", names, "workflows")
    for workflow in workflows:
        _once(_entries(workflow, "blocks"), "key")
        _once_each(workflow)


def _entries(entry: Entry, part: str) -> list[Entry]:
    return entry.values.get(part) or []


def _once(entries: Iterable[Entry], key: str) -> set[str]:
    """The values of `key`, after reporting those that an earlier entry has too."""
    seen: dict[str, Place] = {}
    for entry in entries:
        value = entry.values.get(key)
        if value is None:
            continue
        if value in seen:
            entry.places[key].report(f"{value!r} is taken by {seen[value].where}; use another")
        seen.setdefault(value, entry.places[key])
    return set(seen)


def _once_each(workflow: Entry) -> None:
    variables = workflow.values.get("variables") or []
    for twice in sorted({each for each in variables if variables.count(each) > 1}):
        workflow.places["variables"].report(f"{twice!r} is given twice; keep one")


def _known(entries: Iterable[Entry], key: str, known: set[str], part: str) -> None:
    for entry in entries:
        value = entry.values.get(key)
        if value is not None and value not in known:
            entry.places[key].report(f"{value!r} is not in {part}; add it there or correct it")


def _scenario(entry: Entry) -> Scenario:
    parts: dict[str, Any] = {
        "organizations": tuple(
            Organization(**each.values) for each in _entries(entry, "organizations")
        ),
        "keys": tuple(ApiKey(**each.values) for each in _entries(entry, "keys")),
        "projects": tuple(Project(**each.values) for each in _entries(entry, "projects")),
        "workflows": tuple(_workflow(each) for each in _entries(entry, "workflows")),
        "faults": tuple(Fault(**each.values) for each in _entries(entry, "faults")),
    }
    return Scenario(**{**entry.values, **parts})


def _workflow(entry: Entry) -> Workflow:
    blocks = tuple(
        _block(each, f"block-{number}") for number, each in enumerate(_entries(entry, "blocks"), 1)
    )
    variables = tuple(entry.values.get("variables", ()))
    return Workflow(**{**entry.values, "blocks": blocks, "variables": variables})


def _block(entry: Entry, key: str) -> Block:
    """A block; it is `block-N` unless it has a key, and a skipped one takes no time."""
    duration = 0.0 if entry.values.get("status") is Status.SKIPPED else 1.0
    return Block(**{"key": key, "duration": duration, **entry.values})
