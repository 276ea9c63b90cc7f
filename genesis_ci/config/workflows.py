"""Which workflows a job runs or attaches to, and the configuration of each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from genesis_ci import outcomes
from genesis_ci.config.config_file import (
    ConfigFile,
    Entry,
    parse_file,
    report_conflicts,
    report_repeated_runs,
)
from genesis_ci.config.earlier_job import (
    assigned,
    attached_to,
    both_changes,
    change_of,
    is_of_another,
    may_be_kept,
    runs_of,
)
from genesis_ci.config.expect import Written, proof_of
from genesis_ci.config.input_types import FILE
from genesis_ci.config.inputs import BY_NAME
from genesis_ci.config.interpolation import Interpolation
from genesis_ci.config.nodes import AdvisedError, ReportedError, quoted
from genesis_ci.config.sources import Inputs, JobInputs, Source
from genesis_ci.config.variables import MAX_PAYLOAD, MAX_TEXT
from genesis_ci.models.change import Change
from genesis_ci.models.findings import Proof
from genesis_ci.models.policy import Plan, Policy
from genesis_ci.models.report import Problem, WorkflowReport
from genesis_ci.models.workflow import Verb, Workflow
from genesis_ci.result import ResultError, parse

MOST_PARTS = 100_000
"""Variables and checks of all workflows; a short file may give its defaults to hundreds."""


@dataclass(kw_only=True, slots=True)
class WorkflowReader:
    """Reads which workflows a job is about.

    `job_is_skipped` is true if the job will not run, so that nothing counts as missing.
    `attach_from` is the path of an earlier job's result.json, `change` the change under test.

    `read` sets `plan`, how the workflows share the job; `notices`, what people should know although
    nothing is wrong; and `tested`, the change that the earlier job tested.
    """

    job: JobInputs
    interpolation: Interpolation
    verb: Verb
    job_is_skipped: bool
    attach_from: str | None
    change: Change
    plan: Plan = field(default_factory=Plan)
    notices: list[str] = field(default_factory=list)
    tested: Change | None = None
    _unknown_secrets: dict[Source, Sequence[str]] = field(default_factory=dict)

    def read(self, *, needs_work: bool) -> list[Workflow]:
        """Return the workflows of the job, and report a job that `needs_work` but has none."""
        try:
            file = self._file()
        except ReportedError:
            file, needs_work = None, False
        if self.attach_from:
            each = self._from_result(self.attach_from, file)
        elif file:
            each = self._listed(file)
        else:
            each = list(self._of_job())
            if needs_work:
                self._check_there_is_work()
        if file:
            self.plan = file.plan
        elif needs_work and self.job.has("only"):
            words = "it selects entries of a config file, and this job reads none; drop it, or set"
            self.job.problem("only", f"{words} config")
        for source, names in self._unknown_secrets.items():
            for name in names:
                words = f"{quoted(name)} is not a name in inputs"
                source.nodes["secret-inputs"].malformed(words, "a name that inputs has")
        return self._with_runs_to_keep(each)

    def checks(self) -> Iterator[Written]:
        """Yield the checks of `expect` in every source that was read."""
        for source in self._unknown_secrets:
            yield from source.value("expect", self.job) or ()

    def _file(self) -> ConfigFile | None:
        """Return the config file if it is used; raise `ReportedError` if it cannot be read."""
        job = self.job
        other = next((name for name in ("workflow-id", "execution-id") if job.has(name)), None)
        if other and job.has("config"):
            job.problem("config", f"{other} is set too, and both say what to run; drop one")
        path = job.known("config")
        if other or path is None:
            return None
        try:
            text = job.read_file(path)
        except FileNotFoundError:
            if not job.has("config"):
                return None
            words = f"there is no file {quoted(path)}. Write {FILE.accepts}"
        except AdvisedError as error:
            words = str(error)
        except ValueError as error:
            words = f"{error}. Write {FILE.accepts}"
        else:
            return parse_file(text, path=path, interpolation=self.interpolation, job=job)
        job.problem("config", words)
        raise ReportedError

    def _check_there_is_work(self) -> None:
        if self.job_is_skipped or self.job.has("execution-id"):
            return
        if self.verb is Verb.WAIT:
            words = "it is empty, and wait has to know what to attach to. Name the run, or use"
            self.job.problem("execution-id", f"{words} --from")
        elif not self.job.has("config") and not self.job.has("workflow-id"):
            self.job.problem(
                "workflow-id",
                f"it is empty, and there is no {BY_NAME['config'].default} here (a job has to "
                f"check it out). Write {BY_NAME['workflow-id'].type.accepts}",
            )

    def _of_job(self) -> Iterator[Workflow]:
        workflow = self._workflow(self.job)
        ids = self.job["execution-id"] or ()
        if not ids:
            yield workflow
        for one in ids:
            if words := self._misused_attachment(workflow):
                self.job.problems.append(Problem(words=words))
            yield replace(workflow, execution_id=one, variables={}, wait_for=None)

    def _listed(self, file: ConfigFile) -> list[Workflow]:
        each: list[Workflow] = []
        selected: list[tuple[Entry, Workflow]] = []
        parts = characters = 0
        for entry in file.entries:
            inputs = self.job.with_workflow(file.defaults, entry.source)
            workflow = self._workflow(inputs, entry)
            if entry.selected:
                selected.append((entry, workflow))
            else:
                workflow = _not_selected(workflow)
            each.append(workflow)
            parts += len(workflow.variables) + len(workflow.proof.checks)
            characters += sum(map(len, workflow.variables.values()))
            if parts > MOST_PARTS or characters > MAX_TEXT:
                words = f"its workflows have over {MOST_PARTS} variables and checks or over 20 MB"
                self.job.problem("config", f"{words} in all; give some of them to another job")
                break
        report_conflicts(selected)
        return each

    def _workflow(self, inputs: Inputs, entry: Entry | None = None) -> Workflow:
        variables = inputs.variables()
        if variables.size > MAX_PAYLOAD:
            words = f"they make {variables.size} bytes, and Genesis takes at most 10 MB; send less"
            inputs.problem("inputs", words)
        for source in inputs.sources:
            self._check_file(source)
        ids: tuple[str, ...] = (inputs["execution-id"] or ()) if entry else ()
        if len(ids) > 1:
            words = "an entry attaches to one run; give each run its own entry"
            inputs.problem("execution-id", words)
        execution_id = ids[0] if len(ids) == 1 else None
        fields = inputs.fields("workflow", unread=["wait-for"] if execution_id else [])
        fields["wait"] = self.verb is Verb.WAIT or (
            fields["wait"] and self.verb is not Verb.TRIGGER
        )
        workflow = Workflow(
            **fields,
            name=entry.name if entry else None,
            execution_id=execution_id,
            variables={} if execution_id else variables.texts,
            secrets=inputs.secrets(variables.texts),
            policy=Policy(**inputs.fields("policy"), required=entry.required if entry else True),
            proof=self._proof(inputs, waits=fields["wait"]),
        )
        self._check_attempts(workflow, inputs)
        if entry and (misuse := self._misused_entry(workflow, inputs, entry)):
            entry.node.problem(misuse)
        self._note_unknown_secrets(inputs, variables.texts)
        return workflow

    def _check_file(self, source: Source) -> None:
        """Report what the config file may not use of an `inputs-file` that it names."""
        node = source.nodes.get("inputs-file")
        if node and node.in_file and (found := source.value("inputs-file", self.job)):
            for name, text in found.texts.items():
                if refusal := self.interpolation.refusal(name, text):
                    node.problem(refusal if node.private else f"{quoted(node.text())}: {refusal}")

    def _proof(self, inputs: Inputs, *, waits: bool) -> Proof:
        proof = _proof_in(inputs)  # read in any case, to report its problems
        if waits:
            return proof
        # The config file may also be for a job that waits for the same runs.
        proof = _proof_in(self.job)
        for name in ("expect", "tests"):
            if proof.checks and self.job.has(name):
                self.job.problem(
                    name,
                    "it is looked at when the run is completed, and this job does not wait for "
                    "that. Drop it here, or let the job wait",
                )
        return proof

    def _check_attempts(self, workflow: Workflow, inputs: Inputs) -> None:
        if workflow.policy.attempts == 1:
            return
        in_file = not self.job.has("attempts")
        if self.verb is Verb.WAIT and in_file:
            words = "attempts: wait never triggers, so a run that fails is not triggered again."
            self.notices.append(words)
        elif self.verb is Verb.WAIT:
            inputs.problem("attempts", "wait never triggers, so it cannot try again; drop it")
        elif not workflow.wait and not in_file:
            words = "a job that does not wait cannot try again; drop it, or let the job wait"
            inputs.problem("attempts", words)
        elif workflow.execution_id or self.job.has("execution-id"):
            inputs.problem("attempts", "execution-id attaches, and starts no run; drop one of them")

    def _misused_entry(self, workflow: Workflow, inputs: Inputs, entry: Entry) -> str | None:
        if workflow.execution_id:
            return self._misused_attachment(workflow)
        is_misspelt = not entry.suggested.isdisjoint({"workflow-id", "execution-id"})
        if self.job_is_skipped or inputs.has("execution-id") or is_misspelt:
            return None
        if self.verb is Verb.WAIT and not self.attach_from:
            return "wait never triggers, and this entry has no execution-id. Use run, or name it"
        if not inputs.has("workflow-id"):
            return "the entry has neither workflow-id nor execution-id. Give it one"
        return None

    def _misused_attachment(self, workflow: Workflow) -> str | None:
        if self.verb is Verb.TRIGGER:
            words = "execution-id attaches to a run that exists, but trigger starts a new one"
            return f"{words}. Drop one."
        if self.verb is not Verb.WAIT and not workflow.wait:
            return "wait: false together with execution-id leaves nothing to do. Drop one."
        return None

    def _note_unknown_secrets(self, inputs: Inputs, variables: Mapping[str, str]) -> None:
        # a name is a problem if no workflow knows it, and all variables could be read
        is_incomplete = any({"inputs", "inputs-file"} & one.malformed for one in inputs.sources)
        for source in inputs.sources:
            of_source = source.value("secret-inputs", self.job) or ()
            unknown = self._unknown_secrets.get(source, of_source)
            self._unknown_secrets[source] = [
                name for name in unknown if not (name in variables or is_incomplete)
            ]

    def _from_result(self, path: str, file: ConfigFile | None) -> list[Workflow]:
        job = self.job
        if job.has("execution-id"):
            words = "--from and execution-id both say what to attach to. Drop one."
            job.problems.append(Problem(words=words))
        runs = self._earlier(path)
        each = self._listed(file) if file else []
        found, others = assigned(each, runs)
        for position, workflow in enumerate(each):
            if position in found:
                attached = attached_to(workflow, found[position])
                each[position] = replace(attached, ended=workflow.ended or attached.ended)
            elif not (workflow.execution_id or workflow.ended or self.job_is_skipped):
                missing = outcomes.missing_from_earlier_job()
                each[position] = replace(workflow, ended=missing)
        entries = file.entries if file else ()
        report_repeated_runs([*zip(entries, each, strict=False)])
        if others:
            workflow = self._workflow(job.with_workflow(file.defaults) if file else job)
            id_of_job = None if file else workflow.workflow_id
            for run in others:
                self.notices += _notices_about(run, in_file=file is not None)
                each.append(self._unlisted(workflow, run, id_of_job, path))
        return each

    def _earlier(self, path: str) -> tuple[WorkflowReport, ...]:
        """Return the earlier job's runs, and set the change that it tested."""
        try:
            report = parse(self.job.read_file(path))
            self.tested = change_of(report)
            if is_of_another(self.tested, self.change):
                words = "The verdict is about the runs in the file."
                both = both_changes(self.tested, self.change)
                self.job.warnings.append(f"--from: {both}. {words}")
            runs = runs_of(report, api_url=self.job.known("api-url"))
            if any(run.execution_id for run in runs):
                return runs
            problem = "it names no run to attach to"
        except FileNotFoundError:
            problem = f"there is no file {quoted(path)}"
        except ValueError as error:
            problem = str(error)
        if not self.job_is_skipped:
            self.job.problem("--from", f"{problem}. Name the result.json of the job that triggered")
        return ()

    def _unlisted(
        self, workflow: Workflow, run: WorkflowReport, id_of_job: str | None, path: str
    ) -> Workflow:
        """Return a run that only the earlier job lists; it is required in any case."""
        if id_of_job and run.workflow_id and run.workflow_id.lower() != id_of_job:
            words = f"--from: its run of {run.workflow_id} is none of workflow-id, {id_of_job}."
            self.job.problems.append(Problem(words=words, file=path))
        return replace(attached_to(workflow, run), workflow_id=id_of_job or run.workflow_id)

    def _with_runs_to_keep(self, each: list[Workflow]) -> list[Workflow]:
        """Add the earlier job's runs that `failed-from` keeps if Genesis confirms them."""
        job, path = self.job, self.job["failed-from"]
        if not path:
            return each
        if misuse := self._misused_failed_from([one for one in each if not one.ended]):
            job.problem("failed-from", misuse)
            return each
        try:
            report = parse(job.read_file(path))
            runs = runs_of(report, api_url=job.known("api-url"))
            tested, own = change_of(report), self.change
            if not (tested.sha and own.sha):
                words = f"failed-from: {both_changes(tested, own)}, so every workflow is triggered."
                self.job.warnings.append(words)
                return each
            if tested.sha != own.sha:
                raise ResultError(both_changes(tested, own))
        except FileNotFoundError:
            words = f"failed-from: there is no {quoted(path)}, so every workflow is triggered."
            self.notices.append(words)
            return each
        except ValueError as error:
            words = f"{error}. Name the result.json of an earlier job for this commit"
            job.problem("failed-from", words)
            return each
        found, _ = assigned(each, [run for run in runs if may_be_kept(run)])
        for position, run in found.items():
            workflow = each[position]
            if workflow.ended:  # a later job may keep the run
                workflow = replace(workflow, execution_id=run.execution_id)
            else:
                kept_from = report.job_url or path
                workflow = replace(workflow, keeps=run.execution_id, kept_from=kept_from)
            each[position] = replace(workflow, earlier=run.earlier)
        return each

    def _misused_failed_from(self, workflows: Sequence[Workflow]) -> str | None:
        if self.verb not in {Verb.RUN, Verb.CHECK}:
            return f"it is for run, and {self.verb} does not run what failed; drop it"
        attaches = self.job.has("execution-id") or self.attach_from is not None
        if attaches or any(workflow.execution_id for workflow in workflows):
            return "execution-id attaches to runs, and failed-from says which to trigger; drop one"
        if not all(workflow.wait for workflow in workflows):
            return "a job that does not wait gets no verdict; drop wait: false"
        return None


def _not_selected(workflow: Workflow) -> Workflow:
    """Return what reports and later jobs need of a workflow that `only` leaves out."""
    return Workflow(
        name=workflow.name,
        workflow_id=workflow.workflow_id,
        execution_id=workflow.execution_id,
        secrets=workflow.secrets,
        policy=Policy(required=workflow.policy.required),
        ended=outcomes.not_selected(),
    )


def _proof_in(inputs: Inputs) -> Proof:
    return proof_of(inputs["expect"] or (), inputs["tests"])


def _notices_about(run: WorkflowReport, *, in_file: bool) -> Iterator[str]:
    if in_file:
        yield f"--from: {quoted(run.name)} is not in the config file; it is watched too."
    if not run.required:
        yield (
            f"--from: {quoted(run.name)} counts as required. Only a config file can say that it "
            "is not."
        )
