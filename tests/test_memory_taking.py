"""What becomes of an offer: what it grants and promises, and whether it may be granted still."""

from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from packs import write_pack

from engine.decide import decide
from engine.memory.history import history_of
from engine.memory.moments import moment_at
from engine.memory.problems import CaseGone, OutcomeProblem
from engine.memory.promises import entries_of, promises_of, standing
from engine.memory.rechecking import Present, still_grantable
from engine.memory.taking import Taken, outcome_events
from engine.memory.writing import decision_event
from engine.release import Release, load_release
from schemas.decision import Decision, Decisions
from schemas.events import DecisionEvent, Event, GrantEvent, OutcomeEvent, PromiseMadeEvent
from schemas.request import Agent, DecisionRequest

PACK = """\
owner: care
timezone: Europe/Berlin
desks: [fraud]
params:
  limit: 5
  share:
    2020-01-01: 1.0
    2026-06-16: 0.5
actions:
  credit:
    title: Credit
    amount: money
    inputs: {bill: {type: string, optional: true}}
    company_cost: amount * 0.5
    promises:
      - {id: sent, due: business_days(2), say: "By {due}."}
      - {id: told, due: now + hours(30), say: "By {due}."}
      - {id: never, due: order.day, say: "By {due}."}
  call: {title: Call back}
authority:
  agent: {credit: 40}
  boss: {credit: 100, call: true}
rules:
  - id: credit-some
    action: credit
    when:
      - order.days < 10
      - history.count(h, h.action == "credit" && h.verdict == "approve" && h.outcome != "declined") < params.limit
    allow: {up_to: 80 * params.share}
    source: made up
  - id: credit-floor
    action: credit
    when: order.level == "gold"
    floor: {at_least: 10}
    source: made up
  - id: credit-fraud
    action: credit
    when: order.level == "gold"
    refer: fraud
    source: made up
  - id: call-anybody
    action: call
    when: order.days < 10
    allow: true
    source: made up
"""
FACTS = """\
type: object
properties:
  order:
    type: object
    properties:
      days: {type: integer}
      level: {enum: [gold, silver]}
      day: {type: [string, "null"], format: date}
"""
NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
ASK: dict[str, Any] = {
    "id": "d",
    "now": "2026-06-15T12:00:00Z",
    "agent": {"role": "agent", "id": "a-1"},
    "facts": {"order": {"days": 5, "level": "silver"}},
    "ask": {"action": "credit", "amount": 20},
    "history": [],
}


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return load_release(write_pack(tmp_path_factory.mktemp("pack"), PACK, facts=FACTS))


def decided(release: Release, **said: Any) -> DecisionEvent:
    """Return the event of the decision on a request, of several asks the last."""
    asked = DecisionRequest.model_validate_json(json.dumps({**ASK, **said}))
    found = decide(release, asked)
    return decision_event(release, asked, found.decisions[-1] if isinstance(found, Decisions) else found)


def credit(**ask: Any) -> dict[str, Any]:
    return {"ask": {"action": "credit", **ask}}


def taken(word: Any, **said: Any) -> Taken:
    return Taken("o", word, said.pop("at", NOON), agent=Agent(role="agent", id="a-2"), **said)


def test_an_offer_that_is_taken_is_granted_and_its_promises_open(release: Release) -> None:
    event = decided(release)
    outcome, grant, *promises = outcome_events(release, event, taken("accepted"))
    assert isinstance(outcome, OutcomeEvent)
    assert (outcome.id, outcome.decision, outcome.outcome, outcome.amount) == ("o", "d", "accepted", None)
    assert isinstance(grant, GrantEvent)
    assert (grant.amount, grant.company_cost, grant.agent.id, grant.decision) == ("20.00", "10.00", "a-2", "d")
    made = [one for one in promises if isinstance(one, PromiseMadeEvent)]
    assert [(one.promise, one.due, one.owner) for one in made] == [
        ("sent", "2026-06-17", "care"),
        ("told", "2026-06-16", "care"),
    ]
    assert {(one.decision, one.amount, one.as_of, one.release) for one in made} == {
        ("d", "20.00", "2026-06-15", release.policy.release)
    }


@pytest.mark.parametrize("day", [None, "2026-07-01"])
def test_a_promise_is_made_only_where_its_day_is_known(release: Release, day: str | None) -> None:
    event = decided(release, facts={"order": {"days": 5, "level": "silver", "day": day}})
    made = outcome_events(release, event, taken("accepted"))
    assert [one.due for one in made if isinstance(one, PromiseMadeEvent)][2:] == ([] if day is None else [day])
    assert [one.due for one in event.promises if one.id == "never"] == [day]


def test_promises_count_from_the_day_on_which_the_offer_is_taken(release: Release) -> None:
    later = outcome_events(release, decided(release), taken("accepted", at=NOON + timedelta(days=7)))
    first = next(one for one in later if isinstance(one, PromiseMadeEvent))
    assert (first.due, first.as_of) == ("2026-06-24", "2026-06-15")


