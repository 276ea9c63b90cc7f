"""What the client sends, and the value or error of each answer."""

import json

import pytest

from genesis_ci.api.client import MAX_PAGE, NO_EXECUTION, GenesisClient, Pages
from genesis_ci.api.connection import CutError
from genesis_ci.api.faults import Refusal
from genesis_ci.errors import ContactError, GenesisCiError, ProtocolError, RefusedError
from genesis_ci.models.readiness import Page
from genesis_ci.redaction import Scrubber, Secret
from tests.builders import EXECUTION_ID, WORKFLOW_ID, a_response, a_wire_execution
from tests.fakes import FakeTransport

KEY = "gk_secret_key_123"


def a_client(*answers) -> tuple[GenesisClient, FakeTransport]:
    transport = FakeTransport(*answers)
    client = GenesisClient(
        transport,
        api_url="https://genesis.example",
        api_key=Secret(KEY),
        user_agent="genesis-ci/0 (test)",
        scrub=Scrubber([Secret(KEY)]),
    )
    return client, transport


def test_a_trigger_posts_strings_with_the_key_and_returns_the_execution_id():
    client, transport = a_client(a_response({"success": True, "executionId": EXECUTION_ID}))
    assert client.trigger(WORKFLOW_ID, {"on": "yes"}).run() == EXECUTION_ID
    [request] = transport.requests
    assert request.method == "POST"
    assert request.url == f"https://genesis.example/api/workflows/{WORKFLOW_ID}/trigger"
    assert json.loads(request.body or b"") == {"on": "yes"}
    assert request.headers["x-api-key"] == KEY
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["User-Agent"] == "genesis-ci/0 (test)"


def test_the_repr_of_a_request_does_not_show_the_key():
    client, transport = a_client(a_response(a_wire_execution()))
    client.execution(EXECUTION_ID).run()
    assert KEY not in repr(transport.requests)


def test_a_status_answer_becomes_an_execution():
    client, transport = a_client(a_response(a_wire_execution()))
    execution = client.execution(EXECUTION_ID).run()
    assert transport.requests[0].method == "GET"
    assert transport.requests[0].url.endswith(f"/api/executions/{EXECUTION_ID}")
    assert (execution.status_word, execution.workflow_name) == ("running", "ワークフロー名")
    assert (execution.completed_blocks, execution.block_count) == (2, 5)
    assert execution.blocks[0].seconds == 1.0


@pytest.mark.parametrize("row", Refusal, ids=lambda row: row.name)
@pytest.mark.parametrize("shape", ["error", "message", "text"])
def test_every_row_of_the_guide_is_a_refusal_with_its_remedy(row, shape):
    words = row.message
    body = words.encode() if shape == "text" else {shape: words}
    client, _ = a_client(a_response(body, status=row.status))
    with pytest.raises(RefusedError) as caught:
        client.trigger(WORKFLOW_ID, {}).run()
    assert words in caught.value.message
    assert caught.value.hint == row.remedy


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 413, 422])
def test_a_refusal_outside_the_guide_is_a_refusal(status):
    client, _ = a_client(a_response(b"<html>no</html>", status=status))
    with pytest.raises(RefusedError) as caught:
        client.execution(EXECUTION_ID).run()
    assert caught.value.hint


