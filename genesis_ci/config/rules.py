"""The rules over several inputs, for the job and for each workflow."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from genesis_ci.config.config_file import Entry
from genesis_ci.config.merge import Inputs
from genesis_ci.config.task import JobContext
from genesis_ci.models.policy import OnReview
from genesis_ci.models.readiness import WaitFor
from genesis_ci.models.workflow import Verb, Workflow


class Rule(NamedTuple):
    """A problem of an `input`, or of the whole entry or job if that is empty."""

    input: str
    when: bool
    problem: str


def report(rules: Iterable[Rule], problem: Callable[[str, str], None]) -> None:
    """Report each rule that is broken."""
    for rule in rules:
        if rule.when:
            problem(rule.input, rule.problem)


def rules_for_workflow(
    context: JobContext, workflow: Workflow, inputs: Inputs, entry: Entry | None
) -> tuple[Rule, ...]:
    job, verb, policy = context.job, context.task.verb, workflow.policy
    waits, attaches = workflow.wait, workflow.execution_id is not None
    is_unseen = bool(workflow.checks.configured or workflow.checks.at_least) and not waits
    unseen = "it is looked at when the run is completed, and this job does not wait for that. Drop "
    unseen += "it here, or let the job wait"
    tries_again = policy.attempts > 1
    tries_again_in_job = tries_again and job.has("attempts")
    lacks_run = not (
        entry is None
        or attaches
        or context.is_skipped
        or inputs.has("execution-id")  # a malformed or misspelt one has a problem already
        or entry.suggested & {"workflow-id", "execution-id"}
    )
    lacks_run_to_watch = lacks_run and verb is Verb.WAIT and not context.task.attach_from
    return (
        Rule(
            "wait-for",
            bool(workflow.wait_for and workflow.wait_for.variable in workflow.variables),
            "inputs sets the variable that as names, too; drop it there",
        ),
        Rule(
            "wait-for",
            bool(workflow.wait_for and any(map(job.reader.holds_key, _texts(workflow.wait_for)))),
            "it contains the API key, which is for Genesis only. Remove the key",
        ),
        Rule("expect", is_unseen and job.has("expect"), unseen),
        Rule("tests", is_unseen and job.has("tests"), unseen),
        Rule("known-failures", not waits and job.has("known-failures"), unseen),
        Rule(
            "attempts",
            tries_again_in_job and verb is Verb.WAIT,
            "wait never triggers, so it cannot try again; drop it",
        ),
        Rule(
            "attempts",
            tries_again_in_job and not waits,
            "a job that does not wait cannot try again; drop it, or let the job wait",
        ),
        Rule(
            "attempts",
            tries_again
            and verb is not Verb.WAIT
            and (waits or not tries_again_in_job)
            and (attaches or job.has("execution-id")),
            "execution-id attaches, and starts no run; drop one of them",
        ),
        Rule(
            "",
            attaches and verb is Verb.TRIGGER,
            "execution-id attaches to a run that exists, but trigger starts a new one. Drop one",
        ),
        Rule(
            "",
            attaches and not waits and verb is not Verb.TRIGGER,
            "wait: false together with execution-id leaves nothing to do. Drop one",
        ),
        Rule(
            "",
            lacks_run_to_watch,
            "wait never triggers, and this entry has no execution-id. Use run, or name it",
        ),
        Rule(
            "",
            lacks_run and not lacks_run_to_watch and not inputs.has("workflow-id"),
            "the entry has neither workflow-id nor execution-id. Give it one",
        ),
    )


def _texts(waits: WaitFor) -> Iterator[str]:
    named = (waits.url, waits.contains, waits.deployment, waits.variable, waits.path)
    yield from filter(None, (*named, *(waits.header or ())))


def rules_for_job(
    context: JobContext, workflows: Iterable[Workflow], *, reads_file: bool, needs_work: bool
) -> Iterator[Rule]:
    """Yield the rules for a job; if it does not `need_work`, other problems are the cause."""
    task, job = context.task, context.job
    is_from = bool(task.attach_from) and job.has("from")
    other = next((name for name in ("workflow-id", "execution-id") if job.has(name)), "")
    yield Rule(
        "config",
        bool(other) and job.has("config") and bool(job.reader.peek("config")),
        f"{other} is set too, and both say what to run; drop one",
    )
    for name in ("only", "changed-files"):
        yield Rule(
            name,
            needs_work and not reads_file and bool(job[name]),
            "it selects entries of a config file, and this job reads none; drop it, or set config",
        )
    for name in ("workflow-id", "execution-id"):
        yield Rule(
            "from",
            is_from and job.has(name),
            f"{name} is set too, and both say which runs; drop one",
        )
    yield Rule(
        "wait",
        is_from and not job["wait"],
        "from attaches, so wait: false leaves nothing to do; drop one",
    )
    yield Rule(
        "",
        bool(task.attach_from) and not is_from and job.has("execution-id"),
        "--from and execution-id both say what to attach to. Drop one",
    )
    if job["review-status"] is not None:
        yield from _rules_for_status(context, workflows)


def _rules_for_status(context: JobContext, workflows: Iterable[Workflow]) -> Iterator[Rule]:
    from genesis_ci.forges import FORGES  # few jobs need it

    names = " and ".join(sorted(one.name for one in FORGES if one.status_permission))
    yield Rule(
        "review-status",
        context.job.has("only"),
        "“only” selects a part, but the status would count for all workflows; drop one",
    )
    yield Rule(
        "review-status",
        context.task.status_forge() is None,
        f"only jobs on {names} have commit statuses; on-review-pending: wait keeps the job running "
        "until a person decides",
    )
    for policy in {one.policy.on_review_pending for one in workflows if one.policy.required}:
        yield Rule(
            "review-status",
            policy is not OnReview.FAIL,
            f"with on-review-pending: {policy} the status would never be pending; drop one of the "
            "two",
        )
