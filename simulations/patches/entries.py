"""Entries of a pack as edits add them: under the name in their path, and where the order of edits changes nothing."""

from __future__ import annotations

import json

from engine.language.diagnostics import Diagnostics
from engine.language.reading.tree import Mapping, Scalar, Sequence, Tree, plain
from simulations.patches.spots import names

CHECKS = "checks."


def above(path: str) -> str:
    """Return the path of what holds the entry at a path; the needs of all checks are held by `checks`."""
    return CHECKS[:-1] if path.startswith(CHECKS) else path.rpartition(".")[0]


def ending(path: Scalar) -> Scalar:
    """Return the last part of a path, as a key."""
    start = len(above(path.text)) + 1 if "." in path.text else 0
    return _part(path, start, len(path.text))


def _part(path: Scalar, start: int, stop: int) -> Scalar:
    text = path.text[start:stop]
    return Scalar(path.mark_at(start), text, text, "plain", path.offsets[start : stop + 1])


def named(content: Tree, key: str, name: Tree, found: Diagnostics) -> Tree:
    """Return the content with its id or reason, which is the name in the path."""
    if not isinstance(content, Mapping):
        return content
    given = content.get(key)
    if given is None:
        return Mapping(content.mark, ((key_in(content, key), name), *content))
    if plain(given) != plain(name):
        message = f"`{key}` says otherwise than the path"
        found.error(given.mark, "not-allowed-value", message, "leave it out: the path names the entry")
    return content


def key_in(around: Tree, text: str) -> Scalar:
    """Return a key that nobody wrote, at the place of what it is in."""
    return Scalar(around.mark, text, text, "plain")


def need_check(name: Scalar, entry: Tree, found: Diagnostics) -> Mapping:
    """Return a check of the one need that is named `action.reason`."""
    dot = name.text.find(".")
    action = _part(name, 0, dot if dot >= 0 else len(name.text))
    need = named(entry, "reason", _part(name, dot + 1, len(name.text)), found)
    needs = Sequence(entry.mark, (need,))
    return Mapping(entry.mark, ((key_in(entry, "action"), action), (key_in(entry, "needs"), needs)))


def inserted(sequence: Tree, item: Tree, before: Tree) -> Tree:
    """Return a list with an item in its place: where `before` has it, else after all those of `before`, by name.

    What another edit made of no list stays as it is, for its shape is yet to be checked.
    """
    if not isinstance(sequence, Sequence):
        return sequence
    was = [_name(one) for one in before] if isinstance(before, Sequence) else []

    def place(one: Tree) -> tuple[int, str]:
        name = _name(one)
        return was.index(name) if name in was else len(was), name

    at = next((index for index, one in enumerate(sequence) if place(one) > place(item)), len(sequence.items))
    return Sequence(sequence.mark, (*sequence.items[:at], item, *sequence.items[at:]))


def _name(item: Tree) -> str:
    """Return what tells an item of a list from others: its name, or all that it says."""
    called = names(Sequence(item.mark, (item,)))
    return called[0] if called else json.dumps(plain(item), sort_keys=True)
