"""Writing a ledger: in order, once each, together, and exactly to a limit however many ask at once."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from ledger_events import decision
from ledgers import (  # noqa: F401 - fixtures
    Keys,
    Place,
    as_before,
    contact,
    elsewhere,
    faults_of_chains,
    grant,
    in_postgresql,
    in_sqlite,
    place,
    written,
)

from api.ledger.chain import CONTENT, GENESIS, LATER, encoded, link
from api.ledger.committing import Pen
from api.ledger.opening import Ledger, open_ledger
from api.ledger.problems import EventConflict, EventRefused, LedgerClosed, LedgerForked, LedgerUnavailable
from api.ledger.reading import Query, Transaction
from api.ledger.tables import events
from schemas.events import Event

LIMIT = 7


def ids(ledger: Ledger) -> list[str]:
    return [stored.event.id for stored in ledger.events(Query())]


def test_events_are_kept_in_the_order_they_were_handed_in(place: Place) -> None:  # noqa: F811
    ledger = place.open()
    handed_in = [contact(number) for number in random.Random(1).sample(range(1000), 600)]
    for start in range(0, 600, 150):
        ledger.append(handed_in[start : start + 150])
    assert ids(ledger) == [event.id for event in handed_in]
    assert [stored.number for stored in ledger.events(Query())] == list(range(1, 601))
    assert faults_of_chains(ledger.engine) == []


def test_the_same_event_again_is_done_and_kept_once(place: Place) -> None:  # noqa: F811
    ledger = place.open()
    ledger.append([contact(1), contact(2), contact(1)])
    ledger.append([contact(2)])
    place.open().append([contact(1)])
    assert ids(ledger) == ["contact-1", "contact-2"]
    assert ledger.counts.committed == 2


def test_a_decision_written_before_cases_were_apart_is_the_same_when_it_comes_again(place: Place) -> None:  # noqa: F811
    ledger, event = place.open(), decision("2026-05-01", inputs={"a": 1}, case={"facts": {"age": 5}})
    written(place, [as_before(event, place.keys)])
    ledger.append([event, contact(1)])
    assert ids(ledger) == [event.id, "contact-1"]
    for other in ({"case": {"facts": {"age": 6}}}, {"inputs": {"a": True}}, {"verdict": "decline"}, {"customer": None}):
        with pytest.raises(EventConflict):
            ledger.append([event.model_copy(update=other)])
    place.keys.destroy("ann")
    assert [stored.erased for stored in ledger.events(Query())] == [True, True]


@pytest.mark.parametrize(
    "other",
    [{"note": "something else"}, {"topic": "line"}, {"customer": "bob"}, {"customer": None}, {"channel": "shop"}],
)
def test_an_id_with_other_content_is_a_conflict_and_writes_nothing(place: Place, other: dict[str, Any]) -> None:  # noqa: F811
    ledger = place.open()
    ledger.append([contact(1)])
    with pytest.raises(EventConflict) as conflict:
        ledger.append([contact(2), contact(1, **other), contact(3)])
    assert conflict.value.id == "contact-1"
    assert ids(ledger) == ["contact-1"]


def test_a_conflict_fails_nobody_else_in_its_group(place: Place) -> None:  # noqa: F811
    ledger = place.open()
    ledger.append([contact(1)])

    def send(number: int) -> bool:
        try:
            ledger.append([contact(number), contact(1, topic="line")] if number % 3 == 0 else [contact(number)])
        except EventConflict:
            return False
        return True

    with ThreadPoolExecutor(30) as pool:
        done = list(pool.map(send, range(2, 92)))
    assert done == [number % 3 != 0 for number in range(2, 92)]
    assert sorted(ids(ledger)) == sorted(contact(n).id for n in range(1, 92) if n == 1 or n % 3)


def test_an_event_sent_again_after_its_customer_was_erased_is_done(place: Place) -> None:  # noqa: F811
    ledger = place.open()
    ledger.append([contact(1)])
    place.keys.destroy("ann")
    ledger.append([contact(1, note="nobody can tell any more")])
    with pytest.raises(EventConflict):
        ledger.append([contact(1, topic="line")])
    assert ids(ledger) == ["contact-1"]


@pytest.mark.parametrize(
    "refused",
    [
        grant(1, amount="5,00"),
        grant(1, amount="99999999999999999.99"),
        grant(1, inputs={"share": float("nan")}),
        contact(1, topic="a\ud800"),
        contact(1, customer="\0"),
        contact(1, session="a\0b"),
    ],
)
def test_what_cannot_be_kept_is_refused_before_anything_is_written(in_sqlite: Place, refused: Event) -> None:  # noqa: F811
    ledger = in_sqlite.open()
    with pytest.raises(EventRefused):
        ledger.append([contact(5), refused])
    assert ids(ledger) == []


def test_events_that_wait_together_are_committed_together(place: Place) -> None:  # noqa: F811
    ledger = place.open()
    held, go = threading.Event(), threading.Event()

    def hold(_: Transaction) -> Sequence[Event]:
        held.set()
        go.wait()
        return ()

    with ThreadPoolExecutor(101) as pool:
        holding = pool.submit(ledger.transact, hold)
        held.wait()
        waiting = [pool.submit(ledger.append, [contact(number)]) for number in range(100)]
        while len(ledger._writer._queue) < 100:
            pass
        go.set()
        for future in (holding, *waiting):
            future.result()
    assert ledger.counts.committed == 100
    assert ledger.counts.groups == 1


def test_more_than_a_group_holds_is_committed_in_several(place: Place) -> None:  # noqa: F811
    ledger = place.open()
    ledger.append([contact(number) for number in range(1000)])
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: ledger.append([contact(n * 100 + k) for k in range(1000, 1100)]), range(8)))
    assert ledger.counts.committed == 1800
    assert 4 <= ledger.counts.groups <= 9


def test_a_full_queue_refuses_at_once(in_sqlite: Place, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setattr("api.ledger.writing.MOST_WAITING", 3)
    ledger = in_sqlite.open()
    held, go = threading.Event(), threading.Event()

    def hold(_: Transaction) -> Sequence[Event]:
        held.set()
        go.wait()
        return ()

    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(ledger.transact, hold)
        held.wait()
        waiting = [pool.submit(ledger.append, [contact(number)]) for number in range(3)]
        while len(ledger._writer._queue) < 3:
            pass
        with pytest.raises(LedgerUnavailable) as refused:
            ledger.append([contact(9)])
        go.set()
        for future in (first, *waiting):
            future.result()
    assert refused.value.retry_after > 0
    assert sorted(ids(ledger)) == ["contact-0", "contact-1", "contact-2"]


def grant_up_to(limit: int, name: str) -> Callable[[Transaction], Sequence[Event]]:
    """Return work that grants 1 while fewer than the limit are granted."""

    def work(transaction: Transaction) -> Sequence[Event]:
        given = transaction.about("ann", kinds=["grant"])
        assert transaction.granted("kim", None, [0])["agent"][0].get("goodwill_credit", 0) == 500 * len(given)
        return [grant(name)] if len(given) < limit else []

    return work


def accept(ledger: Ledger, name: str, count: int) -> int:
    """Return how many of so many acceptances at once were granted."""
    with ThreadPoolExecutor(25) as pool:
        works = [grant_up_to(LIMIT, f"{name}-{number}") for number in range(count)]
        return sum(len(granted) for granted in pool.map(ledger.transact, works))


def test_a_hundred_acceptances_at_once_take_exactly_what_is_left(place: Place) -> None:  # noqa: F811
    ledger = place.open()
    assert accept(ledger, "a", 100) == LIMIT
    assert len(ledger.about("ann")) == LIMIT
    assert ledger.granted("kim", None, [0])["agent"][0] == {"goodwill_credit": 500 * LIMIT}


def accept_elsewhere(url: str, name: str, start: float) -> None:
    keys = Keys()
    keys.reference("ann")
    with open_ledger(url, keys) as ledger:
        while time.monotonic() < start:
            pass
        accept(ledger, name, 50)


def test_two_processes_together_take_exactly_what_is_left(place: Place) -> None:  # noqa: F811
    start = time.monotonic() + 0.5
    processes = [elsewhere(accept_elsewhere, place.url, name, start) for name in ("a", "b")]
    for process in processes:
        process.join()
    ledger = place.open()
    assert [process.exitcode for process in processes] == [0, 0]
    assert len(ids(ledger)) == LIMIT
    assert faults_of_chains(ledger.engine) == []


def test_work_sees_what_was_appended_before_it_and_is_written_with_it(place: Place) -> None:  # noqa: F811
    ledger = place.open()
    ledger.append([contact(1)])
    given = ledger.transact(lambda seen: [contact(number + 2) for number in range(len(seen.about("ann")))])
    assert [event.id for event in given] == ["contact-2"]
    assert len(ledger.transact(lambda seen: [contact(n + 10) for n, _ in enumerate(seen.events(Query()))])) == 2
    assert ids(ledger) == ["contact-1", "contact-2", "contact-10", "contact-11"]


def test_what_work_raises_reaches_its_caller_and_nothing_of_it_is_written(place: Place) -> None:  # noqa: F811
    ledger = place.open()
    ledger.append([contact(1)])

    def refuse(_: Transaction) -> Sequence[Event]:
        raise ZeroDivisionError

    with ThreadPoolExecutor(20) as pool:
        refusals = [pool.submit(ledger.transact, refuse) for _ in range(10)]
        appended = [pool.submit(ledger.append, [contact(number)]) for number in range(2, 12)]
        assert {type(refusal.exception()) for refusal in refusals} == {ZeroDivisionError}
        assert {future.exception() for future in appended} == {None}
    with pytest.raises(EventConflict):
        ledger.transact(lambda _: [contact(50), contact(1, topic="line")])
    assert sorted(ids(ledger)) == sorted(f"contact-{number}" for number in range(1, 12))


def test_work_that_asks_the_database_wrongly_fails_alone(place: Place) -> None:  # noqa: F811
    ledger = place.open()

    def wrong(seen: Transaction) -> Sequence[Event]:
        list(seen.events(Query(since=10**30)))
        raise AssertionError("no database knows such a number")

    with ThreadPoolExecutor(20) as pool:
        failing = [pool.submit(ledger.transact, wrong) for _ in range(3)]
        appended = [pool.submit(ledger.append, [contact(number)]) for number in range(10)]
        assert None not in [future.exception() for future in failing]
        assert [future.exception() for future in appended] == [None] * 10
    assert len(ids(ledger)) == 10


def test_work_cannot_wait_for_the_thread_that_runs_it(in_sqlite: Place) -> None:  # noqa: F811
    ledger = in_sqlite.open()

    def work(_: Transaction) -> Sequence[Event]:
        ledger.append([contact(1)])
        return ()

    with pytest.raises(RuntimeError, match="returns its events"):
        ledger.transact(work)


def test_each_opening_writes_a_chain_of_its_own(place: Place) -> None:  # noqa: F811
    one, other = place.open(), place.open()
    for number in range(10):
        (one if number % 2 else other).append([contact(number)])
    written = list(one.events(Query()))
    assert [stored.event.id for stored in written] == [f"contact-{number}" for number in range(10)]
    assert len({stored.writer for stored in written}) == 2
    assert faults_of_chains(one.engine) == []


def test_a_closed_ledger_says_so(in_sqlite: Place) -> None:  # noqa: F811
    ledger = in_sqlite.open()
    ledger.append([contact(1)])
    ledger.close()
    ledger.close()
    assert not ledger.ready()
    with pytest.raises(LedgerClosed):
        ledger.append([contact(2)])
    with pytest.raises(LedgerClosed):
        ledger.one("contact-1")
    assert ids(in_sqlite.open()) == ["contact-1"]


def test_closing_writes_what_waits(place: Place) -> None:  # noqa: F811
    ledger = place.open()
    held = threading.Event()

    def hold(_: Transaction) -> Sequence[Event]:
        held.set()
        while len(ledger._writer._queue) < 5:
            pass
        return [contact(99)]

    with ThreadPoolExecutor(6) as pool:
        futures = [pool.submit(ledger.transact, hold)]
        held.wait()
        futures += [pool.submit(ledger.append, [contact(number)]) for number in range(5)]
        while len(ledger._writer._queue) < 1:
            pass
        closing = pool.submit(lambda: [f.exception() for f in futures])
        closing.result()
        ledger.close()
    assert len(ids(place.open())) == 6


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_process_cannot_use_the_ledger_of_its_parent(in_sqlite: Place) -> None:  # noqa: F811
    ledger = in_sqlite.open()
    ledger.append([contact(1)])
    child = os.fork()
    if child == 0:
        refused = 0
        for attempt in (lambda: ledger.append([contact(2)]), lambda: ledger.one("contact-1"), ledger.ready):
            try:
                attempt()
            except LedgerForked:
                refused += 1
        ledger.close()
        os._exit(refused)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
    ledger.append([contact(3)])
    assert ids(ledger) == ["contact-1", "contact-3"]


def test_a_commit_whose_answer_was_lost_is_neither_repeated_nor_lost(in_postgresql: Place) -> None:  # noqa: F811
    ledger = in_postgresql.open()
    ledger.append([contact(1)])
    worked: list[int] = []
    writer = ledger._writer._committer
    connection = writer._pen._connection.driver_connection
    commit = connection.commit

    def cut_off() -> None:
        commit()
        connection.execute("a statement that fails")

    connection.commit = cut_off
    given = ledger.transact(lambda seen: worked.append(1) or [grant(len(seen.about("ann")))])
    assert [event.id for event in given] == ["grant-1"]
    assert (len(worked), writer.begun) == (1, True)
    ledger.append([contact(3)])
    assert ids(ledger) == ["contact-1", "grant-1", "contact-3"]
    assert faults_of_chains(ledger.engine) == []
    assert writer._pen._connection.driver_connection is not connection


def test_an_insert_whose_answer_was_lost_is_neither_repeated_nor_lost(
    in_sqlite: Place,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ledger = in_sqlite.open()
    ledger.append([contact(1)])
    insert, cut = Pen.insert, []

    def cut_off(pen: Pen, rows: Sequence[Mapping[str, Any]]) -> None:
        insert(pen, rows)
        if not cut:
            cut.append(len(rows))
            pen._say("a statement that fails")

    monkeypatch.setattr(Pen, "insert", cut_off)
    ledger.append([contact(2), contact(3)])
    ledger.append([contact(4)])
    assert cut == [2]
    assert ids(ledger) == [f"contact-{number}" for number in range(1, 5)]
    assert ledger.counts.committed == 4
    assert faults_of_chains(ledger.engine) == []


def row(**values: Any) -> dict[str, Any]:
    return {**dict.fromkeys((*CONTENT, *LATER)), "writer": "w", "number": 1, "body": b"{}", **values}


def test_a_link_covers_every_column_but_seq_and_hash() -> None:
    names = {column.name for column in events.c} - {"seq", "hash", "prev"}
    whole = link(GENESIS, row())
    assert names == set(row())
    assert link(bytes([1, *bytes(31)]), row()) != whole
    for name in names:
        given = "x" if name != "number" else 2
        assert link(GENESIS, row(**{name: given})) != whole
    assert link(GENESIS, {**row(), "seq": 5, "hash": b"x"}) == whole


def test_no_two_rows_are_encoded_alike() -> None:
    values: list[Any] = [
        None,
        "",
        "n",
        b"",
        b"n",
        0,
        1,
        -1,
        "1",
        "i1:1",
        "s0:",
        "None",
        b"1",
        10**18,
        "é",
        "é".encode(),
    ]
    singles = {encoded(value) for value in values}
    pairs = {encoded(one) + encoded(other) for one in values for other in values}
    assert len(singles) == len(values)
    assert len(pairs) == len(values) ** 2
