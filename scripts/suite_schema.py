"""The JSON Schema of `.genesis-ci.yml`, from the table of inputs, so that editors complete it."""

import json
from typing import Any

from genesis_ci.checks.inner_tests import MAX_TESTS
from genesis_ci.checks.parsing import MAX_ENTRIES, MAX_EXPRESSION
from genesis_ci.checks.parsing import MAX_NAME as MAX_LABEL
from genesis_ci.config.inputs import Input
from genesis_ci.config.suite import DEFAULT_KEYS, MAX_NAME, MAX_WORKFLOWS, PER_WORKFLOW
from genesis_ci.models import MAX_PARALLEL
from genesis_ci.models.proof import ListFormat, Operator

Json = dict[str, Any]
REFERENCE = {"type": "string", "pattern": r"\$\{[A-Za-z_][A-Za-z0-9_]*\}"}
"""A value may come from the environment, whatever its type."""
SCALAR = {"type": ["string", "number", "boolean", "null"]}
_WAIT_FOR: Json = {
    "url": {"description": "http or https; redirects are followed.", "type": "string"},
    "status": {
        "description": "The status that it has to answer with; any 2xx unless it is given.",
        "anyOf": [{"type": "integer", "minimum": 200, "maximum": 599}, REFERENCE],
    },
    "contains": {"description": "What the first MiB of the answer has to hold.", **SCALAR},
    "timeout": {"description": "How long it is asked.", "default": "10m", **SCALAR},
    "header": {
        "description": "“Name: value”, a secret that goes only to the address's own origin.",
        "type": "string",
    },
}
_TYPES: dict[str, Json] = {
    "wait-for": {
        "anyOf": [
            {"type": ["string", "null"]},
            {
                "type": "object",
                "additionalProperties": False,
                "required": ["url"],
                "properties": _WAIT_FOR,
            },
        ]
    },
    "expect": {"anyOf": [{"$ref": "#/definitions/expect"}, {"type": "null"}]},
    "tests": {"anyOf": [{"type": "string", "minLength": 1}, {"$ref": "#/definitions/tests"}]},
    "inputs": {"type": ["object", "null"], "additionalProperties": SCALAR},
    "secret-inputs": {
        "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]
    },
}


def suite_schema() -> str:
    """Return the schema as the text of its file."""
    workflow = {"name": _name(), "required": _required(), **_inputs(PER_WORKFLOW)}
    defaults = {key: value for key, value in workflow.items() if key in DEFAULT_KEYS}
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": ".genesis-ci.yml: several Genesis workflows in one CI job",
        "type": "object",
        "additionalProperties": False,
        "required": ["version", "workflows"],
        "properties": {
            "version": {"description": "The version of this format.", "enum": [1, "1"]},
            "defaults": {
                "description": "What every workflow has unless its entry says otherwise.",
                "type": ["object", "null"],
                "additionalProperties": False,
                "properties": defaults,
            },
            "max-parallel": {
                "description": "How many runs may be under way at once.",
                "default": MAX_PARALLEL,
                "anyOf": [{"type": "integer", "minimum": 1, "maximum": MAX_WORKFLOWS}, REFERENCE],
            },
            "fail-fast": {
                "description": "Start nothing more once a required workflow ended red.",
                "default": False,
                "anyOf": [{"type": "boolean"}, REFERENCE],
            },
            "workflows": {
                "description": "The workflows of the job.",
                "type": "array",
                "minItems": 1,
                "maxItems": MAX_WORKFLOWS,
                "items": {"$ref": "#/definitions/workflow"},
            },
        },
        "definitions": {
            "expect": _expect(),
            "tests": _tests(),
            "workflow": {
                "type": "object",
                "additionalProperties": False,
                "not": {"required": ["workflow-id", "execution-id"]},
                "properties": workflow,
            },
        },
    }
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def _expect() -> Json:
    """The list, each entry with one operator; what a query may be is for the code to say."""
    number = {"anyOf": [{"type": "number"}, REFERENCE]}
    text = {"type": "string", "minLength": 1, "maxLength": MAX_EXPRESSION}
    values: dict[str, Json] = {
        Operator.AT_LEAST: number,
        Operator.AT_MOST: number,
        Operator.MATCHES: text,
        Operator.NOT_EMPTY: {"const": True},
    }
    named = {"type": "string", "minLength": 1, "maxLength": MAX_LABEL}
    keys = {"block": named, "query": text, "name": named}
    return {
        "type": "array",
        "minItems": 1,
        "maxItems": MAX_ENTRIES,
        "items": {
            "type": "object",
            "additionalProperties": False,
            "required": ["block"],
            "oneOf": [{"required": [operator.value]} for operator in Operator],
            "properties": {**keys, **{one.value: values.get(one, {}) for one in Operator}},
        },
    }


def _tests() -> Json:
    count = {"type": "integer", "minimum": 1, "maximum": MAX_TESTS}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["block"],
        "properties": {
            "block": {"type": "string", "minLength": 1, "maxLength": MAX_LABEL},
            "format": {"enum": [one.value for one in ListFormat]},
            "at-least": {"anyOf": [count, REFERENCE], "default": 1},
        },
    }


def _name() -> Json:
    return {
        "description": "What log and reports call it; unique in the file.",
        "type": "string",
        "minLength": 1,
        "maxLength": MAX_NAME,
    }


def _required() -> Json:
    return {
        "description": "false: it is run and reported, and never fails the job.",
        "default": True,
        "anyOf": [{"type": "boolean"}, REFERENCE],
    }


def _inputs(rows: tuple[Input, ...]) -> Json:
    return {row.name: _input(row) for row in rows}


def _input(row: Input) -> Json:
    described = {"description": row.meaning, **({"default": row.default} if row.default else {})}
    if row.name == "inputs":
        described = {"description": "Context variables; each is sent as the string written here."}
    if row.name in _TYPES:
        return described | _TYPES[row.name]
    if set(row.choices) == {"true", "false"}:
        return described | {"default": True, "anyOf": [{"type": "boolean"}, REFERENCE]}
    if row.choices:
        return described | {"anyOf": [{"enum": list(row.choices)}, REFERENCE]}
    return described | {"type": ["string", "number"]}
