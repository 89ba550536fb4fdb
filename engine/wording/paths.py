"""What facts are called by their paths, and items of lists by their own names."""

from __future__ import annotations

from typing import Final

from engine.program.nodes import Quantify
from engine.program.types import BOOL, NULL, Enum, Kind, ListOf, MapOf, Record, Type, kind_of, required
from engine.wording.formats import humanised
from engine.wording.nouns import Noun, Nouns, granted_lately

GRANTED: Final = len(("granted", "agent", "action", "day"))
"""How many steps lead to what was granted of an action in a span."""
NAMES = ("id", "number", "code", "name")
"""How the members end that people know an item by."""


def called(path: tuple[str, ...], nouns: Nouns) -> Noun:
    """Return what the fact at a path is called: by its title, else by its name and owner."""
    phrases = nouns.formats.language.phrases
    if path[0] == "signals" and len(path) > 1:
        return nouns.signal(*path[1:3])
    title, type_ = declared(nouns.inputs, path)
    if title:
        return nouns.titled(title, answered=required(type_) == BOOL)
    if path == ("history",):
        return Noun(phrases.earlier_decisions, titled=True)
    if path[0] == "granted" and len(path) == GRANTED:
        return granted_lately(path, nouns.formats)
    owner, name = (path[-2] if len(path) > 1 else ""), humanised(path[-1])
    if owner in ("", "ask") or owner.startswith("["):
        return nouns.called(phrases.the.format(name=name), name)
    return nouns.called(phrases.owned.format(owner=humanised(owner), name=name), name)


def declared(record: Record, path: tuple[str, ...]) -> tuple[str, Type]:
    """Return the title (nothing where it has none) and the type of the fact at a path."""
    title = ""
    type_: Type = record
    for step in path:
        match type_:
            case Record():
                member = type_.find(step)
                if member is None:
                    return "", type_
                title, type_ = member.title, member.type
            case ListOf(item=inner) | MapOf(value=inner):
                title, type_ = "", inner
            case _:
                return "", type_
    return title, type_


def name_of(item: object, node: Quantify) -> str:
    """Return the text by which people know an item: its id, number, code or name."""
    if isinstance(item, str):
        return item
    of = node.over.type.item if isinstance(node.over.type, ListOf) else None
    if not isinstance(item, dict) or not isinstance(of, Record):
        return ""
    for member in of:
        if member.name.rpartition("_")[2] in NAMES and not member.pii:
            value = item.get(member.name)
            if kind_of(member.type) is Kind.TEXT and not isinstance(member.type, Enum) and value not in (None, NULL):
                return str(value)
    return ""
