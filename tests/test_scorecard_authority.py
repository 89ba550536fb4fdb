"""What the scorecard counts of escalations, channels, grants and overrides."""

from __future__ import annotations

import pytest
from ledger_events import (
    AGENT,
    BOSS,
    approval,
    decision,
    grant,
    outcome,
    request,
)
from packs import write_pack
from scorecards import CASE, HALF, POLICY, breakdown, counted, measured, parts

from engine.release import Release, load_release
from schemas.events import Event
from schemas.request import Agent
from simulations.scorecard.calendar import calendar_of
from simulations.scorecard.channels import Channels
from simulations.scorecard.known import known
from simulations.scorecard.overrides import Overrides


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return load_release(write_pack(tmp_path_factory.mktemp("packs") / "tiny", POLICY))


def escalated(number: int, amount: str, day: str = "2026-01-05") -> list[Event]:
    """Return an escalation that the boss approved and the customer took."""
    id_, who = f"up-{number}", f"customer-{number}"
    return [
        decision(day, "escalate", who, id=id_, rung="boss", amount=amount, company_cost=amount),
        request(day, id_, who, amount=amount),
        approval(day, id_, customer=who),
        grant(day, id_, who, amount=amount, company_cost=amount),
    ]


def test_upheld_escalations_name_the_limit_that_covers_nine_in_ten(release: Release) -> None:
    events = [event for n in range(1, 11) for event in escalated(n, f"{n * 10}.00")]
    found = measured("escalations_upheld", events, release)
    assert counted(found) == (10, 10)
    (part,) = breakdown(found, "pack", "currency", "action", "role", "rung")
    assert part.keys == ("tiny", "EUR", "credit", "agent", "boss")
    assert (part.figures["limit"], part.figures["cost"]) == ("90.00", "550.00")
    assert found.improved_by == (
        "Let agent grant credit up to 90.00: boss said yes to 10 of 10, at a cost of 550.00 EUR",
    )


def test_an_escalation_refused_or_not_answered_is_not_upheld() -> None:
    events = [
        decision("2026-01-05", "escalate", "ann", id="no", rung="boss"),
        approval("2026-01-06", "no", approved=False, customer="ann"),
        decision("2026-01-05", "escalate", "bob", id="silence", rung="boss"),
        decision("2026-01-05", "escalate", "cem", id="desk", desk="plumbers"),
    ]
    found = measured("escalations_upheld", events)
    assert counted(found) == (0, 1)
    assert (found.figures["refused"], found.figures["open"]) == (1, 1)


def test_a_boss_who_grants_the_same_thing_upholds_the_escalation(release: Release) -> None:
    events = [
        decision("2026-01-05", "escalate", "ann", id="up", rung="boss"),
        grant("2026-01-05", "up", "ann", agent=AGENT, amount="20.00", company_cost="20.00"),
        decision("2026-01-06", "approve", "ann", id="own", agent=BOSS),
        grant("2026-01-06", "own", "ann", agent=BOSS, amount="45.00", company_cost="40.00"),
    ]
    found = measured("escalations_upheld", events, release)
    assert counted(found) == (1, 1)
    (part,) = breakdown(found, "pack", "currency", "action", "role", "rung")
    assert (part.figures["limit"], part.figures["cost"]) == ("45.00", "40.00")


def test_a_grant_long_after_an_escalation_does_not_uphold_it(release: Release) -> None:
    events = [
        decision("2026-01-05", "escalate", "ann", id="up", rung="boss"),
        grant("2026-02-06", "own", "ann", agent=BOSS, amount="45.00"),
    ]
    assert measured("escalations_upheld", events, release).figures["open"] == 1


def test_what_was_approved_and_not_taken_costs_what_the_offer_would(release: Release) -> None:
    events = escalated(1, "30.00")[:3]
    found = measured("escalations_upheld", events, release)
    (part,) = breakdown(found, "pack", "currency", "action", "role", "rung")
    assert (part.figures["limit"], part.figures["cost"]) == ("30.00", "30.00")


def test_the_same_case_is_compared_over_channels() -> None:
    events = [
        decision("2026-01-05", channel="phone", session="a", case={**CASE, "now": "2026-01-05", "id": "1"}),
        decision("2026-01-06", channel="chat", session="b", case={**CASE, "now": "2026-01-06", "id": "2"}),
        decision("2026-01-06", channel="chat", case=CASE, action="refund"),
        decision("2026-01-06", "decline", channel="shop", case=CASE, action="refund"),
    ]
    found = measured("same_answer_across_channels", events)
    assert counted(found) == (1, 2)
    assert parts(found, "channels") == {("chat + phone",): (1, 1), ("chat + shop",): (0, 1)}


