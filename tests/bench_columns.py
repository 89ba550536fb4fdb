"""How many cases a second a policy decides in columns, beside a loop over the generated Python, zen-engine and NumPy.

The same rules (one action, three rungs), the same cases, one run, one thread: every rule's hit, the amount granted and
the verdict. `make bench` prints thousands of cases a second and the ratios.
"""

from __future__ import annotations

import json
import os
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

os.environ.setdefault("POLARS_MAX_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import polars as pl
import zen  # type: ignore[import-untyped]  # ships no types
from bench_decide import FACTS, LADDER, SEGMENTS, STATES, rule, unary

from engine.backends.columnar.rows import rows_of, take
from engine.backends.columnar.table import Table
from engine.backends.columns import compile_columns
from engine.program.nodes import Node
from engine.program.plan import DECIDE
from engine.release import Release, load_release

ROWS = 1_000_000
SAMPLE = 5_000
"""Cases that the row-by-row engines decide; their rate does not depend on how many there are."""
ROUNDS = 5
ACTION = "action_0"
AUTHORITY = {"agent": 2500, "lead": 4500, "head": 2**62}
FIELDS = ("customer.segment", "customer.years", "order.state", "order.days_late", "order.items", "usage.share")
FIELDS += ("usage.calls", "order.total")
Columns = Mapping[str, Any]


def rules(count: int) -> list[dict[str, Any]]:
    """Return so many rules about one action."""
    draw = random.Random(count)
    return [rule(draw, 10 * number) for number in range(count)]


def release_of(count: int, folder: Path) -> Release:
    """Return the release of a pack of these rules."""
    content = {
        "pack": "bench",
        "title": "Bench",
        "owner": "bench",
        "currency": "EUR",
        "ladder": list(LADDER),
        "actions": {ACTION: {"title": ACTION, "amount": "money"}},
        "authority": {"agent": {"*": 25}, "lead": {"*": 45}, "head": {"*": True}},
        "rules": rules(count),
    }
    folder.mkdir(parents=True)
    (folder / "facts.yaml").write_text(FACTS, encoding="utf-8")
    (folder / "pack.yaml").write_text(json.dumps(content), encoding="utf-8")
    return load_release(folder)


def drawn(rows: int) -> dict[str, Any]:
    """Return columns of cases of which everything is known."""
    draw = np.random.default_rng(7)
    return {
        "customer.segment": draw.integers(0, 4, rows).astype(np.uint16),
        "customer.years": draw.integers(0, 10, rows),
        "order.state": draw.integers(0, 4, rows).astype(np.uint16),
        "order.days_late": draw.integers(0, 21, rows),
        "order.total": draw.integers(500, 20_100, rows),
        "order.items": draw.integers(1, 11, rows),
        "usage.share": draw.integers(0, 11, rows) / 10,
        "usage.calls": draw.integers(0, 61, rows),
        "@amount": draw.integers(100, 6_100, rows),
        "@rung": draw.integers(1, 4, rows),
    }


def table_of(columns: Columns) -> Table:
    """Return the columns as the columnar backend takes them."""
    cells = {name: pl.Series(name, values) for name, values in columns.items()}
    rows = len(next(iter(cells.values())))
    return Table(rows, cells, present=dict.fromkeys(("customer", "order", "usage", "ask")))


def outputs(release: Release) -> list[tuple[str, Node]]:
    """Return what is asked of every backend: the decide stage."""
    stage = next(one for one in release.policy.program.stages(ACTION) if one.name == DECIDE)
    return list(stage.outputs)


def in_columns(release: Release, columns: Columns) -> Callable[[], object]:
    """Return what decides with the columnar backend."""
    compiled, table = compile_columns(outputs(release)), table_of(columns)
    return lambda: compiled.run(table)


def row_by_row(release: Release, rows: list[dict[str, object]]) -> Callable[[], object]:
    """Return what decides with the generated Python."""
    run = release.compiled.stage(ACTION, DECIDE)
    return lambda: [run(row) for row in rows]


def with_zen(count: int, rows: list[dict[str, object]]) -> Callable[[], object]:
    """Return what decides hits alone, with zen's decision table."""
    ids = [{"id": f"i{place}", "name": name, "field": name} for place, name in enumerate(FIELDS)]
    table = []
    for one in rules(count):
        row = {**{column["id"]: "" for column in ids}, "_id": one["id"], "o0": f'"{one["id"]}"'}
        for text in one["when"]:
            place = next(place for place, name in enumerate(FIELDS) if text.startswith(name))
            row[f"i{place}"] = unary(text.removeprefix(FIELDS[place]).strip())
        table.append(row)
    content = {"hitPolicy": "collect", "inputs": ids, "outputs": [{"id": "o0", "name": "r", "field": "r"}]}
    nodes = [
        {"id": "in", "type": "inputNode", "name": "in", "position": {"x": 0, "y": 0}},
        {"id": "t", "type": "decisionTableNode", "name": "t", "position": {"x": 1, "y": 0}},
        {"id": "out", "type": "outputNode", "name": "out", "position": {"x": 2, "y": 0}},
    ]
    nodes[1]["content"] = {**content, "rules": table}
    edges = [
        {"id": f"{one}{two}", "sourceId": one, "targetId": two, "type": "edge"}
        for one, two in (("in", "t"), ("t", "out"))
    ]
    decision = zen.ZenEngine().create_decision(json.dumps({"nodes": nodes, "edges": edges}))
    facts = [as_json(row) for row in rows]
    return lambda: [decision.evaluate(one) for one in facts]


def as_json(row: dict[str, Any]) -> dict[str, Any]:
    """Return a case as zen takes it: money in whole units."""
    order = {**row["order"], "total": row["order"]["total"] / 100}
    return {"customer": row["customer"], "order": order, "usage": row["usage"]}


COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    ">=": lambda left, right: left >= right,
    "<=": lambda left, right: left <= right,
    "<": lambda left, right: left < right,
    "!=": lambda left, right: left != right,
}


