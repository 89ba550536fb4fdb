"""What is wrong with the columns of a file, by column and row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.language.diagnostics import Diagnostic, Mark
from engine.values.problem import Issue
from simulations.populations.population import Numbers
from simulations.populations.problem import PopulationError


@dataclass(frozen=True, eq=False)
class Place:
    """A column of a file, and the number of the row (from 0) that each of its values is in."""

    path: str
    rows: Numbers

    def below(self, name: str) -> Place:
        """Return the column of a member."""
        return Place(f"{self.path}.{name}" if self.path else name, self.rows)


@dataclass(frozen=True, eq=False)
class Faults:
    """Collects what is wrong, so that all of it is told at once."""

    file: Path
    found: list[Diagnostic] = field(default_factory=list)

    def add(self, place: Place, which: Sequence[int], issue: Issue) -> None:
        """Take an issue that some values of a column have, given by their places in it."""
        rows = sorted({int(place.rows[one]) for one in which})
        if rows:
            more = f", and in {len(rows) - 1} more rows" if len(rows) > 1 else ""
            message = f"row {rows[0] + 1}, column `{place.path}`: {issue.message}{more}"
            self.found.append(Diagnostic(Mark(self.file.as_posix(), rows[0] + 1), issue.code, message, issue.help))

    def whole(self, name: str, issue: Issue) -> None:
        """Take an issue of a column as a whole."""
        message = f"column `{name}`: {issue.message}"
        self.found.append(Diagnostic(Mark(self.file.as_posix()), issue.code, message, issue.help))

    def check(self) -> None:
        """Raise `PopulationError` when anything is wrong."""
        if self.found:
            raise PopulationError(sorted(self.found))
