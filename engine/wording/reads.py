"""Which facts an action's rules read, and what they were."""

from __future__ import annotations

from collections.abc import Iterator

from engine.assumed import deciding
from engine.program.nodes import Field, Given, Input, Named, Node
from engine.program.types import ListOf, MapOf, Record
from engine.wording.telling import Telling


def values_read(telling: Telling) -> Iterator[tuple[str, str]]:
    """Yield the path and value, in words, of each fact that the verdict read."""
    found: dict[str, str] = {}
    for node in deciding(telling.answer.plan):
        if not isinstance(node, (Field, Input)) or isinstance(node.type, Record):
            continue
        path = path_of(node)
        if path and not path.startswith("@") and path != "now":
            found.setdefault(path, _shown(telling, node))
    yield from sorted(found.items())


def path_of(node: Node) -> str:
    """Return the path of a fact; nothing for what belongs to some list's item."""
    names = []
    while isinstance(node, (Field, Given, Named)):
        if isinstance(node, Field):
            names.append(node.name)
        node = node.of
    return ".".join([node.name, *reversed(names)]) if isinstance(node, Input) else ""


def _shown(telling: Telling, node: Field | Input) -> str:
    member = telling.voice.findings.clauses.nouns.member(node)
    if member is not None and member.pii:
        return telling.phrases.personal
    value = telling.values.value(node)
    if value is None:
        return telling.phrases.unknown
    if isinstance(node.type, (ListOf, MapOf)) and isinstance(value, (tuple, dict)) and _records(node.type):
        items = telling.voice.findings.clauses.nouns.items(node)
        return telling.voice.formats.language.count(len(value), items)
    return telling.value(value, node.type)


def _records(type_: ListOf | MapOf) -> bool:
    inner = type_.item if isinstance(type_, ListOf) else type_.value
    return isinstance(inner, (Record, ListOf, MapOf))
