"""The inputs of each source, read once and merged for a job or a workflow."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import chain, islice
from typing import Any, NamedTuple

from genesis_ci.config.input_types import REFERENCE
from genesis_ci.config.inputs import BY_NAME, INPUTS
from genesis_ci.config.nodes import Listing, Node, ReportedError, Text
from genesis_ci.config.problems import (
    LONGEST_NAME,
    AdvisedError,
    Mistake,
    UnreadableError,
    quoted,
    quoted_in_language,
    sentence,
)
from genesis_ci.config.variables import MAX_TEXT, Variables, parse_variables
from genesis_ci.language import N_, fill, listed
from genesis_ci.redaction import Scrubber, Secret
from genesis_ci.text import nearest

ReadFile = Callable[[str], str]
PREFIX = "GENESIS_"
_NO_INPUTS = ("GENESIS_RESULT_", "GENESIS_CI_")  # an earlier job's results, and the tool's own
_REFERENCE = rf"{REFERENCE['pattern']}|\$\{{\{{[^{{}}]*\}}\}}"
_MOST_REFERENCES = 1_000


class Given(NamedTuple):
    """The text or texts of an input, and the flag or variable that gave it."""

    value: str | tuple[str, ...]
    place: str


def from_action(environ: Mapping[str, str]) -> dict[str, Given]:
    each = ((row.name, environ.get(row.action_variable)) for row in INPUTS)
    return {name: Given(text, name) for name, text in each if text}


def from_flags(flags: Mapping[str, Sequence[str]]) -> dict[str, Given]:
    """Return the inputs of the command line; a repeated flag has several texts."""
    each = ((row.name, tuple(filter(None, flags.get(row.name, ())))) for row in INPUTS)
    return {name: Given(texts, f"--{name}") for name, texts in each if texts}


def from_environment(environ: Mapping[str, str]) -> dict[str, Given]:
    each = ((row, environ.get(row.environment_name)) for row in INPUTS)
    return {row.name: Given(text, row.environment_name) for row, text in each if text}


def unknown_variables(environ: Iterable[str]) -> Iterator[str]:
    """Yield a sentence for each variable that has the prefix of inputs but is not an input."""
    known = {row.environment_name.removeprefix(PREFIX) for row in INPUTS if not row.of_action}
    known.add("REPORT_URL")  # an option of `comment`
    for name in sorted(environ):
        ending = name.removeprefix(PREFIX)
        if ending == name or name.startswith(_NO_INPUTS) or ending in known:
            continue
        near = nearest(ending, sorted(known)) if len(name) <= LONGEST_NAME else None
        text = N_(
            "{name} is set, and no input has that name. Rename it, or leave it if it is yours."
        )
        if near:
            text = N_("{name} is set, and no input has that name; did you mean {prefix}{near}?")
        elif len(name) > LONGEST_NAME:
            text = N_("A variable with {prefix} in front is not an input: its name is too long.")
        yield fill(text, name=name, prefix=PREFIX, near=near)


class Source:
    """The inputs that one place gives: the environment, the flags, or an entry of the file.

    Each input is read once. A malformed value is reported then, and the default replaces it.
    """

    def __init__(self, nodes: Mapping[str, Node]) -> None:
        self.nodes = {name: node for name, node in nodes.items() if not node.is_empty}
        self.malformed: set[str] = set()
        self._values: dict[str, Any] = {}

    def value(self, name: str, job: "JobInputs") -> Any:
        """Return the value of an input; None if this place does not give it."""
        if name in self.nodes and name not in self._values:
            try:
                self._values[name] = BY_NAME[name].type.read(self.nodes[name], job)
            except ReportedError:
                self.malformed.add(name)
                self._values[name] = job.default(name)
        return self._values.get(name)


class Inputs:
    """The inputs for a job or for one workflow, merged over several sources.

    A value in a later source overrides an earlier one. Some values depend on inputs of the `job`.
    """

    def __init__(self, sources: Sequence[Source], job: "JobInputs") -> None:
        self.sources = tuple(sources)
        self._job = job

    def __getitem__(self, name: str) -> Any:
        """Return the value of an input, or its default; None if it has neither."""
        value = self._job.default(name)
        for source in self.sources:
            if name in source.nodes:
                value = source.value(name, self._job)
        return value

    def node(self, name: str) -> Node | None:
        return next((one.nodes[name] for one in reversed(self.sources) if name in one.nodes), None)

    def has(self, name: str) -> bool:
        return self.node(name) is not None

    def variables(self) -> Variables:
        """Return the context variables of all sources; `inputs` override files."""
        names = ("inputs-file", "inputs")
        each = [source.value(name, self._job) for source in self.sources for name in names]
        texts = {key: text for one in each if one for key, text in one.texts.items()}
        return Variables(texts, sum(one.size for one in each if one))

    def secrets(self, variables: Mapping[str, str]) -> dict[str, str]:
        each = (source.value("secret-inputs", self._job) or () for source in self.sources)
        return {name: variables[name] for names in each for name in names if name in variables}

    def problem(self, name: str, words: str) -> None:
        """Report a problem with an input, at the place that sets it; of the job without a name."""
        if node := self.node(name):
            node.problem(words)
        else:
            mistake = Mistake(sentence(words), subject=name, input=name or None)
            self._job.problems.append(mistake)

    def fields(self, target: str, *, unread: Collection[str] = ()) -> dict[str, Any]:
        """Return the values of the inputs for the fields of a target, without those `unread`."""
        prefix = f"{target}."
        return {
            row.target.removeprefix(prefix): self[row.name]
            for row in INPUTS
            if row.target.startswith(prefix) and row.name not in unread
        }


class JobInputs(Inputs):
    """The inputs of a job, and the problems and warnings of its whole configuration.

    The weakest of the `layers` is first. `read_file` returns the text of a file in the workspace,
    or raises `OSError` or `ValueError`. `today` is the day in UTC; without one, each day is over.
    """

    def __init__(
        self, *layers: Mapping[str, Given], read_file: ReadFile, today: date = date.max
    ) -> None:
        self.today = today
        self.problems: list[Mistake] = []
        self.warnings: list[str] = []
        self.notices: list[str] = []
        self._read_file = read_file
        self._files: dict[str, Variables | ValueError] = {}
        self._characters_left = MAX_TEXT
        self._defaults = self._source({row.name: Given(row.default, row.name) for row in INPUTS})
        super().__init__([self._source(layer) for layer in layers], self)
        self._scrub_key = Scrubber([Secret(self.text("api-key"))])

    def add(self, layer: Mapping[str, Given]) -> None:
        self.sources = (*self.sources, self._source(layer))
        self._scrub_key = Scrubber([Secret(self.text("api-key"))])

    def with_workflow(self, *sources: Source) -> Inputs:
        """Return the inputs for a workflow of the file: the job's are stronger than the file's."""
        return Inputs([*sources, *self.sources], self)

    def default(self, name: str) -> Any:
        return self._defaults.value(name, self)

    def if_valid(self, name: str) -> Any:
        value = self[name]
        setting = [one for one in self.sources if name in one.nodes]
        return None if setting and name in setting[-1].malformed else value

    def text(self, name: str) -> str:
        """Return the text of an input, or its default; empty if it is too long or several."""
        node = self.node(name) or self._defaults.nodes.get(name)
        text = node.tree.text if node and isinstance(node.tree, Text) else ""
        return text if len(text) <= BY_NAME[name].type.max_length else ""

    def holds_key(self, text: str) -> bool:
        """Return whether a text contains the API key, also in the forms that are scrubbed."""
        return bool(text) and (text == self.text("api-key") or self._scrub_key(text) != text)

    def warn_of_references(self, name: str, texts: Iterable[str]) -> None:
        found = chain.from_iterable(re.finditer(_REFERENCE, text) for text in texts)
        if names := [*dict.fromkeys(one[0] for one in islice(found, _MOST_REFERENCES))]:
            shown = listed([quoted_in_language(one) for one in names])
            text = N_(
                "{input}: kept as it is written: {names}. Variables are replaced in the config "
                "file only."
            )
            self.warnings.append(fill(text, input=name, names=shown))

    def read_file(self, path: str) -> str:
        """Return the text of a file in the workspace; raise `FileNotFoundError` or `ValueError`."""
        try:
            return self._read_file(path)
        except FileNotFoundError:
            raise
        except OSError as error:
            reason = error.strerror or "no reason is known"
            raise ValueError(f"{quoted(path)} cannot be read: {reason}") from None
        except ValueError as error:
            raise AdvisedError(f"{quoted(path)} cannot be read: {error}") from None

    def variables_in(self, path: str) -> Variables:
        """Return the context variables of a file, which is read once.

        Raises `UnreadableError` for malformed variables, `ValueError` for an unreadable file.
        """
        if path not in self._files:
            try:
                text = self.read_file(path) if self._characters_left > 0 else ""
                self._characters_left -= len(text)
                if self._characters_left <= 0:
                    raise UnreadableError("the job's files are over 20 MB in all; drop some")
                variables = Variables.of(parse_variables(text), self.holds_key)
                self.warn_of_references("inputs-file", variables.texts.values())
                self._files[path] = variables
            except FileNotFoundError:
                self._files[path] = ValueError(f"there is no file {quoted(path)}")
            except ValueError as error:
                self._files[path] = error
        if isinstance(found := self._files[path], ValueError):
            raise found
        return found

    def _source(self, layer: Mapping[str, Given]) -> Source:
        nodes = {}
        for name, given in layer.items():
            texts = (given.value,) if isinstance(given.value, str) else given.value
            items = tuple(map(Text, texts))
            tree = items[0] if len(items) == 1 else Listing(items, line=0)
            nodes[name] = Node(name=name, tree=tree, place=given.place, problems=self.problems)
        return Source(nodes)
