"""What the program says of one ask: the values of its stages, read by name."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.backends.reference import Reference
from engine.case import Asked, Case
from engine.language.packs.pack import Deny
from engine.program.nodes import Const
from engine.program.plan import DECIDE, SETTLE, ActionPlan, RulePlan
from engine.program.terms import UNBOUNDED
from engine.release import Release

HEAD = 7
"""How many outputs of the decide stage come before the hits: verdict, rung, desk, final, granted, within, in reach."""


@dataclass(slots=True)
class Answer:
    """The verdict on one ask; further stages are evaluated when they are read, and kept."""

    release: Release
    case: Case
    asked: Asked
    plan: ActionPlan
    """The plan of the action asked for."""
    decided: tuple[object, ...]
    verdict: str
    undecided: bool
    _stages: dict[str, tuple[object, ...]] = field(default_factory=dict)
    _values: Reference | None = None

    @property
    def rung(self) -> int:
        """The lowest place on the ladder that could say yes; -1 for none."""
        rung = self.decided[1]
        assert isinstance(rung, int)
        return rung

    @property
    def escalated_to(self) -> str | None:
        """The rung that can say yes, where the answer is to escalate to one."""
        if self.verdict != "escalate" or self.undecided or self.rung < 1:
            return None
        return self.release.policy.pack.header.ladder[self.rung - 1]

    @property
    def desk(self) -> str:
        """The desk that takes over, where one does."""
        return "" if self.undecided else str(self.decided[2])

    @property
    def final(self) -> bool:
        """Whether the no is final."""
        return bool(self.decided[3])

    @property
    def granted(self) -> int:
        """What would be granted: now, or by the rung that can say yes."""
        granted = self.decided[4]
        assert isinstance(granted, int)
        return 0 if self.undecided else granted

    @property
    def within(self) -> int:
        """What this agent may grant now."""
        within = self.decided[5]
        assert isinstance(within, int)
        return within

    def hit(self, rule: RulePlan) -> object:
        """Return whether a rule applies; None when unknown."""
        return self.decided[HEAD + rule.index]

    @property
    def values(self) -> Reference:
        """The values of single expressions on the case, each evaluated when it is asked for."""
        if self._values is None:
            self._values = Reference(self.asked.inputs, free=self.release.free)
        return self._values

    def stage(self, name: str) -> tuple[object, ...]:
        """Return the values of a later stage."""
        if name not in self._stages:
            run = self.release.compiled.stage(self.plan.action.name, name)
            self._stages[name] = run(self.asked.inputs, self.decided)
        return self._stages[name]

    def binds(self, rule: RulePlan) -> bool:
        """Return whether a deny or cap binds the asking agent."""
        return self.case.rung < rule.waivable_from

    def waived(self) -> tuple[str, ...]:
        """Return the denies that apply, and the caps that would cut the grant, which do not bind this agent."""
        rung, granted = self.case.rung, self.granted
        denies = [one for one in self.plan.denies if one.waivable_from <= rung and self.hit(one) is True]
        caps = [one for one in self.plan.caps if one.waivable_from <= rung and self.cuts(one, granted)]
        return tuple([rule.rule.id for rule in (*denies, *caps)])

    def cuts(self, cap: RulePlan, amount: int) -> bool:
        """Return whether a cap applies and allows less than an amount, or an unknown one."""
        if self.hit(cap) is not True or cap.amount is None:
            return False
        limit = cap.amount.value if isinstance(cap.amount, Const) else self.values.value(cap.amount)
        return not isinstance(limit, int) or limit < amount

    def reasons(self) -> tuple[str, ...]:
        """Return the codes of what decided: for a yes, of the allows; else of the denies, caps and refers that hold."""
        if self.verdict == "approve":
            return self._codes((*self.live(), *self.plan.floors))
        if self.desk:
            return self._codes(self.plan.refers)
        if self.undecided:
            return ("undecided",)
        denies = self._codes(self.denying())
        if self.verdict == "ask":
            return denies
        budget = ("above_budget",) if self.above_budget else ()
        if denies:
            return (*denies, *budget)
        if self.verdict == "decline" and not self.live():
            return budget or (self.plan.action.otherwise_reason,)
        return (*self._limits(), *budget)

    def _limits(self) -> tuple[str, ...]:
        """Return the codes of what keeps the amount down beside budgets: of the caps, else of authority."""
        asked = self.asked.amount or UNBOUNDED
        limits = self._codes(tuple(cap for cap in self.plan.caps if self.binds(cap) and self.cuts(cap, asked)))
        if not limits and self.beyond_budget:
            return ("above_limit" if self.verdict == "counter" else "above_authority",)
        return limits

    @property
    def above_budget(self) -> bool:
        """Whether what the agent, or their team, granted lately keeps the agent from what was asked."""
        place = self.plan.budgeted
        return place is not None and self.decided[place] is True

    @property
    def beyond_budget(self) -> bool:
        """Whether it is above what the agent may grant whatever was granted lately."""
        place = self.plan.budgeted
        return place is None or not self.above_budget or self.decided[place + 1] is True

    def live(self) -> tuple[RulePlan, ...]:
        """Return the allows that hold and that no deny which binds this agent stands against."""
        hits = self.decided
        against = {one.rule.id for one in self.plan.denies if hits[HEAD + one.index] is True and self.binds(one)}
        held = [rule for rule in self.plan.allows if hits[HEAD + rule.index] is True]
        return tuple([rule for rule in held if not against or against <= {id_ for id_, _ in rule.rule.overrides}])

    def denying(self) -> tuple[RulePlan, ...]:
        """Return the denies that hold and bind this agent, but those that every allow which holds overrides."""
        return tuple(deny for deny in self.plan.denies if self.hit(deny) is True and self._counts(deny))

    def _counts(self, deny: RulePlan) -> bool:
        if not self.binds(deny):
            return False
        effect = deny.rule.effect
        if isinstance(effect, Deny) and effect.final:
            return True
        allows = [rule for rule in self.plan.allows if self.hit(rule) is True]
        return not allows or any(deny.rule.id not in {id_ for id_, _ in rule.rule.overrides} for rule in allows)

    def _codes(self, rules: tuple[RulePlan, ...]) -> tuple[str, ...]:
        hits = self.decided
        return tuple(dict.fromkeys([rule.rule.reason for rule in rules if hits[HEAD + rule.index] is True]))


def answer_of(release: Release, case: Case, asked: Asked) -> Answer:
    """Return what the program says of an ask; an ask that no fact could settle is escalated as undecided."""
    name = asked.plan.action.name
    decided = release.compiled.stage(name, DECIDE)(asked.inputs)
    verdict = decided[0]
    assert isinstance(verdict, str)
    answer = Answer(release, case, asked, asked.plan, decided, verdict, False)
    if verdict == "ask" and answer.stage(SETTLE)[0]:
        return Answer(release, case, asked, asked.plan, decided, "escalate", True)
    return answer


def limited(amount: int) -> int | None:
    """Return an amount, or None where it is no limit at all."""
    return None if amount >= UNBOUNDED else amount
