"""The schema of the config file accepts and refuses what the code does."""

import json

import pytest
import yaml
from jsonschema import Draft7Validator

from genesis_ci.config.config_file import ENTRY_KEYS
from genesis_ci.config.inputs import INPUTS
from tests.builders import problems_in
from tests.unit.config.configs import ATTACHED, LAYERS, PRODUCT_EXAMPLE, entry, parse
from tools.suite_schema import suite_schema

SCHEMA = json.loads(suite_schema())


def is_valid(text: str) -> bool:
    return Draft7Validator(SCHEMA).is_valid(yaml.safe_load(text))


def test_the_schema_is_a_valid_schema():
    Draft7Validator.check_schema(SCHEMA)


def test_the_schema_has_the_keys_of_the_code():
    assert set(SCHEMA["definitions"]["workflow"]["properties"]) == ENTRY_KEYS
    assert set(SCHEMA["properties"]["defaults"]["properties"]) == ENTRY_KEYS - {
        "name", "tags", "execution-id"
    }  # fmt: skip
    assert ENTRY_KEYS - {"name", "tags", "required"} == {
        row.name for row in INPUTS if row.per_workflow
    }


@pytest.mark.parametrize(
    "text",
    [
        PRODUCT_EXAMPLE,
        LAYERS,
        ATTACHED,
        entry("inputs: {a: 1.10}"),
        entry("tests: {except: [a]}"),
    ],
)
def test_the_schema_accepts_what_the_code_accepts(text):
    assert is_valid(text)


@pytest.mark.parametrize(
    "text",
    [
        entry("colour: red"),
        entry("on-cancelled: maybe"),
        entry("required: maybe"),
        entry("expect: []"),
        entry("expect: [{block: b}]"),
        entry("expect: [{block: b, contains: a, equals: a}]"),
        entry("expect: [{block: b, contain: a}]"),
        entry("expect: [{block: b, query: a, at-least: '3'}]"),
        entry("tests: {at-least: 3}"),
        entry("tests: {block: b, at-least: 0}"),
        entry("tests: {except: []}"),
        entry("tests: {except: [a], block: b}"),
        entry("inputs: [a]"),
        entry("inputs: {a: [b]}"),
        entry("execution-id: x"),
        entry(head="workflows:\n"),
        entry(head="version: 2\nworkflows:\n"),
        entry(head="version: 1\nmax-parallel: 0\nworkflows:\n"),
        "version: 1\nworkflows: []\n",
    ],
)
def test_the_schema_refuses_what_the_code_refuses(text):
    assert not is_valid(text)
    assert problems_in(parse(text))
