"""Reads the values of every source, merges them, and collects what is wrong with all of them."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from functools import cache
from itertools import chain, islice
from types import SimpleNamespace
from typing import Any, NamedTuple

from genesis_ci.config.inputs import BY_NAME, INPUTS
from genesis_ci.config.sources import Given
from genesis_ci.config.variables import Variables
from genesis_ci.document.keys import REFERENCE
from genesis_ci.document.nodes import Node, ReportedError, Scalar, YamlSequence
from genesis_ci.document.problems import (
    AdvisedError,
    Mistake,
    NoFileError,
    quoted_in_language,
    sentence,
)
from genesis_ci.errors import reason_of
from genesis_ci.language import N_, _, fill, listed
from genesis_ci.redaction import Scrubber, Secret

ReadFile = Callable[[str], str]
_REFERENCE = rf"{REFERENCE['pattern']}|\$\{{\{{[^{{}}]*\}}\}}"
_MOST_REFERENCES = 1_000
_UNREADABLE = N_("“{path}” cannot be read: {reason}")


class Source(NamedTuple):
    """The values that one place gives: a layer of the job, the defaults or an entry of the file.

    A malformed value is reported already, and the default replaces it.
    """

    nodes: Mapping[str, Node] = {}
    values: Mapping[str, Any] = {}
    malformed: frozenset[str] = frozenset()


class Reader:
    """Reads the values of a job.

    `layers` are the sources of the job, the weakest first. `read_file` returns the text of a file
    in the workspace, or raises `OSError` or `ValueError`. `today` is the day in UTC; without one,
    each day is over. `api_url` and `api_key` are the inputs of the job on which the form of others
    depends, None if they are malformed.
    """

    def __init__(
        self, *layers: Mapping[str, Given], read_file: ReadFile, today: date = date.max
    ) -> None:
        self.today = today
        self.problems: list[Mistake] = []
        self.warnings: list[str] = []
        self.notices: list[str] = []
        self._layers = layers
        self._read_file = read_file
        self._scrub_key = Scrubber([Secret(self.text("api-key"))])
        self.api_key: str | None = self.peek("api-key")
        self.api_url: str | None = self.peek("api-url")

    def read_layers(self) -> tuple[Source, ...]:
        """Return the sources of the job after reading them."""
        each = (
            {name: _node(name, given, self.problems) for name, given in layer.items()}
            for layer in self._layers
        )
        return tuple(map(self.read, each))

    def read(self, nodes: Mapping[str, Node]) -> Source:
        """Return the values of a source; report those that are malformed."""
        given = {name: node for name, node in nodes.items() if not node.is_empty}
        values, malformed = {}, set()
        for name, node in given.items():
            try:
                values[name] = BY_NAME[name].type.read(node, self)
            except ReportedError:
                values[name] = default_value(name)
                malformed.add(name)
        return Source(given, values, frozenset(malformed))

    def has(self, name: str) -> bool:
        return self._given(name) is not None

    def text(self, name: str) -> str:
        """Return the text of an input of the job; empty if it is too long or several."""
        given = self._given(name) or Given(BY_NAME[name].default, name)
        texts = (given.value,) if isinstance(given.value, str) else given.value
        return (
            texts[0] if len(texts) == 1 and len(texts[0]) <= BY_NAME[name].type.max_length else ""
        )

    def peek(self, name: str) -> Any:
        """Return an input of the job without reporting its problems; None if it is malformed."""
        given = self._given(name)
        if given is None:
            return default_value(name)
        with suppress(ReportedError):
            return BY_NAME[name].type.read(_node(name, given, []), self)
        return None

    def _given(self, name: str) -> Given | None:
        each = (layer[name] for layer in reversed(self._layers) if name in layer)
        return next((one for one in each if one.value), None)

    def holds_key(self, text: str) -> bool:
        """Return whether a text contains the API key, also in the forms that are scrubbed."""
        return bool(text) and (text == self.text("api-key") or self._scrub_key(text) != text)

    def warn_of_references(self, name: str, texts: Iterable[str]) -> None:
        """Warn of references to variables that are kept as they are written."""
        found = chain.from_iterable(re.finditer(_REFERENCE, text) for text in texts)
        if names := [*dict.fromkeys(one[0] for one in islice(found, _MOST_REFERENCES))]:
            words = fill(
                "{input}: kept as it is written: {names}. Variables are replaced in the config "
                "file only.",
                input=name,
                names=listed([quoted_in_language(one) for one in names]),
            )
            self.warnings.append(words)

    def read_file(self, path: str) -> str:
        """Return the text of a file in the workspace; raise `ValueError`."""
        try:
            return self._read_file(path)
        except FileNotFoundError:
            raise NoFileError(fill("there is no file “{path}”", path=path)) from None
        except OSError as error:
            reason = reason_of(error) or _("no reason is known")
            raise ValueError(fill(_UNREADABLE, path=path, reason=reason)) from None
        except ValueError as error:
            raise AdvisedError(fill(_UNREADABLE, path=path, reason=error)) from None


class Inputs:
    """The values of all inputs; one in a later source overrides an earlier one."""

    def __init__(self, sources: Sequence[Source], reader: Reader) -> None:
        self.sources = tuple(sources)
        self.reader = reader
        self._values = {name: one for source in sources for name, one in source.values.items()}

    def __getitem__(self, name: str) -> Any:
        """Return the value of an input, or its default; None if it has neither."""
        return self._values[name] if name in self._values else default_value(name)

    def has(self, name: str) -> bool:
        return self.node(name) is not None

    def over(self, *sources: Source) -> "Inputs":
        """Return the inputs of a workflow: those of the job are stronger than the file's."""
        return Inputs([*sources, *self.sources], self.reader)

    def of_file(self, job: "Inputs") -> dict[str, Any]:
        """Return the values that the config file gives to a workflow of the job."""
        sources = self.sources[: len(self.sources) - len(job.sources)]
        return {name: one for source in sources for name, one in source.values.items()}

    def variables(self) -> Variables:
        """Return the context variables of all sources; `inputs` override files."""
        names = ("inputs-file", "inputs")
        each = [source.values.get(name) for source in self.sources for name in names]
        texts = {key: text for one in each if one for key, text in one.texts.items()}
        return Variables(texts, sum(one.size for one in each if one))

    def secrets(self, variables: Mapping[str, str]) -> dict[str, str]:
        each = (source.values.get("secret-inputs") or () for source in self.sources)
        return {name: variables[name] for names in each for name in names if name in variables}

    def fields(self, target: str) -> dict[str, Any]:
        """Return the values of the inputs for the fields of a target."""
        prefix = f"{target}."
        return {
            row.target.removeprefix(prefix): self[row.name]
            for row in INPUTS
            if row.target.startswith(prefix)
        }

    def problem(self, name: str, words: str) -> None:
        """Report a problem with an input, at the place that sets it; of the job without a name."""
        if node := self.node(name):
            node.problem(words)
        else:
            mistake = Mistake(sentence(words), subject=name, input=name or None)
            self.reader.problems.append(mistake)

    def node(self, name: str) -> Node | None:
        """Return the value that counts, with its place; None if the input is not set."""
        return next((one.nodes[name] for one in reversed(self.sources) if name in one.nodes), None)


_NO_CONTEXT: Any = SimpleNamespace(holds_key=lambda _: False, warn_of_references=lambda *_: None)


@cache
def default_value(name: str) -> Any:
    """Return the value of an input that is not set, which depends on no other input."""
    row = BY_NAME[name]
    node = _node(name, Given(row.default, name), [])
    return row.type.read(node, _NO_CONTEXT) if row.default else None


def _node(name: str, given: Given, problems: list[Mistake]) -> Node:
    texts = (given.value,) if isinstance(given.value, str) else given.value
    items = tuple(map(Scalar, texts))
    tree = items[0] if len(items) == 1 else YamlSequence(items, line=0)
    return Node(name=name, tree=tree, place=given.place, problems=problems)
