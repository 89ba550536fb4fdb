"""A desk: a policy, and the memory of what was decided, promised and said before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from api.ledger.opening import Ledger
from engine.release import Release


@dataclass(frozen=True, slots=True)
class Desk:
    """One pack as it is now, the releases that it had before by their hash, and the ledger."""

    ledger: Ledger
    release: Release
    past: Callable[[str], Release]

    def released(self, hash: str) -> Release:
        """Return the release of a hash; raise `LedgerProblem` where it was never kept."""
        return self.release if hash == self.release.policy.release else self.past(hash)
