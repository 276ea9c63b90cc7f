"""Scripts that complete the command line, made from its own tables."""

import pytest

from genesis_ci.completion import completion
from genesis_ci.usage import COMMANDS, SCENARIOS, SHELLS, flags_of


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_knows_every_command_with_its_options(shell):
    lines = completion(shell).splitlines()
    for command in COMMANDS:
        own = [line for line in lines if command in line]
        for flag in flags_of(command):
            word = f"-l {flag.name[2:]} " if shell == "fish" else flag.name
            assert any(word in line for line in own), (command, flag.name)


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_knows_the_words_that_an_option_takes(shell):
    assert " ".join(SCENARIOS) in completion(shell)
    assert "fail pass wait" in completion(shell)


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_no_word_of_a_meaning_ends_a_quotation(shell):
    for line in completion(shell).splitlines():
        assert line.count("'") % 2 == 0
