"""Each report shows foreign text as text and nothing else."""

import json
import re
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genesis_ci import result
from genesis_ci.jobs.publish import REPORTS
from genesis_ci.language import Language, use
from genesis_ci.models.execution import Status
from genesis_ci.providers.base import log_lines
from genesis_ci.reporters import comment_text, ctrf, escape, html, junit, outputs, style, summary
from genesis_ci.text import clean
from tests.builders import an_execution
from tests.gitlab_rules import refused_by_gitlab
from tests.hostile import CORPUS, naming
from tests.unit.published import Job, polled

from . import consumers, reports
from .pages import GITLAB_LINKED, LINKED, has_no_link, parsed_html, rendered
from .poison import plain_texts, with_plain, with_text

IDS = ("execution_id", "workflow_id")
TEXTS = {
    **CORPUS,
    "GitLab commands": "/merge\n/close\r\n \t/assign @root\n</pre>\n/label ~bug\u2028/approve",
    "addresses": "e@evil.com é.b_c@x-y.z, a@b@c.d mailto:a@b.c xmpp:a@b.c/d www.evil.com ftp://x.y",
    "GitLab references": "@octocat !12 ~bug %1.0 &7 #5 GH-7 $snippet ^alert#1 [vulnerability:1]",
}
foreign = st.text(max_size=60) | st.text(
    alphabet=st.sampled_from("<>&\"'`|\\[](){}!@#$:/.-_*~=+^ \n\r\tab1é日\u200b\u202e\x1b\udc00🛒"),
    max_size=60,
)


def has_the_error(text, made):
    """Check that a text has the beginning of a failed block's error."""
    assert made.workflows[0].execution.blocks[2].error[:300] in text


def junit_of(made):
    document = junit.render(made)
    has_the_error(consumers.parsed(document).xpath("string()"), made)
    counted = consumers.counts(document)
    assert counted["failure"] + counted["error"] > 0
    return counted


def ctrf_of(made):
    tests = consumers.ctrf_tests(ctrf.render(made))
    has_the_error("".join(test.get("trace", "") for test in tests), made)
    return [test["status"] for test in tests]


def summary_of(made):
    page = rendered(summary.render(made))
    has_the_error(page.text, made)
    assert page.declarations == []
    has_no_link(page, LINKED)
    return page.tags


def from_its_file(made):
    """Read the report from its file, which has no ids in another form."""
    found = result.parse(result.render(made))
    ids = [{name: getattr(one, name) for name in IDS} for one in made.workflows]
    workflows = tuple(map(lambda one, own: replace(one, **own), found.workflows, ids))
    return found._replace(change=made.change, workflows=workflows)


def comment_of(made):
    """Check the comment on a report that was read from its file."""
    text = comment_text.render(from_its_file(made))
    page = rendered(text)
    assert page.declarations == []
    has_no_link(page, LINKED, GITLAB_LINKED)
    assert not [line for line in text.splitlines() if line.lstrip().startswith("/")]
    assert len(text) <= comment_text.MOST_CHARACTERS
    return page.tags


def show_of(made):
    """Check what `show` prints for a person, a log or an agent."""
    text = comment_text.render(from_its_file(made), style=style.LOG)
    assert log_lines(text) == text.split("\n")  # no CI reads a command
    assert len(text) <= comment_text.MOST_CHARACTERS
    return rendered(text).tags


def on_terminal(made):
    """Check what `show` prints on a terminal: no line of its own is one of the text."""
    text = comment_text.render(from_its_file(made), style=style.PLAIN)
    assert clean(text) == text
    assert len(text) <= comment_text.MOST_CHARACTERS
    return len(re.findall("(?m)^(?! {4}).+", text))


@pytest.mark.parametrize("language", Language)
def test_a_terminal_shows_no_markup(language):
    use(language)
    for texts in {plain_texts(text) for text in TEXTS.values()}:
        shown = comment_text.render(from_its_file(with_plain(texts)), style=style.PLAIN)
        assert not re.search(r"</?[a-z]|&#|[*_]{2}|```|\]\(", shown)


