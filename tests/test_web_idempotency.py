"""Requests that are sent again with their `Idempotency-Key`."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from contextlib import closing, contextmanager
from typing import Any

import pytest
from ledgers import Place, in_sqlite, place  # noqa: F401 - fixtures
from serving_desk import pack
from sqlalchemy import text
from test_ledger_faults import locked
from web_desk import Web, ask, web, web_in_sqlite  # noqa: F401 - fixtures
from werkzeug.test import TestResponse

from api.serving import repeating
from api.serving.repeating import OtherRequest, Repeats, Turn, UnderWay, Unkept

ESCALATED = {"agent": {"role": "ai", "id": "bot"}}
CONTACT = {"kind": "contact", "topic": "router", "customer": "C-1"}


def events_in(web: Web) -> int:  # noqa: F811 - not the fixture
    return web.service.memory.ledger.counts.committed


def sent(web: Web, path: str, body: Any, key: str = "k1", **more: Any) -> TestResponse:  # noqa: F811
    return web.post(path, body, Idempotency_Key=key, **more)


def same_again(web: Web, path: str, body: Any, key: str = "k1") -> dict[str, Any]:  # noqa: F811
    """Return what is answered to a request, twice, an hour apart; the second writes nothing."""
    first = sent(web, path, body, key)
    written = events_in(web)
    web.clock.move(hours=1)
    again = sent(web, path, body, key)
    assert (again.status_code, again.data) == (first.status_code, first.data)
    assert events_in(web) == written
    assert first.status_code in (200, 201), first.text
    found = first.json
    assert found is not None
    return found


def test_a_write_that_is_sent_again_is_done_once_and_answered_the_same(web: Web) -> None:  # noqa: F811 - the fixture
    given = same_again(web, "/v1/decisions?explain=true", ask())
    same_again(web, "/v1/decisions", ask("20", **ESCALATED), "escalated")
    both = {**ask(), "ask": None, "asks": [{"action": "credit", "amount": "5"}, {"action": "call"}]}
    same_again(web, "/v1/decisions", {**both, "all_or_nothing": True}, "several")
    same_again(web, "/v1/decisions", {**ask(), "id": "mine"}, "with-id")
    batch = same_again(web, "/v1/decisions:batch", {"requests": [ask("1"), {}, both, ask("1")]}, "batch")
    assert [one.get("status") for one in batch["items"]] == [None, 422, None, None]
    assert batch["items"][0]["id"] != batch["items"][3]["id"]
    settled = same_again(web, f"/v1/decisions/{given['id']}/outcome", {"outcome": "accepted"}, "outcome")
    assert [one["kind"] for one in settled["events"]] == ["outcome", "grant", "promise_made"]
    same_again(web, "/v1/events", CONTACT, "event")
    several = same_again(web, "/v1/events", {"events": [CONTACT, CONTACT]}, "events")
    assert len({one["id"] for one in several["events"]}) == 2


def test_it_is_answered_the_same_when_the_customer_has_moved_on(web_in_sqlite: Web) -> None:  # noqa: F811
    web = web_in_sqlite  # noqa: F811
    first = sent(web, "/v1/decisions", ask("20"))
    path = f"/v1/decisions/{first.json['id']}/outcome"
    postponed = sent(web, path, {"outcome": "postponed", "stands_until": "2026-03-10"}, "postponed")
    assert [one["kind"] for one in postponed.json["events"]] == ["outcome", "promise_made"]
    declined = sent(web, path, {"outcome": "declined"}, "declined")
    assert [one["kind"] for one in declined.json["events"]] == ["outcome", "promise_kept"]
    standing = {"outcome": "postponed", "stands_until": "2026-03-09"}
    late = sent(web, path, standing, "later")
    assert [one["kind"] for one in late.json["events"]] == ["outcome", "promise_made"]
    taken = sent(web, path, {"outcome": "accepted"}, "taken")
    kinds = ["outcome", "promise_kept", "grant", "promise_made"]
    assert [one["kind"] for one in taken.json["events"]] == kinds
    for number in range(3):
        web.post("/v1/events", CONTACT)
        web.decide(str(number + 1))
    web.clock.move(hours=2)
    written = events_in(web)
    assert sent(web, "/v1/decisions", ask("20")).data == first.data
    assert sent(web, path, {"outcome": "postponed", "stands_until": "2026-03-10"}, "postponed").data == postponed.data
    assert sent(web, path, {"outcome": "declined"}, "declined").data == declined.data
    assert sent(web, path, standing, "later").data == late.data
    assert sent(web, path, {"outcome": "accepted"}, "taken").data == taken.data
    assert events_in(web) == written


def test_a_kept_promise_is_told_in_the_same_words_again(web_in_sqlite: Web) -> None:  # noqa: F811 - the fixture
    web = web_in_sqlite  # noqa: F811
    given = web.decide("20")
    web.post(f"/v1/decisions/{given['id']}/outcome", {"outcome": "accepted"})
    web.clock.move(hours=1)
    body = ask("20", good=False)
    first = sent(web, "/v1/decisions?explain=true", body)
    assert (first.json["verdict"], first.json["honours"]) == ("approve", given["id"])
    assert "Already promised" in first.json["texts"]["agent"]
    web.clock.move(hours=20)
    assert sent(web, "/v1/decisions?explain=true", body).data == first.data
    told = web.get(f"/v1/decisions/{first.json['id']}/explanation").json
    assert told["text"] == first.json["texts"]["agent"]
    both = {**body, "ask": None, "asks": [body["ask"], {"action": "call"}]}
    several = same_again(web, "/v1/decisions", both, "several")
    assert [one["honours"] for one in several["decisions"]] == [given["id"], None]


def test_the_policy_may_change_between(web_in_sqlite: Web) -> None:  # noqa: F811 - the fixture
    web = web_in_sqlite  # noqa: F811
    first = sent(web, "/v1/decisions?explain=true", ask("20"))
    pack(web.packs / "tiny", 10)
    assert web.service.packs.reload()
    assert web.decide("20")["verdict"] != "approve"
    assert sent(web, "/v1/decisions?explain=true", ask("20")).data == first.data


def test_a_key_is_of_one_request_and_one_caller(web_in_sqlite: Web) -> None:  # noqa: F811 - the fixture
    web = web_in_sqlite  # noqa: F811
    first = sent(web, "/v1/decisions", ask("20"))
    for path, body in (
        ("/v1/decisions", ask("21")),
        ("/v1/decisions?explain=true", ask("20")),
        ("/v1/decisions:batch", ask("20")),
    ):
        answer = sent(web, path, body)
        assert (answer.status_code, answer.json["type"]) == (422, "/problems/key-reused")
    other = web.caller("other", "decide", roles=frozenset({"agent"}))
    assert sent(web, "/v1/decisions", ask("20"), by=other).json["id"] != first.json["id"]
    web.clock.move(hours=24, seconds=1)
    assert sent(web, "/v1/decisions", ask("21")).json["id"] != first.json["id"]


def test_only_visible_characters_are_a_key(web_in_sqlite: Web) -> None:  # noqa: F811 - the fixture
    for key in ("", "a b", "x" * 256, "schlüssel"):
        answer = sent(web_in_sqlite, "/v1/decisions", ask(), key)
        assert (answer.status_code, answer.json["type"]) == (400, "/problems/wrong-idempotency-key")
    for key in ('"8e03978e-40d5-43dd-bc93-6894a57f9324"', "x" * 255):
        assert sent(web_in_sqlite, "/v1/decisions", ask(), key).status_code == 200


def test_what_was_refused_may_be_sent_again_and_be_another(web_in_sqlite: Web) -> None:  # noqa: F811 - the fixture
    web = web_in_sqlite  # noqa: F811
    assert sent(web, "/v1/decisions", {**ask(), "colour": "red"}).status_code == 422
    web.clock.move(minutes=2)
    given = sent(web, "/v1/decisions", ask())
    assert (given.status_code, given.json["now"]) == (200, "2026-03-04T12:02:00+00:00")
    assert sent(web, "/v1/decisions", {**ask(), "colour": "red"}).json["type"] == "/problems/key-reused"


def test_what_could_not_be_written_is_done_when_it_is_sent_again(
    web_in_sqlite: Web,  # noqa: F811 - the fixture
    in_sqlite: Place,  # noqa: F811 - the fixture
) -> None:
    web = web_in_sqlite  # noqa: F811
    web.decide()
    with locked(in_sqlite):
        refused = sent(web, "/v1/decisions", ask("7"))
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "2")
    web.service.memory.ledger._writer.pace.succeeded()
    web.clock.move(seconds=3)
    given = sent(web, "/v1/decisions", ask("7"))
    assert (given.status_code, given.json["now"]) == (200, "2026-03-04T12:00:00+00:00")
    assert sent(web, "/v1/decisions", ask("7")).data == given.data


def test_one_that_is_being_answered_is_not_answered_twice(web_in_sqlite: Web) -> None:  # noqa: F811 - the fixture
    web = web_in_sqlite  # noqa: F811
    begun, go_on = threading.Event(), threading.Event()

    def wait(_: Any) -> tuple[()]:
        begun.set()
        assert go_on.wait(30)
        return ()

    with ThreadPoolExecutor(3) as pool:
        pool.submit(web.service.memory.ledger.transact, wait)
        assert begun.wait(30)
        both = [pool.submit(sent, web, "/v1/decisions", ask()) for _ in range(2)]
        quick, slow = wait_for(both, return_when=FIRST_COMPLETED, timeout=30)
        go_on.set()
    (answer,), (other,) = quick, slow
    refused = answer.result()
    assert (refused.status_code, refused.json["type"]) == (409, "/problems/under-way")
    assert refused.headers["Retry-After"] == "1"
    assert other.result().status_code == 200
    assert sent(web, "/v1/decisions", ask()).data == other.result().data


def test_an_answer_that_was_never_ended_is_begun_again_after_a_minute(
    web_in_sqlite: Web,  # noqa: F811 - the fixture
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    web = web_in_sqlite  # noqa: F811
    with monkeypatch.context() as patched:
        patched.setattr(repeating, "GIVE_BACK", "UPDATE nothing SET lease = 0")
        first = sent(web, "/v1/decisions", ask())
    assert first.status_code == 200
    assert "counts as being answered still" in caplog.text
    assert sent(web, "/v1/decisions", ask()).status_code == 409
    web.clock.move(seconds=61)
    assert sent(web, "/v1/decisions", ask()).data == first.data


def test_where_it_cannot_be_kept_that_it_was_sent_nothing_is_done(
    web_in_sqlite: Web,  # noqa: F811 - the fixture
    in_sqlite: Place,  # noqa: F811 - the fixture
) -> None:
    web, beside = web_in_sqlite, in_sqlite.folder / "ledger-requests.db"  # noqa: F811
    assert sent(web, "/v1/decisions", ask()).status_code == 200
    assert beside.stat().st_mode & 0o777 == 0o600
    written = events_in(web)
    with locked(Place(f"sqlite:///{beside}", in_sqlite.folder)):
        answer = sent(web, "/v1/decisions", ask(), "k2")
        assert (answer.status_code, answer.json["type"]) == (503, "/problems/requests-unkept")
        assert answer.headers["Retry-After"] == "2"
        assert events_in(web) == written
        assert web.post("/v1/decisions", ask()).status_code == 200
    assert sent(web, "/v1/decisions", ask(), "k2").status_code == 200


def test_after_an_erasure_nothing_is_told_to_one_who_sends_again(web_in_sqlite: Web) -> None:  # noqa: F811
    web = web_in_sqlite  # noqa: F811
    given = sent(web, "/v1/decisions", ask(), "decision").json
    path = f"/v1/decisions/{given['id']}/outcome"
    sent(web, path, {"outcome": "declined", "reason": "too late"}, "outcome")
    sent(web, "/v1/events", CONTACT, "event")
    assert web.call("DELETE", "/v1/customers/C-1", Idempotency_Key="erasure").status_code == 204
    written = events_in(web)
    for _ in range(2):
        assert web.call("DELETE", "/v1/customers/C-1", Idempotency_Key="erasure").status_code == 204
        assert sent(web, "/v1/decisions", ask(), "decision").status_code == 410
        assert sent(web, path, {"outcome": "declined", "reason": "too late"}, "outcome").status_code == 410
        assert sent(web, "/v1/events", CONTACT, "event").status_code == 410
    assert web.post(path, {"outcome": "declined"}).status_code == 410
    assert events_in(web) == written
    assert web.service.memory.vault.known("C-1") is None
    told = web.get("/openapi.json").json["paths"]
    for address in ("/v1/decisions", "/v1/decisions/{id}/outcome", "/v1/events"):
        assert "410" in told[address]["post"]["responses"]


@contextmanager
def remembering(place: Place) -> Iterator[tuple[Repeats, Repeats]]:  # noqa: F811 - not the fixture
    """Yield what two processes that share a ledger remember by."""
    with closing(Repeats(place.url)) as one, closing(Repeats(place.url)) as other:
        yield one, other


def test_processes_that_share_a_ledger_share_what_was_sent(place: Place) -> None:  # noqa: F811 - the fixture
    with remembering(place) as (one, other):
        turn = one.begin(b"key", b"said", 1_000)
        assert turn == Turn(b"key", 1_000, 1)
        with pytest.raises(UnderWay):
            other.begin(b"key", b"said", 2_000)
        with pytest.raises(OtherRequest):
            other.begin(b"key", b"else", 2_000)
        one.end(turn, keep=True)
        again = other.begin(b"key", b"said", 3_000)
        assert again == Turn(b"key", 1_000, 2)
        other.end(again, keep=False)
        assert one.begin(b"key", b"else", 4_000) == Turn(b"key", 4_000, 1)


def test_a_turn_that_was_given_to_another_is_not_ended_by_who_had_it(place: Place) -> None:  # noqa: F811
    with remembering(place) as (one, other):
        slow = one.begin(b"key", b"said", 0)
        taken = other.begin(b"key", b"said", repeating.LEASE)
        assert taken.number == 2
        for keep in (True, False):
            one.end(slow, keep)
            with pytest.raises(UnderWay):
                one.begin(b"key", b"said", repeating.LEASE + 1)


def rows(place: Place, repeats: Repeats) -> int:  # noqa: F811 - not the fixture
    with repeats._database.reading.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM requests")).scalar_one())


def test_what_is_a_day_old_is_forgotten_and_there_are_never_too_many(
    place: Place,  # noqa: F811 - the fixture
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with remembering(place) as (one, _):
        for number in range(100):
            one.end(one.begin(f"old {number}".encode(), b"", number), keep=True)
        assert rows(place, one) == 100
        assert one.begin(b"old 99", b"other", repeating.LIFE + 99).first == repeating.LIFE + 99
        later = 2 * repeating.LIFE
        for number in range(100):
            one.end(one.begin(f"new {number}".encode(), b"", later), keep=True)
        assert rows(place, one) == 101
        monkeypatch.setattr(repeating, "MOST", 20)
        for number in range(32):
            one.end(one.begin(f"more {number}".encode(), b"", later), keep=True)
        assert 20 <= rows(place, one) <= 20 + repeating.EVERY
        assert one.begin(b"more 31", b"", later).number == 2


def test_nothing_is_kept_where_there_is_no_room(in_sqlite: Place) -> None:  # noqa: F811 - the fixture
    file = in_sqlite.folder / "ledger-requests.db"
    with closing(Repeats(in_sqlite.url)) as repeats:
        file.mkdir()
        with pytest.raises(Unkept):
            repeats.begin(b"key", b"said", 0)
        file.rmdir()
        assert repeats.begin(b"key", b"said", 0).number == 1
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("DROP TABLE requests")
        with pytest.raises(Unkept):
            repeats.begin(b"key", b"said", 0)
        assert repeats.begin(b"key", b"said", 0).number == 1
