"""From when time alone would make it a yes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from engine.answer import Answer, answer_of
from engine.backends.python import Run, compile_program
from engine.backends.reference import evaluate
from engine.backends.times import HOUR, LAST_DAY, MINUTE, date_of, start_of
from engine.budgets import renewed
from engine.case import Asked
from engine.language.packs.inputs import ASKED
from engine.language.packs.pack import Allow
from engine.program.nodes import And, Assume, AtLeast, Comparison, Given, Input, Named, Node, Not, Or
from engine.program.nodes import Case as Choice
from engine.program.plan import ActionPlan
from engine.program.program import Program, Stage
from engine.program.share import share
from engine.program.terms import compare, number
from engine.program.types import Kind, kind_of
from engine.program.walk import operands, postorder
from engine.release import Release

YEARS: Final = 10
CANDIDATES: Final = 200
"""How many moments are decided again at most."""
HOURS: Final = 8 * 24
"""For how many hours each hour is looked at, and then for how many days each day."""
DAILY: Final = 3 * 365
CLOCK: Final = frozenset({"now", "as_of", "granted"})
"""What time alone changes: with a new day, week or month nothing was granted in it yet."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Moves one answer's case in time: `fixed` when the request says which day counts."""

    answer: Answer
    fixed: bool

    def inputs(self, moment: int) -> dict[str, object]:
        """Return what the ask's expressions would read at a moment."""
        inputs = {**self.answer.asked.inputs, "now": moment}
        if isinstance(lately := inputs.get("granted"), dict):
            zone = self.answer.release.policy.conventions.zone
            inputs["granted"] = renewed(lately, self.answer.case.now, moment, zone)
        if not self.fixed:
            inputs["as_of"] = day_that_counts(self.answer.release, inputs)
        return inputs

    def approves(self, moment: int) -> bool:
        """Return whether the same ask would be a yes at a moment."""
        answer = self.answer
        asked = Asked(answer.plan, answer.asked.amount, self.inputs(moment))
        return answer_of(answer.release, replace(answer.case, now=moment), asked).verdict == "approve"


def day_that_counts(release: Release, inputs: dict[str, object]) -> object:
    """Return the day that picks rules and parameters where the request names none; None when it is unknown."""
    policy = release.policy
    if policy.as_of is None or is_clock(policy.as_of):
        chosen, moment = inputs["now"], True
    else:
        chosen, moment = evaluate(policy.as_of, inputs), kind_of(policy.as_of.type) is Kind.TIMESTAMP
    if not isinstance(chosen, int):
        return None
    return date_of(chosen, policy.conventions.zone) if moment else chosen


def is_clock(node: Node) -> bool:
    """Return whether a node is the present moment itself."""
    return isinstance(node, Input) and node.name == "now"


def yes_from(answer: Answer, fixed: bool) -> int | None:
    """Return the first moment in ten years from which the same ask is a yes; None where there is none."""
    if answer.verdict in ("approve", "ask") or answer.final:
        return None
    look = watched(answer.release, answer.plan.action.name)
    if look is None:
        return None
    clock = Clock(answer, fixed or not follows(answer.release))
    for count, moment in enumerate(crossings(clock, look)):
        if count >= CANDIDATES:
            return None
        if clock.approves(moment):
            return moment
    return None


def follows(release: Release) -> bool:
    """Return whether the day that counts moves with the clock."""
    as_of = release.policy.as_of
    return as_of is None or as_of in reading_clock([as_of])


@lru_cache(maxsize=256)
def watched(release: Release, action: str) -> Run | None:
    """Return the function of all that the clock may turn in an action's verdict; None where there is nothing."""
    plan = release.policy.plans[action]
    found = turning([*(rule.hit for rule in plan.rules), *reaching(plan)])
    if not found:
        return None
    stage = Stage("clock", tuple((f"turns:{number}", node) for number, node in enumerate(found)))
    program = share(Program(release.policy.inputs, ((action, (stage,)),)))
    return compile_program(program).stage(action, "clock")


def reaching(plan: ActionPlan) -> Iterator[Node]:
    """Yield whether each amount reaches what was asked, is anything at all, and leaves the fixed amounts whole."""
    amounts = [rule.amount for rule in plan.rules if rule.amount is not None]
    authority = [*plan.authority, *(budget.left for some in plan.budgets for budget in some)]
    limits = [*(cap.amount for cap in plan.caps if cap.amount is not None), *authority]
    nothing, asked = number(0, plan.amount_type), Input(ASKED, plan.amount_type)
    for amount in (*amounts, *authority):
        yield compare(amount, Comparison.GE, asked)
        yield compare(amount, Comparison.GT, nothing)
    for rule in plan.allows:
        if isinstance(rule.rule.effect, Allow) and rule.rule.effect.exactly is not None and rule.amount is not None:
            yield from (compare(rule.amount, Comparison.LE, limit) for limit in limits)


def turning(roots: list[Node]) -> list[Node]:
    """Return the outermost plain conditions, of these, that read the clock."""
    clocked = reading_clock(roots)
    stack, found = [root for root in roots if root in clocked], dict[Node, None]()
    seen: set[Node] = set()
    while stack:
        node = stack.pop()
        if isinstance(node, (And, Or, Not, AtLeast, Named, Choice, Given, Assume)):
            stack.extend(part for part in operands(node) if part in clocked and part not in seen)
        else:
            found[node] = None
        seen.add(node)
    return list(found)


def reading_clock(roots: list[Node]) -> set[Node]:
    """Return the nodes that read the present moment, the day that counts, or what was granted lately."""
    clocked: set[Node] = set()
    for node in postorder(roots, operands):
        if (isinstance(node, Input) and node.name in CLOCK) or any(part in clocked for part in operands(node)):
            clocked.add(node)
    return clocked


def crossings(clock: Clock, look: Run) -> Iterator[int]:
    """Yield the moments after now at which a condition turns, in order, each to the minute."""
    zone = clock.answer.release.policy.conventions.zone
    before, seen = clock.answer.case.now, look(clock.inputs(clock.answer.case.now), ())
    for moment in moments(before, zone):
        found = look(clock.inputs(moment), ())
        if found != seen:
            yield from between(clock, look, (before, seen), (moment, found))
        before, seen = moment, found


def between(
    clock: Clock, look: Run, start: tuple[int, tuple[object, ...]], end: tuple[int, tuple[object, ...]]
) -> Iterator[int]:
    """Yield the moments at which something turns between two that differ, each the first whole minute of it."""
    (low, before), (high, after) = start, end
    middle = (low + high) // 2 // MINUTE * MINUTE
    if middle <= low:
        yield high
        return
    found = look(clock.inputs(middle), ())
    if found != before:
        yield from between(clock, look, start, (middle, found))
    if found != after:
        yield from between(clock, look, (middle, found), end)


def moments(now: int, zone: str) -> Iterator[int]:
    """Yield the moments to look at: each hour of the next days, each midnight of three years, one a week up to ten."""
    first = (now // MINUTE + 1) * MINUTE
    yield from (first + count * HOUR for count in range(HOURS))
    yield from midnights(date_of(first + HOURS * HOUR, zone) + 1, zone)


@lru_cache(maxsize=16)
def midnights(day: int, zone: str) -> tuple[int, ...]:
    """Return when the days to look at begin, as far as the calendar goes."""
    days = [*range(day, day + DAILY), *range(day + DAILY, day + YEARS * 365, 7)]
    return tuple(start_of(one, zone) for one in days if one < LAST_DAY)
