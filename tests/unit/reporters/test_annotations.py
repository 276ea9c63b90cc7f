"""Annotations: errors first, and problems of a file at their line."""

from genesis_ci.models.report import Level, Problem, Verdict
from genesis_ci.reporters import annotations

from . import reports
from .reports import each_ending, report, workflow


def shown(made):
    return [(one.level, one.title) for one in annotations.every(made)]


def test_problem_of_a_file_is_shown_at_its_line():
    problem = Problem(words="Unknown key “worklow-id”.", file=".genesis-ci.yml", line=7, column=4)
    [one] = annotations.every(reports.bad_configuration()._replace(problems=(problem,)))
    assert (one.message, one.file, one.line, one.column) == problem[:4]


def test_job_has_an_error_annotation_exactly_when_it_is_red():
    def check(made):
        assert (Level.ERROR in dict(shown(made))) is not made.outcome.green

    each_ending(check)
    interrupted = reports.outcome_of(Verdict.INTERRUPTED)
    check(report(workflow(interrupted, required=False), outcome=interrupted))


def test_failures_of_a_workflow_that_is_not_required_are_warnings():
    required, optional = (workflow(Verdict.UNMET, name=name, required=name == "a") for name in "ab")
    levels = [one.level for one in annotations.every(report(optional, required))]
    assert levels == [Level.ERROR, Level.WARNING]


def test_annotation_has_some_failed_checks_and_ends_with_what_to_do():
    [one] = annotations.every(reports.many_checks())
    lines = one.message.splitlines()
    assert lines[0].startswith("checkout smoke: ✘ unmet: 60 of 120 tests failed")
    assert sum(line.startswith("    ✘ checkout › order total") for line in lines) == 5
    assert "    and 55 more in the reports" in lines
    assert lines[-1].startswith("  next       Correct what the run found")
    assert len(one.message.encode("utf-16-le")) < 2 * 4096


def test_pass_by_policy_or_after_retries_is_a_warning():
    assert shown(reports.completed()) == []
    for make in (reports.review_passed, reports.completed_with_failed_block, reports.flaky):
        [one] = annotations.every(make())
        assert one.level is Level.WARNING
        assert one.message.startswith("checkout smoke: ✔ passed")


def test_last_of_too_many_annotations_has_the_number_of_the_others():
    made = report(*(workflow(Verdict.FAILED, name=f"w{n}") for n in range(12)))
    kept = annotations.kept(annotations.every(made), most=10)
    assert len(kept) == 10
    assert kept[-1].message.startswith("3 more like these;")
