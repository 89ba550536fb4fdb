"""Random packs over a fixed set of facts, and random customers, drawn from a seed."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.release import Release, load_release

SPANS = ("day", "week", "month")
LADDER = ("bot", "agent", "lead", "head")
DESKS = ("security", "legal")
FACTS = """\
type: object
properties:
  b0: {type: boolean}
  b1: {type: boolean}
  b2: {type: boolean}
  n0: {type: integer, minimum: -3, maximum: 9}
  n1: {type: integer, minimum: -3, maximum: 9}
  none: {type: [integer, "null"], minimum: 0, maximum: 3}
  kind: {enum: [x, y, z]}
  paid: {type: number, format: money, minimum: 0, maximum: 40}
  day: {type: string, format: date}
  box:
    type: object
    properties:
      items:
        type: array
        items:
          type: object
          properties:
            open: {type: boolean}
            size: {type: integer, minimum: 0, maximum: 5}
"""
ATOMS = (
    "b0", "!b1", "b2 || b0", "n0 > 2", "n1 + n0 <= 4", "none == null", "none != null && none > 1", 'kind == "x"',
    'kind in ["y", "z"]', "paid >= 10", "days_since(day) >= 30", "box.items.exists(i, i.open)",
    "box.items.all(i, i.size > n0)", "box.items.count(i, i.open) >= 2", "10.0 / n0 > 2.0", "has(box.items)",
    "sum(box.items.map(i, i.size)) > 4", "ask.flag", "history.count(h, h.action == 'alpha') == 0", "true", "false",
)  # fmt: skip
AMOUNTS = {
    "money": ("5", "20", "paid", "paid / 2", "n0 * 3", "paid / n0", "ask.size * 2", "min(paid, 15)", "40"),
    "int": ("1", "3", "n0", "n0 + n1", "ask.size", "size(box.items)", "7"),
}


STANDS = {"alpha": {"stands": "days(n0)"}, "beta": {"stands": "day"}, "gamma": {}}
"""How long offers of each action stand; where a fact is missing, nobody knows."""


@dataclass
class Writer:
    """Writes one random pack."""

    draw: random.Random
    rules: list[dict[str, Any]] = field(default_factory=list)

    def condition(self) -> Any:
        """Return a random condition."""
        shape = self.draw.random()
        if shape < 0.55:
            return self.draw.choice(ATOMS)
        parts = [self.draw.choice(ATOMS) for _ in range(self.draw.randint(2, 3))]
        if shape < 0.7:
            return parts
        if shape < 0.9:
            return {self.draw.choice(["all", "any", "none"]): parts}
        return {"at_least": self.draw.randint(1, 2), "of": parts}

    def amount(self, unit: str) -> str:
        """Return a random amount."""
        return self.draw.choice(AMOUNTS[unit])

    def rule(self, action: str, unit: str, number: int) -> dict[str, Any]:
        """Return a random rule about an action."""
        kind = self.draw.choice(("allow", "allow", "allow", "deny", "deny", "cap", "floor", "refer"))
        if unit == "none" and kind in ("cap", "floor"):
            kind = "allow"
        if kind == "refer" and self.draw.random() < 0.6:
            kind = "allow"
        rule: dict[str, Any] = {"id": f"{action}-{kind}-{number}", "action": action, "source": "made up"}
        if self.draw.random() < 0.9:
            rule["when"] = self.condition()
        if self.draw.random() < 0.15:
            rule["unless"] = self.condition()
        return {**rule, **self.effects(kind, unit)}

    def effects(self, kind: str, unit: str) -> dict[str, Any]:
        """Return the effect of a kind."""
        rung = self.draw.choice(LADDER)
        match kind:
            case "allow" if unit == "none":
                return {"allow": True}
            case "allow":
                return {"allow": {self.draw.choice(("up_to", "up_to", "exactly")): self.amount(unit)}}
            case "deny":
                return {"deny": self.draw.choice((True, True, "final", {"waivable_by": rung}))}
            case "cap":
                waived = {"waivable_by": rung} if self.draw.random() < 0.4 else {}
                return {"cap": {"at_most": self.amount(unit), **waived}}
            case "floor":
                return {"floor": {"at_least": self.amount(unit)}}
            case _:
                return {"refer": self.draw.choice(DESKS)}

    def override(self) -> None:
        """Let some allows override some denies."""
        denies = [rule for rule in self.rules if rule.get("deny") not in (None, "final")]
        for rule in self.rules:
            mine = [deny["id"] for deny in denies if deny["action"] == rule["action"]]
            if "allow" in rule and mine and self.draw.random() < 0.4:
                rule["overrides"] = [self.draw.choice(mine)]

    def authority(self) -> dict[str, Any] | None:
        """Return who may grant what by themselves, or None for everybody everything."""
        if self.draw.random() < 0.3:
            return None
        given: dict[str, Any] = {}
        for place, rung in enumerate(LADDER):
            grants: dict[str, Any] = {}
            unlimited = place == len(LADDER) - 1 and self.draw.random() < 0.5
            if self.draw.random() < 0.7:
                grants["alpha"] = True if unlimited else self.draw.choice([8 * place + 2, 8 * place + 8, "paid / 2"])
            if self.draw.random() < 0.7:
                grants["beta"] = self.draw.choice([2 * place + 1, 2 * place + 2, "n0"])
            if self.draw.random() < 0.6:
                grants["gamma"] = True
            if grants:
                given[rung] = {action: self.budgeted(action, each) for action, each in grants.items()}
        return given or {"head": {"*": True}}

    def budgeted(self, action: str, each: Any) -> Any:
        """Return what a rung is granted of an action, sometimes with budgets over time."""
        if self.draw.random() < 0.7:
            return each
        budgets = {f"per_{span}": self.budget(action) for span in SPANS if self.draw.random() < 0.4}
        team = {f"per_{span}": self.budget(action) for span in SPANS if self.draw.random() < 0.2}
        return {"each": each, **budgets, **({"team": team} if team else {})}

    def budget(self, action: str) -> Any:
        """Return a random budget."""
        written = {
            "alpha": (10, 25, "paid", "n0 * 5", "paid / n0"),
            "beta": (2, 5, "n0", "n0 + n1"),
            "gamma": (0, 1, "n1"),
        }
        return self.draw.choice(written[action])

    def pack(self) -> dict[str, Any]:
        """Return a random pack."""
        inputs = {"flag": {"type": "boolean"}, "size": {"type": "integer", "minimum": 1, "maximum": 9}}
        units = {"alpha": "money", "beta": "int", "gamma": "none"}
        for action, unit in units.items():
            for number in range(self.draw.randint(1, 6)):
                self.rules.append(self.rule(action, unit, number))
        self.override()
        pack: dict[str, Any] = {
            "pack": "random",
            "title": "Random",
            "owner": "tests",
            "currency": "EUR",
            "ladder": list(LADDER),
            "desks": list(DESKS),
            "actions": {
                name: {"title": name, **({} if unit == "none" else {"amount": unit}), "inputs": inputs, **STANDS[name]}
                for name, unit in units.items()
            },
            "rules": self.rules,
        }
        if (authority := self.authority()) is not None:
            pack["authority"] = authority
        return pack


def write(pack: dict[str, Any], folder: Path) -> Path:
    """Write a pack and the facts it reads to a folder (JSON is YAML)."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "facts.yaml").write_text(FACTS, encoding="utf-8")
    (folder / "pack.yaml").write_text(json.dumps(pack, indent=1), encoding="utf-8")
    return folder


