"""What the client sends, and the value or error of each answer."""

import json

import pytest

from genesis_ci.api.client import NO_EXECUTION, GenesisClient
from genesis_ci.errors import ContactError, GenesisCiError, ProtocolError, RefusedError
from genesis_ci.redaction import Scrubber, Secret
from tests.builders import EXECUTION_ID, WORKFLOW_ID, a_response, a_wire_execution
from tests.fakes import FakeTransport

KEY = "gk_secret_key_123"
STARTED = {"success": True, "executionId": EXECUTION_ID}


def client_over(transport) -> GenesisClient:
    return GenesisClient(
        transport,
        api_url="https://genesis.example",
        api_key=Secret(KEY),
        scrub=Scrubber([Secret(KEY)]),
    )


def error_of(body, status: int, **headers: str):
    client = client_over(FakeTransport(a_response(body, status, **headers)))
    with pytest.raises(GenesisCiError) as caught:
        client.execution(EXECUTION_ID, None).run()
    return caught.value


def test_a_trigger_posts_strings_and_returns_the_execution_id():
    transport = FakeTransport(a_response(STARTED))
    assert client_over(transport).trigger(WORKFLOW_ID, {"on": "yes"}).run() == EXECUTION_ID
    [request] = transport.requests
    assert request.method == "POST"
    assert request.url == f"https://genesis.example/api/workflows/{WORKFLOW_ID}/trigger"
    assert json.loads(request.body or b"") == {"on": "yes"}
    assert request.headers == {
        "x-api-key": KEY,
        "Content-Type": "application/json",
        "Accept": "application/json",
    }
    assert KEY not in repr(request)


def test_a_status_answer_becomes_an_execution():
    transport = FakeTransport(a_response(a_wire_execution()))
    execution = client_over(transport).execution(EXECUTION_ID, None).run()
    [request] = transport.requests
    assert request.method == "GET"
    assert request.url == f"https://genesis.example/api/executions/{EXECUTION_ID}"
    assert "Content-Type" not in request.headers
    assert execution.status_word == "running"


DATE = "Mon, 16 Mar 2026 00:01:00 GMT"


@pytest.mark.parametrize(
    ("status", "headers", "reached", "retry_after"),
    [
        (408, {}, True, None),
        (425, {}, True, None),
        (429, {}, False, None),
        (429, {"retry_after": "12"}, False, 12.0),
        (429, {"retry_after": DATE, "date": "Mon, 16 Mar 2026 00:00:30 GMT"}, False, 30.0),
        (429, {"retry_after": DATE}, False, None),
        (429, {"retry_after": "soon"}, False, None),
        (429, {"retry_after": "-1"}, False, None),
        (500, {}, True, None),
        (502, {}, True, None),
        (503, {}, True, None),
        (503, {"retry_after": "7"}, True, 7.0),
        (504, {"retry_after": "7"}, True, 7.0),
    ],
)
def test_a_server_fault_has_its_effect_and_its_retry_after(status, headers, reached, retry_after):
    error = error_of({"error": "oops"}, status, **headers)
    assert isinstance(error, ContactError)
    assert error.message == f"The server answered {status} (oops)."
    assert (error.reached, error.retry_after) == (reached, retry_after)
    assert error.limited is (status == 429)
    assert error.asks_to_retry is (status == 503 and retry_after is not None)


@pytest.mark.parametrize(
    ("body", "asks"), [(b"<html>Backend fetch failed</html>", 0), (b"Guru", 0), (b" ", 1)]
)
def test_a_503_with_a_page_of_a_proxy_does_not_ask_to_retry(body, asks):
    assert error_of(body, 503, retry_after="5").asks_to_retry is bool(asks)


def test_a_fault_without_a_message_shows_its_status():
    assert error_of(b"", 502).message == "The server answered 502."


