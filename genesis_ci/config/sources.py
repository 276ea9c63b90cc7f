"""Where the value of each input comes from, and reading it by name. An empty text is "not set"."""

from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from genesis_ci.api.codec import encode_variables
from genesis_ci.config import parsers, tree
from genesis_ci.config.inputs import BY_NAME, INPUTS
from genesis_ci.config.tree import Listing, Node, Table, Text
from genesis_ci.config.variables import (
    MAX_TEXT,
    YAML_BOUNDS,
    VariablesError,
    in_words,
    parse_variables,
    variables_of,
)
from genesis_ci.models import Problem

ReadFile = Callable[[str], str]
PREFIX = "GENESIS_"
OUR_OWN = ("GENESIS_RESULT_", "GENESIS_CI_")
"""What an earlier job's results and this tool's own variables begin with; they are not inputs."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody set, and the place, for error messages.

    It is a text, several of them where a flag stood several times, or what stood in a YAML file.
    `line` is set when the place is a file.
    """

    value: str | tuple[str, ...] | Node
    place: str
    line: int | None = None

    @property
    def is_set(self) -> bool:
        """Whether there is more than an empty text."""
        return bool(self.value.text if isinstance(self.value, Text) else self.value)

    @property
    def private(self) -> bool:
        """Whether the environment was put in, so that a problem must not show it."""
        if isinstance(self.value, (str, tuple)):
            return False
        return any(scalar.private for scalar in tree.scalars(self.value))

    def text(self) -> str:
        """Return the one text; raise `ValueError` where it is something else."""
        match self.value:
            case str(text) | (str(text),) | Text(text):
                return text
            case tuple():
                raise ValueError("it is given more than once")
            case _:
                raise ValueError("this is not a single value")

    def texts(self) -> tuple[str, ...]:
        """Return the texts of a list, which may be a single one."""
        match self.value:
            case tuple(texts):
                return texts
            case Listing(items) if all(isinstance(item, Text) for item in items):
                return tuple(item.text for item in items if isinstance(item, Text))
            case _:
                return (self.text(),)

    def node(self) -> Node:
        """Return what stood in the file, or the text read as YAML; `ValueError` if it is none."""
        if not isinstance(self.value, (str, tuple)):
            return self.value
        from genesis_ci.config.strict_yaml import read_document

        document = read_document(self.text(), YAML_BOUNDS)
        for problem in document.problems:
            raise ValueError(in_words(problem))
        return document.node


def from_action(environ: Mapping[str, str]) -> dict[str, Given]:
    """Return what a container action was given: `INPUT_*`, and nothing else counts."""
    return {
        row.name: Given(environ[row.action_variable], row.name)
        for row in INPUTS
        if environ.get(row.action_variable)
    }


def from_command_line(
    flags: Mapping[str, Sequence[str]], environ: Mapping[str, str]
) -> ChainMap[str, Given]:
    """Return what the command line and the environment give; a flag beats the environment.

    `flags` are the texts that each flag was given; those of a list add up.
    """
    by_flag = {}
    for row in INPUTS:
        texts = tuple(text for text in flags.get(row.name, ()) if text)
        if texts:
            by_flag[row.name] = Given(texts if len(texts) > 1 else texts[0], f"--{row.name}")
    by_variable = {
        row.name: Given(text, row.environment_name)
        for row in INPUTS
        if (text := environ.get(row.environment_name))
    }
    return ChainMap(by_flag, by_variable)


def layers_of(given: Mapping[str, Given]) -> tuple[Mapping[str, Given], ...]:
    """Return the sources of what was given, the weakest first: some inputs are merged."""
    return tuple(reversed(given.maps)) if isinstance(given, ChainMap) else (given,)


def unknown_variables(environ: Iterable[str]) -> tuple[str, ...]:
    """Return a sentence for each variable that looks like an input's and is none."""

    known = {row.environment_name for row in INPUTS}
    told = []
    for name in sorted(environ):
        if not name.startswith(PREFIX) or name.startswith(OUR_OWN) or name in known:
            continue
        if len(name) > parsers.LONGEST_NAME:
            told.append(f"A variable with {PREFIX} in front is not an input: its name is too long.")
            continue
        import difflib

        endings = [one.removeprefix(PREFIX) for one in sorted(known)]
        near = difflib.get_close_matches(name.removeprefix(PREFIX), endings, n=1)
        meant = (
            f"; did you mean {PREFIX}{near[0]}?"
            if near
            else ". Rename it, or leave it if it is yours."
        )
        told.append(f"{name} is set, and no input has that name{meant}")
    return tuple(told)


