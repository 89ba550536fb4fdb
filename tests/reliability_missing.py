"""Facts that rules read, left out or spoilt in requests over HTTP, for tests/reliability.py."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import cycle
from pathlib import Path
from typing import Any, Literal

from ledgers import Place
from random_packs import without
from reliability_checks import either, unless
from test_laws_real_packs import PACKS, RULES, WRONG, admits, in_a_map, release, replaced, requests, type_at
from web_desk import Web, served

from engine.program.nodes import Assume, Field, Given, Index, Input, Named, Node, Quantifier, Quantify, Variable
from engine.program.types import Record
from engine.program.walk import operands

Steps = tuple[str, ...]
"""Where facts are that a rule reads; `*` is each item of a list, and each entry of a map."""
Spot = tuple[Any, ...]
"""Where one fact of a request is."""
Spoiling = Literal["left out", "null", "another type"]
ITEM = "*"
EACH = 2
"""Questions in which each fact of each rule is tried."""
AT_ONCE = 50
"""Each is two requests of a batch."""


@dataclass(frozen=True)
class Trying:
    """A fact that a rule reads, in a question about an action of the rule, and what becomes of it."""

    pack: str
    rule: str
    asked: int
    """The number of the question."""
    spot: Spot
    how: Spoiling
    wrong: object = None


@dataclass
class Tally:
    """What came of all that was tried."""

    rules: set[str] = field(default_factory=set)
    tried: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    """Of questions from which a fact was left out."""
    wrong: list[str] = field(default_factory=list)


def facts(folder: Path, times: int, seed: int) -> Iterator[str]:
    """Yield, for each fact that was left out or spoilt, what did not hold; what did not hold comes first."""
    found = missing(times, folder, seed)
    yield from found.wrong
    yield from [""] * (sum(found.tried.values()) - len(found.wrong))


def missing(times: int, folder: Path, seed: int = 0) -> Tally:
    """Return what came of so many facts, left out or spoilt; each fact of each rule before any comes again."""
    tally, draw = Tally(), random.Random(seed)
    every = [one for pack in PACKS for one in drawn(pack, draw)]
    draw.shuffle(every)
    chosen = [one for one, _ in zip(cycle(every), range(times), strict=False)]
    with ExitStack() as stack:
        place = Place(f"sqlite:///{folder}/ledger.db", folder)
        web = served(stack, place, RULES, serve=",".join(PACKS), rate_limit="")
        for start in range(0, times, AT_ONCE):
            tried(web, chosen[start : start + AT_ONCE], tally)
    return tally


def drawn(pack: str, draw: random.Random) -> Iterator[Trying]:
    """Yield what is tried with a pack: each rule, each fact that it reads, each way of spoiling it."""
    asked = requests(pack)
    # An item or an entry that is not there is another fact than one that is not known.
    for rule, action, read in rules_of(pack):
        there = [
            (number, spot)
            for number, one in enumerate(asked)
            if one["ask"]["action"] == action
            for spot in spots(one["facts"], read)
            if not (isinstance(spot[-1], int) or in_a_map(one, spot))
        ]
        for number, spot in draw.sample(there, min(EACH, len(there))):
            declared = type_at(pack, spot)
            if not has_default(pack, spot):
                yield Trying(pack, rule, number, spot, "left out")
            if not declared.nullable:
                yield Trying(pack, rule, number, spot, "null")
            unfit = [wrong for wrong in WRONG if not admits(declared, wrong)]
            yield Trying(pack, rule, number, spot, "another type", draw.choice(unfit))


def has_default(pack: str, spot: Spot) -> bool:
    """Return whether a fact that is left out is not unknown, but what the pack says."""
    record = type_at(pack, spot[:-1])
    member = record.find(spot[-1]) if isinstance(record, Record) else None
    return member is not None and member.default != ()


def rules_of(pack: str) -> Iterator[tuple[str, str, Steps]]:
    """Yield each rule of a pack with each action that it is about, and each fact that it reads there."""
    policy = release(pack).policy
    declared = {member.name for member in policy.pack.facts.members}
    for name, plan in policy.plans.items():
        for one in (*plan.rules, *plan.notes):
            nodes = [node for node in (one.hit, one.amount) if node is not None]
            for steps in sorted({steps for node in nodes for steps in read_by(node) if steps[0] in declared}):
                yield one.rule.id, name, steps


def read_by(node: Node, items: tuple[Steps | None, ...] = ()) -> Iterator[Steps]:
    """Yield where the facts are that a node reads; `items` are those that the quantifiers around it go over."""
    if (steps := steps_of(node, items)) is not None:
        yield steps
    if isinstance(node, Quantify):
        yield from read_by(node.over, items)
        over = steps_of(node.over, items)
        yield from read_by(node.body, (*items[: node.depth], None if over is None else (*over, ITEM)))
    else:
        for inner in operands(node):
            yield from read_by(inner, items)


def steps_of(node: Node, items: tuple[Steps | None, ...]) -> Steps | None:
    """Return where a node's value is among the facts, None where it is made of them."""
    match node:
        case Input(name=name):
            return (name,)
        case Variable(depth=depth):
            return items[depth]
        case Field(of=of, name=name):
            return None if (steps := steps_of(of, items)) is None else (*steps, name)
        case Index(of=of):
            return None if (steps := steps_of(of, items)) is None else (*steps, ITEM)
        case Given(of=of) | Named(of=of) | Assume(of=of):
            return steps_of(of, items)
        case Quantify(kind=Quantifier.FILTER, over=over):
            return steps_of(over, items)
    return None


