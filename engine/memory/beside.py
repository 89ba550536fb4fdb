"""What is known beside the facts: what was granted, the history, the signals and the promises."""

from __future__ import annotations

from typing import Any, TypeAlias

from pydantic import JsonValue

from engine.program.types import NULL, Type
from engine.release import Release
from engine.values.json import to_json

Entry: TypeAlias = dict[str, object]
"""One item of a case's `history` or `promises`, in the engine's values."""
GivenEntry: TypeAlias = dict[str, JsonValue]
"""The same as a request gives it."""


def type_of(release: Release, name: str) -> Type:
    """Return the type of an input that is always there."""
    member = release.policy.inputs.find(name)
    assert member is not None
    return member.type


def as_given(release: Release, name: str, value: object) -> Any:
    """Return what a case knows under a name as a request gives it."""
    conventions = release.policy.conventions
    return to_json(value, type_of(release, name), conventions.digits, conventions.zone)


def or_null(value: object) -> object:
    """Return a value that is known: where there is none, the engine's null."""
    return NULL if value is None else value
