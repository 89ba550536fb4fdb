"""Events in requests, scenarios and populations: read, refused, seen, and beside signals that are given."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from packs import write_pack
from population_desk import only
from signal_desk import CONTACTS, NOW, PACK, decided, desk, refused, request

from engine.answer import answer_of
from engine.case import asked_of, case_of
from engine.decide import decide, request_id
from engine.language.diagnostics import Diagnostics
from engine.offers import offers
from engine.problems import RequestError
from engine.program.types import NULL
from engine.signals import by_durable, by_python
from engine.signals.pattern import Occurrence, Seen, Signals
from schemas.request import DecisionRequest
from simulations.deciding.deciding import Decider
from simulations.deciding.positions import POSITIONS
from simulations.populations.files import read_population
from simulations.populations.synthetic import read_population as read_spec
from simulations.populations.writing import write_parquet
from simulations.scenarios.read import scenarios_of
from simulations.scenarios.run import run

SEEN_MEMBERS = {"active", "count", "since", "last", "about", "events"}


def signals_of(**more: Any) -> dict[str, dict[str, object]]:
    """Return the input `signals` of a request."""
    case = case_of(desk(), request(**more), "r")
    found = case.inputs["signals"]
    assert isinstance(found, dict)
    return found


def test_every_signal_is_seen_or_not_in_the_events_of_a_request() -> None:
    found = signals_of(events=CONTACTS)
    assert list(found) == ["repeat_contact", "leaving", "broken_promise", "quiet", "at_risk"]
    assert all(one.keys() == SEEN_MEMBERS for one in found.values())
    assert [name for name, one in found.items() if one["active"]] == ["repeat_contact"]
    assert found["repeat_contact"]["events"] == ("c1", "c3", "c5")
    assert (found["repeat_contact"]["count"], found["repeat_contact"]["about"]) == (3, "router")
    assert found["quiet"] | {"count": 0} == {
        "active": False, "count": 0, "since": NULL, "last": NULL, "about": NULL, "events": (),
    }  # fmt: skip


def test_no_events_are_a_whole_history_in_which_nothing_happened() -> None:
    found = signals_of(events=[])
    assert [name for name, one in found.items() if one["active"]] == ["quiet"]


def test_without_events_and_signals_nothing_is_known() -> None:
    assert "signals" not in case_of(desk(), request(), "r").inputs
    assert decided().verdict == "ask"
    assert [one.fact for one in decided().questions] == ["signals.repeat_contact.active"]


def test_signals_that_are_given_come_before_those_that_are_seen() -> None:
    given = {"repeat_contact": {"active": False}}
    found = signals_of(events=CONTACTS, signals=given)
    assert found["repeat_contact"] == {"active": False}
    assert found["quiet"]["active"] is False
    assert decided(events=CONTACTS).verdict == "decline"
    assert decided(events=CONTACTS, signals=given).verdict == "approve"


def test_a_given_signal_leaves_the_others_and_its_other_parts_unknown() -> None:
    given = {"repeat_contact": {"active": True, "count": 3}}
    assert signals_of(signals=given) == given
    assert decided(signals=given).verdict == "decline"
    assert decided("call", signals=given).verdict == "ask"


def test_signals_that_are_not_declared_are_refused() -> None:
    assert refused(signals={"repeat_contcat": {"active": True}, "quiet": {"activ": True, "count": "3"}}) == [
        "/signals/repeat_contcat: unknown-fact: this is not declared; did you mean `repeat_contact`?",
        "/signals/quiet/activ: unknown-fact: this is not declared; did you mean `active`?",
        "/signals/quiet/count: wrong-type: this is not a whole number",
    ]


def test_all_that_is_wrong_with_events_is_told_at_once() -> None:
    events = [
        {"kind": "contcat", "at": "2026-03-01T09:00:00"},
        {"kind": "contact", "at": "2026-03-32T09:00:00", "topik": "x", "resolved": "no"},
        {"kind": "paid", "at": "2026-03-01T09:00:00", "by": "cash", "on": "1 March", "id": "a"},
        {"kind": "outage", "at": "2026-03-01T09:00:00", "cost": "1.005", "id": "a"},
    ]
    assert refused(events=events) == [
        "/events/0/kind: unknown-event: the pack has no such kind of event; did you mean `contact`?",
        "/events/1/at: wrong-type: this is not a time such as 2026-03-01T09:00:00Z",
        "/events/1/topik: unknown-field: this is not declared; did you mean `topic`?",
        "/events/1/resolved: wrong-type: this is not true or false",
        "/events/2/by: value-not-in-enum: this is not one of `card`, `debit`",
        "/events/2/on: wrong-type: this is not a day such as 2026-03-01",
        "/events/3/cost: money-decimals: money has at most 2 decimals here",
        "/events/3/id: repeated-item: another event has this id; give each event once",
    ]


@pytest.mark.parametrize(
    "event", [{"kind": "contact"}, {"at": NOW}, {"kind": "contact", "at": 5}, {"kind": "contact", "at": NOW, "id": ""}]
)
def test_an_event_has_a_kind_a_time_and_no_empty_id(event: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="events"):
        request(events=[event])


def test_events_are_checked_where_a_pack_has_no_signals() -> None:
    plain = desk("actions: {call: {}}\nrules:\n  - {id: a, action: call, allow: true}\n")
    assert case_of(plain, request("call", events=CONTACTS), "r").inputs["signals"] == {}
    with pytest.raises(RequestError) as caught:
        case_of(plain, request("call", events=[{"kind": "outage", "at": NOW}]), "r")
    assert [one.pointer for one in caught.value.problem.errors] == ["/events/0/kind"]


def occurrences(*events: Mapping[str, object]) -> Sequence[Occurrence]:
    """Return what the engine makes of events."""
    given = request(events=list(events)).events
    assert given is not None
    return desk().events.occurrences(given)


def test_fields_of_events_are_the_engine_s_values_and_only_those_that_can_be_compared() -> None:
    at = "2026-03-01T09:00:00"
    outage, paid, made, contact = occurrences(
        {"kind": "outage", "at": at, "service": "tv", "share": 0.5, "cost": "20.50"},
        {"kind": "paid", "at": f"{at}Z", "by": "card", "on": "2026-03-01", "note": None, "id": "p"},
        {"kind": "promise_made", "at": at, "id": "p1", "due": "2026-03-03"},
        {"kind": "contact", "at": at, "resolved": False},
    )
    assert outage == Occurrence("event-1", "outage", outage.at, {"service": "tv", "cost": 2050})
    assert paid == Occurrence("p", "paid", outage.at + 3_600_000_000, {"by": "card", "on": 20_513})
    assert made.fields == {"due": 20_515, "promise": "p1"}
    assert contact.fields == {"resolved": False}


def test_days_and_amounts_that_events_have_in_common_are_written_out() -> None:
    again = "  again: {count: {of: [outage], at_least: 2, same: [cost, service]}, within: P30D}\n"
    paid = "  paid: {count: {of: paid, at_least: 2, same: [on, by]}, within: P30D}\n"
    rule = (
        "rules:\n  - {id: p, action: call, when: signals.again.active || signals.paid.active, allow: true, source: x}\n"
    )
    release = desk(PACK.replace("signals:\n", f"signals:\n{again}{paid}", 1).replace("rules:\n", rule, 1))
    outage = {"kind": "outage", "at": "2026-03-01T09:00:00", "cost": "20.50", "service": "tv"}
    payment = {"kind": "paid", "at": "2026-03-01T09:00:00", "on": "2026-02-28", "by": "card"}
    found = case_of(release, request(events=[outage, outage, payment, payment]), "r").inputs["signals"]
    assert isinstance(found, dict)
    assert [found[name]["about"] for name in ("again", "paid")] == ["20.50, tv", "2026-02-28, card"]


def test_signals_are_seen_by_durable_rules_where_it_is_available(monkeypatch: pytest.MonkeyPatch) -> None:
    def sight(signals: Signals, found: Sequence[Occurrence], now: int) -> dict[str, Seen]:
        return {one.name: Seen(one.name == "quiet", 7) for one in signals.signals}

    monkeypatch.setattr(by_durable if by_durable.AVAILABLE else by_python, "seen", sight)
    found = case_of(desk(), request("call", events=[]), "r").inputs["signals"]
    assert isinstance(found, dict)
    assert [(name, one["count"]) for name, one in found.items() if one["active"]] == [("quiet", 7)]


def test_events_later_than_the_moment_do_not_count() -> None:
    ahead = [*CONTACTS[:2], {**CONTACTS[2], "at": "2026-03-07T09:00:00"}]
    assert decided(events=ahead).verdict == "approve"
    assert decided(events=ahead, now="2026-03-07T10:00:00").verdict == "decline"


def test_the_order_of_events_does_not_matter() -> None:
    many = [
        {"kind": "contact", "at": f"2026-03-0{day}T0{day}:00:00", "topic": topic, "id": f"{topic}{day}"}
        for day in range(1, 6)
        for topic in ("router", "line")
    ]
    wanted = signals_of(events=many)
    for seed in range(20):
        shuffled = random.Random(seed).sample(many, len(many))
        assert signals_of(events=shuffled) == wanted


def test_a_request_without_events_keeps_the_id_that_it_had() -> None:
    one = request()
    content = one.model_dump(mode="json")
    assert "events" in content
    assert request_id(desk(), one) != request_id(desk(), request(events=[]))
    assert request_id(desk(), one) == request_id(desk(), DecisionRequest.model_validate(content | {"events": None}))


def test_offers_see_signals_too() -> None:
    made = offers(desk(), DecisionRequest.model_validate({"now": NOW, "agent": {"role": "agent"}, "events": []}))
    assert "call" in {one.action for one in made.offers}


def scenario_results(folder: Path, text: str) -> list[tuple[str, bool]]:
    """Return the scenarios of the pack with whether they passed."""
    (folder / "scenarios").mkdir(exist_ok=True)
    (folder / "scenarios" / "all.yaml").write_text(text, encoding="utf-8")
    results = [run(desk(), one) for one in scenarios_of(folder, Diagnostics())]
    assert [step.problem for result in results for step in result.steps if step.problem] == []
    return [(result.scenario.name, result.passed) for result in results]


SCENARIOS = """\
scenarios:
  - name: the third contact gets no more credit
    as: agent
    now: 2026-03-06T10:00:00
    events:
      - {kind: contact, at: 2026-03-01T09:00:00, topic: router}
      - {kind: contact, at: 2026-03-03T09:00:00, topic: router}
      - {kind: contact, at: 2026-03-05T09:00:00, topic: router}
    ask: {action: credit, amount: 5}
    expect: {verdict: decline, texts: {auditor: "the third contact about the router since March 1, 2026"}}
  - name: a signal that is written is as it is written
    as: agent
    now: 2026-03-06T10:00:00
    signals: {repeat_contact: {active: true, count: 3}}
    ask: {action: credit, amount: 5}
    expect: {verdict: decline}
  - name: events add up over steps
    as: agent
    now: 2026-03-06T10:00:00
    events:
      - {kind: contact, at: 2026-03-01T09:00:00, topic: router}
      - {kind: contact, at: 2026-03-03T09:00:00, topic: router}
    steps:
      - ask: {action: credit, amount: 5}
        expect: {verdict: approve}
      - ask: {action: credit, amount: 5}
        events: [{kind: contact, at: 2026-03-06T09:00:00, topic: router}]
        expect: {verdict: decline}
      - ask: {action: credit, amount: 5}
        now: 2026-03-16T10:00:00
        expect: {verdict: approve}
      - ask: {action: credit, amount: 5}
        now: 2026-03-16T10:00:00
        events:
          - {kind: contact, at: 2026-03-16T09:00:00, topic: router}
          - {kind: contact, at: 2026-03-16T09:30:00, topic: router}
        expect: {verdict: decline, texts: {agent: fourth contact}}
  - name: the first events may come with a step
    as: agent
    now: 2026-03-06T10:00:00
    steps:
      - ask: {action: call}
        expect: {verdict: ask}
      - ask: {action: call}
        events: []
        expect: {verdict: approve}
  - name: everybody gets the same answer to a customer who was forgotten
    now: 2026-03-06T10:00:00
    events: [{kind: contact, at: 2024-03-01T09:00:00, topic: router}]
    ask: {action: call}
    uniform: true
