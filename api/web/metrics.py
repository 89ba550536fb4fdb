"""What is counted while the server runs, as Prometheus reads it; of all its processes together."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Final

from flask import Blueprint, Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from api.ledger.writing import Counts
from api.serving.live import State
from api.web.operations import operation

SHARED: Final = "PROMETHEUS_MULTIPROC_DIR"
"""The folder in which processes share what they count; `leeway serve` makes one for several workers."""
SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)

REQUESTS: Final = Histogram(
    "leeway_request_seconds", "How long requests took.", ("method", "route", "status"), buckets=SECONDS
)
DECISIONS: Final = Counter("leeway_decisions", "Decisions that were given.", ("pack", "action", "verdict"))
COMMITS: Final = Histogram("leeway_ledger_commit_seconds", "How long the ledger's commits took.", buckets=SECONDS)
EVENTS: Final = Counter("leeway_ledger_events", "Events that were committed to the ledger.")
SPILLED: Final = Counter("leeway_ledger_spilled", "Events that were set aside while the ledger could not be written.")
REPLAYED: Final = Counter("leeway_ledger_replayed", "Events that were written from where they were set aside.")
DROPPED: Final = Counter("leeway_ledger_dropped", "Events that were set aside and cannot be written.")
SHED: Final = Counter("leeway_shed", "Requests that were refused because there was too much to do.")
RELOADS: Final = Counter("leeway_reloads", "How often packs were loaded anew.", ("outcome",))
RELEASE: Final = Gauge(
    "leeway_release", "The release of each pack that is live.", ("pack", "release"), multiprocess_mode="mostrecent"
)
WRONG: Final = Gauge(
    "leeway_pack_wrong", "What is wrong with the newest files of a pack.", ("pack",), multiprocess_mode="mostrecent"
)

_told: Final[dict[str, str]] = {}
"""The release of each pack that was told last."""

bp: Final = Blueprint("metrics", __name__)


@bp.get("/metrics")
@operation(gives={200: "text/plain"})
def metrics() -> Response:
    """Give what was counted, in the text format of Prometheus."""
    return Response(generate_latest(_registry()), content_type=CONTENT_TYPE_LATEST)


def _registry() -> CollectorRegistry:
    """Return what is counted here, or by all processes that share a folder."""
    if SHARED not in os.environ:
        return REGISTRY
    shared = CollectorRegistry()
    MultiProcessCollector(shared)  # type: ignore[no-untyped-call]  # prometheus_client has no types there
    return shared


def loaded(states: Iterable[State]) -> None:
    """Tell which releases are live, that those before them are not, and what is wrong with newer files."""
    for state in states:
        WRONG.labels(state.name).set(len(state.wrong))
        if state.release is not None:
            release = state.release.policy.release
            RELEASE.labels(state.name, _told.get(state.name, release)).set(0)
            RELEASE.labels(state.name, release).set(1)
            _told[state.name] = release


def written(more: Counts, seconds: float | None) -> None:
    """Count what the ledger's writer did, in so many seconds where it committed."""
    if seconds is not None:
        COMMITS.observe(seconds)
    for counter, events in (
        (EVENTS, more.committed),
        (SPILLED, more.spilled),
        (REPLAYED, more.replayed),
        (DROPPED, more.dropped),
    ):
        if events:
            counter.inc(events)
