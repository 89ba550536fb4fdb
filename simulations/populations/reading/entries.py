"""The facts of a spec, and what is drawn for their sake."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from engine.language.diagnostics import did_you_mean
from engine.language.packs.building import as_mapping, text_of
from engine.language.reading.tree import Mapping as Tree
from engine.language.reading.tree import Scalar
from engine.language.reading.tree import Tree as AnyTree
from engine.program.nodes import Input, Node
from engine.program.types import BOOL, INT, TEXT, Kind, ListOf, MapOf, Member, Record, Type, kind_of
from engine.values.limits import inner, own
from simulations.populations.drawing.draws import Constant, Draw, Figure, Formula, Nothing
from simulations.populations.drawing.levels import EACH, ITEM_NUMBER
from simulations.populations.drawing.marginals import COUNT_MOST
from simulations.populations.drawing.spec import Entry, Fact, Listing, in_order
from simulations.populations.reading.around import (
    Around,
    Reader,
    chance_of,
    check_drawn,
    count_of,
    defaults_of,
    fixed,
    mapping_at,
    share_of,
)
from simulations.populations.reading.draws import draw_of, ends
from simulations.populations.reading.ground import Ground, Wanted, constant, list_in
from simulations.populations.reading.inferred import inferred

NTH: Final = "n"
"""How expressions call the number of the customer, or of the item."""
SIZED: Final = ("count", "for_each", "each_of")
"""What says how many items a list has; one of them is there."""


def entries_of(ground: Ground, around: Around, facts: Tree | None, draws: Tree | None) -> tuple[Entry, ...]:
    """Return facts and draws, in the order in which they can be drawn."""
    made: list[Entry] = list(around.extra)
    for key, value in draws or ():
        draw, around = _helper(ground, around, key, value)
        made.append(draw)
    for key, value in facts or ():
        member = member_at(ground, around, key)
        if member is not None:
            made.append(entry_of(ground, around, replace(member, name=around.prefix + key.text), (key, value)))
    return _ordered(ground, around, [*made, *defaults_of(around.record, around.prefix, made)])


def _ordered(ground: Ground, around: Around, made: list[Entry]) -> tuple[Entry, ...]:
    """Return entries in the order in which they can be drawn; those that need what is not drawn are reported."""
    for one in made:
        told = around.label + one.path.removeprefix(around.prefix)
        check_drawn(ground, Reader(told, one.mark, one.reads()), around.inputs or around.record, (*made, *around.above))
    placed, left = in_order(made)
    for one in left:
        others = " and ".join(f"`{other.path}`" for other in left if other is not one) or "itself"
        ground.error(one.mark, "cyclic-draw", f"`{one.path}` needs {others} before it", "take one out of the circle")
    return placed


def _helper(ground: Ground, around: Around, key: Scalar, value: AnyTree) -> tuple[Fact, Around]:
    """Return what is drawn for the sake of others, and where those stand that may read it."""
    name = key.text
    if name in around.variables or around.record.find(name) or ground.release.policy.inputs.find(name):
        ground.error(key.mark, "name-clash", f"`{name}` is taken", "choose another name")
        return Fact(name, INT, Nothing(known=False), key.mark, own=False), around
    wanted = Wanted(f"{around.label}{name}", INT, variables=around.variables)
    type_ = inferred(ground, wanted, value)
    fact = Fact(name, type_, draw_of(ground, replace(wanted, type=type_), value), key.mark, own=False)
    return fact, replace(around, variables={**around.variables, name: Input(name, type_)})


def member_at(ground: Ground, around: Around, key: Scalar) -> Member | None:
    """Return the member of a record at a dotted path; None where there is none, which is reported."""
    type_: Type = around.record
    member = None
    for step in key.text.split("."):
        known = [one.name for one in type_] if isinstance(type_, Record) else []
        member = type_.find(step) if isinstance(type_, Record) else None
        if member is None:
            message = f"there is no fact `{around.label}{key.text}`"
            ground.error(key.mark, "unknown-fact", message, did_you_mean(step, known))
            return None
        type_ = member.type
    return member


def entry_of(ground: Ground, around: Around, member: Member, written: tuple[Scalar, AnyTree]) -> Entry:
    """Return how a fact is drawn, whose name is its path."""
    key, value = written
    wanted = Wanted(f"{around.label}{member.name}", member.type, member.constraints, around.variables)
    match member.type:
        case ListOf() | MapOf():
            return listing_of(ground, wanted, Written(member.name, member.type, key, value))
        case Record():
            ground.error(key.mark, "wrong-distribution", f"`{wanted.path}` has members", "write each by itself")
            return Fact(member.name, TEXT, Nothing(known=False), key.mark)
        case _:
            default = fixed(member.default[0]) if member.default else None
            return Fact(member.name, member.type, draw_of(ground, wanted, value), key.mark, default=default)


@dataclass(frozen=True, eq=False)
class Written:
    """A list or map as it is written: its path among its siblings, its type, key and value."""

    path: str
    type: ListOf | MapOf
    key: Scalar
    tree: AnyTree


def listing_of(ground: Ground, wanted: Wanted, written: Written) -> Entry:
    """Return how a list or map is drawn."""
    tree = written.tree
    if not isinstance(tree, Tree) or not any(tree.get(name) is not None for name in SIZED):
        message = f"`{wanted.path}` is a {wanted.type}"
        ground.error(tree.mark, "wrong-distribution", message, "write `count`, `for_each` or `each_of`")
        return Fact(written.path, TEXT, Nothing(known=False), written.key.mark)
    source, where = _source(ground, wanted, tree, written.path)
    texts = tuple(_each_of(ground, wanted, tree, written.type))
    count = tree.get("count")
    listing = Listing(
        path=written.path,
        type=written.type,
        mark=written.key.mark,
        count=Constant(0) if count is None else draw_of(ground, count_of(wanted), count),
        entries=() if tree.get("each_of") is not None else _items(ground, wanted, written, source),
        over=text_of(tree.get("for_each")),
        where=where,
        texts=texts,
        names=frozenset() if source is None else frozenset(one.name for one in source),
        none=share_of(tree.get("none")),
        missing=share_of(tree.get("missing")),
    )
    if listing.none and not written.type.nullable:
        ground.error(tree.mark, "wrong-distribution", f"`{wanted.path}` can never be none", "write `missing`")
    _check_sizes(ground, wanted, tree, listing)
    return listing


def _check_sizes(ground: Ground, wanted: Wanted, tree: Tree, listing: Listing) -> None:
    """Report a list that may be shorter or longer than is declared, or may hold an item twice where none may."""
    least, most = _sizes(listing)
    for keyword, limit in own(wanted.limits):
        short, long = keyword == "minItems" and least < float(limit), keyword == "maxItems" and most > float(limit)
        if short or long or (keyword == "uniqueItems" and not listing.texts):
            message = f"`{wanted.path}` may come out against its `{keyword}`"
            ground.error(tree.mark, "out-of-limits", message, "draw a `count` within it, or write `each_of`")


def _sizes(listing: Listing) -> tuple[float, float]:
    """Return the least and the largest number of items."""
    match listing.count:
        case _ if listing.over or listing.texts:
            return 0, len(listing.texts) or COUNT_MOST
        case Constant(value=value):
            return value, value
        case Figure() as figure:
            return ends(figure)
        case _:
            return 0, COUNT_MOST


def _source(ground: Ground, wanted: Wanted, tree: Tree, path: str) -> tuple[Record | None, Formula | None]:
    """Return the items of the list that the items are made for, and which of them count."""
    over, where = tree.get("for_each"), tree.get("where")
    if over is None:
        return None, None
    _, item, rest = list_in(ground, text_of(over))
    if item is None or rest:
        ground.error(over.mark, "unknown-fact", f"there is no list `{text_of(over)}`", "name a list of records")
        return None, None
    if wanted.path != path:
        ground.error(
            over.mark, "wrong-distribution", f"`{wanted.path}` is no list of the customer's own", "write `count`"
        )
    inside = replace(wanted, variables={**wanted.variables, **inputs_of(item)})
    return item, None if where is None else ground.formula(inside, where, BOOL)


def inputs_of(record: Record) -> dict[str, Node]:
    """Return the members of a record as names that expressions may read."""
    return {one.name: Input(one.name, one.type) for one in record}


def _each_of(ground: Ground, wanted: Wanted, tree: Tree, type_: ListOf | MapOf) -> Iterator[tuple[str, Draw]]:
    """Yield the texts that a list may hold, each with the chance that it does."""
    chances = tree.get("each_of")
    if chances is None:
        return
    if isinstance(type_, MapOf) or kind_of(type_.item) is not Kind.TEXT:
        message = f"`{wanted.path}` is a {wanted.type}, and `each_of` makes lists of texts"
        ground.error(chances.mark, "wrong-distribution", message, "write `count` and `items`")
        return
    of_item = Wanted(wanted.path, type_.item, inner(wanted.limits))
    for key, value in as_mapping(chances):
        if isinstance(text := constant(ground, of_item, key), str):
            yield text, draw_of(ground, chance_of(wanted, key.text), value)


def _items(ground: Ground, wanted: Wanted, written: Written, source: Record | None) -> tuple[Entry, ...]:
    """Return what each item of a list, or each entry of a map, has."""
    tree = as_mapping(written.tree)
    each: dict[str, Node] = {} if source is None else {EACH: Input(EACH, source)}
    variables = {**wanted.variables, NTH: Input(ITEM_NUMBER, INT), **each}
    facts = _members(ground, wanted, written)
    if isinstance(written.type, MapOf):
        value = Member("value", written.type.value, constraints=inner(wanted.limits))
        record = Record((Member("key", TEXT), value))
    elif isinstance(written.type.item, Record):
        record, variables = written.type.item, {**variables, **inputs_of(written.type.item)}
    else:
        record = Record((Member("", written.type.item, constraints=inner(wanted.limits)),))
    return entries_of(ground, Around(record, variables, f"{wanted.path}."), facts, mapping_at(tree, "draws"))


def _members(ground: Ground, wanted: Wanted, written: Written) -> Tree:
    """Return how the columns of a list or map are drawn, by their paths."""
    tree, map_ = as_mapping(written.tree), isinstance(written.type, MapOf)
    type_ = written.type.value if isinstance(written.type, MapOf) else written.type.item
    name = "items" if isinstance(type_, Record) else "item"
    entries: list[tuple[Scalar, AnyTree]] = []
    for key, value in tree:
        if key.text == "items" and key.text == name:
            entries += [
                (replace(one, text=f"value.{one.text}" if map_ else one.text), of) for one, of in as_mapping(value)
            ]
        elif key.text == name or (key.text == "keys" and map_):
            entries.append((replace(key, text={"keys": "key"}.get(key.text, "value" if map_ else "")), value))
        elif key.text in ("items", "item", "keys"):
            ground.error(key.mark, "too-many-keys", f"`{wanted.path}` has no `{key.text}`", f"write `{name}`")
    for needed in (name, "keys") if map_ else (name,):
        if tree.get(needed) is None:
            ground.error(tree.mark, "missing-key", f"`{wanted.path}` needs `{needed}`", f"add `{needed}:`")
    return Tree(tree.mark, tuple(entries))