def test_cases_of_one_channel_or_another_role_or_release_are_not_compared() -> None:
    boss = Agent(role="boss", id="b-1")
    events = [
        decision("2026-01-05", channel="phone", case=CASE),
        decision("2026-01-05", "decline", channel="phone", case=CASE),
        decision("2026-01-05", "decline", channel="chat", case=CASE, agent=boss),
        decision("2026-01-05", "decline", channel="chat", case=CASE, release="sha256:1"),
        decision("2026-01-05", "decline", channel="chat"),
    ]
    found = measured("same_answer_across_channels", events)
    assert counted(found) == (0, 0)
    assert found.figures == {"not_compared": 1}


def test_another_agent_or_amount_is_told_apart_from_another_case() -> None:
    other = Agent(role="agent", id="a-2")
    events = [
        decision("2026-01-05", channel="phone", case=CASE, amount="10.00"),
        decision("2026-01-05", channel="chat", case=CASE, amount="12.00", agent=other),
    ]
    assert counted(measured("same_answer_across_channels", events)) == (0, 1)


def test_a_case_that_must_make_room_is_counted_as_it_stands() -> None:
    gauge = Channels(known([], calendar_of(HALF)), most=1)
    for channel in ("phone", "chat"):
        gauge.see(decision("2026-01-05", channel=channel, case=CASE))
    gauge.see(decision("2026-01-05", channel="phone", case={**CASE, "facts": {}}))
    gauge.see(decision("2026-01-05", "decline", channel="shop", case=CASE))
    assert counted(gauge.measures(HALF.end)[0]) == (1, 1)


def test_grants_are_mutual_when_both_sides_gain(release: Release) -> None:
    events = [
        grant("2026-01-05", mutual=True, company_gain="30.00", company_cost="12.50", customer_value="20.00"),
        grant("2026-01-05", mutual=False, company_gain="0.00", company_cost="12.75"),
        grant("2026-01-05", company_gain="5.00"),
        grant("2026-07-05", mutual=True),
    ]
    found = measured("mutual_grants", events, release)
    assert counted(found) == (1, 2)
    (part,) = breakdown(found, "pack", "currency")
    assert part.keys == ("tiny", "EUR")
    assert part.figures == {
        "not_known": 1,
        "company_gain": "35.00",
        "company_cost": "25.25",
        "net_gain": "4.75",
        "customer_value": "20.00",
        "unpriced": 1,
    }


def test_money_that_is_no_number_is_left_out() -> None:
    events = [grant("2026-01-05", company_gain="NaN", company_cost="1E+999999")]
    (part,) = breakdown(measured("mutual_grants", events), "pack", "currency")
    assert (part.figures["company_gain"], part.figures["company_cost"], part.figures["unpriced"]) == (None, None, 1)


def test_overrides_are_counted_by_rule_and_reason() -> None:
    events = [
        decision("2025-12-05", "decline", id="d1", rules=("late", "gold"), reasons=("too_late",)),
        decision("2026-01-05", "approve", id="d2", rules=("late",)),
        outcome("2026-01-06", "d1", "overridden", reason="She was right."),
        outcome("2026-01-06", "d2", "accepted"),
        outcome("2026-01-06", "lost", "overridden"),
    ]
    found = measured("overrides", events)
    assert counted(found) == (2, 3)
    assert found.figures == {"with_reason": 1, "without_reason": 1}
    assert parts(found, "rule") == {("gold",): (1, 1), ("late",): (1, 2)}
    assert parts(found, "reason") == {("too_late",): (1, 1)}
    assert parts(found, "action") == {("credit",): (1, 2), ("unknown",): (1, 1)}


def test_the_outcome_of_a_decision_that_made_room_is_still_counted() -> None:
    gauge = Overrides(known([], calendar_of(HALF)), most=1)
    events: list[Event] = [decision("2026-01-05", id=id_) for id_ in ("d1", "d2")]
    for event in [*events, outcome("2026-01-06", "d1", "overridden"), outcome("2026-01-06", "d2")]:
        gauge.see(event)
    assert parts(gauge.measures(HALF.end)[0], "action") == {("credit",): (0, 1), ("unknown",): (1, 1)}
