"""GitLab: which merge request a job is about, and what its token may do."""

from tests.forges import GitLabStandIn

from .jobs import TOKEN, CommentJob, on_gitlab


def test_the_token_goes_into_one_header_and_nowhere_else():
    forge = GitLabStandIn()
    job = CommentJob(forge)
    assert {one.headers["PRIVATE-TOKEN"] for one in forge.requests} == {TOKEN}
    assert TOKEN not in str([forge.seen, job.lines, job.errors])


def test_a_branch_pipeline_has_nothing_to_comment_on():
    environ = on_gitlab()
    del environ["CI_MERGE_REQUEST_IID"]
    job = CommentJob(GitLabStandIn(), environ)
    assert job.exit_code == 0
    assert "not a merge request pipeline" in job.lines[0]


def test_a_fork_s_pipeline_comments_on_the_target_project_s_merge_request():
    forge = GitLabStandIn()
    assert CommentJob(forge, on_gitlab(CI_PROJECT_ID="77")).exit_code == 0
    assert len(forge.own()) == 1


def test_without_a_token_it_says_which_variable_and_why_it_may_be_missing():
    job = CommentJob(GitLabStandIn(), on_gitlab(GITLAB_TOKEN=""))
    assert job.exit_code == 2
    assert "GITLAB_TOKEN is empty" in job.errors[0]
    assert "forks" in job.errors[0]


def test_a_note_that_gitlab_wrote_by_itself_is_not_ours():
    forge = GitLabStandIn()
    CommentJob(forge)
    forge.comments[0]["system"] = True
    CommentJob(forge, on_gitlab(run=101))
    assert len(forge.comments) == 2
