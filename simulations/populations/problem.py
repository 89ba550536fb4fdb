"""Why a population cannot be used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from engine.language.diagnostics import Diagnostic

MANY: Final = 20
"""How many findings are told of at once."""


class PopulationError(Exception):
    """A population that cannot be used; `diagnostics` says where and why, never echoing a value."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        """Keep the first findings."""
        super().__init__(diagnostics)
        self.diagnostics = tuple(diagnostics[:MANY])

    def __str__(self) -> str:
        """Return the findings, a line each."""
        return "\n".join(map(str, self.diagnostics))
