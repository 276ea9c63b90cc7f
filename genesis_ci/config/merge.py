"""The inputs of a job or of one workflow, merged over their sources."""

from collections.abc import Mapping, Sequence
from typing import Any

from genesis_ci.config.inputs import INPUTS
from genesis_ci.config.nodes import Node
from genesis_ci.config.problems import Mistake, sentence
from genesis_ci.config.reader import Reader, Source, default_value
from genesis_ci.config.variables import Variables


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
