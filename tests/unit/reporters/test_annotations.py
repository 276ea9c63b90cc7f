"""What the CI shows beside a job's result: the loudest first, and problems at their place."""

from dataclasses import replace

from genesis_ci.models import Level, Problem, Verdict
from genesis_ci.reporters import annotations

from . import reports
from .reports import SCENARIOS, report, workflow


def shown(made):
    return [(one.level, one.title) for one in annotations.render(made)]


def test_a_problem_of_a_file_stands_at_its_line():
    problem = Problem(words="Unknown key “worklow-id”.", file=".genesis-ci.yml", line=7)
    [one] = annotations.render(replace(reports.bad_configuration(), problems=(problem,)))
    assert (one.message, one.file, one.line) == (problem.words, ".genesis-ci.yml", 7)


def test_a_job_that_is_good_says_nothing():
    assert shown(SCENARIOS["completed"]()) == []


def test_a_failed_workflow_is_an_error_and_one_that_is_not_required_a_warning():
    bad = workflow(Verdict.FAILED, name="a")
    aside = workflow(Verdict.FAILED, name="b", required=False)
    assert shown(report(aside, bad)) == [
        (Level.ERROR, "genesis-ci: a"),
        (Level.WARNING, "genesis-ci: b"),
    ]


def test_what_a_policy_passes_is_a_warning():
    assert shown(reports.review_passed()) == [(Level.WARNING, "genesis-ci: checkout smoke")]


def test_of_too_many_the_last_says_how_many_more_there_are():
    made = report(*(workflow(Verdict.FAILED, name=f"w{n}") for n in range(12)))
    kept = annotations.kept(annotations.render(made), most=10)
    assert len(kept) == 10
    assert kept[-1].message.startswith("3 more like these;")
