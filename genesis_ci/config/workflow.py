"""One workflow of a job, from the layers of what was given for it to what is asked of Genesis."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from genesis_ci.api.codec import encode_variables
from genesis_ci.config import values
from genesis_ci.config.reader import Reader
from genesis_ci.config.sources import Given, Layer
from genesis_ci.config.variables import MAX_PAYLOAD, VariablesError, parse_variables
from genesis_ci.config.verbs import Verb
from genesis_ci.domain import Concurrency, OnReview, OnState, Outcome, Policy, WorkflowRun

ReadFile = Callable[[str], str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """One workflow as it is asked for: its layers of inputs, the weakest first.

    `place` is where it is asked for, empty when not in a file. `ended` is what it came to in an
    earlier job that left no run to attach to.
    """

    layers: tuple[Layer, ...]
    name: str | None = None
    required: bool = True
    place: str = ""
    ended: Outcome | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Ask:
    """What an order means; `run.shown` is not filled in yet.

    `ids_malformed` says that an id was given and is in error, which is told already.
    """

    run: WorkflowRun
    order: Order
    secret_names: frozenset[str]
    secret_values: tuple[str, ...]
    ids_malformed: bool


class WorkflowReader:
    """Reads orders, and collects what is wrong with them.

    Args:
        api_url: None where that is itself in error.
        key_is_uuid: whether the API key looks like a workflow's id.
        read_file: the text of a file in the workspace; raises `OSError` or `ValueError`.
        problems: where problems are collected.
    """

    def __init__(
        self,
        *,
        verb: Verb,
        api_url: str | None,
        key_is_uuid: bool,
        read_file: ReadFile,
        problems: list[str],
    ) -> None:
        self._verb = verb
        self._api_url = api_url
        self._key_is_uuid = key_is_uuid
        self._read_file = read_file
        self._problems = problems
        self._parsed: dict[tuple[str, Given], dict[str, str]] = {}
        self._unreadable: set[tuple[str, Given]] = set()
        self._named: dict[tuple[Given, str], bool] = {}

    def asks(self, orders: Sequence[Order]) -> tuple[Ask, ...]:
        """Return what the orders mean."""
        asks = tuple(map(self._ask, orders))
        for (given, name), known in self._named.items():
            if not known:
                words = f"{values.quoted(name)} is not a name in inputs"
                Reader((), self._problems).problem("secret-inputs", words, given=given)
        return asks

    def _ask(self, order: Order) -> Ask:
        reader = Reader(order.layers, self._problems)
        variables = self._variables(reader)
        secret_names = frozenset(self._secret_names(reader, variables))
        execution_id = reader.read("execution-id", _one_execution)
        workflow_id = reader.read("workflow-id", self._workflow_id)
        run = WorkflowRun(
            name=order.name,
            workflow_id=workflow_id,
            execution_id=execution_id,
            variables={} if execution_id else variables,
            policy=_policy(reader, required=order.required),
            wait=self._waits(reader),
            poll_interval=reader.read("poll-interval", values.poll_interval),
            max_wait=reader.seconds("max-wait-time"),
            review_wait=reader.seconds("review-wait-time"),
            ended=order.ended,
        )
        hidden = tuple(variables[name] for name in sorted(secret_names))
        return Ask(
            run=run,
            order=order,
            secret_names=secret_names,
            secret_values=hidden,
            ids_malformed=(reader.has("execution-id") and not execution_id)
            or (reader.has("workflow-id") and not workflow_id),
        )

    def _workflow_id(self, text: str) -> str:
        return values.workflow_id(text, base=self._api_url, key_is_uuid=self._key_is_uuid)

    def _waits(self, reader: Reader) -> bool:
        asked_to_wait = reader.read("wait", values.boolean) is not False
        return self._verb is Verb.WAIT or (asked_to_wait and self._verb is not Verb.TRIGGER)

    def _secret_names(self, reader: Reader, variables: dict[str, str]) -> Iterator[str]:
        """The names of all layers: to hide more is the safe side. Each has to be known once.

        Where variables could not be read, nobody knows which there are.
        """
        all_read = self._unreadable.isdisjoint(_sources_of_variables(reader))
        for layer in reader.layers:
            given = layer.get("secret-inputs")
            if given is None:
                continue
            for name in values.names(given.text):
                known = name in variables
                found = known or not all_read
                self._named[given, name] = found or self._named.get((given, name), False)
                if known:
                    yield name

    def _variables(self, reader: Reader) -> dict[str, str]:
        merged: dict[str, str] = {}
        for name, given in _sources_of_variables(reader):
            merged |= self._variables_of(reader, name, given)
        size = len(encode_variables(merged))
        if size > MAX_PAYLOAD:
            reader.problem("inputs", f"they make {size} bytes, and Genesis takes at most 10 MB")
        return merged

    def _variables_of(self, reader: Reader, name: str, given: Given) -> dict[str, str]:
        if (name, given) not in self._parsed:
            self._parsed[name, given] = {}
            for problem in self._parse(name, given):
                self._unreadable.add((name, given))
                reader.problem(name, problem, given=given)
        return self._parsed[name, given]

    def _parse(self, name: str, given: Given) -> Sequence[str]:
        try:
            from_file = name == "inputs-file"
            text = self._read_file(given.text.strip()) if from_file else given.text
            self._parsed[name, given] = parse_variables(text)
        except VariablesError as error:
            return error.problems
        except OSError as error:
            return [f"the file cannot be read ({error.strerror or 'no such file'})"]
        except ValueError as error:
            return [str(error)]
        return []


def _sources_of_variables(reader: Reader) -> Iterator[tuple[str, Given]]:
    """What gives variables, the weakest first, each with the name of its input."""
    for layer in reader.layers:
        for name in ("inputs-file", "inputs"):
            if name in layer and layer[name].text:
                yield name, layer[name]


def _policy(reader: Reader, *, required: bool) -> Policy:
    return Policy(
        on_review_pending=reader.choice("on-review-pending", OnReview),
        on_cancelled=reader.choice("on-cancelled", OnState),
        on_skipped=reader.choice("on-skipped", OnState),
        concurrency=reader.choice("concurrency-policy", Concurrency),
        required=required,
    )


def _one_execution(text: str) -> str:
    ids = values.execution_ids(text)
    if len(ids) != 1:
        raise ValueError("an entry attaches to one run; give each run its own entry")
    return ids[0]
