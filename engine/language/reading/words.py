"""Words for the parts of a policy file, as its author knows them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from jsonschema import ValidationError

from engine.language.reading.tree import Mapping, Scalar, Sequence, Tree

TYPES = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
}
OWNERS = {
    "rules": "rule",
    "checks": "check",
    "actions": "action",
    "tables": "table",
    "define": "definition",
    "params": "parameter",
    "events": "event",
    "signals": "signal",
    "scenarios": "scenario",
    "fixtures": "fixture",
}
NAMED_BY = ("id", "name", "action")


def a_list_of(names: Iterable[str]) -> str:
    """Return the names in back-ticks with commas."""
    return ", ".join(f"`{name}`" for name in names)


def expected(types: Iterable[str]) -> str:
    """Return the types of a schema as words: `text, a number or a list`."""
    words = [TYPES[one] for one in TYPES if one in types]
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else "nothing"


def kind_of(tree: Tree) -> str:
    """Return what a value is."""
    match tree:
        case Sequence():
            return "a list"
        case Mapping():
            return "a mapping"
        case Scalar(value=bool()):
            return f"`{tree.text}`"
        case Scalar(value=int() | float()):
            return "a number"
        case Scalar(value=None):
            return "null"
        case Scalar():
            return "text"
        case _ as never:
            assert_never(never)


def place_name(path: tuple[str | int, ...]) -> str:
    """Return how to call the value at a path: `when`, or item 2 of `when`."""
    if not path:
        return "the file"
    if isinstance(path[-1], str):
        return f"`{path[-1]}`"
    above = place_name(path[:-1]) if len(path) > 1 else "the list"
    return f"item {path[-1] + 1} of {above}"


def owner(root: Tree, path: tuple[str | int, ...]) -> str:
    """Return which rule, action or the like the path lies in, with a colon, or nothing."""
    section = OWNERS.get(str(path[0])) if len(path) > 1 else None
    if section is None:
        return ""
    if isinstance(path[1], str):
        return f"{section} `{path[1]}`: " if len(path) > 2 else ""
    items = root.get(str(path[0])) if isinstance(root, Mapping) else None
    item = items.items[path[1]] if isinstance(items, Sequence) else None
    names = (item.get(key) for key in NAMED_BY) if isinstance(item, Mapping) else iter(())
    name = next((one.text for one in names if isinstance(one, Scalar) and one.text), "")
    return f"{section} `{name}`: " if name else ""


def example_of(error: ValidationError) -> str:
    """Return an example of what to write, where the schema gives one."""
    examples = error.schema.get("examples", ()) if isinstance(error.schema, dict) else ()
    return f"write it as `{examples[0]}`" if examples and isinstance(examples[0], str | int) else ""
