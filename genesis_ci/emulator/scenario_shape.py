"""Which keys a scenario file has, and what each may hold: the one table of the format."""

from __future__ import annotations

import json
import math

import yaml

from genesis_ci.emulator.faults import Endpoint, FaultKind
from genesis_ci.emulator.reading import (
    Entry,
    Field,
    Place,
    UnreadableError,
    boolean,
    header_map,
    mapping,
    name,
    nullable,
    one_of,
    seconds,
    sequence,
    string_map,
    text,
    uuid,
    whole,
)
from genesis_ci.emulator.scenario import ErrorBody, Json, Policy, Review, Verdict
from genesis_ci.emulator.status import FINAL, Status

_MOST = 2**31 - 1
_LARGEST_ANSWER = 256 * 1024 * 1024
_FINAL_WORDS = tuple(status for status in Status if status in FINAL)


def json_value(place: Place) -> Json:
    """Any value that JSON can hold; a scalar that JSON cannot write is taken as it is written."""
    match place.node:
        case yaml.MappingNode():
            pairs = place.node.value
            return {text(place.inside("", k)): json_value(place.inside("", v)) for k, v in pairs}
        case yaml.SequenceNode():
            return [json_value(place.inside("", item)) for item in place.node.value]
        case _:
            return _json_scalar(place.node)


def _json_scalar(node: yaml.Node) -> Json:
    written = str(node.value)
    match node.tag.rpartition(":")[2]:
        case "null":
            return None
        case "bool" | "int" | "float":
            return _number_or_word(written)
        case _:
            return written


def _number_or_word(written: str) -> Json:
    try:
        value: bool | int | float = json.loads(written)
    except ValueError:
        return written
    return value if math.isfinite(value) else written


def review(place: Place) -> Review | None:
    """`true`, `false`, or when and how the review decides by itself."""
    if isinstance(place.node, yaml.ScalarNode):
        return Review() if boolean(place) else None
    fields = {
        "after": Field(read=seconds, required=True),
        "decision": Field(read=one_of(*Verdict)),
    }
    entry = mapping(fields)(place)
    return Review(**entry.values) if "after" in entry.values else None


def nth(place: Place) -> tuple[int, ...]:
    """Which requests: one number or a list of them, the first being 1."""
    number = whole(1, _MOST)
    if isinstance(place.node, yaml.SequenceNode):
        return tuple(sequence(number)(place))
    return (number(place),)


def fault(place: Place) -> Entry:
    """One fault rule."""
    entry: Entry = mapping(FAULT)(place)
    on_trigger = entry.values.get("on") is Endpoint.TRIGGER
    if on_trigger and entry.values.get("do") is FaultKind.UNKNOWN_STATUS:
        raise UnreadableError("a trigger's answer has no status; use unknown-status on: poll")
    return entry


ORGANIZATION = {
    "id": Field(read=name, required=True),
    "credits": Field(read=nullable(whole(0, _MOST))),
}
KEY = {
    "key": Field(read=name, required=True),
    "id": Field(read=name),
    "organization": Field(read=nullable(name), required=True),
    "member": Field(read=boolean),
}
PROJECT = {
    "name": Field(read=name, required=True),
    "deleted": Field(read=boolean),
}
BLOCK = {
    "key": Field(read=name),
    "duration": Field(read=seconds),
    "status": Field(read=one_of(*_FINAL_WORDS)),
    "inputs": Field(read=string_map),
    "output": Field(read=json_value),
    "echo": Field(read=boolean),
    "review": Field(read=review),
}
WORKFLOW = {
    "id": Field(read=uuid, required=True),
    "name": Field(read=name, required=True),
    "organization": Field(read=name, required=True),
    "project": Field(read=nullable(name)),
    "variables": Field(read=sequence(text)),
    "policy": Field(read=one_of(*Policy)),
    "api_access": Field(read=boolean),
    "pending": Field(read=seconds),
    "status": Field(read=one_of(*_FINAL_WORDS)),
    "error": Field(read=nullable(text)),
    "cancel_reason": Field(read=nullable(text)),
    "blocks": Field(read=sequence(mapping(BLOCK))),
}
FAULT = {
    "on": Field(read=one_of(*Endpoint), required=True),
    "do": Field(read=one_of(*FaultKind), required=True),
    "nth": Field(read=nth),
    "workflow": Field(read=name),
    "delay": Field(read=seconds),
    "processed": Field(read=boolean),
    "status": Field(read=whole(200, 599)),
    "headers": Field(read=header_map),
    "body": Field(read=text),
    "word": Field(read=text),
    "size": Field(read=whole(1, _LARGEST_ANSWER)),
    "over": Field(read=seconds),
}
SCENARIO = {
    "error_body": Field(read=one_of(*ErrorBody)),
    "organizations": Field(read=sequence(mapping(ORGANIZATION)), required=True),
    "keys": Field(read=sequence(mapping(KEY)), required=True),
    "projects": Field(read=sequence(mapping(PROJECT))),
    "workflows": Field(read=sequence(mapping(WORKFLOW)), required=True),
    "faults": Field(read=sequence(fault)),
}

scenario = mapping(SCENARIO)
