"""A policy file as it is laid out: each entry and item with the comments that belong to it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from engine.language.formatting.comments import Comment, Extras
from engine.language.reading.tree import Mapping, Scalar, Sequence, Tree

Place: TypeAlias = tuple[int, int]
"""A line and a column, both from 1."""


@dataclass(eq=False, slots=True)
class Piece:
    """An entry of a mapping (with its key) or an item of a list, where it begins, and what is inside it.

    `lead` are the comments above it (empty: a blank line), `tail` the one at the end of its line with how far
    from the piece's beginning it stands, `foot` those after the last of its parts.
    """

    key: Scalar | None
    value: Tree
    place: Place
    owner: Piece | None
    lead: list[str] = field(default_factory=list)
    tail: tuple[int, str] | None = None
    foot: list[str] = field(default_factory=list)
    parts: list[Piece] = field(default_factory=list)

    @property
    def flow(self) -> bool:
        """Whether its value is written as `[...]` or `{...}`."""
        return not isinstance(self.value, Scalar) and self.value.flow

    def commented(self) -> bool:
        """Return whether any comment stands inside it."""
        return any(self.foot) or any(part.tail or any(part.lead) or part.commented() for part in self.parts)

    def owners(self) -> Iterator[Piece]:
        """Return what it is inside of, innermost first."""
        owner = self.owner
        while owner is not None:
            yield owner
            owner = owner.owner


def lay_out(tree: Tree, extra: Extras) -> Piece:
    """Return the whole file as one piece, with every comment in its place."""
    root = Piece(None, tree, (0, 0), None)
    dashes = iter(extra.dashes)
    order: list[Piece] = []
    _fill(root, dashes, order)
    places = [piece.place for piece in order]
    for comment in extra.comments:
        index = bisect_left(places, (comment.line, comment.column))
        before = order[index - 1] if index else None
        after = order[index] if index < len(order) else None
        _place(comment, root, before, after)
    return root


def _fill(piece: Piece, dashes: Iterator[Place], order: list[Piece]) -> None:
    """Add a piece for each entry or item, and for what is inside them, in the order written."""
    for key, value, place in _children(piece.value, dashes):
        part = Piece(key, value, place, piece)
        piece.parts.append(part)
        order.append(part)
        _fill(part, dashes, order)


def _children(of: Tree, dashes: Iterator[Place]) -> Iterator[tuple[Scalar | None, Tree, Place]]:
    """Return the key, value and beginning of each entry or item."""
    match of:
        case Mapping():
            for key, value in of:
                yield key, value, (key.mark.line, key.mark.column)
        case Sequence():
            for value in of:
                yield None, value, (value.mark.line, value.mark.column) if of.flow else next(dashes)
        case Scalar():
            pass


def _place(comment: Comment, root: Piece, before: Piece | None, after: Piece | None) -> None:
    """Give the comment to the piece it belongs to."""
    if not comment.alone and before is not None:
        _end_of_line(comment, before, after)
    elif not comment.text:
        if after is not None:
            after.lead.append("")
    elif after is not None and comment.column <= after.place[1]:
        after.lead.append(comment.text)
    else:
        _alone(comment, root, before, after)


def _end_of_line(comment: Comment, before: Piece, after: Piece | None) -> None:
    """Give a comment to what its line is about: inside brackets an item, after them what they belong to."""
    piece = before
    around = set(after.owners()) if after is not None else set()
    while piece.owner is not None and piece.owner.flow and piece.owner not in around:
        piece = piece.owner
    if piece.tail is None:
        distance = comment.column - piece.place[1] if comment.line == piece.place[0] else 0
        piece.tail = (distance, comment.text)
    else:
        piece.lead.append(comment.text)


def _alone(comment: Comment, root: Piece, before: Piece | None, after: Piece | None) -> None:
    """Give a comment that stands further right than what follows to the end of what it is level with."""
    around = set(after.owners()) if after is not None else set()
    for owner in before.owners() if before is not None else ():
        if owner in around:
            break
        if owner.parts[0].place[1] <= comment.column:
            owner.foot.append(comment.text)
            return
    if after is None:
        (root.lead if comment.line < root.value.mark.line else root.foot).append(comment.text)
    else:
        after.lead.append(comment.text)
