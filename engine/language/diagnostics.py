"""What is wrong with a policy, where, and what to write instead."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """How much a diagnostic weighs: an error fails a check, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place in a file; line and column count from 1, in characters."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        """Return `file:line:col`."""
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, order=True)
class Diagnostic:
    """One finding: `file:line:col: code: message; help`."""

    mark: Mark
    code: str
    message: str
    help: str = ""
    severity: Severity = field(default=Severity.ERROR, compare=False)

    def __str__(self) -> str:
        """Return the finding as one line."""
        return f"{self.mark}: {self.code}: {self.message}" + (f"; {self.help}" if self.help else "")


class Diagnostics:
    """Collects the findings of one load phase, so that all are reported at once, sorted."""

    def __init__(self) -> None:
        """Begin with no findings."""
        self._found: set[Diagnostic] = set()

    def error(self, mark: Mark, code: str, message: str, help: str = "") -> None:
        """Record an error."""
        self._found.add(Diagnostic(mark, code, message, help))

    def warning(self, mark: Mark, code: str, message: str, help: str = "") -> None:
        """Record a warning."""
        self._found.add(Diagnostic(mark, code, message, help, Severity.WARNING))

    def extend(self, found: Iterable[Diagnostic]) -> None:
        """Record what another phase found."""
        self._found.update(found)

    @property
    def failed(self) -> bool:
        """Whether any error was recorded."""
        return any(one.severity is Severity.ERROR for one in self._found)

    def sorted(self) -> tuple[Diagnostic, ...]:
        """Return the findings by file, line, column and code."""
        return tuple(sorted(self._found))

    def check(self) -> None:
        """Raise `PolicyError` with all findings when any of them is an error."""
        if self.failed:
            raise PolicyError(self.sorted())


class PolicyError(Exception):
    """A policy that cannot be used; `diagnostics` says why, sorted."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        """Keep the findings."""
        super().__init__("\n".join(map(str, diagnostics)))
        self.diagnostics = diagnostics


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``did you mean `x`?`` for the nearest known name, or nothing when none is near."""
    near = difflib.get_close_matches(name, sorted(set(known)), n=1, cutoff=0.6)
    return f"did you mean `{near[0]}`?" if near else ""
