"""Requests that were made, one after the other: what files of requests and the ledger have in common."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from engine.language.diagnostics import Mark
from engine.problems import RequestError
from schemas.request import DecisionRequest
from simulations.populations.population import Numbers, Origin


@dataclass(frozen=True, slots=True)
class Past:
    """A request that was made."""

    request: DecisionRequest | RequestError
    """What was asked, or why it cannot be told."""
    mark: Mark
    """Where it is written."""
    customer: str | None = None
    """Who it was about, where that was kept beside it; None: as the pack's `customer_id` finds."""
    accepted: bool | None = None
    """Whether the customer took what was offered then; None: nobody knows."""


class Recorded(Protocol):
    """Where requests are kept, in order. It can be pickled, and gives the same whenever it is read."""

    @property
    def origin(self) -> Origin:
        """Return what kind of population it makes."""
        ...

    @property
    def hash(self) -> str:
        """Return `sha256:...` over all that is kept."""
        ...

    def __len__(self) -> int:
        """Return how many requests there are."""
        ...

    def read(self, places: Numbers) -> Iterator[Past]:
        """Yield the requests at these places, which count from 0 and ascend."""
        ...