"""


def test_scenarios_tell_events_and_signals(tmp_path: Path) -> None:
    results = scenario_results(write_pack(tmp_path / "tiny", PACK), SCENARIOS)
    assert len(results) == 5
    assert [name for name, passed in results if not passed] == []


def drawn_requests(count: int) -> list[dict[str, Any]]:
    """Return requests of customers with random histories, some of whom nobody knows the history of."""
    draw = random.Random(7)
    made = []
    for number in range(count):
        days = [draw.randint(1, 28) for _ in range(draw.randint(0, 9))]
        events = [
            {
                "kind": draw.choice(["contact", "contact", "outreach", "promise_made"]),
                "at": f"2026-02-{day:02}T09:00:00",
                "id": f"e{place}",
            }
            for place, day in enumerate(days)
        ]
        for one in events:
            if one["kind"] == "contact":
                one["topic"] = draw.choice(["router", "line"])
            elif one["kind"] == "promise_made":
                one["due"] = f"2026-02-{draw.randint(1, 28):02}"
        asked = {"id": f"r{number}", "now": NOW, "agent": {"role": "agent"}, "history": []}
        told = {"events": events} if draw.random() < 0.9 else {}
        made.append({**asked, **told, "ask": {"action": draw.choice(["credit", "call"])}})
    return made


def test_columns_decide_requests_with_events_as_one_by_one(tmp_path: Path) -> None:
    requests = drawn_requests(200)
    file = tmp_path / "asks.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in requests), encoding="utf-8")
    batch = only(read_population(desk(), file))
    found: dict[str, str] = {}
    decider = Decider(desk(), {})
    for asks in batch.asks:
        positions = decider.decide(asks).position
        found |= {id_: POSITIONS[place] for id_, place in zip(asks.ids, positions, strict=True)}
    for one in requests:
        parsed = DecisionRequest.model_validate(one)
        case = case_of(desk(), parsed, "r")
        assert parsed.ask is not None
        verdict = answer_of(desk(), case, asked_of(desk(), case, parsed.ask)).verdict
        assert found[one["id"]] == verdict
    assert set(found.values()) == {"approve", "decline", "ask"}


def test_the_same_request_gives_the_same_bytes() -> None:
    one = request(events=CONTACTS)
    assert decide(desk(), one).model_dump_json() == decide(desk(), one).model_dump_json()


SPEC = """\
population: tiny_people
pack: tiny
seed: 5
customers: 40
now: 2026-03-05T10:00:00
facts: {order.days: {poisson: 2}}
role: {categorical: {agent: 1}}
asks: {credit: {share: 0.5, amount: {uniform: {low: 5, high: 20}}}, call: {share: 0.5}}
"""


def test_of_customers_of_whom_a_spec_says_nothing_no_signal_is_seen(tmp_path: Path) -> None:
    (tmp_path / "people.yaml").write_text(SPEC, encoding="utf-8")
    population = read_spec(tmp_path / "people.yaml", desk(), Diagnostics())
    nothing = {"active": False, "count": 0, "since": NULL, "last": NULL, "about": NULL, "events": ()}
    assert population.fixed["signals"] == dict.fromkeys(
        ["repeat_contact", "leaving", "broken_promise", "quiet", "at_risk"], nothing
    )
    decider, found = Decider(desk(), population.fixed), set()
    for asks in population.batch(0).asks:
        found |= {(asks.action, POSITIONS[place]) for place in decider.decide(asks).position}
    assert found == {("credit", "approve"), ("call", "decline")}
    write_parquet(desk().policy, population, tmp_path / "rows.parquet")
    again = only(read_population(desk(), tmp_path / "rows.parquet"))
    for asks in again.asks:
        assert {POSITIONS[place] for place in Decider(desk(), {}).decide(asks).position} == {
            position for action, position in found if action == asks.action
        }


def test_rows_may_say_what_is_seen(tmp_path: Path) -> None:
    rows = {
        "ask.action": ["credit"] * 3,
        "agent.role": ["agent"] * 3,
        "now": [NOW] * 3,
        "signals.repeat_contact.active": [True, False, None],
    }
    pl.DataFrame(rows).write_parquet(tmp_path / "rows.parquet")
    (asks,) = only(read_population(desk(), tmp_path / "rows.parquet")).asks
    assert [POSITIONS[place] for place in Decider(desk(), {}).decide(asks).position] == ["decline", "approve", "ask"]