def spots(value: Any, steps: Steps) -> list[Spot]:
    """Return where in a JSON value the steps lead, to a fact that is there."""
    if not steps:
        return [()]
    first, *rest = steps
    keys: Any = range(len(value)) if isinstance(value, list) else value if isinstance(value, dict) else ()
    found = [key for key in keys if first in (ITEM, key)]
    return [(key, *spot) for key in found for spot in spots(value[key], tuple(rest))]


def tried(web: Web, some: list[Trying], tally: Tally) -> None:
    """Ask each question as it is, and as it was spoilt, and count what came of it."""
    asked = [spoilt for number, one in enumerate(some) for spoilt in questions(one, sum(tally.tried.values()) + number)]
    answer = web.post("/v1/decisions:batch", {"requests": asked})
    assert answer.status_code == 200, answer.text
    answers = iter(answer.json["items"])
    for one in some:
        whole, less = next(answers), next(answers)
        tally.rules.add(f"{one.pack}/{one.rule}")
        tally.tried[one.how] += 1
        if one.how == "left out":
            tally.verdicts[less.get("verdict")] += 1
        if wrong := wrong_with(one, whole, less):
            tally.wrong.append(f"{one}: {wrong}")


def questions(one: Trying, number: int) -> Iterator[dict[str, Any]]:
    """Yield a question as it is, and with a fact spoilt, each about a customer of whom nothing is known yet."""
    whole = {**requests(one.pack)[one.asked], "pack": one.pack, "id": None}
    left = one.how == "left out"
    spoilt = without(whole["facts"], one.spot) if left else replaced(whole["facts"], one.spot, one.wrong)
    yield of_another(whole, f"W-{number}")
    yield of_another({**whole, "facts": spoilt}, f"L-{number}")


def of_another(question: dict[str, Any], id_: str) -> dict[str, Any]:
    """Return a question about another customer, where it says who it is about."""
    customer = question["facts"].get("customer")
    if not isinstance(customer, dict) or not isinstance(customer.get("id"), str):
        return question
    return {**question, "facts": {**question["facts"], "customer": {**customer, "id": id_}}}


def wrong_with(one: Trying, whole: dict[str, Any], less: dict[str, Any]) -> str:
    """Return what does not hold of the answer to a question that was spoilt, beside that to the whole one."""
    if "verdict" not in whole:
        return f"the whole question is refused: {json.dumps(whole)}"
    if one.how != "left out":
        return unless(less.get("status") == 422 and less["errors"] != [], f"it is not refused: {less.get('verdict')}")
    if "verdict" not in less:
        return f"it is refused: {json.dumps(less)}"
    return either(
        unless(
            within(less) <= within(whole), f"{less['within_authority']} may be granted, not {whole['within_authority']}"
        ),
        unless(less["verdict"] == "ask" or settled(less) == settled(whole), f"{settled(less)}, not {settled(whole)}"),
        unless(less["verdict"] != "approve" or given(less) <= given(whole), f"{given(less)} is offered"),
    )


def settled(decision: dict[str, Any]) -> tuple[Any, ...]:
    return decision["verdict"], decision["rung"], decision["desk"]


def within(decision: dict[str, Any]) -> Decimal:
    """Return what the agent may grant; of an action without an amount, whether it is granted."""
    most = decision["within_authority"]
    return Decimal(decision["verdict"] == "approve") if most is None else Decimal(most)


def given(decision: dict[str, Any]) -> Decimal:
    """Return what is offered; of an action without an amount 0."""
    offer = decision["offer"] or {}
    return Decimal(offer.get("amount") or 0)
