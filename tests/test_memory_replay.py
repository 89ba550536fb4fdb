"""A decision decided again from the case that is kept of it: the same bytes, from no more than the policy read."""

from __future__ import annotations

import json
import random
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from asked_rows import step_request
from packs import write_pack
from pydantic import ValidationError
from random_packs import asking, knocked_out, random_release, request, without
from random_packs import places as places_in

from engine.decide import decide
from engine.explain import explain
from engine.language.diagnostics import Diagnostics
from engine.memory.problems import CaseGone
from engine.memory.replaying import decided_again, decision_bytes, digest
from engine.memory.writing import decision_event
from engine.release import Release, load_release
from schemas.decision import Decision, Decisions, Expectation, Offer, PromiseMade, WhyNot
from schemas.events import EVENT, DecisionEvent
from schemas.request import DecisionRequest
from simulations.scenarios.read import scenarios_of

SEEDS = 8
SHARE = {"airline": 1.0, "telecom": 0.3}
"""Of the scenarios of a pack, how many are looked at."""
RULES = Path(__file__).parent.parent / "rules"
EARLIER = [
    {"id": "h1", "action": "alpha", "verdict": "approve", "outcome": "accepted", "amount": "5.00", "units": None,
     "at": "2026-06-01T10:00:00Z", "session": None, "ask": {"flag": True, "size": 2}},
    {"id": "h2", "action": "beta", "verdict": "decline", "outcome": None, "at": "2026-06-02T10:00:00Z", "ask": {}},
]  # fmt: skip


def parsed(said: dict[str, Any]) -> DecisionRequest:
    return DecisionRequest.model_validate_json(json.dumps(said))


def through_the_ledger(event: DecisionEvent) -> DecisionEvent:
    """Return an event as it comes back from JSON."""
    found = EVENT.validate_json(event.model_dump_json())
    assert isinstance(found, DecisionEvent)
    return found


def events_of(release: Release, asked: DecisionRequest) -> list[tuple[Decision, DecisionEvent]]:
    """Return the decisions on a request, each with its event."""
    found = decide(release, asked)
    decisions = found.decisions if isinstance(found, Decisions) else (found,)
    return [(one, through_the_ledger(decision_event(release, asked, one))) for one in decisions]


def check_replay(release: Release, asked: DecisionRequest) -> list[DecisionEvent]:
    """Hold that every decision on a request comes out the same from its event."""
    made = events_of(release, asked)
    for decision, event in made:
        again = decided_again(release, event)
        same = decision_bytes(again) == decision_bytes(decision) and event.digest == digest(again)
        assert same, (event.case, asked.model_dump(mode="json", exclude_none=True))
        assert again.model_dump_json() == decision.model_dump_json(), event.case
    return [event for _, event in made]


@pytest.mark.property
def test_a_random_decision_is_the_same_from_its_kept_case(tmp_path: Path) -> None:
    seen: Counter[str] = Counter()
    kept = whole = 0
    for seed in range(SEEDS):
        _, release = random_release(seed, tmp_path / str(seed))
        draw = random.Random(seed)
        for number in range(20):
            said = request(draw)
            said["history"] = draw.choice([[], EARLIER])
            said = knocked_out(draw, said, draw.choice([0, 0.1, 0.4]))
            if number % 3 == 0:
                said["asks"] = [said.pop("ask"), asking(draw), asking(draw)]
            for event in check_replay(release, parsed(said)):
                seen[event.verdict] += 1
                kept += len(places_in(event.case["facts"]))
                whole += len(places_in(said["facts"]))
    assert min(seen.values()) > 5
    assert set(seen) == {"approve", "counter", "escalate", "decline", "ask"}
    assert kept < whole * 0.9


@cache
def real(pack: str) -> Release:
    return load_release(RULES / pack)


@pytest.mark.property
@pytest.mark.parametrize("pack", ["airline", "telecom"])
def test_a_scenario_is_decided_the_same_from_its_kept_case(pack: str) -> None:
    release, draw = real(pack), random.Random(3)
    decided = 0
    for scenario in scenarios_of(RULES / pack, Diagnostics()):
        asked = step_request(release, scenario)
        facts = json.loads(json.dumps(asked.facts))
        less = without(facts, draw.choice(places_in(facts))) if facts else facts
        if draw.random() < SHARE[pack]:
            check_replay(release, asked)
            check_replay(release, asked.model_copy(update={"facts": less}))
            decided += 2
    assert decided > 40