def condition(text: str, columns: Columns) -> Any:
    """Return where a condition holds, in NumPy."""
    field = next(name for name in FIELDS if text.startswith(name))
    values, rest = columns[field], text.removeprefix(field).strip()
    codes = SEGMENTS if field == "customer.segment" else STATES
    if rest.startswith("in "):
        return np.logical_or.reduce([values == codes.index(name) for name in set(re.findall(r'"(\w+)"', rest))])
    operator, operand = rest.split(" ", 1)
    if operand.startswith('"'):
        return COMPARE[operator](values, codes.index(operand.strip('"')))
    return COMPARE[operator](
        values, float(operand) if "." in operand else int(operand) * (100 if "total" in field else 1)
    )


def amount(text: str, columns: Columns) -> Any:
    """Return an amount in minor units, in NumPy, rounded half-even."""
    if not text.startswith("order.total"):
        return int(text) * 100
    tenths = int(text[-1])
    product = columns["order.total"] * tenths
    whole, rest = product // 10, product % 10
    return whole + ((rest > 5) | ((rest == 5) & (whole & 1 == 1)))


def with_numpy(count: int, columns: Columns) -> Callable[[], object]:
    """Return what decides with NumPy, written by hand for these rules, everything being known."""
    written = rules(count)

    def run() -> object:
        hits = [np.logical_and.reduce([condition(text, columns) for text in one["when"]]) for one in written]
        ceilings = [ceiling(written, hits, columns, rung) for rung in range(4)]
        return hits, verdict(ceilings, columns)

    return run


def ceiling(written: list[dict[str, Any]], hits: list[Any], columns: Columns, rung: int) -> Any:
    """Return how much a rung may grant."""
    rows = len(hits[0])
    denied, given = np.zeros(rows, bool), np.zeros(rows, np.int64)
    limit = np.full(rows, [0, *AUTHORITY.values()][rung], np.int64)
    for one, hit in zip(written, hits, strict=True):
        waivable = (one.get("deny") or one.get("cap") or {}).get("waivable_by")
        if waivable is not None and rung > LADDER.index(waivable):
            continue
        if "deny" in one:
            denied |= hit
        elif "cap" in one:
            np.minimum(limit, amount(one["cap"]["at_most"], columns), out=limit, where=hit)
        else:
            np.maximum(given, amount(one["allow"]["up_to"], columns), out=given, where=hit)
    return np.where(denied, 0, np.minimum(given, limit))


def verdict(ceilings: list[Any], columns: Columns) -> tuple[Any, Any]:
    """Return the verdict's code and the amount granted."""
    asked, rung = columns["@amount"], columns["@rung"]
    reaching, any_reaching = (np.full(len(asked), -1) for _ in range(2))
    granted = np.zeros(len(asked), np.int64)
    for place in reversed(range(4)):
        may = rung <= place
        any_reaching = np.where(may & (ceilings[place] > 0), place, any_reaching)
        reaching = np.where(may & (ceilings[place] >= asked), place, reaching)
    granted = np.where(reaching >= 0, asked, np.choose(np.maximum(any_reaching, 0), ceilings))
    at = np.where(reaching >= 0, reaching, any_reaching)
    return np.where(at < 0, 4, np.where(at > rung, 2, np.where(reaching < 0, 1, 0))), granted


def rate(run: Callable[[], object], rows: int) -> float:
    """Return how many cases are decided in a second of one core, at best of some rounds.

    Seconds are those that this process had a core: what else the machine does in the meantime does not count.
    """
    run()
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return rows / min(times)


def agreed(release: Release, count: int, columns: Columns) -> None:
    """Stop unless NumPy's verdicts and amounts are those of the columnar backend."""
    compiled = compile_columns(outputs(release))
    found = compiled.run(table_of(columns))
    codes, granted = with_numpy(count, columns)()[1]  # type: ignore[index]  # what `run` above returns
    words = [("approve", "counter", "escalate", "ask", "decline").index(word) for word in compiled.texts["verdict"]]
    mine = np.array(words)[found.cells["verdict"].to_numpy()]
    assert (mine == codes).all(), "the verdicts differ"
    no = codes == 4
    assert (found.cells["granted"].to_numpy()[~no] == granted[~no]).all(), "the amounts differ"


def measure(count: int, folder: Path) -> dict[str, float]:
    """Return the rates of every engine on so many rules."""
    release = release_of(count, folder / str(count))
    columns = drawn(ROWS)
    agreed(release, count, columns)
    few = take(table_of(columns), np.arange(SAMPLE))
    rows = rows_of(few, release.policy.inputs)
    return {
        "columns": rate(in_columns(release, columns), ROWS),
        "NumPy": rate(with_numpy(count, columns), ROWS),
        "Python, row by row": rate(row_by_row(release, rows), SAMPLE),
        "zen (hits alone)": rate(with_zen(count, rows), SAMPLE),
    }


def main() -> None:
    """Print thousands of cases a second, and how many times as many columns decide."""
    sizes = [int(size) for size in sys.argv[1:]] or [20, 100, 500]
    with tempfile.TemporaryDirectory() as folder:
        for count in sizes:
            found = measure(count, Path(folder))
            print(f"{count} rules: " + ", ".join(f"{name} {one / 1000:,.0f}" for name, one in found.items()))
            ratios = [f"{found['columns'] / one:,.1f}x {name}" for name, one in found.items() if name != "columns"]
            print("  thousand cases a second; columns are " + ", ".join(ratios))


if __name__ == "__main__":
    main()
