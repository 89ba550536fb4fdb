"""What is wrong with a ledger, where, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MANY: Final = 1000
"""Findings that a report names one by one; more are counted."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was written."""

    code: str
    what: str
    writer: str | None = None
    number: int | None = None
    id: str | None = None
    checkpoint: int | None = None

    def __str__(self) -> str:
        """Return the finding as one line: where, code, what."""
        places = (
            ("checkpoint", self.checkpoint),
            ("writer", self.writer),
            ("event", self.number),
            ("id", None if self.id is None else f"`{self.id}`"),
        )
        where = ", ".join(f"{name} {value}" for name, value in places if value is not None)
        return f"{where or 'ledger'}: {self.code}: {self.what}"


class Findings:
    """Gathers findings, and keeps as many as a report names."""

    def __init__(self) -> None:
        """Begin with none."""
        self.kept: list[Finding] = []
        self.more = 0

    def add(self, *found: Finding) -> None:
        """Take findings in."""
        for one in found:
            if len(self.kept) < MANY:
                self.kept.append(one)
            else:
                self.more += 1
