"""Rules for every provider."""

import pkgutil
import re
from importlib import import_module

import pytest

from genesis_ci import providers
from genesis_ci.models.change import Change
from genesis_ci.models.report import Annotation, Level
from genesis_ci.providers import PROVIDERS, provider_class
from genesis_ci.providers.base import Provider
from genesis_ci.providers.plain import SYSTEMS, Plain
from genesis_ci.text import clean
from tests.builders import START
from tests.hostile import each_string

OUR_SECTION = re.compile(r"\x1b\[0Ksection_(start|end):0:genesis_1_title\r\x1b\[0K")
OUR_COLOUR = re.compile(r"\x1b\[31;1m|\x1b\[0m")

every = pytest.mark.parametrize("kind", PROVIDERS, ids=lambda kind: kind.name)


def test_each_provider_class_has_a_row():
    classes = {
        value
        for found in pkgutil.iter_modules(providers.__path__)
        for value in vars(import_module(f"{providers.__name__}.{found.name}")).values()
        if isinstance(value, type) and issubclass(value, Provider) and value is not Provider
    }
    assert classes == set(PROVIDERS)


def test_providers_keep_their_user_agent_names():
    names = {kind.name for kind in PROVIDERS if kind is not Plain} | {one.name for one in SYSTEMS}
    assert {"github", "gitlab", "jenkins", "circleci", "azure", "bitbucket", "buildkite"} <= names


@pytest.mark.parametrize("variable", ["GITHUB_ACTIONS", "GITLAB_CI", ""])
@pytest.mark.parametrize("value", ["false", "1", "TRUE", ""])
def test_only_the_exact_word_true_detects_a_ci(variable, value):
    assert provider_class({variable: value}) is Plain


@every
def test_an_empty_environment_gives_a_hint_and_no_change(kind):
    provider = kind({}, print)
    assert provider.empty_key_hint.endswith(".")
    assert provider.change == Change()
    assert provider.seconds_left(START) is None


@every
def test_colours_follow_no_color_and_force_color(kind):
    assert not kind({"NO_COLOR": "1", "FORCE_COLOR": "1"}, print, columns=lambda: 80).colours
    assert kind({"FORCE_COLOR": "1"}, print).colours
    assert kind({}, print, columns=lambda: 80).colours
    assert kind({}, print).colours is not issubclass(kind, Plain)


@every
def test_clean_text_writes_no_command_and_no_control_character(kind):
    def check(foreign):
        written: list[str] = []
        provider = kind({}, written.append)
        text = clean(foreign)
        provider.line(text)
        provider.group("title", [text])
        provider.annotate(
            Annotation(level=Level.ERROR, title="title", message=text, file=text, line=1)
        )
        log = OUR_SECTION.sub("", "".join(written))
        assert "##[" not in log
        assert "##vso[" not in log
        assert "section_start:" not in log
        assert not [c for c in OUR_COLOUR.sub("", log) if c < " " and c not in "\t\n"]

    each_string(check)


@every
def test_a_quiet_log_has_only_errors_and_the_last_line(kind):
    def shown(quiet):
        written: list[str] = []
        provider = kind({"NO_COLOR": "1"}, written.append, quiet=quiet)
        provider.line("Triggering workflow smoke")
        provider.group("block-1 failed: its output", ["text"])
        for level in Level:
            provider.annotate(Annotation(level=level, message=f"one {level}"))
        provider.always("failed: it failed.")
        provider.always("the end: failed")
        return re.findall(
            "Triggering|block-1|text|one error|one|it failed|the end", "".join(written)
        )

    assert shown(True) == ["one error", "it failed", "the end"]
    assert len(shown(False)) == 8
