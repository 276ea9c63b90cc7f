"""The answers of an address as one phrase, without secrets."""

import pytest

from genesis_ci.models.readiness import Readiness, WaitFor


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        ((), "no answer"),
        (("200",), "200"),
        (("503", "refused", "200"), "503, then refused, then 200"),
    ],
)
def test_answers_are_listed_in_order(seen, words):
    assert Readiness(shown="https://p.example/", ready=None, seen=seen).words == words


def test_wait_for_prints_without_secret_values():
    wait_for = WaitFor(
        url="https://p.example/?token=hunter2",
        contains="build hunter2",
        header=("X-Access", "hunter2"),
        shown="https://p.example/?token=***",
        shown_text="build ***",
    )
    assert "hunter2" not in repr(wait_for)
    assert "https://p.example/?token=***" in repr(wait_for)
