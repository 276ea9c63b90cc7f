"""The rules over several inputs, for the job, for each workflow, and between entries of the file.

A rule that is broken is the name of an input, or nothing for the whole entry or job, and a problem.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from genesis_ci.config.config_file import Entry
from genesis_ci.config.reader import Inputs
from genesis_ci.config.run_checks import broken_for_checks
from genesis_ci.config.task import JobContext
from genesis_ci.execution.concurrency import predecessors
from genesis_ci.language import N_, _, fill
from genesis_ci.models.workflow import Verb, Workflow
from genesis_ci.text import in_one_spelling

Listed = Sequence[tuple[Entry, Workflow]]


def broken_for_workflow(
    context: JobContext, workflow: Workflow, inputs: Inputs, entry: Entry | None
) -> Iterator[tuple[str, str]]:
    """Yield the rules that the inputs of a workflow break."""
    yield from _broken_wait_for(context, workflow)
    yield from broken_for_checks(context, workflow)
    yield from _broken_attempts(context, workflow)
    attaches = workflow.execution_id is not None
    never_triggers = context.task.verb is Verb.WAIT and not context.task.attach_from
    lacks_run = not (
        entry is None
        or attaches
        or context.is_skipped
        or inputs.has("execution-id")  # a malformed or misspelt one has a problem already
        or entry.suggested & {"workflow-id", "execution-id"}
    )
    if attaches and context.task.verb is Verb.TRIGGER:
        words = _(
            "execution-id attaches to a run that exists, but trigger starts a new one. Drop one"
        )
        yield "", words
    elif attaches and not workflow.wait:
        yield "", _("wait: false together with execution-id leaves nothing to do. Drop one")
    elif lacks_run and never_triggers:
        yield "", _("wait never triggers, and this entry has no execution-id. Use run, or name it")
    elif lacks_run and not inputs.has("workflow-id"):
        yield "", _("the entry has neither workflow-id nor execution-id. Give it one")


def _broken_wait_for(context: JobContext, workflow: Workflow) -> Iterator[tuple[str, str]]:
    if not (waits := workflow.wait_for):
        return
    if waits.variable in workflow.variables:
        yield "wait-for", _("inputs sets the variable that “as” names, too; drop it there")
    named = (waits.url, waits.contains, waits.deployment, waits.variable, waits.path)
    texts = filter(None, (*named, *(waits.header or ())))
    if any(map(context.job.reader.holds_key, texts)):
        yield "wait-for", _("it contains the API key, which is for Genesis only. Remove the key")


def _broken_attempts(context: JobContext, workflow: Workflow) -> Iterator[tuple[str, str]]:
    job, never_triggers = context.job, context.task.verb is Verb.WAIT
    attaches = workflow.execution_id is not None or job.has("execution-id")
    if workflow.policy.attempts == 1:
        return
    if job.has("attempts") and never_triggers:
        yield "attempts", _("wait never triggers, so it cannot try again; drop it")
    elif job.has("attempts") and not workflow.wait:
        words = _("a job that does not wait cannot try again; drop it, or let the job wait")
        yield "attempts", words
    elif attaches and not never_triggers:
        yield "attempts", _("execution-id attaches, and starts no run; drop one of them")


def broken_for_job(
    context: JobContext, workflows: Iterable[Workflow], *, reads_file: bool, needs_work: bool
) -> Iterator[tuple[str, str]]:
    """Yield the rules that the inputs of the job break.

    If it does not `need_work`, other problems are the cause of a file that is not read.
    """
    job = context.job
    ids = [name for name in ("workflow-id", "execution-id") if job.has(name)]
    if ids and job.has("config") and job.reader.peek("config"):
        words = N_("{name} is set too, and both say what to run; drop one")
        yield "config", fill(words, name=ids[0])
    if needs_work and not reads_file and job["only"]:
        words = _(
            "it selects entries of a config file, and this job reads none; drop it, or set config"
        )
        yield "only", words
    yield from _broken_failed_from(context, [one for one in workflows if not one.ended])
    if context.task.attach_from and job.has("from"):
        for name in ids:
            words = N_("{name} is set too, and both say which runs; drop one")
            yield "from", fill(words, name=name)
        if not job["wait"]:
            yield "wait", _("from attaches, so wait: false leaves nothing to do; drop one")
    elif context.task.attach_from and job.has("execution-id"):
        yield "", _("--from and execution-id both say what to attach to. Drop one")


def _broken_failed_from(
    context: JobContext, started: Sequence[Workflow]
) -> Iterator[tuple[str, str]]:
    attaches = context.job.has("execution-id") or context.task.attach_from is not None
    if not context.job["failed-from"]:
        return
    if context.task.verb not in {Verb.RUN, Verb.CHECK}:
        words = N_("it is for run, and {verb} does not run what failed; drop it")
        yield "failed-from", fill(words, verb=context.task.verb)
    elif attaches or any(one.execution_id for one in started):
        words = _("execution-id attaches to runs, and failed-from says which to trigger; drop one")
        yield "failed-from", words
    elif not all(one.wait for one in started):
        yield "failed-from", _("a job that does not wait gets no verdict; drop wait: false")


def report_conflicts(listed: Listed) -> None:
    """Report entries with the same run, and workflows that exclude each other."""
    report_repeated_runs(listed)
    workflows = [workflow for _, workflow in listed]
    for position, before in predecessors(workflows).items():
        triggers_both = workflows[before].execution_id is None
        if triggers_both and not (workflows[before].wait and workflows[position].wait):
            first, second = listed[before][0], listed[position][0]
            words = N_(
                "both run workflow {id}, whose concurrency policy is cancel-previous, so the "
                "second trigger would cancel the first run. Wait for both ({place}), or drop one"
            )
            same = workflows[position].workflow_id
            second.node.problem(fill(words, id=same, place=first.node.where))
    triggered = [row for row in listed if not row[1].execution_id]
    for (entry, workflow), (first, other) in _repeated(triggered, lambda one: one.workflow_id):
        if workflow.policy.concurrency is not other.policy.concurrency:
            words = N_(
                "concurrency-policy: it differs from that of the same workflow at {place}. Write "
                "for both the policy of its trigger dialog"
            )
            entry.node.problem(fill(words, place=first.node.where))


def report_repeated_runs(listed: Listed) -> None:
    """Report each run that two entries attach to."""
    for (entry, _run), (first, _same) in _repeated(
        listed, lambda one: in_one_spelling(one.execution_id)
    ):
        words = N_("this run is at {place} too. Name each run once")
        entry.node.problem(fill(words, place=first.node.where))


def _repeated(
    listed: Listed, key: Callable[[Workflow], str | None]
) -> Iterator[tuple[tuple[Entry, Workflow], tuple[Entry, Workflow]]]:
    """Yield each entry with the first one that has the same key."""
    seen: dict[str, tuple[Entry, Workflow]] = {}
    for row in listed:
        if (value := key(row[1])) and (first := seen.setdefault(value, row)) is not row:
            yield row, first
