"""The showcase: a million customers of the telecom pack, of whom the first twenty thousand are looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from engine.answer import answer_of
from engine.backends.columnar.rows import rows_of
from engine.backends.columns import compile_columns
from engine.case import Case, asked
from engine.language.diagnostics import Diagnostics, Mark
from engine.language.reading.tree import Scalar
from engine.release import Release, load_release
from engine.values.json import to_json
from simulations.populations.inputs import inputs_type
from simulations.populations.population import Asks, Batch
from simulations.populations.synthetic import Synthetic, read_population
from simulations.specs.expressions import Expressions

ROOT = Path(__file__).parent.parent
LOOKED_AT = 20_000
A_FEW = 60


@cache
def telecom() -> Release:
    """Return the telecom pack, ready to decide."""
    return load_release(ROOT / "rules" / "telecom")


@cache
def population() -> Synthetic:
    """Return the population."""
    return read_population(ROOT / "simulations" / "telecom" / "customers.yaml", telecom(), Diagnostics())


@cache
def batch() -> Batch:
    """Return the first customers."""
    return replace(population(), spec=replace(population().spec, batch=LOOKED_AT)).batch(0)


def cases(asks: Asks) -> Iterator[tuple[Case, int, dict[str, Any]]]:
    """Yield some asks for an action: the case, the amount and the action's inputs."""
    policy = telecom().policy
    type_ = inputs_type(policy, policy.plans[asks.action])
    rows: list[dict[str, Any]] = rows_of(asks.table, type_, range(min(A_FEW, asks.table.rows)))
    for row in rows:
        ask = {name: value for name, value in row["ask"].items() if name not in ("action", "amount")}
        inputs: dict[str, Any] = {**population().fixed, **row, "ask": ask}
        rung, amount = inputs.pop("@rung"), inputs.pop("@amount")
        yield Case("row", inputs, rung, inputs["now"]), amount, ask


def test_there_are_a_million_customers() -> None:
    assert population().customers == 1_000_000
    assert 0.3 < sum(asks.table.rows for asks in batch().asks) / LOOKED_AT < 1.3


def test_every_action_is_asked_for() -> None:
    assert {asks.action for asks in batch().asks} == set(telecom().policy.plans)


def test_every_verdict_is_given_and_most_are_a_yes() -> None:
    verdicts: Counter[str] = Counter()
    for asks in batch().asks:
        plan = telecom().policy.plans[asks.action]
        verdicts.update(
            answer_of(telecom(), case, asked(plan, case, amount, ask)).verdict for case, amount, ask in cases(asks)
        )
    assert set(verdicts) == {"approve", "counter", "escalate", "ask", "decline"}
    assert verdicts["approve"] == max(verdicts.values())


def test_every_segment_has_customers() -> None:
    text = "tables.segment.name"
    node = Expressions(telecom().policy.pack, Diagnostics()).node(
        "test", Scalar(Mark(""), text, text, "plain"), None, {}
    )
    columns = compile_columns([("segment", node)], population().fixed, telecom().policy.inputs)
    found = Counter(columns.run(batch().people).cells["segment"].to_list())
    assert {columns.texts["segment"][code] for code in found} == {
        "protected", "loss_making", "premier", "valued", "new", "standard",
    }  # fmt: skip
    assert min(found.values()) > LOOKED_AT / 200


@pytest.mark.property
def test_facts_and_inputs_are_what_the_pack_declares() -> None:
    release, policy = telecom(), telecom().policy
    digits, zone = policy.conventions.digits, policy.conventions.zone
    for facts in rows_of(batch().people, policy.pack.facts, range(500)):
        assert release.facts(to_json(facts, policy.pack.facts, digits, zone)) == facts
    for asks in batch().asks:
        for _, _, ask in cases(asks):
            assert release.asks[asks.action](to_json(ask, policy.plans[asks.action].action.inputs, digits, zone)) == ask
