"""Signals seen by plain Python: what they mean, step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from engine.signals.groups import Group, about, concluded, group_of, made_by, standing
from engine.signals.history import deadline, is_of, kinds_of, looked_at
from engine.signals.pattern import Absence, Conclusion, Count, Occurrence, Of, Pattern, Seen, Signals
from engine.signals.pattern import Sequence as OneThenOther

UNSEEN = Seen(active=False)


@dataclass(frozen=True, slots=True)
class View:
    """One customer's events at one moment, by id, oldest first."""

    signals: Signals
    events: Mapping[str, Occurrence]
    now: int


def seen(signals: Signals, occurrences: Sequence[Occurrence], now: int) -> dict[str, Seen]:
    """Return which signals are seen in a customer's events at a moment, by name."""
    events = looked_at(kinds_of(signals), occurrences, now)
    view = View(signals, {one.id: one for one in events}, now)
    found: dict[str, Seen] = {}
    for signal in signals.signals:
        found[signal.name] = _pattern(view, signal.pattern, found)
    return found


def _pattern(view: View, pattern: Pattern, found: Mapping[str, Seen]) -> Seen:
    match pattern:
        case Count():
            return _count(view, pattern)
        case OneThenOther():
            return _sequence(view, pattern)
        case Absence():
            return _nothing(view, pattern) if pattern.after is None else _absence(view, pattern, pattern.after)
        case Conclusion(of=names, at_least=at_least):
            active = sum(found[name].active for name in set(names)) >= at_least
            return concluded(pattern, active, found, view.events.values())
        case _ as never:
            assert_never(never)


def _count(view: View, count: Count) -> Seen:
    groups: dict[Group, list[Occurrence]] = {}
    for one in view.events.values():
        if one.at > view.now - count.span and is_of(count.of, one):
            group = group_of(one, count.same)
            if group is not None:
                groups.setdefault(group, []).append(one)
    large = [group for group in groups.values() if len(group) >= count.at_least]
    if not large:
        return Seen(active=False, count=max(map(len, groups.values()), default=0))
    chosen = min(map(tuple, large), key=lambda group: standing(group, count.same))
    return made_by(chosen, len(chosen), about(chosen, count.same))


def _sequence(view: View, sequence: OneThenOther) -> Seen:
    firsts: dict[Group, Occurrence] = {}
    pairs = []
    for one in view.events.values():
        is_first, is_then = is_of(sequence.first, one), is_of(sequence.then, one)
        group = group_of(one, sequence.same) if is_first or is_then else None
        if group is None:
            continue
        first = firsts.get(group)
        if is_then and first and one.at - first.at <= sequence.span and view.now - sequence.lasting < one.at:
            pairs.append((first, one))
        if is_first:
            firsts[group] = one
    return made_by(pairs[-1], len(pairs), about(pairs[-1], sequence.same)) if pairs else UNSEEN


def _absence(view: View, absence: Absence, after: Of) -> Seen:
    following: dict[Group, Occurrence] = {}
    still = []
    for one in reversed(tuple(view.events.values())):
        is_after, is_missing = is_of(after, one), is_of(absence.missing, one)
        group = group_of(one, absence.same) if is_after or is_missing else None
        if group is None:
            continue
        due = deadline(view.signals, absence.span, one) if is_after else None
        if due is not None and _passed(view.now, due, absence.lasting):
            then = following.get(group)
            if then is None or then.at > due:
                still.append(one)
        if is_missing:
            following[group] = one
    events = tuple(reversed(still))
    return made_by(events, len(events), about(events, absence.same)) if events else UNSEEN


def _passed(now: int, due: int, lasting: int | None) -> bool:
    """Return whether a deadline is passed, and not for too long."""
    return due < now and (lasting is None or now - lasting < due)


def _nothing(view: View, absence: Absence) -> Seen:
    assert isinstance(absence.span, int)
    began = view.now - absence.span
    happened = any(
        one.at > began and is_of(absence.missing, one) and group_of(one, absence.same) is not None
        for one in view.events.values()
    )
    return UNSEEN if happened else made_by((), 0)
