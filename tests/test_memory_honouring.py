"""What was promised and has not expired is never refused later."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from packs import write_pack
from random_packs import Writer, customer, request, write

from engine.case import asked_of, case_of
from engine.decide import decide
from engine.memory.history import history_of
from engine.memory.honouring import claim_of, honoured
from engine.memory.moments import moment_at
from engine.memory.promises import Promise, entries_of, promises_of
from engine.memory.replaying import decided_again, decision_bytes, digest
from engine.memory.taking import Taken, outcome_events
from engine.memory.writing import decision_event
from engine.release import Release, load_release
from schemas.decision import Decision
from schemas.events import DecisionEvent, Event, GrantEvent, PromiseKeptEvent, PromiseMadeEvent
from schemas.request import DecisionRequest

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


class Desk:
    """A customer's events, and the releases under which they came about."""

    def __init__(self, *releases: Release) -> None:
        self.releases = {one.policy.release: one for one in releases}
        self.events: list[Event] = []

    def given(self, release: Release, said: dict[str, Any]) -> Decision:
        """Return the decision that a customer hears, and record it."""
        asked = parsed(said)
        decision = decide(release, asked)
        assert isinstance(decision, Decision)
        assert asked.ask is not None
        case = case_of(release, asked, decision.id)
        claim = claim_of(release, case, asked_of(release, case, asked.ask))
        heard = honoured(release, decision, claim, self.promises(release, case.now), self.again)
        first = None if heard.honours is None else self.decided(heard.honours)
        self.events.append(decision_event(release, asked, heard, first))
        return heard

    def promises(self, release: Release, now: int) -> tuple[Promise, ...]:
        return promises_of(self.events, release.policy.conventions.zone, now)

    def decided(self, id_: str) -> DecisionEvent:
        (found,) = (one for one in self.events if one.id == id_)
        assert isinstance(found, DecisionEvent)
        return found

    def again(self, id_: str) -> Decision:
        event = self.decided(id_)
        return decided_again(self.releases[event.release], event)

    def take(self, id_: str, outcome: Any, at: datetime, **more: Any) -> tuple[Event, ...]:
        """Record what became of a decision, and return what that left behind."""
        event = self.decided(id_)
        taken = Taken(f"o-{id_}-{len(self.events)}", outcome, at, **more)
        made = outcome_events(self.releases[event.release], event, taken, self.events)
        self.events += made
        return made


def parsed(said: dict[str, Any]) -> DecisionRequest:
    return DecisionRequest.model_validate_json(json.dumps(said))


def promising(seed: int, folder: Path) -> Release:
    """Return a random release whose every action promises something when it is granted."""
    pack = Writer(random.Random(seed)).pack()
    for action in pack["actions"].values():
        action["promises"] = [{"id": "sent", "due": "business_days(3)"}]
    return load_release(write(pack, folder))


def again(draw: random.Random, said: dict[str, Any], decision: Decision, day: date) -> dict[str, Any]:
    """Return the same ask of a customer of whom all else has changed, on another day and by anybody."""
    ask = {name: value for name, value in said["ask"].items() if name != "amount"}
    offered = None if decision.offer is None else decision.offer.amount
    if offered is not None and draw.random() < 0.5:
        ask["amount"] = offered
    role = draw.choice([{}, {"role": "bot"}, {"role": "agent"}])
    now = f"{day.isoformat()}T{draw.choice(['12:00:00', '23:59:59'])}Z"
    return {**said, "id": "later", "now": now, "agent": role, "facts": customer(draw), "ask": ask}


