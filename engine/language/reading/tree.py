"""YAML values that remember where they were written."""

from __future__ import annotations

from collections import abc
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from engine.language.diagnostics import Mark

Tree: TypeAlias = "Scalar | Sequence | Mapping"
Plain: TypeAlias = "bool | int | float | str | list[Plain] | dict[str, Plain] | None"


@dataclass(frozen=True, eq=False)
class Scalar:
    """A single value; `text` is as written (quotes and folding undone), `value` as YAML 1.2 reads it.

    `offsets` has one entry a character of `text` plus one for its end: the (line, column) it stands at,
    both from 1. A decimal keeps its digits in `text`.
    """

    mark: Mark
    value: bool | int | float | str | None
    text: str
    style: str
    """`plain`, `single`, `double`, `literal` or `folded`."""
    offsets: abc.Sequence[tuple[int, int]] = ()

    def mark_at(self, offset: int) -> Mark:
        """Return where the character at `offset` of `text` stands in the file."""
        if not self.offsets:
            return self.mark
        line, column = self.offsets[min(max(offset, 0), len(self.offsets) - 1)]
        return Mark(self.mark.file, line, column)


@dataclass(frozen=True, eq=False)
class Sequence:
    """A list of values."""

    mark: Mark
    items: tuple[Tree, ...]
    flow: bool = False

    def __iter__(self) -> Iterator[Tree]:
        """Return the items in order."""
        return iter(self.items)


@dataclass(frozen=True, eq=False)
class Mapping:
    """Keys, each once, with their values, in the order written."""

    mark: Mark
    entries: tuple[tuple[Scalar, Tree], ...]
    flow: bool = False

    def get(self, key: str) -> Tree | None:
        """Return the value of a key, or None where it is not given."""
        return next((value for name, value in self.entries if name.text == key), None)

    def key(self, key: str) -> Scalar | None:
        """Return the key itself, with its place, or None where it is not given."""
        return next((name for name, _ in self.entries if name.text == key), None)

    def __iter__(self) -> Iterator[tuple[Scalar, Tree]]:
        """Return the entries in order."""
        return iter(self.entries)


def plain(tree: Tree) -> Plain:
    """Return the value without its places, as `json` would hold it."""
    match tree:
        case Scalar():
            return tree.value
        case Sequence():
            return [plain(item) for item in tree]
        case Mapping():
            return {key.text: plain(value) for key, value in tree}
        case _ as never:
            assert_never(never)
