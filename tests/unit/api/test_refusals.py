"""Which row of the guide an error answer means."""

import pytest

from genesis_ci.api.refusals import refusal_for
from genesis_ci.models.refusal import Refusal


@pytest.mark.parametrize("row", Refusal)
@pytest.mark.parametrize("around", ["{}", " {}. ", "Error: {}", "{}: foo, bar", "{} (foo)"])
def test_a_row_is_found_inside_a_longer_message(row, around):
    refusal = refusal_for(row.status, around.format(row.message))
    assert refusal is not None
    assert (refusal.row, refusal.hint) == (row, row.remedy)


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (500, "Internal Server Error"),
        (500, ""),
        (500, "Unexpected field in payload"),
        (500, "Unexpected fields in payloads"),
        (502, "Unexpected fields in payload"),
    ],
)
def test_an_undocumented_server_fault_is_not_a_refusal(status, message):
    assert refusal_for(status, message) is None


def test_unauthorized_with_401_is_not_the_row_with_403():
    refusal = refusal_for(401, "Unauthorized: Token expired")
    assert refusal is not None
    assert refusal.message == "Genesis refused (401): Unauthorized: Token expired."
    assert refusal.hint == "Check the API key."
