"""The laws of a decision, on random packs and random customers."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from random_packs import LADDER, knocked_out, places, random_release, request, without, write

from engine.answer import answer_of
from engine.backends.reference import Reference
from engine.case import asked_of, case_of
from engine.decide import decide
from engine.release import Release, load_release
from schemas.decision import Decision
from schemas.request import DecisionRequest

pytestmark = pytest.mark.property
PACKS = 40
CASES = 25
AMOUNTS = {"alpha": float, "beta": int, "gamma": int}


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[int, dict[str, Any], Release]]:
    """Return random packs, each loaded once."""
    folder = tmp_path_factory.mktemp("packs")
    start = 0 if "CI" in os.environ else random.randrange(10**9)
    seeds = range(start, start + PACKS)
    return [(seed, *random_release(seed, folder / f"p{seed}")) for seed in seeds]


def cases(
    releases: list[tuple[int, dict[str, Any], Release]],
) -> Iterator[tuple[Release, random.Random, dict[str, Any]]]:
    """Yield requests in which everything is known, each with its pack's release."""
    for seed, _, release in releases:
        draw = random.Random(seed)
        for _ in range(CASES):
            yield release, draw, request(draw)


def decided(release: Release, one: dict[str, Any]) -> Decision:
    """Return the decision on a request."""
    decision = decide(release, DecisionRequest.model_validate_json(json.dumps(one)))
    assert isinstance(decision, Decision)
    return decision


def within(release: Release, one: dict[str, Any]) -> float:
    """Return what the asking agent may grant now, as a number; actions without an amount count as 1."""
    case = case_of(release, DecisionRequest.model_validate_json(json.dumps(one)), "r")
    asked = asked_of(release, case, DecisionRequest.model_validate_json(json.dumps(one)).ask)  # type: ignore[arg-type]
    return release.compiled.stage(asked.plan.action.name, "decide")(asked.inputs)[5]  # type: ignore[return-value]


def as_role(one: dict[str, Any], role: str) -> dict[str, Any]:
    """Return the same request by another rung."""
    return {**one, "agent": {**one["agent"], "role": role}}


def spent(release: Release, one: dict[str, Any]) -> bool:
    """Return whether what was granted lately is in the way, which counts for the rung that asks alone."""
    request = DecisionRequest.model_validate_json(json.dumps(one))
    case = case_of(release, request, "r")
    return answer_of(release, case, asked_of(release, case, request.ask)).above_budget  # type: ignore[arg-type]


def stands(before: Decision, after: Decision) -> bool:
    """Return whether a settled verdict is the same after; that a no is final may be learned."""
    return (before.verdict, before.rung, before.desk, before.undecided) == (
        after.verdict,
        after.rung,
        after.desk,
        after.undecided,
    )


def test_learning_a_fact_changes_only_ask_and_what_may_be_granted_only_grows(releases):
    for release, draw, whole in cases(releases):
        known = knocked_out(draw, whole, 0.4)
        for path in draw.sample(places(whole["facts"]), 3):
            if path in places(known["facts"]):
                less = {**known, "facts": without(known["facts"], path)}
                before, after = decided(release, less), decided(release, known)
                assert within(release, less) <= within(release, known)
                if before.verdict != "ask":
                    assert stands(before, after), (less, path, before, after)


def test_learning_what_was_granted_lately_changes_only_ask_and_what_may_be_granted_only_grows(releases):
    seen = 0
    for release, draw, whole in cases(releases):
        known = knocked_out(draw, whole, 0.1)
        less = {name: value for name, value in known.items() if name != "granted"}
        before, after = decided(release, less), decided(release, known)
        assert within(release, less) <= within(release, known)
        if before.verdict != "ask":
            assert stands(before, after)
        seen += before.verdict == "ask" and after.verdict != "ask"
    assert seen > PACKS // 4


def test_granting_more_lately_never_permits_more(releases):
    for release, draw, whole in cases(releases):
        one = knocked_out(draw, whole, 0.1)
        for path in places(one.get("granted", {}))[-2:]:
            more = json.loads(json.dumps(one))
            figures = more["granted"]
            for step in path[:-1]:
                figures = figures[step]
            if isinstance(figures[path[-1]], (int, float)):
                figures[path[-1]] = figures[path[-1]] + draw.choice([1, 3, 20])
                assert within(release, more) <= within(release, one)


def test_a_higher_rung_never_does_worse(releases):
    for release, draw, whole in cases(releases):
        one = knocked_out(draw, whole, 0.2)
        for low, high in pairwise(LADDER):
            before, after = decided(release, as_role(one, low)), decided(release, as_role(one, high))
            assert within(release, as_role(one, low)) <= within(release, as_role(one, high))
            assert after.verdict == "decline" or before.verdict != "decline"
            assert before.verdict == "decline" or after.verdict != "decline" or spent(release, as_role(one, high))
            if before.verdict == "approve":
                assert after.verdict == "approve"