@pytest.mark.property
@pytest.mark.parametrize("pack", ["airline", "telecom"])
def test_the_event_of_a_scenario_is_as_if_it_had_been_checked(pack: str) -> None:
    release = real(pack)
    seen: Counter[str] = Counter()
    for scenario in scenarios_of(RULES / pack, Diagnostics()):
        asked = step_request(release, scenario)
        found = decide(release, asked)
        for one in found.decisions if isinstance(found, Decisions) else (found,):
            event = decision_event(release, asked, one)
            check_as_if_checked(event)
            check_as_if_checked(decision_event(release, asked, one, honoured=event))
            assert decision_bytes(one) == bytes_without_words(one)
            seen[one.verdict] += 1
    assert sum(seen.values()) > 60
    assert len(seen) >= 4


def check_as_if_checked(event: DecisionEvent) -> None:
    """Hold that an event made of values that nobody checked is what checking them would give."""
    checked = DecisionEvent.model_validate(event.model_dump())
    assert checked == event
    assert checked.model_dump_json() == event.model_dump_json()
    assert list(checked.__dict__) == list(event.__dict__)


def bytes_without_words(decision: Decision) -> bytes:
    """Return a decision without its explanation as canonical JSON, in as many steps as it takes to say so."""
    tell = tuple(one.model_copy(update={"say": ""}) for one in decision.tell)
    promises = tuple(one.model_copy(update={"say": ""}) for one in decision.promises)
    plain = {"why_not": (), "yes_from": None, "texts": {}, "tell": tell, "promises": promises}
    content = decision.model_copy(update=plain).model_dump(mode="json", exclude_defaults=True)
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


TINY = """\
customer_id: customer.id
define:
  segment:
    - if: customer.years > 5
      then: '"loyal"'
    - else: '"new"'
actions:
  credit:
    title: Credit
    amount: money
    inputs: {bill: {type: string}, note: {type: string, optional: true}}
    promises:
      - {id: sent, due: business_days(2), say: "By {due}."}
rules:
  - id: credit-late
    action: credit
    when: order.lines.exists(l, l.late) && history.count(h, h.action == "credit" && h.ask.bill == ask.bill) == 0
    allow: {up_to: 50}
    source: made up
"""
TINY_FACTS = """\
type: object
properties:
  customer:
    type: object
    properties:
      id: {type: string, pii: true}
      name: {type: string, pii: true}
      years: {type: integer}
  order:
    type: object
    properties:
      address: {type: string, pii: true}
      level: {enum: [gold, silver], default: silver}
      lines:
        type: array
        items:
          type: object
          properties: {late: {type: boolean}, what: {type: string}}
      parcels: {type: object, additionalProperties: {type: string}}
"""
ASK: dict[str, Any] = {
    "id": "d-1",
    "now": "2026-03-02T09:00:00Z",
    "agent": {"role": "agent", "id": "a-7"},
    "channel": "phone",
    "session": "s-1",
    "facts": {
        "customer": {"id": "c-1", "name": "Ada", "years": 7},
        "order": {
            "address": "12 High Street",
            "lines": [{"late": True, "what": "kettle"}, {"what": "pan"}],
            "parcels": {"p": "x"},
        },
    },
    "ask": {"action": "credit", "bill": "b-1", "note": None},
    "history": [],
    "promises": [],
}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return load_release(write_pack(tmp_path_factory.mktemp("tiny"), TINY, facts=TINY_FACTS))


def test_only_what_the_policy_read_is_kept(tiny: Release) -> None:
    ((_, event),) = events_of(tiny, parsed(ASK))
    assert event.case["facts"] == {"order": {"lines": [{"late": True}, {}]}}
    assert event.case["ask"] == {"action": "credit", "bill": "b-1", "note": None}
    assert "promises" not in event.case
    assert event.case["history"] == []
    assert not any(word in event.model_dump_json() for word in ("Ada", "High Street", "kettle"))


def test_an_event_says_who_it_is_about_and_what_was_offered(tiny: Release) -> None:
    ((decision, event),) = events_of(tiny, parsed(ASK))
    assert (event.customer, event.segment, event.at) == ("c-1", "loyal", datetime(2026, 3, 2, 9, tzinfo=UTC))
    assert (event.verdict, event.amount, event.asked, event.currency) == ("approve", "50.00", None, "EUR")
    assert event.inputs == {"bill": "b-1", "note": None}
    assert [(one.id, one.due, one.say) for one in event.promises] == [("sent", "2026-03-04", "")]
    assert event.rules == tuple(one.id for one in decision.rules)


