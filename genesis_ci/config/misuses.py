"""What is wrong with the workflows that a file lists, side by side."""

from collections.abc import Iterator, Sequence

from genesis_ci.config.previous_job import in_one_spelling
from genesis_ci.config.sources import Layer
from genesis_ci.execution.concurrency import predecessors
from genesis_ci.models import UNNAMED, Problem, Workflow

Listed = Sequence[tuple[Layer, Workflow]]


def misuses(listed: Listed) -> Iterator[Problem]:
    """Yield what is wrong with the workflows that a file lists, side by side."""
    yield from _of_one_name(listed)
    yield from of_one_run(listed)
    yield from _of_one_template(listed)
    yield from _of_two_policies(listed)


def at_entry(layer: Layer, words: str) -> Problem:
    """Return a problem at the line of an entry."""
    return Problem(words=words, file=layer.file, line=layer.line)


def _of_one_name(listed: Listed) -> Iterator[Problem]:
    seen: dict[str, Layer] = {}
    for layer, workflow in listed:
        is_told = workflow.label != UNNAMED
        first = seen.setdefault(workflow.label, layer) if is_told else layer
        if first is not layer:
            what = "this name" if workflow.name else "this workflow, without a name,"
            words = f"{what} stands at {first.file}:{first.line} already. "
            yield at_entry(layer, f"{words}Give each entry its own name.")


def of_one_run(listed: Listed) -> Iterator[Problem]:
    """Yield a problem for each run that stands twice."""
    seen: dict[str, Layer] = {}
    for layer, workflow in listed:
        run = workflow.execution_id
        first = seen.setdefault(in_one_spelling(run), layer) if run else layer
        if first is not layer:
            words = f"this run stands at {first.file}:{first.line} already. Name each run once."
            yield at_entry(layer, words)


def _of_one_template(listed: Listed) -> Iterator[Problem]:
    workflows = [workflow for _, workflow in listed]
    for position, before in predecessors(workflows).items():
        if not (workflows[before].wait and workflows[position].wait):
            first = listed[before][0]
            yield at_entry(
                listed[position][0],
                f"both run workflow {workflows[position].workflow_id}, whose concurrency policy "
                "is cancel-previous, so starting them side by side would cancel the first, and "
                "without waiting none can take its turn. "
                f"Wait for both ({first.file}:{first.line}), or drop one.",
            )


def _of_two_policies(listed: Listed) -> Iterator[Problem]:
    firsts: dict[str, tuple[Layer, Workflow]] = {}
    for layer, workflow in listed:
        if workflow.execution_id or not workflow.workflow_id:
            continue
        first, other = firsts.setdefault(workflow.workflow_id, (layer, workflow))
        if workflow.policy.concurrency is not other.policy.concurrency:
            yield at_entry(
                layer,
                "concurrency-policy: the same workflow has another one at "
                f"{first.file}:{first.line}. Write for both what its trigger dialog says.",
            )
