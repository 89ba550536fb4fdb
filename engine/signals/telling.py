"""What fired in durable_rules, told as signals that are seen, and by which events."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import assert_never

from engine.signals.facts import History
from engine.signals.groups import about, concluded, made_by, standing
from engine.signals.pattern import Absence, Conclusion, Count, Occurrence, Pattern, Seen, Sequence
from engine.signals.ruleset import Program
from engine.signals.session import Match

UNSEEN = Seen(active=False)


def told(program: Program, history: History, fired: Mapping[int, list[Match]]) -> dict[str, Seen]:
    """Return which signals are seen, by name, given what fired for each; nothing is seen that did not fire."""
    found: dict[str, Seen] = {}
    for number, signal in enumerate(program.signals.signals):
        matches = fired.get(number, [])
        if isinstance(signal.pattern, Conclusion):
            found[signal.name] = concluded(signal.pattern, bool(matches), found, history.events)
        else:
            found[signal.name] = _told(history, signal.pattern, program.parts[number], matches)
    return found


def _told(history: History, pattern: Pattern, parts: tuple[int, ...], matches: list[Match]) -> Seen:
    match pattern:
        case Count():
            return _count(history, pattern, parts[0], matches)
        case Sequence():
            return _sequence(history, pattern, matches)
        case Absence(after=None):
            return made_by((), 0) if matches else UNSEEN
        case Absence():
            return _absence(history, pattern, matches)
        case Conclusion():
            raise AssertionError("a conclusion is told from what it is drawn from")
        case _ as never:
            assert_never(never)


def _count(history: History, count: Count, stream: int, matches: list[Match]) -> Seen:
    """Return a count as seen in the groups of which the newest event is in a match."""
    groups = history.streams[stream].values()
    if not groups:
        return UNSEEN
    began = history.since(history.now - count.span)
    if not matches:
        return Seen(active=False, count=max((len(one) - bisect_left(one, began) for one in groups), default=0))
    newest = set(_positions(matches, "a"))
    large = [_events(history, one[bisect_left(one, began) :]) for one in groups if one[-1] in newest]
    chosen = min(large, key=lambda group: standing(group, count.same))
    return made_by(chosen, len(chosen), about(chosen, count.same))


def _sequence(history: History, sequence: Sequence, matches: list[Match]) -> Seen:
    if not matches:
        return UNSEEN
    pairs = sorted(zip(_positions(matches, "b"), _positions(matches, "a"), strict=True))
    then, first = pairs[-1]
    events = _events(history, (first, then))
    return made_by(events, len(pairs), about(events, sequence.same))


def _absence(history: History, absence: Absence, matches: list[Match]) -> Seen:
    if not matches:
        return UNSEEN
    events = _events(history, sorted(_positions(matches, "a")))
    return made_by(events, len(events), about(events, absence.same))


def _positions(matches: list[Match], alias: str) -> list[int]:
    """Return the positions in the history of the events that a fact of each match stands for."""
    return [int(one.ids[f"{alias}{one.rule[1:]}"][1:]) for one in matches]


def _events(history: History, positions: Iterable[int]) -> tuple[Occurrence, ...]:
    return tuple(history.events[position] for position in positions)
