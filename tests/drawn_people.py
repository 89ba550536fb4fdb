"""Specs of customers of the tiny desk, and what is drawn from them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from population_desk import desk

from engine.backends.columnar.rows import rows_of
from engine.language.diagnostics import Diagnostics, PolicyError
from simulations.populations.inputs import inputs_type
from simulations.populations.population import Batch
from simulations.populations.synthetic import Synthetic, read_population

HEAD = """\
population: tiny_people
pack: tiny
seed: 5
customers: 4000
now: 2026-03-05T10:00:00
"""
ASKS = "asks: {cancel: {share: 0.1}}\n"
EVERY = """\
segments: {young: 0.3, old: 0.7}
draws:
  mood: {categorical: {good: 0.8, bad: 0.2}}
facts:
  customer.id: {numbered: "C-{n}"}
  customer.plan: {categorical: {basic: 0.7, full: 0.3}, none: 0.2, missing: 0.1}
  customer.since: {days_ago: {lognormal: {median: 900, p90: 2600}, min: 1}}
  customer.seen: {days_ago: {uniform: {low: 0, high: 30}}}
  customer.spend:
    by_segment: {young: {lognormal: {median: 20, p90: 60}}, old: {uniform: {low: 5, high: 9}}}
    round: 0.5
  customer.score: {beta: {mean: 0.3, sd: 0.2}, missing: 0.05}
  customer.visits: {poisson: 1.5, missing: 0.3}
  customer.wait: {expression: hours(customer.visits)}
  customer.vip: {given: mood, table: {good: {bernoulli: 0.4}, bad: false}}
  customer.name: {categorical: {Anna: 0.5, Bert: 0.5}}
  customer.tags: {each_of: {loud: 0.5, kind: {by_segment: {old: 0.9, else: 0.1}}}, missing: 0.1}
  customer.devices:
    count: {poisson: 1.2, max: 5}
    items:
      kind: {categorical: {phone: 0.7, tablet: 0.3}}
      price: {given: kind, table: {phone: {normal: {mean: 300, sd: 50}}, tablet: 150}, min: 1}
  customer.limits:
    count: {poisson: 2}
    keys: {categorical: {b: 0.4, a: 0.3, "10": 0.2, "9": 0.1}}
    item: {uniform: {low: 0, high: 9}}
  order.total: {expression: "sum(customer.devices.map(d, d.price)) + customer.spend * 2"}
role: {categorical: {ai: 0.6, agent: 0.4}, none: 0.2}
"""


def spec_file(folder: Path, text: str, **head: object) -> Path:
    """Write a spec: the head with changes, a text, and asks where the text has none."""
    lines = [line for line in HEAD.splitlines() if line.split(":")[0] not in head]
    lines += [f"{key}: {value}" for key, value in head.items()]
    file = folder / "people.yaml"
    file.write_text("\n".join(lines) + "\n" + text + ("" if "asks:" in text else ASKS), encoding="utf-8")
    return file


def drawn(folder: Path, text: str, **head: object) -> Synthetic:
    """Return the population of a spec for the tiny desk."""
    found = Diagnostics()
    try:
        population = read_population(spec_file(folder, text, **head), desk(), found)
    except PolicyError as problem:
        raise AssertionError("\n".join(map(str, problem.diagnostics))) from None
    assert found.sorted() == ()
    return population


def wrong(folder: Path, text: str, **head: object) -> list[str]:
    """Return what is wrong with a spec, each from the file's name on."""
    try:
        read_population(spec_file(folder, text, **head), desk(), Diagnostics())
    except PolicyError as problem:
        return [str(one).removeprefix(f"{folder.as_posix()}/") for one in problem.diagnostics]
    return []


def batches(population: Synthetic) -> list[Batch]:
    """Return all batches."""
    return [population.batch(number) for number in range(len(population))]


def everybody(population: Synthetic) -> list[dict[str, Any]]:
    """Return what is known of every customer."""
    return [row for batch in batches(population) for row in rows_of(batch.people, desk().policy.pack.facts)]


def customers(population: Synthetic) -> list[dict[str, Any]]:
    """Return the customer of every row."""
    return [row["customer"] for row in everybody(population)]


def asked(population: Synthetic) -> dict[int, tuple[str, str, dict[str, Any]]]:
    """Return the id, the customer and the inputs of every ask, by its number."""
    found: dict[int, tuple[str, str, dict[str, Any]]] = {}
    for batch in batches(population):
        for asks in batch.asks:
            type_ = inputs_type(desk().policy, desk().policy.plans[asks.action])
            who = [batch.ids[person] for person in asks.people]
            rows = zip(asks.ids, who, rows_of(asks.table, type_), strict=True)
            found |= dict(zip(asks.numbers.tolist(), rows, strict=True))
    return found


def figures(population: Synthetic, name: str) -> npt.NDArray[np.float64]:
    """Return a fact of the customers who have it."""
    return np.array([float(row[name]) for row in customers(population) if isinstance(row.get(name), int | float)])
