"""Events as callers tell them over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from ledgers import in_sqlite  # noqa: F401 - fixture
from web_desk import Web, web_in_sqlite  # noqa: F401 - fixture

from schemas.request import Agent

CONTACT = {"kind": "contact", "topic": "router", "customer": "C-1"}
MOVED = {"kind": "customer", "name": "moved", "customer": "C-1", "data": {"to": "Bonn"}}


def test_an_event_is_kept_with_an_id_and_the_present_moment(web_in_sqlite: Web) -> None:  # noqa: F811 - the fixture
    answer = web_in_sqlite.post("/v1/events", {**CONTACT, "note": "it is broken", "agent": {"id": "kim"}})
    assert answer.status_code == 201
    assert answer.json["at"] == "2026-03-04T12:00:00Z"
    assert answer.json["id"].startswith("e-")
    assert answer.json["data"]["note"] == "it is broken"
    assert answer.json["data"]["agent"]["id"] == "kim"
    assert answer.json["data"]["pack"] == "tiny"
    ledger = web_in_sqlite.service.memory.ledger
    assert [one.event.id for one in ledger.about("C-1")] == [answer.json["id"]]
    answer = web_in_sqlite.post("/v1/events", {"kind": "insight", "insight": "INS-1", "title": "They like calls"})
    assert (answer.status_code, answer.json["customer"]) == (201, None)


def test_several_events_are_kept_all_or_none(web_in_sqlite: Web) -> None:  # noqa: F811 - the fixture
    answer = web_in_sqlite.post("/v1/events", {"events": [CONTACT, MOVED, CONTACT]})
    assert answer.status_code == 201
    ids = [one["id"] for one in answer.json["events"]]
    assert len(set(ids)) == 3
    ledger = web_in_sqlite.service.memory.ledger
    assert sorted(one.event.id for one in ledger.about("C-1")) == sorted(ids)
    wrong = {**MOVED, "data": {"to": 5}}
    answer = web_in_sqlite.post("/v1/events", {"events": [CONTACT, wrong, MOVED]})
    assert answer.status_code == 422
    assert [(one["pointer"], one["code"]) for one in answer.json["errors"]] == [("/events/1", "event-unfit")]
    assert len(ledger.about("C-1")) == 3
    assert web_in_sqlite.post("/v1/events", {"events": [CONTACT] * 101}).status_code == 422
    assert web_in_sqlite.post("/v1/events", {"events": []}).status_code == 422
    taken = [{**CONTACT, "id": "once"}, {**CONTACT, "id": ids[0], "topic": "bill"}]
    assert web_in_sqlite.post("/v1/events", {"events": taken}).status_code == 409
    assert ledger.one("once") is None


WRONG: list[tuple[Any, str, str]] = [
    ({"kind": "contact", "customer": "SECRET"}, "/topic", "missing"),
    ({**CONTACT, "topic": 5, "note": "SECRET"}, "/topic", "string-type"),
    ({**CONTACT, "SECRET": 1}, "/SECRET", "extra-forbidden"),
    ({"kind": "SECRET"}, "/kind", "unknown-kind"),
    ({"kind": "grant", "decision": "SECRET"}, "/kind", "unknown-kind"),
    ({"customer": "SECRET"}, "/kind", "unknown-kind"),
    (["SECRET"], "", "dict-type"),
    ({"events": [CONTACT, {"kind": "contact", "note": "SECRET"}]}, "/events/1/topic", "missing"),
    ({"events": [CONTACT, "SECRET"]}, "/events/1", "dict-type"),
    ({"events": [{"kind": "SECRET"}]}, "/events/0/kind", "unknown-kind"),
    ({"events": [CONTACT], "more": "SECRET"}, "/more", "extra-forbidden"),
    ({**MOVED, "name": "SECRET"}, "", "event-unfit"),
    ({**MOVED, "customer": None}, "", "event-unfit"),
    ({"kind": "promise_kept", "promise": "SECRET"}, "", "event-unfit"),
    ({"kind": "feedback", "rule": "SECRET", "helps": True}, "", "event-unfit"),
    ({**CONTACT, "at": "2026-03-04T12:06:00Z"}, "/at", "other-clock"),
    ({"events": [CONTACT, {**CONTACT, "at": "2025-03-01T12:00:00Z"}]}, "/events/1/at", "too-late"),
    ({**CONTACT, "at": "2026-03-04T12:00:00"}, "/at", "timezone-aware"),
    ({**CONTACT, "at": 1772625600}, "/at", "datetime-type"),
]


def test_what_is_no_event_is_told_by_its_place_and_never_echoed(web_in_sqlite: Web) -> None:  # noqa: F811
    for body, pointer, code in WRONG:
        answer = web_in_sqlite.post("/v1/events", body)
        assert (answer.status_code, answer.json["type"]) == (422, "/problems/invalid-request"), body
        assert [(one["pointer"], one["code"]) for one in answer.json["errors"]] == [(pointer, code)], body
        assert "SECRET" not in answer.text.replace("/SECRET", ""), body
    assert web_in_sqlite.service.memory.ledger.about("C-1") == []


def test_what_happened_before_may_be_told_late(web_in_sqlite: Web) -> None:  # noqa: F811 - the fixture
    answer = web_in_sqlite.post("/v1/events", {**CONTACT, "at": "2025-06-01T09:00:00+02:00"})
    assert (answer.status_code, answer.json["at"]) == (201, "2025-06-01T09:00:00+02:00")
    assert web_in_sqlite.post("/v1/events", {**CONTACT, "at": "2026-03-04T12:04:00Z"}).status_code == 201


def test_an_event_told_again_under_its_id_is_kept_once(web_in_sqlite: Web) -> None:  # noqa: F811 - the fixture
    first = web_in_sqlite.post("/v1/events", {**CONTACT, "id": "mine"})
    web_in_sqlite.clock.move(minutes=3)
    again = web_in_sqlite.post("/v1/events", {**CONTACT, "id": "mine"})
    assert (again.status_code, again.data) == (201, first.data)
    other = web_in_sqlite.post("/v1/events", {**CONTACT, "id": "mine", "topic": "bill"})
    assert (other.status_code, other.json["type"]) == (409, "/problems/event-conflict")
    assert len(web_in_sqlite.service.memory.ledger.about("C-1")) == 1


def test_a_caller_tells_only_of_packs_and_customers_that_are_there_for_them(web_in_sqlite: Web) -> None:  # noqa: F811
    web = web_in_sqlite
    given = web.decide()
    owed = web.post(f"/v1/decisions/{given['id']}/outcome", {"outcome": "accepted"}).json["events"]
    promise = next(one["id"] for one in owed if one["kind"] == "promise_made")
    elsewhere, other, own = (
        web.caller("elsewhere", "record", packs=frozenset({"other"})),
        web.caller("other", "record", customer="C-2"),
        web.caller("own", "record", customer="C-1"),
    )
    kept = {"kind": "promise_kept", "promise": promise}
    assert web.post("/v1/events", CONTACT, by=web.caller("reader", "decide")).status_code == 403
    for body in (CONTACT, kept):
        assert web.post("/v1/events", {**body, "pack": "tiny"}, by=elsewhere).status_code == 404
    assert web.post("/v1/events", CONTACT, by=other).status_code == 404
    assert web.post("/v1/events", {"events": [{**CONTACT, "customer": "C-2"}, CONTACT]}, by=other).status_code == 404
    unknown = web.post("/v1/events", {**kept, "promise": "none"}, by=other)
    foreign = web.post("/v1/events", kept, by=other)
    assert (foreign.status_code, foreign.json) == (unknown.status_code, unknown.json)
    assert web.post("/v1/events", CONTACT, by=own).status_code == 201
    assert web.post("/v1/events", kept, by=own).json["customer"] == "C-1"


@pytest.mark.parametrize("agent", [{"role": "boss"}, {"id": "kim"}])
def test_nobody_tells_in_anothers_name(web_in_sqlite: Web, agent: dict[str, str]) -> None:  # noqa: F811 - the fixture
    bound = web_in_sqlite.caller("bot", "record", roles=frozenset({"ai"}), agent=Agent(id="bot", team="night"))
    told = web_in_sqlite.post("/v1/events", CONTACT, by=bound).json
    assert told["data"]["agent"] == {"role": "ai", "id": "bot", "team": "night"}
    assert web_in_sqlite.post("/v1/events", {**CONTACT, "agent": agent}, by=bound).status_code == 403
