"""How long a decision takes, beside a rules engine and Google's CEL, on the same rules and cases in one run.

`make bench` prints microseconds a decision (the median of several rounds) and the ratios the README quotes.
"""

from __future__ import annotations

import gc
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import zen  # type: ignore[import-untyped]  # ships no types
from cel_expr_python import cel  # type: ignore[import-untyped]  # ships no types

from engine.backends.python import compile_program
from engine.case import asked_of, case_of
from engine.decide import decide
from engine.release import Release, load_release
from schemas.request import DecisionRequest

ACTIONS = tuple(f"action_{number}" for number in range(10))
LADDER = ("agent", "lead", "head")
SEGMENTS = ("basic", "plus", "gold", "new")
STATES = ("open", "late", "paid", "closed")
FACTS = """\
type: object
properties:
  customer:
    type: object
    properties:
      segment: {enum: [basic, plus, gold, new]}
      years: {type: integer}
      insured: {type: boolean}
      value: {type: number, format: money}
  order:
    type: object
    properties:
      state: {enum: [open, late, paid, closed]}
      days_late: {type: integer}
      total: {type: number, format: money}
      items: {type: integer}
  usage: {type: object, properties: {share: {type: number}, calls: {type: integer}}}
"""


def conditions(draw: random.Random) -> list[str]:
    """Return three to five comparisons that hold for about half of the customers together."""
    pool = [
        f'customer.segment in ["{draw.choice(SEGMENTS)}", "{draw.choice(SEGMENTS)}", "gold"]',
        f"customer.years >= {draw.randint(0, 4)}",
        f'order.state != "{draw.choice(STATES)}"',
        f"order.days_late >= {draw.randint(0, 8)}",
        f"order.items <= {draw.randint(5, 12)}",
        f"usage.share < {draw.randint(6, 10) / 10}",
        f"usage.calls < {draw.randint(20, 50)}",
        f"order.total >= {draw.randint(1, 20)}",
    ]
    return draw.sample(pool, draw.randint(3, 5))


