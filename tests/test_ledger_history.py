"""The past of a customer as later decisions depend on it: from gists alone, or from bodies, the same as from events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ledger_events as made
import pytest
from ledgers import Keys, Place, as_before, in_sqlite, place, written  # noqa: F401 - fixtures
from serving_desk import NOON, asked, opened, pack, taken
from sqlalchemy import text, update

from api.ledger.gists import LONGEST
from api.ledger.opening import Ledger
from api.ledger.problems import LedgerClosed, LedgerUnavailable, UnknownEvent
from api.ledger.stored import prepared
from api.ledger.tables import events
from api.serving import remembering
from api.serving.deciding import decided
from api.serving.desk import Desk
from api.serving.outcomes import settled
from api.serving.recording import recorded
from api.serving.remembering import remembered
from engine.case import case_of
from engine.memory.beside import as_given
from engine.memory.past import FIELDS, Decided, Past, past_of
from engine.signals.kinds import given_of
from schemas.events import ContactEvent, CustomerEvent, Event
from schemas.request import GivenEvent

KINDS = tuple(FIELDS)
LIFE: tuple[Event, ...] = (
    made.decision(
        "2026-05-01", inputs={"about": "delay", "size": 10**30}, case={"facts": {"age": 5}}, reasons=("a", "b")
    ),
    made.decision("2026-05-02", "counter", honours="d1", amount="3.50", currency="EUR", session="s"),
    made.outcome("2026-05-03", "d1", amount="3.50", reason="they said so"),
    made.approval("2026-05-04", "d1", reason="loyal"),
    made.grant("2026-05-05", "d1", amount=3, inputs={"about": "delay"}),
    made.promise("2026-05-06", "p1", "2026-05-09", amount="1.00", inputs={"about": "delay"}, owner="care"),
    made.kept("2026-05-07", "p1"),
    made.broken("2026-05-08", "p2", reason="we forgot"),
    made.contact("2026-05-09", resolved=True, note="they called"),
    made.outreach("2026-05-10", None),
    made.happened("2026-05-11", "moved", data={"to": "Rome", "from": None}),
    made.feedback("2026-05-12", "late", True, customer="ann", text="good"),
)


def pasts(life: Sequence[Event]) -> list[Past | None]:
    return [past_of(event) for event in life]


def change(ledger: Ledger, **values: Any) -> None:
    """Change columns of all events."""
    with ledger.engine.begin() as connection:
        connection.execute(update(events).values(**values))


def test_the_past_is_read_as_it_follows_from_the_events(place: Place) -> None:  # noqa: F811
    ledger = place.open()
    ledger.append([*LIFE, made.contact("2026-05-01", customer="bob")])
    assert ledger.passed("ann", KINDS, 99) == pasts(LIFE)
    assert ledger.passed("ann", ("outcome", "approval"), 99) == pasts(LIFE[2:4])
    assert ledger.passed("ann", KINDS, 2) == pasts(LIFE[-2:])
    assert (ledger.passed("nobody", KINDS, 99), place.keys.known("nobody")) == ([], None)


def test_every_kind_that_something_depends_on_is_in_this_life() -> None:
    assert {event.kind for event in LIFE} == set(KINDS)


def test_neither_cases_nor_bodies_are_read(place: Place) -> None:  # noqa: F811
    ledger = place.open()
    ledger.append(LIFE)
    change(ledger, body=b"nothing that could be read", sealed_apart=b"nothing either")
    assert ledger.passed("ann", KINDS, 99) == pasts(LIFE)


def test_what_was_written_before_there_were_gists_is_read_from_bodies(place: Place) -> None:  # noqa: F811
    ledger = place.open()
    written(place, [as_before(event, place.keys) for event in LIFE[:6]])
    ledger.append(LIFE[6:])
    assert ledger.passed("ann", KINDS, 99) == pasts(LIFE)
    assert [stored.event for stored in ledger.about("ann")] == list(LIFE)


def test_what_is_too_long_for_an_index_is_read_from_its_body(place: Place) -> None:  # noqa: F811
    ledger = place.open()
    life = [made.decision("2026-05-01", inputs={"said": "x" * size}) for size in (LONGEST // 3, LONGEST, 9 * LONGEST)]
    ledger.append(life)
    with ledger.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM events WHERE gist IS NULL")).scalar() == 2
    assert sorted(ledger.passed("ann", KINDS, 99)) == sorted(pasts(life))


def test_a_gist_of_a_form_that_is_not_known_is_read_from_the_body(place: Place) -> None:  # noqa: F811
    ledger = place.open()
    ledger.append(LIFE)
    change(ledger, gist=b"2 of a newer Leeway")
    assert ledger.passed("ann", KINDS, 99) == pasts(LIFE)


def test_of_somebody_whose_key_goes_while_they_are_read_nothing_personal_is_left(place: Place) -> None:  # noqa: F811
    ledger = place.open()
    ledger.append(LIFE[:1])
    reference = place.keys.reference("ann")
    place.keys.gone.add(reference)
    (found,) = ledger.passed("ann", KINDS, 99)
    assert isinstance(found, Decided)
    assert (found.inputs, found.action) == ({}, "credit")


def test_a_question_that_is_not_answered_is_unavailable_and_then_is_not(place: Place) -> None:  # noqa: F811
    ledger = place.open()
    ledger.append(LIFE)
    rename(ledger, "events", "away")
    with pytest.raises(LedgerUnavailable):
        ledger.passed("ann", KINDS, 99)
    with pytest.raises(LedgerUnavailable), ledger.at_once() as reader:
        reader.granted("a-1", None, [0])
    rename(ledger, "away", "events")
    with ledger.at_once() as reader:
        assert reader.granted("a-1", None, [0]) == {"agent": [{"credit": 3}]}
        assert reader.passed("ann", KINDS, 99) == pasts(LIFE)
    ledger.close()
    with pytest.raises(LedgerClosed):
        ledger.passed("ann", KINDS, 99)
    with pytest.raises(LedgerClosed), ledger.at_once():
        pass


def rename(ledger: Ledger, old: str, new: str) -> None:
    with ledger.engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))


@pytest.mark.parametrize("gist", [b"1[]\n", b"1no json", b'1{"a": 1}\n', b"1[1,2,3,4,5,6,7,8]\n"])
def test_a_gist_that_is_none_and_an_event_of_a_newer_version_are_told(in_sqlite: Place, gist: bytes) -> None:  # noqa: F811
    ledger = in_sqlite.open()
    ledger.append(LIFE[1:2])
    change(ledger, gist=gist)
    with pytest.raises(UnknownEvent):
        ledger.passed("ann", KINDS, 99)
    change(ledger, version=2)
    with pytest.raises(UnknownEvent, match="version 2"):
        ledger.passed("ann", KINDS, 99)


def test_a_gist_says_nothing_personal_in_the_clear() -> None:
    keys, secret = Keys(), "canary"
    life = [event.model_copy(update={"customer": secret}) for event in LIFE]
    for event in life:
        said = {name: {"of": secret} for name in ("inputs", "case", "data") if hasattr(event, name)}
        said |= {
            name: secret for name in ("reason", "note", "text") if hasattr(event, name) and event.kind != "outreach"
        }
        row = prepared(event.model_copy(update=said), keys).values
        assert [name for name, value in row.items() if secret in str(value)] == []


@pytest.fixture
def desk(place: Place, tmp_path: Any) -> Any:  # noqa: F811 - the fixture
    """Give a desk whose signals speak of contacts, its own events, promises, decisions and grants."""
    with opened(place, pack(tmp_path / "tiny", **{SIGNALS[0]: SIGNALS[1]})) as found:
        yield found


SIGNALS = (
    "signals:\n",
    """signals:
  moving: {title: Moving, count: {of: moved, at_least: 1, same: to}, within: P90D}
  owed: {title: Owed, after: promise_made, missing: promise_kept, same: promise, within: due}
  asking: {title: Asking, count: {of: decision, at_least: 2, same: action}, within: P90D}
  giving: {title: Giving, count: {of: grant, at_least: 1, same: amount}, within: P90D}
  answered: {title: Answered, count: {of: outcome, at_least: 1, same: outcome}, within: P90D}
