"""The step summary puts the verdict first, fits GitHub's limit, and says what it left out."""

from dataclasses import replace

import pytest

from genesis_ci.models import Status, Verdict
from genesis_ci.models.proof import Judgement
from genesis_ci.reporters import labels, summary
from genesis_ci.reporters.truncate import Room

from . import reports
from .markdown import rendered
from .reports import SCENARIOS, a_finding, block, each_ending, execution, judged, report, workflow

FIRST_LINES = {
    "completed": "## ✅ Passed: checkout smoke",
    "failed": "## ❌ Failed: checkout smoke",
    "review": "## ⏸️ Waiting for review: checkout smoke",
    "review-passed": "## ✅ Passed by policy: checkout smoke",
    "timed-out": "## ⌛ Timed out: checkout smoke",
    "no-key": "## ⏭️ Not run",
    "bad-configuration": "## ⚠️ Configuration error",
    "internal-error": "## ⚠️ Internal error",
    "several": "## ❌ 1 of 3 failed: checkout smoke",
    "not-required": "## ✅ Passed: 1 of 1 required workflows; "
    "not required: exploratory charter did not pass",
}


def shown(made):
    return rendered(summary.render(made)).shown


def first_line(made):
    return summary.render(made).partition("\n")[0].replace("&#58;\u200b", ":")


def test_the_first_line_is_the_verdict():
    assert {name: first_line(SCENARIOS[name]()) for name in FIRST_LINES} == FIRST_LINES


def test_message_and_remedy_are_told_and_neither_remedy_nor_the_job_s_message_twice():
    def check(made):
        text = shown(made)
        messages = [labels.message_of(one) for one in made.workflows] or [made.outcome.message]
        assert all(message in text for message in messages)
        assert made.outcome.hint is None or f"What to do: {made.outcome.hint}" in text
        for outcome in (made.outcome, *(run.outcome for run in made.workflows)):
            assert outcome.hint is None or text.count(outcome.hint) == 1
        assert text.count(made.outcome.message) <= 1

    each_ending(check)


def test_a_remedy_that_several_workflows_share_is_told_once():
    runs = [replace(reports.failed().workflows[0], name=name) for name in ("a", "b", "c")]
    assert shown(report(*runs)).count("What to do: Open the run in Genesis, correct") == 1


def test_what_the_checks_found_is_told_in_their_table_only():
    text = shown(reports.unmet())
    assert "its outputs do not show what they had to" in text
    assert "(found failed: Expected 1,980 JPY" not in text


def test_a_run_that_timed_out_says_how_to_attach_and_its_id_once():
    page = rendered(summary.render(reports.timed_out()))
    assert f"genesis-ci wait {reports.EXECUTION_ID}, or run this job" in page.shown
    assert page.shown.count(reports.EXECUTION_ID) == 1


def test_only_where_waiting_can_change_something_a_command_to_wait_is_told():
    assert "genesis-ci wait" not in shown(reports.failed())


def test_the_job_s_time_and_the_run_s_are_told_apart():
    assert "ran 48s in Genesis" in shown(reports.failed())
    assert "the job took 1m 06s" in shown(reports.failed())


def test_the_legend_has_what_the_bars_show():
    assert "█ ran, ▒ in review" in shown(reports.review())
    assert "in review" not in shown(reports.failed())


def test_a_failed_run_shows_blocks_bars_failure_and_id():
    text = shown(reports.failed())
    for part in (
        "verify-cart",
        "28s",
        "··········██████████████",
        "Expected 2 items in the cart, found 1.\n  at step 4: click “Add to cart”",
        reports.EXECUTION_ID,
        "password***",
        "Genesis did not answer for 12s",
    ):
        assert part in text.replace("\n\n", "\n").replace("password\n", "password"), part


def test_a_review_shows_since_when_the_block_waits_for_a_person():
    assert "████████▒▒▒▒▒▒▒▒" in shown(reports.review())


def test_blocks_that_have_not_started_have_a_row():
    run = replace(reports.failed().workflows[0].execution, block_count=8)
    text = shown(report(judged(run)))
    assert "check-mail◽ pending" in text.replace("\n", "")
    assert "3 more◽ not started" in text.replace("\n", "")


def test_only_the_first_failure_s_text_is_unfolded():
    failures = [block(f"b{at}", Status.FAILED, error=f"error {at}") for at in range(3)]
    page = rendered(summary.render(report(judged(execution(Status.FAILED, *failures)))))
    details = [attributes for tag, attributes in page.tags if tag == "details"]
    assert details.index((("open", None),)) == 0
    assert details.count((("open", None),)) == 1


def test_the_pages_of_the_job_and_of_the_run_are_linked_and_no_other_address():
    page = rendered(summary.render(reports.failed()))
    links = [dict(attributes)["href"] for tag, attributes in page.tags if tag == "a"]
    assert links == [reports.RUN_URL, reports.failed().job_url]


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "https://u@evil.example/", "https://a.example/\\@b", "ftp://a/b"]
)
def test_an_odd_address_of_job_or_run_is_no_link(url):
    [failed] = reports.failed().workflows
    made = replace(reports.failed(), job_url=url, workflows=(replace(failed, run_url=url),))
    page = rendered(summary.render(made))
    assert "a" not in page.names


