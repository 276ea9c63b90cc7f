"""Which workflows a job is about, and what is asked for each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from genesis_ci import outcomes
from genesis_ci.config import parsers
from genesis_ci.config.failed_from import kept_runs
from genesis_ci.config.inputs import BY_NAME
from genesis_ci.config.interpolation import Interpolation
from genesis_ci.config.misuses import at_entry, misuses, of_one_run
from genesis_ci.config.previous_job import (
    assigned,
    attached_to,
    change_of,
    read_report,
    runs_of,
)
from genesis_ci.config.proof import ProofReader, TryOut
from genesis_ci.config.sources import Given, Layer, LayerReader, Reader, ReadFile, problem_with
from genesis_ci.config.suite import Suite, parse_suite
from genesis_ci.config.variables import MAX_PAYLOAD
from genesis_ci.config.wait_for import parse_wait_for
from genesis_ci.models import (
    Concurrency,
    OnReview,
    OnState,
    Plan,
    Policy,
    Problem,
    Verb,
    Workflow,
    WorkflowReport,
)
from genesis_ci.models.change import Change
from genesis_ci.result import ResultError

Secrets = Mapping[str, str]
"""The context variables of one workflow that are secret."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What a job is asked for: each workflow with its secrets, and how they share the job.

    `listed` says whether a file lists them, or would if it could be read. `notices` are what
    people should know although nothing is wrong. `tested` is the change that the earlier job of
    `wait --from` tested.
    """

    each: tuple[tuple[Workflow, Secrets], ...] = ()
    plan: Plan = field(default_factory=Plan)
    listed: bool = False
    notices: tuple[str, ...] = ()
    tested: Change | None = None


class WorkflowReader:
    """Reads which workflows a job is about.

    Args:
        job: what was given for the job as a whole; `layers` are the same, read.
        api_url: None where that is itself in error.
        key_is_uuid: whether the API key looks like a workflow's id.
        job_is_skipped: whether the job will not run, so that what is missing is not a problem.
        attach_from: an earlier job's result.json, for `wait --from`.
        sha: the commit under test, where the CI tells it.
        try_out: says of each expectation why its query or pattern does not parse.
    """

    def __init__(
        self,
        job: Reader,
        *,
        layers: Sequence[Layer],
        verb: Verb,
        api_url: str | None,
        key_is_uuid: bool,
        job_is_skipped: bool,
        attach_from: str | None,
        sha: str | None,
        try_out: TryOut,
    ) -> None:
        self._job = job
        self._layers = tuple(layers)
        self._verb = verb
        self._api_url = api_url
        self._key_is_uuid = key_is_uuid
        self._job_is_skipped = job_is_skipped
        self._attach_from = attach_from
        self._sha = sha
        self._unknown_secrets: dict[Layer, tuple[str, ...]] = {}
        self._proofs = ProofReader(job.problems, try_out)

    def asked(
        self, *, read_file: ReadFile, interpolation: Interpolation, layers: LayerReader
    ) -> Asked:
        """Return the workflows of the job."""
        suite, unreadable = self._suite(read_file, interpolation, layers)
        if self._attach_from:
            asked = self._from_result(self._attach_from, suite, read_file)
        elif suite:
            asked = Asked(each=self._listed(suite), plan=suite.plan, listed=True)
        else:
            asked = Asked(each=tuple(self._of_job()), listed=unreadable)
        asked = self._with_runs_to_keep(asked, read_file)
        self._tell_unknown_secrets()
        self._proofs.try_expressions()
        return asked

    def _with_runs_to_keep(self, asked: Asked, read_file: ReadFile) -> Asked:
        """Add the earlier job's runs that `failed-from` would rather keep than repeat."""
        kept = kept_runs(
            self._job,
            [workflow for workflow, _ in asked.each],
            verb=self._verb,
            attaches=self._job.has("execution-id") or self._attach_from is not None,
            read_file=read_file,
            api_url=self._api_url,
            sha=self._sha,
        )
        secrets = (secrets for _, secrets in asked.each)
        each = tuple(zip(kept.workflows, secrets, strict=True))
        return replace(asked, each=each, notices=(*asked.notices, *kept.notices))

    def _of_job(self) -> Iterator[tuple[Workflow, Secrets]]:
        """One workflow, or one for each run to attach to."""
        workflow, secrets = self._read(self._layers, self._layers[-1])
        ids = self._job.read_list("execution-id", _execution_ids) or ()
        if not ids:
            yield workflow, secrets
        for one in ids:
            attached = replace(workflow, execution_id=one, variables={}, wait_for=None)
            self._tell(_misused_attachment(attached, self._verb), self._layers[-1])
            yield attached, secrets

    def _listed(self, suite: Suite) -> tuple[tuple[Workflow, Secrets], ...]:
        read = {
            own: self._read((suite.defaults, own, *self._layers), own) for own in suite.workflows
        }
        self._job.problems += misuses([(own, workflow) for own, (workflow, _) in read.items()])
        return tuple(read.values())

    def _from_result(self, path: str, suite: Suite | None, read_file: ReadFile) -> Asked:
        """The config file says which workflows there are; the earlier job only, which runs."""
        if self._job.has("execution-id"):
            words = "--from and execution-id both say what to attach to. Drop one."
            self._job.problems.append(Problem(words=words))
        runs, tested = self._earlier(path, read_file)
        listed = self._listed(suite) if suite else ()
        found, others = assigned([workflow for workflow, _ in listed], runs)
        each = [
            (self._attached(workflow, found.get(position)), secrets)
            for position, (workflow, secrets) in enumerate(listed)
        ]
        attached = [workflow for workflow, _ in each]
        self._job.problems += of_one_run(
            list(zip(suite.workflows if suite else (), attached, strict=True))
        )
        notices = [word for run in others for word in _said_of(run, listed=suite is not None)]
        layers = (suite.defaults, *self._layers) if suite else self._layers
        if others:
            workflow, secrets = self._read(layers, self._layers[-1])
            asked_for = None if suite else workflow.workflow_id
            each += [(self._unlisted(workflow, run, asked_for, path), secrets) for run in others]
        plan = suite.plan if suite else Plan()
        return Asked(
            each=tuple(each), plan=plan, listed=True, notices=tuple(notices), tested=tested
        )

    def _attached(self, workflow: Workflow, run: WorkflowReport | None) -> Workflow:
        """What the config file lists, with the run that the earlier job's file has for it."""
        if run is None:
            if workflow.execution_id or self._job_is_skipped:
                return workflow
            return replace(workflow, ended=outcomes.missing_from_earlier_job())
        return attached_to(workflow, run)

    def _unlisted(
        self, workflow: Workflow, run: WorkflowReport, asked_for: str | None, path: str
    ) -> Workflow:
        """A run that only the earlier job's file knows: required, whatever that file says."""
        if asked_for and run.workflow_id and run.workflow_id.lower() != asked_for:
            words = f"--from: its run of {run.workflow_id} is none of workflow-id, {asked_for}."
            self._job.problems.append(Problem(words=words, file=path))
        return replace(attached_to(workflow, run), workflow_id=asked_for or run.workflow_id)

    def _earlier(
        self, path: str, read_file: ReadFile
    ) -> tuple[tuple[WorkflowReport, ...], Change | None]:
        """Return the earlier job's runs and the change that it tested, each if its file has it."""
        tested = None
        try:
            report = read_report(read_file, path)
            tested = change_of(report)
            runs = runs_of(report, api_url=self._api_url)
            if any(run.execution_id for run in runs):
                return runs, tested
            problem = "it names no run to attach to"
        except ResultError as error:
            problem = str(error)
        except FileNotFoundError:
            problem = "the file cannot be read (No such file or directory)"
        if not self._job_is_skipped:
            words = f"--from: {problem}. Name the result.json of the job that triggered."
            self._job.problems.append(Problem(words=words))
        return (), tested

    def _suite(
        self, read_file: ReadFile, interpolation: Interpolation, layers: LayerReader
    ) -> tuple[Suite | None, bool]:
        """Return the config file if it counts, and whether it cannot be read."""
        job, given = self._job, self._job.given("config")
        rival = next((name for name in ("workflow-id", "execution-id") if job.has(name)), None)
        if rival and given:
            job.problem("config", f"{rival} is set too, and both say what to run; drop one")
        path = job.read("config", str)
        if rival or path is None:
            return None, False
        try:
            text = read_file(path)
        except FileNotFoundError:
            if not given:
                return None, False
            problem = "there is no such file"
        except OSError as error:
            problem = f"the file cannot be read ({error.strerror or 'no such file'})"
        except ValueError as error:
            problem = str(error)
        else:
            suite = parse_suite(
                text, file=path, interpolation=interpolation, layers=layers, problems=job.problems
            )
            return suite, False
        job.problems.append(problem_with("config", problem, given or Given(path, path)))
        return None, True

    def _read(self, layers: Sequence[Layer], own: Layer) -> tuple[Workflow, Secrets]:
        """Return what the layers ask for, the weakest first; `own` says what the entry is."""
        reader = Reader([layer.given for layer in layers], self._job.problems)
        variables = {key: text for layer in layers for key, text in layer.variables.items()}
        size = sum(layer.size for layer in layers)
        if size > MAX_PAYLOAD:
            reader.problem("inputs", f"they make {size} bytes, and Genesis takes at most 10 MB")
        execution_id = reader.read("execution-id", _one_execution) if own.file else None
        waits = self._waits(reader)
        workflow = Workflow(
            name=own.name,
            workflow_id=reader.read("workflow-id", self._workflow_id),
            execution_id=execution_id,
            variables={} if execution_id else variables,
            policy=_policy(reader, required=own.required),
            proof=self._proofs.read(reader, waits=waits),
            wait=waits,
            poll_interval=reader.read("poll-interval", parsers.poll_interval),
            max_wait=reader.seconds("max-wait-time"),
            review_wait=reader.seconds("review-wait-time"),
            wait_for=None if execution_id else reader.read_node("wait-for", parse_wait_for),
        )
        self._check_attempts(workflow, reader)
        if own.file:
            self._tell(self._misuse(workflow, reader), own)
        return workflow, self._secrets(layers, variables)

    def _check_attempts(self, workflow: Workflow, reader: Reader) -> None:
        """Note attempts where nothing is triggered, or no end is awaited."""
        is_ignored = self._attach_from and not self._job.has("attempts")
        if workflow.policy.attempts == 1 or is_ignored:
            return
        if self._verb is Verb.WAIT:
            reader.problem("attempts", "wait never triggers, so it tries nothing again; drop it")
        elif not workflow.wait:
            reader.problem("attempts", "without waiting no run is seen to fail; drop one of them")
        elif workflow.execution_id or self._job.has("execution-id"):
            reader.problem("attempts", "execution-id attaches, and starts no run; drop one of them")

    def _workflow_id(self, text: str) -> str:
        return parsers.workflow_id(text, base=self._api_url, key_is_uuid=self._key_is_uuid)

    def _waits(self, reader: Reader) -> bool:
        asked_to_wait = reader.read("wait", parsers.boolean) is not False
        return self._verb is Verb.WAIT or (asked_to_wait and self._verb is not Verb.TRIGGER)

    def _secrets(self, layers: Sequence[Layer], variables: Mapping[str, str]) -> Secrets:
        """Those that any layer names: to hide more is the safe side.

        A name has to be known to one workflow at least. Where variables could not be read,
        their names are not all known.
        """
        all_read = all(layer.all_read for layer in layers)
        for layer in layers:
            names = self._unknown_secrets.get(layer, layer.secret_names) if all_read else ()
            self._unknown_secrets[layer] = tuple(name for name in names if name not in variables)
        return {
            name: variables[name]
            for layer in layers
            for name in layer.secret_names
            if name in variables
        }

    def _tell_unknown_secrets(self) -> None:
        for layer, names in self._unknown_secrets.items():
            given = layer.given.get("secret-inputs")
            for name in names:
                words = f"{parsers.quoted(name)} is not a name in inputs"
                self._job.problems.append(problem_with("secret-inputs", words, given))

    def _misuse(self, workflow: Workflow, reader: Reader) -> str | None:
        if workflow.execution_id:
            return _misused_attachment(workflow, self._verb)
        if self._job_is_skipped or reader.has("execution-id"):
            return None
        if self._verb is Verb.WAIT and not self._attach_from:
            return "wait never triggers, and this entry has no execution-id. Use run, or name it."
        if not reader.has("workflow-id"):
            return "the entry has neither workflow-id nor execution-id. Give it one."
        return None

    def _tell(self, problem: str | None, own: Layer) -> None:
        if problem:
            self._job.problems.append(at_entry(own, problem))


