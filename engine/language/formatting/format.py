"""The layout that all policy files share: `leeway fmt`."""

from __future__ import annotations

import json
import re
from typing import Final

from engine.language.diagnostics import Diagnostics, PolicyError
from engine.language.formatting.comments import extras
from engine.language.formatting.key_order import Path, ordered
from engine.language.formatting.layout import Piece, lay_out
from engine.language.formatting.scalar_text import block, inline, key_text
from engine.language.reading.read import read_text
from engine.language.reading.source import source_of
from engine.language.reading.tree import Mapping, Scalar, Sequence, Tree, plain

WIDTH: Final = 100
"""How long a list or row may be to stay on one line."""

WORDS: Final = re.compile(r"[\w .:/$+*%'-]*")
SCHEMA_LINE: Final = "# yaml-language-server:"


def format_text(text: str, name: str = "") -> str:
    """Return a policy file in the common layout, comments kept; raise `PolicyError` where it cannot be read.

    Values never change: where the layout would change one, the text is returned as it is.
    """
    tree = _read(text, name)
    formatted = _document(lay_out(tree, extras(source_of(text, name))))
    return formatted if _same(_read(formatted, name), tree) else text


def _read(text: str, name: str) -> Tree:
    """Return the tree of a file's text."""
    found = Diagnostics()
    tree = read_text(text.encode("utf-8", "surrogatepass"), name, found)
    if tree is None:
        raise PolicyError(found.sorted())
    return tree


def _same(one: Tree, other: Tree) -> bool:
    """Return whether two files hold the same values, whatever the order of keys."""
    return json.dumps(plain(one), sort_keys=True) == json.dumps(plain(other), sort_keys=True)


def _document(root: Piece) -> str:
    """Return the text of a file."""
    header = _header(root)
    _arrange(root, ())
    if root.parts:
        lines = [*header, *_lines(root, ())]
    else:
        first, *rest = _value(root, ())
        lines = [*root.lead, first, *_indented(rest), *root.foot]
    while lines and not lines[-1]:
        lines.pop()
    return "\n".join(lines) + "\n"


def _header(root: Piece) -> list[str]:
    """Take the comments that are about the whole file, the line that names the schema first."""
    if not root.parts:
        return []
    lead = root.parts[0].lead
    lead.sort(key=lambda line: not line.startswith(SCHEMA_LINE))
    named = 1 if lead and lead[0].startswith(SCHEMA_LINE) else 0
    about = max((at + 1 for at, line in enumerate(lead) if not line), default=named)
    header, root.parts[0].lead = lead[:about], lead[about:]
    return _spaced(header)


def _arrange(piece: Piece, path: Path) -> None:
    """Put keys in order, and move what would stand between a dash and its first key above the dash."""
    if isinstance(piece.value, Mapping):
        piece.parts = ordered(piece.parts, path, lambda part: part.key.text if part.key else "")
    for part in piece.parts:
        _arrange(part, (*path, part.key.text if part.key else "-"))
    if piece.owner is None or piece.key is not None or not piece.parts or _one_line(piece, path):
        return
    first = piece.parts[0]
    piece.lead += [line for line in first.lead if line] + ([piece.tail[1]] if piece.tail else [])
    first.lead, piece.tail = [], None


def _lines(piece: Piece, path: Path) -> list[str]:
    """Return the lines of a list or mapping over several lines."""
    lines: list[str] = []
    for part in piece.parts:
        lines += part.lead if lines else [line for line in part.lead if line]
        lines += _part(part, (*path, part.key.text if part.key else "-"))
    return _spaced(lines + piece.foot)


def _spaced(lines: list[str]) -> list[str]:
    """Return the lines with one blank line where there are more."""
    return [line for before, line in zip(["", *lines], lines, strict=False) if line or before]


def _part(part: Piece, path: Path) -> list[str]:
    """Return the lines of an entry or item, its comment at the end of the first."""
    first, *rest = _value(part, path)
    below = isinstance(part.value, Scalar) or _one_line(part, path) or not part.parts
    if part.key is None:
        lines = [f"- {first}".rstrip(), *_indented(rest)]
    elif below:
        lines = [f"{key_text(part.key)}: {first}".rstrip(), *_indented(rest)]
    else:
        lines = [f"{key_text(part.key)}:", *_indented([first, *rest])]
    if part.tail:
        distance, comment = part.tail
        aligned = distance if below or not part.flow else 0
        lines[0] = lines[0].ljust(max(aligned, len(lines[0]) + 2)) + comment
    return lines


def _indented(lines: list[str]) -> list[str]:
    """Return the lines two spaces further right."""
    return [f"  {line}" if line else "" for line in lines]


def _value(piece: Piece, path: Path) -> list[str]:
    """Return the lines of a value; those of a block follow its sign."""
    value = piece.value
    if not isinstance(value, Scalar):
        return _lines(piece, path) if piece.parts and not _one_line(piece, path) else [_flow(value)]
    if found := block(value):
        return [found[0], *found[1]]
    return [inline(value, flow=False, beside_comment=piece.tail is not None)]


def _one_line(piece: Piece, path: Path) -> bool:
    """Return whether a list of words or a row of a table, written on one line, stays there."""
    if not piece.flow or piece.commented() or len(_flow(piece.value)) > WIDTH:
        return False
    match piece.value:
        case Sequence() as of:
            return all(isinstance(item, Scalar) and WORDS.fullmatch(item.text) for item in of)
        case Mapping() if path[-2:] == ("rows", "-"):
            return all(not part.parts or _one_line(part, (*path, "")) for part in piece.parts)
        case _:
            return False


def _flow(value: Tree) -> str:
    """Return a value on one line."""
    match value:
        case Scalar():
            return inline(value, flow=True)
        case Sequence():
            return f"[{', '.join(map(_flow, value))}]"
        case Mapping():
            return f"{{{', '.join(f'{key_text(key)}: {_flow(of)}' for key, of in value)}}}"
