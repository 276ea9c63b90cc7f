"""Which workflows of a config file do not go together."""

from collections.abc import Sequence

from genesis_ci.config.previous_job import in_one_spelling
from genesis_ci.config.suite import Entry
from genesis_ci.execution.concurrency import predecessors
from genesis_ci.models import UNNAMED, Workflow

Listed = Sequence[tuple[Entry, Workflow]]


def report_misuses(listed: Listed) -> None:
    """Report entries with the same name or run, and those of one workflow that cannot share it."""
    _check_names(listed)
    report_repeated_runs(listed)
    _check_templates(listed)
    _check_policies(listed)


def _check_names(listed: Listed) -> None:
    seen: dict[str, Entry] = {}
    for entry, workflow in listed:
        if workflow.label == UNNAMED:
            continue
        first = seen.setdefault(workflow.label, entry)
        if first is not entry:
            what = "this name" if workflow.name else "this workflow, without a name,"
            entry.node.problem(f"{what} is at {first.node.where} too. Give each entry its own name")


def report_repeated_runs(listed: Listed) -> None:
    """Report a run that two entries attach to."""
    seen: dict[str, Entry] = {}
    for entry, workflow in listed:
        if not workflow.execution_id:
            continue
        first = seen.setdefault(in_one_spelling(workflow.execution_id), entry)
        if first is not entry:
            entry.node.problem(f"this run is at {first.node.where} too. Name each run once")


def _check_templates(listed: Listed) -> None:
    workflows = [workflow for _, workflow in listed]
    for position, before in predecessors(workflows).items():
        if not (workflows[before].wait and workflows[position].wait):
            first, second = listed[before][0], listed[position][0]
            second.node.problem(
                f"both run workflow {workflows[position].workflow_id}, whose concurrency policy "
                "is cancel-previous, so starting them side by side would cancel the first, and "
                "without waiting none can take its turn. "
                f"Wait for both ({first.node.where}), or drop one"
            )


def _check_policies(listed: Listed) -> None:
    firsts: dict[str, tuple[Entry, Workflow]] = {}
    for entry, workflow in listed:
        if workflow.execution_id or not workflow.workflow_id:
            continue
        first, other = firsts.setdefault(workflow.workflow_id, (entry, workflow))
        if workflow.policy.concurrency is not other.policy.concurrency:
            entry.node.problem(
                "concurrency-policy: the same workflow has another one at "
                f"{first.node.where}. Write for both what its trigger dialog says"
            )