def rule(draw: random.Random, number: int) -> dict[str, Any]:
    """Return one rule of a generated pack: of seven, four allow, one denies, two cap."""
    when = conditions(draw)
    effects: list[dict[str, Any]] = [
        {"allow": {"up_to": f"{draw.randint(10, 60)}"}},
        {"allow": {"up_to": f"order.total * 0.{draw.randint(1, 9)}"}},
        {"allow": {"up_to": f"{draw.randint(10, 60)}"}},
        {"deny": {"waivable_by": draw.choice(LADDER[1:])}},
        {"allow": {"up_to": f"{draw.randint(10, 60)}"}},
        {"cap": {"at_most": f"{draw.randint(20, 80)}"}},
        {"cap": {"at_most": f"{draw.randint(20, 80)}", "waivable_by": "head"}},
    ]
    action = ACTIONS[number % len(ACTIONS)]
    effect = effects[(number // len(ACTIONS)) % len(effects)]
    return {"id": f"rule-{number}", "action": action, "when": when, "source": "generated", **effect}


def pack(rules: int, folder: Path) -> Path:
    """Write a pack of so many rules over ten actions and three rungs."""
    draw = random.Random(rules)
    content = {
        "pack": "bench",
        "title": "Bench",
        "owner": "bench",
        "currency": "EUR",
        "ladder": list(LADDER),
        "actions": {name: {"title": name, "amount": "money"} for name in ACTIONS},
        "authority": {"agent": {"*": 25}, "lead": {"*": 45}, "head": {"*": True}},
        "rules": [rule(draw, number) for number in range(rules)],
    }
    folder.mkdir(parents=True)
    (folder / "facts.yaml").write_text(FACTS, encoding="utf-8")
    (folder / "pack.yaml").write_text(json.dumps(content), encoding="utf-8")
    return folder


def customer(draw: random.Random) -> dict[str, Any]:
    """Return a customer of whom everything is known."""
    return {
        "customer": {
            "segment": draw.choice(SEGMENTS),
            "years": draw.randint(0, 9),
            "insured": draw.random() < 0.5,
            "value": draw.randint(0, 500),
        },
        "order": {
            "state": draw.choice(STATES),
            "days_late": draw.randint(0, 20),
            "total": draw.randint(5, 200),
            "items": draw.randint(1, 10),
        },
        "usage": {"share": draw.randint(0, 10) / 10, "calls": draw.randint(0, 60)},
    }


def requests(release: Release, count: int) -> list[DecisionRequest]:
    """Return requests of which half are approved."""
    draw = random.Random(7)
    kept: dict[bool, list[DecisionRequest]] = {True: [], False: []}
    while min(map(len, kept.values())) < count // 2:
        ask = {"action": draw.choice(ACTIONS), "amount": draw.randint(1, 60)}
        made = DecisionRequest.model_validate_json(
            json.dumps(
                {
                    "id": "bench",
                    "now": "2026-06-01T12:00:00Z",
                    "agent": {"role": draw.choice(LADDER)},
                    "facts": customer(draw),
                    "ask": ask,
                }
            )
        )
        decision = decide(release, made)
        kept[getattr(decision, "verdict", "") == "approve"].append(made)
        if sum(map(len, kept.values())) > 100 * count:
            break
    return [*kept[True][: count // 2], *kept[False][: count // 2]]


def microseconds(run: Callable[[], object], calls: int, rounds: int = 7) -> float:
    """Return the median time of one call over several rounds, in microseconds."""
    run()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        run()
        times.append((time.perf_counter() - start) / calls * 1e6)
    return statistics.median(times)


def zen_rows(rules: int) -> tuple[Any, list[dict[str, Any]]]:
    """Return zen's decision table of the same rules (collect)."""
    draw = random.Random(rules)
    fields = [
        "customer.segment", "customer.years", "order.state", "order.days_late", "order.items", "usage.share",
        "usage.calls", "order.total",
    ]  # fmt: skip
    columns = [{"id": f"i{n}", "name": name, "field": name} for n, name in enumerate(["action", *fields])]
    rows = []
    for number in range(rules):
        one = rule(draw, number)
        row = {"_id": one["id"], "i0": f'"{one["action"]}"', "o0": f'"{one["id"]}"'}
        for text in one["when"]:
            field = next(name for name in fields if text.startswith(name))
            row[f"i{fields.index(field) + 1}"] = unary(text.removeprefix(field).strip())
        rows.append({**{column["id"]: "" for column in columns}, **row})
    return {
        "nodes": [
            {"id": "in", "type": "inputNode", "name": "in", "position": {"x": 0, "y": 0}},
            {
                "id": "table",
                "type": "decisionTableNode",
                "name": "table",
                "position": {"x": 1, "y": 0},
                "content": {
                    "hitPolicy": "collect",
                    "inputs": columns,
                    "outputs": [{"id": "o0", "name": "rule", "field": "rule"}],
                    "rules": rows,
                },
            },
            {"id": "out", "type": "outputNode", "name": "out", "position": {"x": 2, "y": 0}},
        ],
        "edges": [
            {"id": "e1", "sourceId": "in", "targetId": "table", "type": "edge"},
            {"id": "e2", "sourceId": "table", "targetId": "out", "type": "edge"},
        ],
    }, rows


def unary(text: str) -> str:
    """Return a condition on a column as zen writes it."""
    if text.startswith("in "):
        return text[4:-1]
    return text


def google(rules: int) -> dict[str, list[Any]]:
    """Return Google's compiled expressions of the same rules, by action."""
    top = cel.Type.Map(cel.Type.STRING, cel.Type.DYN)
    environment = cel.NewEnv(variables={"customer": top, "order": top, "usage": top})
    draw = random.Random(rules)
    compiled: dict[str, list[Any]] = {}
    for number in range(rules):
        one = rule(draw, number)
        compiled.setdefault(one["action"], []).append(environment.compile(" && ".join(one["when"])))
    return compiled


def measure(rules: int, folder: Path) -> dict[str, float]:
    """Return microseconds a decision of each contender, and seconds to load."""
    start = time.perf_counter()
    release = load_release(pack(rules, folder))
    compile_program(release.policy.program)
    loaded = time.perf_counter() - start
    asked = requests(release, 200)
    cases = [asked_of(release, case_of(release, one, "r"), one.ask) for one in asked if one.ask is not None]
    runs = [(release.compiled.stage(case.plan.action.name, "decide"), case.inputs) for case in cases]
    facts = [{**one.facts, "action": one.ask.action} for one in asked if one.ask is not None]
    table, _ = zen_rows(rules)
    decision = zen.ZenEngine().create_decision(json.dumps(table))
    expressions = google(rules)
    gc.collect()
    gc.freeze()  # as a server does once it has loaded
    return {
        "bare": microseconds(lambda: [run(inputs) for run, inputs in runs], len(runs)),
        "decide": microseconds(lambda: [decide(release, one) for one in asked], len(asked)),
        "zen": microseconds(lambda: [decision.evaluate(one) for one in facts], len(facts)),
        "cel": microseconds(
            lambda: [[one.eval(data=case) for one in expressions[case["action"]]] for case in facts], len(facts)
        ),
        "load": loaded,
    }


def main() -> None:
    """Print the table and the ratios at 100 rules."""
    sizes = [int(size) for size in sys.argv[1:]] or [20, 100, 500]
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for rules in sizes:
            found[rules] = measure(rules, Path(folder) / str(rules))
    print(f"{'rules':>6} {'bare program':>13} {'decision':>9} {'zen table':>10} {'Google CEL':>11} {'load':>7}")
    for rules, one in found.items():
        print(
            f"{rules:>6} {one['bare']:>10.1f} µs {one['decide']:>6.0f} µs {one['zen']:>7.0f} µs "
            f"{one['cel']:>8.0f} µs {one['load']:>5.1f} s"
        )
    for rules, one in found.items():
        print(
            f"{rules} rules: bare program {one['zen'] / one['bare']:.0f}x zen's table, "
            f"{one['cel'] / one['bare']:.0f}x Google's CEL; decision {one['zen'] / one['decide']:.1f}x zen's table"
        )


if __name__ == "__main__":
    main()
