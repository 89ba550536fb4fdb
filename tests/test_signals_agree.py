"""Both evaluations of signals see the same: in cases told by hand, in random histories, and under laws."""

from __future__ import annotations

import os
import random
import sys
from collections import Counter
from dataclasses import replace
from typing import cast

import pytest
from random_signals import random_history, random_signals

from engine.signals import by_durable, by_python
from engine.signals.pattern import (
    Absence,
    Conclusion,
    Count,
    FieldValue,
    Occurrence,
    Of,
    Pattern,
    Seen,
    Sequence,
    Signal,
    Signals,
)
from engine.signals.seeing import Evaluator, evaluator

ROUNDS = 16
PACKS = 15
HISTORIES = 100
DAY = 86_400_000_000
CALL = Of(("call",))
MADE = Of(("promise_made",))
KEPT = Of(("promise_kept",))
THREE_CALLS = Count(CALL, 3, 7 * DAY, ("topic",))
BROKEN = Absence(MADE, KEPT, "due", same=("promise",))
START = 0 if "CI" in os.environ else random.randrange(10**9)


needs_durable = pytest.mark.skipif(
    sys.version_info >= (3, 13), reason="durable_rules does not come for Python 3.13; below, its absence is a failure"
)


@pytest.fixture(params=[by_python.seen, pytest.param(by_durable.seen, marks=needs_durable)], ids=["python", "durable"])
def see(request: pytest.FixtureRequest) -> Evaluator:
    return cast(Evaluator, request.param)


def event(id_: str, kind: str, day: float, **fields: FieldValue) -> Occurrence:
    return Occurrence(id_, kind, round(day * DAY), fields)


def call(day: float, topic: str = "router") -> Occurrence:
    return event(f"{topic}-{day}", "call", day, topic=topic)


def one(see: Evaluator, pattern: Pattern, events: list[Occurrence], day: float, **of_pack: object) -> Seen:
    signals = Signals((Signal("signal", pattern),), **of_pack)
    return see(signals, events, round(day * DAY))["signal"]


@needs_durable
def test_durable_rules_is_what_sees_signals_here() -> None:
    assert by_durable.AVAILABLE
    assert evaluator() is by_durable.seen


def test_the_third_call_about_one_topic_is_seen_with_the_calls_that_make_it(see: Evaluator) -> None:
    events = [call(1), call(2, "bill"), call(3), call(5)]
    assert one(see, THREE_CALLS, events, 6) == Seen(
        True, 3, 1 * DAY, 5 * DAY, "router", ("router-1", "router-3", "router-5")
    )


def test_two_calls_are_too_few_and_counted(see: Evaluator) -> None:
    assert one(see, THREE_CALLS, [call(1), call(2, "bill"), call(3)], 6) == Seen(False, 2)


def test_an_event_as_old_as_the_span_no_longer_counts(see: Evaluator) -> None:
    events = [call(1), call(2), call(3)]
    assert one(see, THREE_CALLS, events, 8).count == 2
    assert see(Signals((Signal("signal", THREE_CALLS),)), events, 8 * DAY - 1)["signal"].active


def test_of_two_topics_the_one_that_was_called_about_last_is_seen(see: Evaluator) -> None:
    events = [call(day, topic) for day in (1, 2, 3) for topic in ("bill", "router")]
    assert one(see, THREE_CALLS, [*events, call(4, "bill")], 5).about == "bill"
    assert one(see, THREE_CALLS, [*events, call(0.5, "router")], 5).about == "router"
    assert one(see, THREE_CALLS, events, 5).about == "bill"


def test_a_call_without_a_topic_belongs_to_no_topic(see: Evaluator) -> None:
    events = [call(1), call(2), event("plain", "call", 3)]
    assert one(see, THREE_CALLS, events, 4) == Seen(False, 2)
    assert one(see, replace(THREE_CALLS, same=()), events, 4).about is None


def test_a_value_is_the_same_only_with_its_type(see: Evaluator) -> None:
    values: tuple[FieldValue, ...] = (1, True, "1")
    events = [event(repr(value), "call", 1, topic=value) for value in values]
    assert one(see, THREE_CALLS, events, 2) == Seen(False, 1)
    assert one(see, Count(Of(("call",), (("topic", (1,)),)), 1, 7 * DAY), events, 2).events == ("1",)


