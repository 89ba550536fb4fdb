"""The facts that a pack reads, and the inputs of its actions, as JSON Schema."""

from __future__ import annotations

from typing import Any, Final, TypeAlias, assert_never

from pydantic import JsonValue

from engine.language.packs.pack import Action, Pack
from engine.program.types import Enum, Kind, ListOf, MapOf, Member, Plain, Record, Type
from engine.values.json import to_json
from engine.values.limits import Limits, inner, own

Schema: TypeAlias = dict[str, JsonValue]
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
PLAIN: Final[dict[Kind, dict[str, Any]]] = {
    Kind.BOOL: {"type": "boolean"},
    Kind.INT: {"type": "integer"},
    Kind.NUMBER: {"type": "number"},
    Kind.MONEY: {"type": ["string", "number"], "format": "money"},
    Kind.TEXT: {"type": "string"},
    Kind.DATE: {"type": "string", "format": "date"},
    Kind.TIMESTAMP: {"type": "string", "format": "date-time"},
    Kind.DURATION: {"type": "string", "format": "duration"},
    Kind.NULL: {"type": "null"},
}


def facts_schema(pack: Pack) -> Schema:
    """Return the JSON Schema 2020-12 of a pack's facts; `question` says how to ask for one, `pii` who it is about.

    No fact is required, for a decision names those that it misses.
    """
    said = {"$schema": DIALECT, "title": f"What {pack.header.title} reads of a case"}
    return {**said, **_schema(pack, pack.facts, ())}


def inputs_schema(pack: Pack, action: Action) -> Schema:
    """Return the JSON Schema of what an ask for an action has beside its action and amount."""
    needed: list[JsonValue] = [member.name for member in action.inputs if not member.default]
    return {**_schema(pack, action.inputs, ()), "required": needed}


def _schema(pack: Pack, type_: Type, limits: Limits) -> Schema:
    """Return the schema of a type within limits, null included where the type has it."""
    found: Schema = {**_present(pack, type_, limits), **dict(own(limits))}
    if not type_.nullable:
        return found
    if "enum" in found:
        return {**found, "enum": [*_listed(found["enum"]), None]}
    kinds = [kind for kind in _listed(found["type"]) if kind != "null"]
    return {**found, "type": [*kinds, "null"]}


def _present(pack: Pack, type_: Type, limits: Limits) -> Schema:
    """Return the schema of a type, apart from null."""
    match type_:
        case Plain(kind=kind):
            return dict(PLAIN[kind])
        case Enum(values=values):
            return {"enum": list(values)}
        case ListOf(item=item):
            return {"type": "array", "items": _schema(pack, item, inner(limits))}
        case MapOf(value=value):
            return {"type": "object", "additionalProperties": _schema(pack, value, inner(limits))}
        case Record():
            properties: Schema = {one.name: _member(pack, one) for one in type_}
            return {"type": "object", "properties": properties, "additionalProperties": False}
        case _ as never:
            assert_never(never)


def _member(pack: Pack, member: Member) -> Schema:
    """Return the schema of a field, with what is said of it."""
    said: Schema = {"title": member.title, "question": member.question, "pii": member.pii}
    found = {**{key: value for key, value in said.items() if value}, **_schema(pack, member.type, member.constraints)}
    if member.default:
        header = pack.header
        found["default"] = to_json(member.default[0], member.type, header.digits, header.timezone)
    return found


def _listed(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else [value]
