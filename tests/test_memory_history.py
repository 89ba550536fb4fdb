"""What was decided before as decisions see it, from the events, and together with what a caller says."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import ledger_events as events
import pytest
from packs import write_pack

from engine.budgets import begins
from engine.case import case_of
from engine.language.packs.pack import SPANS
from engine.memory.history import history_of
from engine.memory.merging import merged
from engine.memory.moments import moment_at
from engine.memory.past import FIELDS, past_of, told_of
from engine.release import Release, load_release
from engine.signals.kinds import given_of
from schemas.events import ApprovalEvent, DecisionEvent, Event, OutcomeEvent
from schemas.request import DecisionRequest

PACK = """\
timezone: Europe/Berlin
actions:
  credit:
    title: Credit
    amount: money
    inputs: {bill: {type: string}, size: {type: integer}, cause: {enum: [late, broken]}}
  days: {title: More days, amount: int}
  call: {title: Call back}
rules:
  - id: call-anybody
    action: [call]
    allow: true
    source: made up
"""
NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
NOW = moment_at(NOON)


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return load_release(write_pack(tmp_path_factory.mktemp("pack"), PACK))


def decision(id_: str = "d-1", hours: int = -5, **said: Any) -> DecisionEvent:
    values = {
        "pack": "tiny",
        "release": "r",
        "action": "credit",
        "verdict": "approve",
        "amount": "30.00",
        "digest": "x",
    }
    return DecisionEvent(id=id_, at=NOON + timedelta(hours=hours), **{**values, **said})


def outcome(word: str, on: str = "d-1", hours: int = -4, **said: Any) -> OutcomeEvent:
    said.setdefault("id", f"o-{on}-{word}-{hours}")
    return OutcomeEvent(at=NOON + timedelta(hours=hours), decision=on, outcome=word, **said)  # type: ignore[arg-type]


def history(release: Release, *events: Event) -> list[dict[str, Any]]:
    """Return the history of events, which a request takes."""
    found = list(history_of(events, release, NOW))
    request = {"now": "2026-06-15T12:00:00Z", "history": found}
    assert case_of(release, DecisionRequest.model_validate_json(json.dumps(request)), "r").inputs["history"] is not None
    return found


def only(release: Release, *events: Event) -> dict[str, Any]:
    (found,) = history(release, *events)
    return found


def test_signals_know_of_what_happened_what_they_know_of_the_event() -> None:
    at, who = "2026-06-15", "ann"
    life: list[Event] = [
        events.decision(at, reasons=("a", "b")), events.decision(at), events.outcome(at, "d"),
        events.approval(at, "d"), events.grant(at, amount=3), events.grant(at, amount="3.00"), events.grant(at),
        events.contact(at, channel="shop"), events.promise(at, "p", "2026-06-17"), events.kept(at, "p"),
        events.broken(at, "p"), events.outreach(at, None),
        events.happened(at, "moved", data={"to": "Rome", "from": None}), events.feedback(at, "r", False, customer=who),
    ]  # fmt: skip
    told = [told_of(one) for one in map(past_of, life) if one is not None]
    assert [{"kind": one.kind, "id": one.id, **one.fields} for one in told] == [
        {name: value for name, value in given.items() if name != "at"} for given in map(given_of, life) if given
    ]
    assert [one.at for one in told] == [moment_at(event.at) for event in life]
    assert {event.kind for event in life} == set(FIELDS)
    assert [past_of(one) for one in (events.insight(at, "i"), events.activated(at), events.erasure(at, 1))] == [
        None
    ] * 3


def test_an_approval_that_nobody_has_answered_counts(release: Release) -> None:
    assert only(release, decision(session="s", inputs={"bill": "b-1"})) == {
        "id": "d-1",
        "action": "credit",
        "verdict": "approve",
        "outcome": None,
        "amount": "30.00",
        "units": None,
        "at": "2026-06-15T09:00:00+02:00",
        "session": "s",
        "ask": {"bill": "b-1"},
    }


def test_the_last_outcome_counts_whatever_the_order_of_the_events(release: Release) -> None:
    events = [decision(), outcome("accepted", hours=-4, amount="20.00"), outcome("declined", hours=-3)]
    for _ in range(5):
        random.Random(4).shuffle(events)
        assert only(release, *events)["outcome"] == "declined"
    tied = [decision(), outcome("declined", id="a"), outcome("accepted", id="b")]
    assert only(release, *tied[::-1])["outcome"] == "accepted"


def test_what_was_taken_counts_rather_than_what_was_offered(release: Release) -> None:
    assert only(release, decision(), outcome("accepted", amount="12.00"))["amount"] == "12.00"
    assert only(release, decision(), outcome("accepted"))["amount"] == "30.00"


def test_what_is_still_to_come_never_counts(release: Release) -> None:
    assert history(release, decision(hours=1)) == []
    assert only(release, decision(), outcome("accepted", hours=1))["outcome"] is None


def test_an_escalation_that_was_approved_counts_as_a_yes(release: Release) -> None:
    asked = decision(verdict="escalate")
    yes = ApprovalEvent(id="a", at=NOON - timedelta(hours=3), request="q", decision="d-1", rung="boss", approved=True)
    assert only(release, asked)["verdict"] == "escalate"
    assert only(release, asked, yes)["verdict"] == "approve"
    assert only(release, asked, yes.model_copy(update={"approved": False}))["verdict"] == "escalate"


@pytest.mark.parametrize(
    ("verdict", "amount", "counts"),
    [("decline", "5.00", "approve"), ("approve", "0.00", "decline"), ("approve", "90.00", "approve")],
)
def test_an_override_counts_as_what_was_done(release: Release, verdict: str, amount: str, counts: str) -> None:
    found = only(release, decision(verdict=verdict, amount=None), outcome("overridden", amount=amount, reason="so"))
    assert (found["verdict"], found["amount"], found["outcome"]) == (counts, amount, "overridden")


def test_an_override_of_an_action_without_amount_turns_the_answer(release: Release) -> None:
    for verdict, counts in (("decline", "approve"), ("approve", "decline")):
        call = decision(action="call", verdict=verdict, amount=None)
        assert only(release, call, outcome("overridden"))["verdict"] == counts


@pytest.mark.parametrize("verdict", ["counter", "escalate"])
def test_what_was_taken_counts_as_a_yes(release: Release, verdict: str) -> None:
    assert only(release, decision(verdict=verdict))["verdict"] == verdict
    assert only(release, decision(verdict=verdict), outcome("accepted", amount="4.00"))["verdict"] == "approve"
    assert only(release, decision(verdict=verdict), outcome("declined"))["verdict"] == verdict


def test_units_are_no_money(release: Release) -> None:
    found = only(release, decision(action="days", amount=3))
    assert (found["amount"], found["units"]) == (None, 3)


def test_decisions_of_another_pack_and_on_actions_that_are_gone_are_left_out(release: Release) -> None:
    assert history(release, decision(pack="other"), decision("d-2", action="gone")) == []


def test_inputs_that_are_gone_or_of_another_type_are_unknown(release: Release) -> None:
    found = only(release, decision(inputs={"bill": "b", "size": "big", "cause": "flood", "gone": 1}))
    assert found["ask"] == {"bill": "b"}


def test_money_of_another_currency_is_unknown(release: Release) -> None:
    assert "amount" not in only(release, decision(currency="SEK"))
    assert only(release, decision(currency="EUR"))["amount"] == "30.00"


def test_money_that_the_currency_has_no_coin_for_is_unknown(release: Release) -> None:
    assert "amount" not in only(release, decision(amount="30.005"))


def test_an_answer_that_keeps_a_promise_is_part_of_the_first(release: Release) -> None:
    keeping = decision("d-9", hours=-2, honours="d-1")
    found = only(release, decision(), keeping, outcome("accepted", on="d-9", hours=-1))
    assert (found["id"], found["outcome"], found["at"]) == ("d-1", "accepted", "2026-06-15T09:00:00+02:00")
    alone = only(release, keeping)
    assert (alone["id"], alone["at"]) == ("d-1", "2026-06-15T12:00:00+02:00")


def test_the_same_event_twice_counts_once_and_the_oldest_comes_first(release: Release) -> None:
    events = [decision("d-2", hours=-1), decision("d-1"), decision("d-2", hours=-1)]
    assert [one["id"] for one in history(release, *events)] == ["d-1", "d-2"]


OWN = {"id": "a", "action": "credit", "verdict": "approve", "outcome": None, "amount": "30.00"}


@pytest.mark.parametrize(
    ("said", "counts"), [("accepted", "accepted"), ("overridden", "overridden"), ("declined", None)]
)
def test_a_caller_is_believed_that_an_offer_was_taken_never_that_it_was_not(said: str, counts: str | None) -> None:
    assert merged([OWN], [{**OWN, "outcome": said, "amount": "1.00"}]) == [{**OWN, "outcome": counts}]


def test_what_the_ledger_knows_stands() -> None:
    own = {**OWN, "outcome": "accepted"}
    assert merged([own], [{"id": "a", "outcome": "declined", "verdict": "decline"}]) == [own]


def test_what_only_the_caller_has_is_added_in_its_place() -> None:
    given = [{"id": "x"}, {"id": "a"}, {"amount": 1}, {"id": "a"}]
    assert merged([{**OWN, "id": "b"}, OWN], given) == [{"id": "x"}, OWN, {"amount": 1}, {**OWN, "id": "b"}]
    assert merged([OWN], ()) == [OWN]


@pytest.mark.property
def test_nothing_a_caller_says_takes_a_grant_out_of_the_history() -> None:
    draw = random.Random(2)
    for _ in range(500):
        own = [{**OWN, "id": str(number), "outcome": draw.choice([None, "accepted"])} for number in range(4)]
        words = [None, "accepted", "declined", "postponed", "overridden"]
        given = [{"id": str(draw.randint(0, 6)), "outcome": draw.choice(words)} for _ in range(draw.randint(0, 5))]
        found = {one["id"]: one for one in merged(own, given)}
        for one in own:
            assert found[one["id"]]["outcome"] in (one["outcome"], "accepted", "overridden")
            assert {**found[one["id"]], "outcome": None} == {**one, "outcome": None}


def begun_at(moment: int, zone: str) -> dict[str, int]:
    return {span: begins(moment, span, zone) for span in SPANS}


def test_periods_begin_on_the_clock_of_the_pack() -> None:
    late = moment_at(datetime(2026, 3, 31, 22, 30, tzinfo=UTC))
    begun = {name: datetime.fromtimestamp(at / 1e6, UTC) for name, at in begun_at(late, "Europe/Berlin").items()}
    assert begun == {
        "day": datetime(2026, 3, 31, 22, tzinfo=UTC),
        "week": datetime(2026, 3, 29, 22, tzinfo=UTC),
        "month": datetime(2026, 3, 31, 22, tzinfo=UTC),
    }
    assert begun_at(late, "UTC")["month"] == moment_at(datetime(2026, 3, 1, tzinfo=UTC))
