"""The laws of a decision on the packs in `rules/`, on their scenarios with facts left out or spoilt."""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from asked_rows import step_request
from random_packs import places, without
from test_laws import answered

from engine.answer import Answer, answer_of
from engine.case import asked_of, case_of
from engine.decide import decide
from engine.language.diagnostics import Diagnostics
from engine.problems import RequestError
from engine.program.lower import lower
from engine.program.types import Enum, Kind, ListOf, MapOf, Record, Type, kind_of
from engine.questions import questions
from engine.release import Release, load_release, release_of
from schemas.decision import Decision
from schemas.request import Ask, DecisionRequest
from simulations.scenarios.read import scenarios_of

pytestmark = pytest.mark.property
RULES = Path(__file__).parent.parent / "rules"
PACKS = ("airline", "telecom")
KNOCKS = 10
WRONG = ("not this", 7.25, True, [], {"no": "such"})


@cache
def release(pack: str) -> Release:
    return load_release(RULES / pack)


@cache
def requests(pack: str) -> tuple[dict[str, Any], ...]:
    """Return the first question of every scenario of a pack."""
    asked = (step_request(release(pack), one) for one in scenarios_of(RULES / pack, Diagnostics()))
    return tuple(json.loads(one.model_dump_json(exclude_none=True, exclude_defaults=True)) for one in asked)


def answer(pack: str, one: dict[str, Any]) -> Answer:
    parsed = DecisionRequest.model_validate_json(json.dumps(one))
    case = case_of(release(pack), parsed, "r")
    assert isinstance(parsed.ask, Ask)
    return answer_of(release(pack), case, asked_of(release(pack), case, parsed.ask))


def settled(one: Answer) -> tuple[object, ...]:
    return one.verdict, one.escalated_to, one.desk


def in_a_map(one: dict[str, Any], path: tuple[Any, ...]) -> bool:
    """Return whether a place is an entry of a map, whose absence is known."""
    return any(key in path[:-1] for key in ("payment_methods", "data_gb"))


def knocks(pack: str) -> Iterator[tuple[dict[str, Any], tuple[Any, ...]]]:
    """Yield questions, each with the place of a fact in it that has no default."""
    draw = random.Random(0 if "CI" in os.environ else None)
    defaults = {"warnings", "bank_error", "unstated_rise"}
    for one in requests(pack):
        found = [path for path in places(one["facts"]) if path[-1] not in defaults and not in_a_map(one, path)]
        for path in draw.sample(found, min(KNOCKS, len(found))):
            yield one, path


@pytest.mark.parametrize("pack", PACKS)
def test_leaving_a_fact_out_never_changes_the_answer_but_to_a_question(pack: str) -> None:
    seen: Counter[str] = Counter()
    for one, path in knocks(pack):
        whole, less = answer(pack, one), answer(pack, {**one, "facts": without(one["facts"], path)})
        seen[less.verdict] += 1
        assert less.within <= whole.within
        if less.verdict != "ask":
            assert settled(less) == settled(whole), (path, one)
    assert min(seen["approve"], seen["decline"], seen["ask"]) > 20


@pytest.mark.parametrize("pack", PACKS)
def test_a_null_or_a_value_of_another_type_is_refused(pack: str) -> None:
    refused = 0
    for one, path in knocks(pack):
        for wrong in (None, *WRONG):
            if not admits(type_at(pack, path), wrong):
                refused += 1
                with pytest.raises(RequestError) as problem:
                    answer(pack, {**one, "facts": replaced(one["facts"], path, wrong)})
                assert "not this" not in problem.value.problem.model_dump_json()
    assert refused > 1000


def replaced(facts: Any, path: tuple[Any, ...], value: object) -> Any:
    """Return a copy of the facts with another value at a place."""
    copy = json.loads(json.dumps(facts))
    inner = copy
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return copy


def type_at(pack: str, path: tuple[Any, ...]) -> Type:
    """Return the declared type of the fact at a place."""
    type_: Type = release(pack).policy.pack.facts
    for key in path:
        match type_:
            case ListOf(item=inner) | MapOf(value=inner):
                type_ = inner
            case Record():
                member = type_.find(key)
                assert member is not None
                type_ = member.type
    return type_


