"""The reference page of every key that people write, from the JSON Schemas that check the files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final, TypeAlias

import yaml

from api.reference import NOTE, linked
from engine.language.reading.validator import schema

Schema: TypeAlias = dict[str, Any]
FILES: Final = {
    "pack": "Policy files",
    "facts": "facts.yaml",
    "texts": "texts.LANGUAGE.yaml",
    "scenarios": "scenarios/*.yaml",
    "fixtures": "scenarios/fixtures.yaml",
    "patch": "Patches",
    "simulation": "Simulations",
    "population": "Populations",
}
"""The kinds of file, with how the page calls them."""
OTHER_NAMES: Final = {
    ("pack", "members"): "input",
    ("facts", "members"): "fact",
    ("texts", "rule"): "translated rule",
    ("texts", "action"): "translated action",
    ("texts", "say"): "translated say",
    ("scenarios", "requirement"): "expected requirement",
    ("scenarios", "promise"): "expected promise",
    ("scenarios", "alternative"): "expected alternative",
    ("scenarios", "follow_up"): "expected follow-up",
    ("scenarios", "tell"): "expected telling",
    ("scenarios", "ask"): "asked",
}
"""Objects that the page calls otherwise than their schema does, so that every heading is there once."""
TOP: Final = {"texts": "texts", "patch": "patch", "simulation": "simulation", "population": "population"}
"""What stands before the keys of a file that share their names with those of policy files."""
HOLDS: Final = (("", "an"), ("items", "a list, each an"), ("additionalProperties", "by name, each an"))


def keys() -> str:
    """Return the page."""
    parts = [
        NOTE,
        "# Keys\n",
        "Every key of the files that people write. A heading names the object and its key: `rule.when` is the `when` "
        "of an item of `rules`. A value that is an expression, a condition or a text may be any of its kind.\n",
    ]
    for kind, title in FILES.items():
        objects = ", ".join(linked(_title(one), one) for one in _objects(kind))
        parts.append(f"* {linked(title)}" + (f"; in it: {objects}" if objects else ""))
    parts.append("")
    for kind, title in FILES.items():
        whole = schema(kind)
        parts += [f"## {title}\n", f"{whole.get('description', '')}\n", *_keys(kind, whole, TOP.get(kind, ""))]
        for name, part in _objects(kind).items():
            parts += [f"### {_title(name)}\n", *_described(part), *_keys(kind, part, name)]
    return "\n".join(parts)


def _objects(kind: str) -> dict[str, Schema]:
    """Return the objects that a kind of file is made of, by how the page calls them."""
    defined = schema(kind).get("$defs", {})
    return {_name(kind, name): part for name, part in defined.items() if "properties" in part}


def _name(kind: str, name: str) -> str:
    return OTHER_NAMES.get((kind, name), name)


def _title(name: str) -> str:
    return f"Object: {name}"


def _described(part: Schema) -> Iterator[str]:
    if text := part.get("description"):
        yield f"{text}\n"


def _keys(kind: str, part: Schema, path: str) -> Iterator[str]:
    """Yield the entry of each key of an object, and of the keys that are written out inside it."""
    for name, entry in part.get("properties", {}).items():
        full = f"{path}.{name}" if path else name
        yield f"#### `{full}`\n"
        yield from _entry(kind, name, entry, needed=name in part.get("required", ()))
        yield from _keys(kind, entry, full)


def _entry(kind: str, name: str, entry: Schema, needed: bool) -> Iterator[str]:
    title, description = entry.get("title", name), entry.get("description", "")
    yield f"*{title}{', needed' if needed else ''}.* {description}\n"
    if facts := [*_allowed(entry), *_holds(kind, entry)]:
        yield f"{' '.join(facts)}\n"
    if examples := entry.get("examples"):
        yield "```yaml"
        yield from ("\n# or\n".join(_written(name, one) for one in examples), "```\n")


def _allowed(entry: Schema) -> Iterator[str]:
    """Yield the words for the values that a key may have."""
    if "enum" in entry:
        yield f"One of {', '.join(f'`{one}`' for one in entry['enum'])}."
    if "default" in entry:
        yield f"Unless given: `{json.dumps(entry['default']).strip(chr(34))}`."


def _holds(kind: str, entry: Schema) -> Iterator[str]:
    """Yield links to the objects that a key holds."""
    for inner, words in HOLDS:
        held = entry.get(inner, {}) if inner else entry
        if isinstance(held, dict) and (name := _object_of(kind, held)):
            yield f"It is {words} {linked(_title(name), name)}."


def _object_of(kind: str, held: Schema) -> str:
    """Return the object that a schema refers to, through others where it does, or nothing."""
    reference = str(held.get("$ref", "")).rsplit("/", 1)[-1]
    if not reference:
        return ""
    defined = schema(kind)["$defs"]
    target = defined[reference]
    if "properties" in target:
        return _name(kind, reference)
    below = (target, target.get("items", {}), target.get("additionalProperties", {}))
    return next((found for one in below if isinstance(one, dict) and (found := _object_of(kind, one))), "")


def _written(name: str, example: object) -> str:
    """Return an example as authors write it."""
    made: str = yaml.safe_dump({name: example}, sort_keys=False, allow_unicode=True, width=100)
    return made.rstrip("\n")