@pytest.mark.property
def test_what_was_promised_and_not_expired_is_never_refused_later(tmp_path: Path) -> None:
    releases = [promising(seed, tmp_path / str(seed)) for seed in range(9)]
    draw, seen = random.Random(1), Counter[str]()
    for number in range(250):
        before, after = draw.sample(releases, 2)
        desk, said = Desk(before, after), request(draw)
        said["agent"] = {"role": "head"}
        first = desk.given(before, said)
        if first.verdict not in ("approve", "counter"):
            continue
        made = desk.take("r", "accepted", NOW)
        (promise,) = (one for one in made if isinstance(one, PromiseMadeEvent))
        due = date.fromisoformat(promise.due)
        day = NOW.date() + timedelta(days=draw.randint(0, (due - NOW.date()).days))
        asked = again(draw, said, first, day)
        heard = desk.given(after, asked)
        assert heard.verdict == "approve", number
        offered = None if heard.offer is None else heard.offer.amount
        wanted = asked["ask"].get("amount") or promise.amount
        assert wanted is None or float(offered or 0) >= float(wanted), number
        seen["honoured" if heard.honours else "approved"] += 1
        if heard.honours:
            check_word_kept(desk, heard, promise)
            late = desk.given(after, {**asked, "id": "late", "now": f"{due + timedelta(days=1)}T00:00:00Z"})
            assert late.honours is None
    assert min(seen["honoured"], seen["approved"]) > 10, seen


def check_word_kept(desk: Desk, heard: Decision, promise: PromiseMadeEvent) -> None:
    """Hold what an answer that keeps a promise is: of then, nothing new, the same when decided again."""
    event = desk.decided("later")
    repeated = decided_again(desk.releases[event.release], event)
    assert decision_bytes(repeated) == decision_bytes(heard)
    assert event.digest == digest(repeated)
    assert (heard.honours, heard.release) == (promise.decision, promise.release)
    assert [(one.id, one.due) for one in heard.promises] == [("sent", promise.due)]
    assert heard.texts.keys() == {"customer", "agent", "auditor"}
    taken = desk.take("later", "accepted", event.at)
    assert not any(isinstance(one, GrantEvent | PromiseMadeEvent) for one in taken)


TINY = """\
actions:
  credit:
    title: Goodwill credit
    amount: money
    inputs: {bill: {type: string}, note: {type: string, optional: true}}
    promises:
      - {id: sent, due: business_days(2), say: "By {due}."}
authority:
  agent: {credit: 40}
  boss: {credit: 100}
rules:
  - id: credit-late
    action: credit
    when: order.days > 3
    allow: {up_to: params.most}
    source: made up
params:
  most: MOST
"""
ASK: dict[str, Any] = {
    "id": "first",
    "now": "2026-06-15T12:00:00Z",
    "agent": {"role": "agent"},
    "facts": {"order": {"days": 5}},
    "ask": {"action": "credit", "amount": 30, "bill": "b-1"},
}
LATER = {**ASK, "id": "later", "now": "2026-06-16T12:00:00Z", "facts": {"order": {"days": 1}}}