class Reader:
    """What was given for one job or one workflow.

    Args:
        layers: the sources, the weakest first; a text in a later one hides an earlier one.
        problems: where problems are collected; several readers may share it.
    """

    def __init__(self, layers: Sequence[Mapping[str, Given]], problems: list[Problem]) -> None:
        self.layers = tuple(layers)
        self.problems = problems

    def given(self, name: str) -> Given | None:
        """Return what the strongest source gives; None when the input is not set."""
        return next(reversed(self.every(name)), None)

    def has(self, name: str) -> bool:
        """Return whether an input is set."""
        return self.given(name) is not None

    def text(self, name: str) -> str:
        """Return the text of an input, or its default; empty where it is none, or too long."""
        given = self.given(name)
        if given is None:
            return BY_NAME[name].default
        if not isinstance(given.value, str) or len(given.value) > BY_NAME[name].longest:
            return ""
        return given.value

    def read(self, name: str, parse: Callable[[str], T]) -> T | None:
        """Return the value; None when the input is not set and has no default, or is malformed.

        A malformed one is told in every source, also where another one is stronger.
        """
        return self._read(name, lambda given: parse(_bounded_text(name, given)))

    def read_list(self, name: str, parse: Callable[[Sequence[str]], T]) -> T | None:
        """Return the value of an input that is a list; flags that stood several times add up."""
        return self._read(name, lambda given: parse(bounded_texts(name, given)))

    def read_node(
        self, name: str, parse: Callable[[Node], tuple[T | None, Sequence[Problem]]]
    ) -> T | None:
        """Return the value of an input that may be a mapping; its problems have their own lines."""

        def read(given: Given) -> T | None:
            if isinstance(given.value, (str, tuple)):
                bounded_texts(name, given)
            value, problems = parse(given.node())
            for problem in problems:
                at = given if given.line is None else replace(given, line=problem.line)
                self.problem(name, problem.words, given=at)
            return value

        return self._read(name, read)

    def choice(self, name: str, kind: type[parsers.Choice]) -> parsers.Choice:
        """Return the chosen member; a malformed one is reported and the default returned."""
        default = parsers.choice(kind, BY_NAME[name].default)
        return self.read(name, lambda text: parsers.choice(kind, text)) or default

    def seconds(self, name: str) -> float:
        """Return the duration; a malformed one is reported and the default returned."""
        return self.read(name, parsers.duration) or parsers.duration(BY_NAME[name].default)

    def problem(self, name: str, words: str, *, given: Given | None = None) -> None:
        """Note what is wrong with an input, or with what one of its sources gave."""
        self.problems.append(problem_with(name, words, given or self.given(name)))

    def every(self, name: str) -> list[Given]:
        """Return what each source that sets an input gives, the weakest first."""
        return [one for layer in self.layers if (one := layer.get(name)) and one.is_set]

    def _read(self, name: str, parse: Callable[[Given], T]) -> T | None:
        default = BY_NAME[name].default
        value: T | None = None
        for given in self.every(name) or ([Given(default, name)] if default else []):
            try:
                value = parse(given)
            except ValueError as error:
                value = None
                self.problem(name, str(error), given=given)
        return value


def problem_with(name: str, words: str, given: Given | None) -> Problem:
    """Return the full sentence: the input, where it came from, what is wrong, what to do."""
    if given and given.private:
        words = "what the environment gives here is not accepted"
    told = f"{parsers.sentence(words)} Write {BY_NAME[name].accepts}."
    if given is None or given.place in {name, f"--{name}"}:
        return Problem(words=f"{name}: {told}")
    if given.line is None:
        return Problem(words=f"{name} (from {given.place}): {told}")
    return Problem(words=f"{name}: {told}", file=given.place, line=given.line)


def bounded_texts(name: str, given: Given) -> tuple[str, ...]:
    """Return the texts of a list; raise `ValueError` where they are longer than an input may be."""
    texts = given.texts()
    size, longest = sum(map(len, texts)), BY_NAME[name].longest
    if size > longest:
        raise ValueError(f"it has {size} characters, and at most {longest} are read")
    return texts


def _bounded_text(name: str, given: Given) -> str:
    text = given.text()
    bounded_texts(name, given)
    return text if name == "api-key" else text.strip()