def test_less_than_was_offered_is_granted_as_it_was_taken(release: Release) -> None:
    _, grant, *promises = outcome_events(release, decided(release), taken("accepted", amount="12"))
    assert isinstance(grant, GrantEvent)
    assert (grant.amount, grant.company_cost) == ("12.00", "6.00")
    assert {one.amount for one in promises if isinstance(one, PromiseMadeEvent)} == {"12.00"}


@pytest.mark.parametrize("word", ["declined", "postponed"])
def test_what_is_not_taken_grants_nothing(release: Release, word: str) -> None:
    assert len(outcome_events(release, decided(release), taken(word))) == 1


def test_what_is_granted_once_is_not_granted_again(release: Release) -> None:
    event = decided(release)
    first = outcome_events(release, event, taken("accepted"))
    assert len(outcome_events(release, event, taken("accepted"), first)) == 1


def test_an_override_grants_what_it_says_by_who_overrides(release: Release) -> None:
    event = decided(release, facts={"order": {"days": 50, "level": "silver"}})
    assert event.verdict == "decline"
    _, grant, *promises = outcome_events(release, event, taken("overridden", amount="90.00", reason="so"))
    assert isinstance(grant, GrantEvent)
    assert (grant.amount, grant.agent.id, grant.company_cost) == ("90.00", "a-2", None)
    assert len(promises) == 2
    assert len(outcome_events(release, event, taken("overridden", amount=0))) == 1


def test_an_override_of_an_action_without_amount_turns_the_answer(release: Release) -> None:
    boss = {"agent": {"role": "boss"}, "ask": {"action": "call"}}
    yes, no = decided(release, **boss), decided(release, **boss, facts={"order": {"days": 50}})
    assert (yes.verdict, no.verdict) == ("approve", "decline")
    assert [len(outcome_events(release, one, taken("overridden"))) for one in (yes, no)] == [1, 2]


@pytest.mark.parametrize(
    ("facts", "word", "said", "code"),
    [
        ({}, "accepted", {"amount": "20.01"}, "above-offer"),
        ({}, "accepted", {"amount": "much"}, "wrong-amount"),
        ({}, "accepted", {"amount": "-1.00"}, "wrong-amount"),
        ({}, "overridden", {}, "missing-amount"),
        ({}, "accepted", {"stands_until": date(2026, 6, 20)}, "not-postponed"),
        ({"order": {"days": 50, "level": "silver"}}, "accepted", {}, "nothing-offered"),
        ({"order": {"days": 50, "level": "silver"}}, "postponed", {}, "nothing-offered"),
    ],
)
def test_an_outcome_that_a_decision_cannot_have_is_refused(
    release: Release, facts: dict[str, Any], word: str, said: dict[str, Any], code: str
) -> None:
    event = decided(release, **({"facts": facts} if facts else {}))
    with pytest.raises(OutcomeProblem) as problem:
        outcome_events(release, event, taken(word, **said))
    assert problem.value.code == code


def test_an_offer_without_an_amount_is_taken_with_one(release: Release) -> None:
    event = decided(release).model_copy(update={"amount": None})
    with pytest.raises(OutcomeProblem) as problem:
        outcome_events(release, event, taken("accepted"))
    assert problem.value.code == "missing-amount"
    assert len(outcome_events(release, event, taken("accepted", amount="5.00"))) == 4


def test_an_outcome_of_an_erased_decision_grants_nothing_but_says_so(release: Release) -> None:
    erased = decided(release).model_copy(update={"case": {}, "inputs": {}})
    with pytest.raises(CaseGone):
        outcome_events(release, erased, taken("accepted"))


def present(release: Release, events: list[Event], at: datetime = NOON) -> Present:
    now = moment_at(at)
    promises = promises_of(events, release.policy.conventions.zone, now)
    return Present(now, history_of(events, release, now), entries_of(promises, release), standing=standing(promises))


def accept(release: Release, event: DecisionEvent, events: list[Event], at: datetime = NOON) -> bool:
    """Take an offer if it may be granted still, as the ledger does."""
    checked = still_grantable(release, event, None, present(release, events, at))
    if checked.covered:
        outcome = Taken(f"o-{event.id}", "accepted", at)
        events += outcome_events(
            release, event, outcome, [one for one in events if getattr(one, "decision", "") == event.id]
        )
    return checked.covered


@pytest.mark.parametrize("apart", [0, 1])
def test_of_a_hundred_offers_made_at_once_as_many_are_granted_as_the_limit_allows(release: Release, apart: int) -> None:
    made = [
        decided(release, id=f"d-{number:03}", now=f"2026-06-15T12:00:{apart * number % 60:02}Z")
        for number in range(100)
    ]
    events: list[Event] = list(made)
    for event in random.Random(apart).sample(made, 100):
        accept(release, event, events, NOON + timedelta(minutes=1))
    assert sum(isinstance(one, GrantEvent) for one in events) == 5


