"""What became of decisions, over HTTP."""

from __future__ import annotations

from ledgers import in_sqlite, place  # noqa: F401 - fixtures
from serving_desk import pack
from web_desk import Web, web, web_in_sqlite  # noqa: F401 - fixtures

from schemas.request import Agent


def test_an_offer_that_is_taken_is_granted_and_promised_once(web: Web) -> None:  # noqa: F811 - the fixture
    id_ = web.decide("20")["id"]
    taken = {"id": "o-1", "outcome": "accepted", "amount": "15"}
    first = web.post(f"/v1/decisions/{id_}/outcome", taken)
    assert first.status_code == 200
    outcome, grant, promise = first.json["events"]
    assert [one["kind"] for one in (outcome, grant, promise)] == ["outcome", "grant", "promise_made"]
    assert (outcome["id"], outcome["customer"], outcome["data"]["amount"]) == ("o-1", "C-1", "15.00")
    assert (grant["data"]["amount"], grant["data"]["agent"]["id"]) == ("15.00", "kim")
    assert promise["data"]["due"] == "2026-03-07"
    web.clock.move(hours=1)
    assert web.post(f"/v1/decisions/{id_}/outcome", taken).json == first.json
    other = web.post(f"/v1/decisions/{id_}/outcome", {**taken, "id": "o-2"})
    assert (other.status_code, other.json["type"]) == (409, "/problems/already-granted")
    assert web.decide("40")["offer"]["amount"] == "25.00"


def test_an_offer_may_be_declined_postponed_or_overridden_with_a_reason(web_in_sqlite: Web) -> None:  # noqa: F811
    web = web_in_sqlite  # noqa: F811
    path = f"/v1/decisions/{web.decide('20')['id']}/outcome"
    no = web.post(path, {"outcome": "declined", "reason": "no need"}).json
    assert [(one["kind"], one["data"].get("reason")) for one in no["events"]] == [("outcome", "no need")]
    later = web.post(path, {"outcome": "postponed", "stands_until": "2026-03-09"}).json
    assert [one["kind"] for one in later["events"]] == ["outcome", "promise_made"]
    unsaid = web.post(path, {"outcome": "overridden", "amount": "90"})
    assert (unsaid.status_code, unsaid.json["errors"][0]["pointer"]) == (422, "/reason")
    done = web.post(path, {"outcome": "overridden", "amount": "90", "reason": "a promise by phone"}).json
    assert next(one["data"]["amount"] for one in done["events"] if one["kind"] == "grant") == "90.00"
    wrong = web.post(path, {"outcome": "accepted", "amount": "21"})
    assert (wrong.status_code, wrong.json["type"]) == (422, "/problems/above-offer")


def test_an_outcome_happens_about_now_unless_the_caller_may_say_any_moment(web_in_sqlite: Web) -> None:  # noqa: F811
    web = web_in_sqlite  # noqa: F811
    web.caller("kim", "decide", roles=frozenset({"agent"}))
    path = f"/v1/decisions/{web.decide('20')['id']}/outcome"
    early = {"outcome": "declined", "at": "2026-03-04T11:00:00Z"}
    refused = web.post(path, early, by="kim")
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/at")
    assert web.post(path, {**early, "at": "2026-03-04T11:56:00Z"}, by="kim").status_code == 200
    assert web.post(path, early).json["events"][0]["at"] == "2026-03-04T11:00:00Z"


def test_an_outcome_is_for_those_for_whom_there_is_the_decision(web_in_sqlite: Web) -> None:  # noqa: F811
    web = web_in_sqlite  # noqa: F811
    path = f"/v1/decisions/{web.decide('20')['id']}"
    bot = web.caller("bot", "decide", roles=frozenset({"ai"}), agent=Agent(id="bot-1"))
    no = {"outcome": "declined"}
    for by, body, status in (
        (web.caller("elsewhere", "decide", packs=frozenset({"other"})), no, 404),
        (web.caller("another", "decide", customer="C-2"), no, 404),
        (web.caller("listener", "record", "audit"), no, 403),
        (bot, {**no, "agent": {"id": "kim"}}, 403),
        (bot, {**no, "agent": {"role": "boss"}}, 403),
        (bot, no, 200),
    ):
        assert web.post(f"{path}/outcome", body, by=by).status_code == status
    assert web.post("/v1/decisions/d-none/outcome", no).status_code == 404
    assert web.post(f"{path}:replay", by=bot).status_code == 403


def test_what_is_granted_is_on_the_account_of_who_was_told_so(web_in_sqlite: Web) -> None:  # noqa: F811
    web, bot = web_in_sqlite, {"role": "ai", "id": "bot-1"}  # noqa: F811
    for number in (1, 2):
        id_ = web.decide("10", agent=bot, customer=f"C-{number}")["id"]
        said = {"outcome": "accepted", "agent": {"id": f"desk-{number}"}}
        outcome, grant, *_ = web.post(f"/v1/decisions/{id_}/outcome", said).json["events"]
        assert (outcome["data"]["agent"]["id"], grant["data"]["agent"]["id"]) == (f"desk-{number}", "bot-1")
    assert web.decide("10", agent=bot, customer="C-3")["within_authority"] == "5.00"


def test_a_moment_that_is_over_makes_no_room_for_another_grant(web_in_sqlite: Web) -> None:  # noqa: F811
    web, before = web_in_sqlite, "2026-03-04T11:56:00Z"  # noqa: F811
    first = web.decide("40")["id"]
    assert web.post(f"/v1/decisions/{first}/outcome", {"outcome": "accepted"}).status_code == 200
    second = web.decide("40", now=before)
    assert second["verdict"] == "approve"
    refused = web.post(f"/v1/decisions/{second['id']}/outcome", {"outcome": "accepted", "at": before})
    assert (refused.status_code, refused.json["type"]) == (409, "/problems/no-longer-granted")
    assert refused.json["decision"]["verdict"] == "decline"


def test_a_decision_is_decided_again_by_the_policy_of_then_and_of_now(web_in_sqlite: Web) -> None:  # noqa: F811
    web = web_in_sqlite  # noqa: F811
    auditor = web.caller("auditor", "audit", roles=frozenset())
    given = web.decide("20")
    first = web.post(f"/v1/decisions/{given['id']}:replay", by=auditor).json
    assert (first["same"], first["differences"], first["then"]["id"]) == (True, [], given["id"])
    pack(web.packs / "tiny", limit=15)
    assert web.service.packs.reload()
    later = web.post(f"/v1/decisions/{given['id']}:replay", by=auditor).json
    assert (later["same"], later["now"]["verdict"]) == (True, "counter")
    assert later["differences"][0] == {"what": "verdict", "then": "approve", "now": "counter"}
