"""Which row of the guide an error answer means, in whatever words it comes."""

import pytest
from urllib3.exceptions import NewConnectionError, ProxyError

from genesis_ci.api.errors import Refusal, explained, refusal_for


@pytest.mark.parametrize("row", Refusal)
@pytest.mark.parametrize("around", ["{}", " {}. ", "Error: {}", "{}: foo, bar", "{} (foo)"])
def test_a_row_is_known_with_its_own_status_whatever_stands_around_its_words(row, around):
    refusal = refusal_for(row.status, around.format(row.message))
    assert refusal is not None
    assert refusal.refusal is row
    assert refusal.hint == row.remedy


def test_what_genesis_said_beside_the_rows_words_is_told():
    refusal = refusal_for(500, "Unexpected fields in payload: foo, bar")
    assert refusal is not None
    assert "foo, bar" in refusal.message


@pytest.mark.parametrize(
    "message",
    ["Internal Server Error", "", "Unexpected field in payload", "Unexpected fields in payloads"],
)
def test_another_500_is_no_refusal(message):
    assert refusal_for(500, message) is None


def test_a_rows_words_with_the_status_of_a_proxy_are_no_refusal():
    assert refusal_for(502, "Unexpected fields in payload") is None


def test_a_frameworks_name_for_a_401_is_not_the_row_of_its_403():
    refusal = refusal_for(401, "Unauthorized: Token expired")
    assert refusal is not None
    assert refusal.refusal is None
    assert refusal.hint == "Check the API key."


def test_a_proxy_that_is_not_there_is_not_taken_for_genesis():
    nobody = NewConnectionError(None, "to http://user:pa55@proxy:9")  # type: ignore[arg-type]
    nobody.__cause__ = ConnectionRefusedError()
    fault = explained("https://genesis.example/x", ProxyError("no", nobody), reached=False)
    assert str(fault) == "Cannot connect to the proxy for genesis.example: connection refused."
    assert "HTTPS_PROXY" in (fault.hint or "")
    assert not fault.reached


def test_a_proxy_that_refuses_is_told_by_its_status_alone():
    refused = OSError("Tunnel connection failed: 407 ::error::Forged words")
    fault = explained("https://genesis.example/x", ProxyError("no", refused), reached=False)
    assert str(fault) == (
        "Cannot connect to genesis.example: the proxy refused the connection with status 407."
    )