def random_release(seed: int, folder: Path) -> tuple[dict[str, Any], Release]:
    """Return the random pack of a seed, as written and as released."""
    pack = Writer(random.Random(seed)).pack()
    return pack, load_release(write(pack, folder))


def customer(draw: random.Random) -> dict[str, Any]:
    """Return a random customer of whom everything is known."""
    items = [{"open": draw.random() < 0.5, "size": draw.randint(0, 5)} for _ in range(draw.randint(0, 3))]
    return {
        "b0": draw.random() < 0.5,
        "b1": draw.random() < 0.5,
        "b2": draw.random() < 0.5,
        "n0": draw.randint(-3, 9),
        "n1": draw.randint(-3, 9),
        "none": draw.choice([None, 0, 2, 3]),
        "kind": draw.choice("xyz"),
        "paid": draw.choice([0, 4.5, 10, "33.33"]),
        "day": draw.choice(["2026-01-01", "2026-05-20", "2026-06-02"]),
        "box": {"items": items},
    }


def asking(draw: random.Random) -> dict[str, Any]:
    """Return a random ask, its inputs known."""
    action = draw.choice(("alpha", "beta", "gamma"))
    ask: dict[str, Any] = {"action": action, "flag": draw.random() < 0.5, "size": draw.randint(1, 9)}
    if action != "gamma" and draw.random() < 0.7:
        ask["amount"] = draw.choice([1, 3, 6, 15, 30] if action == "beta" else [1, "4.5", 12, 30, 100])
    return ask


def request(draw: random.Random) -> dict[str, Any]:
    """Return a random request in which everything is known."""
    return {
        "id": "r",
        "now": "2026-06-15T12:00:00Z",
        "agent": {"role": draw.choice(LADDER), **owner(draw)} if draw.random() < 0.9 else {},
        "facts": customer(draw),
        "ask": asking(draw),
        "history": [],
        "granted": {"agent": granted(draw), "team": granted(draw)},
    }


def owner(draw: random.Random) -> dict[str, str]:
    """Return whose budgets they are, where that is said."""
    return {name: value for name, value in (("id", "a-1"), ("team", "north")) if draw.random() < 0.9}


def granted(draw: random.Random) -> dict[str, Any]:
    """Return what was granted lately of every action."""
    amounts = {"alpha": (0, 0, 4.5, 12, 30), "beta": (0, 0, 1, 4), "gamma": (0, 0, 1)}
    return {action: {span: draw.choice(some) for span in SPANS} for action, some in amounts.items()}


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths of all facts in a JSON value, items of lists included."""
    found = []
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        if isinstance(value, dict):
            found.append((*path, key))
        found += places(inner, (*path, key))
    return found


def without(value: Any, path: tuple[Any, ...]) -> Any:
    """Return a copy of a JSON value with the fact at a path taken out."""
    copy = json.loads(json.dumps(value))
    inner = copy
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    return copy


def knocked_out(draw: random.Random, whole: dict[str, Any], share: float) -> dict[str, Any]:
    """Return a request with some of its facts, inputs, its history and what was granted left out."""
    made: dict[str, Any] = json.loads(json.dumps(whole))
    for path in reversed(places(whole["facts"])):
        if draw.random() < share:
            made["facts"] = without(made["facts"], path)
    for name in ("flag", "size"):
        if draw.random() < share:
            made["ask"].pop(name)
    if draw.random() < share:
        made.pop("history")
    for path in reversed(places(whole["granted"])):
        if draw.random() < share / 4:
            made["granted"] = without(made["granted"], path)
    if draw.random() < share / 2:
        made.pop("granted")
    return made
