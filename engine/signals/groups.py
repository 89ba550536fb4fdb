"""Events that belong together because they have the same values in some fields, and what is said of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from engine.signals.history import exact
from engine.signals.pattern import Conclusion, Occurrence, Seen

Group: TypeAlias = tuple[object, ...]
"""The values that the events of a group share, exactly."""
Standing: TypeAlias = tuple[int, int, tuple[str, ...], tuple[str, ...]]


def group_of(one: Occurrence, same: tuple[str, ...]) -> Group | None:
    """Return the group that an event belongs to by its values in the fields; None where it lacks one."""
    fields = one.fields
    try:
        return tuple([exact(fields[name]) for name in same])
    except KeyError:
        return None


def texts_of(one: Occurrence, same: tuple[str, ...]) -> tuple[str, ...]:
    """Return an event's values in the fields as texts."""
    return tuple(
        str(value).lower() if isinstance(value, bool) else str(value) for value in (one.fields[name] for name in same)
    )


def standing(events: tuple[Occurrence, ...], same: tuple[str, ...]) -> Standing:
    """Return what puts groups in order: the newest last event, the most events, the values as texts, their types."""
    values = tuple(type(events[0].fields[name]).__name__ for name in same)
    return -events[-1].at, -len(events), texts_of(events[0], same), values


def about(events: Iterable[Occurrence], same: tuple[str, ...]) -> str | None:
    """Return the values that all events share, joined; None where nothing is correlated or they differ."""
    shared = {texts_of(one, same) for one in events}
    return ", ".join(shared.pop()) if same and len(shared) == 1 else None


def made_by(events: tuple[Occurrence, ...], count: int, concerning: str | None = None) -> Seen:
    """Return that a signal is seen, by events that are given oldest first."""
    return Seen(
        active=True,
        count=count,
        since=events[0].at if events else None,
        last=events[-1].at if events else None,
        about=concerning,
        events=tuple(one.id for one in events),
    )


def concluded(conclusion: Conclusion, active: bool, found: Mapping[str, Seen], events: Iterable[Occurrence]) -> Seen:
    """Return a conclusion as seen or not, by the events (of all, oldest first) of the signals it is drawn from."""
    seen = [found[name] for name in dict.fromkeys(conclusion.of) if found[name].active]
    if not active:
        return Seen(active=False, count=len(seen))
    theirs = {id_ for one in seen for id_ in one.events}
    return made_by(tuple(one for one in events if one.id in theirs), len(seen))
