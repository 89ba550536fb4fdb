"""From when time alone would make it a yes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from engine.answer import Answer, answer_of
from engine.backends.failed import Failed
from engine.backends.python import Run, compile_program
from engine.backends.reference import evaluate
from engine.backends.times import DAY, HOUR, LAST_MOMENT, MINUTE, date_of, start_of
from engine.case import Asked
from engine.language.inputs import ASKED
from engine.language.pack import Allow
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
"""For how many hours each hour is looked at; then each day."""
CLOCK: Final = frozenset({"now", "as_of"})


@dataclass(frozen=True, slots=True)
class Clock:
    """Moves one answer's case in time: `fixed` when the request says which day counts."""

    answer: Answer
    fixed: bool

    def inputs(self, moment: int) -> dict[str, object]:
        """Return what the ask's expressions would read at a moment."""
        inputs = {**self.answer.asked.inputs, "now": moment}
        if not self.fixed:
            day = day_that_counts(self.answer.release, inputs)
            if day is None:
                inputs.pop("as_of", None)
            else:
                inputs["as_of"] = day
        return inputs

    def approves(self, moment: int) -> bool:
        """Return whether the same ask would be a yes at a moment."""
        answer = self.answer
        asked = Asked(answer.plan, answer.asked.amount, self.inputs(moment))
        return answer_of(answer.release, replace(answer.case, now=moment), asked).verdict == "approve"


def day_that_counts(release: Release, inputs: dict[str, object]) -> object:
    """Return the day that picks rules and parameters where the request names none; None when it is unknown."""
    policy = release.policy
    chosen = inputs["now"] if policy.as_of is None else evaluate(policy.as_of, inputs)
    if not isinstance(chosen, int):
        return None
    if policy.as_of is None or kind_of(policy.as_of.type) is Kind.TIMESTAMP:
        return date_of(chosen, policy.conventions.zone)
    return chosen


def yes_from(answer: Answer, fixed: bool) -> int | None:
    """Return the first moment in ten years from which the same ask is a yes; None where time alone never makes it one."""
    if answer.verdict in ("approve", "ask") or answer.final:
        return None
    look = watched(answer.release, answer.plan.action.name)
    if look is None:
        return None
    clock = Clock(answer, fixed)
    for count, moment in enumerate(crossings(clock, look)):
        if count >= CANDIDATES:
            return None
        if clock.approves(moment):
            return moment
    return None


@lru_cache(maxsize=256)
def watched(release: Release, action: str) -> Run | None:
    """Return the function of all that the clock may turn in an action's verdict; None where there is nothing."""
    plan = release.policy.plans[action]
    found = turning([*(rule.hit for rule in plan.rules), *reaching(plan)])
    if not found:
        return None
    stage = Stage("clock", tuple((f"turns:{number}", node) for number, node in enumerate(found)))
    program = share(Program(release.policy.inputs, ((action, (stage,)),)))
    return compile_program(program).runs(action)[0]


def reaching(plan: ActionPlan) -> Iterator[Node]:
    """Yield whether each amount reaches what was asked, is anything at all, and leaves the fixed amounts whole."""
    amounts = [rule.amount for rule in plan.rules if rule.amount is not None]
    limits = [*(cap.amount for cap in plan.caps if cap.amount is not None), *plan.authority]
    nothing, asked = number(0, plan.amount_type), Input(ASKED, plan.amount_type)
    for amount in (*amounts, *plan.authority):
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
    """Return the nodes that read the present moment or the day that counts."""
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
    """Yield the moments at which something turns between two that differ, each the first whole minute at which it has."""
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
    """Yield the moments to look at: each hour of the next days, then each midnight of ten years."""
    first = (now // MINUTE + 1) * MINUTE
    yield first
    yield from (first + count * HOUR for count in range(1, HOURS))
    day = date_of(first + HOURS * HOUR, zone)
    for ahead in range(1, YEARS * 366):
        try:
            moment = start_of(day + ahead, zone)
        except Failed:
            return
        if moment > LAST_MOMENT - DAY or moment > now + YEARS * 366 * DAY:
            return
        yield moment
