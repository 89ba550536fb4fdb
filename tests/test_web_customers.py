"""One customer over HTTP: promises, timeline, erasure."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from ledgers import in_sqlite, place  # noqa: F401 - fixtures
from web_desk import Web, web, web_in_sqlite  # noqa: F401 - fixtures

from api.ledger.reading import Query
from api.ledger.verifying import verify

STRANGE = ("a/b", "/a//b/", "a/promises", "%2F", "ä ö?#&+%", "a\nb", "../..", "C-1/timeline", "名")
"""Ids of customers that do not look like a part of an address."""


def contact(web: Web, customer: str, **more: Any) -> str:  # noqa: F811 - not the fixture
    answer = web.post("/v1/events", {"kind": "contact", "topic": "bill", "customer": customer, **more})
    assert answer.status_code == 201
    return str(answer.json["id"])


def timeline(web: Web, customer: str, query: str = "", **more: Any) -> list[dict[str, Any]]:  # noqa: F811
    answer = web.get(f"/v1/customers/{quote(customer, safe='')}/timeline{query}", **more)
    assert answer.status_code == 200, answer.text
    return list(answer.json["events"])


def accepted(web: Web, **more: Any) -> list[dict[str, Any]]:  # noqa: F811
    """Return what it left behind that an offer was accepted."""
    given = web.decide("20", **more)
    return list(web.post(f"/v1/decisions/{given['id']}/outcome", {"outcome": "accepted"}).json["events"])


def test_promises_are_listed_as_they_stand(web_in_sqlite: Web) -> None:  # noqa: F811 - the fixture
    web = web_in_sqlite  # noqa: F811
    made = accepted(web)[2]
    (promise,) = web.get("/v1/customers/C-1/promises").json["promises"]
    assert promise == {
        "id": made["id"],
        "customer": "C-1",
        "pack": "tiny",
        "action": "credit",
        "what": "paid",
        "decision": made["data"]["decision"],
        "amount": "20.00",
        "currency": "EUR",
        "owner": "",
        "made": "2026-03-04T12:00:00Z",
        "due": "2026-03-07",
        "state": "open",
        "late": False,
    }
    web.clock.move(days=4)
    assert [one["state"] for one in web.get("/v1/customers/C-1/promises").json["promises"]] == ["broken"]
    web.post("/v1/events", {"kind": "promise_kept", "promise": made["id"]})
    (promise,) = web.get("/v1/customers/C-1/promises").json["promises"]
    assert (promise["state"], promise["late"]) == ("kept", True)
    assert web.get("/v1/customers/nobody/promises").json == {"promises": []}


def test_a_timeline_is_the_newest_first_and_goes_on_where_it_ended(web: Web) -> None:  # noqa: F811 - the fixture
    ids = [contact(web, "C-1", note=f"call {number}") for number in range(3)]
    web.clock.move(minutes=1)
    given = web.decide("20", id="mine")
    web.clock.move(minutes=1)
    ids += [contact(web, "C-1") for _ in range(2)]
    contact(web, "C-2")
    everything = timeline(web, "C-1")
    assert [one["kind"] for one in everything] == ["contact"] * 2 + ["decision"] + ["contact"] * 3
    assert {one["id"] for one in everything} == {*ids, given["id"]}
    assert sorted(one["data"]["note"] for one in everything[3:]) == ["call 0", "call 1", "call 2"]
    decision = everything[2]["data"]
    assert (decision["action"], decision["inputs"]) == ("credit", {"about": None})
    assert not {"case", "digest"} & decision.keys()
    pages, more = [], ""
    while more is not None:
        page = web.get(f"/v1/customers/C-1/timeline?limit=2{more}").json
        pages.append([one["id"] for one in page["events"]])
        more = page["next"] and f"&before={page['next']}"
    assert pages == [[one["id"] for one in everything[at : at + 2]] for at in (0, 2, 4)]
    assert [one["id"] for one in timeline(web, "C-1", "?kind=decision&kind=outcome")] == [given["id"]]
    assert timeline(web, "nobody") == []


def test_what_is_asked_wrongly_of_a_timeline_is_told(web_in_sqlite: Web) -> None:  # noqa: F811 - the fixture
    wrong = ("limit=0", "limit=201", "limit=ten", "limit=", "before=there", "before=MTI", "before=%C3%A9", "kind=none")
    for query in (*wrong, "after=x"):
        answer = web_in_sqlite.get(f"/v1/customers/C-1/timeline?{query}")
        assert (answer.status_code, answer.mimetype) == (422, "application/problem+json"), query
    assert web_in_sqlite.get("/v1/customers/C-1/promises?due=x").status_code == 422


def test_an_erased_customer_is_one_of_whom_nothing_is_known(web: Web) -> None:  # noqa: F811 - the fixture
    given = accepted(web, customer="C-9")[0]["data"]["decision"]
    contact(web, "C-9", note="said it")
    contact(web, "C-1")
    for reason in ("?reason=they+asked+for+it", ""):
        answer = web.call("DELETE", f"/v1/customers/C-9{reason}", by=web.caller("dpo", "admin"))
        assert (answer.status_code, answer.data) == (204, b"")
    assert timeline(web, "C-9") == []
    assert web.get("/v1/customers/C-9/promises").json == {"promises": []}
    for path in (f"/v1/decisions/{given}", f"/v1/decisions/{given}/explanation"):
        assert web.get(path).status_code == 410
    assert len(timeline(web, "C-1")) == 1
    ledger, vault = web.service.memory.ledger, web.service.memory.vault
    erasures = [one.event for one in ledger.events(Query(kinds=("erasure",)))]
    assert [(one.events, one.reason) for one in erasures] == [(5, "they asked for it")]
    assert vault.notices() == {}
    assert verify(ledger.database, {}, vault=vault).findings == ()
    answer = web.call("DELETE", "/v1/customers/C-1?reason=C-1+asked")
    assert (answer.status_code, answer.json["type"]) == (422, "/problems/erasure-refused")
    assert len(timeline(web, "C-1")) == 1


def test_any_characters_may_be_a_customers_id(web_in_sqlite: Web) -> None:  # noqa: F811 - the fixture
    web = web_in_sqlite  # noqa: F811
    for customer in STRANGE:
        web.decide(customer=customer)
        contact(web, customer)
    for customer in STRANGE:
        there = timeline(web, customer)
        assert [one["customer"] for one in there] == [customer] * 2, customer
        assert web.get(f"/v1/customers/{quote(customer, safe='')}/promises").status_code == 200
        assert web.call("DELETE", f"/v1/customers/{quote(customer, safe='')}").status_code == 204
        assert timeline(web, customer) == []
        assert web.service.memory.vault.known(customer) is None
    assert web.call("DELETE", "/v1/customers/").status_code == 404


def test_what_is_listed_of_a_customer_is_not_deleted(web_in_sqlite: Web) -> None:  # noqa: F811 - the fixture
    web = web_in_sqlite  # noqa: F811
    accepted(web)
    before = timeline(web, "C-1")
    for what in ("promises", "timeline"):
        answer = web.call("DELETE", f"/v1/customers/C-1/{what}")
        assert (answer.status_code, answer.mimetype) == (405, "application/problem+json")
        assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert timeline(web, "C-1") == before != []
    assert web.service.memory.vault.known("C-1") is not None
    assert list(web.service.memory.ledger.events(Query(kinds=("erasure",)))) == []


def test_a_customer_is_there_for_those_who_may_see_them(web_in_sqlite: Web) -> None:  # noqa: F811 - the fixture
    web = web_in_sqlite  # noqa: F811
    accepted(web)
    own = web.caller("own", "decide", customer="C-1")
    other = web.caller("other", "decide", "admin", customer="C-2")
    elsewhere = web.caller("elsewhere", "audit", "admin", packs=frozenset({"other"}))
    clerk = web.caller("clerk", "record")
    for what in ("promises", "timeline"):
        path = f"/v1/customers/C-1/{what}"
        assert len(web.get(path, by=own).json[what if what == "promises" else "events"]) > 0
        assert web.get(path, by=other).status_code == 404
        assert not any(web.get(path, by=elsewhere).json.values())
        assert web.get(path, by=clerk).status_code == 403
    assert web.call("DELETE", "/v1/customers/C-1", by=own).status_code == 403
    assert web.call("DELETE", "/v1/customers/C-1", by=other).status_code == 404
    answer = web.call("DELETE", "/v1/customers/C-1", by=elsewhere)
    assert (answer.status_code, answer.json["type"]) == (403, "/problems/packs-missing")
    assert len(timeline(web, "C-1")) == 4
