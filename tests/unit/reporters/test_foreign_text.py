"""Whatever a text says, every report shows it as text and nothing more."""

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
from .markdown import LINKED, ZERO_WIDTH_SPACE, rendered, taken_apart
from .poison import FIELDS, check_every_string_in_every_place, plainest, poisoned, report_of

foreign = st.text(max_size=60) | st.text(
    alphabet=st.sampled_from("<>&\"'`|\\[](){}!@#$:/.-_*~=+^ \n\r\tab1é日\u200b\u202e\x1b\udc00🛒"),
    max_size=60,
)


def links_no_foreign_text(text):
    assert LINKED.search(text) is None, LINKED.search(text)


def junit_holds(made, plain):
    document = junit.render(made)
    consumers.as_jenkins(document)
    counted = consumers.as_gitlab(document)
    assert counted == consumers.as_junitparser(document)
    assert counted == consumers.as_gitlab(junit.render(plain))
    assert counted["failure"] + counted["error"] > 0


def summary_holds(made, plain):
    page = rendered(summary.render(made))
    assert page.tags == rendered(summary.render(plain)).tags
    assert page.declarations == []
    links_no_foreign_text(page.linkable)


def html_holds(made, plain):
    text = html.render(made)
    page = taken_apart(text)
    assert page.tags == taken_apart(html.render(plain)).tags
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


def result_holds(made, _):
    json.loads(result.render(made).encode())


def dotenv_holds(made, _):
    assert refused_by_gitlab(outputs.render_dotenv(made)) == []


SINKS = {
    "genesis.env": dotenv_holds,
    "junit.xml": junit_holds,
    "result.json": result_holds,
    "summary.md": summary_holds,
    "report.html": html_holds,
}


def test_every_report_has_its_row_here():
    assert SINKS.keys() == REPORTS.keys()


@pytest.mark.parametrize("sink", SINKS)
def test_every_string_of_the_corpus_in_every_place_is_only_text(sink):
    check_every_string_in_every_place(SINKS[sink])


@settings(max_examples=25)
@given(foreign)
def test_any_text_in_every_place_at_once_is_only_text(text):
    for holds in SINKS.values():
        holds(poisoned(text, *FIELDS), report_of(*plainest(text), *FIELDS))


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


def test_a_block_s_words_are_shown_whole_in_every_report():
    texts = {kind: clean(text, limit=400) for kind, text in CORPUS.items()}
    failed = [
        reports.block(kind, Status.FAILED, error=text)
        for kind, text in texts.items()
        if text.strip()
    ]
    made = reports.report(reports.judged(reports.execution(Status.FAILED, *failed)))
    shown = (
        consumers._parsed(junit.render(made)).xpath("string()"),
        rendered(summary.render(made)).text,
        taken_apart(html.render(made)).text,
    )
    assert [one.key for one in failed if not all(one.error in text for text in shown)] == []
    told = json.loads(result.render(made))["workflows"][0]["blocks"]
    assert {one["key"]: one["error"] for one in told} == {one.key: one.error for one in failed}


def is_refused(text):
    """As a key or a value of an input: nothing, and what no file can hold."""
    return not text or "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text)


@pytest.mark.parametrize("accepted", [True, False])
def test_the_corpus_is_made_harmless_where_inputs_are_read(tmp_path, accepted):
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
        told = job.report(name).replace(ZERO_WIDTH_SPACE, "")
        assert clean(told, limit=len(told)) == told
    page = rendered(job.report("summary.md"))
    links_no_foreign_text(page.linkable)
    assert page.declarations == []
