"""Whatever a text says, every report shows it as text and nothing more."""

import json
import re
from functools import cache
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genesis_ci.models import Status
from genesis_ci.publish import REPORTS
from genesis_ci.reporters import html, junit, result, summary
from genesis_ci.reporters.escape import (
    html_line,
    html_text,
    markdown_block,
    markdown_code,
    markdown_prose,
)
from genesis_ci.text import clean
from tests.builders import an_execution
from tests.unit.jobs import Job, polled

from . import consumers
from .markdown import LINKED, ZERO_WIDTH_SPACE, rendered, taken_apart
from .poison import CORPUS, FIELDS, plainest, poisoned, report_of

foreign = st.text(max_size=60) | st.text(
    alphabet=st.sampled_from("<>&\"'`|\\[](){}!@#$:/.-_*~=+^ \n\r\tab1é日\u200b\u202e\x1b\udc00🛒"),
    max_size=60,
)
examples = settings(
    max_examples=40, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def junit_holds(report):
    document = junit.render(report)
    consumers.as_jenkins(document)
    counted = consumers.as_gitlab(document)
    assert counted == consumers.as_junitparser(document)
    assert counted["failure"] + counted["error"] > 0


@cache
def shape(render, read, block, line, *fields):
    """The elements of a report in which a text means nothing."""
    return read(render(report_of(block, line, *fields))).tags


def summary_holds(report, expected):
    page = rendered(summary.render(report))
    assert page.tags == expected
    assert page.declarations == []
    links_no_foreign_text(page.linkable)


def links_no_foreign_text(text):
    assert LINKED.search(text) is None, LINKED.search(text)


def html_holds(report, expected):
    text = html.render(report)
    page = taken_apart(text)
    assert page.tags == expected
    assert page.declarations == ["doctype html"]
    assert not {"script", "iframe", "object", "embed", "img", "link", "base", "form"} & {
        *page.names
    }
    known = {report.job_url, *(workflow.run_url for workflow in report.workflows)}
    for _, attributes in page.tags:
        for name, value in attributes:
            assert not name.startswith("on")
            if name in {"href", "src"}:
                assert value.startswith("#") or value in known
    style = text.partition("<style>")[2].partition("</style>")[0]
    assert re.findall(r"url\(([^)]*)\)|@import", style) == []


def result_holds(report):
    json.loads(result.render(report).encode())


def check(text, *fields):
    """Every report has the shape that it has without the text."""
    made = poisoned(text, *fields)
    junit_holds(made)
    summary_holds(made, shape(summary.render, rendered, *plainest(text), *fields))
    html_holds(made, shape(html.render, taken_apart, *plainest(text), *fields))
    result_holds(made)


@pytest.mark.parametrize("kind", CORPUS)
def test_a_string_of_the_corpus_in_every_place_at_once_is_only_text(kind):
    check(CORPUS[kind])


@pytest.mark.parametrize("field", FIELDS)
def test_every_string_of_the_corpus_in_one_place_is_only_text(field):
    for text in CORPUS.values():
        check(text, field)


@examples
@given(foreign)
def test_any_text_in_every_place_at_once_is_only_text(text):
    check(text)


@examples
@given(foreign)
def test_encoders_change_nothing_that_a_reader_sees(text):
    text = clean(text)
    line = " ".join(text.split())
    assert taken_apart(html_line(text)).text == text
    assert taken_apart(f"<p>{html_text(text)}</p>").text == text
    for encode in (markdown_prose, markdown_code):
        page = rendered(f"| {encode(text)} |\n| - |\n\nx {encode(text)} x")
        expected = f"{line}x {line} x"
        assert page.shown.replace("\n", "") == expected


@examples
@given(foreign)
def test_a_markdown_block_holds_the_text_line_by_line(text):
    text = clean(text)
    page = rendered(f"before\n\n{markdown_block(text)}\n\nafter")
    assert page.names == ["p", "/p", "pre", "/pre", "p", "/p"]
    assert page.text == f"before\n\n{text}\n\nafter\n"


@pytest.mark.parametrize("kind", ["emoji-zwj", "nbsp-tricks"])
def test_emoji_and_japanese_stay_as_they_are(kind):
    text = f"{CORPUS[kind]} 佐藤さんの買い物かご 🛒👩‍💻"
    for document in (
        consumers._parsed(junit.render(poisoned(text))).xpath("string()"),
        rendered(summary.render(poisoned(text))).shown,
        taken_apart(html.render(poisoned(text))).text,
        json.loads(result.render(poisoned(text)))["workflows"][0]["blocks"][0]["output"],
    ):
        assert text in document


@pytest.mark.parametrize("kind", CORPUS)
def test_a_block_s_words_are_shown_whole_in_every_report(kind):
    text = clean(CORPUS[kind], limit=400)
    if not text.strip():
        return
    made = poisoned(text, "block_error")
    assert text in consumers._parsed(junit.render(made)).xpath("string()")
    assert text in rendered(summary.render(made)).text
    assert text in taken_apart(html.render(made)).text
    assert json.loads(result.render(made))["workflows"][0]["blocks"][0]["error"] == text


@pytest.mark.parametrize("kind", CORPUS)
def test_a_string_of_the_corpus_is_made_harmless_where_inputs_are_read(kind, tmp_path):
    text = CORPUS[kind]
    given = json.dumps({"a": text, text[:80]: "b"}, ensure_ascii=False)
    job = Job(tmp_path).run(polled(an_execution(Status.FAILED)), inputs=given, output_block=text)
    junit_text = job.report("junit.xml")
    consumers.as_jenkins(junit_text)
    assert consumers.as_gitlab(junit_text) == consumers.as_junitparser(junit_text)
    for name in REPORTS:
        told = job.report(name).replace(ZERO_WIDTH_SPACE, "")
        assert clean(told, limit=len(told)) == told
    page = rendered(job.report("summary.md"))
    links_no_foreign_text(page.linkable)
    assert page.declarations == []


def test_the_number_of_checks(capsys):
    checks = len(list(product(CORPUS, FIELDS, ("junit", "summary", "html", "result"))))
    with capsys.disabled():
        print(f"\n{len(CORPUS)} strings x {len(FIELDS)} places x 4 reports = {checks} checks")  # noqa: T201
    assert checks > 5_000
