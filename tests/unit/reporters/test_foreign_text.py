"""Each report shows foreign text as text and nothing else."""

import json
import re
from dataclasses import replace

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
from .poison import with_text

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


def junit_is_text(made, plain):
    document = junit.render(made)
    has_the_error(consumers.parsed(document).xpath("string()"), made)
    counted = consumers.counts(document)
    assert counted == consumers.counts(junit.render(plain))
    assert counted["failure"] + counted["error"] > 0


def ctrf_is_text(made, plain):
    tests, plain_tests = (consumers.ctrf_tests(ctrf.render(one)) for one in (made, plain))
    has_the_error("".join(test.get("trace", "") for test in tests), made)
    assert [test["status"] for test in tests] == [test["status"] for test in plain_tests]


def summary_is_text(made, plain):
    page = rendered(summary.render(made))
    has_the_error(page.text, made)
    assert page.tags == rendered(summary.render(plain)).tags
    assert page.declarations == []
    has_no_link(page, LINKED)


def from_its_file(made):
    """Read the report from its file, which has no ids in another form."""
    found = result.parse(result.render(made))
    ids = [{name: getattr(one, name) for name in IDS} for one in made.workflows]
    workflows = tuple(map(lambda one, own: replace(one, **own), found.workflows, ids))
    return found._replace(change=made.change, workflows=workflows)


def comment_is_text(made, plain):
    """Check the comment on a report that was read from its file."""
    text, plain_text = (comment_text.render(from_its_file(one)) for one in (made, plain))
    page = rendered(text)
    assert page.tags == rendered(plain_text).tags
    assert page.declarations == []
    has_no_link(page, LINKED, GITLAB_LINKED)
    assert not [line for line in text.splitlines() if line.lstrip().startswith("/")]
    assert len(text) <= comment_text.MOST_CHARACTERS


def show_is_text(made, plain):
    """Check what `show` prints for a person, a log or an agent."""
    text, plain_text = (
        comment_text.render(from_its_file(one), style=style.LOG) for one in (made, plain)
    )
    assert rendered(text).tags == rendered(plain_text).tags
    assert log_lines(text) == text.split("\n")  # no CI reads a command
    assert len(text) <= comment_text.MOST_CHARACTERS


def plain_is_text(made, plain):
    """Check what `show` prints on a terminal: no line of its own is one of the text."""
    text, plain_text = (
        comment_text.render(from_its_file(one), style=style.PLAIN) for one in (made, plain)
    )
    assert clean(text) == text
    own, plain_own = (re.findall("(?m)^(?! {4}).+", one) for one in (text, plain_text))
    assert len(own) == len(plain_own)
    assert not re.search(r"</?[a-z]|&#|[*_]{2}|```|\]\(", plain_text)
    assert len(text) <= comment_text.MOST_CHARACTERS


def html_is_text(made, plain):
    text = html.render(made)
    page = parsed_html(text)
    has_the_error(page.text, made)
    assert page.tags == parsed_html(html.render(plain)).tags
    assert page.declarations == ["doctype html"]
    loads_nothing(made, text)


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


def result_is_text(made, _):
    has_the_error(json.loads(result.render(made))["workflows"][0]["blocks"][2]["error"], made)


def dotenv_is_text(made, _):
    assert refused_by_gitlab(outputs.dotenv(made)) == []


SINKS = {
    "genesis.env": dotenv_is_text,
    "junit.xml": junit_is_text,
    "ctrf.json": ctrf_is_text,
    "result.json": result_is_text,
    "summary.md": summary_is_text,
    "report.html": html_is_text,
    "comment": comment_is_text,
    "show": show_is_text,
    "show on a terminal": plain_is_text,
}


def test_each_report_is_tested():
    assert SINKS.keys() == {*REPORTS, "comment", "show", "show on a terminal"}


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("sink", SINKS)
def test_hostile_text_is_only_text_in_each_place(sink, language):
    use(language)
    for kind, text in TEXTS.items():
        with naming(f"“{kind}”"):
            SINKS[sink](*with_text(text))


def test_page_of_each_ending_loads_and_runs_nothing():
    reports.each_ending(lambda made: loads_nothing(made, html.render(made)))


@settings(max_examples=25)
@given(foreign)
def test_random_text_is_only_text_in_each_place(text):
    for is_text in SINKS.values():
        is_text(*with_text(text, workflows=1))


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
