"""Plain Python sees in signals what their descriptions say, word for word."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Sequence

import pytest
from random_signals import random_history, random_signals

from engine.signals import by_durable, by_python, seeing
from engine.signals.history import deadline, is_of
from engine.signals.pattern import Absence, Conclusion, Count, Occurrence, Of, Seen, Signal, Signals
from engine.signals.pattern import Sequence as OneThenOther


def counted(occurrences: Sequence[Occurrence], now: int) -> list[Occurrence]:
    return sorted((one for one in occurrences if one.at <= now), key=lambda one: (one.at, one.id))


def together(first: Occurrence, second: Occurrence, same: tuple[str, ...]) -> bool:
    values = [(first.fields.get(name), second.fields.get(name)) for name in same]
    return all(one is not None and one == other and type(one) is type(other) for one, other in values)


def count(events: list[Occurrence], pattern: Count, now: int) -> tuple[bool, int]:
    recent = [one for one in events if one.at > now - pattern.span and is_of(pattern.of, one)]
    sizes = {one.id: sum(together(one, other, pattern.same) for other in recent) for one in recent}
    large = [one for one in recent if sizes[one.id] >= pattern.at_least]
    newest = max((sizes[one.id] for one in large if one.at == large[-1].at), default=0)
    return bool(large), newest if large else max(sizes.values(), default=0)


def sequence(events: list[Occurrence], pattern: OneThenOther, now: int) -> tuple[bool, int, tuple[str, ...]]:
    pairs = [
        (first.id, then.id)
        for place, then in enumerate(events)
        for first in events[:place]
        if is_of(pattern.then, then)
        and is_of(pattern.first, first)
        and together(first, then, pattern.same)
        and then.at - first.at <= pattern.span
        and now - pattern.lasting < then.at
    ]
    return bool(pairs), len({then for _, then in pairs}), pairs[-1] if pairs else ()


def absence(
    signals: Signals, events: list[Occurrence], pattern: Absence, after: Of, now: int
) -> tuple[bool, int, tuple[str, ...]]:
    missing = []
    for place, one in enumerate(events):
        due = deadline(signals, pattern.span, one)
        if due is None or not is_of(after, one) or not together(one, one, pattern.same):
            continue
        seen_now = due < now and (pattern.lasting is None or now < due + pattern.lasting)
        later = [then for then in events[place + 1 :] if is_of(pattern.missing, then) and then.at <= due]
        if seen_now and not any(together(one, then, pattern.same) for then in later):
            missing.append(one.id)
    return bool(missing), len(missing), tuple(missing)


def said(signals: Signals, signal: Signal, events: list[Occurrence], now: int, found: dict[str, Seen]) -> bool:
    """Say whether what was found is what the description of the pattern says."""
    one = found[signal.name]
    match signal.pattern:
        case Count() as pattern:
            return (one.active, one.count) == count(events, pattern, now)
        case OneThenOther() as pattern:
            return (one.active, one.count, one.events) == sequence(events, pattern, now)
        case Absence(after=None, missing=missing, span=int() as span, same=same):
            happened = [other for other in events if is_of(missing, other) and together(other, other, same)]
            return one.active == (not any(other.at > now - span for other in happened))
        case Absence(after=Of() as after) as pattern:
            return (one.active, one.count, one.events) == absence(signals, events, pattern, after, now)
        case Conclusion(of=names, at_least=at_least):
            seen = {name for name in names if found[name].active}
            ids = [event.id for event in events if any(event.id in found[name].events for name in seen)]
            expected = len(seen) >= at_least
            return (one.active, one.count, list(one.events)) == (expected, len(seen), ids if expected else [])
        case _:
            return False


@pytest.mark.property
@pytest.mark.parametrize("block", range(4))
def test_what_is_seen_is_what_the_description_of_the_pattern_says(block: int) -> None:
    start = 0 if "CI" in os.environ else random.randrange(10**9)
    draw = random.Random(start + block)
    for pack in range(40):
        signals = random_signals(draw)
        for number in range(10):
            occurrences, now = random_history(draw, signals)
            events = counted({one.id: one for one in occurrences}.values(), now)  # type: ignore[arg-type]
            found = by_python.seen(signals, events, now)
            wrong = [one.name for one in signals.signals if not said(signals, one, events, now, found)]
            assert (start + block, pack, number, wrong) == (start + block, pack, number, [])


@pytest.mark.property
def test_what_is_told_of_a_seen_signal_fits_its_events() -> None:
    draw = random.Random(5)
    for _ in range(300):
        signals = random_signals(draw)
        occurrences, now = random_history(draw, signals)
        events = {one.id: one for one in counted(occurrences, now)}
        for one in by_python.seen(signals, tuple(events.values()), now).values():
            moments = [events[id_].at for id_ in one.events]
            assert moments == sorted(moments)
            assert (one.since, one.last) == ((moments[0], moments[-1]) if moments else (None, None))
            assert one.active or (one.events, one.about) == ((), None)


def test_python_sees_signals_where_durable_rules_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen: list[Callable[..., object]] = []
    for available in (True, False):
        monkeypatch.setattr(by_durable, "AVAILABLE", available)
        chosen.append(seeing.evaluator())
    assert chosen == [by_durable.seen, by_python.seen]


def test_many_events_of_one_moment_in_one_group_are_seen_without_comparing_each_with_each() -> None:
    visited = 0

    class Watched(dict[str, int]):
        def get(self, *args: object) -> object:  # type: ignore[override]
            nonlocal visited
            visited += 1
            return super().get(*args)  # type: ignore[call-overload]

    events = [Occurrence(str(number), "call", 1, Watched(topic=1)) for number in range(400)]
    of, other = Of(("call",)), Of(("call",), (("topic", (2,)),))
    signals = Signals((
        Signal("count", Count(of, 3, 9, ("topic",))),
        Signal("sequence", OneThenOther(of, of, 9, 9, ("topic",))),
        Signal("absence", Absence(of, other, 1, same=("topic",))),
    ))  # fmt: skip
    assert all(one.active for one in by_python.seen(signals, events, 3).values())
    assert visited < 10 * len(events)