def test_an_offer_does_not_count_against_itself(release: Release) -> None:
    event = decided(release)
    assert accept(release, event, [event])


def test_an_earlier_offer_counts_until_it_is_declined(tmp_path: Path) -> None:
    single = load_release(write_pack(tmp_path, PACK.replace("limit: 5", "limit: 1"), facts=FACTS))
    first, second = decided(single, id="d-1"), decided(single, id="d-2", now="2026-06-15T12:00:01Z")
    later = NOON + timedelta(minutes=1)
    assert not accept(single, second, [first, second], later)
    no = outcome_events(single, first, Taken("no", "declined", NOON))
    assert accept(single, second, [first, second, *no], later)
    assert accept(single, first, [first, second], later)


def test_what_only_the_caller_knew_counts_still(release: Release) -> None:
    entry = {"action": "credit", "verdict": "approve", "outcome": None, "at": "2026-06-01T10:00:00", "session": None}
    event = decided(release, history=[{"id": f"c-{number}", **entry} for number in range(4)])
    other = decided(release, id="e")
    assert accept(release, event, [event])
    events: list[Event] = [other, event]
    assert accept(release, other, events)
    assert not accept(release, event, events)


def test_the_clock_goes_on_and_the_rules_stay_those_of_the_day(release: Release) -> None:
    event = decided(release, **credit(amount=40))
    checked = still_grantable(release, event, None, present(release, [event], NOON + timedelta(days=3)))
    assert checked.covered
    assert (checked.decision.now, checked.decision.as_of) == ("2026-06-18T14:00:00+02:00", "2026-06-15")
    anew = decided(release, now="2026-06-18T12:00:00Z", agent={"role": "boss"}, **credit(amount=80))
    assert (anew.verdict, anew.amount) == ("counter", "40.00")


def test_a_counter_offer_is_checked_for_what_it_offered(release: Release) -> None:
    event = decided(release, **credit(amount=500))
    assert (event.verdict, event.amount) == ("counter", "40.00")
    assert still_grantable(release, event, None, present(release, [event])).covered
    assert not still_grantable(release, event, "40.01", present(release, [event])).covered


def test_of_an_escalation_only_what_is_within_authority_may_be_taken(release: Release) -> None:
    event = decided(release, **credit(amount=60))
    assert (event.verdict, event.amount) == ("escalate", "60.00")
    assert not still_grantable(release, event, None, present(release, [event])).covered
    assert still_grantable(release, event, "40.00", present(release, [event])).covered


def test_a_floor_may_be_taken_while_a_desk_looks_at_the_rest(release: Release) -> None:
    event = decided(release, facts={"order": {"days": 5, "level": "gold"}})
    assert (event.verdict, event.desk) == ("escalate", "fraud")
    assert still_grantable(release, event, "10.00", present(release, [event])).covered
    assert not still_grantable(release, event, "10.01", present(release, [event])).covered


def test_an_offer_that_stands_is_not_taken_back(tmp_path: Path) -> None:
    single = load_release(write_pack(tmp_path, PACK.replace("limit: 5", "limit: 1"), facts=FACTS))
    first, other = decided(single, id="d-1"), decided(single, id="d-2", now="2026-06-15T11:00:00Z")
    events: list[Event] = [first, other, *outcome_events(single, other, Taken("y", "accepted", NOON))]
    later = NOON + timedelta(days=2)
    assert not still_grantable(single, first, None, present(single, events, later)).covered
    events += outcome_events(single, first, Taken("p", "postponed", NOON, stands_until=date(2026, 6, 18)))
    assert still_grantable(single, first, None, present(single, events, later)).covered
    assert not still_grantable(single, first, "20.01", present(single, events, later)).covered
    assert not still_grantable(single, first, None, present(single, events, NOON + timedelta(days=4))).covered


def test_of_several_asks_each_is_checked_with_those_before_it_counted_once(tmp_path: Path) -> None:
    single = load_release(write_pack(tmp_path, PACK.replace("limit: 5", "limit: 2"), facts=FACTS))
    asked = DecisionRequest.model_validate_json(
        json.dumps({**{name: each for name, each in ASK.items() if name != "ask"}, "asks": [ASK["ask"], ASK["ask"]]})
    )
    both = decide(single, asked)
    assert isinstance(both, Decisions)
    events: list[Event] = []
    for one in both.decisions:
        assert isinstance(one, Decision)
        events.append(decision_event(single, asked, one))
    first, second = [one for one in events if isinstance(one, DecisionEvent)]
    assert [one.id for one in (first, second)] == ["d.1", "d.2"]
    assert accept(single, first, events)
    assert accept(single, second, events)
    assert not accept(single, decided(single, id="e"), events)
