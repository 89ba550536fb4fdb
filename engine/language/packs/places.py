"""Where facts are declared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.language.diagnostics import Mark
from engine.language.reading.tree import Mapping, Scalar

DEFINED = "#/$defs/"


def fact_places(trees: Iterable[Mapping]) -> dict[str, Mark]:
    """Return the place of each fact's key by its path, in which items of a list or map are `[]`."""
    return {path: mark for tree in trees for path, mark in _members(tree, "", tree, ())}


def _members(schema: Mapping, path: str, root: Mapping, around: tuple[str, ...]) -> Iterator[tuple[str, Mark]]:
    """Yield the members below a schema; a reference is followed once."""
    reference = schema.get("$ref")
    if isinstance(reference, Scalar) and reference.text not in around:
        target = _target(reference.text, root)
        if target is not None:
            yield from _members(target, path, root, (*around, reference.text))
    properties = schema.get("properties")
    for key, value in properties if isinstance(properties, Mapping) else ():
        inner = f"{path}.{key.text}" if path else key.text
        yield inner, key.mark
        if isinstance(value, Mapping):
            yield from _members(value, inner, root, around)
    for name in ("items", "additionalProperties"):
        if isinstance(items := schema.get(name), Mapping):
            yield from _members(items, f"{path}[]", root, around)


def _target(reference: str, root: Mapping) -> Mapping | None:
    """Return the schema that a reference names."""
    named = root.get("$defs")
    target = named.get(reference.removeprefix(DEFINED)) if isinstance(named, Mapping) else None
    return target if isinstance(target, Mapping) else None
