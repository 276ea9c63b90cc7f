"""GitLab: sections that remote text cannot forge, and files that GitLab accepts."""

import json
import re

import pytest

from genesis_ci.models.report import Annotation, Level, Verdict
from genesis_ci.providers.gitlab import GitLab
from genesis_ci.reporters import outputs
from tests.builders import a_report, a_run_report, after, an_execution
from tests.gitlab_rules import SECTION, refused_by_gitlab, sections
from tests.hostile import each_string


def written_by(environ=None) -> tuple[GitLab, list[str]]:
    written: list[str] = []
    return GitLab(environ or {}, written.append, now=lambda: 7.9), written


def test_a_log_has_only_our_own_sections():
    def check(text):
        provider, written = written_by()
        provider.line(text)
        provider.group(text, [text, text])
        (start, name), (end, same) = sections("".join(written))
        assert (start, end, name) == ("start", "end", same)
        assert re.fullmatch(r"genesis_1_[a-z0-9_]+", name)
        assert "section_start:" not in SECTION.sub("", "".join(written))

    each_string(check)


def test_sections_are_open_and_have_different_names():
    provider, written = written_by()
    for _ in range(2):
        provider.group("Pay failed", ["no button"])
    log = "".join(written)
    assert "collapsed" not in log
    assert "\n| no button\n" in log
    assert len(set(re.findall(r"genesis_\d+_pay_failed", log))) == 2


def test_a_dotenv_file_has_id_status_verdict_and_code():
    workflow = a_report(Verdict.FAILED, 1, execution=an_execution("failed"), execution_id="run-1")
    assert outputs.dotenv(a_run_report(workflow)) == (
        "GENESIS_RESULT_EXECUTION_ID=run-1\nGENESIS_RESULT_STATUS=failed\n"
        "GENESIS_RESULT_VERDICT=failed\nGENESIS_RESULT_EXIT_CODE=1\n"
    )


@pytest.mark.parametrize(
    ("count", "fits"), [(130, True), (500, False)], ids=["that fit", "too many"]
)
def test_a_dotenv_file_has_all_execution_ids_or_none(count, fits):
    ids = [f"{n:036}" for n in range(count)]
    env = outputs.dotenv(a_run_report(*[a_report(execution_id=one) for one in ids]))
    shown = ",".join(ids) if fits else "not-here:use-wait-from-result.json"
    assert env.startswith(f"GENESIS_RESULT_EXECUTION_ID={shown}\n")
    assert refused_by_gitlab(env) == []


def test_the_annotations_report_links_to_the_html_report():
    job = "https://gitlab.example/o/r/-/jobs/7"
    provider, _ = written_by({"CI_JOB_URL": job})
    assert provider.report_page("out") == f"{job}/artifacts/file/out/report.html"
    assert written_by({})[0].report_page("out") is None
    [text] = provider.files("my reports/#1?%結").values()
    [annotation] = json.loads(text)["Genesis"]
    assert annotation["external_link"]["url"] == (
        f"{job}/artifacts/file/my%20reports/%231%3F%25%E7%B5%90/report.html"
    )


@pytest.mark.parametrize(
    ("level", "colour"), [(Level.ERROR, "31;1"), (Level.WARNING, "33"), (Level.NOTICE, "36")]
)
def test_an_annotation_has_the_colour_of_its_level(level, colour):
    annotation = Annotation(level=level, title="title", message="words", file="a.yml", line=7)
    for environ, start, end in (({}, f"\x1b[{colour}m", "\x1b[0m"), ({"NO_COLOR": "1"}, "", "")):
        provider, written = written_by(environ)
        provider.annotate(annotation)
        assert written == [f"{start}{level.upper()}: title: a.yml:7: words{end}\n"]


@pytest.mark.parametrize(
    ("environ", "word"),
    [
        ({"CI_PIPELINE_SOURCE": "merge_request_event"}, "variable GENESIS_API_KEY exists"),
        ({"CI_PIPELINE_SOURCE": "merge_request_event"}, "forks"),
        ({"CI_COMMIT_REF_PROTECTED": "false"}, "protected variable"),
        ({"CI_COMMIT_REF_PROTECTED": "true"}, "masked CI/CD variable"),
    ],
)
def test_the_hint_for_an_empty_key_depends_on_the_pipeline(environ, word):
    assert word in GitLab(environ, print).empty_key_hint


@pytest.mark.parametrize(
    ("timeout", "began", "left"),
    [
        (None, None, None),
        ("soon", None, None),
        ("-1", None, None),
        ("3600", None, 3600 - 60 - 30),
        ("40", None, 20 - 5),
        ("600", "2026-03-16T00:00:00Z", 600 - 90 - 30),
        ("600", "2026-03-16T09:00:00+09:00", 600 - 90 - 30),
        ("600", "2026-03-16T00:05:00Z", 600 - 60 - 30),
        ("600", "2026-03-15T00:00:00Z", 600 - 60 - 30),
        ("600", "yesterday", 600 - 60 - 30),
    ],
)
def test_the_time_left_follows_from_timeout_and_start(timeout, began, left):
    """An implausible start is taken to be a minute ago; 30 s stay for reports."""
    given = {"CI_JOB_TIMEOUT": timeout, "CI_JOB_STARTED_AT": began}
    environ = {name: text for name, text in given.items() if text is not None}
    assert GitLab(environ, print).seconds_left(after(90)) == left
