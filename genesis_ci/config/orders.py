"""Which workflows a job is about: one, those of the config file, or runs that exist already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from genesis_ci.config import values
from genesis_ci.config.earlier import EarlierRun, ResultError, parse_result
from genesis_ci.config.inputs import BY_NAME
from genesis_ci.config.reader import Reader
from genesis_ci.config.sources import Given, Layer
from genesis_ci.config.suite import Entry, Suite, parse_suite
from genesis_ci.config.workflow import Order, ReadFile
from genesis_ci.schedule import Plan

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
        ids = self._job.read("execution-id", values.execution_ids) or ()
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
        return run.workflow_id == values.workflow_id(given.text.strip(), base=None)
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
