"""Which workflows a job runs or attaches to, and the configuration of each.

In this order: the config file, its entries, a workflow, rules for it, the runs of an earlier job.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import NamedTuple

from genesis_ci import outcomes
from genesis_ci.config.config_file import (
    ConfigFile,
    Entry,
    parse_file,
    report_conflicts,
    report_repeated_runs,
)
from genesis_ci.config.earlier_job import (
    Earlier,
    assigned,
    attached_to,
    is_of_config,
    read_runs_to_attach,
    report_unlisted,
    with_runs_to_keep,
)
from genesis_ci.config.expect import Written, checks_of
from genesis_ci.config.input_types import FILE_OR_NONE
from genesis_ci.config.inputs import BY_NAME
from genesis_ci.config.interpolation import Interpolation
from genesis_ci.config.nodes import ReportedError
from genesis_ci.config.problems import AdvisedError, quoted, quoted_in_language
from genesis_ci.config.sources import Inputs, JobInputs, Source
from genesis_ci.config.variables import MAX_PAYLOAD, MAX_TEXT
from genesis_ci.language import N_, _, fill
from genesis_ci.models.change import Change
from genesis_ci.models.findings import RunChecks
from genesis_ci.models.policy import Plan, Policy
from genesis_ci.models.report import Selector
from genesis_ci.models.workflow import Verb, Workflow

MOST_PARTS = 100_000
"""Variables, checks and known failures; a short file may give its defaults to hundreds."""


class JobContext(NamedTuple):
    """What a job is told to do.

    `is_skipped` is true if the job will not run, so that nothing counts as missing. `attach_from`
    is the path of an earlier job's result.json, `change` the change under test. `read` collects
    the inputs and the variables of each workflow.
    """

    job: JobInputs
    interpolation: Interpolation
    verb: Verb
    is_skipped: bool
    attach_from: str | None
    change: Change
    find_config: Callable[[], str | None]
    read: list[tuple[Inputs, Mapping[str, str]]]


class Found(NamedTuple):
    """The workflows of a job and how they share it; `checks` are those of each input `expect`.

    `config` is the path of the config file, and `earlier` has the change that the workflows test.
    """

    workflows: list[Workflow]
    plan: Plan
    checks: list[Written]
    config: str | None
    earlier: Earlier


def find_workflows(context: JobContext, *, needs_work: bool) -> Found:
    """Return the workflows of the job, and report a job that `needs_work` but has none."""
    job = context.job
    try:
        file = _config_file(context)
    except ReportedError:
        file, needs_work = None, False
    if context.attach_from:
        workflows, earlier = _of_earlier_job(context, context.attach_from, file)
    else:
        workflows = _listed(context, file) if file else list(_of_job(context))
        earlier = Earlier(_tested(job, workflows, context.change))
        if needs_work and not file:
            _check_there_is_work(context)
    for name in ("only", "changed-files"):
        if needs_work and not file and job[name]:
            words = "it selects entries of a config file, and this job reads none; drop it, or set"
            job.problem(name, f"{words} config")
    sources = _report_unknown_secrets(context)
    workflows = _keep_runs(context, workflows)
    checks = [one for source in sources for one in source.value("expect", job) or ()]
    config = job["config"] if file else None
    return Found(workflows, file.plan if file else Plan(), checks, config, earlier)


def _tested(job: JobInputs, workflows: Iterable[Workflow], change: Change) -> Change:
    """Return the change, or an unknown one if a run is named by nothing but its id."""
    by_id = job.has("execution-id") or any(one.execution_id and not one.ended for one in workflows)
    if not by_id:
        return change
    words = _("execution-id: which commit the run tests is not known, so the reports name none.")
    job.notices.append(words)
    if job.has("review-status"):
        words = "which commit the run of execution-id tests is not known; attach with from instead"
        job.problem("review-status", words)
    return Change()


def _config_file(context: JobContext) -> ConfigFile | None:
    """Return the config file if it is used; raise `ReportedError` if it cannot be read."""
    job = context.job
    other = next((name for name in ("workflow-id", "execution-id") if job.has(name)), None)
    path = job.if_valid("config")
    if other and path and job.has("config"):
        job.problem("config", f"{other} is set too, and both say what to run; drop one")
    if other or path is None:
        return None
    try:
        text = job.read_file(path)
    except FileNotFoundError:
        if not job.has("config"):
            return None
        job.problem("config", f"there is no file {quoted(path)}. Write {FILE_OR_NONE.accepts}")
    except AdvisedError as error:
        job.problem("config", str(error))
    except ValueError as error:
        job.problem("config", f"{error}. Write {FILE_OR_NONE.accepts}")
    else:
        return parse_file(text, path=path, interpolation=context.interpolation, job=job)
    raise ReportedError


def _listed(context: JobContext, file: ConfigFile) -> list[Workflow]:
    workflows: list[Workflow] = []
    selected: list[tuple[Entry, Workflow]] = []
    parts = characters = 0
    for entry in file.entries:
        workflow = _workflow(context, context.job.with_workflow(file.defaults, entry.source), entry)
        if entry.selected:
            selected.append((entry, workflow))
        else:
            workflow = not_selected(workflow, Selector.ONLY)
        workflows.append(workflow)
        checks = workflow.checks
        parts += len(workflow.variables) + len(checks.configured) + len(checks.known)
        texts = chain(workflow.variables.values(), *(one[::2] for one in checks.known))
        characters += sum(map(len, texts))
        if parts > MOST_PARTS or characters > MAX_TEXT:
            words = f"its workflows have over {MOST_PARTS} variables, checks and known failures"
            words += " or over 20 MB in all; give some of them to another job"
            context.job.problem("config", words)
            break
    report_conflicts(selected)
    return workflows


def not_selected(workflow: Workflow, by: Selector) -> Workflow:
    """Return what reports and later jobs need of a workflow that is left out."""
    return Workflow(
        name=workflow.name,
        tags=workflow.tags,
        workflow_id=workflow.workflow_id,
        execution_id=workflow.execution_id or workflow.keeps,
        secrets=workflow.secrets,
        policy=Policy(required=workflow.policy.required),
        checks=workflow.checks,
        ended=outcomes.not_selected(by),
        earlier=workflow.earlier,
    )


def _of_job(context: JobContext) -> Iterator[Workflow]:
    workflow = _workflow(context, context.job)
    ids = context.job["execution-id"]
    if not ids:
        yield workflow
    for one in ids or ():
        attached = replace(workflow, execution_id=one, variables={}, wait_for=None)
        _check_rules(context, attached, context.job)
        yield attached


def _check_there_is_work(context: JobContext) -> None:
    job = context.job
    if context.is_skipped or job.has("execution-id"):
        return
    if context.verb is Verb.WAIT:
        words = "it is empty, and wait has to know what to attach to. Name the run, or use --from"
        job.problem("execution-id", words)
    elif job["config"] is None and not job.has("workflow-id"):
        accepts = BY_NAME["workflow-id"].type.accepts
        job.problem("workflow-id", f"it is empty, and config is none. Write {accepts}")
    elif not job.has("config") and not job.has("workflow-id"):
        name = BY_NAME["config"].default
        lacks = f"it is empty, and there is no {name} here"
        advice = f" (a job has to check it out). Write {BY_NAME['workflow-id'].type.accepts}"
        if path := context.find_config():
            lacks += f", but {quoted(path)}"
            advice = f". Run in the directory of that file; its name has to be {name}"
        job.problem("workflow-id", f"{lacks}{advice}")


def _workflow(context: JobContext, inputs: Inputs, entry: Entry | None = None) -> Workflow:
    """Return the workflow that the inputs configure, and report what contradicts itself."""
    variables = inputs.variables()
    if variables.size > MAX_PAYLOAD:
        words = f"they make {variables.size} bytes, and Genesis takes at most 10 MB; send less"
        inputs.problem("inputs", words)
    _warn_of_names(context.job, variables.texts)
    ids: tuple[str, ...] = (inputs["execution-id"] or ()) if entry else ()
    if len(ids) > 1:
        words = "an entry attaches to one run; give each run its own entry"
        inputs.problem("execution-id", words)
    execution_id = ids[0] if len(ids) == 1 else None
    fields = inputs.fields("workflow", unread=["wait-for"] if execution_id else [])
    waits = context.verb is Verb.WAIT or (fields["wait"] and context.verb is not Verb.TRIGGER)
    workflow = Workflow(
        **fields | {"wait": waits},
        name=entry.name if entry and entry.name != execution_id else None,
        tags=entry.tags if entry else (),
        execution_id=execution_id,
        paths=_paths(context.job["config"], entry) if entry and entry.paths else (),
        variables={} if execution_id else variables.texts,
        secrets=inputs.secrets(variables.texts),
        policy=Policy(**inputs.fields("policy"), required=entry.required if entry else True),
        checks=_checks_in(inputs),  # read in any case, to report its problems
    )
    if not waits:  # the config file may also be for a job that waits for the same runs
        workflow = replace(workflow, checks=_checks_in(context.job))
    if (
        workflow.policy.attempts > 1
        and context.verb is Verb.WAIT
        and not context.job.has("attempts")
    ):
        words = _("attempts: wait never triggers, so a run that fails is not triggered again.")
        context.job.notices.append(words)
    _check_rules(context, workflow, inputs, entry)
    context.read.append((inputs, variables.texts))
    return workflow


def _paths(config: str, entry: Entry) -> tuple[str, ...]:
    """Return the paths of an entry, and the config file, whose change selects every entry."""
    name = re.sub(r"[\\*+?\[\]]", "*", config.rpartition("/")[2])
    return (*entry.paths, f"**/{name}")


def _warn_of_names(job: JobInputs, variables: Mapping[str, str]) -> None:
    for name, text in variables.items():
        if re.fullmatch(r"\$[A-Za-z_][A-Za-z0-9_]{0,99}", text):
            words = N_(
                "inputs: {name} is sent as it is written: {text}. If the value of a variable is "
                "meant, write {reference} in the config file."
            )
            reference = f"${{{text[1:]}}}"
            named = {"name": name, "text": text, "reference": reference}
            shown = {key: quoted_in_language(one) for key, one in named.items()}
            job.warnings.append(fill(words, **shown))


def _checks_in(inputs: Inputs) -> RunChecks:
    return checks_of(inputs["expect"] or (), inputs["tests"], inputs["known-failures"] or ())


class Rule(NamedTuple):
    """A problem of an `input`, or of the whole entry if that is empty, and when it applies."""

    input: str
    when: bool
    problem: str


def _rules(
    context: JobContext, workflow: Workflow, inputs: Inputs, entry: Entry | None
) -> tuple[Rule, ...]:
    """Return the rules for a workflow; of those for one input, the first that applies counts."""
    job, waits, attaches = context.job, workflow.wait, workflow.execution_id is not None
    never_triggers = context.verb is Verb.WAIT
    is_unseen = bool(workflow.checks.configured or workflow.checks.at_least) and not waits
    unseen = "it is looked at when the run is completed, and this job does not wait for that. Drop "
    unseen += "it here, or let the job wait"
    tries_again = workflow.policy.attempts > 1
    tries_again_in_job = tries_again and job.has("attempts")
    lacks_run = not (
        entry is None
        or attaches
        or context.is_skipped
        or inputs.has("execution-id")  # a malformed or misspelt one has a problem already
        or entry.suggested & {"workflow-id", "execution-id"}
    )
    return (
        Rule(
            "wait-for",
            bool(workflow.wait_for and workflow.wait_for.variable in workflow.variables),
            "inputs sets the variable that as names, too; drop it there",
        ),
        Rule("expect", is_unseen and job.has("expect"), unseen),
        Rule("tests", is_unseen and job.has("tests"), unseen),
        Rule("known-failures", not waits and job.has("known-failures"), unseen),
        Rule(
            "attempts",
            tries_again_in_job and never_triggers,
            "wait never triggers, so it cannot try again; drop it",
        ),
        Rule(
            "attempts",
            tries_again_in_job and not waits,
            "a job that does not wait cannot try again; drop it, or let the job wait",
        ),
        Rule(
            "attempts",
            tries_again and not never_triggers and (attaches or job.has("execution-id")),
            "execution-id attaches, and starts no run; drop one of them",
        ),
        Rule(
            "",
            attaches and context.verb is Verb.TRIGGER,
            "execution-id attaches to a run that exists, but trigger starts a new one. Drop one",
        ),
        Rule(
            "",
            attaches and not waits,
            "wait: false together with execution-id leaves nothing to do. Drop one",
        ),
        Rule(
            "",
            lacks_run and never_triggers and not context.attach_from,
            "wait never triggers, and this entry has no execution-id. Use run, or name it",
        ),
        Rule(
            "",
            lacks_run and not inputs.has("workflow-id"),
            "the entry has neither workflow-id nor execution-id. Give it one",
        ),
    )


def _check_rules(
    context: JobContext, workflow: Workflow, inputs: Inputs, entry: Entry | None = None
) -> None:
    reported = set()
    for rule in _rules(context, workflow, inputs, entry):
        if rule.when and rule.input not in reported:
            reported.add(rule.input)
            if entry and not rule.input:
                entry.node.problem(rule.problem)
            else:
                inputs.problem(rule.input, rule.problem)


def _report_unknown_secrets(context: JobContext) -> list[Source]:
    """Report names in `secret-inputs` that no workflow knows; return the sources that were read."""
    unknown: dict[Source, list[str]] = {}
    for inputs, variables in context.read:
        # a name is a problem only if all variables could be read
        is_incomplete = any({"inputs", "inputs-file"} & one.malformed for one in inputs.sources)
        for source in inputs.sources:
            names = unknown.get(source, source.value("secret-inputs", context.job) or ())
            unknown[source] = [name for name in names if not (name in variables or is_incomplete)]
    for source, names in unknown.items():
        for name in names:
            words = f"{quoted(name)} is not a name in inputs"
            source.nodes["secret-inputs"].malformed(words, "a name that inputs has")
    return [*unknown]


def _check_only_from_attaches(job: JobInputs) -> None:
    if job.has("from"):
        for name in filter(job.has, ("workflow-id", "execution-id")):
            job.problem("from", f"{name} is set too, and both say which runs; drop one")
        if not job["wait"]:
            job.problem("wait", "from attaches, so wait: false leaves nothing to do; drop one")
    elif job.has("execution-id"):
        job.problem("", "--from and execution-id both say what to attach to. Drop one")


def _of_earlier_job(
    context: JobContext, path: str, file: ConfigFile | None
) -> tuple[list[Workflow], Earlier]:
    """Return the workflows that attach to an earlier job's runs, and what that job recorded."""
    job = context.job
    _check_only_from_attaches(job)
    earlier = read_runs_to_attach(path, job, context.change, is_skipped=context.is_skipped)
    if not is_of_config(earlier, job, job["config"] if file else None):
        file = None
    workflows = _listed(context, file) if file else []
    found, others = assigned(workflows, earlier.runs)
    by_id = [one for position, one in enumerate(workflows) if position not in found]
    earlier = earlier._replace(tested=_tested(job, by_id, earlier.tested))
    for position, workflow in enumerate(workflows):
        if position in found:
            workflows[position] = attached_to(workflow, found[position])
        elif not (workflow.execution_id or workflow.ended or context.is_skipped):
            workflows[position] = replace(workflow, ended=outcomes.missing_from_earlier_job())
    if file:
        report_repeated_runs([*zip(file.entries, workflows, strict=False)])
    if others:
        workflow = _workflow(context, job.with_workflow(file.defaults) if file else job)
        id_of_job = None if file else workflow.workflow_id
        for run in others:
            report_unlisted(run, job, path, id_of_job=id_of_job, in_file=file is not None)
            attached = attached_to(workflow, run)
            workflows.append(replace(attached, workflow_id=id_of_job or run.workflow_id))
    return workflows, earlier


def _keep_runs(context: JobContext, workflows: list[Workflow]) -> list[Workflow]:
    """Add the earlier job's runs that `failed-from` keeps if Genesis confirms them."""
    job, path = context.job, context.job["failed-from"]
    if not path:
        return workflows
    started = [one for one in workflows if not one.ended]
    attaches = job.has("execution-id") or context.attach_from is not None
    if context.verb not in {Verb.RUN, Verb.CHECK}:
        words = f"it is for run, and {context.verb} does not run what failed; drop it"
    elif attaches or any(one.execution_id for one in started):
        words = "execution-id attaches to runs, and failed-from says which to trigger; drop one"
    elif not all(one.wait for one in started):
        words = "a job that does not wait gets no verdict; drop wait: false"
    else:
        return with_runs_to_keep(workflows, path, job, context.change)
    job.problem("failed-from", words)
    return workflows