@pytest.mark.parametrize(
    ("body", "status", "is_genesis"),
    [
        (b"<html>Not implemented</html>", 501, False),
        (b'{"error": "no"}', 501, False),
        (b"Internal Server Error", 500, False),
        (b'{"error": "no"}', 500, True),
        (b"<html>Bad gateway</html>", 502, True),
        (b"<html>Slow down</html>", 429, True),
    ],
)
def test_a_fault_of_another_server_names_api_url_first(body, status, is_genesis):
    error = error_of(body, status)
    assert (error.hint or "").startswith("The server or" if is_genesis else "Check api-url first")


def test_a_redirect_is_reported_without_its_location():
    error = error_of(b"", 302, location="https://evil.example/")
    assert isinstance(error, ProtocolError)
    assert "302" in error.message
    assert "evil" not in error.message


@pytest.mark.parametrize(
    ("status", "body", "confirmed"),
    [
        (404, {"error": "Execution not found"}, True),
        (200, a_wire_execution(id=NO_EXECUTION), False),
        (404, {"error": "Not Found"}, False),
        (400, {"error": "Execution not found"}, False),
        (500, {"error": "Unexpected fields in payload"}, False),
    ],
)
def test_only_the_documented_answer_confirms_the_key(status, body, confirmed):
    transport = FakeTransport(a_response(body, status))
    assert client_over(transport).check_key().run() is confirmed
    assert transport.requests[0].url.endswith(NO_EXECUTION)


@pytest.mark.parametrize(
    ("status", "body", "exit_code", "words"),
    [
        (401, {"error": f"Invalid API key: {KEY}"}, 7, r"\(401\): Invalid API key: \*\*\*\.$"),
        (403, {"error": "No."}, 7, r"\(403\): No\.$"),
        (401, b"<html>", 8, "answered 401"),
        (404, b"<html>", 8, "answered 404"),
        (409, {"error": "No."}, 8, "answered 409"),
        (200, b"<html>", 8, "not valid JSON"),
        (200, {"status": "ok"}, 8, "not about the requested execution"),
        (204, b"", 8, "not valid JSON"),
    ],
)
def test_a_refused_key_and_another_server_fail_the_key_check(status, body, exit_code, words):
    client = client_over(FakeTransport(a_response(body, status)))
    with pytest.raises(GenesisCiError, match=words) as caught:
        client.check_key().run()
    assert caught.value.exit_code == exit_code
    assert ("api-url" in (caught.value.hint or "")) is (exit_code == 8)


@pytest.mark.parametrize(
    ("status", "body", "unknown"),
    [
        (404, b"Execution not found", True),
        (404, b'{"message": "Execution not found"}', True),
        (404, b'{"error": "Project not found"}', False),
        (404, b"<html>Execution not found</html>", False),
        (400, b'{"error": "Execution not found"}', False),
    ],
)
def test_only_the_guides_row_means_that_the_run_is_unknown(status, body, unknown):
    assert error_of(body, status).unknown_run is unknown


PAGE, IN_JSON, WORDS = b"<html>no</html>", b'{"error": "No."}', b"default backend - 404"
GATEWAYS = {
    **{(status, body): True for status in (407, 409, 421, 423, 431, 499)
       for body in (PAGE, IN_JSON, b"")},
    **{(status, body): True for status in (400, 401, 403, 404, 405, 410, 413, 422)
       for body in (PAGE, WORDS, b"", b"{}")},
    **{(status, IN_JSON): False for status in (400, 401, 403, 404, 405, 410, 413, 422)},
    (403, b"Usage limit reached"): False,
    (500, b'{"error": "Unexpected fields in payload"}'): False,
    (500, b'{"message": "Invalid payload: expected object with string values"}'): False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("status", "body"), GATEWAYS, ids=[f"{status}-{body.decode()}" for status, body in GATEWAYS]
)
def test_a_refusal_that_a_gateway_may_have_given_carries_a_fault(status, body):
    error = error_of(body, status)
    assert isinstance(error, RefusedError)
    assert error.hint
    assert (error.fault is not None) is GATEWAYS[status, body]
    assert error.message.startswith("The server refused" if error.fault else "Genesis refused")
    assert error.hint.startswith("Check api-url first") is GATEWAYS[status, body]
    if error.fault:
        assert "api-url" in (error.fault.hint or "")
        assert f"answered {status}" in error.fault.message
        assert error.fault.reached
