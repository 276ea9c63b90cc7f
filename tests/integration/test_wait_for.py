"""`wait-for` with real servers: triggers, reports and sent headers."""

import json
from urllib.parse import urlsplit

import pytest

from tests.forges import SHA, GitHubStandIn, GitLabStandIn
from tests.jobs import run_command, variables_for
from tests.reliability.answers import answer, error, served, silence
from tests.reliability.server import FaultServer
from tests.unit.forges.jobs import TOKEN, on_github, on_gitlab

READY = answer(b'{"version": "0a1b2c3d"}')
OLD = answer(b'{"version": "f9e8d7c6"}')
LATE = answer(b"x" * 1024 * 1024 + b"0a1b2c3")
HEADER = "hunter2-and-a-half"


def gate(emulator, tmp_path, url, **more):
    wanted = json.dumps({"url": f"{url}/health", "contains": "0a1b2c3", **more})
    ended = run_command(tmp_path, "run", **variables_for(emulator, "completed", wait_for=wanted))
    [workflow] = ended.result["workflows"]
    return ended, workflow


def moved(to):
    return answer(b"", "302 Found", location=to)


@pytest.fixture
def proxy(monkeypatch):
    """A proxy for everything, which answers plain http itself."""
    with FaultServer(polls=(answer(b"from the proxy"),)) as server:
        scheme = ("http", "https", "all")
        names = [name for one in scheme for name in (f"{one}_proxy", f"{one}_proxy".upper())]
        server.variables = dict.fromkeys(names, server.url)
        yield server


@pytest.mark.parametrize(
    "host", ["HTTP://127.0.0.1", "http://127.1", "hTTp://2130706433", "http://[::ffff:7f00:1]"]
)
def test_a_key_and_a_header_in_clear_pass_no_proxy(host, emulator, tmp_path, proxy):
    port = urlsplit(emulator.url).port
    wanted = {"url": f"{host}:{port}/api", "status": 404, "header": f"X-Bypass: {HEADER}"}
    given = {"api_url": f"{host}:{port}", "wait_for": json.dumps(wanted)}
    env = variables_for(emulator, "completed", **given) | proxy.variables
    ended = run_command(tmp_path, "run", **env)
    assert ended.exit_code == 0, ended.log
    assert "unencrypted" not in ended.log
    assert proxy.connections == 0


def test_only_a_preview_without_a_header_is_asked_through_a_proxy(emulator, tmp_path, proxy):
    wanted = {"url": "HTTP://preview.internal/health", "contains": "from the proxy"}
    env = variables_for(emulator, "completed", wait_for=json.dumps(wanted)) | proxy.variables
    ended = run_command(tmp_path, "run", **env)
    assert ended.exit_code == 0, ended.log
    assert [seen.path for seen in proxy.requests] == ["http://preview.internal/health"]
    wanted["header"] = f"X-Bypass: {HEADER}"
    refused = run_command(tmp_path, "run", **(env | {"GENESIS_WAIT_FOR": json.dumps(wanted)}))
    assert refused.exit_code == 2
    private = run_command(
        tmp_path, "check", **(env | {"GENESIS_API_URL": "http://no-such.internal"})
    )
    assert (private.exit_code, "unencrypted" in private.log) == (8, True)
    assert len(proxy.requests) == 1
    assert emulator.api_key not in proxy.received()


def test_a_preview_is_awaited_until_it_serves_the_new_build(emulator, tmp_path):
    with FaultServer(polls=(error("503 Busy"), OLD, OLD, READY)) as preview:
        ended, workflow = gate(emulator, tmp_path, preview.url)
        assert preview.count("GET") == 4
        assert emulator.api_key not in preview.received()
        assert "x-api-key" not in preview.received().lower()
    assert ended.exit_code == 0, ended.log
    assert workflow["wait_for"]["seen"] == ["503", "200 without “0a1b2c3”", "200"]
    assert "503, then 200 without “0a1b2c3”, then 200: ready" in ended.log
    assert "preview: " in ended.report("junit.xml")
    for name in ("summary.md", "report.html"):
        assert "Waited for" in ended.report(name)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (None, "connection refused"),
        (silence, "no complete answer in time"),
        (LATE, "200 without “0a1b2c3”"),
    ],
    ids=["nobody listens", "silence", "the text is after the first MiB"],
)
def test_a_preview_that_is_never_ready_triggers_nothing(emulator, tmp_path, script, words):
    with FaultServer(polls=(script,), listens=script is not None) as preview:
        ended, workflow = gate(emulator, tmp_path, preview.url, timeout="6s")
    assert (ended.exit_code, workflow["verdict"], emulator.executions()) == (10, "not_ready", [])
    assert workflow["wait_for"]["seconds"] >= 6
    assert words in workflow["message"]
    assert ("a loopback address is the container's own" in workflow["hint"]) is (script is None)


