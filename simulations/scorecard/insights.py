"""Which insights no rule answers, and which rules name an insight that nobody recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from schemas.events import InsightEvent

Source: TypeAlias = Literal["customer", "employee", "analysis"]
Because: TypeAlias = Mapping[str, Sequence[str]]
"""By rule: what it names under `because:`."""


@dataclass(frozen=True, slots=True)
class Insight:
    """Something that was learned, as it was recorded last."""

    id: str
    title: str
    source: Source
    active: bool
    came: datetime
    """When it was first recorded."""
    recorded: tuple[datetime, str]
    """When it was last recorded, and by which event."""


def insights(events: Iterable[InsightEvent]) -> dict[str, Insight]:
    """Return every insight by its id, whatever the order of the events."""
    found: dict[str, Insight] = {}
    for event in events:
        learn(found, event)
    return found


def learn(found: dict[str, Insight], event: InsightEvent) -> None:
    """Add an insight to those found, or what is newer about it."""
    before = found.get(event.insight)
    recorded = (event.at, event.id)
    came = event.at if before is None else min(before.came, event.at)
    newest = before is None or recorded >= before.recorded
    if newest or before is None:
        found[event.insight] = Insight(event.insight, event.title, event.source, event.active, came, recorded)
    else:
        found[event.insight] = Insight(before.id, before.title, before.source, before.active, came, before.recorded)


def without_rule(found: Mapping[str, Insight], because: Because) -> tuple[Insight, ...]:
    """Return the active insights that no rule names, oldest first."""
    named = {name for names in because.values() for name in names}
    lost = (one for one in found.values() if one.active and one.id not in named)
    return tuple(sorted(lost, key=lambda one: (one.came, one.id)))


def without_record(found: Mapping[str, Insight], because: Because) -> dict[str, tuple[str, ...]]:
    """Return, by what rules name and nobody recorded, the rules that name it.

    Decision records that rules name are among them, unless they were recorded as an insight too.
    """
    lost = sorted({name for names in because.values() for name in names} - found.keys())
    return {name: tuple(sorted(rule for rule, names in because.items() if name in names)) for name in lost}
