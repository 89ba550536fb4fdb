"""Where an expression on a line of YAML ends, and how to write it in quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

OPENERS, CLOSERS = "([{", ")]}"
DANGLING = re.compile(r"\s(&&|\|\||==|!=|<=|>=|[<>+\-*/%?!])$")
COMMENT = re.compile(r"\s+#")
ENTRY = re.compile(r"""\s*("[^"]*"|'[^']*'|[\w$.:*-]+(\([^()]*\))?)\s*:(?=\s|$)""")
QUOTED = re.compile(r""""([^"\\]|\\.)*"|'([^']|'')*'""")
NEEDS_QUOTES = re.compile(r"""^[!&*>|%@`"'\[{]|[,\[\]{}]|:\s|\s#|:$""")
MAX_NEST = 8
LONGEST = 240


def quoted(text: str) -> str:
    """Return the text in quotes: double ones unless it holds some itself."""
    text = " ".join(text.split())
    return "'" + text.replace("'", "''") + "'" if '"' in text or "\\" in text else f'"{text}"'


def shortened(text: str) -> str:
    """Return the text, cut where it is too long for a message."""
    return text if len(text) <= 40 else f"{text[:36]}..."


def incomplete(text: str) -> bool:
    """Return whether a bracket or quote is left open, or an operator is the end: a piece of an expression."""
    return unclosed(text) or unopened(text) or DANGLING.search(text) is not None


def unclosed(text: str) -> bool:
    """Return whether a bracket or quote is left open."""
    last = (0, 0)
    for index, _, depth in outside_quotes(text):
        last = (index, depth)
    return last[1] > 0 or last[0] < 0


def unopened(text: str) -> bool:
    """Return whether a bracket closes that was never opened."""
    return any(depth < 0 for _, _, depth in outside_quotes(text))


def outside_quotes(text: str, start: int = 0) -> Iterator[tuple[int, str, int]]:
    """Return each character outside quotes and the depth after it; index -1 marks a quote left open."""
    depth, quote, before = 0, "", " "
    index = start
    while index < len(text):
        char = text[index]
        if quote:
            index += 1 if char == "\\" else 0
            quote = "" if char == quote else quote
        elif char in "\"'" and not before.isalnum():
            quote = char
        else:
            depth += (char in OPENERS) - (char in CLOSERS)
            yield index, char, depth
        before = char
        index += 1
    if quote:
        yield -1, quote, depth


def flow_end(text: str, start: int) -> int:
    """Return the index after the bracket that closes the one at `start`, or -1 when none does."""
    closed = (index for index, _, depth in outside_quotes(text, start) if depth == 0 and index >= 0)
    return next(closed, -2) + 1


def value_end(line: str, start: int) -> int:
    """Return where the value that begins at `start` ends: at a comment, or a comma or bracket not its own."""
    inside = unclosed(line[:start])
    for index, char, depth in outside_quotes(line, start):
        if index >= 0 and inside and (depth < 0 or (char == "," and depth == 0)):
            return index
        if index > start and char == "#" and line[index - 1].isspace():
            return len(line[:index].rstrip())
    return len(line.rstrip())


def pieces(text: str) -> list[str]:
    """Return what stands between the commas of the outermost level."""
    cuts = [index for index, char, depth in outside_quotes(text) if char == "," and depth == 0]
    return [text[before + 1 : cut] for before, cut in pairwise((-1, *cuts, len(text)))]


def requote(text: str, nest: int = 0) -> str:
    """Return a value as it should be written: what YAML would cut, or a part of it, is put in quotes."""
    text = text.strip()
    if not NEEDS_QUOTES.search(text) or QUOTED.fullmatch(text) or nest > MAX_NEST:
        return text
    if text[0] not in "[{" or flow_end(text, 0) != len(text):
        return quoted(text)
    inner = pieces(text[1:-1])
    if text[0] == "[":
        return "[" + ", ".join(requote(piece, nest + 1) for piece in inner) + "]"
    entries = _entries(inner)
    if entries is None:
        return quoted(text)
    return "{" + ", ".join(f"{key}: {requote(value, nest + 1)}" for key, value in entries) + "}"


def _entries(parts: list[str]) -> list[tuple[str, str]] | None:
    """Return keys with values, a part without a key joined to the one before; None if the first has none."""
    entries: list[tuple[str, str]] = []
    for part in parts:
        if found := ENTRY.match(part):
            entries.append((found.group(1), part[found.end() :].strip()))
        elif entries:
            key, value = entries[-1]
            entries[-1] = (key, f"{value},{part}".rstrip())
        elif part.strip():
            return None
    return entries or None


def written(text: str, start: int, end: int, value: str) -> str:
    """Return the help that shows the lines around `start` and `end` with the value put between."""
    begin = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1
    stop = next((index for index in range(end, len(text)) if text[index] in "\r\n"), len(text))
    rest = text[end:stop]
    rest = "" if COMMENT.match(rest) else rest
    line = " ".join((text[begin:start] + value + rest).split())
    return f"write `{line}`" if len(line) <= LONGEST else "put the value in quotes"
