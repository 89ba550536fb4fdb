"""The comments and blank lines of a policy file, which its values do not hold."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import yaml

from engine.language.reading.source import BREAK, Source

COMMENT: Final = re.compile(r"#[^\r\n]*")


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment (or, where `text` is empty, a blank line): its place, and whether it has its line for itself."""

    line: int
    column: int
    text: str
    alone: bool


@dataclass(frozen=True, slots=True)
class Extras:
    """What stands between a file's values: comments and blank lines in order, and where each `- ` begins."""

    comments: tuple[Comment, ...]
    dashes: tuple[tuple[int, int], ...]


def extras(source: Source) -> Extras:
    """Return the comments, blank lines and dashes of a file that is well-formed YAML."""
    comments: list[Comment] = []
    dashes: list[tuple[int, int]] = []
    at = 0
    for token in _tokens(source.text):
        start = token.start_mark.index
        if isinstance(token, yaml.BlockEntryToken):
            dashes.append(source.position(start))
        if isinstance(token, yaml.ScalarToken):
            comments += _between(source, at, _content(source.text, token))
            at = start + len(source.text[start : token.end_mark.index].rstrip())
    comments += _between(source, at, len(source.text))
    return Extras(tuple(comments), tuple(dashes))


def _tokens(text: str) -> list[Any]:
    """Return libyaml's tokens."""
    parser = yaml.CSafeLoader(text)
    found: list[Any] = []
    while (token := parser.get_token()) is not None:
        found.append(token)
    return found


def _content(text: str, token: Any) -> int:
    """Return where a scalar's text begins: for `|` and `>` after the line of the sign."""
    start: int = token.start_mark.index
    if token.style not in ("|", ">"):
        return start
    found = BREAK.search(text, start)
    return found.end() if found else len(text)


def _between(source: Source, start: int, stop: int) -> list[Comment]:
    """Return the comments and blank lines between two values."""
    found = [_comment(source, match.start(), match[0]) for match in COMMENT.finditer(source.text, start, stop)]
    first, last = source.position(start)[0] + (start > 0), source.position(stop)[0]
    blank = [Comment(line, 0, "", True) for line in range(first, last) if not source.line(line).strip()]
    return sorted(found + blank, key=lambda one: (one.line, one.column))


def _comment(source: Source, index: int, text: str) -> Comment:
    """Return the comment that begins at an index."""
    line, column = source.position(index)
    return Comment(line, column, text.rstrip(), not source.line(line)[: column - 1].strip())
