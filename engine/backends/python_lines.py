"""Lines of generated source: indentation, names of locals, constants."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from engine.program.types import NULL

SIMPLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|-?[0-9]+|'[^'\\]*'")
LONG: Final = 40


class Constants:
    """Constants that have no short literal, by the name that the source gives them."""

    def __init__(self) -> None:
        """Begin with none."""
        self.values: dict[str, object] = {}
        self._names: dict[str, str] = {}

    def text(self, value: object) -> str:
        """Return the source that gives the value."""
        if value is NULL:
            return "NULL"
        if _literal(value) and not (isinstance(value, tuple) and len(value) > LONG):
            return repr(value)
        name = self._names.setdefault(repr(value), f"K{len(self._names)}")
        self.values[name] = value
        return name


def _literal(value: object) -> bool:
    """Return whether `repr` writes the value as a literal that Python keeps as a constant."""
    if isinstance(value, tuple):
        return all(map(_literal, value))
    return isinstance(value, bool | int | float | str)


class Lines:
    """The lines of one function."""

    def __init__(self, constants: Constants) -> None:
        """Begin with none."""
        self.constants = constants
        self._lines: list[str] = []
        self._indent = 1
        self._names = 0

    def add(self, text: str) -> None:
        """Add a line."""
        self._lines.append("    " * self._indent + text)

    @contextmanager
    def block(self, header: str) -> Iterator[None]:
        """Add a line, and those that follow below it."""
        self.add(header)
        self._indent += 1
        yield
        self._indent -= 1

    def fresh(self) -> str:
        """Return the name of a local that is not in use."""
        self._names += 1
        return f"t{self._names}"

    def twice(self, text: str) -> tuple[str, str]:
        """Return the text to use first and the text to use again, so that it is evaluated once."""
        if SIMPLE.fullmatch(text):
            return text, text
        name = self.fresh()
        return f"({name} := {text})", name

    def text(self) -> str:
        """Return the lines as source."""
        return "\n".join(self._lines) + "\n"
