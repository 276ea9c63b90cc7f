"""Several workflows in the HTML report: a filter, the contents, and a row for each that unfolds."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from genesis_ci.models import Status, WorkflowReport
from genesis_ci.reporters import findings, labels
from genesis_ci.reporters.escape import html_line
from genesis_ci.reporters.html_timeline import legend
from genesis_ci.reporters.html_workflow import one_of_several, pill
from genesis_ci.reporters.labels import Tone
from genesis_ci.reporters.truncate import Room

FILTER_FROM = 6
"""Workflows: fewer are seen at a glance."""
FOLD_FROM = 12
"""Good workflows in the contents: so many are folded."""
MOST_NAMES = 3


def several(workflows: Sequence[WorkflowReport], said: set[str], room: Room) -> Iterator[str]:
    """Yield the contents and the workflows, in the order given."""
    kinds = Counter(map(_kind, workflows))
    names = _class_names(kinds)
    yield '<section class="card"><h2>Workflows</h2>'
    yield from _filter(kinds, names) if len(workflows) >= FILTER_FROM else _tally(kinds)
    yield from _contents(workflows)
    yield legend(one.execution for one in workflows if one.execution)
    yield "</section>"
    longest = max(one.seconds for one in workflows) or 1.0
    yield '<section class="card list" aria-label="Each workflow">'
    yield (
        '<div class="head" aria-hidden="true"><span>Workflow</span><span>Verdict</span>'
        "<span>Blocks</span><span>Trigger to end</span></div>"
    )
    for position, workflow in enumerate(workflows, start=1):
        yield from one_of_several(
            workflow,
            said,
            room,
            anchor=f"workflow-{position}",
            kind=names[_kind(workflow)],
            width=100 * workflow.seconds / longest,
        )
    yield "</section>"


def filter_style(workflows: Sequence[WorkflowReport]) -> Iterator[str]:
    """Yield the rules that hide the workflows of all other verdicts than the chosen one."""
    if len(workflows) < FILTER_FROM:
        return
    for name in _class_names(map(_kind, workflows)).values():
        yield f"main:has(#show-{name}:checked) .workflow:not(.{name}) {{ display: none; }}"


def _class_names(kinds: Iterable[tuple[Tone, str]]) -> dict[tuple[Tone, str], str]:
    return {kind: f"kind-{at}" for at, kind in enumerate(dict.fromkeys(kinds), start=1)}


def _kind(workflow: WorkflowReport) -> tuple[Tone, str]:
    return labels.verdict_tone(workflow.outcome), labels.verdict_word(workflow.outcome)


def _tally(kinds: Counter[tuple[Tone, str]]) -> Iterator[str]:
    """How many workflows ended how."""
    pills = "".join(pill(tone, f"{count} {word}") for (tone, word), count in kinds.items())
    yield f'<p class="tally">{pills}</p>'


def _filter(kinds: Counter[tuple[Tone, str]], names: dict[tuple[Tone, str], str]) -> Iterator[str]:
    """The same to choose from, by the style sheet alone: the others are not displayed."""
    yield '<fieldset class="tally"><legend>Show</legend>'
    yield (
        '<label class="pill all"><input type="radio" name="show" checked>'
        f"All {kinds.total()}</label>"
    )
    for (tone, word), count in kinds.items():
        name = names[tone, word]
        yield (
            f'<label class="pill {tone}"><input type="radio" name="show" id="show-{name}">'
            f"{count} {word}</label>"
        )
    yield "</fieldset>"


def _contents(workflows: Sequence[WorkflowReport]) -> Iterator[str]:
    """Links to all of them: those that did not pass are seen, many others are folded."""
    entries = [(_entry(one, at), one.outcome.green) for at, one in enumerate(workflows, start=1)]
    telling = "".join(entry for entry, green in entries if not green)
    good = [entry for entry, green in entries if green]
    yield '<nav aria-label="Contents">'
    if telling:
        yield f"<ol>{telling}</ol>"
    fold = len(good) >= FOLD_FROM
    if fold:
        yield f"<details><summary>The {'other ' if telling else ''}{len(good)}</summary>"
    if good:
        yield f"<ol>{''.join(good)}</ol>"
    if fold:
        yield "</details>"
    yield "</nav>"


def _entry(workflow: WorkflowReport, position: int) -> str:
    """A link, and the names of blocks that failed or wait for a person, and of unmet checks."""
    blocks = workflow.execution.blocks if workflow.execution else ()
    names = [one.key for one in blocks if one.status in {Status.FAILED, Status.REVIEW_PENDING}]
    names += [one.name for one in findings.unmet(workflow.findings)]
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    why = f" <small>{html_line(', '.join(names[:MOST_NAMES]) + more)}</small>" if names else ""
    tone = labels.verdict_tone(workflow.outcome)
    name = html_line(labels.title(workflow))
    return f'<li class="{tone}"><a href="#workflow-{position}">{name}</a>{why}</li>'
