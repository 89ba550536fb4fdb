"""Promises at a moment: open, kept, late, broken, lapsed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from packs import write_pack

from engine.case import case_of
from engine.memory.moments import day_of, moment_at
from engine.memory.promises import Kept, due, entries_of, kept_rate, promises_of
from engine.release import Release, load_release
from schemas.events import Event, PromiseBrokenEvent, PromiseKeptEvent, PromiseMadeEvent
from schemas.request import DecisionRequest

PACK = """\
timezone: Europe/Berlin
actions:
  credit: {title: Credit, amount: money}
  days: {title: Days, amount: int}
rules:
  - id: some
    action: days
    allow: {up_to: 3}
    source: made up
"""
ZONE = "Europe/Berlin"
MADE = datetime(2026, 6, 15, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return load_release(write_pack(tmp_path_factory.mktemp("pack"), PACK))


def promise(id_: str = "p", due: str = "2026-06-17", **said: Any) -> PromiseMadeEvent:
    values = {
        "promise": "sent",
        "action": "credit",
        "decision": "d",
        "release": "r",
        "as_of": "2026-06-15",
        "pack": "tiny",
    }
    return PromiseMadeEvent(id=id_, at=MADE, due=due, **{**values, **said})


def kept(on: str = "p", day: int = 16, hour: int = 12) -> PromiseKeptEvent:
    return PromiseKeptEvent(id=f"k-{on}", at=datetime(2026, 6, day, hour, tzinfo=UTC), promise=on)


def broken(on: str = "p", day: int = 16) -> PromiseBrokenEvent:
    return PromiseBrokenEvent(id=f"b-{on}", at=datetime(2026, 6, day, 13, tzinfo=UTC), promise=on)


def state(*events: Event, at: datetime = datetime(2026, 6, 30, tzinfo=UTC)) -> tuple[str, bool]:
    (found,) = promises_of(events, ZONE, moment_at(at))
    return found.state, found.late


def test_a_promise_is_open_to_the_end_of_its_day_on_the_clock_of_the_pack() -> None:
    midnight = datetime(2026, 6, 17, 22, tzinfo=UTC)
    assert state(promise(), at=midnight - timedelta(microseconds=1)) == ("open", False)
    assert state(promise(), at=midnight) == ("broken", False)


def test_a_promise_that_is_kept_after_its_day_is_kept_late() -> None:
    assert state(promise(), kept(day=17, hour=21)) == ("kept", False)
    assert state(promise(), kept(day=17, hour=22)) == ("kept", True)


def test_what_was_said_last_counts() -> None:
    assert state(promise(), broken(day=16)) == ("broken", False)
    assert state(promise(), broken(day=16), kept(day=17)) == ("kept", False)
    assert state(promise(), kept(day=16), broken(day=17)) == ("broken", False)


def test_what_is_still_to_come_does_not_count() -> None:
    assert state(promise(), kept(), at=MADE) == ("open", False)
    assert promises_of([promise()], ZONE, moment_at(MADE) - 1) == ()


def test_an_offer_that_stood_lapses_and_is_owed_by_nobody(release: Release) -> None:
    offer = promise(promise="offer")
    assert state(offer) == ("lapsed", False)
    found = promises_of([offer], ZONE, moment_at(MADE))
    assert entries_of(found, release) == ()
    assert due(found, 10**6) == []
    assert kept_rate(found, "pack") == {}


def test_a_request_takes_the_promises_that_are_found(release: Release) -> None:
    events = [promise(amount="5.00"), promise("q", action="days", amount=2), promise("x", action="gone"), kept("q")]
    events += [promise("y", pack="other"), promise("z", amount="5.00", currency="SEK")]
    found = entries_of(promises_of(events, ZONE, moment_at(MADE + timedelta(days=2))), release)
    said = {"now": "2026-06-17T12:00:00Z", "promises": list(found)}
    inputs = case_of(release, DecisionRequest.model_validate_json(json.dumps(said)), "r").inputs["promises"]
    assert isinstance(inputs, tuple)
    assert found[0] == {
        "id": "p", "action": "credit", "promise": "sent", "status": "open", "late": False, "amount": "5.00",
        "units": None, "made": "2026-06-15T14:00:00+02:00", "due": "2026-06-17", "decision": "d",
    }  # fmt: skip
    assert [(one["id"], one["status"], one.get("amount"), one["units"]) for one in found[1:]] == [
        ("q", "kept", None, 2),
        ("z", "open", None, None),
    ]
    assert "amount" not in found[2]


def test_what_is_due_by_a_day_comes_overdue_first() -> None:
    events = [
        promise("c", "2026-06-20"),
        promise("a", "2026-06-18"),
        promise("b", "2026-06-10"),
        promise("d", "2026-06-21"),
    ]
    events += [promise("k"), kept("k"), promise("l"), broken("l")]
    found = promises_of(events, ZONE, moment_at(datetime(2026, 6, 18, 12, tzinfo=UTC)))
    assert [one.event.id for one in due(found, day_of("2026-06-20"))] == ["b", "a", "c"]


def test_the_rate_counts_what_was_kept_in_time_of_what_is_settled() -> None:
    events: list[Event] = [promise(str(number), owner="care" if number < 5 else "shops") for number in range(6)]
    events += [kept("0"), kept("1"), kept("2", day=20), broken("3"), kept("5")]
    events += [promise("6", "2026-07-30", owner="care")]
    found = promises_of(events, ZONE, moment_at(datetime(2026, 6, 30, tzinfo=UTC)))
    rates = kept_rate(found, "owner")
    assert rates == {"care": Kept(in_time=2, late=1, broken=2, open=1), "shops": Kept(in_time=1)}
    assert [one.rate for one in rates.values()] == [Fraction(2, 5), Fraction(1)]
    assert kept_rate(found, "segment").keys() == {""}
    assert Kept(open=3).rate is None
