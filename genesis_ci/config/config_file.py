"""The config file `.genesis-ci.yml`: several workflows for one job."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, NamedTuple

from genesis_ci.config.input_types import BOOLEAN, ENTRY_NAME, PARALLEL_RUNS, TAGS
from genesis_ci.config.inputs import BY_NAME, INPUTS
from genesis_ci.config.interpolation import Interpolation
from genesis_ci.config.paths import PATHS
from genesis_ci.config.reader import Inputs, Source
from genesis_ci.document.keys import Key
from genesis_ci.document.nodes import (
    Bounds,
    Node,
    ReportedError,
    Scalar,
    Tree,
    YamlMapping,
    YamlSequence,
)
from genesis_ci.document.problems import LONGEST_NAME, UnreadableError, sentence
from genesis_ci.document.words import OF_CI, spelled
from genesis_ci.language import N_, _, fill, listed
from genesis_ci.models.policy import MAX_PARALLEL, Plan
from genesis_ci.models.workflow import MAX_WORKFLOWS
from genesis_ci.text import clean_line, is_uuid, nearest

SECTIONS = {
    "version": "The version of this format.",
    "defaults": "Defaults of every workflow, which its entry can override.",
    "workflows": "The workflows of the job.",
}
"""Keys at the top that have no plain value, and their meanings."""
_PLAN = (
    Key("max-parallel", PARALLEL_RUNS, "The most runs at the same time.", default=MAX_PARALLEL),
    Key(
        "fail-fast",
        BOOLEAN,
        "Start no more workflows after a required one has failed.",
        default=False,
    ),
)
_LABELS = (
    Key("name", ENTRY_NAME, "The name in log and reports; unique in the file."),
    Key("tags", TAGS, "Tags, by which the input “only” selects the entry."),
    Key("paths", PATHS, "Patterns: the entry runs only if a changed file matches."),
)
_REQUIRED = Key(
    "required", BOOLEAN, "false: it runs and is reported, but never fails the job.", default=True
)
_INPUTS = [
    Key(row.name, row.type, row.meaning, default=row.default or None)
    for row in INPUTS
    if row.per_workflow
]
TOP = {key.name: key for key in _PLAN}
ENTRY = {key.name: key for key in (*_LABELS, _REQUIRED, *_INPUTS)}
_OWN = {"execution-id", *(key.name for key in _LABELS)}
DEFAULTS = {name: key for name, key in ENTRY.items() if name not in _OWN}
VERSION = "1"
CONFIG_NAMES = (BY_NAME["config"].default, ".genesis-ci.yaml")
BOUNDS = Bounds(
    size=512 * 1024, nodes=25_000, advice=f"one file holds at most {MAX_WORKFLOWS} workflows"
)
_NEEDED = {
    "version": N_("it is missing. Write version: 1"),
    "workflows": N_("it is missing. Write a list, each entry beginning with “- name: …”"),
}


class Entry(NamedTuple):
    """An entry of `workflows`; `suggested` are the keys close to unknown ones.

    Problems with the values of an entry that `only` does not select are not reported.
    """

    source: Source
    node: Node
    name: str | None = None
    tags: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    selected: bool = True
    required: bool = True
    suggested: frozenset[str] = frozenset()


class ConfigFile(NamedTuple):
    """The content of the file, as far as it is without problems."""

    defaults: Source = Source()
    entries: tuple[Entry, ...] = ()
    plan: Plan = Plan()


def parse_file(text: str, *, path: str, interpolation: Interpolation, job: Inputs) -> ConfigFile:
    """Return the content of a config file, and report its problems."""
    from genesis_ci.document.strict_yaml import read_document

    file = clean_line(path)
    tree: Tree | None = None
    try:
        tree, problems = read_document(text, BOUNDS)
    except UnreadableError as error:
        problems = error.problems
    for problem in problems:
        job.reader.problems.append(problem._replace(words=sentence(problem.words), file=file))
    if tree is None:
        return ConfigFile()
    node = Node(name="", tree=tree, place=file, problems=job.reader.problems, in_file=True)
    return _FileReader(interpolation, job).file(node)


class _FileReader(NamedTuple):
    interpolation: Interpolation
    job: Inputs

    def file(self, node: Node) -> ConfigFile:
        top, suggested = node.parts({*SECTIONS, *TOP}, explain=_explain)
        for key, advice in _NEEDED.items():
            if key not in top and key not in suggested:
                replace(node, name=key).problem(_(advice), line=1)
        version = top.get("version")
        if version and not (isinstance(version.tree, Scalar) and version.tree.text == VERSION):
            version.problem(_("this version of genesis-ci reads version: 1 only"))
        most, fails_fast = (self._taken(top, key, key.default) for key in TOP.values())
        nodes = top["defaults"].parts(DEFAULTS, explain=_explain)[0] if "defaults" in top else {}
        required = self._taken(nodes, _REQUIRED, default=True)
        defaults = self.job.reader.read(self._filled_in(nodes))
        items = tuple(_items(top["workflows"]) if "workflows" in top else ())
        entries = tuple(self._entry(item, defaults, required=required) for item in items)
        if entries:
            _report_names([*zip(entries, items, strict=True)])
            self._check_only(entries)
        return ConfigFile(defaults, entries, Plan(max_parallel=most, fail_fast=fails_fast))

    def _check_only(self, entries: Sequence[Entry]) -> None:
        known = {text for entry in entries for text in (entry.name, *entry.tags) if text}
        names = sorted(known)
        unknown = [text for text in self.job["only"] or () if text not in known]
        for text in unknown:
            # comparing takes a millisecond per name, and thousands may be wrong
            near = nearest(text, names[:MAX_WORKFLOWS]) if text in unknown[:3] else None
            words = N_("“{text}” is not a name or tag of an entry. Known here: {names}")
            if near:
                words = N_("“{text}” is not a name or tag of an entry. Did you mean “{near}”?")
            shown = listed(names, most=20) or _("none")
            self.job.problem("only", fill(words, text=text, near=near, names=shown))

    def _entry(self, node: Node, defaults: Source, *, required: bool) -> Entry:
        parts, suggested = node.parts(ENTRY, explain=_explain)
        own, tags, paths = (self._taken(parts, key, ()) for key in _LABELS)
        name = own or self._own_id(parts, defaults)
        only = self.job["only"]
        selected = not only or not {name, *tags}.isdisjoint(only)
        if not selected:
            node = replace(node, problems=[])
            parts = {key: replace(part, problems=[]) for key, part in parts.items()}
        required = self._taken(parts, _REQUIRED, required)
        parts = self._filled_in(parts)
        if {"workflow-id", "execution-id"} <= parts.keys():
            words = _("an entry has workflow-id or execution-id, not both")
            parts["execution-id"].problem(words)
        return Entry(
            source=self.job.reader.read(parts),
            node=replace(node, name=""),
            name=name,
            tags=tags,
            paths=paths,
            selected=selected,
            required=required,
            suggested=frozenset(suggested),
        )

    def _own_id(self, parts: Mapping[str, Node], defaults: Source) -> str | None:
        """Return the id that names an entry without a name; its problems are reported later."""
        for key in ("workflow-id", "execution-id"):
            source = defaults
            if key in parts and not parts[key].is_empty:
                own = self._filled_in({key: replace(parts[key], problems=[])})
                source = self.job.reader.read(own)
            if value := source.values.get(key):
                return value if isinstance(value, str) else value[0]
        return None

    def _filled_in(self, parts: Mapping[str, Node]) -> dict[str, Node]:
        """Return the values with the references to the environment replaced."""
        filled = {}
        for key, part in parts.items():
            filled[key] = replace(part, tree=self._filled(part, part.tree, key))
        return filled

    def _filled(self, node: Node, tree: Tree, key: str) -> Tree:
        match tree:
            case Scalar():
                filled, problems = self.interpolation.fill_in(tree)
                for problem in problems:
                    part = key if len(key) <= LONGEST_NAME else _("a value")
                    part = "" if part == node.name else part
                    replace(node, tree=tree, key=part).problem(problem)
                return filled
            case YamlSequence():
                items = tuple(self._filled(node, item, key) for item in tree.items)
                return YamlSequence(items, tree.line)
            case YamlMapping():
                pairs = ((own, self._filled(node, value, own.text)) for own, value in tree.pairs)
                return YamlMapping(tuple(pairs), tree.line)

    def _taken(self, parts: dict[str, Node], key: Key, default: Any) -> Any:
        """Remove a key that is no input, and return its value."""
        if key.name in parts:
            [node] = self._filled_in({key.name: parts.pop(key.name)}).values()
            if not node.stripped.is_empty:
                with suppress(ReportedError):
                    return key.type.read(node.stripped, self.job.reader)
        return default


def _items(workflows: Node) -> Iterable[Node]:
    if not isinstance(workflows.tree, YamlSequence):
        workflows.problem(
            _("this is not a list. Write a list, each entry beginning with “- name: …”")
        )
        return ()
    items = workflows.tree.items
    if not items:
        workflows.problem(
            _("the list is empty. Write a list, each entry beginning with “- name: …”")
        )
    if len(items) > MAX_WORKFLOWS:
        words = N_(
            "{count} workflows, and one file holds at most {most}. Split it and run several jobs"
        )
        workflows.problem(fill(words, count=len(items), most=MAX_WORKFLOWS))
        return ()
    return (replace(workflows, tree=item) for item in items)


def _explain(key: str) -> str | None:
    """Return the problem of a key in the wrong place, or None if it is not known at all."""
    if key.strip().lower().replace("_", "-") == "api-key":
        return N_("unknown key {key}: no file may contain the key. Set it as a secret of the CI")
    if spelled(key) in OF_CI:
        return N_("unknown key {key}: the CI's own file has it. Set it there, in the job")
    if key in {*SECTIONS, *TOP}:
        return N_("unknown key {key} here: it belongs at the top")
    if key in DEFAULTS:
        return N_("unknown key {key} here: it belongs in an entry or in defaults")
    if key in ENTRY:
        return N_("unknown key {key} here: it belongs in an entry")
    if key in BY_NAME:
        return N_(
            "unknown key {key}: it is for the whole job. Set it where the job sets its inputs"
        )
    return None


def _report_names(listed: Sequence[tuple[Entry, Node]]) -> None:
    """Report each entry that `only` cannot select alone."""
    first: dict[str, Node] = {}
    tagged: dict[str, list[Node]] = {}
    for entry, node in listed:
        for tag in entry.tags:
            tagged.setdefault(tag, []).append(node)
    for entry, node in listed:
        what = _("its name, which is its id,") if is_uuid(entry.name or "") else _("its name")
        others = (one for one in tagged.get(entry.name or "", ()) if one is not node)
        problem = replace(node, name="").problem
        if entry.name and (same := first.setdefault(entry.name, node)) is not node:
            words = N_("{what} is at {place} too. Give each entry its own name")
            problem(fill(words, what=what, place=same.where))
        elif other := next(others, None):
            words = N_("{what} is a tag of {place}. Rename one of them")
            problem(fill(words, what=what, place=other.where))
