"""The JSON Schema of `.genesis-ci.yml` for editors, from the table of inputs."""

import json

from genesis_ci.config.check_entries import DEFINITIONS
from genesis_ci.config.config_file import DEFAULT_KEYS
from genesis_ci.config.input_types import BOOLEAN, COUNT, SCALAR, TAGS, Json
from genesis_ci.config.inputs import INPUTS, Input
from genesis_ci.config.paths import PATHS
from genesis_ci.config.problems import LONGEST_NAME
from genesis_ci.models.policy import MAX_PARALLEL
from genesis_ci.models.workflow import MAX_WORKFLOWS

IDS = ["workflow-id", "execution-id"]
PER_WORKFLOW = tuple(row for row in INPUTS if row.per_workflow)


def suite_schema() -> str:
    """Return the schema as the text of its file."""
    workflow = {
        "name": {
            "description": "The name in log and reports; unique in the file.",
            "maxLength": LONGEST_NAME,
            **SCALAR,
            "pattern": r"^[^,\r\n]*$",
        },
        "tags": {
            "description": "Tags, by which the input “only” selects the entry.",
            **_or_unset(TAGS.schema),
        },
        "paths": {
            "description": "Patterns: the entry runs only if a changed file matches.",
            **_or_unset(PATHS.schema),
        },
        "required": {
            "description": "false: it runs and is reported, but never fails the job.",
            "default": True,
            **_or_unset(BOOLEAN.schema),
        },
        **{row.name: _input(row) for row in PER_WORKFLOW},
    }
    defaults = {key: value for key, value in workflow.items() if key in DEFAULT_KEYS}
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
            "version": {"description": "The version of this format.", "enum": [1, "1"]},
            "defaults": {
                "description": "Defaults of every workflow, which its entry can override.",
                "type": ["object", "null"],
                "additionalProperties": False,
                "properties": defaults,
            },
            "max-parallel": {
                "description": "The most runs at the same time.",
                "default": MAX_PARALLEL,
                **_or_unset(COUNT.schema),
            },
            "fail-fast": {
                "description": "Start no more workflows after a required one has failed.",
                "default": False,
                **_or_unset(BOOLEAN.schema),
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
            **DEFINITIONS,
            "workflow": {
                "type": "object",
                "additionalProperties": False,
                "not": {"required": IDS},
                "properties": workflow,
            },
        },
    }
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def _input(row: Input) -> Json:
    described: Json = {"description": row.meaning}
    if row.default:
        described["default"] = True if row.type is BOOLEAN else row.default
    return described | (row.type.schema if row.name in IDS else _or_unset(row.type.schema))


def _or_unset(schema: Json) -> Json:
    """Return the schema of a value that may also be empty, which means not set."""
    return {"anyOf": [*schema.get("anyOf", [schema]), {"enum": ["", None]}]}
