"""Reports of each ending in Japanese: no English sentence, and the same words for programs."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from lxml import etree

from genesis_ci import result
from genesis_ci.language import Language, use
from genesis_ci.models.report import JobReport, Verdict
from genesis_ci.reporters import comment_text, ctrf, html, junit, last_lines, outputs, summary

from ...japanese import english_in, without_texts
from .reports import SCENARIOS, outcome_of


def japanese(make: Callable[[], JobReport]) -> JobReport:
    use(Language.JAPANESE)
    return make.__wrapped__()  # type: ignore[attr-defined, no-any-return]


def for_programs(report: JobReport) -> list[Any]:
    """What programs read in the reports."""
    values = outputs.by_name(report, report_dir="genesis-results", output_block=None)
    cases = [
        (one.tag, {**one.attrib, "message": ""})
        for one in etree.fromstring(junit.render(report).encode()).iter()
    ]
    files = [result.render(report), ctrf.render(report), values.pop("results")]
    words = (values, cases, last_lines.last_line(report, ""))
    return [*words, *map(without_texts, files)]


@pytest.mark.parametrize("make", SCENARIOS.values(), ids=SCENARIOS.keys())
def test_programs_read_the_same_in_each_language(make):
    english = for_programs(make())
    assert for_programs(japanese(make)) == english


@pytest.mark.parametrize("make", SCENARIOS.values(), ids=SCENARIOS.keys())
def test_no_english_sentence_is_in_a_japanese_report(make):
    report = japanese(make)
    texts = [
        re.sub("<[^>]*>", "\n", html.render(report).partition("</style>")[2]),
        summary.render(report),
        comment_text.render(report),
        junit.render(report),
        *last_lines.overview(report, colours=False),
    ]
    for one in report.workflows:
        texts += last_lines.ending(one, several=True, colours=False)
    data: list[Any] = [without_texts(result.render(report)), report.problems]
    data += [(one.notes, one.findings) for one in report.workflows]  # written by the scenarios
    data += map(outcome_of, Verdict)
    assert english_in("\n".join(texts), str(data)) == []


def test_an_english_job_reads_each_sentence_of_a_japanese_file():
    report = japanese(SCENARIOS["unmet"])
    text = result.render(report)
    use(Language.ENGLISH)
    assert result.parse(text).outcome.sentences == report.outcome.sentences
