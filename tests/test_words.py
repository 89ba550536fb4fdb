"""Conditions in plain words: what is said of what was seen, and of what is needed."""

from __future__ import annotations

from pathlib import Path

import pytest
from packs import write_pack

from engine.backends.reference import Reference
from engine.case import asked_of, case_of
from engine.language.cel.parse import parse
from engine.program.types import BOOL
from engine.release import Release, load_release
from engine.wording import english_grammar as grammar
from engine.wording.expressions import expression
from engine.wording.findings import Finding
from engine.wording.voice import voice_of
from schemas.request import DecisionRequest

FACTS = """\
type: object
properties:
  order:
    type: object
    properties:
      placed_at: {type: string, format: date-time}
      due: {type: [string, "null"], format: date}
      ends: {type: [string, "null"], format: date}
      total: {format: money}
      limit: {format: money}
      weight: {type: number, title: Weight in kilograms}
      bags: {type: integer}
      state: {enum: [new, sent, lost_on_the_way]}
      note: {type: [string, "null"]}
      delivered: {type: boolean}
      gift: {type: boolean}
      checked: {type: boolean, title: Passed the check}
      alarm: {type: boolean, title: An alarm is running}
      lines:
        type: array
        items:
          type: object
          properties:
            code: {type: string}
            price: {format: money}
            sent: {type: boolean}
      tags: {type: array, items: {type: string}}
"""
HEADER = """\
pack: words
currency: USD
timezone: America/New_York
calendar: US
ladder: [agent]
actions:
  act: {title: Act}
rules:
"""
SEEN: dict[str, object] = {
    "placed_at": "2024-05-14T08:00:00",
    "due": "2024-05-20",
    "ends": None,
    "total": "80",
    "limit": "50",
    "weight": 12.5,
    "bags": 2,
    "state": "lost_on_the_way",
    "note": None,
    "delivered": False,
    "gift": True,
    "checked": False,
    "alarm": True,
    "lines": [
        {"code": "A-1", "price": "10", "sent": True},
        {"code": "B-2", "price": "70", "sent": False},
    ],
    "tags": ["fragile"],
}
NEEDED = {
    "now - order.placed_at <= hours(24)": "the order was placed 31 hours ago; the limit is 24 hours",
    "now - order.placed_at <= minutes(90)": "the order was placed 31 hours ago; the limit is 90 minutes",
    "now - order.placed_at < hours(31)": "the order was placed 31 hours ago; it has to be less than 31 hours",
    "order.placed_at > now - days(1)": "the order was placed 31 hours ago; it has to be less than 1 day",
    "days_since(order.placed_at) >= 30": "the order was placed 1 day ago; it takes at least 30 days",
    "business_days_between(order.placed_at, now) > 3": "the order was placed 1 business day ago; "
    "it takes more than 3 business days",
    "days_between(now, order.due) <= 3": "the order's due is in 5 days; the limit is 3 days",
    'order.due < date("2024-05-01")': "the order's due is on May 20, 2024; it has to be before May 1, 2024",
    "order.total <= 50": "the order's total is $80.00; the limit is $50.00",
    "order.total <= order.limit": "the order's total is $80.00; the limit is $50.00 (the order's limit)",
    "order.total <= 0": "the order's total is $80.00; it has to be $0.00",
    "order.weight < 10": "the weight in kilograms is 12.5; it has to be less than 10",
    "order.bags < 2": "the order's bags: 2; the limit is 1",
    "order.bags == 3": "the order's bags: 2, not 3",
    'order.state == "new"': "the order's state is lost on the way, not new",
    'order.state in ["new", "sent"]': "the order's state is lost on the way, not new or sent",
    'order.state != "lost_on_the_way"': "the order's state is lost on the way",
    "has(order.note)": "there is no value for the order's note",
    "order.delivered": "the order is not delivered",
    "!order.gift": "the order's gift: yes",
    "order.checked": "passed the check: no",
    "!order.alarm": "an alarm is running",
    '"heavy" in order.tags': "heavy is not among the order's tags",
    "size(order.lines) <= 1": "the number of lines is 2; the limit is 1",
    "order.lines.count(l, l.sent) == 2": "the number of lines that count is 1, not 2",
    "sum(order.lines.map(l, l.price)) <= 50": "the total price of the lines is $80.00; the limit is $50.00",
    "order.lines.all(l, l.sent)": "line 2 (B-2): it is not sent",
    "order.lines.all(l, l.price <= 50)": "line 2 (B-2): the price is $70.00; the limit is $50.00",
    "order.lines.exists(l, l.price > 100)": "there is no line where the price is more than $100.00",
    "!order.lines.exists(l, l.sent)": "line 1 (A-1): it is sent",
    "order.delivered && order.checked": "the order is not delivered",
    "order.delivered || order.checked": "any one of these would do, but "
    "the order is not delivered; passed the check: no",
    "!order.gift || order.delivered": "the order's gift: yes; the order is not delivered",
}


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Return a pack with one rule for each condition."""
    rules = "".join(
        f"  - id: r{place}\n    action: act\n    when: '{condition}'\n    allow: true\n"
        for place, condition in enumerate(NEEDED)
    )
    folder = write_pack(tmp_path_factory.mktemp("words"), "", facts=FACTS)
    Path(folder, "pack.yaml").write_text(HEADER + rules, encoding="utf-8")
    return load_release(folder)


def found(release: Release, place: int, facts: dict[str, object], want: bool = True) -> list[Finding]:
    """Return what keeps one rule's condition from being as wanted."""
    request = DecisionRequest.model_validate(
        {"now": "2024-05-15T15:00:00", "facts": {"order": facts}, "ask": {"action": "act"}}
    )
    assert request.ask is not None
    asked = asked_of(release, case_of(release, request, "r"), request.ask)
    rule = release.policy.plans["act"].rules[place]
    return voice_of(release).findings.of(rule.hit, want, Reference(asked.inputs))


