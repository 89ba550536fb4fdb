"""A decision with its why: every text is a reading of what was evaluated."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from tiny_desk import LANGUAGES, NOW, conditions, desk, explained, request, told

from engine.backends.reference import Reference
from engine.case import asked_of, case_of
from engine.decide import decide
from engine.explain import explain
from engine.wording.voice import voice_of
from schemas.decision import Decision, Decisions
from schemas.request import DecisionRequest

FLOWN = {"reservation": {"segments": [{"flight_number": "HAT1", "status": "landed", "seats": 0}]}}
EARLIER = [{"id": "h1", "action": "voucher", "verdict": "approve", "at": "2024-05-01T10:00:00", "amount": 10}]
ASKS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("cancel", {}, {}),
    ("cancel", FLOWN, {}),
    ("cancel", {}, {"now": "2024-05-14T09:00:00"}),
    ("voucher", {}, {"amount": 15.5, "why": "long_wait", "role": "ai_agent"}),
    ("voucher", {}, {"amount": 150, "why": "lost_bag"}),
    ("voucher", {}, {"amount": 400, "why": "long_wait"}),
    ("voucher", {}, {"amount": 50, "why": "long_wait", "history": EARLIER}),
    ("voucher", {"customer": {"threat": True, "until": "2024-09-01"}}, {"amount": 50, "why": "lost_bag"}),
    ("voucher", {"customer": {"threat": ...}}, {"amount": 50}),
    ("voucher", {"customer": ...}, {}),
    ("upgrade", FLOWN, {"flight": "HAT1"}),
    ("upgrade", {"reservation": {"departs": "2024-05-15T16:30:00"}}, {"flight": "HAT1", "role": "supervisor"}),
    ("upgrade", {"reservation": ...}, {"flight": "HAT1"}),
    ("refund", {"reservation": {"insured": True}}, {"amount": 250.5}),
]


def decisions(language: str = "en") -> Iterator[Decision]:
    """Yield the explained decisions on many asks."""
    for action, facts, ask in ASKS:
        yield explained(request(action, facts, **ask), desk(language))


def test_an_age_is_told_with_its_limit() -> None:
    assert conditions(told("cancel"), "cancel-soon") == [
        "the reservation was created 31 hours ago; the limit is 24 hours"
    ]


def test_a_no_without_a_deny_names_what_failed_in_every_rule_that_allows() -> None:
    why = told("cancel").why_not
    assert [cause.rule for cause in why] == ["cancel-soon", "cancel-insured", "cancel-when-cancelled"]
    assert [one.text for cause in why[1:] for one in cause.conditions] == [
        "the reservation is not insured",
        "there is no segment where the status is cancelled",
    ]


def test_a_deny_names_the_conditions_that_held() -> None:
    condition = told("cancel", FLOWN).why_not[0].conditions[0]
    assert (condition.text, condition.status) == ("segment 1 (HAT1): the status is landed", "held")


def test_a_check_names_the_need_that_failed_and_who_may_waive_it() -> None:
    cause = told("upgrade", {"reservation": {"departs": "2024-05-15T16:30:00"}}, flight="HAT1").why_not[0]
    assert (cause.title, cause.waivable_by) == ("Asked in time", "supervisor")
    assert [(one.text, one.status) for one in cause.conditions] == [
        ("the reservation departs in 1 hour; it takes at least 2 hours", "failed")
    ]


def test_a_condition_over_a_list_says_which_items_failed() -> None:
    segments = [
        {"flight_number": "HAT162", "status": "landed", "seats": 4},
        {"flight_number": "HAT143", "status": "available", "seats": 1},
    ]
    texts = conditions(told("upgrade", {"reservation": {"segments": segments}}, flight="HAT1"), "upgrade-free-seats")
    assert texts[:2] == [
        "segment 1 (HAT162): the status is landed, not available",
        "segment 2 (HAT143): seats: 1; it takes at least 2",
    ]


def test_a_definition_speaks_in_its_own_words_and_says_what_was_seen() -> None:
    text = conditions(told("upgrade", flight="HAT1"), "upgrade-free-seats")[0]
    assert text == (
        "only when the customer is a silver or gold member, or insured "
        "(here: the membership is none, not silver or gold; the reservation is not insured)"
    )


def test_conditions_of_which_one_would_do_are_told_together() -> None:
    texts = conditions(told("upgrade", flight="HAT1"), "upgrade-free-seats")
    assert texts[1:] == [
        "any one of these would do, but the customer has not been with us for three years; there are no needs"
    ]


def test_a_cap_and_the_authority_say_what_they_leave_and_who_may_go_higher() -> None:
    why = {cause.rule: cause for cause in told("voucher", amount=400, why="lost_bag").why_not}
    assert [one.text for one in why["voucher-cap"].conditions] == ["$400.00 was asked for; the cap is $250.50"]
    assert why["voucher-cap"].waivable_by == "supervisor"
    assert why["voucher-for-all"].conditions[0].needed == "at most $300.00"
    escalated = {cause.rule: cause for cause in told("voucher", amount=150, why="lost_bag").why_not}
    assert [one.text for one in escalated["authority"].conditions] == [
        "$150.00 was asked for; an agent may grant $100.00 of this; a supervisor may go that high"
    ]


def test_what_is_not_known_is_named_and_never_called_failed() -> None:
    decision = told("voucher", {"customer": {"threat": ...}}, amount=50)
    assert [(one.text, one.status) for cause in decision.why_not for one in cause.conditions] == [
        ("not known: threatened somebody", "unknown")
    ]
    assert "- Was anybody threatened? (this settles it)" in decision.texts["agent"]


def test_a_yes_has_no_why_not() -> None:
    assert told("voucher", amount=15, why="lost_bag").why_not == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_other_answer_has_a_why_not(language: str) -> None:
    for decision in decisions(language):
        assert bool(decision.why_not) is (decision.verdict != "approve"), (decision.action, decision.verdict)


def test_no_why_not_calls_failed_what_held_and_held_what_failed() -> None:
    """Every rule named by a why-not stood in the way, and each of its conditions was otherwise than needed."""
    for action, facts, ask in ASKS:
        one = request(action, facts, **ask)
        decision = explained(one)
        assert one.ask is not None
        asked = asked_of(desk(), case_of(desk(), one, "r"), one.ask)
        plans = {plan.rule.id: plan for plan in asked.plan.rules}
        for cause in decision.why_not:
            if cause.rule in plans and plans[cause.rule].amount is None:
                hit = Reference(asked.inputs).value(plans[cause.rule].hit)
                statuses = {condition.status for condition in cause.conditions}
                against = plans[cause.rule] in asked.plan.denies + asked.plan.refers
                held = {"failed"} if plans[cause.rule].rule.need is not None else {"held"}
                assert statuses <= ({"unknown"} if hit is None else held if against else {"failed"})
                assert hit is not (not against)


def test_the_words_of_rules_take_the_granted_amount_and_the_terms() -> None:
    decision = told("voucher", amount=15.5, why="lost_bag")
    assert decision.texts["customer"] == "You get $15.50, valid until May 15, 2025."


def test_a_parameter_that_is_used_as_money_is_told_as_money_and_its_sign_is_not_doubled() -> None:
    text = told("voucher", amount=15.5, why="lost_bag").texts["agent"]
    assert "Note: Say sorry first. The most is $300.00, or $300.00." in text


def test_promises_and_expectations_are_filled_in() -> None:
    approved = told("cancel", now="2024-05-14T09:00:00")
    assert [one.say for one in approved.promises] == ["Your money is back by May 17, 2024."]
    expected = told("voucher", {"customer": {"until": "2024-09-01"}}, amount=15, why="lost_bag")
    assert [one.say for one in expected.tell] == ["Your membership runs until September 1, 2024."]


def test_the_customer_hears_what_is_offered_instead() -> None:
    assert told("cancel").texts["customer"] == (
        "I'm sorry, I can't cancel this trip.\nWhat I can offer instead: travel voucher ($100.00)."
    )


def test_the_customer_hears_neither_conditions_nor_rules() -> None:
    for decision in decisions():
        for cause in decision.why_not:
            assert all(one.text not in decision.texts["customer"] for one in cause.conditions)
            assert cause.rule == "authority" or cause.rule not in decision.texts["customer"]


def test_the_customer_is_asked_only_for_what_the_ask_lacks() -> None:
    text = told("voucher", {"customer": ...}, amount=50).texts["customer"]
    assert text == "I need to look up a few details before I can give you an answer."


def test_the_agent_hears_who_can_say_yes_and_what_may_be_done_now() -> None:
    lines = told("voucher", amount=150, why="long_wait").texts["agent"].splitlines()
    assert lines[:2] == ["Ask a supervisor: Travel voucher, $150.00.", "You may grant $100.00 now."]
    assert lines[-1] == "Follow-up for quality, by May 22, 2024: Find out why the wait was so long."


def test_the_agent_hears_that_a_desk_takes_over() -> None:
    text = told("voucher", {"customer": {"threat": True}}, amount=50, why="lost_bag").texts["agent"]
    assert text.startswith("Hand over to the safety team: Travel voucher, $50.00.")


def test_the_auditor_reads_rules_sources_expressions_and_values() -> None:
    decision = told("cancel", now="2024-05-14T09:00:00")
    text = decision.texts["auditor"]
    assert "- cancel-soon (allow): Booked just now; source: Terms §1; because of: INS-1" in text
    assert decision.release in text
    assert "- reservation.created_at: May 14, 2024 at 8:00 AM" in text
    declined = told("cancel").texts["auditor"]
    assert "expression: (now - reservation.created_at) <= hours(params.window)" in declined


def test_personal_facts_are_named_to_the_auditor_without_their_values() -> None:
    assert "- customer.needs: personal, not shown" in told("upgrade", flight="HAT1").texts["auditor"]


def test_a_default_that_a_rule_read_is_reported_as_assumed() -> None:
    assert told("cancel").assumed == ("/facts/reservation/insured",)
    assert told("cancel", {"reservation": {"insured": False}}).assumed == ()
    assert told("voucher", amount=15, why="lost_bag").assumed == ()


def test_texts_hold_no_raw_values() -> None:
    """Neither minor units, ISO dates, codes with underscores nor unfilled places reach a person."""
    raw = re.compile(r"\d{4}-\d\d-\d\d|\b25050\b|[a-z]_[a-z]|[{}]|\bNone\b|\bNULL\b| {2}|\bTrue\b|\bFalse\b")
    for language in LANGUAGES:
        for decision in decisions(language):
            for reader in ("customer", "agent"):
                assert not raw.search(decision.texts[reader]), decision.texts[reader]


def test_explaining_changes_nothing_that_was_decided() -> None:
    added = {"texts", "why_not", "yes_from", "assumed", "promises", "tell"}
    for action, facts, ask in ASKS:
        one = request(action, facts, **ask)
        bare = decide(desk(), one)
        assert isinstance(bare, Decision)
        full = explain(desk(), one, bare)
        assert full.model_dump(exclude=added) == bare.model_dump(exclude=added)
        assert explain(desk(), one, bare).model_dump_json() == full.model_dump_json()
        assert Decision.model_validate_json(full.model_dump_json()) == full


def test_each_of_several_asks_is_explained_as_it_was_decided() -> None:
    """The second voucher sees the first one as granted."""
    body = json.loads(request("voucher", amount=50, why="lost_bag").model_dump_json(exclude={"ask", "asks"}))
    ask = {"action": "voucher", "amount": 50, "why": "lost_bag"}
    one = DecisionRequest.model_validate({**body, "asks": (ask, ask)})
    several = decide(desk(), one)
    assert isinstance(several, Decisions)
    first, second = explain(desk(), one, several).decisions
    assert (first.verdict, second.verdict) == ("approve", "decline")
    assert [one.text for cause in second.why_not for one in cause.conditions] == ["vouchers: 1, not 0"]
    assert second.yes_from is not None
    assert second.yes_from.startswith("2024-06-14")


def test_another_language_says_the_same() -> None:
    german = explained(request("voucher", amount=150, why="lost_bag"), desk("de"))
    assert german.texts["agent"].splitlines()[:2] == [
        "Zusage einholen (supervisor): Travel voucher, 150,00 $.",
        "Sofort gewähren dürfen Sie 100,00 $.",
    ]
    assert voice_of(desk("de")).formats.moment(0) == "31. Dezember 1969 um 19:00 Uhr"


def test_the_moment_of_the_decision_is_the_one_of_the_request() -> None:
    assert NOW.startswith("2024-05-15")
    assert "May 15, 2024 at 3:00 PM" in told("cancel").texts["auditor"]
