"""What is recorded of a model follows from the types of its fields."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, NamedTuple

from genesis_ci.models.recorded import Derived, Form, Internal, Most, Name, Short, fields_of

DIGITS = Form("[0-9]+", "a number")


@dataclass(frozen=True)
class Part:
    at: datetime | None
    key: Annotated[str, Name("id"), DIGITS] | None = None
    inner: tuple["Part", ...] = ()


class Whole(NamedTuple):
    part: Annotated[Part | None, Name("piece")]
    names: tuple[Short, ...] = ()
    secret: Internal[str] = ""

    @property
    def length(self) -> Derived[int]:
        return len(self.names)

    @property
    def first(self) -> str:
        return self.names[0]


def shown(model):
    return {
        one.name: (one.attribute, one.kind, one.is_optional, one.is_list, one.has_default)
        for one in fields_of(model)
    }


def test_fields_and_marked_properties_are_recorded():
    assert shown(Part) == {
        "at": ("at", datetime, True, False, False),
        "id": ("key", str, True, False, True),
        "inner": ("inner", Part, False, True, True),
    }
    assert shown(Whole) == {
        "piece": ("part", Part, True, False, False),
        "names": ("names", str, False, True, True),
        "length": ("length", int, False, False, False),
    }
    assert [one.name for one in fields_of(Whole) if one.is_derived] == ["length"]


def test_limits_and_forms_are_those_of_the_type():
    _, key, _ = fields_of(Part)
    _, names, _ = fields_of(Whole)
    assert (key.form, key.most, names.form, names.most) == (DIGITS, None, None, Most(300))
