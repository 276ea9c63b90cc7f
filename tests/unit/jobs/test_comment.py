"""`genesis-ci comment`: its requirements, messages and exit codes."""

import json

import pytest

from genesis_ci import result
from genesis_ci.language import Language, use
from genesis_ci.models.change import Change
from genesis_ci.models.report import JobReport, Verdict
from tests.forges import (
    OTHER_SHA,
    SHA,
    ForgejoStandIn,
    GitHubStandIn,
    GitLabStandIn,
    pull,
)
from tests.unit.forges.jobs import (
    PULL_REQUEST,
    TOKEN,
    CommentJob,
    ci_of,
    finished_run,
    on_forgejo,
    on_github,
    on_gitlab,
    scheduled,
)
from tests.unit.reporters.reports import (
    bad_configuration,
    completed,
    failed,
    no_key,
    outcome_of,
    review,
)
from tests.unit.reporters.reports import report as a_report

SCHEDULED = {"GITHUB_EVENT_NAME": "schedule"}


def report_of(verdict: Verdict, exit_code: int | None = None) -> JobReport:
    return a_report(outcome=outcome_of(verdict, exit_code))


def not_about_a_request(report: JobReport) -> JobReport:
    return report._replace(change=Change())


def test_a_comment_needs_no_api_key_and_ignores_the_verdict():
    job = CommentJob(GitHubStandIn(), report=failed())
    assert job.exit_code == 0
    assert job.lines[-1] == "genesis-ci: comment exit-code=0"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            {"environ": {}},
            "comment supports Forgejo/Gitea, GitHub and GitLab, and this job runs on another",
        ),
        ({"environ": on_github(GITHUB_TOKEN="")}, "GITHUB_TOKEN is empty."),
        (
            {"environ": on_github(GITHUB_API_URL="http://github.example")},
            "The address of GitHub's API: “http://github.example” is not https, so the token would",
        ),
        ({"text": ""}, "--from result.json: "),
        (
            {"text": "no json"},
            "--from result.json: the file cannot be read: not valid JSON. Name the result.json",
        ),
        ({"text": "{}"}, "--from result.json: "),
        ({"name": ""}, "--name: write 1 to 100 characters."),
        ({"name": " "}, "--name: write 1 to 100 characters."),
        ({"name": "x" * 101}, "--name: write 1 to 100 characters."),
        ({"report_url": "http://x.example/r"}, "report-url: “http://x.example/r” is not https."),
        ({"environ": on_github(GENESIS_REPORT_URL="ftp://x")}, "report-url: "),
        ({"options": ("--started", "--from")}, "--started and --from do not go together. Drop"),
        ({"options": ("--started", "--issue")}, "--started and --issue do not go together."),
        ({"options": ("--only-red", "--issue")}, "--only-red and --issue do not go together."),
        ({"labels": ("red",)}, "--label: only an issue gets labels. Add --issue, or drop it."),
        ({"labels": ("a,b",), "as_issue": True}, "--label: a label has no comma."),
        (
            {"environ": on_github(GITHUB_RUN_ID=""), "options": ("--started",)},
            "This command does not know its run. Pass it: docker run -e GITHUB_ACTIONS -e",
        ),
        (
            {"environ": on_github(GENESIS_LANGUAGE="jp"), "options": ("--started",)},
            "GENESIS_LANGUAGE: write en or ja.",
        ),
    ],
)
def test_bad_usage_is_named_and_nothing_is_sent(given, words):
    forge = GitHubStandIn()
    job = CommentJob(forge, **given)
    assert (job.exit_code, forge.requests) == (2, [])
    [error] = job.errors
    assert error.startswith(words)


def test_a_forged_file_publishes_no_token_and_no_link():
    forge = GitHubStandIn()
    document = json.loads(result.render(failed()._replace(ci=ci_of(on_github()))))
    document |= {"message": f"The server said {TOKEN}.", "job_url": "https://evil.example/login"}
    [workflow] = document["workflows"]
    workflow["run_url"] = "https://genesis.autify.com.evil.example/login"
    CommentJob(forge, text=json.dumps(document))
    [body] = forge.own()
    assert "The server said" in body
    assert TOKEN not in body
    assert "evil" not in body


