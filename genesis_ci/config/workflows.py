"""Which workflows a job runs or attaches to, and the configuration of each.

In this order: the config file, its entries, a workflow, rules for it, the runs of an earlier job.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from genesis_ci import outcomes
from genesis_ci.config import earlier_runs
from genesis_ci.config.config_file import ConfigFile, Entry, parse_file
from genesis_ci.config.expect import Written
from genesis_ci.config.input_types import ACCEPT, FILE_OR_NONE, WORKFLOW_ID
from genesis_ci.config.inputs import BY_NAME
from genesis_ci.config.reader import Inputs
from genesis_ci.config.rules import (
    broken_for_job,
    broken_for_workflow,
    report_conflicts,
    report_repeated_runs,
)
from genesis_ci.config.run_checks import Size, run_checks
from genesis_ci.config.task import JobContext
from genesis_ci.config.variables import MAX_PAYLOAD
from genesis_ci.document.nodes import Node, ReportedError
from genesis_ci.document.problems import AdvisedError, NoFileError, quoted_in_language, with_advice
from genesis_ci.earlier_job import assigned, attached_to
from genesis_ci.language import N_, _, fill, listed
from genesis_ci.models.change import Change
from genesis_ci.models.policy import Accept, Plan, Policy
from genesis_ci.models.report import Selector
from genesis_ci.models.workflow import Verb, Workflow


class Configured(NamedTuple):
    """A workflow, its merged inputs, and all variables that they set."""

    workflow: Workflow
    inputs: Inputs
    variables: Mapping[str, str]


class Found(NamedTuple):
    """The workflows of a job and how they share it; `written` are those of each input `expect`.

    `config` is the path of the config file, and `earlier_config` that of an earlier job. `tested`
    is the change that the workflows test, or None if a run is named by nothing but its id.
    """

    workflows: list[Workflow]
    plan: Plan
    written: list[Written]
    config: str | None
    earlier_config: str | None
    tested: Change | None


def find_workflows(context: JobContext, *, needs_work: bool) -> Found:
    """Return the workflows of the job, and report a job that `needs_work` but has none."""
    job = context.job
    try:
        file = _config_file(context)
    except ReportedError:
        file, needs_work = None, False
    if context.task.attach_from:
        path = context.task.attach_from
        configured, earlier_config, tested = _from_earlier_job(context, path, file)
    else:
        configured = _from_file(context, file) if file else _from_job(context)
        earlier_config, tested = None, _tested(job, _workflows(configured), context.task.change)
        if needs_work and not file:
            _check_there_is_work(context)
    _report_unknown_secrets(configured)
    job.reader.notices += _about_accept(context, configured)
    workflows = _workflows(configured)
    is_read = file is not None
    for broken in broken_for_job(context, workflows, reads_file=is_read, needs_work=needs_work):
        job.problem(*broken)
    return Found(
        workflows,
        file.plan if file else Plan(),
        _written(configured),
        job["config"] if file else None,
        earlier_config,
        tested,
    )


def _workflows(configured: Iterable[Configured]) -> list[Workflow]:
    return [one.workflow for one in configured]


def _tested(job: Inputs, workflows: Iterable[Workflow], change: Change) -> Change | None:
    """Return the change, or None if a run is named by nothing but its id."""
    by_id = job.has("execution-id") or any(one.execution_id and not one.ended for one in workflows)
    if not by_id:
        return change
    words = _("execution-id: which commit the run tests is not known, so the reports name none.")
    job.reader.notices.append(words)
    return None


def _config_file(context: JobContext) -> ConfigFile | None:
    """Return the config file if it is used; raise `ReportedError` if it cannot be read."""
    job = context.job
    path = job.reader.peek("config")
    if path is None:
        return None
    if set_id := next((one for one in ("execution-id", "workflow-id") if job.has(one)), None):
        _report_unread_file(job, path, set_id)
        return None
    try:
        text = job.reader.read_file(path)
    except ValueError as error:
        if isinstance(error, NoFileError) and not job.has("config"):
            return None
        words = str(error)
        if not isinstance(error, AdvisedError):
            words = with_advice(words, FILE_OR_NONE.form)
        job.problem("config", words)
        raise ReportedError from None
    return parse_file(text, path=path, interpolation=context.interpolation, job=job)


def _report_unread_file(job: Inputs, path: str, set_id: str) -> None:
    """Say that the checks of a config file do not count, because an id is set."""
    if job.has("config"):  # refused in any case
        return
    try:
        job.reader.read_file(path)
    except NoFileError:
        return
    except ValueError:  # it exists
        pass
    if set_id == "execution-id":
        words = fill(
            "config: {path} is not read, because execution-id is set: its checks do not count. "
            "Attach with from to read it, or set config: none.",
            path=quoted_in_language(path),
        )
        job.reader.warnings.append(words)
    else:
        words = N_(
            "“{path}” is here, and its checks would not count, because workflow-id is set. Set "
            "config: none, or drop workflow-id"
        )
        job.problem("config", fill(words, path=path))


def _from_file(context: JobContext, file: ConfigFile) -> list[Configured]:
    configured: list[Configured] = []
    selected: list[tuple[Entry, Workflow]] = []
    size = Size()
    for entry in file.entries:
        one = _workflow(context, context.job.over(file.defaults, entry.source), entry)
        workflow = one.workflow
        if entry.selected:
            selected.append((entry, workflow))
        else:
            workflow = not_selected(workflow, Selector.ONLY)
        configured.append(one._replace(workflow=workflow))
        size = size.with_workflow(workflow)
        if size.problem:
            context.job.problem("config", size.problem)
            break
    report_conflicts(selected)
    return configured


def not_selected(workflow: Workflow, by: Selector) -> Workflow:
    """Return what reports and later jobs need of a workflow that is left out."""
    return Workflow(
        name=workflow.name,
        tags=workflow.tags,
        workflow_id=workflow.workflow_id,
        execution_id=None if workflow.triggered_by else workflow.execution_id,
        secrets=workflow.secrets,
        policy=Policy(required=workflow.policy.required),
        checks=workflow.checks,
        ended=outcomes.not_selected(by),
        earlier=() if workflow.triggered_by else workflow.earlier,
    )


def _from_job(context: JobContext) -> list[Configured]:
    job = context.job
    configured = _workflow(context, job)
    attached = [
        replace(configured.workflow, execution_id=one, variables={}, wait_for=None)
        for one in job["execution-id"] or ()
    ]
    for workflow in attached:
        for broken in broken_for_workflow(context, workflow, job, None):
            job.problem(*broken)
    return [configured._replace(workflow=one) for one in attached] or [configured]


def _check_there_is_work(context: JobContext) -> None:
    job = context.job
    if context.is_skipped or job.has("execution-id"):
        return
    if context.task.verb is Verb.WAIT:
        words = _(
            "it is empty, and wait has to know what to attach to. Name the run, or use --from"
        )
        job.problem("execution-id", words)
    elif job["config"] is None and not job.has("workflow-id"):
        words = with_advice(_("it is empty, and config is none"), WORKFLOW_ID.form)
        job.problem("workflow-id", words)
    elif not job.has("config") and not job.has("workflow-id"):
        name = BY_NAME["config"].default
        words = N_("it is empty, and there is no {name} here (a job has to check it out)")
        words = with_advice(fill(words, name=name), WORKFLOW_ID.form)
        if path := context.task.find_config():
            words = fill(
                "it is empty, and there is no {name} here, but “{path}”. Run in the directory of "
                "that file; its name has to be {name}",
                name=name,
                path=path,
            )
        job.problem("workflow-id", words)


def _workflow(context: JobContext, inputs: Inputs, entry: Entry | None = None) -> Configured:
    """Return the workflow that the inputs configure, and report what contradicts itself."""
    variables = inputs.variables()
    if variables.size > MAX_PAYLOAD:
        words = f"they make {variables.size} bytes, and Genesis takes at most 10 MB; send less"
        inputs.problem("inputs", words)
    context.job.reader.warnings += _warnings_about_names(variables.texts)
    ids: tuple[str, ...] = (inputs["execution-id"] or ()) if entry else ()
    if len(ids) > 1:
        words = _("an entry attaches to one run; give each run its own entry")
        inputs.problem("execution-id", words)
    execution_id = ids[0] if len(ids) == 1 else None
    waits = context.task.verb is Verb.WAIT or (
        inputs["wait"] and context.task.verb is not Verb.TRIGGER
    )
    # the config file may also be for a job that waits for the same runs
    checks = inputs if waits else context.job
    fields = inputs.fields("workflow") | {"wait": waits}
    if execution_id:
        fields["wait_for"] = None
    workflow = Workflow(
        **fields,
        name=entry.name if entry and entry.name != execution_id else None,
        tags=entry.tags if entry else (),
        execution_id=execution_id,
        paths=_paths(context.job["config"], entry) if entry and entry.paths else (),
        variables={} if execution_id else variables.texts,
        secrets=inputs.secrets(variables.texts),
        policy=Policy(**inputs.fields("policy"), required=entry.required if entry else True),
        checks=run_checks(checks),
    )
    if (
        workflow.policy.attempts > 1
        and context.task.verb is Verb.WAIT
        and not context.job.has("attempts")
    ):
        words = _("attempts: wait never triggers, so a run that fails is not triggered again.")
        context.job.reader.notices.append(words)
    for name, problem in broken_for_workflow(context, workflow, inputs, entry):
        if entry and not name:
            entry.node.problem(problem)
        else:
            inputs.problem(name, problem)
    return Configured(workflow, inputs, variables.texts)


def _paths(config: str, entry: Entry) -> tuple[str, ...]:
    """Return the paths of an entry, and the config file, whose change selects every entry."""
    name = re.sub(r"[\\*+?\[\]]", "*", config.rpartition("/")[2])
    return (*entry.paths, f"**/{name}")


def _warnings_about_names(variables: Mapping[str, str]) -> Iterator[str]:
    for name, text in variables.items():
        if re.fullmatch(r"\$[A-Za-z_][A-Za-z0-9_]{0,99}", text):
            yield fill(
                "inputs: {name} is sent as it is written: {text}. If the value of a variable is "
                "meant, write {reference} in the config file.",
                name=quoted_in_language(name),
                text=quoted_in_language(text),
                reference=quoted_in_language(f"${{{text[1:]}}}"),
            )


def _about_accept(context: JobContext, configured: Iterable[Configured]) -> Iterator[str]:
    """Yield that the job's `accept` replaces the file's, and that without flaky attempts cost."""
    job = context.job
    waits = [one for one in configured if one.workflow.wait and not one.workflow.ended]
    replaced = [
        one.workflow.label
        for one in waits
        if job.has("accept")
        and job["accept"] != one.inputs.of_file(job).get("accept", job["accept"])
    ]
    if replaced:
        words = N_(
            "accept: the job's own value, {value}, replaces that of the config file for {names}."
        )
        yield fill(words, value=ACCEPT.show(job["accept"]), names=listed(replaced))
    costs = [
        one.workflow.label
        for one in waits
        if one.workflow.policy.attempts > 1
        and Accept.FLAKY not in one.workflow.policy.accept
        and not (one.workflow.execution_id or context.task.verb is Verb.WAIT)
    ]
    if costs:
        words = N_(
            "attempts: accept does not name flaky, so a pass after a failed attempt is red, and "
            "further attempts of {names} only cost. Add flaky to accept, or drop attempts."
        )
        yield fill(words, names=listed(costs))


def _report_unknown_secrets(configured: Iterable[Configured]) -> None:
    """Report names in `secret-inputs` that no workflow of their source knows."""
    unknown: dict[Node, list[str]] = {}
    for one in configured:
        sources = one.inputs.sources
        # a name is a problem only if all variables could be read
        is_incomplete = any({"inputs", "inputs-file"} & source.malformed for source in sources)
        for source in sources:
            if node := source.nodes.get("secret-inputs"):
                names = unknown.get(node, source.values["secret-inputs"] or ())
                is_known = one.variables.keys() | (names if is_incomplete else ())
                unknown[node] = [name for name in names if name not in is_known]
    for node, names in unknown.items():
        for name in names:
            words = fill("“{name}” is not a name in inputs", name=name)
            node.malformed(words, _("a name that inputs has"))


def _written(configured: Iterable[Configured]) -> list[Written]:
    """Return the expectations of each input `expect`, also of one that another overrides."""
    sources = {id(source.values): source for one in configured for source in one.inputs.sources}
    return [one for source in sources.values() for one in source.values.get("expect") or ()]


def _from_earlier_job(
    context: JobContext, path: str, file: ConfigFile | None
) -> tuple[list[Configured], str | None, Change | None]:
    """Return the workflows that attach to an earlier job's runs, its config file and its change."""
    job = context.job
    earlier = earlier_runs.read_runs_to_attach(
        path, job, context.task.change, is_skipped=context.is_skipped
    )
    if not earlier_runs.is_of_config(earlier, job, job["config"] if file else None):
        file = None
    listed = _from_file(context, file) if file else []
    workflows = _workflows(listed)
    found, others = assigned(workflows, earlier.runs)
    by_id = [one for position, one in enumerate(workflows) if position not in found]
    tested = _tested(job, by_id, earlier.tested)
    for position, workflow in enumerate(workflows):
        if position in found:
            workflows[position] = attached_to(workflow, found[position])
        elif not (workflow.execution_id or workflow.ended or context.is_skipped):
            workflows[position] = replace(workflow, ended=outcomes.missing_from_earlier_job())
    if file:
        report_repeated_runs([*zip(file.entries, workflows, strict=False)])
    configured = [
        one._replace(workflow=workflow) for one, workflow in zip(listed, workflows, strict=True)
    ]
    if others:
        unlisted = _workflow(context, job.over(file.defaults) if file else job)
        id_of_job = None if file else unlisted.workflow.workflow_id
        for run in others:
            earlier_runs.report_unlisted(
                run, job, path, id_of_job=id_of_job, in_file=file is not None
            )
            workflow = attached_to(unlisted.workflow, run)
            workflow = replace(workflow, workflow_id=id_of_job or run.workflow_id)
            by = run.outcome.left_out_by
            if by and not run.execution_id:  # no config file says that it has to run
                workflow = not_selected(workflow, by)
            configured.append(unlisted._replace(workflow=workflow))
    return configured, earlier.config, tested