def test_an_event_that_fails_a_test_does_not_count(see: Evaluator) -> None:
    missed = Count(Of(("visit",), (("result", ("missed", "late")),)), 2, 9 * DAY)
    results = ("missed", "done", "late")
    events = [event(str(day), "visit", day, result=result) for day, result in enumerate(results)]
    assert one(see, missed, [*events, event("none", "visit", 3)], 4).events == ("0", "2")


def test_a_then_is_seen_with_the_newest_first_before_it(see: Evaluator) -> None:
    repair = Sequence(Of(("visit",)), CALL, 2 * DAY, 5 * DAY, ("topic",))
    visits = [event(f"visit-{day}", "visit", day, topic="router") for day in (1, 2, 9)]
    expected = Seen(True, 2, 2 * DAY, 4 * DAY, "router", ("visit-2", "router-4"))
    assert one(see, repair, [*visits, call(3), call(4), call(4, "bill")], 7) == expected


def test_a_then_at_the_end_of_the_span_is_in_it_and_later_is_not(see: Evaluator) -> None:
    repair = Sequence(Of(("visit",)), CALL, 2 * DAY, 5 * DAY)
    visit = event("visit", "visit", 1)
    assert one(see, repair, [visit, call(3)], 3).active
    assert not one(see, repair, [visit, call(3)._replace(at=3 * DAY + 1)], 4).active
    assert not one(see, repair, [visit, call(3)], 8).active


def test_of_one_moment_the_event_with_the_lower_id_is_first_and_none_follows_itself(see: Evaluator) -> None:
    again = Sequence(CALL, CALL, DAY, DAY)
    assert not one(see, again, [event("a", "call", 1)], 1).active
    assert one(see, again, [event("b", "call", 1), event("a", "call", 1)], 1).events == ("a", "b")


def test_a_promise_is_broken_just_after_the_day_it_was_due(see: Evaluator) -> None:
    made = event("made", "promise_made", 1, promise="p", due=3)
    zoned = {"dates": frozenset({("promise_made", "due")}), "zone": "Europe/Prague"}
    end = 4 * DAY - DAY // 24
    signals = Signals((Signal("signal", BROKEN),), **zoned)
    assert not see(signals, [made], end - 1)["signal"].active
    assert see(signals, [made], end)["signal"] == Seen(True, 1, DAY, DAY, "p", ("made",))


def test_what_is_exactly_at_the_deadline_is_in_time(see: Evaluator) -> None:
    made = event("made", "promise_made", 1, promise="p", due=3 * DAY)
    kept = event("kept", "promise_kept", 3, promise="p")
    assert not one(see, BROKEN, [made, kept], 5).active
    assert one(see, BROKEN, [made, kept._replace(at=3 * DAY + 1)], 5).active
    assert one(see, BROKEN, [made, kept._replace(at=DAY - 1)], 5).active
    assert one(see, BROKEN, [made, event("other", "promise_kept", 2, promise="q")], 5).active


def test_an_absence_lasts_as_long_as_it_says(see: Evaluator) -> None:
    lasting = replace(BROKEN, lasting=2 * DAY)
    made = event("made", "promise_made", 1, promise="p", due=3 * DAY)
    assert [one(see, lasting, [made], day).active for day in (3, 3.5, 4.5, 5)] == [False, True, True, False]


def test_a_promise_without_a_due_moment_is_not_broken(see: Evaluator) -> None:
    odd: tuple[FieldValue, ...] = ("never", True)
    events = [event(repr(due), "promise_made", 1, promise="p", due=due) for due in odd]
    assert not one(see, BROKEN, [*events, event("none", "promise_made", 1, promise="p")], 900).active


def test_promises_broken_of_several_kinds_are_all_told_and_share_nothing(see: Evaluator) -> None:
    made = [event(name, "promise_made", day, promise=name, due=3 * DAY) for name, day in (("p", 2), ("q", 1))]
    assert one(see, BROKEN, made, 4) == Seen(True, 2, DAY, 2 * DAY, None, ("q", "p"))


def test_a_customer_not_contacted_for_long_is_seen_by_no_event(see: Evaluator) -> None:
    quiet = Absence(None, CALL, 365 * DAY)
    assert one(see, quiet, [], 0) == Seen(True)
    assert one(see, quiet, [call(1)], 365) == Seen(False)
    assert one(see, quiet, [call(1)], 366) == Seen(True)