RUN = "https://github.com/acme/shop/actions/runs/55"
ARTIFACT = f"{RUN}/artifacts/7"


@pytest.mark.parametrize(
    ("given", "linked"),
    [
        ({}, None),
        ({"report_url": "https://x.example/r"}, "https://x.example/r"),
        ({"environ": on_github(GENESIS_REPORT_URL="https://x.example/r")}, "https://x.example/r"),
        ({"stated": ARTIFACT, "job_url": RUN}, ARTIFACT),
        ({"stated": ARTIFACT, "job_url": RUN.replace("55", "56")}, ARTIFACT),
        ({"stated": ARTIFACT, "report_url": "https://x.example/r"}, "https://x.example/r"),
        ({"stated": ARTIFACT}, None),
        ({"stated": "https://github.com/acme/shop/actions/runs-of/evil", "job_url": RUN}, None),
        ({"stated": "https://evil.example/actions/runs/55", "job_url": RUN}, None),
        *[({"stated": f"{RUN}/{up}/{up}/evil", "job_url": RUN}, None) for up in ("..", "%2E.")],
    ],
)
@pytest.mark.parametrize("as_issue", [False, True])
def test_the_text_begins_with_the_link_to_the_reports(given, linked, as_issue):
    forge = GitHubStandIn()
    stated = given.get("stated")
    options = {name: value for name, value in given.items() if name != "stated"}
    if as_issue:
        options["environ"] = {**scheduled(forge), **options.get("environ", {}), **SCHEDULED}
    report = failed()._replace(report_url=stated, change=Change())
    job = CommentJob(forge, report=report, as_issue=as_issue, **options)
    assert job.exit_code == 0
    [body] = [one["body"] for one in forge.issues] or forge.own()
    first = body.splitlines()[1]
    assert first == (
        f"[Open the reports](<{linked}>)" if linked else "### ❌ Failed: checkout smoke"
    )


@pytest.mark.parametrize(
    ("report", "writes"),
    [
        (failed(), ["POST"]),
        (review(), ["POST"]),
        (bad_configuration(), ["POST"]),
        (no_key(), []),
        (report_of(Verdict.TRIGGERED), []),
        (report_of(Verdict.INTERRUPTED), []),
        (report_of(Verdict.INTERRUPTED, 143), []),
        (report_of(Verdict.REVIEW_PENDING, 0), []),
        (completed(), []),
    ],
)
def test_only_a_red_job_opens_an_issue(report, writes):
    forge = GitHubStandIn()
    job = CommentJob(forge, scheduled(forge), report=not_about_a_request(report), as_issue=True)
    assert (job.exit_code, forge.writes) == (0, writes)


BY_CHILD = {"CI_PIPELINE_SOURCE": "parent_pipeline"}
OF_COMMIT = on_gitlab(CI_COMMIT_SHA=SHA)
AFTERWARDS = on_github(900, GITHUB_EVENT_NAME="workflow_run", GITHUB_JOB="comment")
GITHUB_NAMES = "-e GITHUB_ACTIONS -e GITHUB_RUN_ID -e GITHUB_RUN_ATTEMPT -e GITHUB_JOB"


