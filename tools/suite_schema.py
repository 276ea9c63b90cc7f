"""The JSON Schema of `.genesis-ci.yml` for editors, from the table of inputs."""

import json
from collections.abc import Iterable

from genesis_ci.config.check_entries import (
    EXPECT_KEYS,
    MAX_ENTRIES,
    TESTS_KEYS,
)
from genesis_ci.config.config_file import DEFAULTS, ENTRY, SECTIONS, TOP
from genesis_ci.document.keys import Json, Key, schema_of_mapping
from genesis_ci.features import known_failures
from genesis_ci.models.findings import Operator
from genesis_ci.models.workflow import MAX_WORKFLOWS

IDS = ["workflow-id", "execution-id"]
_NEVER_EMPTY = {"name", *IDS}
DEFINITIONS: dict[str, Json] = {
    "expect": {
        "type": "array",
        "minItems": 1,
        "maxItems": MAX_ENTRIES,
        "items": schema_of_mapping(
            EXPECT_KEYS, oneOf=[{"required": [one.value]} for one in Operator]
        ),
    },
    "tests": schema_of_mapping(
        TESTS_KEYS,
        oneOf=[
            {"required": ["block"], "not": {"required": ["except"]}},
            {"required": ["except"], "maxProperties": 1},
            {"required": ["at-least"], "maxProperties": 1},
        ],
    ),
    "known-failures": {
        "type": "array",
        "maxItems": known_failures.MAX_KNOWN,
        "items": schema_of_mapping(known_failures.keys()),
    },
}
"""The schemas of lists and mappings of checks; only the code checks queries."""


def suite_schema() -> str:
    """Return the schema as the text of its file."""
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": ".genesis-ci.yml: several Genesis workflows in one CI job",
        "type": "object",
        "additionalProperties": False,
        "required": ["version", "workflows"],
        "anyOf": [
            {
                "required": ["defaults"],
                "properties": {"defaults": {"type": "object", "required": ["workflow-id"]}},
            },
            {
                "properties": {
                    "workflows": {"items": {"anyOf": [{"required": [one]} for one in IDS]}}
                }
            },
        ],
        "properties": {
            "version": {"description": SECTIONS["version"], "enum": [1, "1"]},
            "defaults": {
                "description": SECTIONS["defaults"],
                **schema_of_mapping(_in_file(DEFAULTS.values())),
                "type": ["object", "null"],
            },
            "workflows": {
                "description": SECTIONS["workflows"],
                "type": "array",
                "minItems": 1,
                "maxItems": MAX_WORKFLOWS,
                "items": {"$ref": "#/definitions/workflow"},
            },
            **schema_of_mapping(_in_file(TOP.values()))["properties"],
        },
        "definitions": {
            **DEFINITIONS,
            "workflow": schema_of_mapping(_in_file(ENTRY.values()), **{"not": {"required": IDS}}),
        },
    }
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def _in_file(keys: Iterable[Key]) -> list[Key]:
    """Return keys whose value may also be empty, which means not set."""
    return [
        key
        if key.name in _NEVER_EMPTY
        else key._replace(type=key.type._replace(schema=_or_unset(key.type.schema)))
        for key in keys
    ]


def _or_unset(schema: Json) -> Json:
    """Return the schema of a value that may also be empty, which means not set."""
    return {"anyOf": [*schema.get("anyOf", [schema]), {"enum": ["", None]}]}
