"""What may I offer: every action, what this agent may grant of it, and who may go higher."""

from __future__ import annotations

from typing import Any

import pytest
from starter import LATE, starter

from engine.offers import offers
from engine.problems import RequestError
from engine.release import Release, load_release
from schemas.decision import OfferEntry
from schemas.request import DecisionRequest

MORE = """\
  callback:
    title: Call back
    company_cost: 1
  account_closure:
    title: Close the account
    proactive: false
    inputs:
      reason: {enum: [moved, price]}
  discount:
    title: Discount
    amount: int
    unit: percent
    inputs:
      months: {type: integer}

rules:
  - id: anybody-is-called-back
    action: callback
    allow: true
    source: Service handbook §1
  - id: who-moves-may-close
    action: account_closure
    when: ask.reason == "moved"
    allow: true
    source: Service handbook §5
  - id: discount-for-a-year
    action: discount
    when: ask.months >= 12
    allow:
      up_to: 30
    source: Service handbook §6

"""


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    old = "    voucher: 20\n  supervisor:\n    voucher: true\n"
    new = old.replace("20\n", "20\n    callback: true\n    discount: 10\n") + "    account_closure: true\n"
    folder = starter(tmp_path_factory.mktemp("packs"), vouchers=("rules:\n", MORE), pack=(old, new))
    return load_release(folder)


def listed(release: Release, **changes: Any) -> dict[str, OfferEntry]:
    """Return what may be offered, by action."""
    said = {name: value for name, value in {**LATE, "ask": None, **changes}.items() if value is not None}
    return {one.action: one for one in offers(release, DecisionRequest.model_validate(said)).offers}


def test_every_proactive_action_is_listed_best_first(release: Release) -> None:
    assert list(listed(release)) == ["voucher", "callback", "discount"]


def test_an_action_that_is_not_proactive_is_listed_where_the_request_asks_for_it(release: Release) -> None:
    assert "account_closure" not in listed(release)
    found = listed(release, ask={"action": "account_closure", "reason": "moved"})["account_closure"]
    assert found.verdict == "escalate"
    assert found.rung == "supervisor"


def test_what_this_agent_may_grant_comes_with_its_terms(release: Release) -> None:
    found = listed(release)["voucher"]
    assert (found.verdict, found.amount, found.terms) == ("approve", "16.00", {"valid_until": "2027-03-05"})
    assert found.economics.customer_value == "16.00"


def test_who_may_go_higher_is_listed_with_how_much(release: Release) -> None:
    facts = {**LATE["facts"], "order": {"total": 300, "promised": "2026-03-01", "delivered": "2026-03-04"}}
    found = listed(release, facts=facts)["voucher"]
    assert (found.amount, found.ceilings) == ("20.00", {"supervisor": "60.00"})


def test_the_top_of_the_ladder_has_nobody_above(release: Release) -> None:
    assert listed(release, agent={"role": "supervisor"})["voucher"].ceilings == {}


def test_an_action_that_lacks_facts_names_them_and_what_could_be_granted(release: Release) -> None:
    found = listed(release)["discount"]
    assert (found.verdict, found.amount, found.needs) == ("ask", None, ("ask.months",))
    assert found.ceilings == {}
    nobody = listed(release, agent={})["discount"]
    assert nobody.ceilings == {"agent": 10, "supervisor": 10}


def test_an_action_that_no_rule_allows_is_declined_with_its_reason(release: Release) -> None:
    facts = {**LATE["facts"], "order": {"total": 300, "promised": "2026-03-01", "delivered": None}}
    found = listed(release, facts=facts)["voucher"]
    assert (found.verdict, found.reasons, found.amount) == ("decline", ("order_was_not_late",), None)


def test_the_inputs_and_not_the_amount_of_an_ask_count(release: Release) -> None:
    found = listed(release, ask={"action": "discount", "months": 24, "amount": 5})["discount"]
    assert (found.verdict, found.amount, found.unit) == ("approve", 10, "percent")


def test_a_malformed_request_is_refused(release: Release) -> None:
    with pytest.raises(RequestError):
        listed(release, facts={"order": {"total": "much"}})