def admits(type_: Type, value: object) -> bool:
    """Return whether a value may be of a type."""
    match value:
        case None:
            return type_.nullable
        case bool():
            return kind_of(type_) is Kind.BOOL
        case float():
            return kind_of(type_) in (Kind.NUMBER, Kind.MONEY)
        case str():
            return kind_of(type_) is Kind.TEXT and not isinstance(type_, Enum)
        case list():
            return isinstance(type_, ListOf)
        case _:
            return isinstance(type_, MapOf)


@pytest.mark.parametrize("pack", PACKS)
def test_a_higher_rung_never_does_worse_and_who_is_escalated_to_says_yes(pack: str) -> None:
    ladder = release(pack).policy.pack.header.ladder
    for one in requests(pack):
        answers = [answer(pack, {**one, "agent": {"role": role}}) for role in ladder]
        for low, high in pairwise(answers):
            assert low.within <= high.within
            assert (low.verdict == "approve") <= (high.verdict == "approve")
            assert (low.verdict == "decline") == (high.verdict == "decline")
        for each in answers:
            if each.escalated_to is not None:
                there = answers[ladder.index(each.escalated_to)]
                assert there.verdict in ("approve", "counter")


@pytest.mark.parametrize("pack", PACKS)
def test_a_counter_offer_is_approvable(pack: str) -> None:
    for one in requests(pack):
        decision = decide(release(pack), DecisionRequest.model_validate_json(json.dumps(one)))
        if isinstance(decision, Decision) and decision.verdict == "counter":
            again = answer(pack, {**one, "ask": {**one["ask"], "amount": decision.within_authority}})
            assert again.verdict == "approve"


@pytest.mark.parametrize("pack", PACKS)
def test_a_question_names_the_fact_that_was_left_out(pack: str) -> None:
    asked = 0
    for one, path in knocks(pack):
        less = answer(pack, {**one, "facts": without(one["facts"], path)})
        if less.verdict == "ask" and answer(pack, one).verdict != "ask":
            asked += 1
            facts = [question.fact for question in questions(less.release, less.case, less)]
            named = [fact.replace("[", ".").replace("]", "") for fact in facts]
            gone = ".".join(map(str, path))
            assert any(gone.startswith(fact) or fact.startswith(gone) for fact in named), (gone, facts)
    assert asked > 10


def known(whole: dict[str, Any], fact: str) -> bool:
    """Return whether the whole request has the fact that is asked for."""
    if fact in ("history", "promises", "signals"):
        return fact in whole
    steps = fact.replace("[", ".").replace("]", "").split(".")
    inner: Any = whole["ask"] if steps[0] == "ask" else whole["facts"]
    for step in steps[1:] if steps[0] == "ask" else steps:
        key = int(step) if step.isdigit() else step
        if isinstance(inner, dict) and key not in inner:
            return False
        inner = inner[key]
    return True


@pytest.mark.parametrize("pack", PACKS)
def test_answering_every_question_settles_the_verdict(pack: str) -> None:
    draw, asked = random.Random(0 if "CI" in os.environ else None), 0
    for whole in requests(pack):
        facts = whole["facts"]
        for path in reversed(places(facts)):
            if draw.random() < 0.2 and not in_a_map(whole, path):
                facts = without(facts, path)
        less = answer(pack, {**whole, "facts": facts})
        missing = (
            [question.fact for question in questions(less.release, less.case, less)] if less.verdict == "ask" else []
        )
        if all(known(whole, fact) for fact in missing):
            asked += 1
            verdict = answer(pack, answered({**whole, "facts": facts}, whole, missing)).verdict
            assert verdict != "ask", (missing, whole["ask"])
    assert asked > 10


@pytest.mark.parametrize("pack", PACKS)
def test_the_order_of_the_rules_never_matters(pack: str) -> None:
    draw = random.Random(0 if "CI" in os.environ else None)
    policy = release(pack).policy
    rules = tuple(draw.sample(policy.pack.rules, len(policy.pack.rules)))
    other = release_of(lower(replace(policy.pack, rules=rules), Diagnostics()))
    for one in requests(pack):
        parsed = DecisionRequest.model_validate_json(json.dumps(one))
        a, b = decide(release(pack), parsed), decide(other, parsed)
        assert isinstance(a, Decision)
        assert isinstance(b, Decision)
        assert (a.verdict, a.rung, a.desk, a.offer, a.within_authority) == (
            b.verdict,
            b.rung,
            b.desk,
            b.offer,
            b.within_authority,
        )
        assert set(a.reasons) == set(b.reasons)
        assert {one.action for one in a.alternatives} == {one.action for one in b.alternatives}
