"""What every provider has to do."""

import json
import re
from pathlib import Path

import pytest

from genesis_ci.models import Level
from genesis_ci.providers import provider_for
from genesis_ci.text import clean

CORPUS = json.loads((Path(__file__).parents[2] / "corpus/strings.json").read_text())
ENVIRONMENTS = {"github": {"GITHUB_ACTIONS": "true"}, "gitlab": {"GITLAB_CI": "true"}, "plain": {}}

OUR_SECTION = re.compile(r"\x1b\[0Ksection_(start|end):0:genesis_1_title(\[[a-z=]+\])?\r\x1b\[0K")
OUR_COLOUR = re.compile(r"\x1b\[31;1m|\x1b\[0m")


@pytest.fixture(params=ENVIRONMENTS)
def name(request):
    return request.param


def test_a_provider_is_chosen_by_the_environment(name):
    assert provider_for(ENVIRONMENTS[name], print, terminal=False, now=float).name == name


@pytest.mark.parametrize("variable", ["GITHUB_ACTIONS", "GITLAB_CI"])
@pytest.mark.parametrize("value", ["false", "1", "TRUE", ""])
def test_only_the_exact_word_true_means_a_ci(variable, value):
    provider = provider_for({variable: value}, print, terminal=False, now=float)
    assert provider.name == "plain"


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: case["kind"])
def test_cleaned_text_reaches_no_log_as_a_command_or_control(name, case):
    written: list[str] = []
    provider = provider_for(ENVIRONMENTS[name], written.append, terminal=False, now=float)
    text = clean(case["text"])
    provider.line(text)
    provider.group("title", [text])
    provider.annotate(Level.ERROR, "title", text)
    log = OUR_SECTION.sub("", "".join(written))
    assert "##[" not in log
    assert "##vso[" not in log
    assert "section_start:" not in log
    assert not [c for c in OUR_COLOUR.sub("", log) if c < " " and c not in "\t\n"]


def test_text_that_is_harmless_is_not_changed(name):
    written: list[str] = []
    provider_for(ENVIRONMENTS[name], written.append, terminal=False, now=float).line(
        "日本 👩‍💻 50% a::b ## c"
    )
    assert written == ["日本 👩‍💻 50% a::b ## c\n"]


def test_live_text_is_for_terminals_only():
    written: list[str] = []
    provider_for({}, written.append, terminal=False, now=float).live("1/5 blocks")
    assert written == []
    on_terminal = provider_for({}, written.append, terminal=True, now=float)
    on_terminal.live("1/5 blocks")
    on_terminal.line("done")
    assert "".join(written) == "\r\x1b[K1/5 blocks\r\x1b[Kdone\n"