@pytest.mark.parametrize(
    ("ours", "by", "refused"),
    [
        (on_github(), on_github(99), "run 99 wrote it, and this is run 100"),
        (on_github(GITHUB_RUN_ATTEMPT="2"), on_github(), "attempt 1 of this job wrote it"),
        (on_github(GITHUB_RUN_ATTEMPT="2", GITHUB_JOB="comment"), on_github(), ""),
        (on_github(), {}, GITHUB_NAMES),
        (on_github(), on_github(GITHUB_JOB=""), GITHUB_NAMES),
        (on_github(), on_github(GITHUB_RUN_ID="00"), GITHUB_NAMES),
        (on_github(GITHUB_RUN_ATTEMPT=""), on_github(), GITHUB_NAMES),
        (AFTERWARDS, on_github(55, GITHUB_RUN_ATTEMPT="3"), ""),
        (AFTERWARDS, AFTERWARDS, ""),
        (AFTERWARDS, on_github(54), "run 54 wrote it, and this is run 900"),
        (on_github(900, GITHUB_JOB="comment"), on_github(55), "run 55 wrote it"),
        (on_forgejo(5, GITHUB_RUN_ID="701"), on_forgejo(5, GITHUB_RUN_ID="700"), ""),
        (on_forgejo(6, GITHUB_RUN_ID="700"), on_forgejo(5, GITHUB_RUN_ID="700"), "run 5 wrote it"),
        (on_gitlab(), on_gitlab(CI_JOB_NAME="gate", CI_JOB_ID="1"), ""),
        (on_gitlab(), on_gitlab(CI_JOB_ID="1"), "attempt 1 of this job wrote it"),
        (OF_COMMIT, on_gitlab(101), "run 101 wrote it"),
        (OF_COMMIT, on_gitlab(101, **BY_CHILD), ""),
        (OF_COMMIT | BY_CHILD, on_gitlab(CI_JOB_ID="1", **BY_CHILD), "attempt 1 of this job"),
        (on_gitlab(CI_COMMIT_SHA=OTHER_SHA), on_gitlab(101, **BY_CHILD), "run 101 wrote it"),
        (on_gitlab(), on_gitlab(101, **BY_CHILD), "run 101 wrote it"),
    ],
)
@pytest.mark.parametrize("as_issue", [False, True])
def test_the_file_has_to_be_of_this_run(ours, by, refused, as_issue):
    forge = GitHubStandIn()
    if ours.get("GITLAB_CI"):
        forge = GitLabStandIn()
        refused = refused or ("run 101" if as_issue and by.get("CI_PIPELINE_SOURCE") else "")
    elif ours.get("GITEA_ACTIONS"):
        forge = ForgejoStandIn()
    forge.pulls = {"contributor:fix": [pull(7)]}
    event = finished_run(event="schedule" if as_issue else "pull_request")
    event = event if ours is AFTERWARDS else {} if as_issue else PULL_REQUEST
    if as_issue and ours is not AFTERWARDS:
        ours = ours | {"GITHUB_EVENT_NAME": "schedule", "CI_MERGE_REQUEST_IID": ""}
    report = failed()._replace(change=Change(sha=None if as_issue else SHA))
    job = CommentJob(forge, ours, by=by, event=event, report=report, as_issue=as_issue)
    assert (job.exit_code, bool(forge.requests)) == ((2, False) if refused else (0, True))
    assert refused in " ".join(job.errors)


def test_the_reason_for_another_run_is_in_the_language_of_the_job():
    use(Language.JAPANESE)
    job = CommentJob(GitHubStandIn(), by=on_github(99))
    assert job.errors == [
        "--from result.json：このファイルを書いたのは実行 99 です（今の実行は 100）。"
        "今の実行のファイルがない理由を調べてください。何も投稿していません。"
    ]


def test_an_old_file_without_a_run_is_refused():
    forge = GitHubStandIn()
    document = json.loads(result.render(failed()))
    for given in ({}, {"run": "100 ", "attempt": "1", "job": "gate"}):
        job = CommentJob(forge, text=json.dumps(document | {"ci": given}))
        assert (job.exit_code, forge.requests) == (2, [])


def test_an_interrupted_job_leaves_the_issue_as_it_is():
    forge = GitHubStandIn()
    for run, made in ((100, failed()), (101, report_of(Verdict.INTERRUPTED))):
        environ = scheduled(forge, run)
        job = CommentJob(forge, environ, report=not_about_a_request(made), as_issue=True)
    assert job.lines[0] == "The issue stays as it is: the job was interrupted."
    assert forge.writes == ["POST"]


def test_the_title_of_an_issue_mentions_nobody_and_commands_nothing():
    forge = GitHubStandIn()
    name = "/close @octocat #7 acme/shop!3 [x](https://evil.example) &amp; 決済"
    report = not_about_a_request(failed())
    CommentJob(forge, scheduled(forge), report=report, as_issue=True, name=name)
    assert forge.issues[0]["title"] == (
        "Genesis is red: /close octocat 7 acme/shop 3 x (https //evil.example) amp 決済, "
        "nightly.yml, gate, main"
    )
