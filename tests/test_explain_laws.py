"""What holds of every explanation, on random packs and random customers."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from random_packs import knocked_out, random_release, request

from engine.backends.reference import Reference
from engine.case import asked_of, case_of
from engine.decide import decide
from engine.explain import explain
from engine.release import Release
from engine.wording.voice import voice_of
from schemas.decision import Decision
from schemas.request import DecisionRequest

pytestmark = pytest.mark.property
PACKS = 8
CASES = 18


@pytest.fixture(scope="module")
def explained(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Release, DecisionRequest, Decision]]:
    """Return explained decisions of random packs, of some of which facts are missing."""
    folder = tmp_path_factory.mktemp("packs")
    return [case for seed in range(PACKS) for case in cases(random_release(seed, folder / f"p{seed}")[1], seed)]


def cases(release: Release, seed: int) -> Iterator[tuple[Release, DecisionRequest, Decision]]:
    """Yield requests to a release with their explained decisions."""
    draw = random.Random(seed)
    for place in range(CASES):
        whole = request(draw)
        one = parsed(knocked_out(draw, whole, 0.3) if place % 3 == 0 else whole)
        decision = decide(release, one)
        assert isinstance(decision, Decision)
        yield release, one, explain(release, one, decision)


def parsed(body: dict[str, Any]) -> DecisionRequest:
    """Return a request of its JSON form."""
    return DecisionRequest.model_validate_json(json.dumps(body))


def test_every_answer_but_a_yes_says_why(explained: list[tuple[Release, DecisionRequest, Decision]]) -> None:
    for _, _, decision in explained:
        assert bool(decision.why_not) is (decision.verdict != "approve")
        assert all(decision.texts[reader].strip() for reader in ("customer", "agent", "auditor"))


def test_at_the_date_that_is_named_it_is_a_yes(
    explained: list[tuple[Release, DecisionRequest, Decision]],
) -> None:
    for release, one, decision in explained:
        if decision.yes_from is not None:
            later = decide(release, one.model_copy(update={"now": decision.yes_from}))
            assert isinstance(later, Decision)
            assert (decision.verdict, later.verdict) != ("approve", "approve")
            assert later.verdict == "approve"


def test_every_finding_is_of_a_condition_that_is_otherwise_than_needed(
    explained: list[tuple[Release, DecisionRequest, Decision]],
) -> None:
    for release, one, _ in explained:
        assert one.ask is not None
        asked = asked_of(release, case_of(release, one, "r"), one.ask)
        values = Reference(asked.inputs)
        findings = voice_of(release).findings
        for plan in asked.plan.rules:
            for want in (True, False):
                found = findings.of(plan.hit, want, values)
                hit = values.value(plan.hit)
                assert bool(found) is (hit is not want)
                assert {finding.known for finding in found} <= {hit is not None}


def test_explaining_twice_gives_the_same_bytes(
    explained: list[tuple[Release, DecisionRequest, Decision]],
) -> None:
    for release, one, decision in explained[:30]:
        bare = decide(release, one)
        assert isinstance(bare, Decision)
        assert explain(release, one, bare).model_dump_json() == decision.model_dump_json()
