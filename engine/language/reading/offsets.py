"""Where each character of a YAML scalar stands in the file: folding, escapes and indentation undone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias, overload

from engine.language.reading.source import BREAK, Source

Place: TypeAlias = "tuple[int, int]"
ESCAPE_WIDTH = {"x": 4, "u": 6, "U": 10}
NO_INDENT = 10**9


class Run(Sequence[Place]):
    """Places side by side on one line, kept as three numbers."""

    __slots__ = ("_column", "_length", "_line")

    def __init__(self, line: int, column: int, length: int) -> None:
        """Begin at a line and column."""
        self._line, self._column, self._length = line, column, length

    def __len__(self) -> int:
        """Return how many places there are."""
        return self._length

    @overload
    def __getitem__(self, index: int) -> Place: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Place]: ...

    def __getitem__(self, index: int | slice) -> Place | Sequence[Place]:
        """Return the place at an index."""
        columns = range(self._column, self._column + self._length)[index]
        return (self._line, columns) if isinstance(columns, int) else [(self._line, one) for one in columns]


def offsets_of(source: Source, value: str, style: str, start: int, end: int) -> Sequence[Place]:
    """Return the place of each character of the value and of its end; empty when they cannot be told.

    `start` and `end` are the indexes of the scalar as written, quotes or block header included.
    """
    quote = 1 if style in QUOTES else 0
    alike = end - start == len(value) + 2 * quote and style not in BLOCKS
    if alike and not BREAK.search(source.text, start, end):
        return Run(*source.position(start + quote), len(value) + 1)
    indexes = EMIT[style](source.text, value, start, end)
    if len(indexes) != len(value) + 1:
        return ()
    return tuple(map(source.position, indexes))


def _plain(text: str, value: str, start: int, end: int) -> list[int]:
    """Return the indexes of a plain scalar over several lines."""
    units = ((index, False) for index in range(start, end))
    return [*_folded(text, units), end]


def _single(text: str, value: str, start: int, end: int) -> list[int]:
    """Return the indexes of a single-quoted scalar, `''` counting once."""
    pieces = re.compile(r"''|[\s\S]").finditer(text, start + 1, end - 1)
    return [*_folded(text, ((piece.start(), False) for piece in pieces)), end - 1]


def _double(text: str, value: str, start: int, end: int) -> list[int]:
    """Return the indexes of a double-quoted scalar, each escape counting once."""
    return [*_folded(text, _escapes(text, start + 1, end - 1)), end - 1]


def _escapes(text: str, index: int, stop: int) -> Iterator[tuple[int, bool]]:
    """Return the index of each character or escape, and whether it is an escape."""
    while index < stop:
        escaped = text[index] == "\\"
        yield index, escaped
        index += ESCAPE_WIDTH.get(text[index + 1], 2) if escaped else 1


def _folded(text: str, units: Iterator[tuple[int, bool]]) -> Iterator[int]:
    """Return the indexes that are left when line breaks and the space around them are folded."""
    blanks: list[int] = []
    breaks: list[int] = []
    for index, escaped in units:
        char = text[index]
        if escaped and text[index + 1] in "\r\n":
            yield from _flush(text, blanks, breaks)
            blanks, breaks = [], [index]
        elif char in "\r\n" and not escaped:
            breaks += [index] if _begins_break(text, index) else []
        elif char in " \t" and not escaped:
            blanks += [] if breaks else [index]
        else:
            yield from _flush(text, blanks, breaks)
            blanks, breaks = [], []
            yield index
    yield from _flush(text, blanks, breaks)


def _flush(text: str, blanks: list[int], breaks: list[int]) -> list[int]:
    """Return the indexes that space or line breaks between two words leave."""
    if not breaks:
        return blanks
    alone = len(breaks) == 1 and text[breaks[0]] != "\\"
    return breaks if alone else breaks[1:]


def _begins_break(text: str, index: int) -> bool:
    """Return whether a line break begins here: the second half of CR LF does not."""
    return not (text[index] == "\n" and text[index - 1 : index] == "\r")


def _block(text: str, value: str, start: int, end: int, folds: bool) -> list[int]:
    """Return the indexes of a block scalar; `folds` joins lines as `>` does."""
    header = BREAK.search(text, start)
    if not value or header is None:
        return [start]
    lines = _lines(text, header.end())
    indent = _indent(text, value, header.end())
    indexes: list[int] = []
    gap: list[int] = []
    after_blank, words = True, len(value.rstrip("\n"))
    for first, stop in lines:
        begin = min(first + indent, _content(text, first, stop))
        if begin < stop:
            blank = text[begin] in " \t"
            joined = folds and not after_blank and not blank
            indexes += gap[1:] if joined and len(gap) > 1 else gap
            indexes += range(begin, stop)
            gap, after_blank = [], blank
        gap.append(stop)
        if len(indexes) >= words and len(indexes) + len(gap) >= len(value):
            break
    return _closed(text, (indexes + gap)[: len(value)])


def _lines(text: str, index: int) -> Iterator[tuple[int, int]]:
    """Return where each line from `index` on begins and stops, its break left out."""
    for found in BREAK.finditer(text, index):
        yield index, found.start()
        index = found.end()
    yield index, len(text)


def _content(text: str, begin: int, stop: int) -> int:
    """Return the index of the first character of a line that is not a space."""
    return stop - len(text[begin:stop].lstrip(" "))


def _indent(text: str, value: str, index: int) -> int:
    """Return how many spaces begin each line of a block scalar, by its first line that is not empty."""
    wanted = value.split("\n")
    for (begin, stop), line in zip(_lines(text, index), wanted, strict=False):
        if line.strip(" "):
            return _content(text, begin, stop) - begin - (len(line) - len(line.lstrip(" ")))
        if line:
            return stop - begin - len(line)
    return NO_INDENT


def _closed(text: str, indexes: list[int]) -> list[int]:
    """Return the indexes with that of the end: after the last character, or on the line below its break."""
    last = BREAK.match(text, indexes[-1])
    return [*indexes, last.end() if last else min(indexes[-1] + 1, len(text))]


def _literal(text: str, value: str, start: int, end: int) -> list[int]:
    """Return the indexes of a `|` scalar."""
    return _block(text, value, start, end, folds=False)


def _greater(text: str, value: str, start: int, end: int) -> list[int]:
    """Return the indexes of a `>` scalar."""
    return _block(text, value, start, end, folds=True)


QUOTES = frozenset(("single", "double"))
BLOCKS = frozenset(("literal", "folded"))
EMIT: dict[str, Callable[[str, str, int, int], list[int]]] = {
    "plain": _plain,
    "single": _single,
    "double": _double,
    "literal": _literal,
    "folded": _greater,
}
