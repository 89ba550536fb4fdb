"""What a decision means, case by case, on tiny packs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from packs import write_pack

from engine.decide import decide
from engine.problems import RequestError
from engine.release import Release, load_release
from schemas.decision import Decision, Decisions
from schemas.request import DecisionRequest

CREDIT = """\
desks: [fraud]
currency: EUR
actions:
  credit:
    title: Credit
    amount: money
    inputs: {order_id: {type: string}}
    effects: {order.level: '"gold"'}
  call:
    title: Call back
    outputs: {level: order.level}
"""
AUTHORITY = "authority: {agent: {credit: 20, call: true}, boss: {'*': true}}\n"
ALLOW = "rules:\n  - {id: up-to-50, action: credit, allow: {up_to: 50}}\n"


def release(folder: Path, *parts: str) -> Release:
    return load_release(write_pack(folder, "".join(parts)))


def ask(of: Release, ask: dict[str, Any], role: str | None = "agent", **more: Any) -> Decision:
    decision = decide(of, DecisionRequest(id="r", ask=ask, **asking(role), **more))
    assert isinstance(decision, Decision)
    return decision


def asks(of: Release, *asked: dict[str, Any], **more: Any) -> Decisions:
    decisions = decide(of, DecisionRequest(id="r", asks=asked, **asking("agent"), **more))
    assert isinstance(decisions, Decisions)
    return decisions


def asking(role: str | None) -> dict[str, Any]:
    return {"now": "2026-06-01T10:00:00Z", "agent": {"role": role}}


def test_an_amount_within_authority_is_approved_as_asked(tmp_path: Path) -> None:
    decision = ask(release(tmp_path, CREDIT, AUTHORITY, ALLOW), {"action": "credit", "amount": "12.50"})
    assert (decision.verdict, decision.offer and decision.offer.amount) == ("approve", "12.50")
    assert (decision.within_authority, decision.reasons) == ("20.00", ("up-to-50",))


def test_an_amount_above_authority_goes_to_the_rung_that_may_and_says_what_can_be_granted_now(tmp_path: Path) -> None:
    decision = ask(release(tmp_path, CREDIT, AUTHORITY, ALLOW), {"action": "credit", "amount": 40})
    assert (decision.verdict, decision.rung, decision.within_authority) == ("escalate", "boss", "20.00")
    assert decision.offer is not None
    assert decision.offer.amount == "40.00"


def test_an_amount_that_nobody_may_grant_is_countered_with_what_this_agent_may(tmp_path: Path) -> None:
    decision = ask(release(tmp_path, CREDIT, AUTHORITY, ALLOW), {"action": "credit", "amount": 80})
    assert (decision.verdict, decision.offer and decision.offer.amount) == ("counter", "20.00")


def test_who_has_no_role_has_no_authority(tmp_path: Path) -> None:
    decision = ask(release(tmp_path, CREDIT, AUTHORITY, ALLOW), {"action": "credit", "amount": 1}, role=None)
    assert (decision.verdict, decision.rung, decision.within_authority) == ("escalate", "agent", "0.00")


def test_a_floor_needs_no_allow_and_no_authority_and_wins_over_a_cap(tmp_path: Path) -> None:
    rules = (
        "rules:\n  - {id: due, action: credit, floor: {at_least: 30}}\n"
        "  - {id: limit, action: credit, cap: {at_most: 5}}\n"
    )
    decision = ask(release(tmp_path, CREDIT, AUTHORITY, rules), {"action": "credit", "amount": 10}, role=None)
    assert (decision.verdict, decision.offer and decision.offer.amount) == ("approve", "30.00")


def test_a_deny_that_a_rung_may_waive_is_listed_as_waived_there_and_escalated_below(tmp_path: Path) -> None:
    rules = (
        ALLOW + "  - {id: late, action: credit, when: order.days > 3, deny: {waivable_by: boss}, reason: too_late}\n"
    )
    of = release(tmp_path, CREDIT, AUTHORITY, rules)
    facts = {"facts": {"order": {"days": 9}}}
    below, above = (ask(of, {"action": "credit", "amount": 5}, role=role, **facts) for role in ("agent", "boss"))
    assert (below.verdict, below.rung, below.reasons) == ("escalate", "boss", ("too_late",))
    assert (above.verdict, above.waived) == ("approve", ("late",))


def test_an_override_frees_only_the_allow_that_carries_it(tmp_path: Path) -> None:
    rules = ALLOW + (
        "  - {id: stop, action: credit, deny: true}\n"
        "  - {id: small, action: credit, allow: {up_to: 5}, overrides: [stop]}\n"
    )
    decision = ask(release(tmp_path, CREDIT, AUTHORITY, rules), {"action": "credit"})
    assert (decision.verdict, decision.offer and decision.offer.amount) == ("approve", "5.00")


def test_a_desk_takes_over_before_a_deny_but_not_before_a_final_one(tmp_path: Path) -> None:
    rules = ALLOW + (
        "  - {id: odd, action: credit, when: order.days > 3, refer: fraud}\n"
        "  - {id: stop, action: credit, deny: true}\n"
        "  - {id: never, action: credit, when: order.days > 8, deny: final}\n"
    )
    of = release(tmp_path, CREDIT, AUTHORITY, rules)
    referred, final = (ask(of, {"action": "credit"}, facts={"order": {"days": days}}) for days in (5, 9))
    assert (referred.verdict, referred.desk, referred.reason, referred.offer) == ("escalate", "fraud", "odd", None)
    assert (final.verdict, final.final) == ("decline", True)


def test_an_exact_amount_is_granted_whole_or_not_at_all(tmp_path: Path) -> None:
    rules = "rules:\n  - {id: voucher, action: credit, allow: {exactly: 15}}\n"
    of = release(tmp_path, CREDIT, AUTHORITY, rules)
    assert [ask(of, {"action": "credit", **more}).verdict for more in ({}, {"amount": 10}, {"amount": 16})] == [
        "approve", "approve", "counter",
    ]  # fmt: skip
    smaller = ask(of, {"action": "credit", "amount": 10})
    assert smaller.offer is not None
    assert smaller.offer.amount == "15.00"
    capped = release(
        tmp_path / "capped", CREDIT, AUTHORITY, rules + "  - {id: cut, action: credit, cap: {at_most: 9}}\n"
    )
    assert ask(capped, {"action": "credit"}).verdict == "decline"


def test_a_missing_fact_is_asked_for_and_one_answer_that_settles_it_comes_first(tmp_path: Path) -> None:
    rules = ALLOW + "  - {id: late, action: credit, when: order.days > 3, deny: true}\n"
    decision = ask(release(tmp_path, CREDIT, AUTHORITY, rules), {"action": "credit", "amount": 5})
    assert decision.verdict == "ask"
    assert [(one.fact, one.decisive) for one in decision.questions] == [("order.days", True)]


def test_what_no_fact_could_settle_goes_to_a_person_as_undecided(tmp_path: Path) -> None:
    rules = ALLOW + "  - {id: odd, action: credit, when: 10.0 / order.days > 2.0, deny: true}\n"
    of = release(tmp_path, CREDIT, AUTHORITY, rules)
    decision = ask(of, {"action": "credit", "amount": 5}, facts={"order": {"days": 0}})
    assert (decision.verdict, decision.undecided, decision.rung, decision.offer) == ("escalate", True, None, None)


LIMIT = (
    "  - {id: once, action: credit, when: 'history.exists(h, h.action == \"credit\")', deny: true, reason: had_one}\n"
)


def test_a_later_ask_sees_the_earlier_one_as_granted(tmp_path: Path) -> None:
    of = release(tmp_path, CREDIT, AUTHORITY, ALLOW + LIMIT)
    two = asks(of, {"action": "credit", "amount": 5}, {"action": "credit", "amount": 5}, history=[])
    assert [one.verdict for one in two.decisions] == ["approve", "decline"]
    assert two.decisions[1].reasons == ("had_one",)


def test_a_later_ask_sees_what_the_earlier_one_changed(tmp_path: Path) -> None:
    of = release(tmp_path, CREDIT, AUTHORITY, ALLOW, "  - {id: always, action: call, allow: true}\n")
    facts = {"order": {"level": "silver"}}
    two = asks(of, {"action": "credit", "amount": 5}, {"action": "call"}, facts=facts)
    other = asks(of, {"action": "credit", "amount": 500}, {"action": "call"}, facts=facts)
    assert two.decisions[1].outputs == {"level": "gold"}
    assert other.decisions[1].outputs == {"level": "silver"}


def test_asks_that_stand_or_fall_together_take_the_worst_verdict(tmp_path: Path) -> None:
    of = release(tmp_path, CREDIT, AUTHORITY, ALLOW + LIMIT)
    two = asks(
        of, {"action": "credit", "amount": 5}, {"action": "credit", "amount": 5}, history=[], all_or_nothing=True
    )
    assert two.verdict == "decline"


def test_a_history_that_was_not_given_is_unknown_rather_than_empty(tmp_path: Path) -> None:
    of = release(tmp_path, CREDIT, AUTHORITY, ALLOW + LIMIT)
    assert [ask(of, {"action": "credit", "amount": 5}, history=given).verdict for given in (None, [])] == [
        "ask", "approve",
    ]  # fmt: skip


def test_a_rule_holds_from_its_first_day_to_the_day_before_its_last(tmp_path: Path) -> None:
    rules = (
        "rules:\n  - id: june\n    action: credit\n    allow: {up_to: 5}\n"
        "    effective: {from: 2026-06-01, until: 2026-07-01}\n"
    )
    of = release(tmp_path, CREDIT, AUTHORITY, rules)
    days = ("2026-05-31", "2026-06-01", "2026-06-30", "2026-07-01")
    verdicts = [ask(of, {"action": "credit"}, as_of=day).verdict for day in days]
    assert verdicts == ["decline", "approve", "approve", "decline"]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"action": "credit", "amount": 0}, "amount-not-positive"),
        ({"action": "credit", "amount": "1.234"}, "money-decimals"),
        ({"action": "call", "amount": 1}, "no-amount"),
        ({"action": "credit", "order": "x"}, "unknown-fact"),
        ({"action": "credits"}, "unknown-action"),
    ],
)
def test_a_malformed_ask_is_an_error_and_no_verdict(tmp_path: Path, asked: dict[str, Any], code: str) -> None:
    with pytest.raises(RequestError) as raised:
        ask(release(tmp_path, CREDIT, AUTHORITY, ALLOW), asked)
    assert [one.code for one in raised.value.problem.errors] == [code]