@pytest.fixture(scope="module")
def generous(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return load_release(write_pack(tmp_path_factory.mktemp("generous"), TINY.replace("MOST", "50")))


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return load_release(write_pack(tmp_path_factory.mktemp("strict"), TINY.replace("MOST", "5")))


@pytest.fixture
def desk(generous: Release, strict: Release) -> Desk:
    """A desk at which a credit of 30 was granted and promised."""
    made = Desk(generous, strict)
    made.given(generous, ASK)
    made.take("first", "accepted", NOW)
    return made


def asking(**ask: Any) -> dict[str, Any]:
    return {**LATER, "ask": {"action": "credit", "bill": "b-1", **ask}}


def test_the_agent_is_told_when_under_which_release_and_until_when_it_was_promised(
    desk: Desk, generous: Release, strict: Release
) -> None:
    heard = desk.given(strict, LATER)
    assert heard.texts["agent"] == (
        "Approve: Goodwill credit, €30.00.\nAlready promised on June 15, 2026 under release "
        f"{generous.policy.release}, due by June 17, 2026. Keep it; it is not granted anew."
    )
    assert heard.texts["customer"] == (
        "We promised you this on June 15, 2026, and our word stands: Goodwill credit, €30.00."
    )


@pytest.mark.parametrize(
    "ask", [{"amount": "30.01"}, {"bill": "b-2"}, {"bill": "b-2", "amount": 1}, {"note": "please"}]
)
def test_more_or_something_else_than_was_promised_is_decided_by_the_rules_of_today(
    desk: Desk, strict: Release, ask: dict[str, Any]
) -> None:
    heard = desk.given(strict, asking(**ask))
    assert (heard.verdict, heard.honours, heard.release) == ("decline", None, strict.policy.release)


@pytest.mark.parametrize("ask", [{}, {"amount": 30}, {"amount": 2}, {"note": None}])
def test_as_much_or_less_than_was_promised_is_a_yes_to_what_was_promised(
    desk: Desk, strict: Release, ask: dict[str, Any]
) -> None:
    heard = desk.given(strict, asking(**ask))
    assert (heard.verdict, heard.honours) == ("approve", "first")
    assert heard.offer is not None
    assert heard.offer.amount == "30.00"


def test_a_promise_that_was_kept_is_not_kept_twice(desk: Desk, strict: Release) -> None:
    (promise,) = desk.promises(strict, moment_at(NOW))
    desk.events.append(kept(promise))
    assert desk.given(strict, LATER).verdict == "decline"


def kept(promise: Promise) -> Event:
    return PromiseKeptEvent(id="kept", at=NOW, promise=promise.event.id)


def test_an_answer_that_keeps_a_promise_is_no_second_entry_of_the_history(desk: Desk, strict: Release) -> None:
    desk.given(strict, LATER)
    desk.take("later", "accepted", NOW + timedelta(days=1))
    entries = history_of(desk.events, strict, moment_at(NOW + timedelta(days=2)))
    assert [(one["id"], one["outcome"], one["amount"]) for one in entries] == [("first", "accepted", "30.00")]


def grants(events: Iterable[Event]) -> list[GrantEvent]:
    return [one for one in events if isinstance(one, GrantEvent)]


def test_an_offer_that_is_postponed_stands_until_its_day_and_is_granted_once(
    generous: Release, strict: Release
) -> None:
    desk = Desk(generous, strict)
    desk.given(generous, ASK)
    desk.take("first", "postponed", NOW, stands_until=date(2026, 6, 20))
    assert not grants(desk.events)
    assert entries_of(desk.promises(strict, moment_at(NOW)), strict) == ()
    heard = desk.given(strict, LATER)
    assert (heard.verdict, heard.honours, heard.promises) == ("approve", "first", ())
    desk.take("later", "accepted", NOW + timedelta(days=1))
    (grant,) = grants(desk.events)
    assert (grant.decision, grant.amount, grant.release) == ("first", "30.00", generous.policy.release)
    states = {one.event.promise: (one.state, one.event.due) for one in desk.promises(strict, moment_at(NOW) + 10**11)}
    assert states == {"offer": ("kept", "2026-06-20"), "sent": ("open", "2026-06-18")}


def test_an_offer_that_stood_lapses_after_its_day(generous: Release, strict: Release) -> None:
    desk = Desk(generous, strict)
    desk.given(generous, ASK)
    desk.take("first", "postponed", NOW, stands_until=date(2026, 6, 20))
    heard = desk.given(strict, {**LATER, "now": "2026-06-21T00:00:00Z"})
    assert heard.verdict == "decline"
    (offer,) = desk.promises(strict, moment_at(NOW + timedelta(days=6)))
    assert offer.state == "lapsed"


def test_what_an_agent_gave_against_the_answer_is_kept_too(strict: Release) -> None:
    desk = Desk(strict)
    assert desk.given(strict, ASK).verdict == "counter"
    desk.take("first", "overridden", NOW, amount="30.00", reason="a hard day")
    heard = desk.given(strict, LATER)
    assert (heard.verdict, heard.honours, heard.reasons) == ("approve", "first", ("already_promised",))
    assert heard.offer is not None
    assert heard.offer.amount == "30.00"
