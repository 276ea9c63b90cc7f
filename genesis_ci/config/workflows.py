"""Which workflows a job is about, and what is asked for each."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from genesis_ci.api.codec import encode_variables
from genesis_ci.config import parsers
from genesis_ci.config.inputs import BY_NAME
from genesis_ci.config.previous_job import EarlierRun, ResultError, parse_result
from genesis_ci.config.sources import Given, Layer, Reader
from genesis_ci.config.suite import Entry, Suite, parse_suite
from genesis_ci.config.variables import MAX_PAYLOAD, VariablesError, parse_variables
from genesis_ci.execution.schedule import Plan, predecessors, turn_taking
from genesis_ci.models import Concurrency, OnReview, OnState, Outcome, Policy, Verb, Workflow

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

    run: Workflow
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
                words = f"{parsers.quoted(name)} is not a name in inputs"
                Reader((), self._problems).problem("secret-inputs", words, given=given)
        return asks

    def _ask(self, order: Order) -> Ask:
        reader = Reader(order.layers, self._problems)
        variables = self._variables(reader)
        secret_names = frozenset(self._secret_names(reader, variables))
        execution_id = reader.read("execution-id", _one_execution)
        workflow_id = reader.read("workflow-id", self._workflow_id)
        run = Workflow(
            name=order.name,
            workflow_id=workflow_id,
            execution_id=execution_id,
            variables={} if execution_id else variables,
            policy=_policy(reader, required=order.required),
            wait=self._waits(reader),
            poll_interval=reader.read("poll-interval", parsers.poll_interval),
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
        return parsers.workflow_id(text, base=self._api_url, key_is_uuid=self._key_is_uuid)

    def _waits(self, reader: Reader) -> bool:
        asked_to_wait = reader.read("wait", parsers.boolean) is not False
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
            for name in parsers.names(given.text):
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
    ids = parsers.execution_ids(text)
    if len(ids) != 1:
        raise ValueError("an entry attaches to one run; give each run its own entry")
    return ids[0]


T = TypeVar("T")
_IDS = ("workflow-id", "execution-id")


@dataclass(frozen=True, kw_only=True, slots=True)
class Orders:
    """The workflows of a job, and how they share it.

    `listed` says whether a file lists them, or would if it could be read.
    """

    each: tuple[Order, ...] = ()
    plan: Plan = field(default_factory=Plan)
    listed: bool = False


class OrderTaker:
    """Finds the workflows of a job.

    Args:
        job: what was given for the job as a whole.
        read_file: the text of a file in the workspace; raises `OSError` or `ValueError`.
        environ: where the config file's `${NAME}` looks.
        job_is_skipped: whether the job will not run, so that what is missing is no problem.
    """

    def __init__(
        self,
        job: Reader,
        *,
        read_file: ReadFile,
        environ: Mapping[str, str],
        job_is_skipped: bool,
    ) -> None:
        self._job = job
        self._read_file = read_file
        self._environ = environ
        self._job_is_skipped = job_is_skipped
        self._unreadable = False

    def orders(self, attach_from: str | None, *, api_url: str | None) -> Orders:
        """Return the workflows of the job.

        `attach_from` is an earlier job's result.json, for `wait --from`.
        """
        return self._from_result(attach_from, api_url) if attach_from else self._from_inputs()

    def _from_inputs(self) -> Orders:
        suite = self._suite(self._job)
        if suite:
            each = tuple(_of_entry(suite, entry, self._job.layers) for entry in suite.entries)
            return Orders(each=each, plan=suite.plan, listed=True)
        ids = self._job.read("execution-id", parsers.execution_ids) or ()
        if ids:
            return Orders(each=tuple(map(self._attachment, ids)))
        return Orders(each=(Order(layers=self._job.layers),), listed=self._unreadable)

    def _from_result(self, path: str, api_url: str | None) -> Orders:
        """What the config file says of the same workflow still holds."""
        job = Reader([_without_ids(layer) for layer in self._job.layers], self._job.problems)
        suite = self._suite(job) or Suite(file="")
        each = tuple(
            _of_earlier(suite, _entry_of(run, suite), run, job.layers, path)
            for run in self._earlier(path, api_url)
        )
        return Orders(each=each, plan=suite.plan, listed=True)

    def _earlier(self, path: str, api_url: str | None) -> tuple[EarlierRun, ...]:
        try:
            return parse_result(self._read_file(path), api_url=api_url)
        except ResultError as error:
            problem = str(error)
        except OSError as error:
            problem = f"the file cannot be read ({error.strerror or 'no such file'})"
        except ValueError as error:
            problem = str(error)
        if not self._job_is_skipped:
            self._job.problems.append(
                f"--from: {problem}. Name the result.json of the job that triggered."
            )
        return ()

    def _attachment(self, execution_id: str) -> Order:
        given = self._job.given("execution-id")
        place = given.place if given else "execution-id"
        return Order(layers=(*self._job.layers, {"execution-id": Given(execution_id, place)}))

    def _suite(self, job: Reader) -> Suite | None:
        explicit = job.has("config")
        rival = next((name for name in _IDS if job.has(name)), None)
        if rival and explicit:
            job.problem("config", f"{rival} is set too, and both say what to run; drop one")
        if rival:
            return None
        path = job.text("config").strip()
        text = self._config(job, path, explicit=explicit)
        if text is None:
            return None
        suite = parse_suite(
            text,
            file=path,
            environ=self._environ,
            undefined_is_empty=self._job_is_skipped,
        )
        job.problems += suite.problems
        return suite

    def _config(self, job: Reader, path: str, *, explicit: bool) -> str | None:
        try:
            return self._read_file(path)
        except FileNotFoundError:
            if not explicit:
                return None
            problem = "there is no such file"
        except OSError as error:
            problem = f"the file cannot be read ({error.strerror or 'no such file'})"
        except ValueError as error:
            problem = str(error)
        self._unreadable = True
        job.problem("config", problem, given=job.given("config") or Given(path, path))
        return None


def no_workflow() -> str:
    """What is wrong when nothing says what to run."""
    return f"it is empty, and there is no {BY_NAME['config'].default}"


def _of_entry(suite: Suite, entry: Entry, job: Sequence[Layer]) -> Order:
    return Order(
        layers=(suite.defaults, entry.layer, *job),
        name=entry.name,
        required=entry.required,
        place=f"{suite.file}:{entry.line}",
    )


def _entry_of(run: EarlierRun, suite: Suite) -> Entry | None:
    """The entry that a run was triggered by: of its name and workflow, or nameless and of that.

    A run without a name goes by that of its workflow in Genesis, which may be another's here.
    """
    fitting = [entry for entry in suite.entries if _may_be_of(run, entry, suite)]
    named = (entry for entry in fitting if entry.name == run.name)
    nameless = (entry for entry in fitting if entry.name is None and run.workflow_id)
    return next(named, next(nameless, None))


def _may_be_of(run: EarlierRun, entry: Entry, suite: Suite) -> bool:
    given = Reader((suite.defaults, entry.layer), []).given("workflow-id")
    if given is None or run.workflow_id is None:
        return entry.name is not None
    try:
        return run.workflow_id == parsers.workflow_id(given.text.strip(), base=None)
    except ValueError:
        return False


def _of_earlier(
    suite: Suite, entry: Entry | None, run: EarlierRun, job: Sequence[Layer], path: str
) -> Order:
    own = entry.layer if entry else {}
    attach = {"execution-id": Given(run.execution_id or "", path)}
    return Order(
        layers=(_without_ids(suite.defaults), _without_ids(own), *job, attach),
        name=run.name,
        required=run.required,
        place=path,
        ended=run.ended,
    )


def _without_ids(layer: Layer) -> Layer:
    return {name: given for name, given in layer.items() if name not in _IDS}


_RUNNING = {Verb.RUN, Verb.CHECK}
"""`check` says of the configuration what `run` would."""


def misuses(asks: Sequence[Ask], verb: Verb, *, key_missing: bool) -> Iterator[str]:
    """Yield a sentence for everything that a verb cannot do with the workflows of a job.

    `key_missing` says that the job will be skipped: what is missing then is no problem.
    """
    for ask in asks:
        problem = _misuse(ask, verb, key_missing=key_missing)
        if problem:
            yield f"{ask.order.place}: {problem}" if ask.order.place else problem
    listed = [ask for ask in asks if ask.order.place and not ask.order.ended]
    yield from _of_one_name(listed)
    yield from _of_one_template(listed)


def _misuse(ask: Ask, verb: Verb, *, key_missing: bool) -> str | None:
    run = ask.run
    if run.execution_id:
        return _misused_attachment(run, verb)
    if run.ended or key_missing or ask.ids_malformed or not ask.order.place:
        return None
    if verb is Verb.WAIT:
        return "wait never triggers, and this workflow has no execution-id. Use run, or name it."
    if not run.workflow_id:
        return "the entry has neither workflow-id nor execution-id. Give it one."
    return None


def _misused_attachment(run: Workflow, verb: Verb) -> str | None:
    if verb is Verb.TRIGGER:
        return "execution-id attaches to a run that exists, but trigger starts a new one. Drop one."
    if verb in _RUNNING and not run.wait:
        return "wait: false together with execution-id leaves nothing to do. Drop one."
    return None


def _of_one_name(asks: Sequence[Ask]) -> Iterator[str]:
    seen: dict[str, str] = {}
    for ask in asks:
        place = ask.order.place
        first = seen.setdefault(ask.run.label, place)
        if first != place:
            what = "this name" if ask.run.name else "this workflow, without a name,"
            yield f"{place}: {what} stands at {first} already. Give each entry its own name."


def _of_one_template(asks: Sequence[Ask]) -> Iterator[str]:
    runs = [ask.run for ask in asks]
    for position, before in predecessors(runs).items():
        pair = runs[before], runs[position]
        if not all(run.wait for run in pair):
            yield (
                f"{asks[position].order.place}: {turn_taking(runs[position])}, and without waiting "
                f"none can take its turn. Wait for both ({asks[before].order.place}), or drop one."
            )
    yield from _of_two_policies(asks)


def _of_two_policies(asks: Sequence[Ask]) -> Iterator[str]:
    firsts: dict[str, Ask] = {}
    for ask in asks:
        if ask.run.execution_id or not ask.run.workflow_id:
            continue
        first = firsts.setdefault(ask.run.workflow_id, ask)
        if ask.run.policy.concurrency is not first.run.policy.concurrency:
            yield (
                f"{ask.order.place}: concurrency-policy: the same workflow has another one at "
                f"{first.order.place}. Write for both what its trigger dialog in Genesis says."
            )
