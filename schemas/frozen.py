"""Frozen values that programs exchange, and how to make one quickly from values that are right already."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict

_set = object.__setattr__
Model = TypeVar("Model", bound=BaseModel)


class Frozen(BaseModel):
    """A value that never changes."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def made(of: type[Model], **values: Any) -> Model:
    """Return a model of values that need no check; every field must be given.

    `model_construct` looks up aliases and defaults field by field, several times the cost of the decision itself.
    """
    model = of.__new__(of)
    _set(model, "__dict__", values)
    _set(model, "__pydantic_fields_set__", _fields(of))
    _set(model, "__pydantic_extra__", None)
    _set(model, "__pydantic_private__", None)
    return model


@cache
def _fields(of: type[BaseModel]) -> set[str]:
    return set(of.model_fields)
