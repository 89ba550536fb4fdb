"""A desk: a policy, and the memory of what was decided, promised and said before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from api.ledger.opening import Ledger
from api.ledger.releases import OtherPack, live_at
from engine.backends.times import EPOCH_DAY, start_of
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

    def under(self, hash: str) -> Desk:
        """Return the desk as it decides under a release that is kept, by its hash.

        Raises `LedgerProblem` where it was never kept, `OtherPack` where it is another pack's.
        """
        release, pack = self.past(hash), self.release.policy.pack.header.name
        if release.policy.pack.header.name != pack:
            raise OtherPack(hash, release.policy.pack.header.name, pack)
        return replace(self, release=release)

    def on(self, day: date) -> Desk:
        """Return the desk as it decided at the end of a day, in the timezone that the pack has now.

        Raises `LedgerProblem` where no release was live yet.
        """
        header = self.release.policy.pack.header
        end = start_of(day.toordinal() - EPOCH_DAY + 1, header.timezone) - 1
        return self.under(live_at(self.ledger, header.name, end))
