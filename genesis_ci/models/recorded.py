"""What `result.json` records of a model, by the types of its fields. No I/O.

A field is recorded under its name, with the docstring below it in the schema. `result.py` writes
and reads it by its type, so a new field needs no other line.
"""

from dataclasses import MISSING
from functools import cache
from types import UnionType
from typing import Annotated, Any, NamedTuple, TypeVar, Union, get_args, get_origin

T = TypeVar("T")


class Form(NamedTuple):
    """The form of a text that may go into a request, and what it is, or many of them."""

    pattern: str
    what: str
    many: str = ""


class Most(NamedTuple):
    """The most characters that are read of a text, or the largest number."""

    number: int
    lines: bool = False


class Name(str):
    """The name in the file, if it is not that of the field."""

    __slots__ = ()


LINE = Most(4_000)
"""Of a text without another limit."""
TEXT = Most(100_000, lines=True)
ID = Form(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,127}", "an id", "a list of ids")

Short = Annotated[str, Most(300)]
Text = Annotated[str, TEXT]
Id = Annotated[str, ID]
Internal = Annotated[T, "internal"]
"""A field that is not recorded."""
Always = Annotated[T, "always"]
"""A field that each file has: the default of the model is not taken for it."""
Derived = Annotated[T, "derived"]
"""A property that is recorded, but not read."""


class Field(NamedTuple):
    """A field or property of a model that the file has under a `name`.

    The type is `kind`, or None if it is optional; a list has items of the `kind`. An absent value
    is the default of the model, if that is taken. A property is `derived`.
    """

    attribute: str
    name: str
    kind: Any
    is_optional: bool
    is_list: bool
    is_derived: bool
    has_default: bool
    most: Most | None
    form: Form | None


@cache
def fields_of(model: Any) -> tuple[Field, ...]:
    """Return the fields and properties of a model that are recorded."""
    types = dict(model.__annotations__)
    for name, one in vars(model).items():
        if isinstance(one, property):
            types[name] = one.fget.__annotations__["return"]
    made = (_field(name, type_, model) for name, type_ in types.items())
    return tuple(one for one in made if one)


def _field(name: str, type_: Any, model: Any) -> Field | None:
    kind, marks, origins = type_, dict[type, Any](), set[Any]()
    while (origin := get_origin(kind)) in {Annotated, Union, UnionType, tuple}:
        origins.add(origin)
        marks |= {type(mark): mark for mark in getattr(kind, "__metadata__", ())}
        kind = get_args(kind)[0]  # of `X | None` and `tuple[X, ...]`
    is_derived = marks.get(str) == "derived"
    if marks.get(str) == "internal" or is_derived is (name in model.__annotations__):
        return None
    return Field(
        attribute=name,
        name=marks.get(Name, name),
        kind=model if isinstance(kind, str) else kind,
        is_optional=not origins.isdisjoint({Union, UnionType}),
        is_list=tuple in origins,
        is_derived=is_derived,
        has_default=name in _defaults(model) and marks.get(str) != "always",
        most=marks.get(Most),
        form=marks.get(Form),
    )


def _defaults(model: Any) -> set[str]:
    if issubclass(model, tuple):
        return {*model._field_defaults}
    return {
        name
        for name, one in model.__dataclass_fields__.items()
        if one.default is not MISSING or one.default_factory is not MISSING
    }
