"""The JSON schema of `result.json`, from the types and docstrings of the models."""

import ast
import inspect
import json
from datetime import datetime
from itertools import pairwise
from textwrap import dedent
from typing import Any, get_args

from genesis_ci.models.recorded import Field, fields_of
from genesis_ci.models.report import JobReport, Outcome, Problem
from genesis_ci.result import SCHEMA_VERSION, TEXTS, TOOL, is_model

VERSION = (
    "The version of this format. It increases when a field changes its meaning or is removed; "
    "readers must accept new fields."
)
TIME = {
    "description": "ISO 8601 in UTC with milliseconds.",
    "type": "string",
    "format": "date-time",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$",
}
TYPES = {bool: "boolean", float: "number", int: "integer", str: "string", Problem: "string"}


def result_schema() -> str:
    """Return the text of `result.schema.json`."""
    definitions: dict[str, Any] = {"time": TIME}
    job = _object(JobReport, definitions)
    constants = {
        "schema": {"description": VERSION, "const": SCHEMA_VERSION},
        "tool": {"description": "The program that wrote the file.", "const": TOOL},
    }
    job["required"] = sorted([*job["required"], *constants])
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:genesis-ci:result:{SCHEMA_VERSION}",
        "title": f"genesis-ci result.json, version {SCHEMA_VERSION}",
        **job,
        "properties": constants | job["properties"],
        "$defs": definitions,
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _object(model: type, definitions: dict[str, Any]) -> dict[str, Any]:
    meanings = _meanings(model)
    properties: dict[str, Any] = {}
    for field in fields_of(model):
        if field.kind is Outcome:
            properties |= _object(Outcome, definitions)["properties"]
            continue
        described = {"description": meanings[field.attribute]}
        properties[field.name] = described | _with_null(field, _type(field, definitions))
    [first, *_] = (inspect.getdoc(model) or "").split("\n\n")
    return {
        "description": " ".join(first.split()),
        "type": "object",
        "required": sorted(properties),
        "properties": properties,
    }


def _type(field: Field, definitions: dict[str, Any]) -> dict[str, Any]:
    kind = field.kind
    if kind == TEXTS:
        return {"type": "object", "additionalProperties": {"type": "string"}}
    if kind is datetime:
        made: dict[str, Any] = {"$ref": "#/$defs/time"}
    elif kind in TYPES:
        made = {"type": TYPES[kind]} | ({"minimum": 0} if kind in (int, float) else {})
        if field.most and kind is int:
            made["maximum"] = field.most.number
        if field.form and r"\w" not in field.form.pattern:  # of other letters in JSON schema
            made["pattern"] = f"^{field.form.pattern}$"
    elif not is_model(kind):
        words = kind if isinstance(kind, type) else get_args(kind)
        made = {"enum": [str(word) for word in words]}
    else:
        name = kind.__name__.removesuffix("Report").lower()
        if name not in definitions:
            definitions[name] = {}  # a workflow has workflows
            definitions[name] = _object(kind, definitions)
        made = {"$ref": f"#/$defs/{name}"}
    return {"type": "array", "items": made} if field.is_list else made


def _with_null(field: Field, made: dict[str, Any]) -> dict[str, Any]:
    if not field.is_optional or field.kind is bool:
        return made
    if "enum" in made:
        return {"enum": [*made["enum"], None]}
    if "$ref" in made:
        return {"anyOf": [made, {"type": "null"}]}
    return made | {"type": [made["type"], "null"]}


def _meanings(model: type) -> dict[str, str]:
    """Return the docstrings of the fields and properties of a model."""
    [definition] = ast.parse(dedent(inspect.getsource(model))).body
    body = definition.body if isinstance(definition, ast.ClassDef) else []
    found = {
        one.name: ast.get_docstring(one) or "" for one in body if isinstance(one, ast.FunctionDef)
    }
    for one, text in pairwise(body):
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name):
            value = text.value if isinstance(text, ast.Expr) else None
            if isinstance(value, ast.Constant):
                found[one.target.id] = str(value.value)
    return {name: " ".join(text.split()) for name, text in found.items()}
