"""Schemas of the CI systems from check-jsonschema, whose own program starts slowly."""

import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for

SUITE = Path(__file__).parents[1] / "genesis_ci/config/suite.schema.json"


def check_gitlab(*paths: Path) -> None:
    for path in paths:
        of_vendor("gitlab-ci").validate(yaml.safe_load(path.read_text("utf-8")))


@cache
def of_vendor(name: str) -> Validator:
    schema = files("check_jsonschema") / f"builtin_schemas/vendor/{name}.json"
    return _validator(schema.read_text("utf-8"))


@cache
def of_suite() -> Validator:
    return _validator(SUITE.read_text("utf-8"))


def _validator(text: str) -> Validator:
    schema: dict[str, Any] = json.loads(text)
    kind = validator_for(schema)
    return kind(schema, format_checker=kind.FORMAT_CHECKER)
