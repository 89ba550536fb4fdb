"""What to ask when it cannot tell yet: the missing facts below what is unknown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from engine.answer import Answer, answer_of
from engine.backends.reference import Reference
from engine.backends.times import DAY
from engine.case import Asked, Case
from engine.grants import changed
from engine.program.nodes import (
    Assume,
    Const,
    Field,
    Given,
    Index,
    Input,
    Known,
    Named,
    Node,
    Quantifier,
    Quantify,
    Variable,
)
from engine.program.nodes import Case as Choice
from engine.program.plan import ActionPlan
from engine.program.types import (
    NULL,
    Enum,
    Kind,
    ListOf,
    MapOf,
    Record,
    Type,
    kind_of,
)
from engine.program.walk import operands, postorder
from engine.release import Release
from schemas.decision import Question
from schemas.frozen import made

LIMIT: Final = 10**17
"""Moments beyond it (about the year 5138) are not tried."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A missing fact: its path (list items as `[2]`), and its type."""

    path: tuple[str, ...]
    type: Type

    @property
    def fact(self) -> str:
        """Return the path as authors write it."""
        return ".".join(self.path).replace(".[", "[")


def questions(release: Release, case: Case, answer: Answer) -> tuple[Question, ...]:
    """Return the missing facts that bear on the verdict, those that settle it alone first."""
    gaps = missing_facts(answer)
    asked = [
        made(
            Question,
            fact=gap.fact,
            question=_wording(answer, gap),
            decisive=decisive(release, case, answer, gap),
        )
        for gap in gaps
    ]
    return tuple(sorted(asked, key=lambda one: not one.decisive))


def missing_facts(answer: Answer) -> list[Gap]:
    """Return the missing facts below the unknown parts of the hits, and of amounts whose hit is not false."""
    values = answer.values
    roots = [rule.hit for rule in answer.plan.rules if answer.hit(rule) is None]
    roots += [rule.amount for rule in answer.plan.rules if rule.amount is not None and answer.hit(rule) is not False]
    roots += answer.plan.authority
    roots += [budget.left for some in answer.plan.budgets[: answer.case.rung + 1] for budget in some]
    found: dict[tuple[str, ...], Gap] = {}
    for root in roots:
        for gap in gaps_below(root, values):
            found.setdefault(gap.path, gap)
    return list(found.values())


Places = Mapping[int, tuple[str, ...]]
"""Where the item of each quantifier around stands, by depth."""


def gaps_below(node: Node, values: Reference, places: Places = MappingProxyType({})) -> Iterator[Gap]:
    """Yield the absent facts because of which a node is unknown."""
    if values.value(node) is not None or isinstance(node, (Known, Assume)):
        return
    match node:
        case Input(name=name):
            yield Gap((name,), node.type)
        case Field() if path := absent_path(node, values, places):
            yield Gap(path, node.type)
        case Field(of=of):
            yield from _candidate_gaps(node, values, places)
            yield from gaps_below(of, values, places)
        case Choice():
            yield from _branch_gaps(node, values, places)
        case Quantify(over=over):
            yield from gaps_below(over, values, places)
            if values.value(over) is None:
                yield from gaps_below(node.body, values, places)
            for item, inner in _candidates(node, values):
                place = _item_place(over, values, places, item)
                yield from gaps_below(node.body, inner, {**places, node.depth: place})
        case _:
            for part in operands(node):
                yield from gaps_below(part, values, places)


def absent_path(node: Node, values: Reference, places: Places) -> tuple[str, ...]:
    """Return the path of an absent fact, the records around it present or absent too; nothing where it is another's."""
    match node:
        case Given(of=of):
            return absent_path(of, values, places)
        case Input(name=name) if values.value(node) is None:
            return (name,)
        case Field(of=of, name=name) if values.value(node) is None:
            around = absent_path(of, values, places) if values.value(of) is None else path_of(of, values, places)
            return (*around, name) if around else ()
        case _:
            return ()


def unwrapped(node: Node) -> Node:
    """Return the node below the names and null checks around it."""
    while isinstance(node, (Named, Given)):
        node = node.of
    return node


def _candidate_gaps(node: Field, values: Reference, places: Places) -> Iterator[Gap]:
    """Yield the member where it is absent from an item that may turn out to be the one that is looked for."""
    of = unwrapped(node.of)
    if not isinstance(of, Quantify) or of.kind is not Quantifier.FIND or values.value(of.over) is None:
        return
    for item, inner in values.items(of):
        holds = inner.value(of.body)
        if holds is not False and isinstance(item, dict) and node.name not in item:
            yield Gap((*_item_place(of.over, values, places, item), node.name), node.type)
        if holds:
            return


def _candidates(node: Quantify, values: Reference) -> Iterator[tuple[object, Reference]]:
    """Yield the items that a quantifier goes over; of a list filtered by what is not known, those that may be in it."""
    over = unwrapped(node.over)
    if values.value(over) is not None or not isinstance(over, Quantify) or over.kind is not Quantifier.FILTER:
        yield from values.items(node)
        return
    for item, inner in _candidates(over, values):
        if inner.value(over.body) is not False:
            yield item, inner


