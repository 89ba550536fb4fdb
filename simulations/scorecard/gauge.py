"""What counts one or two measures while events go by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol, get_args

from schemas.events import Event
from schemas.scorecard import Measure

KINDS: Final[frozenset[str]] = frozenset(kind.model_fields["kind"].default for kind in get_args(get_args(Event)[0]))
"""Of events, all."""


class Gauge(Protocol):
    """Counts as events go by, those of one customer in the order in which they were written."""

    @property
    def kinds(self) -> frozenset[str]:
        """Return the kinds of event that it looks at."""
        ...

    def see(self, event: Event) -> None:
        """Count an event that happened before the end of the period, or soon after it."""
        ...

    def measures(self, seen: datetime) -> Sequence[Measure]:
        """Return what was counted; `seen` is the moment up to which it is known what happened."""
        ...
