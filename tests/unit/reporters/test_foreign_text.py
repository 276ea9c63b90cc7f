"""Each report shows foreign text as text and nothing else."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genesis_ci import result
from genesis_ci.models import Status
from genesis_ci.publish import REPORTS
from genesis_ci.reporters import html, junit, outputs, summary
from genesis_ci.reporters.escape import (
    html_line,
    html_text,
    markdown_block,
    markdown_code,
    markdown_prose,
)
from genesis_ci.text import clean
from tests.builders import an_execution
from tests.gitlab_rules import refused_by_gitlab
from tests.hostile import CORPUS
from tests.unit.jobs import Job, polled

from . import consumers, reports
from .pages import LINKED, ZERO_WIDTH_SPACE, parsed_html, rendered
from .poison import FIELDS, check_every_string_in_every_place, plainest, poisoned, report_of

foreign = st.text(max_size=60) | st.text(
    alphabet=st.sampled_from("<>&\"'`|\\[](){}!@#$:/.-_*~=+^ \n\r\tab1é日\u200b\u202e\x1b\udc00🛒"),
    max_size=60,
)


def has_no_link(text):
    assert LINKED.search(text) is None, LINKED.search(text)


def junit_is_text(made, plain):
    document = junit.render(made)
    consumers.as_jenkins(document)
    counted = consumers.as_gitlab(document)
    assert counted == consumers.as_junitparser(document)
    assert counted == consumers.as_gitlab(junit.render(plain))
    assert counted["failure"] + counted["error"] > 0


def summary_is_text(made, plain):
    page = rendered(summary.render(made))
    assert page.tags == rendered(summary.render(plain)).tags
    assert page.declarations == []
    has_no_link(page.linkable)


def html_is_text(made, plain):
    text = html.render(made)
    page = parsed_html(text)
    assert page.tags == parsed_html(html.render(plain)).tags
    assert page.declarations == ["doctype html"]
    assert not {"script", "iframe", "object", "embed", "img", "link", "base", "form"} & {
        *page.names
    }
    known = {made.job_url, *(workflow.run_url for workflow in made.workflows)}
    for _, attributes in page.tags:
        for name, value in attributes:
            assert not name.startswith("on")
            if name in {"href", "src"}:
                assert value.startswith("#") or value in known
    style = text.partition("<style>")[2].partition("</style>")[0]
    assert re.findall(r"url\(([^)]*)\)|@import", style) == []


def result_is_text(made, _):
    json.loads(result.render(made).encode())


def dotenv_is_text(made, _):
    assert refused_by_gitlab(outputs.render_dotenv(made)) == []


SINKS = {
    "genesis.env": dotenv_is_text,
    "junit.xml": junit_is_text,
    "result.json": result_is_text,
    "summary.md": summary_is_text,
    "report.html": html_is_text,
}


def test_each_report_is_tested():
    assert SINKS.keys() == REPORTS.keys()


@pytest.mark.parametrize("sink", SINKS)
def test_strings_of_the_corpus_are_only_text_in_each_place(sink):
    check_every_string_in_every_place(SINKS[sink])


@settings(max_examples=25)
@given(foreign)
def test_random_text_is_only_text_in_each_place(text):
    for is_text in SINKS.values():
        is_text(poisoned(text, *FIELDS), report_of(*plainest(text), *FIELDS))


@given(foreign)
def test_encoded_text_is_shown_unchanged(text):
    text = clean(text)
    line = " ".join(text.split())
    assert parsed_html(html_line(text)).text == text
    assert parsed_html(f"<p>{html_text(text)}</p>").text == text
    for encode in (markdown_prose, markdown_code):
        page = rendered(f"| {encode(text)} |\n| - |\n\nx {encode(text)} x")
        expected = f"{line}x {line} x"
        assert page.shown.replace("\n", "") == expected


@given(foreign)
def test_markdown_block_shows_text_line_by_line(text):
    text = clean(text)
    page = rendered(f"before\n\n{markdown_block(text)}\n\nafter")
    assert page.names == ["p", "/p", "pre", "/pre", "p", "/p"]
    assert page.text == f"before\n\n{text}\n\nafter\n"


def test_error_of_a_block_is_in_each_report():
    texts = {kind: clean(text, limit=400) for kind, text in CORPUS.items()}
    texts["japanese"] = "佐藤さんの買い物かご 🛒👩‍💻"
    failed = [
        reports.block(kind, Status.FAILED, error=text)
        for kind, text in texts.items()
        if text.strip()
    ]
    made = reports.report(reports.judged(reports.execution(Status.FAILED, *failed)))
    shown = (
        consumers._parsed(junit.render(made)).xpath("string()"),
        rendered(summary.render(made)).text,
        parsed_html(html.render(made)).text,
    )
    assert [one.key for one in failed if not all(one.error in text for text in shown)] == []
    blocks = json.loads(result.render(made))["workflows"][0]["blocks"]
    assert {one["key"]: one["error"] for one in blocks} == {one.key: one.error for one in failed}


def is_refused(text):
    """Whether inputs reject the text as a key or a value."""
    return not text or "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text)


@pytest.mark.parametrize("accepted", [True, False])
def test_inputs_from_the_corpus_are_only_text_in_reports(tmp_path, accepted):
    texts = [text for text in CORPUS.values() if is_refused(text) is not accepted]
    pairs = {f"a{at}": text for at, text in enumerate(texts)} | {text[:80]: "b" for text in texts}
    job = Job(tmp_path).run(
        polled(an_execution(Status.FAILED)), inputs=json.dumps(pairs, ensure_ascii=False)
    )
    assert job.exit_code == (1 if accepted else 2)
    junit_text = job.report("junit.xml")
    consumers.as_jenkins(junit_text)
    assert consumers.as_gitlab(junit_text) == consumers.as_junitparser(junit_text)
    for name in REPORTS:
        text = job.report(name).replace(ZERO_WIDTH_SPACE, "")
        assert clean(text, limit=len(text)) == text
    page = rendered(job.report("summary.md"))
    has_no_link(page.linkable)
    assert page.declarations == []
