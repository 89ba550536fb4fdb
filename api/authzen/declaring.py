"""What a pack declares of subjects and resources, and which of them it knows by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Literal

from engine.program.nodes import Compare, Const, Contains, Field, Given, Input, Items, Named, Node
from engine.program.types import Enum, ListOf, MapOf, Record, Type
from engine.program.walk import postorder
from engine.release import Release

Which = Literal["subject", "resource"]
ID: Final = "id"


def entity_of(release: Release, which: Which) -> Record | None:
    """Return the fact of this name, where the pack declares one with an id; None where it declares none."""
    member = release.policy.pack.facts.find(which)
    found = None if member is None else member.type
    return found if isinstance(found, Record) and found.find(ID) is not None else None


def known_to(type_: Type, value: Any) -> Any:
    """Return a JSON value without the members that a type does not declare; what is of another type stays as it is."""
    match type_:
        case Record() if isinstance(value, dict):
            return {one.name: known_to(one.type, value[one.name]) for one in type_ if one.name in value}
        case ListOf(item=item) if isinstance(value, list):
            return [known_to(item, one) for one in value]
        case MapOf(value=of) if isinstance(value, dict):
            return {key: known_to(of, one) for key, one in value.items()}
        case _:
            return value


def path_of(node: Node) -> tuple[str, ...]:
    """Return the path of the fact that a node is; empty where it is none, or not just one."""
    match node:
        case Input(name=name):
            return (name,)
        case Field(of=of, name=name):
            owner = path_of(of)
            return (*owner, name) if owner else ()
        case Given(of=of) | Named(of=of):
            return path_of(of)
        case _:
            return ()


def names_of(release: Release, which: Which) -> tuple[str, ...]:
    """Return the ids of subjects or resources that the pack tells apart: those it declares, else those it compares.

    Whoever is not among them is, to the pack, like anybody else.
    """
    entity = entity_of(release, which)
    if entity is None:
        return ()
    member = entity.find(ID)
    assert member is not None
    if isinstance(member.type, Enum):
        return member.type.values
    roots = (node for _, stages in release.policy.program.actions for stage in stages for _, node in stage.outputs)
    return tuple(sorted({name for node in postorder(roots) for name in _compared(node, (which, ID))}))


def _compared(node: Node, path: tuple[str, ...]) -> Iterator[str]:
    """Yield the texts that a node compares the fact at a path with."""
    match node:
        case Compare(left=left, right=right) if path_of(left) == path:
            yield from _texts(right)
        case Compare(left=left, right=right) if path_of(right) == path:
            yield from _texts(left)
        case Contains(item=item, of=Items(items=items)) if path_of(item) == path:
            for one in items:
                yield from _texts(one)
        case _:
            return


def _texts(node: Node) -> Iterator[str]:
    if isinstance(node, Const) and isinstance(node.value, str):
        yield node.value
