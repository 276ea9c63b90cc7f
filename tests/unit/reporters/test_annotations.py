"""Annotations: errors first, and problems of a file at their line."""

from dataclasses import replace

from genesis_ci.models import Level, Problem, Verdict
from genesis_ci.reporters import annotations

from . import reports
from .reports import each_ending, report, workflow


def shown(made):
    return [(one.level, one.title) for one in annotations.render(made)]


def test_problem_of_a_file_is_shown_at_its_line():
    problem = Problem(words="Unknown key “worklow-id”.", file=".genesis-ci.yml", line=7)
    [one] = annotations.render(replace(reports.bad_configuration(), problems=(problem,)))
    assert (one.message, one.file, one.line) == (problem.words, ".genesis-ci.yml", 7)


def test_passed_job_has_no_annotation():
    assert shown(reports.completed()) == []


def test_job_has_an_error_annotation_exactly_when_it_is_red():
    def check(made):
        assert (Level.ERROR in dict(shown(made))) is not made.outcome.green

    each_ending(check)


def test_failed_workflow_is_an_error_or_a_warning_if_not_required():
    required = workflow(Verdict.FAILED, name="a")
    optional = workflow(Verdict.FAILED, name="b", required=False)
    assert shown(report(optional, required)) == [
        (Level.ERROR, "genesis-ci: a"),
        (Level.WARNING, "genesis-ci: b"),
    ]


def test_pass_by_policy_or_after_retries_is_a_warning():
    for make in (reports.review_passed, reports.completed_with_failed_block, reports.flaky):
        assert shown(make()) == [(Level.WARNING, "genesis-ci: checkout smoke")]


def test_unmet_check_is_an_error_with_its_place():
    of_check = annotations.render(reports.unmet())[1]
    assert of_check.level is Level.ERROR
    assert of_check.title == "genesis-ci: checkout › order total 3"
    assert "output of block “test-report”, test 4" in of_check.message


def test_last_of_too_many_annotations_has_the_number_of_the_others():
    made = report(*(workflow(Verdict.FAILED, name=f"w{n}") for n in range(12)))
    kept = annotations.kept(annotations.render(made), most=10)
    assert len(kept) == 10
    assert kept[-1].message.startswith("3 more like these;")


def test_first_five_unmet_checks_of_a_workflow_are_shown():
    assert len(annotations.render(reports.many_checks())) == 1 + 5
