"""A tiny pack with facts of every kind, and files of its customers."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import polars as pl
import pytest
from packs import write_pack

from engine.backends.columnar.rows import rows_of
from engine.release import Release, load_release
from simulations.populations.inputs import inputs_type
from simulations.populations.population import Asks, Batch, Population
from simulations.populations.problem import PopulationError

PACK = """\
title: Tiny desk
currency: USD
timezone: America/New_York
customer_id: customer.id
actions:
  credit:
    amount: money
    inputs:
      why: {enum: [late, lost]}
      note: {type: string, optional: true}
  extend:
    amount: int
    unit: days
    inputs:
      why: {enum: [lost, ill]}
      count: {type: integer, default: 1}
  cancel: {}
rules:
  - id: credit-for-late
    action: credit
    when: ask.why == "late"
    allow: {up_to: customer.spend}
  - id: extend-for-all
    action: extend
    allow: {up_to: 10}
  - id: cancel-for-all
    action: cancel
    allow: true
"""
FACTS = """\
type: object
properties:
  customer:
    type: object
    properties:
      id: {type: string, pii: true}
      plan: {enum: [basic, full, null]}
      since: {type: string, format: date}
      seen: {type: string, format: date-time}
      spend: {format: money, type: string, minimum: 0}
      score: {type: number, maximum: 1}
      visits: {type: integer, default: 0}
      wait: {type: string, format: duration}
      vip: {type: boolean}
      name: {type: string, pattern: "^[A-Z]", maxLength: 9}
      tags: {type: array, maxItems: 2, items: {enum: [loud, kind]}}
      devices:
        type: array
        items:
          type: object
          properties:
            kind: {enum: [phone, tablet]}
            price: {format: money, type: string, minimum: 1}
      limits: {type: object, additionalProperties: {type: integer, minimum: 0}}
  order:
    type: object
    properties:
      total: {format: money, type: string}
"""
NOW = "2026-03-05T10:00:00"
MOMENT = 1_772_722_800_000_000
DAY = 20_517
"""What `NOW` is inside the engine, and its day."""
ANNA: dict[str, object] = {
    "id": "A",
    "plan": "full",
    "since": "2024-02-29",
    "seen": "2026-03-01T09:30:00",
    "spend": "12.50",
    "score": 0.25,
    "wait": "PT36H",
    "vip": True,
    "name": "Anna",
    "tags": ["loud", "kind"],
    "devices": [{"kind": "phone", "price": 99}, {}],
    "limits": {"b": 2, "a": 1},
}


@cache
def desk() -> Release:
    """Return the pack, ready to decide."""
    return load_release(write_pack(Path(mkdtemp()) / "tiny", PACK, facts=FACTS))


def line(customer: Mapping[str, object], *asks: Mapping[str, object], **more: object) -> dict[str, object]:
    """Return a request for what is asked of a customer."""
    asked: dict[str, object] = {"asks": asks} if len(asks) > 1 else {"ask": next(iter(asks), None)}
    return {"now": NOW, "facts": {"customer": customer}, **asked, **more}


def written(folder: Path, *lines: Mapping[str, object] | str, name: str = "asks.jsonl") -> Path:
    """Return a file of requests, one a line."""
    file = folder / name
    text = "".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in lines).encode()
    file.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    return file


def framed(folder: Path, columns: Mapping[str, Any], name: str = "rows.parquet") -> Path:
    """Return a file of rows, each with a moment where no column says."""
    frame = pl.DataFrame(dict(columns))
    if "now" not in columns:
        frame = frame.with_columns(now=pl.lit(NOW))
    file = folder / name
    if name.endswith(".csv"):
        frame.write_csv(file)
    else:
        frame.write_parquet(file)
    return file


def only(population: Population) -> Batch:
    """Return the one batch."""
    assert len(population) == 1
    return population.batch(0)


def people(batch: Batch) -> list[Any]:
    """Return what is known of each customer."""
    return [row.get("customer") for row in rows_of(batch.people, desk().policy.pack.facts)]


def asks(batch: Batch, action: str) -> Asks:
    """Return the asks for an action."""
    return next(one for one in batch.asks if one.action == action)


def inputs(of: Asks) -> list[dict[str, Any]]:
    """Return the inputs of each ask."""
    return rows_of(of.table, inputs_type(desk().policy, desk().policy.plans[of.action]))


def problems(caught: pytest.ExceptionInfo[PopulationError]) -> list[str]:
    """Return what is wrong, each from the file's name on."""
    return [str(one).removeprefix(f"{Path(one.mark.file).parent.as_posix()}/") for one in caught.value.diagnostics]
