"""The JSON Schemas of what people write, with a pack's own names in them, so that editors complete and check them."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any, TypeAlias

from engine.language.packs.pack import Pack
from engine.language.reading.validator import schema

Schema: TypeAlias = dict[str, Any]


def pack_schema(kind: str, pack: Pack | None) -> Schema:
    """Return the schema of a kind of file, such as `pack` or `scenarios`, with a pack's names enumerated in it."""
    made = copy.deepcopy(schema(kind))
    if pack is not None:
        made["title"] = f"{made['title']}: {pack.header.name}"
        made["$id"] = f"{made['$id'].removesuffix('.schema.json')}.{pack.header.name}.schema.json"
        WRITERS.get(kind, lambda _, __: None)(made, pack)
    return made


def _policy(made: Schema, pack: Pack) -> None:
    """Put the names into the schema of policy files."""
    defs = made["$defs"]
    defs |= _names(pack)
    selected = [*defs["action_name"]["enum"], *sorted({f"kind:{one.kind}" for one in pack.actions if one.kind}), "*"]
    _only(defs["selector"], selected)
    _only_texts(defs["selectors"], selected)
    for name in ("alternatives", "alternative"):
        _only_texts(defs[name], defs["action_name"]["enum"])
        defs[name]["propertyNames"] = {"$ref": "#/$defs/action_name"}
    made["properties"]["authority"]["propertyNames"] = {"$ref": "#/$defs/rung_name"}
    for key, name in (("waivable_by", "rung"), ("overrides", "rule"), ("refer", "desk"), ("offer", "action")):
        for place in _properties(made, key):
            _refer(place, f"#/$defs/{name}_name")
    for name in ("expression", "value", "condition"):
        defs[name]["examples"] = list(_readable(pack))


def _cases(made: Schema, pack: Pack) -> None:
    """Put the names into the schema of scenarios."""
    defs = made["$defs"]
    defs |= _names(pack)
    _refer(defs["ask"]["properties"]["action"], "#/$defs/action_name")
    _refer(defs["as"]["properties"]["role"], "#/$defs/rung_name")
    _only_texts(defs["as"], defs["rung_name"]["enum"])
    expect = defs["expect"]["properties"]
    for key, name in (("rung", "rung"), ("desk", "desk"), ("rules", "rule"), ("not_rules", "rule"), ("waived", "rule")):
        _refer(expect[key], f"#/$defs/{name}_name")
    _refer(expect["not_alternatives"], "#/$defs/action_name")
    _refer(defs["alternative"]["properties"]["action"], "#/$defs/action_name")
    _only_texts(defs["alternative"], defs["action_name"]["enum"])


WRITERS = {"pack": _policy, "scenarios": _cases}


def _names(pack: Pack) -> Schema:
    """Return definitions that list the names of each kind."""
    names = {
        "action": [one.name for one in pack.actions],
        "rung": list(pack.header.ladder),
        "desk": list(pack.header.desks),
        "rule": [one.id for one in pack.rules],
        "table": [one.name for one in pack.tables],
        "parameter": [one.name for one in pack.parameters],
        "definition": [one.name for one in pack.definitions],
    }
    return {
        f"{kind}_name": {"title": f"Name of a {kind}", "type": "string", "enum": list(dict.fromkeys(listed))}
        if listed
        else {"title": f"Name of a {kind}", "type": "string"}
        for kind, listed in names.items()
    }


def _readable(pack: Pack) -> Iterator[str]:
    """Yield what expressions can read by name, for editors to propose."""
    yield from (f"params.{one.name}" for one in pack.parameters)
    for table in pack.tables:
        call = f"({', '.join(table.parameters)})" if table.parameters else ""
        several = len(table.outputs) > 1
        yield from (f"tables.{table.name}{f'.{name}' if several else ''}{call}" for name, _ in table.outputs)
    for one in pack.definitions:
        yield f"{one.name}({', '.join(one.parameters)})" if one.parameters else one.name
    yield from (f"signals.{one.name}.active" for one in pack.signals)
    yield from (member.name for member in pack.facts)


def _properties(made: Any, key: str) -> Iterator[Schema]:
    """Yield every property of that name, wherever it is declared."""
    if isinstance(made, dict):
        properties = made.get("properties")
        if isinstance(properties, dict) and isinstance(properties.get(key), dict):
            yield properties[key]
        made = list(made.values())
    for inner in made if isinstance(made, list) else ():
        yield from _properties(inner, key)


def _refer(place: Schema, ref: str) -> None:
    """Let a property, or the items of its list, be one of the names that a definition lists."""
    if place.get("type") in ("array", ["string", "array"]) or place.get("$ref") in ("#/$defs/ids", "#/$defs/texts"):
        place.pop("$ref", None)
        place |= {"type": "array", "items": {"$ref": ref}}
    else:
        place["$ref"] = ref


def _only(place: Schema, names: list[str]) -> None:
    """Let a text be one of the names."""
    place.pop("pattern", None)
    place["enum"] = names


def _only_texts(place: Schema, names: list[str]) -> None:
    """Let a value, where it is a text, be one of the names."""
    place.pop("pattern", None)
    place["if"], place["then"] = {"type": "string"}, {"enum": names}