def _branch_gaps(node: Choice, values: Reference, places: Places) -> Iterator[Gap]:
    for condition, value in node.branches:
        holds = values.value(condition)
        if holds is None:
            yield from gaps_below(condition, values, places)
            yield from gaps_below(value, values, places)
        elif holds:
            yield from gaps_below(value, values, places)
            return
    yield from gaps_below(node.otherwise, values, places)


def _item_place(over: Node, values: Reference, places: Places, item: object) -> tuple[str, ...]:
    """Return where a list's item stands in the facts; of a filtered list, in the list that was filtered."""
    while isinstance(over, (Quantify, Named, Given)):
        over = over.over if isinstance(over, Quantify) else over.of
    whole = values.value(over)
    items = whole if isinstance(whole, tuple) else ()
    index = next((place for place, one in enumerate(items) if one is item), 0)
    return (*path_of(over, values, places), f"[{index}]")


def path_of(node: Node, values: Reference, places: Places) -> tuple[str, ...]:
    """Return the path of a record or list that is present; an item that was found or picked, by its place."""
    match node:
        case Input(name=name):
            return (name,)
        case Field(of=of, name=name):
            return (*path_of(of, values, places), name)
        case Given(of=of) | Named(of=of):
            return path_of(of, values, places)
        case Variable(depth=depth):
            return places.get(depth, ("item",))
        case Index(of=of, key=key):
            at = values.value(key)
            return (*path_of(of, values, places), f"[{at}]" if isinstance(at, int) else str(at))
        case Quantify(kind=Quantifier.FIND, over=over):
            return _item_place(over, values, places, values.value(node))
        case Quantify(over=over):
            return path_of(over, values, places)
        case Choice(branches=branches, otherwise=otherwise):
            chosen = next((value for condition, value in branches if values.value(condition)), otherwise)
            return path_of(chosen, values, places)
        case _:
            return ("item",)


def decisive(release: Release, case: Case, answer: Answer, gap: Gap) -> bool:
    """Return whether some single answer to a gap changes the verdict."""
    for value in probes(answer, gap.type):
        inputs = changed(answer.asked.inputs, gap.path, value)
        if answer_of(release, case, Asked(answer.asked.plan, answer.asked.amount, inputs)).verdict != "ask":
            return True
    return False


def probes(answer: Answer, type_: Type) -> list[object]:
    """Return values worth trying for a fact: all of a small type, else those around the constants it may meet."""
    none = [NULL] if type_.nullable else []
    match type_:
        case Enum(values=values):
            return [*values, *none]
        case ListOf() | MapOf():
            return [() if isinstance(type_, ListOf) else {}, *none]
        case Record():
            return list(none)
    if kind_of(type_) is Kind.BOOL:
        return [True, False, *none]
    return [*around(constants(answer.plan), kind_of(type_), answer.case.now), *none]


@lru_cache(maxsize=1024)
def constants(plan: ActionPlan) -> Sequence[Const]:
    """Return the constants that an action's rules compare with."""
    nodes = postorder([rule.hit for rule in plan.rules], operands)
    return tuple([node for node in nodes if isinstance(node, Const)])


def around(found: Sequence[Const], kind: Kind | None, now: int) -> list[object]:
    """Return values of a kind at and beside the constants; moments and days also as far back as the spans say."""
    own = {node.value for node in found if kind_of(node.type) is kind}
    numbers = [int(value) for value in own if isinstance(value, (int, float)) and not isinstance(value, bool)]
    match kind:
        case Kind.TEXT:
            return [*sorted(str(value) for value in own), "\x00"]
        case Kind.NUMBER:
            return [float(n) + d for n in numbers for d in (-1, 0, 1)] or [0.0]
        case Kind.TIMESTAMP | Kind.DATE:
            unit = 1 if kind is Kind.TIMESTAMP else DAY
            spans = [int(str(node.value)) for node in found if kind_of(node.type) is Kind.DURATION]
            spans += [int(str(node.value)) * DAY for node in found if kind_of(node.type) is Kind.INT]
            moments = [now + sign * span + d for span in [0, *spans] for sign in (1, -1) for d in (-DAY, 0, DAY)]
            return [*numbers, *(moment // unit for moment in moments if abs(moment) < LIMIT)]
        case _:
            return [n + d for n in {*numbers, 0} for d in (-1, 0, 1)]


def _wording(answer: Answer, gap: Gap) -> str:
    """Return how to ask for a fact: as declared, on itself or on the nearest fact around it."""
    if gap.path[0] == "ask" and len(gap.path) > 1:
        member = answer.plan.action.inputs.find(gap.path[1])
        return "" if member is None else member.question
    type_: Type = answer.release.policy.inputs
    question = ""
    for step in gap.path:
        if isinstance(type_, Record):
            member = type_.find(step)
            if member is None:
                return question
            question, type_ = member.question or question, member.type
        elif isinstance(type_, ListOf):
            type_ = type_.item
        elif isinstance(type_, MapOf):
            type_ = type_.value
    return question
