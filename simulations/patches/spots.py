"""Where the path of an edit leads in a file of a pack, and the file with something else put there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from engine.language.packs.build_rules import need_id
from engine.language.packs.building import as_mapping, texts_of
from engine.language.reading.tree import Mapping, Scalar, Sequence, Tree, plain

Put: TypeAlias = "Callable[[Tree | None], Mapping]"


@dataclass(frozen=True, eq=False, slots=True)
class Spot:
    """What stands at a path; `put` gives the file with something else in its place (None: with nothing)."""

    tree: Tree
    put: Put
    named_by: str = ""
    """The key of an item of a list by which paths name it."""


def spots(file: Mapping, path: str, where: Mapping | None = None) -> Iterator[Spot]:
    """Yield every place in a file that a path names; `where` selects rows of the table that it goes through."""
    yield from _at(Spot(file, lambda tree: file if tree is None else as_mapping(tree)), path, where)


def names(tree: Tree) -> list[str]:
    """Return the names of a tree's parts, as paths call them."""
    return [name for name, _ in _parts(Spot(tree, lambda _: Mapping(tree.mark, ())))]


def _at(spot: Spot, path: str, where: Mapping | None) -> Iterator[Spot]:
    if where is not None and isinstance(spot.tree, Sequence):
        for row in spot.tree:
            if all(_says(row, key.text, cell) for key, cell in where):
                yield from _at(Spot(row, _put_item(spot, row)), path, None)
    elif not path:
        yield spot
    else:
        for name, part in _parts(spot):
            if f"{path}.".startswith(f"{name}."):
                yield from _at(part, path[len(name) + 1 :], where)


def _says(row: Tree, column: str, cell: Tree) -> bool:
    said = row.get(column) if isinstance(row, Mapping) else None
    return said is not None and plain(said) == plain(cell)


def _parts(spot: Spot) -> Iterator[tuple[str, Spot]]:
    """Yield the parts by name: entries by key, rules and promises by id, the needs of checks by action and reason."""
    match spot.tree:
        case Mapping(entries=entries):
            for key, value in entries:
                yield key.text.partition("(")[0].strip(), Spot(value, _put_entry(spot, key))
        case Sequence(items=items):
            for item in items:
                yield from _named(spot, item)
        case Scalar():
            return


def _named(spot: Spot, item: Tree) -> Iterator[tuple[str, Spot]]:
    if not isinstance(item, Mapping):
        return
    if isinstance(id_ := item.get("id"), Scalar):
        yield id_.text, Spot(item, _put_item(spot, item), "id")
    for need in _needs(item):
        action, *_ = texts_of(item.get("action"))
        if isinstance(reason := need.get("reason"), Scalar):
            yield need_id(action, reason.text), Spot(need, _put_need(spot, item, need), "reason")


def _needs(check: Mapping) -> list[Mapping]:
    needs = check.get("needs")
    return [need for need in needs if isinstance(need, Mapping)] if isinstance(needs, Sequence) else []


def _put_entry(spot: Spot, key: Scalar) -> Put:
    def put(tree: Tree | None) -> Mapping:
        around = as_mapping(spot.tree)
        new = ((one, tree if one is key else value) for one, value in around)
        return spot.put(Mapping(around.mark, tuple((one, value) for one, value in new if value is not None)))

    return put


def _put_item(spot: Spot, item: Tree) -> Put:
    def put(tree: Tree | None) -> Mapping:
        assert isinstance(spot.tree, Sequence)
        new = (tree if one is item else one for one in spot.tree)
        return spot.put(Sequence(spot.tree.mark, tuple(one for one in new if one is not None)))

    return put


def _put_need(spot: Spot, check: Mapping, need: Mapping) -> Put:
    """Return what puts a need in the place of another; a check goes with its last need."""
    alone = len(_needs(check)) == 1
    put_check = _put_item(spot, check)
    key = check.key("needs")
    assert key is not None
    needs = Spot(check.get("needs") or check, _put_entry(Spot(check, put_check), key))
    put_other = _put_item(needs, need)
    return lambda tree: put_check(None) if tree is None and alone else put_other(tree)
