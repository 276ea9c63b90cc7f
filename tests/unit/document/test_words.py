"""What misspelt names of options and keys mean; `test_sources.py` has those of variables."""

import pytest

from genesis_ci.config.config_file import ENTRY
from genesis_ci.config.inputs import BY_NAME
from genesis_ci.document.words import GONE, OTHER_WORDS, meant

OPTIONS = [*BY_NAME, "json", "api-key-file"]


def test_each_suggested_name_is_an_input_or_a_key():
    assert {*GONE.values(), *OTHER_WORDS.values()} <= BY_NAME.keys() | ENTRY.keys() | {None}
    assert (GONE.keys() | OTHER_WORDS.keys()).isdisjoint(BY_NAME)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("--timeout", "max-wait-time"),
        ("--retries", "attempts"),
        ("ON_FLAKY", "accept"),
        ("workflow id", "workflow-id"),
        ("--fail-fast", None),
        ("--if", None),
        ("--allow-failure", None),
        ("--api-key2", None),
        ("--changed-files", None),
    ],
)
def test_a_word_of_another_tool_is_what_it_means_here_or_nothing(written, name):
    assert meant(written, OPTIONS) == name
