"""The verdict as expressions: who could say yes, who does, to how much."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from engine.language.packs.inputs import ASKED
from engine.language.packs.pack import Refer
from engine.program.ceilings import CERTAIN, POSSIBLE, Ceilings, R, Voices
from engine.program.nodes import Case, Comparison, Const, Input, Node
from engine.program.plan import ABOVE_BUDGET, BEYOND_BUDGET, RulePlan
from engine.program.terms import (
    both,
    certainly,
    compare,
    either,
    largest,
    no,
    number,
    possibly,
    text,
    when,
)
from engine.program.types import INT, TEXT, Type


@dataclass(frozen=True, eq=False, slots=True)
class Verdict:
    """The outputs of the decide stage, and the ceilings that they are made of."""

    certain: tuple[Node, ...]
    possible: tuple[Node, ...]
    outputs: tuple[tuple[str, Node], ...]
    cuts: tuple[tuple[str, Node], ...]
    """Of an action with budgets: whether one cuts, and whether more than budgets does."""


@dataclass(frozen=True, eq=False, slots=True)
class Found:
    """The verdict's word, the lowest rung that could say yes, and amounts: granted there, and within authority."""

    word: Node
    rung: Node
    granted: Node
    within: Node
    in_reach: Node


def verdict_of(voices: Voices, desks: tuple[str, ...]) -> Verdict:
    """Return the verdict's expressions for an action whose rules speak so."""
    rungs = range(len(voices.authority))
    lower = [Ceilings(voices, CERTAIN, rung) for rung in rungs]
    certain = tuple(one.ceiling() for one in lower)
    possible = tuple(Ceilings(voices, POSSIBLE, rung).ceiling() for rung in rungs)
    ask, zero = Input(ASKED, voices.type), number(0, voices.type)
    asked = compare(ask, Comparison.GT, zero)
    reaching = lowest([both(asked, compare(ask, Comparison.LE, limit)) for limit in possible])
    any_reaching = lowest([compare(limit, Comparison.GT, zero) for limit in possible])
    in_reach = compare(reaching, Comparison.GE, number(0))
    rung = when(in_reach, reaching, any_reaching)
    there = at(rung, certain)
    granted = when(in_reach, at(rung, tuple(_grant(one) for one in lower)), there)
    within = at(R, certain)
    word = _word(voices, rung, in_reach, there, asked)
    found = Found(word, rung, granted, within, in_reach)
    cuts = tuple(_cuts(voices, possible)) if voices.budgets else ()
    return Verdict(certain, possible, _outputs(found, voices, _desk(voices, desks)), cuts)


def _cuts(voices: Voices, possible: tuple[Node, ...]) -> Iterator[tuple[str, Node]]:
    """Yield whether the asker's budgets keep them from what was asked, and whether something else does too."""
    free = replace(voices, budgets=())
    unlimited = tuple(Ceilings(free, POSSIBLE, rung).ceiling() for rung in range(len(possible)))
    limit, without = at(R, possible), at(R, unlimited)
    yield ABOVE_BUDGET, both(compare(limit, Comparison.LT, without), _short(limit, voices.type))
    yield BEYOND_BUDGET, _short(without, voices.type)


def _short(limit: Node, type_: Type) -> Node:
    """Return whether a limit is below what was asked for; where no amount was, whether it leaves nothing."""
    ask, zero = Input(ASKED, type_), number(0, type_)
    asked = compare(ask, Comparison.GT, zero)
    return when(asked, compare(limit, Comparison.LT, ask), compare(limit, Comparison.LE, zero))


def lowest(reached: list[Node]) -> Node:
    """Return the lowest rung from the asker's up that a condition reaches, -1 where none does."""
    branches = tuple(
        (both(compare(R, Comparison.LE, number(rung)), condition), number(rung))
        for rung, condition in enumerate(reached)
    )
    return Case(branches, number(-1), INT)


def at(rung: Node, amounts: tuple[Node, ...]) -> Node:
    """Return the amount of a rung, 0 for none."""
    if all(amount is amounts[0] for amount in amounts) and len(amounts) > 1:
        return amounts[0]
    branches = tuple((compare(rung, Comparison.EQ, number(i)), amount) for i, amount in enumerate(amounts))
    return Case(branches, number(0, amounts[0].type), amounts[0].type)


def _grant(here: Ceilings) -> Node:
    """Return what a rung grants of an amount in its reach: the largest exact amount over it, else it or the floor."""
    type_ = here.voices.type
    ask = Input(ASKED, type_)
    plain = largest([ask, here.floor()], type_)
    fixed = [here.exact(rule) for rule in here.voices.exact]
    if not fixed:
        return plain
    covering = [when(compare(amount, Comparison.GE, ask), amount, number(0, type_)) for amount in fixed]
    best = largest(covering, type_)
    return when(compare(best, Comparison.GT, number(0, type_)), best, plain)


def _word(voices: Voices, rung: Node, in_reach: Node, there: Node, asked: Node) -> Node:
    refer = either(*(rule.hit for rule in voices.refers))
    final = either(*(rule.hit for rule in voices.finals))
    ask, zero = Input(ASKED, voices.type), number(0, voices.type)
    sure = when(in_reach, compare(ask, Comparison.LE, there), compare(there, Comparison.GT, zero))
    branches: list[tuple[Node, str]] = [
        (both(certainly(refer), no(possibly(final))), "escalate"),
        (both(possibly(refer), no(certainly(final))), "ask"),
        (compare(rung, Comparison.LT, number(0)), "decline"),
        (no(sure), "ask"),
        (compare(rung, Comparison.GT, R), "escalate"),
        (both(asked, no(in_reach)), "counter"),
    ]
    kept = tuple((condition, text(word)) for condition, word in branches if not _never(condition))
    return Case(kept, text("approve"), TEXT)


def _never(condition: Node) -> bool:
    return isinstance(condition, Const) and condition.value is False


def _outputs(found: Found, voices: Voices, desk: Node) -> tuple[tuple[str, Node], ...]:
    finals = certainly(either(*(rule.hit for rule in voices.finals)))
    word = found.word
    referred = both(compare(desk, Comparison.NE, text("")), compare(word, Comparison.EQ, text("escalate")))
    positive = either(*(compare(word, Comparison.EQ, text(one)) for one in ("approve", "counter", "escalate")))
    amount = when(referred, found.within, when(positive, found.granted, number(0, voices.type)))
    return (
        ("verdict", word),
        ("rung", when(referred, number(-1), found.rung)),
        ("desk", when(referred, desk, text(""))),
        ("final", both(compare(word, Comparison.EQ, text("decline")), finals)),
        ("granted", amount),
        ("within_authority", found.within),
        ("in_reach", found.in_reach),
    )


def _desk(voices: Voices, desks: tuple[str, ...]) -> Node:
    """Return the desk of a refer that holds; of several, the one listed first under `desks`."""
    branches = []
    for desk in desks:
        hits = [rule.hit for rule in voices.refers if refers_to(rule) == desk]
        if hits:
            branches.append((certainly(either(*hits)), text(desk)))
    return Case(tuple(branches), text(""), TEXT) if branches else text("")


def refers_to(rule: RulePlan) -> str:
    """Return the desk that a refer rule names."""
    return rule.rule.effect.desk if isinstance(rule.rule.effect, Refer) else ""
