"""Which row of the guide an error answer means, and how network faults are explained."""

import pytest
from urllib3.exceptions import NewConnectionError, ProxyError

from genesis_ci.api.faults import Refusal, explained, refusal_for


@pytest.mark.parametrize("row", Refusal)
@pytest.mark.parametrize("around", ["{}", " {}. ", "Error: {}", "{}: foo, bar", "{} (foo)"])
def test_a_row_is_found_inside_of_a_longer_message(row, around):
    refusal = refusal_for(row.status, around.format(row.message))
    assert refusal is not None
    assert refusal.hint == row.remedy


def test_the_full_message_is_shown():
    refusal = refusal_for(500, "Unexpected fields in payload: foo, bar")
    assert refusal is not None
    assert "foo, bar" in refusal.message


@pytest.mark.parametrize(
    "message",
    ["Internal Server Error", "", "Unexpected field in payload", "Unexpected fields in payloads"],
)
def test_another_500_is_not_a_refusal(message):
    assert refusal_for(500, message) is None


def test_a_rows_words_with_a_proxys_status_are_not_a_refusal():
    assert refusal_for(502, "Unexpected fields in payload") is None


def test_unauthorized_with_401_is_not_the_row_with_403():
    refusal = refusal_for(401, "Unauthorized: Token expired")
    assert refusal is not None
    assert refusal.hint == "Check the API key."


def test_a_missing_proxy_is_reported_as_the_proxy():
    nobody = NewConnectionError(None, "to http://user:pa55@proxy:9")  # type: ignore[arg-type]
    nobody.__cause__ = ConnectionRefusedError()
    fault = explained("https://genesis.example/x", ProxyError("no", nobody), reached=False)
    assert str(fault) == "Cannot connect to the proxy for genesis.example: connection refused."
    assert "HTTPS_PROXY" in (fault.hint or "")
    assert not fault.reached


def test_a_refusing_proxy_is_reported_by_its_status_only():
    refused = OSError("Tunnel connection failed: 407 ::error::Forged words")
    fault = explained("https://genesis.example/x", ProxyError("no", refused), reached=False)
    assert str(fault) == (
        "Cannot connect to genesis.example: the proxy refused the connection with status 407."
    )