def test_a_conclusion_is_drawn_from_signals_and_conclusions(see: Evaluator) -> None:
    signals = Signals((
        Signal("repeat", THREE_CALLS),
        Signal("broken", BROKEN),
        Signal("angry", Count(Of(("complaint",)), 1, 9 * DAY)),
        Signal("at_risk", Conclusion(("repeat", "broken", "angry"), 2)),
        Signal("lost", Conclusion(("at_risk", "angry", "at_risk"), 2)),
    ))  # fmt: skip
    events = [call(1), call(2), call(3), event("made", "promise_made", 1.5, promise="p", due=2 * DAY)]
    found = see(signals, events, 4 * DAY)
    assert found["at_risk"] == Seen(True, 2, DAY, 3 * DAY, None, ("router-1", "made", "router-2", "router-3"))
    assert found["lost"] == Seen(False, 1)
    found = see(signals, [*events, event("angry", "complaint", 3.5)], 4 * DAY)
    assert found["lost"].events == ("router-1", "made", "router-2", "router-3", "angry")


def test_of_more_events_than_are_looked_at_the_newest_are(see: Evaluator) -> None:
    events = [call(day) for day in range(600)]
    found = one(see, Count(CALL, 1, 10**20), [*events, *[event(str(day), "other", day) for day in range(600)]], 700)
    assert (found.count, found.since) == (500, 100 * DAY)


def test_moments_and_spans_beyond_all_machine_numbers_are_compared_rightly(see: Evaluator) -> None:
    far = 10**40
    events = [Occurrence("a", "call", -far, {}), Occurrence("b", "call", far, {}), Occurrence("c", "call", far - 2, {})]
    signals = Signals((Signal("near", Count(CALL, 2, 3)), Signal("all", Count(CALL, 3, 3 * far))))
    found = see(signals, events, far)
    assert [found["near"].events, found["all"].events] == [("c", "b"), ("a", "c", "b")]


@needs_durable
@pytest.mark.property
@pytest.mark.parametrize("round_", range(ROUNDS))
def test_both_see_the_same_in_random_histories(round_: int) -> None:
    draw = random.Random(START + round_)
    told: Counter[tuple[str, bool]] = Counter()
    for pack in range(PACKS):
        signals = random_signals(draw, 40, 20) if pack == 0 else random_signals(draw)
        for number in range(20 if pack == 0 else HISTORIES):
            events, now = random_history(draw, signals, 550 if number == pack == 1 else None)
            expected, found = by_python.seen(signals, events, now), by_durable.seen(signals, events, now)
            told.update((type(one.pattern).__name__, expected[one.name].active) for one in signals.signals)
            differing = [name for name, one in expected.items() if found[name] != one]
            assert (START + round_, pack, number, differing) == (START + round_, pack, number, [])
            assert list(found) == list(expected)
    assert all(
        told[pattern.__name__, seen] for pattern in (Count, Sequence, Absence, Conclusion) for seen in (True, False)
    )


def test_a_run_compares_at_least_twenty_thousand_histories() -> None:
    assert ROUNDS * ((PACKS - 1) * HISTORIES + 20) >= 20_000


@pytest.mark.property
def test_order_future_and_undeclared_events_never_matter(see: Evaluator) -> None:
    draw = random.Random(START)
    for _ in range(200):
        signals = random_signals(draw)
        events, now = random_history(draw, signals)
        expected = see(signals, events, now)
        future, _ = random_history(draw, signals)
        later = [one._replace(at=now + 1 + draw.randrange(DAY)) for one in future]
        foreign = [one._replace(id=draw.choice(("0", "1", "x")), kind="undeclared") for one in future]
        mixed = [*events, *later, *foreign, *draw.choices(events, k=len(events) and 2)]
        draw.shuffle(mixed)
        assert [name for name, one in see(signals, mixed, now).items() if one != expected[name]] == []


def test_an_id_given_twice_counts_once_with_its_newest_event(see: Evaluator) -> None:
    count = Count(CALL, 1, 9 * DAY, ("topic",))
    events = [event("a", "call", 1, topic="old"), event("a", "call", 2, topic="new")]
    assert (
        one(see, count, events, 3) == one(see, count, events[::-1], 3) == Seen(True, 1, 2 * DAY, 2 * DAY, "new", ("a",))
    )
