"""One workflow on the page: what failed is open, and every block has a row."""

import re
from dataclasses import replace

from genesis_ci.models import Status, Verdict
from genesis_ci.reporters import html

from . import reports
from .markdown import taken_apart
from .reports import block, execution, report, workflow


def shown(made):
    return taken_apart(html.render(made)).shown


def test_a_secret_variable_shows_stars():
    text = html.render(reports.failed())
    assert '<code><bdi>password</bdi></code></dt><dd dir="auto">***</dd>' in text


def test_failures_are_open_and_other_outputs_folded():
    text = html.render(reports.failed())
    rows = re.findall(r"<details( open)?><summary><bdi>(.*?)</bdi>", text)
    assert rows == [("", "open-shop"), ("", "log-in"), (" open", "verify-cart")]


def test_blocks_that_have_not_started_have_a_row():
    run = replace(reports.failed().workflows[0].execution, block_count=8)
    assert "3 morenot started–" in shown(report(workflow(Verdict.FAILED, run)))


def test_blocks_of_which_none_has_started_have_a_row_too():
    run = replace(execution(Status.PENDING), block_count=4, completed_blocks=0)
    assert "4 morenot started–" in shown(report(workflow(Verdict.TIMED_OUT, run)))


def test_a_run_without_times_has_rows_without_bars():
    run = execution(Status.FAILED, block("b", Status.FAILED))
    timeless = replace(run, created_at=None, started_at=None, updated_at=None)
    text = html.render(report(workflow(Verdict.FAILED, timeless)))
    assert 'class="blocks untimed"' in text
    assert 'class="bar' not in text
    assert 'class="legend"' not in text


def test_a_command_in_the_remedy_is_code_and_the_id_is_told_once():
    text = html.render(reports.timed_out())
    assert f"<code>genesis-ci wait {reports.EXECUTION_ID}</code>, or run this job" in text
    assert shown(reports.timed_out()).count(reports.EXECUTION_ID) == 1


def test_only_where_waiting_can_change_something_a_command_to_wait_is_told():
    assert "genesis-ci wait" not in shown(reports.failed())


def test_what_the_checks_found_is_told_in_their_table_only():
    text = shown(reports.unmet())
    assert "its outputs do not show what they had to" in text
    assert "(found failed: Expected 1,980 JPY" not in text


def test_what_was_waited_for_is_told_with_its_answers_unless_the_message_has_them():
    address = "https://pr-482.preview.example.test/health"
    assert f"Waited for{address}: 503" in shown(reports.completed())
    assert shown(reports.not_ready()).count("200 without “0a1b2c3”") == 1
    assert f"Waited for{address}" in shown(reports.not_ready())


def test_the_name_of_the_only_workflow_is_told_once():
    assert shown(reports.failed()).count("checkout smoke") == 2, "in the tab and in the headline"
