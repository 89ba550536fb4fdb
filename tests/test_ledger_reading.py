"""Reading a ledger: a customer's newest events, sums of grants, streams, and what is left of an erased customer."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, get_args

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledgers import Keys, Place, contact, grant, in_postgresql, in_sqlite, place  # noqa: F401 - fixtures
from sqlalchemy import event as happening
from sqlalchemy import text, update

from api.ledger.asking import Question
from api.ledger.opening import Ledger
from api.ledger.problems import UnknownEvent
from api.ledger.reading import PAGE, Query, Transaction
from api.ledger.rebuilding import _form
from api.ledger.stored import prepared, restored
from api.ledger.tables import events
from engine.memory.moments import moment_at
from schemas.events import (
    EVENT,
    KINDS,
    CustomerEvent,
    Event,
    FeedbackEvent,
    OutcomeEvent,
    PromiseKeptEvent,
    PromiseMadeEvent,
    personal_fields,
)
from schemas.request import Agent

NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)


def names(found: Sequence[Any]) -> list[str]:
    return [stored.event.id for stored in found]


def test_the_newest_events_of_a_customer_come_oldest_first(place: Place) -> None:  # noqa: F811
    ledger = place.open()
    numbers = random.Random(2).sample(range(50), 50)
    ledger.append([contact(number, "bob" if number % 5 == 0 else "ann") for number in numbers])
    of_ann = [number for number in range(50) if number % 5]
    assert names(ledger.about("ann")) == [f"contact-{number}" for number in of_ann]
    assert names(ledger.about("ann", most=3)) == [f"contact-{number}" for number in of_ann[-3:]]
    since = moment_at(contact(40).at)
    assert names(ledger.about("bob", since=since)) == ["contact-40", "contact-45"]
    assert ledger.about("nobody") == []
    assert place.keys.known("nobody") is None


def test_events_of_one_moment_come_by_id(place: Place) -> None:  # noqa: F811
    ledger = place.open()
    ledger.append([contact(name) for name in ("c", "a", "d", "b")])
    assert names(ledger.about("ann", most=3)) == ["contact-b", "contact-c", "contact-d"]


def test_kinds_are_chosen_before_the_newest_are(place: Place) -> None:  # noqa: F811
    ledger = place.open()
    ledger.append([grant(1), *(contact(number) for number in range(2, 9))])
    assert names(ledger.about("ann", kinds=["grant"], most=1)) == ["grant-1"]
    assert ledger.about("ann", kinds=[]) == []


def test_what_happened_about_a_decision_promise_or_rule_is_found(place: Place) -> None:  # noqa: F811
    ledger = place.open()
    promise = PromiseMadeEvent(
        id="p1", at=NOON, promise="sent", action="x", decision="d1", release="r", as_of="2026-05-03", due="2026-05-05"
    )
    outcome = OutcomeEvent(id="o1", at=NOON, decision="d1", outcome="accepted", amount="3.10")
    feedback = FeedbackEvent(id="f1", at=NOON, rule="late")
    ledger.append([outcome, PromiseKeptEvent(id="k1", at=NOON, promise="p1"), promise, feedback])
    assert names(ledger.on("d1")) == ["o1", "p1"]
    assert names(ledger.on("p1")) == ["k1"]
    assert names(ledger.on("late")) == ["f1"]
    found = ledger.one("o1")
    assert found is not None
    assert found.event == outcome
    assert ledger.one("o2") is None


def test_grants_of_an_agent_and_of_a_team_are_summed_by_action(place: Place) -> None:  # noqa: F811
    ledger = place.open()
    north, south = Agent(id="kim", team="north"), Agent(id="lee", team="south")
    ledger.append(
        [
            grant(0, "100.00"),
            grant(1, "5.00"),
            grant(2, "7.25", agent=north),
            grant(3, 3, agent=north, action="free_months"),
            grant(4, None, agent=north, action="cancel"),
            grant(5, None, agent=Agent(id="max", team="north"), action="cancel"),
            grant(6, "9.00", agent=south),
            grant(7, "1.00", agent=north, pack="airline"),
            contact(8, agent=north),
        ]
    )
    since = moment_at(grant(1).at)
    of_kim = {"goodwill_credit": 1325, "free_months": 3, "cancel": 1}
    assert ledger.granted("kim", None, [since]) == {"agent": [of_kim]}
    assert ledger.granted(None, "north", [since]) == {"team": [{**of_kim, "cancel": 2}]}
    assert ledger.granted("lee", "north", [since])["agent"] == [{"goodwill_credit": 900}]
    assert ledger.granted("kim", None, [since], pack="airline") == {"agent": [{"goodwill_credit": 100}]}
    both = ledger.granted("kim", "north", [moment_at(grant(0).at), since, moment_at(grant(5).at)])
    assert both["agent"] == [{**of_kim, "goodwill_credit": 11325}, of_kim, {"goodwill_credit": 100}]
    assert both["team"] == [
        {**of_kim, "goodwill_credit": 11325, "cancel": 2},
        {**of_kim, "cancel": 2},
        {"goodwill_credit": 100, "cancel": 1},
    ]
    assert ledger.granted("nobody", None, [since]) == {"agent": [{}]}
    assert ledger.granted(None, None, [since]) == {}


def test_a_stream_gives_everything_in_order_and_holds_a_page_at_a_time(in_sqlite: Place) -> None:  # noqa: F811
    ledger = in_sqlite.open()
    count = 2 * PAGE + 17
    ledger.append([contact(number, None) for number in range(count)])
    pages: list[int] = []
    ask = ledger._ask

    def counted(question: Question, values: Mapping[str, Any]) -> Any:
        found = ask(question, values)
        pages.append(len(found))
        return found

    ledger._ask = counted
    stream = ledger.events(Query())
    next(stream)
    assert pages == [PAGE]
    rest = names(list(stream))
    assert rest == [f"contact-{number}" for number in range(1, count)]
    assert pages == [PAGE, PAGE, 17, 0]
    assert names(list(ledger.events(Query(), after=count - 2))) == rest[-2:]


def test_a_query_fits_all_that_is_given(place: Place) -> None:  # noqa: F811
    ledger = place.open()
    kim, lee = Agent(id="kim"), Agent(id="lee")
    ledger.append(
        [
            contact(1, pack="telecom", agent=kim),
            contact(2, "bob", pack="telecom", agent=lee),
            contact(3, pack="airline", agent=kim),
            grant(4, pack="telecom"),
        ]
    )

    def found(**query: Any) -> list[str]:
        return names(list(ledger.events(Query(**query))))

    assert found(pack="telecom") == ["contact-1", "contact-2", "grant-4"]
    assert found(customer="ann", kinds=["contact"]) == ["contact-1", "contact-3"]
    assert found(agent="kim", pack="telecom") == ["contact-1", "grant-4"]
    assert found(subject="decision-4") == ["grant-4"]
    assert found(since=moment_at(contact(2).at), until=moment_at(grant(4).at)) == ["contact-2", "contact-3"]
    assert found(customer="nobody") == []


def test_reading_waits_for_no_writer_and_sees_only_what_is_committed(place: Place) -> None:  # noqa: F811
    ledger = place.open()
    ledger.append([contact(1)])
    seen: list[list[str]] = []

    def work(transaction: Transaction) -> Sequence[Event]:
        other = threading.Thread(target=lambda: seen.append(names(ledger.about("ann"))))
        other.start()
        other.join(20)
        return [contact(3)] if len(transaction.about("ann")) == 1 else []

    ledger.transact(lambda transaction: [contact(2), *work(transaction)])
    assert seen == [["contact-1"]]
    assert names(ledger.about("ann")) == ["contact-1", "contact-2", "contact-3"]


def test_an_erased_customer_leaves_what_is_not_personal(place: Place) -> None:  # noqa: F811
    ledger = place.open()
    ledger.append([grant(1, inputs={"reason": "the router"}), contact(2), contact(3, "bob")])
    reference = place.keys.reference("ann")
    place.keys.destroy("ann")
    given, said = ledger.one("grant-1"), ledger.one("contact-2")
    assert given is not None
    assert said is not None
    assert (given.erased, said.erased) == (True, True)
    assert given.event == grant(1, inputs={}, customer=reference)
    assert said.event == contact(2, note="", customer=reference)
    assert ledger.about("ann") == []
    ledger.append([contact(4)])
    assert [stored.erased for stored in ledger.events(Query())] == [True, True, False, False]
    assert names(ledger.about("ann")) == ["contact-4"]


def test_events_of_a_newer_kind_are_passed_over(place: Place) -> None:  # noqa: F811
    ledger = place.open()
    ledger.append([contact(1), contact(2), contact(3)])
    change(ledger, "contact-2", kind="telepathy")
    assert names(ledger.about("ann", most=2)) == ["contact-1", "contact-3"]
    assert names(list(ledger.events(Query()))) == ["contact-1", "contact-3"]
    with pytest.raises(UnknownEvent, match="newer Leeway"):
        ledger.one("contact-2")


def test_an_event_of_a_newer_version_is_no_event_that_may_be_passed_over(place: Place) -> None:  # noqa: F811
    ledger = place.open()
    ledger.append([contact(1), contact(2, "bob")])
    change(ledger, "contact-1", version=2)
    with pytest.raises(UnknownEvent, match="version 2"):
        ledger.about("ann")
    assert names(ledger.about("bob")) == ["contact-2"]


def change(ledger: Ledger, id: str, **values: Any) -> None:
    with ledger.engine.begin() as connection:
        connection.execute(update(events).where(events.c.id == id).values(**values))


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    id=TEXTS,
    customer=st.none() | TEXTS,
    at=st.datetimes(timezones=st.integers(-720, 840).map(lambda east: timezone(timedelta(minutes=east)))),
    data=st.dictionaries(st.text(max_size=9), VALUES, max_size=4),
)
def test_an_event_comes_back_as_it_was(id: str, customer: str | None, at: datetime, data: dict[str, Any]) -> None:
    keys = Keys()
    event = CustomerEvent(id=id, at=at, customer=customer, name="moved", data=encodable(data))
    row = {**prepared(event, keys).values, "seq": 1, "writer": "w", "number": 1, "hash": b""}
    back = restored(row, keys)
    reference = None if customer is None else keys.reference(customer)
    assert back.event == event
    assert row["at"] == moment_at(back.event.at)
    assert row["customer"] == reference


EXAMPLES: dict[str, dict[str, Any]] = {
    "decision": {
        "release": "r",
        "action": "credit",
        "verdict": "approve",
        "reasons": ["a", "b"],
        "amount": 3,
        "mutual": True,
        "promises": [{"id": "sent", "due": "2026-05-05"}],
        "inputs": {"bill": None},
        "case": {"customer": {"years": [1, 2.5, 10**30]}},
        "digest": "sha256:0",
    },
    "outcome": {"decision": "d", "outcome": "accepted", "amount": "1.50", "reason": "fine"},
    "grant": {"decision": "d", "release": "r", "action": "credit", "amount": "-1.50", "inputs": {"a": [True]}},
    "approval_request": {"decision": "d", "action": "credit", "rung": "lead", "expires": "2026-05-04T09:00:00+05:30"},
    "approval": {"request": "q", "decision": "d", "rung": "lead", "approved": False, "reason": "no"},
    "contact": {"topic": "line", "resolved": True, "note": "hello"},
    "outreach": {"about": "thanks", "reason": "quiet"},
    "promise_made": {
        "promise": "sent",
        "action": "credit",
        "decision": "d",
        "release": "r",
        "as_of": "2026-05-03",
        "due": "2026-05-05",
        "inputs": {"a": 1},
    },
    "promise_kept": {"promise": "p"},
    "promise_broken": {"promise": "p", "reason": "late"},
    "customer": {"name": "moved", "data": {"to": "Rome"}},
    "feedback": {"rule": "late", "by": "customer", "helps": False, "text": "no"},
    "insight": {"insight": "INS-1", "title": "they wait"},
    "walkthrough": {"process": "returns", "found": "slow"},
    "release_activated": {"release": "r"},
    "erasure": {"events": 4, "reason": "asked"},
}


def test_every_field_of_every_kind_is_one_that_can_be_made_again() -> None:
    assert [name for name, kind in KINDS.items() if not _form(kind).known] == []


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("customer", [None, "ann"])
def test_each_kind_of_event_comes_back_as_if_it_had_just_been_read(kind: str, customer: str | None) -> None:
    keys = Keys()
    common = {"id": "1", "at": "2026-05-03T12:00:00.000001-04:00", "agent": {"id": "kim", "role": "lead"}}
    event = EVENT.validate_json(orjson.dumps({**common, "kind": kind, "customer": customer})[:-1] + rest_of(kind))
    row = {**prepared(event, keys).values, "seq": 1, "writer": "w", "number": 1, "hash": b""}
    back = restored(row, keys).event
    assert back == event
    reference = customer and keys.reference(customer)
    assert {type(value) for _, value in back} == {type(value) for _, value in event} | {type(back.customer)}
    assert back.model_dump_json() == event.model_dump_json()
    keys.destroy("ann")
    left = restored(row, keys)
    assert (left.erased, left.event.customer) == (customer is not None, reference)
    assert type(event).model_validate_json(left.event.model_dump_json()) == left.event


def rest_of(kind: str) -> bytes:
    return b"," + json.dumps(EXAMPLES[kind]).encode()[1:]


def test_a_body_of_other_fields_is_checked_again() -> None:
    keys = Keys()
    row = {**prepared(contact(1, None), keys).values, "seq": 1, "writer": "w", "number": 1, "hash": b""}
    fields = json.loads(bytes(row["body"]))
    without = {name: value for name, value in fields.items() if name not in ("channel", "resolved")}
    assert restored({**row, "body": json.dumps(without).encode()}, keys).event == contact(1, None)
    with pytest.raises(UnknownEvent):
        restored({**row, "body": json.dumps({**fields, "mood": "good"}).encode()}, keys)


def encodable(data: Any) -> Any:
    match data:
        case str():
            return data.encode("utf-8", "replace").decode()
        case list():
            return [encodable(one) for one in data]
        case dict():
            return {encodable(key): encodable(value) for key, value in data.items()}
        case _:
            return data


def test_every_kind_of_event_is_known_by_its_name() -> None:
    union = get_args(get_args(Event)[0])
    assert set(KINDS.values()) == set(union)
    assert {name for name, kind in KINDS.items() if kind.model_fields["kind"].default != name} == set()
    assert {personal_fields(kind) for kind in union} > {(), ("note",), ("inputs", "case")}
    assert EVENT.validate_json(contact(1).model_dump_json()) == contact(1)


NOTHING: dict[str, Any] = {}
MANY = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)",
    "postgresql": "WITH n(i) AS (SELECT generate_series(1, 20000))",
}
FILLED = """
INSERT INTO events (id, kind, version, at, customer, subject, agent, team, writer, number, body, prev, hash)
{many} SELECT 'e' || i, CASE i % 4 WHEN 0 THEN 'grant' ELSE 'contact' END, 1, i, 'c' || (i % 500), 'd' || i,
'a' || (i % 300), 't' || (i % 50), 'w', i, {blob}, {blob}, {blob} FROM n
"""
BLOBS = {"sqlite": "x'00'", "postgresql": "'\\x00'::bytea"}


def test_a_large_ledger_is_read_by_its_indexes(place: Place) -> None:  # noqa: F811
    ledger = place.open()
    name = ledger.engine.dialect.name
    with ledger.engine.begin() as connection:
        connection.execute(text(FILLED.format(many=MANY[name], blob=BLOBS[name])))
    with ledger.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if name == "sqlite" else "VACUUM ANALYZE"))
    plans = planned(ledger)
    ledger.about("ann", kinds=["contact", "grant"], since=5, most=200)
    ledger.granted("a1", None, [18_000])
    ledger.granted(None, "t1", [19_500])
    ledger.on("d7")
    ledger.one("e9")
    list(ledger.events(Query(kinds=["contact"]), after=19_990))
    ledger.passed("ann", ["contact", "grant"], 200)
    wanted = ["events_customer", "events_agent", "events_team", "events_subject"]
    assert [index for index, plan in zip(wanted, plans, strict=False) if index not in plan] == []
    assert [plan for plan in plans if "Seq Scan" in plan or "SCAN events" in plan] == []
    alone = "USING COVERING INDEX" if name == "sqlite" else "Index Only Scan"
    assert [alone in plan for plan in plans] == [False, True, True, False, False, False, True]
    assert [word for word in ("B-TREE", "Sort") if word in plans[6]] == []


def planned(ledger: Ledger) -> list[str]:
    """Return a list that gathers the plan of each query of a ledger, which then finds nothing."""
    plans: list[str] = []
    ledger._sealer.reference("ann")  # an existing customer, so that the query has one

    how = "EXPLAIN QUERY PLAN" if ledger.engine.dialect.name == "sqlite" else "EXPLAIN"
    sent: list[tuple[str, Any]] = []
    happening.listen(ledger.engine, "before_cursor_execute", lambda *said: sent.append((said[2], said[3])))

    def explain(query: Any, values: Any = NOTHING) -> list[Any]:
        with ledger.engine.connect() as connection:
            connection.execute(query, values).close()
            statement, given = sent[-1]
            rows = connection.exec_driver_sql(f"{how} {statement}", given).all()
        plans.append("\n".join(str(row[-1]) for row in rows))
        return []

    ledger._ask = lambda question, values: explain(question.query, values)
    return plans