def html_of(made):
    text = html.render(made)
    page = parsed_html(text)
    has_the_error(page.text, made)
    assert page.declarations == ["doctype html"]
    loads_nothing(made, text)
    return page.tags


def loads_nothing(made, text):
    page = parsed_html(text)
    assert not {"script", "iframe", "object", "embed", "img", "link", "base", "form"} & {
        *page.names
    }
    assert "default-src 'none'; style-src 'unsafe-inline'" in text
    style = text.partition("<style>")[2].partition("</style>")[0]
    assert re.findall(r"url\(|@import|@font-face", style) == []
    attributes = [pair for _, pairs in page.tags for pair in pairs]
    assert not [name for name, _ in attributes if name.startswith("on")]
    ids = [value for name, value in attributes if name == "id"]
    assert len(ids) == len(set(ids))
    known = {made.job_url, *(one.run_url for one in made.workflows), *(f"#{one}" for one in ids)}
    assert {value for name, value in attributes if name in {"href", "src"}} <= known


def result_of(made):
    has_the_error(json.loads(result.render(made))["workflows"][0]["blocks"][2]["error"], made)


def dotenv_of(made):
    assert refused_by_gitlab(outputs.dotenv(made)) == []


SINKS = {
    "genesis.env": dotenv_of,
    "junit.xml": junit_of,
    "ctrf.json": ctrf_of,
    "result.json": result_of,
    "summary.md": summary_of,
    "report.html": html_of,
    "comment": comment_of,
    "show": show_of,
    "show on a terminal": on_terminal,
}
"""Each checks a report and returns what no text in it changes."""


def test_each_report_is_tested():
    assert SINKS.keys() == {*REPORTS, "comment", "show", "show on a terminal"}


@cache
def of_plain(sink, language, texts, workflows):
    return SINKS[sink](with_plain(texts, workflows=workflows))


def check_text(sink, text, language=Language.ENGLISH, workflows=2):
    expected = of_plain(sink, language, plain_texts(text), workflows)
    assert SINKS[sink](with_text(text, workflows=workflows)) == expected


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("sink", SINKS)
def test_hostile_text_is_only_text_in_each_place(sink, language):
    use(language)
    for kind, text in TEXTS.items():
        with naming(f"“{kind}”"):
            check_text(sink, text, language)


def test_page_of_each_ending_loads_and_runs_nothing():
    reports.each_ending(lambda made: loads_nothing(made, html.render(made)))


@settings(max_examples=25)
@given(foreign)
def test_random_text_is_only_text_in_each_place(text):
    for sink in SINKS:
        check_text(sink, text, workflows=1)


@given(foreign)
def test_encoded_text_is_shown_unchanged(text):
    text = clean(text)
    line = " ".join(text.split())
    assert parsed_html(escape.html_line(text)).text == text
    assert parsed_html(f"<p>{escape.html_text(text)}</p>").text == text
    for encode in (escape.markdown_prose, escape.markdown_code):
        page = rendered(f"| {encode(text)} |\n| - |\n\nx {encode(text)} x")
        expected = f"{line}x {line} x"
        assert page.shown.replace("\n", "") == expected
    page = rendered(f"before\n\n{escape.markdown_block(text)}\n\nafter")
    assert page.names == ["p", "/p", "pre", "/pre", "p", "/p"]
    assert page.text == f"before\n\n{text}\n\nafter\n"


@pytest.mark.parametrize("exit_code", [1, 2])
def test_inputs_are_clean_in_each_report(tmp_path, exit_code):
    """The configuration accepts some texts of the corpus as a key or value, and rejects others."""
    rejected = re.compile("^$|[\0\ud800-\udfff]")
    texts = [one for one in CORPUS.values() if bool(rejected.search(one)) is (exit_code == 2)]
    pairs = {f"a{at}": text for at, text in enumerate(texts)} | {text[:80]: "b" for text in texts}
    job = Job(tmp_path).run(
        polled(an_execution(Status.FAILED)), inputs=json.dumps(pairs, ensure_ascii=False)
    )
    assert job.exit_code == exit_code
    for name in REPORTS:
        text = job.report(name).replace("\u200b", "")
        assert clean(text, limit=len(text)) == text
