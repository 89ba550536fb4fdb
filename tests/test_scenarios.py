"""Every scenario beside every pack in `rules/`, each a test named by its sentence."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from engine.language.diagnostics import Diagnostics
from engine.release import load_release
from simulations.scenarios.outcome import Outcome, outcome_of
from simulations.scenarios.read import scenarios_of
from simulations.scenarios.report import details
from simulations.scenarios.run import run
from simulations.scenarios.scenario import Scenario
from simulations.scenarios.suite import Suite, suite_of

RULES = Path(__file__).parent.parent / "rules"
PACKS = [folder.name for folder in sorted(RULES.iterdir()) if any((folder / "scenarios").glob("*.yaml"))]
CASES = [
    pytest.param(pack, case, id=f"{pack}: {case.name}")
    for pack in PACKS
    for case in scenarios_of(RULES / pack, Diagnostics())
]


@cache
def suite(pack: str) -> Suite:
    return suite_of(load_release(RULES / pack), RULES / pack)


@pytest.mark.parametrize(("pack", "scenario"), CASES)
def test_a_scenario_is_decided_as_written(pack: str, scenario: Scenario) -> None:
    result = run(suite(pack).release, scenario)
    outcome = Outcome(suite(pack), (result,), None)
    assert result.passed, "\n".join(details(outcome, result))


@pytest.mark.parametrize("pack", [pack for pack in PACKS if pack == "telecom"])
def test_every_rule_and_condition_of_the_showcase_is_seen_both_true_and_false(pack: str) -> None:
    coverage = outcome_of(suite(pack), covered=True).coverage
    assert coverage is not None
    assert [str(one) for one in coverage.unseen()] == []