@pytest.mark.parametrize(
    ("status", "headers", "reached"),
    [
        (408, {}, True),
        (425, {}, True),
        (429, {}, False),
        (500, {}, True),
        (502, {}, True),
        (503, {}, True),
        (503, {"retry_after": "7"}, False),
        (504, {"retry_after": "7"}, True),
    ],
)
def test_a_server_fault_records_whether_it_may_have_had_an_effect(status, headers, reached):
    client, _ = a_client(a_response({"error": "oops"}, status=status, **headers))
    with pytest.raises(ContactError) as caught:
        client.trigger(WORKFLOW_ID, {}).run()
    assert caught.value.reached is reached


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "12"}, 12.0),
        (
            {
                "retry_after": "Mon, 16 Mar 2026 00:01:00 GMT",
                "date": "Mon, 16 Mar 2026 00:00:30 GMT",
            },
            30.0,
        ),
        ({"retry_after": "Mon, 16 Mar 2026 00:01:00 GMT"}, None),
        ({"retry_after": "soon"}, None),
        ({"retry_after": "-1"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_seconds_or_as_a_date(headers, seconds):
    client, _ = a_client(a_response({}, status=429, **headers))
    with pytest.raises(ContactError) as caught:
        client.execution(EXECUTION_ID).run()
    assert caught.value.retry_after == seconds


def test_a_redirect_is_reported_without_its_location():
    client, _ = a_client(a_response(b"", status=302, location="https://evil.example/"))
    with pytest.raises(ProtocolError) as caught:
        client.execution(EXECUTION_ID).run()
    assert "302" in caught.value.message
    assert "evil" not in caught.value.message


def test_a_key_in_an_answer_is_hidden():
    client, _ = a_client(a_response({"error": f"bad key {KEY}"}, status=401))
    with pytest.raises(RefusedError) as caught:
        client.execution(EXECUTION_ID).run()
    assert KEY not in caught.value.message


def test_the_key_check_reads_an_execution_that_does_not_exist():
    client, transport = a_client(a_response({"error": "Execution not found"}, status=404))
    client.check_key().run()
    assert transport.requests[0].url.endswith(NO_EXECUTION)


def test_the_key_check_fails_with_a_bad_key():
    client, _ = a_client(a_response({"error": "Invalid API key"}, status=401))
    with pytest.raises(RefusedError):
        client.check_key().run()


def test_a_call_given_up_before_it_ran_is_never_sent():
    client, transport = a_client(a_response({"success": True, "executionId": EXECUTION_ID}))
    call = client.trigger(WORKFLOW_ID, {})
    assert not call.give_up().reached
    with pytest.raises(CutError):
        call.run()
    assert transport.requests == []


def test_a_call_given_up_after_it_ran_may_have_reached_genesis():
    client, _ = a_client(a_response({"success": True, "executionId": EXECUTION_ID}))
    call = client.trigger(WORKFLOW_ID, {})
    call.run()
    assert call.give_up().reached


@pytest.mark.parametrize("sent", [False, True])
def test_out_of_memory_is_a_fault_with_reached(sent):
    class OutOfMemory(FakeTransport):
        def send(self, request, exchange):
            if sent:
                exchange.begin_sending()
            raise MemoryError

    client, _ = a_client()
    client = GenesisClient(
        OutOfMemory(), api_url="https://x", api_key=Secret(KEY), user_agent="test", scrub=str
    )
    with pytest.raises(ContactError, match="out of memory") as caught:
        client.trigger(WORKFLOW_ID, {}).run()
    assert caught.value.reached is sent


PAGE, IN_JSON, WORDS = b"<html>no</html>", b'{"error": "No."}', b"default backend - 404"
ROW = b"Execution not found"
GATEWAYS = {
    **{(status, body): True for status in (407, 409, 421, 423, 431, 499)
       for body in (PAGE, IN_JSON, b"")},
    **{(status, body): True for status in (403, 404) for body in (PAGE, WORDS, b"")},
    **{(status, body): False for status in (401, 403, 404) for body in (IN_JSON,)},
    **{(status, body): False for status in (400, 401, 405, 410, 413, 422)
       for body in (PAGE, IN_JSON, b"")},
    (404, ROW): False,
    (403, b"Usage limit reached"): False,
    (500, b'{"error": "Unexpected fields in payload"}'): False,
    (500, b'{"message": "Invalid payload: expected object with string values"}'): False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("status", "body"), GATEWAYS, ids=[f"{status}-{body.decode()}" for status, body in GATEWAYS]
)
def test_a_refusal_that_a_gateway_may_have_given_carries_a_fault(status, body):
    client, _ = a_client(a_response(body, status=status))
    with pytest.raises(RefusedError) as caught:
        client.execution(EXECUTION_ID).run()
    fault = caught.value.fault
    assert (fault is not None) is GATEWAYS[status, body]
    if fault:
        assert f"answered {status}" in fault.message
        assert fault.reached


def test_a_page_gets_no_key_and_only_the_text_that_is_used():
    transport = FakeTransport(a_response(b"", 204), a_response(b"v abc", 200))
    pages = Pages(transport, user_agent="genesis-ci/1 (plain)")
    pages.page("https://p.example.com/", header=None, read=False).run()
    page = pages.page("https://p.example.com/", header=("X-Bypass", "s"), read=True).run()
    first, second = transport.requests
    assert {*first.headers} == {"User-Agent", "Accept", "Cache-Control"}
    assert second.headers["X-Bypass"] == "s"
    assert (first.beginning, second.beginning) == (0, MAX_PAGE)
    assert page == Page(status=200, text="v abc")


def test_a_page_has_its_redirect_and_no_compressed_text():
    transport = FakeTransport(a_response(b"x", 302, location="/y", content_encoding="gzip"))
    page = Pages(transport, user_agent="x").page("https://p.example.com/", header=None, read=True)
    assert page.run() == Page(status=302, location="/y", text=None)


UNCLEAN = {
    "cut JSON": b'{"error": "bad key gk_secret_key_12',
    "UTF-16": f"bad key {KEY}".encode("utf-16"),
    "UTF-16 without a mark": f"bad key {KEY}".encode("utf-16-le"),
    "UTF-16 the other way round": f"bad key {KEY}".encode("utf-16-be"),
    "UTF-32": f"bad key {KEY}".encode("utf-32"),
    "JSON in UTF-16": f'{{"error": "bad key {KEY}"}}'.encode("utf-16-le"),
    "Latin-1": f"clé {KEY[:-1]}".encode("latin-1"),
    "JSON in Latin-1": f'{{"error": "clé {KEY[:-1]}"}}'.encode("latin-1"),
}


@pytest.mark.parametrize("body", UNCLEAN.values(), ids=UNCLEAN)
@pytest.mark.parametrize("status", [401, 502])
def test_an_error_message_that_is_cut_or_encoded_is_not_shown(status, body):
    client, _ = a_client(a_response(body, status=status))
    with pytest.raises(GenesisCiError) as caught:
        client.execution(EXECUTION_ID).run()
    messages = {401: "Genesis refused (401): no reason given", 502: "The server answered 502."}
    assert caught.value.message == messages[status]
