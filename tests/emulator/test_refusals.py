"""Every error of the guide, the order of the checks, and HTTP beyond the guide."""

import pytest

from genesis_emulator import Emulator
from genesis_emulator.routes import LIMIT, Refusal
from genesis_emulator.scenario import ErrorBody, Scenario
from tests.emulator.client import NOBODY, Client, exchange

NO_ORGANIZATION = "ak_emulator_without_organization"
FORMER_MEMBER = "ak_emulator_former_member"
ELSEWHERE = "ak_emulator_elsewhere"
OUT_OF_CREDITS = "ak_emulator_out_of_credits"
DEMO = "ak_emulator_demo_key"
TOO_LONG = b" " * (LIMIT + 1)


@pytest.mark.parametrize(
    ("key", "template", "body", "first"),
    [
        (None, "not-a-uuid", b"{", Refusal.MISSING_KEY),
        ("", "not-a-uuid", b"{", Refusal.MISSING_KEY),
        ("wrong", "not-a-uuid", b"{", Refusal.INVALID_KEY),
        (NO_ORGANIZATION, "not-a-uuid", b"{", Refusal.KEY_WITHOUT_ORGANIZATION),
        (FORMER_MEMBER, "not-a-uuid", b"{", Refusal.NOT_A_MEMBER),
        (ELSEWHERE, "not-a-uuid", b"{", Refusal.INVALID_TEMPLATE_ID),
        (ELSEWHERE, NOBODY, b"{", Refusal.UNKNOWN_TEMPLATE),
        (ELSEWHERE, "api-off", b"{", Refusal.UNKNOWN_TEMPLATE),
        (ELSEWHERE, "no-project", b"{", Refusal.OTHER_ORGANIZATION),
        (DEMO, "no-project", b"{", Refusal.NO_PROJECT),
        (DEMO, "project-gone", TOO_LONG, Refusal.UNKNOWN_PROJECT),
        (DEMO, "completed", TOO_LONG, Refusal.TOO_LARGE),
        (OUT_OF_CREDITS, "out-of-credits", b"{", Refusal.INVALID_JSON),
        (OUT_OF_CREDITS, "out-of-credits", b'{"x": 1}', Refusal.NOT_ALL_STRINGS),
        (OUT_OF_CREDITS, "out-of-credits", b'{"x": "1"}', Refusal.UNEXPECTED_FIELDS),
        (OUT_OF_CREDITS, "out-of-credits", b"{}", Refusal.USAGE_LIMIT),
    ],
)
def test_first_failed_check_of_a_trigger_is_the_answer(
    client, emulator, key, template, body, first
):
    known = emulator.workflows.get(template)
    headers = {} if key is None else {"x-api-key": key}
    reply = client.trigger(known.id if known else template, body, headers=headers)
    assert reply.refusal == first.value
    assert emulator.executions() == []


@pytest.mark.parametrize(
    ("key", "execution", "first"),
    [
        (None, NOBODY, Refusal.MISSING_KEY),
        ("", NOBODY, Refusal.MISSING_KEY),
        ("wrong", NOBODY, Refusal.INVALID_KEY),
        (NO_ORGANIZATION, NOBODY, Refusal.KEY_WITHOUT_ORGANIZATION),
        (FORMER_MEMBER, NOBODY, Refusal.NOT_A_MEMBER),
        (ELSEWHERE, NOBODY, Refusal.UNKNOWN_EXECUTION),
        (ELSEWHERE, "not-a-uuid", Refusal.UNKNOWN_EXECUTION),
        (ELSEWHERE, "%20", Refusal.UNKNOWN_EXECUTION),
        (ELSEWHERE, None, Refusal.OTHER_ORGANIZATION),
    ],
)
def test_first_failed_check_of_a_poll_is_the_answer(client, emulator, key, execution, first):
    started = client.start(emulator.workflows["completed"].id)
    headers = {} if key is None else {"x-api-key": key}
    assert client.poll(execution or started, headers=headers).refusal == first.value


@pytest.mark.parametrize(
    ("refusal", "bodies"),
    [
        (
            Refusal.INVALID_JSON,
            [
                b"", b" ", b"{", b"{'a': 'b'}", b"\xff", b'{"browser": NaN}', b"[" * 100_000,
                b'{"browser":"1"} x',
            ],
        ),
        (
            Refusal.NOT_ALL_STRINGS,
            [
                b'{"browser": 1}', b'{"browser": null}', b'{"browser": true}', b'{"browser": []}',
                b'{"browser": {}}', b"[]", b'"a"', b"1", b"null",
                b'{"browser": %s}' % (b"9" * 5000), b'{"unknown": 1}',
            ],
        ),
        (Refusal.UNEXPECTED_FIELDS, [b'{"browser": "1", "unknown": "2"}', b'{"": ""}']),
    ],
    ids=["not JSON", "not all strings", "unknown variable"],
)  # fmt: skip
def test_payload_is_refused(client, emulator, refusal, bodies):
    for body in bodies:
        reply = client.trigger(emulator.workflows["completed"].id, body)
        assert reply.refusal == refusal.value, body
    assert emulator.executions() == []


@pytest.mark.parametrize(
    ("form", "body"),
    [
        (ErrorBody.MESSAGE, b'{"message":"Missing API key"}'),
        (ErrorBody.PLAIN, b"Missing API key"),
    ],
)
def test_scenario_chooses_the_form_of_error_bodies(form, body):
    bare = Scenario(organizations=(), keys=(), workflows=(), error_body=form)
    with Emulator(bare) as emulator:
        assert emulator.api_key == ""
        assert Client(emulator.url, "").poll(NOBODY).body == body


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/", None),
        ("GET", "/api/workflows", None),
        ("GET", f"/api/executions/{NOBODY}/", None),
        ("GET", "/api/executions/a%2Fb", None),
        ("PUT", f"/api/workflows/{NOBODY}/trigger", ["POST"]),
        ("POST", f"/api/executions/{NOBODY}", ["GET", "HEAD"]),
    ],
)
def test_other_path_or_method_is_refused(client, method, path, allowed):
    reply = client.call(method, path)
    assert reply.refusal == ((405, "Method Not Allowed") if allowed else (404, "Not Found"))
    assert sorted(reply.headers.get("allow", "").split(", ")) == (allowed or [""])


def test_requests_are_recorded_without_credentials(client, emulator):
    """A key that is given twice is another key; other headers are joined as well."""
    secret = f"X-Api-Key: {client.key}\r\nX-Api-Key: {client.key}\r\nAuthorization: b\r\nCookie: c"
    path = f"/api/executions/{NOBODY}"
    head = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept: a\r\nAccept: b"
    answer = exchange(emulator.url, f"{head}\r\n{secret}\r\n\r\n".encode())
    assert b"Invalid API key" in answer
    [received] = emulator.requests()
    assert received["headers"] == {
        "host": "x",
        "connection": "close",
        "accept": "a, b",
        "x-api-key": "***, ***",
        "authorization": "***",
        "cookie": "***",
    }
    client.call("PUT", "/elsewhere", b'{"a": 1}')
    client.trigger(emulator.workflows["completed"].id, {"browser": "x"})
    recorded = [
        (each["method"], each["path"], each["status"], each["body"], each["body_size"])
        for each in emulator.requests()
    ]
    trigger = f"/api/workflows/{emulator.workflows['completed'].id}/trigger"
    assert recorded == [
        ("GET", path, 401, "", 0),
        ("PUT", "/elsewhere", 404, "", 0),
        ("POST", trigger, 200, '{"browser": "x"}', 16),
    ]
    assert client.key not in repr(emulator.requests())