def test_the_header_goes_only_to_its_origin(emulator, tmp_path):
    with FaultServer(polls=(READY,)) as other:
        redirects = (moved("/login"), moved(f"{other.url}/ready"))
        with FaultServer(polls=redirects) as preview:
            ended, _ = gate(emulator, tmp_path, preview.url, header=f"X-Bypass: {HEADER}")
            assert preview.received().count(f"X-Bypass: {HEADER}\r\n") == 2
        assert (other.count("GET"), HEADER in other.received()) == (1, False)
        assert emulator.api_key not in preview.received() + other.received()
    assert ended.exit_code == 0, ended.log
    assert HEADER not in ended.everything()


def deployed_gate(emulator, tmp_path, environ, url, **more):
    wanted = json.dumps({"deployment": "Preview", "as": "target_url", **more})
    given = variables_for(emulator, "completed", wait_for=wanted)
    on_forge = environ | {"GITHUB_API_URL": url, "CI_API_V4_URL": url}
    return run_command(tmp_path, "run", **given | on_forge)


TOKEN_OF_JOB = "glcbt-0123456789abcdef"
ON_GITHUB = on_github(GITHUB_EVENT_NAME="push", GITHUB_SHA=SHA)
ON_GITLAB = on_gitlab(CI_COMMIT_SHA=SHA, CI_JOB_TOKEN=TOKEN_OF_JOB)


@pytest.mark.parametrize(
    ("kind", "environ", "header"),
    [
        (GitHubStandIn, ON_GITHUB, ("authorization", f"Bearer {TOKEN}")),
        (GitLabStandIn, ON_GITLAB, ("job-token", TOKEN_OF_JOB)),
    ],
    ids=["GitHub", "GitLab"],
)
def test_the_preview_that_the_forge_reports_is_tested(emulator, tmp_path, kind, environ, header):
    forge = kind()
    with FaultServer(polls=(OLD, READY)) as preview, served(forge.send, "/api/v4") as url:
        if isinstance(forge, GitHubStandIn):
            forge.deploy("Preview", "pending", "success", environment_url=preview.url)
        else:
            forge.deploy("Preview", "success", preview.url)
        more = {"path": "/version", "contains": "0a1b2c3d"}
        ended = deployed_gate(emulator, tmp_path, environ, url, **more)
        assert preview.received().count("GET /version ") == 2
        assert TOKEN not in preview.received()
        address = preview.url
    assert ended.exit_code == 0, ended.log
    [execution] = emulator.executions()
    assert execution["triggerPayload"] == {"target_url": address}
    assert {request.headers.get(header[0]) for request in forge.requests} == {header[1]}
    assert not any("x-api-key" in request.headers for request in forge.requests)
    assert f"Preview: success ({address}), then 200 without “0a1b2c3d”, then 200" in ended.log
    shown = ended.everything().replace(f"::add-mask::{TOKEN}\n", "")
    assert header[1] not in shown.replace(f"::add-mask::{TOKEN_OF_JOB}\n", "")


def test_an_address_with_the_api_key_is_not_sent(emulator, tmp_path):
    forge = GitHubStandIn()
    address = f"https://preview.example.com/?k={emulator.api_key}"
    forge.deploy("Preview", "success", environment_url=address)
    with served(forge.send) as url:
        ended = deployed_gate(emulator, tmp_path, ON_GITHUB, url, timeout="3s")
    assert (ended.exit_code, emulator.executions()) == (10, [])
    assert "without an address to open" in ended.log
