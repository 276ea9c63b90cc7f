"""The schema of the config file accepts and refuses what the code does."""

import json

import pytest
import yaml
from jsonschema import Draft7Validator

from genesis_ci.config.config_file import ENTRY
from genesis_ci.config.inputs import INPUTS
from genesis_ci.document.entries import typed_scalar
from tests.builders import WORKFLOW_ID, problems_in
from tests.unit.config.configs import API_URL, OTHER_ID, entry, parse
from tools.suite_schema import suite_schema

SCHEMA = json.loads(suite_schema())
VALIDATOR = Draft7Validator(SCHEMA)


KEYS = sorted({*ENTRY} - {"inputs", "secret-inputs", "expect"})
ENDPOINT = f"{API_URL}/api/workflows/{WORKFLOW_ID}"
VALUES = (
    *("", "-1", "0", "1", "5", "9", "1.5", "604800", "x" * 101, "a b", "checkout"),
    *("30m", "30min", "30 M", "1h30m", "1h 30 m", "1 0m", "2d", "m", "1m1h", "1.5m", "90 s", "３m"),
    *("auto", "AUTO", "autos", "true", "True", "yes", "Wait", "PASS", " pass ", "passes", "fail"),
    *("parallel", "Cancel-Previous", "cancel previous", "none", "a,b", "a/b", "-x", "x" * 128),
    *("none, flaky", "Failed_Block,review-pending", "flaky unchecked", "0s", "0h 0m"),
    *("https://a.example/b", "HTTP://a.example", "ftp://a.example", "https://a.example b"),
    *(WORKFLOW_ID, WORKFLOW_ID.upper(), WORKFLOW_ID[1:], ENDPOINT, f"{ENDPOINT}/trigger"),
)


@pytest.mark.parametrize("quote", ["", "'"])
@pytest.mark.parametrize("key", KEYS)
def test_the_schema_and_the_code_accept_the_same_values(key, quote):
    differing = []
    for text in VALUES:
        value = typed_scalar(text, plain=not quote)
        as_written = {str(value), json.dumps(value)} - {"None"}
        if not quote and (text != text.strip() or text not in as_written):
            continue  # an editor does not see how a number is written
        given_id = {} if key in {"workflow-id", "execution-id"} else {"workflow-id": WORKFLOW_ID}
        lines = [
            f"    {one}: {quote}{each}{quote}\n" for one, each in {**given_id, key: text}.items()
        ]
        accepted = not problems_in(parse("".join(["version: 1\nworkflows:\n  -\n", *lines])))
        document = {"version": 1, "workflows": [given_id | {key: value}]}
        if VALIDATOR.is_valid(document) is not accepted:
            differing.append((text, accepted))
    assert differing == []


def is_valid(text: str) -> bool:
    return VALIDATOR.is_valid(yaml.safe_load(text))


def test_the_schema_is_a_valid_schema():
    Draft7Validator.check_schema(SCHEMA)


PRODUCT_EXAMPLE = f"""\
version: 1
defaults:
  max-wait-time: 20m
max-parallel: 8
workflows:
  - name: checkout smoke
    workflow-id: {WORKFLOW_ID}
    concurrency-policy: cancel-previous
    inputs:
      target_url: ${{PREVIEW_URL}}
  - name: exploratory charter
    workflow-id: {OTHER_ID}
    required: false
    accept: review_pending
"""


def test_the_schema_has_the_keys_of_the_code():
    assert set(SCHEMA["definitions"]["workflow"]["properties"]) == {*ENTRY}
    assert set(SCHEMA["properties"]["defaults"]["properties"]) == {*ENTRY} - {
        "name", "tags", "paths", "execution-id"
    }  # fmt: skip
    assert {*ENTRY} - {"name", "tags", "paths", "required"} == {
        row.name for row in INPUTS if row.per_workflow
    }


@pytest.mark.parametrize(
    "text",
    [
        PRODUCT_EXAMPLE,
        entry(head="version: 1\ndefaults: {max-wait-time: 1m, inputs: {a: b}}\nworkflows:\n"),
        "version: 1\nworkflows:\n  - {name: a, execution-id: '${RUN}'}\n",
        entry("inputs: {a: 1.10}"),
        entry("tests: {except: [a]}"),
        f"version: 1\ndefaults: {{workflow-id: {WORKFLOW_ID}}}\nworkflows:\n  - name: a\n",
        entry("tests: {at-least: 3}"),
        entry("known-failures: [{test: a, until: '2026-03-16'}, {test: b, until: '${DAY}'}]"),
    ],
)
def test_the_schema_accepts_what_the_code_accepts(text):
    assert is_valid(text)


@pytest.mark.parametrize(
    "text",
    [
        entry("colour: red"),
        entry("accept: maybe"),
        entry("required: maybe"),
        entry("expect: []"),
        entry("expect: [{block: b}]"),
        entry("expect: [{block: b, contains: a, equals: a}]"),
        entry("expect: [{block: b, contain: a}]"),
        entry("expect: [{block: b, query: a, at-least: '3'}]"),
        entry("tests: {block: b, at-least: 0}"),
        entry("tests: {except: []}"),
        entry("tests: {except: [a], block: b}"),
        entry("known-failures: [{test: a}]"),
        entry("known-failures: [{test: a, until: soon}]"),
        entry("inputs: [a]"),
        entry("inputs: {a: [b]}"),
        entry("execution-id: x"),
        "version: 1\nworkflows:\n  - name: a\n",
        entry("wait-for: {url: https://a.example, timeout: 30min}"),
        entry("wait-for: {url: ftp://a.example}"),
        entry(head="workflows:\n"),
        entry(head="version: 2\nworkflows:\n"),
        entry(head="version: 1\nmax-parallel: 0\nworkflows:\n"),
        "version: 1\nworkflows: []\n",
    ],
)
def test_the_schema_refuses_what_the_code_refuses(text):
    assert not is_valid(text)
    assert problems_in(parse(text))
