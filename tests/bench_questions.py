"""How often a question was needless: the verdict is settled, and is the same, without its answer.

Facts are left out of the scenarios of the packs in `rules/` and of random customers of random packs; every question is
answered with what was left out, but one.
"""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from random_packs import knocked_out, random_release, request
from test_laws import answered
from test_laws_real_packs import PACKS, known, release, requests

from engine.decide import decide
from engine.release import Release
from schemas.decision import Decision
from schemas.request import DecisionRequest

Case = tuple[Release, dict[str, Any], dict[str, Any]]
"""A release, a whole request, and the request with facts left out."""


def decided(of: Release, one: dict[str, Any]) -> Decision:
    """Return the decision on a request with one ask."""
    decision = decide(of, DecisionRequest.model_validate_json(json.dumps(one)))
    assert isinstance(decision, Decision)
    return decision


def real(pack: str, draw: random.Random) -> Iterator[Case]:
    """Yield the questions of a pack's scenarios with three in ten facts left out."""
    for whole in requests(pack):
        ask = {"flag": None, "size": None, **whole["ask"]}
        less = knocked_out(draw, {"history": [], **whole, "ask": ask}, 0.3)
        for name in ("flag", "size"):
            less["ask"].pop(name, None)
        yield release(pack), whole, less


def made_up(draw: random.Random, folder: Path) -> Iterator[Case]:
    """Yield questions to random packs with three in ten facts left out."""
    for seed in range(40):
        _, of = random_release(seed, folder / str(seed))
        for _ in range(20):
            whole = request(draw)
            yield of, whole, knocked_out(draw, whole, 0.3)


def needless(cases: Iterator[Case]) -> tuple[int, int, int]:
    """Return how many cases asked, how many questions they asked, and how many of these were needless."""
    asked = questions = found = 0
    for of, whole, less in cases:
        decision = decided(of, less)
        facts = [question.fact for question in decision.questions]
        if decision.verdict != "ask" or not all(known(whole, fact) for fact in facts):
            continue
        asked, questions = asked + 1, questions + len(facts)
        settled = decided(of, answered(less, whole, facts))
        for fact in facts:
            rest = decided(of, answered(less, whole, [one for one in facts if one != fact]))
            found += (rest.verdict, rest.rung, rest.desk) == (settled.verdict, settled.rung, settled.desk)
    return asked, questions, found


def main() -> None:
    """Print a line for each pack."""
    draw = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        sources = {pack: real(pack, draw) for pack in PACKS} | {"random packs": made_up(draw, Path(folder))}
        for name, cases in sources.items():
            asked, questions, found = needless(cases)
            share = 100 * found / questions if questions else 0
            print(f"{name}: {asked} cases asked {questions} questions, {found} ({share:.0f} %) of them needless")


if __name__ == "__main__":
    main()