@pytest.mark.parametrize(("place", "condition"), list(enumerate(NEEDED)), ids=list(NEEDED))
def test_a_condition_that_failed_says_what_was_seen_and_what_is_needed(
    release: Release, place: int, condition: str
) -> None:
    clauses = voice_of(release).findings.clauses
    assert found(release, place, SEEN)[0].alone(clauses) == NEEDED[condition]


@pytest.mark.parametrize("place", range(len(NEEDED)), ids=list(NEEDED))
def test_a_condition_that_is_as_wanted_leaves_nothing_to_say(release: Release, place: int) -> None:
    assert found(release, place, SEEN, want=False) == []


@pytest.mark.parametrize("place", range(len(NEEDED)), ids=list(NEEDED))
def test_a_condition_without_its_facts_says_what_is_not_known(release: Release, place: int) -> None:
    told = found(release, place, {})
    assert told
    assert all(not one.known for one in told)
    assert all("not known" in one.told for one in told)


@pytest.mark.parametrize("place", range(len(NEEDED)), ids=list(NEEDED))
def test_what_is_told_was_evaluated_so(release: Release, place: int) -> None:
    """No finding names a condition that was as needed."""
    for one in found(release, place, SEEN):
        assert one.node.type == BOOL
        assert one.known
        assert one.told


@pytest.mark.parametrize(("place", "condition"), list(enumerate(NEEDED)), ids=list(NEEDED))
def test_a_condition_is_written_back_as_an_expression(release: Release, place: int, condition: str) -> None:
    hit = release.policy.plans["act"].rules[place].hit
    written = expression(hit, voice_of(release).formats)
    assert plain(written) == plain(condition)
    parse(written)


def plain(text: str) -> str:
    """Return an expression without spaces and parentheses, and the author's names of functions in one form."""
    shorthand = {"days_since(order.placed_at)": "days_between(date(order.placed_at), date(now))"}
    for short, full in shorthand.items():
        text = text.replace(short, full)
    return text.replace("date(", "").replace(" ", "").replace("(", "").replace(")", "")


def test_a_span_that_would_blur_the_limit_is_told_exactly(release: Release) -> None:
    told = found(release, 0, {"placed_at": "2024-05-14T14:55:00"})
    assert told[0].alone(voice_of(release).findings.clauses) == (
        "the order was placed 24 hours 5 minutes ago; the limit is 24 hours"
    )


def test_a_span_far_beyond_the_limit_is_told_in_days(release: Release) -> None:
    assert found(release, 0, {"placed_at": "2024-04-14T14:55:00"})[0].told == "the order was placed 31 days ago"


@pytest.mark.parametrize(
    ("clause", "negation"),
    [
        ("the minimum term is over", "the minimum term is not over"),
        ("the customer may leave without a fee", "the customer may not leave without a fee"),
        ("the customer has broadband with us", "the customer does not have broadband with us"),
        ("the customer has been with us for three years", "the customer has not been with us for three years"),
        ("the customer has told us that they need support", "the customer has not told us that they need support"),
        ("a fee was paid", "a fee was not paid"),
        ("the offer is still open", "the offer is no longer open"),
        ("the minimum term is over, or ends within 90 days", None),
        ("the customer has had no credit in the past year", None),
        ("the bill is high and was not paid", None),
        ("every flight is available", None),
        ("somebody who is ill lives here", None),
        ("our records confirm it", None),
    ],
)
def test_a_clause_is_negated_only_where_that_is_safe(clause: str, negation: str | None) -> None:
    assert grammar.negated(clause) == negation


@pytest.mark.parametrize(
    ("title", "noun"),
    [
        ("amount past its due date", "the amount past its due date"),
        ("the day of departure", "the day of departure"),
        ("free seats", None),
        ("customer since", None),
        ("how likely the customer is to leave", None),
        ("an alarm is running", None),
    ],
)
def test_a_title_takes_an_article_only_where_it_is_a_noun(title: str, noun: str | None) -> None:
    assert grammar.noun(title) == noun
