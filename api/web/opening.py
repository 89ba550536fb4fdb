"""Opening a server: its ledger and vault, the packs that it serves, who is let in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from api.access.authenticating import authenticator
from api.serving import folders
from api.serving.approving import USE, Approvals
from api.serving.live import LivePacks
from api.serving.opening import KEYS, Memory, memory, places
from api.serving.watching import Outcome, watching
from api.settings import Settings
from api.web.idempotency import open_requests
from api.web.metrics import RELOADS, loaded, written
from api.web.service import Service


def present() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


@contextmanager
def opened(settings: Settings, clock: Callable[[], datetime] = present, compiled: bool = True) -> Iterator[Service]:
    """Yield what a server with these settings answers with; it is closed at the end.

    `compiled`: packs are compiled whole before they go live.
    """
    where = places(settings.ledger, {KEYS: settings.keys or ""})
    with (
        memory(where, settings.durability) as found,
        authenticator(settings, where.keys, found.vault, clock) as caller_of,
        _live(found, settings, clock, compiled) as (packs, wake),
        open_requests(found.address, found.vault.master) as requests,
    ):
        found.ledger.observed(written)
        yield Service(
            settings=settings,
            memory=found,
            packs=packs,
            wake=wake,
            caller_of=caller_of,
            approvals=Approvals(found.vault.master.derived(USE), settings.approval_life),
            requests=requests,
            clock=clock,
        )


@contextmanager
def _live(
    found: Memory, settings: Settings, clock: Callable[[], datetime], compiled: bool
) -> Iterator[tuple[LivePacks, Callable[[], None]]]:
    """Yield the packs that are live, and what has them loaded anew soon; their files are watched where wanted."""
    packs = LivePacks(found.ledger, lambda: folders.served(settings.packs, settings.serve), clock, compiled)
    packs.reload()
    loaded(packs.states.values())
    watched = [place for place in folders.places(settings.packs) if place.is_dir()] if settings.watch else []

    def told(outcome: Outcome) -> None:
        RELOADS.labels(outcome).inc()
        loaded(packs.states.values())

    with watching(packs.reload, watched, told) as wake:
        yield packs, wake