def no_workflow() -> str:
    """What is wrong when nothing says what to run."""
    return f"it is empty, and there is no {BY_NAME['config'].default}"


def _policy(reader: Reader, *, required: bool) -> Policy:
    return Policy(
        on_review_pending=reader.choice("on-review-pending", OnReview),
        on_cancelled=reader.choice("on-cancelled", OnState),
        on_skipped=reader.choice("on-skipped", OnState),
        on_failed_block=reader.choice("on-failed-block", OnState),
        on_flaky=reader.choice("on-flaky", OnState),
        attempts=reader.read("attempts", parsers.attempts) or 1,
        concurrency=reader.choice("concurrency-policy", Concurrency),
        required=required,
    )


def _execution_ids(texts: Sequence[str]) -> tuple[str, ...]:
    return parsers.execution_ids(" ".join(texts))


def _one_execution(text: str) -> str:
    ids = parsers.execution_ids(text)
    if len(ids) != 1:
        raise ValueError("an entry attaches to one run; give each run its own entry")
    return ids[0]


def _said_of(run: WorkflowReport, *, listed: bool) -> Iterator[str]:
    """What people should know of a run that the config file does not list, or of any without."""
    if listed:
        yield f"--from: {parsers.quoted(run.name)} is not in the config file; it is watched too."
    if not run.required:
        yield (
            f"--from: {parsers.quoted(run.name)} counts as required: an earlier job's result.json "
            "cannot say otherwise, a config file can."
        )


def _misused_attachment(workflow: Workflow, verb: Verb) -> str | None:
    if verb is Verb.TRIGGER:
        return "execution-id attaches to a run that exists, but trigger starts a new one. Drop one."
    if verb in {Verb.RUN, Verb.CHECK} and not workflow.wait:
        return "wait: false together with execution-id leaves nothing to do. Drop one."
    return None
