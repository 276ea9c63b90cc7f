"""Schemas of the CI systems from check-jsonschema, whose own program starts slowly."""

import json
from functools import cache
from importlib.resources import files
from pathlib import Path

import yaml
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for


@cache
def of_vendor(name: str) -> Validator:
    path = files("check_jsonschema") / f"builtin_schemas/vendor/{name}.json"
    schema = json.loads(path.read_text("utf-8"))
    kind = validator_for(schema)
    return kind(schema, format_checker=kind.FORMAT_CHECKER)


def check_gitlab(*paths: Path) -> None:
    for path in paths:
        of_vendor("gitlab-ci").validate(yaml.safe_load(path.read_text("utf-8")))
