"""What does not fit together although each input by itself is well formed."""

from collections.abc import Iterator, Sequence

from genesis_ci.config.inputs import BY_NAME
from genesis_ci.config.verbs import Verb
from genesis_ci.config.workflow import Ask
from genesis_ci.domain import WorkflowRun
from genesis_ci.schedule import predecessors, turn_taking

_EXECUTION_ID = BY_NAME["execution-id"].environment_name
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


def _misused_attachment(run: WorkflowRun, verb: Verb) -> str | None:
    if verb is Verb.TRIGGER:
        return (
            "execution-id attaches to a run that exists, but trigger starts a new one. Drop one; "
            f"an earlier job may have left {_EXECUTION_ID} in the environment."
        )
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