def test_a_workflow_that_is_not_required_says_so():
    assert "This workflow is not required" in shown(reports.not_required())
    assert "Failed (not required)" in shown(reports.not_required())


def test_of_forty_workflows_the_red_ones_are_open_and_the_green_ones_folded():
    made = reports.many_workflows(40)
    page = rendered(summary.render(made))
    text = page.shown
    assert page.names.count("h3") == sum(not run.outcome.green for run in made.workflows)
    assert all(run.name in text for run in made.workflows)
    assert text.index("Failed: sign up 1") < text.index("Passed: checkout 1")
    cells = [text.index(f"{name}\n") for name in ("sign up 1", "refund 1", "checkout 1")]
    assert cells == sorted(cells)


def test_very_many_blocks_keep_every_failure_and_say_what_was_cut():
    text = shown(reports.many_blocks(500))
    assert all(f"block-{at:04d}" in text for at in range(99, 500, 100))
    assert all(f"Block {at} did not find its button." in text for at in range(99, 500, 100))
    assert "200 more blocks (200 completed) are not shown here; result.json has" in text


def test_more_failures_than_the_table_has_of_quiet_rows_are_all_kept():
    failed = range(1, 2 * summary.MAX_QUIET_ROWS + 20, 2)
    text = shown(reports.many_blocks(failed[-1] + 1, failed_every=2))
    assert all(f"block-{at:04d}" in text for at in failed)
    assert all(f"Block {at} did not find its button." in text for at in failed)


@pytest.mark.parametrize("letter", ["x", "&", "佐", "🛒"])
def test_the_limit_holds_whatever_the_blocks_say(letter):
    run = reports.many_blocks(20, output=letter * 30_000, failed_every=3).workflows[0]
    loud = [replace(each, error=each.output) for each in run.execution.blocks]
    made = report(replace(run, execution=replace(run.execution, blocks=tuple(loud))))
    text = summary.render(made, limit=100_000)
    assert len(text.encode()) <= 100_000
    rendered(text)
    assert "more characters in result.json" in text


def test_the_limit_holds_for_very_many_workflows_and_long_names():
    run = workflow(Verdict.FAILED, reports.failed().workflows[0].execution, name="&" * 100)
    text = summary.render(report(*[run] * 30), limit=20_000)
    assert len(text.encode()) <= 20_000
    assert "more workflows are not shown here" in rendered(text).shown


def with_checks(judgement, number):
    found = tuple(a_finding(f"check {at}", judgement) for at in range(number))
    return workflow(Verdict.UNMET, findings=found)


def with_blocks(status, number):
    blocks = (block(f"block-{at}", status, error="no") for at in range(number))
    return workflow(Verdict.FAILED, execution(Status.FAILED, *blocks))


TOO_MANY = {
    "problems": lambda number: report(
        outcome=reports.outcome_of(Verdict.ERROR),
        problems=tuple(f"problem {at}" for at in range(number)),
    ),
    "notices": lambda number: replace(
        report(with_blocks(Status.FAILED, 1)),
        notices=tuple(f"notice {at}" for at in range(number)),
    ),
    "notes": lambda number: report(
        workflow(Verdict.FAILED, notes=tuple(f"note {at}" for at in range(number)))
    ),
    "blocks and checks": lambda number: report(
        replace(
            with_blocks(Status.COMPLETED, number),
            earlier=(with_blocks(Status.CANCELLED, number),),
        )
    ),
    "unmet checks": lambda number: report(with_checks(Judgement.UNMET, number)),
    "checks": lambda number: report(with_checks(Judgement.MET, number)),
    "texts of blocks": lambda number: report(with_blocks(Status.FAILED, number)),
}


@pytest.mark.parametrize("what", TOO_MANY)
def test_what_finds_no_room_is_counted(what):
    most = Room(rows=5, characters=100)
    told = [rendered(summary.render(TOO_MANY[what](number), most=most)).shown for number in (5, 8)]
    assert f"more {what} are" not in told[0]
    assert f"3 more {what} are not shown here" in told[1]


def test_a_job_of_no_workflow_lists_its_problems():
    page = rendered(summary.render(reports.bad_configuration()))
    assert page.names.count("li") == 2
    assert reports.bad_configuration().problems[0] in page.shown


def test_mathematics_headings_and_blank_lines_of_a_failure_stay_its_text():
    error = "\n\n# not a heading\n\n</pre><h1>\n\n$$x$$"
    run = execution(Status.FAILED, block("b", Status.FAILED, error=error))
    page = rendered(summary.render(report(judged(run))))
    assert error in page.text
    assert "h1" not in page.names