def test_an_entry_of_the_history_keeps_what_is_read_and_what_it_counts_by(tiny: Release) -> None:
    entry = {**EARLIER[0], "action": "credit", "at": "2026-06-01T10:00:00+00:00"}
    entry["ask"] = {"bill": "b-2", "note": "late again"}
    ((_, event),) = events_of(tiny, parsed({**ASK, "history": [entry]}))
    names = ("id", "action", "verdict", "outcome", "at")
    assert event.case["history"] == [{**{name: entry[name] for name in names}, "ask": {"bill": "b-2"}}]


SIGNALS = """\
events:
  outage: {title: Outage, fields: {line: {type: string}}}
signals:
  again: {title: Again, count: {of: outage, at_least: 2, same: line}, within: P14D}
  quiet: {title: Quiet, missing: outage, within: P300D}
actions:
  call: {title: Call}
rules:
  - id: call-again
    action: call
    when: signals.again.active && signals.again.count < 5
    allow: true
    source: made up
  - id: call-not-quiet
    action: call
    when: signals.quiet.active
    deny: true
    source: made up
"""


def test_signals_are_kept_as_they_were_seen_not_what_made_them(tmp_path: Path) -> None:
    release = load_release(write_pack(tmp_path, SIGNALS))
    events = [{"kind": "outage", "at": f"2026-03-01T0{hour}:00:00Z", "line": "12 High Street"} for hour in range(3)]
    said = {"id": "d", "now": "2026-03-02T09:00:00Z", "agent": {"role": "boss"}, "ask": {"action": "call"}}
    (event,) = check_replay(release, parsed({**said, "events": events}))
    assert (event.verdict, event.signals) == ("approve", ("again",))
    assert event.case["signals"] == {"again": {"active": True, "count": 3}, "quiet": {"active": False}}
    assert "events" not in event.case
    assert "High Street" not in event.model_dump_json()


def test_a_case_that_was_erased_is_not_decided_again(tiny: Release) -> None:
    ((_, event),) = events_of(tiny, parsed(ASK))
    with pytest.raises(CaseGone):
        decided_again(tiny, event.model_copy(update={"case": {}, "inputs": {}}))


def test_the_bytes_of_a_decision_do_not_depend_on_whether_it_was_explained(tiny: Release) -> None:
    asked = parsed(ASK)
    decision = decide(tiny, asked)
    assert isinstance(decision, Decision)
    told = explain(tiny, asked, decision)
    assert told.texts
    assert decision_bytes(told) == decision_bytes(decision)
    assert decision_bytes(told.model_copy(update={"verdict": "counter"})) != decision_bytes(decision)


def test_the_bytes_of_a_decision_are_these_for_ever() -> None:
    decision = Decision(
        id="d-1",
        pack="tiny",
        release="sha256:0",
        action="credit",
        verdict="approve",
        currency="EUR",
        now="2026-03-02T09:00:00Z",
        offer=Offer(amount="50.00", terms={"share": 1e-05, "whole": 2**63 - 1, "größer": 1e16, "open": None}),
        tell=(Expectation(rule="credit-late", about="by_when", due="2026-03-04", say="By Wednesday."),),
        promises=(PromiseMade(id="sent", due=None, say="Soon."),),
        why_not=(WhyNot(rule="other", title="Other", reason="no"),),
        yes_from="2027-01-01T00:00:00Z",
        texts={"customer": "Yes."},
    )
    assert decision_bytes(decision).decode() == (
        '{"action":"credit","currency":"EUR","id":"d-1","now":"2026-03-02T09:00:00Z","offer":{"amount":"50.00",'
        '"terms":{"größer":1e+16,"open":null,"share":1e-05,"whole":9223372036854775807}},"pack":"tiny",'
        '"promises":[{"due":null,"id":"sent"}],"release":"sha256:0",'
        '"tell":[{"about":"by_when","due":"2026-03-04","rule":"credit-late"}],"verdict":"approve"}'
    )


def test_an_id_that_grew_too_long_for_an_event_is_refused(tiny: Release) -> None:
    said = {**ASK, "id": "d" * 199, "asks": [ASK["ask"]]}
    del said["ask"]
    with pytest.raises(ValidationError, match="at most 200 characters"):
        events_of(tiny, parsed(said))
