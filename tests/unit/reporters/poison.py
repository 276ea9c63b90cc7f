"""Reports with one foreign text in each place that can have foreign text."""

from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any

from genesis_ci.models.judgement import Judgement
from genesis_ci.models.report import JobReport, Problem
from genesis_ci.text import clean, clean_line

from . import reports

LONG_TEXTS = {"output", "error", "expected", "found"}
"""The other fields are one bounded line after parsing."""


def with_text(text: str, *, workflows: int = 2) -> JobReport:
    """Return a red report with the text in each place."""
    return _replaced(red_report(workflows), clean(text), clean_line(text))


def with_plain(texts: tuple[str, str], *, workflows: int = 2) -> JobReport:
    """Return the same report with the texts that `plain_texts` returns."""
    return _replaced(red_report(workflows), *texts)


def plain_texts(text: str) -> tuple[str, str]:
    """Return what stands for a text where it may have lines, and where it is one."""
    return _plain(clean(text)), _plain(clean_line(text))


def red_report(workflows: int) -> JobReport:
    """Return a report with all that reports can have."""
    [failed] = reports.failed().workflows
    findings = (reports.a_finding(one.value, one, suite="shop", seconds=1.0) for one in Judgement)
    one = replace(
        failed,
        execution=replace(failed.execution, error="of two\nlines", cancel_reason="superseded"),
        findings=tuple(findings),
        readiness=reports.WAITED,
        earlier=reports.completed_with_failed_block().workflows,
    )
    runs = [one, replace(one, required=False, earlier=())][:workflows]
    problem = Problem(words="Unknown key.", file=".genesis-ci.yml", line=7)
    return reports.report(*runs)._replace(problems=(problem,), notices=("a notice",))


def _replaced(made: JobReport, block: str, line: str) -> JobReport:
    made = _with(made, "", block, line)
    # Texts of a workflow with which the job's end are not repeated.
    outcome = made.outcome._replace(sentences=(f"{line} 🏁",), steps=(f"{line} 🏁",))
    return made._replace(outcome=outcome)


def _with(value: Any, name: str, block: str, line: str) -> Any:
    """Return a value of the field `name` with other texts; block keys stay different."""
    match value:
        case Enum():
            return value
        case str() if name == "key":
            return f"{line} {value}"
        case str() if "\n" in value:
            return f"{value.splitlines()[0]}\n{block}"
        case str():
            return block if name in LONG_TEXTS else line
        case tuple() if names := getattr(value, "_fields", ()):
            return value._replace(
                **{one: _with(getattr(value, one), one, block, line) for one in names}
            )
        case tuple():
            return tuple(_with(one, name, block, line) for one in value)
        case dict():
            return {line: block}
        case _ if is_dataclass(value):
            texts = {
                one.name: _with(getattr(value, one.name), one.name, block, line)
                for one in fields(value)
            }
            return replace(value, **texts)
    return value


def _plain(text: str) -> str:
    """Return a plain text that is also empty, blank or long, of one line or several."""
    if not text.strip():
        return text and " "
    line = "x" * (400 if len(text) > 300 else 1)
    return f"{line}\nx" if "\n" in text.strip() else line
