"""What every provider has to do."""

import pkgutil
import re
from importlib import import_module

import pytest

from genesis_ci import providers
from genesis_ci.models import Annotation, Level
from genesis_ci.models.change import Change
from genesis_ci.providers import PROVIDERS, provider_for
from genesis_ci.providers.base import Provider
from genesis_ci.providers.plain import Plain
from genesis_ci.providers.quiet import Quiet
from genesis_ci.text import clean
from tests.builders import START
from tests.hostile import each_string

OUR_SECTION = re.compile(r"\x1b\[0Ksection_(start|end):0:genesis_1_title\r\x1b\[0K")
OUR_COLOUR = re.compile(r"\x1b\[31;1m|\x1b\[0m")

NAMES = "github gitlab jenkins circleci azure bitbucket buildkite plain"

every = pytest.mark.parametrize("kind", PROVIDERS, ids=lambda kind: kind.name)


def test_providers_have_names_of_their_own():
    assert len({kind.name for kind in PROVIDERS}) == len(PROVIDERS)


def test_every_class_of_a_provider_has_its_row():
    there = {
        value
        for found in pkgutil.iter_modules(providers.__path__)
        for value in vars(import_module(f"{providers.__name__}.{found.name}")).values()
        if isinstance(value, type)
        and issubclass(value, Provider)
        and value not in {Provider, Quiet}
    }
    assert there == set(PROVIDERS)


@pytest.mark.parametrize("variable", ["GITHUB_ACTIONS", "GITLAB_CI"])
@pytest.mark.parametrize("value", ["false", "1", "TRUE", ""])
def test_only_the_exact_word_true_means_a_ci(variable, value):
    assert provider_for({variable: value}, print).name == "plain"


@every
def test_without_any_variable_there_is_a_hint_for_an_empty_key_and_nothing_is_known(kind):
    provider = kind({}, print)
    assert provider.empty_key_hint.endswith(".")
    assert provider.change == Change()
    assert provider.seconds_left(START) is None


@every
def test_a_reader_who_wants_no_colours_gets_none_and_one_who_forces_them_does(kind):
    assert not kind({"NO_COLOR": "1", "FORCE_COLOR": "1"}, print, terminal=True).colours
    assert kind({"FORCE_COLOR": "1"}, print).colours
    assert kind({}, print, terminal=True).colours
    assert kind({}, print).colours is not issubclass(kind, Plain)


@every
def test_the_place_of_a_problem_is_told(kind):
    written: list[str] = []
    kind({}, written.append).annotate(
        Annotation(level=Level.ERROR, title="t", message="Wrong.", file="a/b.yml", line=7)
    )
    assert re.search(r"file=a/b.yml,line=7,|a/b.yml:7: Wrong.", "".join(written))


@every
def test_cleaned_text_reaches_no_log_as_a_command_or_control(kind):
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
def test_text_that_is_harmless_is_not_changed(kind):
    written: list[str] = []
    kind({}, written.append).line("日本 👩‍💻 50% a::b ## c")
    assert written == ["日本 👩‍💻 50% a::b ## c\n"]


def test_each_has_the_name_that_genesis_is_told():
    assert {kind.name for kind in PROVIDERS} == set(NAMES.split())
