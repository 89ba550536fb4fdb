"""The line that a finding is about, with a caret below the place."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from engine.language.diagnostics import Mark
from engine.language.reading.source import MAX_BYTES

WIDTH = 100
"""How many characters of a long line are shown."""
BEFORE = 40


def excerpt(mark: Mark) -> tuple[str, ...]:
    """Return the line of a place with its number, and a caret below; nothing where there is no such line."""
    line = _line(mark)
    if not line.strip():
        return ()
    at = mark.column - 1
    start = max(0, min(at - BEFORE, len(line) - WIDTH))
    shown = "".join(char if char.isprintable() else " " for char in line[start : start + WIDTH])
    begin, end = "..." if start else "", "..." if len(line) > start + WIDTH else ""
    gutter = f"  {mark.line} | "
    blank = " " * (len(gutter) - 2) + "| "
    return f"{gutter}{begin}{shown}{end}", f"{blank}{' ' * (len(begin) + _width(shown[: at - start]))}^"


def _line(mark: Mark) -> str:
    """Return a line of a file, empty where it cannot be read."""
    try:
        with Path(mark.file).open("rb") as file:
            text = file.read(MAX_BYTES + 1).decode("utf-8", errors="replace")
    except (OSError, ValueError):
        return ""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return lines[mark.line - 1] if mark.line <= len(lines) else ""


def _width(text: str) -> int:
    """Return how many columns a terminal gives a text."""
    return sum(_columns(char) for char in text)


def _columns(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