@dataclass(frozen=True, kw_only=True, eq=False)
class Layer:
    """What one source says of workflows: the inputs, and what they come to as context variables.

    `all_read` is false where variables are in error, so that not all of them are known. `size`
    is that of the variables in bytes. An entry of the config file has a line, may have a name,
    and says whether the workflow is required.
    """

    given: Mapping[str, Given]
    variables: Mapping[str, str]
    secret_names: tuple[str, ...]
    all_read: bool
    size: int
    name: str | None = None
    required: bool = True
    file: str | None = None
    line: int | None = None


class Variables:
    """Context variables from one place, and their size in bytes, which takes long to find out."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts
        self.size = len(encode_variables(texts)) if texts else 0


class LayerReader:
    """Reads what each source says, once.

    Args:
        read_file: the text of a file in the workspace; raises `OSError` or `ValueError`.
        problems: where problems are collected.
        room: how many characters all files together have to stay under.
    """

    def __init__(
        self, read_file: ReadFile, problems: list[Problem], *, room: int = MAX_TEXT
    ) -> None:
        self._read_file = read_file
        self._problems = problems
        self._files: dict[str, Variables | VariablesError] = {}
        self._room = room

    def layer(
        self,
        given: Mapping[str, Given],
        *,
        name: str | None = None,
        required: bool = True,
        file: str | None = None,
        line: int | None = None,
    ) -> Layer:
        """Return what a source says."""
        from_file = self._from_file(given.get("inputs-file"))
        inline = self._inline(given.get("inputs"))
        read = [part for part in (from_file, inline) if part is not None]
        return Layer(
            given=given,
            variables={key: text for part in read for key, text in part.texts.items()},
            secret_names=self._secret_names(given.get("secret-inputs")),
            all_read=len(read) == 2,
            size=sum(part.size for part in read),
            name=name,
            required=required,
            file=file,
            line=line,
        )

    def _secret_names(self, given: Given | None) -> tuple[str, ...]:
        if given is None:
            return ()
        try:
            return parsers.names(bounded_texts("secret-inputs", given))
        except ValueError as error:
            self._problems.append(problem_with("secret-inputs", str(error), given))
            return ()

    def _inline(self, given: Given | None) -> Variables | None:
        if given is None or not given.is_set:
            return Variables({})
        try:
            if isinstance(given.value, Table):
                return Variables(variables_of(given.value))
            if given.line is not None:
                raise VariablesError(Problem(words="this is not a mapping of names to values"))
            return Variables(_added_up(map(parse_variables, given.texts())))
        except VariablesError as error:
            self._problems += [_in_inputs(problem, given) for problem in error.problems]
            return None

    def _from_file(self, given: Given | None) -> Variables | None:
        if given is None or not given.is_set:
            return Variables({})
        try:
            path = _bounded_text("inputs-file", given)
            if path not in self._files:
                self._files[path] = self._file(path)
        except ValueError as error:
            self._problems.append(problem_with("inputs-file", str(error), given))
            return None
        found = self._files[path]
        if not isinstance(found, VariablesError):
            return found
        self._problems += [_in_file(problem, path, given) for problem in found.problems]
        return None

    def _file(self, path: str) -> Variables | VariablesError:
        """Return the variables of a file; all files together have a limit."""
        try:
            text = self._read_file(path) if self._room > 0 else ""
            self._room -= len(text)
            if self._room <= 0:
                return VariablesError(Problem(words="the job's files are over 20 MB in all"))
            return Variables(parse_variables(text))
        except VariablesError as error:
            return error
        except OSError as error:
            words = f"the file cannot be read ({error.strerror or 'no such file'})"
            return VariablesError(Problem(words=words))
        except ValueError as error:
            return VariablesError(Problem(words=str(error)))


def _added_up(each: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The variables of an input that was given several times; none of them may win in silence."""
    merged: dict[str, str] = {}
    for variables in each:
        twice = merged.keys() & variables.keys()
        if twice:
            words = f"the key {parsers.quoted(min(twice))} stands in two of them"
            raise VariablesError(Problem(words=words))
        merged |= variables
    return merged


def _in_inputs(problem: Problem, given: Given) -> Problem:
    if given.line is None:
        return problem_with("inputs", in_words(problem), given)
    words = f"inputs: {parsers.sentence(problem.words)}"
    return Problem(words=words, file=given.place, line=problem.line or given.line)


def _in_file(problem: Problem, path: str, given: Given) -> Problem:
    if problem.line is None or given.private:
        return problem_with("inputs-file", in_words(problem), given)
    words = f"inputs-file: {parsers.sentence(problem.words)}"
    return Problem(words=words, file=path, line=problem.line)
