"""How long a decision takes, beside a rules engine and Google's CEL, on the same rules and cases in one run.

`make bench` prints microseconds a decision (the median of several rounds) and the ratios the README quotes.
"""

from __future__ import annotations

import gc
import json
import os
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

from api.releases import releases
from engine.case import asked_of, case_of
from engine.decide import decide
from engine.release import Release, load_release
from schemas.request import DecisionRequest

ACTIONS = tuple(f"action_{number}" for number in range(10))
CASES = 200
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


def zen_expressions(rules: int) -> dict[str, list[Any]]:
    """Return zen's compiled expressions of the same rules, by action."""
    draw = random.Random(rules)
    compiled: dict[str, list[Any]] = {}
    for number in range(rules):
        one = rule(draw, number)
        compiled.setdefault(one["action"], []).append(zen.compile_expression(" and ".join(one["when"])))
    return compiled


def contenders(rules: int, release: Release) -> dict[str, Callable[[], object]]:
    """Return what is timed, by name; each decides the same cases."""
    asked = requests(release, CASES)
    cases = [asked_of(release, case_of(release, one, "r"), one.ask) for one in asked if one.ask is not None]
    runs = [(release.compiled.stage(case.plan.action.name, "decide"), case.inputs) for case in cases]
    facts = [{**one.facts, "action": one.ask.action} for one in asked if one.ask is not None]
    table = json.dumps(zen_rows(rules)[0])
    decision, engine = zen.ZenEngine().create_decision(table), zen.ZenEngine({"loader": lambda _: table})
    batch = [{"key": "table", "context": one} for one in facts]
    theirs, googles = zen_expressions(rules), google(rules)
    return {
        "bare program": lambda: [run(inputs) for run, inputs in runs],
        "decision": lambda: [decide(release, one) for one in asked],
        "zen table": lambda: [decision.evaluate(one) for one in facts],
        "zen batch": lambda: engine.evaluate_batch(batch),
        "zen expressions": lambda: [[one.evaluate(case) for one in theirs[case["action"]]] for case in facts],
        "Google CEL": lambda: [[one.eval(data=case) for one in googles[case["action"]]] for case in facts],
    }


def measure(rules: int, folder: Path) -> dict[str, float]:
    """Return microseconds a decision of each contender, and seconds to load anew and as kept."""
    written = pack(rules, folder / str(rules))
    start = time.perf_counter()
    release = load_release(written)
    for action in ACTIONS:
        release.compiled.stage(action, "decide")
    loaded = time.perf_counter() - start
    timed = contenders(rules, release)
    gc.collect()
    gc.freeze()  # as a server does once it has loaded
    found = {name: microseconds(run, CASES) for name, run in timed.items()}
    return {**found, "load": loaded, "kept": kept(written, folder / "kept")}


def kept(written: Path, shelf: Path) -> float:
    """Return the seconds to take a release that was kept."""
    os.environ["LEEWAY_CACHE"] = str(shelf)
    for _ in range(2):
        start = time.perf_counter()
        with releases() as take:
            take(written).compiled.stage(ACTIONS[0], "decide")
        taken = time.perf_counter() - start
    return taken


def main() -> None:
    """Print the table and the ratios."""
    sizes = [int(size) for size in sys.argv[1:]] or [20, 100, 500]
    with tempfile.TemporaryDirectory() as folder:
        found = {rules: measure(rules, Path(folder)) for rules in sizes}
    names = [name for name in found[sizes[0]] if name not in ("load", "kept")]
    print(
        "microseconds a decision, the median of several rounds; of CEL and zen's expressions, the asked action's rules"
    )
    for rules, one in found.items():
        print(f"{rules} rules: " + ", ".join(f"{name} {one[name]:.1f}" for name in names))
        print(f"  loaded in {one['load']:.2f} s, as kept in {one['kept'] * 1000:.0f} ms")
        bare = ", ".join(f"{one[name] / one['bare program']:.0f}x {name}" for name in names[2:])
        whole = ", ".join(f"{one[name] / one['decision']:.1f}x {name}" for name in names[2:])
        print(f"  bare program is {bare}; whole decision is {whole}")


if __name__ == "__main__":
    main()
