"""The comment on a pull or merge request: what a reviewer wants to know, and short."""

import re
from collections.abc import Iterator

from genesis_ci.models import Outcome, RunReport, Status, WorkflowReport
from genesis_ci.models.proof import Finding
from genesis_ci.reporters import findings, labels
from genesis_ci.reporters.escape import comment_block, comment_prose, link_target, markdown_code
from genesis_ci.reporters.truncate import Room, fitted, left_out
from genesis_ci.text import human_seconds

MOST_CHARACTERS = 60_000
"""GitHub refuses a comment of more than 65,536."""
FOR_THE_MARK = 200
MOST = Room(rows=30, characters=2_000)
LONGEST_WORDS = 1_500
"""Characters of a sentence of ours, which may hold what Genesis said."""
LONGEST_NAME = 100
_SENTENCE_END = re.compile(r"[.!?。](?=\s|$)|\n")


def render(report: RunReport, *, name: str | None = None) -> str:
    """Return the Markdown of a comment of at most 60,000 characters; it says what it left out.

    `name` tells it from other comments of the same job.
    """
    return fitted(
        lambda room: "\n\n".join(_parts(report, name, room)) + "\n",
        limit=MOST_CHARACTERS - FOR_THE_MARK,
        most=MOST,
    )


def _parts(report: RunReport, name: str | None, room: Room) -> Iterator[str]:
    mark = labels.verdict_mark(report.outcome)
    title = f"{name}: {labels.headline(report)}" if name else labels.headline(report)
    yield f"### {mark} {comment_prose(whole(title, LONGEST_WORDS))}"
    yield from _words(labels.job_message(report), report.outcome)
    problems = labels.problems(report)
    if problems:
        yield "\n".join(
            f"- {comment_prose(whole(one, room.characters))}" for one in problems[: room.rows]
        )
        yield from _left_out(len(problems) - room.rows, "problems")
    if len(report.workflows) == 1:
        yield from _texts(report.workflows[0], room)
    elif report.workflows:
        yield from _several(report, room)
    yield _footer(report)


def _words(message: str, outcome: Outcome) -> Iterator[str]:
    if message:
        yield comment_prose(whole(message, LONGEST_WORDS))
    if outcome.hint and not (outcome.green and not outcome.lenient and not outcome.flaky):
        yield f"**{labels.WHAT_TO_DO}** {comment_prose(whole(outcome.hint, LONGEST_WORDS))}"


def _several(report: RunReport, room: Room) -> Iterator[str]:
    """What did not pass comes first, in the table and below it."""
    ranked = labels.failing_first(report.workflows)
    rows = [_row(workflow) for workflow in ranked[: room.rows]]
    head = ["| Workflow | Verdict | Blocks | Trigger to end |", "| :-- | :-- | --: | --: |"]
    yield "\n".join([*head, *rows])
    yield from _left_out(len(ranked) - len(rows), "workflows")
    for workflow in ranked[: room.rows]:
        if not workflow.outcome.green:
            title = comment_prose(_named(workflow))
            yield f"**{title}:** {comment_prose(whole(labels.message_of(workflow), LONGEST_WORDS))}"
            yield from _texts(workflow, room)


def _named(workflow: WorkflowReport) -> str:
    return whole(labels.title(workflow), LONGEST_NAME)


def _row(workflow: WorkflowReport) -> str:
    outcome = workflow.outcome
    aside = "" if workflow.required else " (not required)"
    cells = (
        comment_prose(_named(workflow)),
        f"{labels.verdict_mark(outcome)} {labels.verdict_word(outcome)}{aside}",
        labels.progress(workflow.execution),
        human_seconds(workflow.seconds),
    )
    return f"| {' | '.join(cells)} |"


def _texts(workflow: WorkflowReport, room: Room) -> Iterator[str]:
    """The checks that are not met; folded, what blocks that failed or wait have to say."""
    yield from _unmet(workflow, room)
    blocks = workflow.execution.blocks if workflow.execution else ()
    telling = [
        block
        for block in blocks
        if block.status in {Status.FAILED, Status.REVIEW_PENDING} and labels.block_text(block)
    ]
    for block in telling[: room.rows]:
        key = markdown_code(whole(block.key, LONGEST_NAME))
        yield f"<details><summary>{labels.status_mark(block)} {key}</summary>"
        yield comment_block(whole(labels.block_text(block), room.characters))
        yield "</details>"
    yield from _left_out(len(telling) - room.rows, "texts of blocks")


def _unmet(workflow: WorkflowReport, room: Room) -> Iterator[str]:
    unmet = findings.unmet(workflow.findings)
    if unmet:
        yield f"**{findings.HEADING}:** {findings.tally(workflow.findings)}"
        yield "\n".join(map(_check, unmet[: room.rows]))
        yield from _left_out(len(unmet) - room.rows, "unmet checks")


def _check(finding: Finding) -> str:
    name, expected, found = (
        markdown_code(whole(text, LONGEST_NAME * 2)) or "nothing"
        for text in (findings.full_name(finding), finding.expected, finding.found)
    )
    return f"- ❌ {name}: expected {expected}, found {found}"


def _left_out(count: int, things: str) -> Iterator[str]:
    yield from (f"_{words}_" for words in left_out(count, things))


def _footer(report: RunReport) -> str:
    facts = [f"exit code {report.outcome.exit_code}", human_seconds(report.seconds)]
    if report.change.sha:
        facts.append(f"commit {markdown_code(whole(report.change.short_sha or '', LONGEST_NAME))}")
    ids = [run.execution_id for run in report.workflows if run.execution_id]
    if len(report.workflows) == 1 and ids:
        facts.append(f"execution {markdown_code(ids[0])}")
    facts.append(comment_prose(f"genesis-ci {whole(report.tool_version, LONGEST_NAME)}"))
    if target := link_target(report.job_url):
        facts.append(f"[CI job](<{target}>)")
    return f"<sub>{' · '.join(facts)}</sub>"


def whole(text: str, limit: int) -> str:
    """Return at most about `limit` characters of a text, as whole sentences where it has any."""
    if len(text) <= limit:
        return text
    ends = [found.end() for found in _SENTENCE_END.finditer(text, 0, limit)]
    end = ends[-1] if ends else text.rfind(" ", 0, limit)
    kept = text[: end if end > 0 else limit].rstrip()
    return f"{kept} … [{len(text) - len(kept)} more characters in result.json]"