def test_a_rung_that_is_escalated_to_approves_or_counters_where_the_ask_was_out_of_reach(releases):
    seen = 0
    for release, draw, whole in cases(releases):
        one = knocked_out(draw, whole, 0.1)
        decision = decided(release, one)
        if decision.verdict == "escalate" and decision.rung is not None:
            seen += 1
            there = decided(release, as_role(one, decision.rung))
            if spent(release, as_role(one, decision.rung)) or budget_in_doubt(there):
                continue
            assert there.verdict in ("approve", "counter")
            if "amount" not in one["ask"]:
                assert there.verdict == "approve"
    assert seen > PACKS // 4


def budget_in_doubt(decision: Decision) -> bool:
    """Return whether it is asked what was granted lately."""
    return any(one.fact.startswith("granted.") for one in decision.questions)


def test_a_counter_offer_is_approvable(releases):
    seen = 0
    for release, draw, whole in cases(releases):
        one = knocked_out(draw, whole, 0.1)
        decision = decided(release, one)
        if decision.verdict == "counter":
            seen += 1
            again = {**one, "ask": {**one["ask"], "amount": decision.within_authority}}
            assert decided(release, again).verdict == "approve"
    assert seen > PACKS // 10


def test_rule_order_never_matters(releases, tmp_path):
    for seed, pack, release in releases[: PACKS // 3]:
        draw = random.Random(seed)
        shuffled = {**pack, "rules": draw.sample(pack["rules"], len(pack["rules"]))}
        other = load_release(write(shuffled, tmp_path / f"p{seed}"))
        for _ in range(CASES):
            one = knocked_out(draw, request(draw), 0.2)
            a, b = decided(release, one), decided(other, one)
            assert stands(a, b)
            assert (a.offer, a.within_authority, set(a.reasons)) == (b.offer, b.within_authority, set(b.reasons))
            assert [one.action for one in a.alternatives] == [one.action for one in b.alternatives]


def test_answering_every_question_settles_the_verdict(releases):
    asked = 0
    for release, draw, whole in cases(releases):
        one = knocked_out(draw, whole, 0.4)
        decision = decided(release, one)
        if decision.verdict != "ask":
            assert not decision.questions
            continue
        asked += 1
        assert decision.questions
        assert decided(release, answered(one, whole, [q.fact for q in decision.questions])).verdict != "ask"
    assert asked > PACKS


def answered(one: dict[str, Any], whole: dict[str, Any], facts: list[str]) -> dict[str, Any]:
    """Return a request in which the facts that were asked for are known."""
    made: dict[str, Any] = json.loads(json.dumps(one))
    for fact in facts:
        steps = fact.replace("[", ".").replace("]", "").split(".")
        if steps == ["history"]:
            made["history"] = whole["history"]
            continue
        part = steps.pop(0) if steps[0] in ("ask", "granted") else "facts"
        source, target = whole[part], made.setdefault(part, {})
        for step in steps[:-1]:
            source = source[index(step)]
            target = target.setdefault(step, {}) if isinstance(target, dict) else target[index(step)]
        target[index(steps[-1])] = source[index(steps[-1])]
    return made


def index(step: str) -> Any:
    """Return a step of a path as a key or a place in a list."""
    return int(step) if step.isdigit() else step


def test_nothing_is_granted_above_authority_but_a_floor_and_a_final_deny_is_never_escalated(releases):
    for release, draw, whole in cases(releases):
        one = knocked_out(draw, whole, 0.2)
        case = case_of(release, DecisionRequest.model_validate_json(json.dumps(one)), "r")
        asked = asked_of(release, case, DecisionRequest.model_validate_json(json.dumps(one)).ask)  # type: ignore[arg-type]
        values = Reference(asked.inputs)
        grants = [values.value(grant) for grant in asked.plan.authority[: case.rung + 1]]
        authority = max(grant for grant in grants if grant is not None)
        floors = [values.value(floor.amount) for floor in asked.plan.floors if values.value(floor.hit)]
        limit = max([authority, *(floor for floor in floors if floor is not None)])
        assert within(release, one) <= limit
        finals = [deny for deny in asked.plan.denies if getattr(deny.rule.effect, "final", False)]
        if any(values.value(deny.hit) for deny in finals):
            decision = decided(release, one)
            assert (decision.verdict, decision.final) == ("decline", True)


def test_the_generated_functions_and_the_reference_agree_on_every_output(releases):
    for release, draw, whole in cases(releases):
        one = knocked_out(draw, whole, 0.3)
        parsed = DecisionRequest.model_validate_json(json.dumps(one))
        case = case_of(release, parsed, "r")
        asked = asked_of(release, case, parsed.ask)  # type: ignore[arg-type]
        values = Reference(asked.inputs)
        name = asked.plan.action.name
        stages = release.policy.program.stages(name)
        decided = release.compiled.stage(name, "decide")(asked.inputs)
        for stage in stages:
            got = release.compiled.stage(name, stage.name)(asked.inputs, decided)
            assert tuple(values.value(node) for _, node in stage.outputs) == tuple(got)
