"""The end of the log: a few lines for each workflow, and the last line."""

from collections.abc import Iterator, Sequence

from genesis_ci.language import N_, _, fill, human_seconds
from genesis_ci.models.execution import UNKNOWN_STATUS
from genesis_ci.models.judgement import Tone
from genesis_ci.models.report import UNNAMED, JobReport, Outcome, Verdict, WorkflowReport
from genesis_ci.reporters import facts, labels
from genesis_ci.text import cells, clean_line

_MAX_VALUE = 2_500
"""Characters of a value: the longest address fits."""
_MAX_ROWS = 20
"""Unmet checks of one workflow, and workflows, in the log; the reports have all of them."""
_MAX_STATUSES = 2
_MAX_IDS = 3
NO_EXECUTION = "none"
_MARKS = {Verdict.NOT_RUN: "○", Verdict.REVIEW_PENDING: "◆"}
"""The marks of green verdicts that are no pass."""
_GREEN, _YELLOW, _RED = "32", "33", "31"


def in_detail(report: JobReport) -> list[WorkflowReport]:
    """Return the workflows that the log describes: of several, those that need a look."""
    if len(report.workflows) == 1:
        return [*report.workflows]
    ranked = labels.failing_first(report.selected)
    return [one for one in ranked if not labels.is_plain(one.outcome)][:_MAX_ROWS]


def overview(report: JobReport, *, colours: bool) -> Iterator[str]:
    ranked = labels.failing_first(report.selected)
    names = [labels.with_note(labels.short_title(one), one) for one in ranked[:_MAX_ROWS]]
    width = max(map(cells, names), default=0)
    verdicts = (_verdict(one.outcome, colours=False) for one in ranked[:_MAX_ROWS])
    of_verdict = max(map(cells, verdicts), default=0)
    for one, name in zip(ranked, names, strict=False):
        verdict = _verdict(one.outcome, colours=colours, width=of_verdict)
        run = clean_line(one.run_url or one.execution_id or "", limit=_MAX_VALUE)
        took = labels.in_column(labels.duration(one))
        yield f"  {verdict}  {took}  {_padded(name, width)}  {run}".rstrip()
    if len(ranked) > _MAX_ROWS:
        yield f"  {_more(len(ranked) - _MAX_ROWS)}"
    if unchecked := [one for one in ranked if one.proof == "none"]:
        label, text = labels.short_names(unchecked), _(labels.NOT_CHECKED)
        yield labelled(_("unchecked"), fill("{label}: {text}", label=label, text=text))


def ending(
    report: WorkflowReport, *, several: bool, colours: bool, checks: int = _MAX_ROWS
) -> list[str]:
    """Return the lines of one workflow, without what the log has in its other lines.

    The first line names the workflow, unless it is the only one and only its id is known. `checks`
    is how many of those that failed, and of the excused ones, are listed.
    """
    is_named = several or labels.title(report) not in {UNNAMED, report.workflow_id}
    outcome, execution = report.outcome, report.execution
    status, took = labels.status(report.status_word or ""), labels.duration(report)
    elsewhere = report.execution_id, status, labels.progress(execution), took
    known = (one for one in facts.about_workflow(report) if not one.says_only(elsewhere))
    rows = [(fact.row, fact.written(fact.text, facts.RAW)) for fact in known if fact.row]
    first, *others = outcome.sentences
    nexts = (*outcome.next_steps, outcome.command)
    verdict = _verdict(outcome, colours=colours, unchecked=outcome.unchecked)
    verdict = labels.with_note(verdict, report)
    text = N_("{name}: {label}: {text}") if is_named else N_("{label}: {text}")
    return [
        fill(text, name=labels.short_title(report), label=verdict, text=first),
        *(f"  {sentence}" for sentence in others),
        *_checks(report, checks),
        *(labelled(row, clean_line(value, limit=_MAX_VALUE)) for row, value in rows),
        *(labelled("" if n else _("next"), one) for n, one in enumerate(nexts) if one),
    ]


def labelled(label: str, text: str) -> str:
    """Return a line of the end of the log; all labels take the same width."""
    return f"  {_padded(label, max(10, cells(_('next'))))} {text}"


def _more(count: int) -> str:
    return fill("and {count} more in the reports", count=count)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cells(text))


def _verdict(outcome: Outcome, *, colours: bool, width: int = 0, unchecked: bool = False) -> str:
    mark, colour = _MARKS.get(outcome.verdict, "✔"), _GREEN
    if not outcome.green:
        mark, colour = "✘", _RED
    elif labels.verdict_badge(outcome).tone in {Tone.WARN, Tone.UNCHECKED}:
        colour = _YELLOW
    word = f"{mark} {_(outcome.verdict)}"
    text = _padded(labels.remarked(word, flaky=outcome.flaky, unchecked=unchecked), width)
    return f"\x1b[{colour}m{text}\x1b[0m" if colours else text


def _checks(report: WorkflowReport, most: int) -> Iterator[str]:
    excused = (("○", each) for each in labels.excused(report.findings).values())
    for mark, findings in ("✘", labels.unmet(report.findings)), *excused:
        for finding in findings[:most]:
            name, result = finding.full_name, labels.check_result(finding)
            text = N_("{name}: {result} ({where})")
            yield f"    {mark} {fill(text, name=name, result=result, where=finding.where)}"
        if len(findings) > most:
            yield f"    {_more(len(findings) - most)}"


def last_line(report: JobReport, result: str) -> str:
    """Return the last line of the log: verdict, status, execution ids, duration, exit code.

    If there are too many ids, `result` is written, the path of the result.json that has them.
    A quiet log of a green job has only this line, so it says when the pass was flaky.
    """
    statuses = dict.fromkeys(one.status_word or UNKNOWN_STATUS for one in report.selected)
    ids = [one.execution_id for one in report.selected if one.execution_id]
    executions = ",".join(ids) if len(ids) <= _MAX_IDS else result
    return (
        f"genesis-ci: verdict={report.outcome.verdict} "
        f"status={_joined([*statuses] or [UNKNOWN_STATUS])} "
        f"execution-id={executions or NO_EXECUTION} "
        f"duration={human_seconds(report.seconds, english=True).replace(' ', '')} "
        f"{'flaky=true ' if report.outcome.flaky else ''}"
        f"exit-code={report.outcome.exit_code}"
    )


def _joined(words: Sequence[str]) -> str:
    more = len(words) - _MAX_STATUSES
    return ",".join(words[:_MAX_STATUSES]) + (f",+{more}" if more > 0 else "")