""",
)


def lived(desk: Desk) -> None:
    """Have a customer ask, take, call and move."""
    for number, topic in enumerate(("router", "line", "router")):
        at = NOON.replace(hour=number + 1)
        recorded(desk.ledger, desk.release, ContactEvent(id=f"c{number}", at=at, customer="C-1", topic=topic))
        decided(desk, asked(f"d{number}", amount=str(5 + number), at=at))
        settled(desk, f"d{number}", taken(f"o{number}", "declined" if number == 1 else "accepted", at))
    recorded(
        desk.ledger, desk.release, CustomerEvent(id="m", at=NOON, customer="C-1", name="moved", data={"to": "Rome"})
    )


def test_signals_are_seen_in_the_ledger_as_in_a_request_that_tells_the_same(desk: Desk) -> None:
    lived(desk)
    request = asked("next", at=NOON.replace(day=20))
    told = [given_of(stored.event) for stored in desk.ledger.about("C-1")]
    given = [GivenEvent.model_validate(one) for one in told if one is not None]
    seen = case_of(desk.release, request.model_copy(update={"events": given}), "next")
    found = remembered(desk.ledger, desk.release, request).request
    assert found.signals == as_given(desk.release, "signals", seen.inputs["signals"])
    assert remembered(desk.ledger, desk.release, request).case == case_of(desk.release, found, "next")
    assert found.signals is not None
    assert [name for name, one in found.signals.items() if one["active"]] == [
        "moving", "owed", "asking", "giving", "answered",
    ]  # fmt: skip


def test_of_an_event_only_what_signals_compare_must_be_as_the_pack_declares_it_now(desk: Desk) -> None:
    for id_, data in (("a", {"to": "Rome", "gone": 1}), ("b", {"to": 5}), ("c", {"gone": 1})):
        desk.ledger.append([CustomerEvent(id=id_, at=NOON, customer="C-1", name="moved", pack="tiny", data=data)])
    found = remembered(desk.ledger, desk.release, asked("next", at=NOON.replace(day=20))).request
    assert found.signals is not None
    assert found.signals["moving"]["events"] == ["a"]


def test_what_a_request_tells_is_seen_beside_what_the_ledger_has(desk: Desk) -> None:
    lived(desk)
    at = NOON.replace(day=5)
    again = {"kind": "contact", "at": at.isoformat(), "topic": "router"}
    request = asked(
        "next", at=NOON.replace(day=6), events=[again, {**again, "id": "c0"}], signals={"owed": {"active": False}}
    )
    found = remembered(desk.ledger, desk.release, request).request
    assert found.events is None
    assert found.signals is not None
    assert (found.signals["again"]["active"], found.signals["again"]["count"]) == (True, 3)
    assert found.signals["owed"] == {"active": False}


def test_much_is_read_part_by_part_with_the_same_answer(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    lived(desk)
    request = asked("next", at=NOON.replace(day=20))
    at_once = remembered(desk.ledger, desk.release, request)
    monkeypatch.setattr(remembering, "MOST_AT_ONCE", 3)
    assert remembered(desk.ledger, desk.release, request) == at_once
    assert len(at_once.request.history or ()) == 3
    monkeypatch.setattr(remembering, "MOST_BINDING", 3)
    unknown = remembered(desk.ledger, desk.release, request)
    assert (unknown.request.history, unknown.request.promises, unknown.promises) == (None, None, ())
    assert unknown.request.signals == at_once.request.signals
