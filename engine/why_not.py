"""Why an answer is not a yes: what stood in the way, from the evaluation itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.answer import Answer, limited
from engine.backends.reference import Reference
from engine.budget_causes import BudgetCauses, limit_of
from engine.language.packs.pack import Allow, Cap, Deny
from engine.program.nodes import Node
from engine.program.plan import RulePlan
from engine.program.types import MONEY
from engine.wording.formats import humanised
from engine.wording.voice import Voice
from schemas.decision import Condition, WhyNot
from schemas.frozen import made

AUTHORITY = "authority"
"""What stands for a rule where the agent's own authority is the limit."""


OTHERWISE = "otherwise"
"""What stands for a rule where none allows the action."""


@dataclass(frozen=True, slots=True)
class Causes:
    """Finds the causes of one answer, in one pack's voice."""

    answer: Answer
    values: Reference
    voice: Voice

    def all(self) -> tuple[WhyNot, ...]:
        """Return why the answer is not a yes; nothing for a yes."""
        if self.answer.verdict == "approve":
            return ()
        spent = self._budgets().cutting(self._below)
        return tuple(self._finals() or self._refers() or [*self._denies(), *self._rest(), *spent, *self._unsettled()])

    def _finals(self) -> list[WhyNot]:
        if not self.answer.final:
            return []
        return [self._hit(plan) for plan in self.answer.denying()]

    def _refers(self) -> list[WhyNot]:
        if not self.answer.desk:
            return []
        return [self._hit(plan) for plan in self.answer.plan.refers if self.answer.hit(plan) is True]

    def _denies(self) -> Iterator[WhyNot]:
        """Yield the denies that hold, in the order of the reasons; for what is not clear yet, those that may."""
        yield from (self._hit(plan) for plan in self.answer.denying())
        if self._open():
            against = (*self.answer.plan.denies, *self.answer.plan.refers)
            yield from (self._doubtful(plan) for plan in against if self._may(plan))

    def _open(self) -> bool:
        return self.answer.verdict == "ask" or self.answer.undecided

    def _may(self, plan: RulePlan) -> bool:
        return self.answer.hit(plan) is None and self.answer.binds(plan)

    def _rest(self) -> Iterator[WhyNot]:
        """Yield what is missing for a yes where no deny speaks: allows that do not apply, and limits."""
        if self.answer.denying():
            return
        giving = (*self.answer.plan.allows, *self.answer.plan.floors)
        allowed = [plan for plan in giving if self.answer.hit(plan) is True]
        if allowed:
            yield from self._limits(allowed)
        elif not self._open():
            yield from (self._missing(plan) for plan in giving)
            if not giving:
                yield self._otherwise()

    def _unsettled(self) -> Iterator[WhyNot]:
        """Yield, for what is not clear yet, the limits and grounds that may apply, and amounts that are not known."""
        if not self._open():
            return
        plan = self.answer.plan
        yield from (self._doubtful(cap) for cap in plan.caps if self._may(cap))
        for rule in (*plan.allows, *plan.floors, *plan.caps):
            hit = self.answer.hit(rule)
            if hit is None and rule not in plan.caps:
                yield self._missing(rule)
            elif hit is True and rule.amount is not None:
                conditions = self.voice.findings.gaps(rule.amount, self.values)
                yield from (self._why(rule, conditions) for _ in conditions[:1])
        gaps = [one for grant in self._grants() for one in self.voice.findings.gaps(grant, self.values)]
        yield from (self._by_authority(tuple(gaps)) for _ in gaps[:1])
        yield from self._budgets().unsettled()

    def _otherwise(self) -> WhyNot:
        """Return that no rule allows the action at all."""
        plan = self.answer.plan
        return made(
            WhyNot,
            rule=OTHERWISE,
            title=self.voice.phrases.nothing_allows,
            reason=plan.action.otherwise_reason,
            source="",
            waivable_by=None,
            conditions=(),
            say=self.voice.say(plan.otherwise_say, "customer", self.values),
        )

    def _hit(self, plan: RulePlan) -> WhyNot:
        """Return a rule that holds against: of a check, the need that failed, else the conditions that held."""
        held = plan.rule.need is None
        return self._why(plan, self.voice.findings.conditions(plan.hit, False, self.values, held=held))

    def _doubtful(self, plan: RulePlan) -> WhyNot:
        return self._why(plan, self.voice.findings.conditions(plan.hit, False, self.values))

    def _missing(self, plan: RulePlan) -> WhyNot:
        return self._why(plan, self.voice.findings.conditions(plan.hit, True, self.values))

    def _why(self, plan: RulePlan, conditions: tuple[Condition, ...]) -> WhyNot:
        effect = plan.rule.effect
        return made(
            WhyNot,
            rule=plan.rule.id,
            title=plan.rule.title,
            reason=plan.rule.reason,
            source=plan.rule.source,
            waivable_by=(effect.waivable_by or None) if isinstance(effect, (Deny, Cap)) else None,
            conditions=conditions,
            say=self.voice.say(plan.say, "customer", self.values),
        )

    def _limits(self, allowed: list[RulePlan]) -> Iterator[WhyNot]:
        """Yield what keeps the amount below the one asked: caps, what the allows give, and the agent's authority."""
        phrases = self.voice.phrases
        for cap in self.answer.plan.caps:
            if self.answer.hit(cap) is not False and self.answer.binds(cap) and self._short(cap):
                yield self._limited(cap, phrases.cap_limit)
        if all(self._short(plan) for plan in allowed):
            yield from (self._limited(plan, phrases.allow_limit) for plan in allowed)
        yield from self._authority()

    def _short(self, plan: RulePlan) -> bool:
        """Return whether a rule's amount does not reach what was asked (or anything at all)."""
        amount = None if plan.amount is None else self.values.value(plan.amount)
        return isinstance(amount, int) and self._below(amount)

    def _below(self, amount: int) -> bool:
        """Return whether an amount is less than was asked, or than the least that a rule gives whole, or nothing."""
        return amount < (self.answer.asked.amount or self._least_whole() or 1)

    def _least_whole(self) -> int:
        allows = [plan for plan in self.answer.plan.allows if self.answer.hit(plan) is True]
        if not all(isinstance(plan.rule.effect, Allow) and plan.rule.effect.exactly is not None for plan in allows):
            return 0
        amounts = (self.values.value(plan.amount) for plan in allows if plan.amount is not None)
        return min((amount for amount in amounts if isinstance(amount, int)), default=0)

    def _limited(self, plan: RulePlan, phrase: str) -> WhyNot:
        amount = 0 if plan.amount is None else self.values.value(plan.amount)
        assert isinstance(amount, int)
        condition = self._amount(phrase.format(limit=self.amount(amount)), amount)
        return self._why(plan, (condition,))

    def _amount(self, limit: str, most: int) -> Condition:
        phrases = self.voice.phrases
        asked = self.amount(self.answer.asked.amount) if self.answer.asked.amount else ""
        text = phrases.above_authority.format(asked=asked, limit=limit) if asked else limit
        return made(
            Condition,
            text=text,
            expression="",
            seen=asked,
            needed=phrases.at_most.format(limit=self.amount(most)),
            status="failed",
        )

    def _grants(self) -> tuple[Node, ...]:
        """Return what the asking agent's rung and those below are granted; no role is granted nothing."""
        return self.answer.plan.authority[: self.answer.case.rung + 1]

    def _authority(self) -> Iterator[WhyNot]:
        """Yield that the agent's authority is too small, where it is, and who may go higher."""
        answer = self.answer
        grants = [self.values.value(grant) for grant in self._grants()]
        authority = max(grant for grant in grants if isinstance(grant, int))
        if not self._below(authority):
            return
        counted = answer.plan.action.amount != "none"
        condition = self._amount(self._authority_text(authority), authority)
        yield self._by_authority((condition if counted else condition.model_copy(update={"needed": "", "seen": ""}),))

    def _by_authority(self, conditions: tuple[Condition, ...]) -> WhyNot:
        """Return that the agent's authority is the limit."""
        title = self.voice.phrases.authority_title
        return limit_of(self.answer, AUTHORITY, title, "above_authority", conditions)

    def _budgets(self) -> BudgetCauses:
        return BudgetCauses(self.answer, self.values, self.voice, self.amount)

    def _authority_text(self, authority: int) -> str:
        """Return what the agent may grant, and who may go higher."""
        answer, phrases = self.answer, self.voice.phrases
        ladder = answer.release.policy.pack.header.ladder
        role = self.voice.rung(ladder[answer.case.rung - 1]) if answer.case.rung else phrases.no_role
        counted = answer.plan.action.amount != "none" and authority > 0
        own = phrases.above_rung.format(rung=role, within=self.amount(authority))
        limit = own if counted else phrases.not_granted.format(rung=role)
        if answer.escalated_to is None:
            return limit
        phrase = phrases.may_go_higher if counted else phrases.may_grant
        return f"{limit}; {phrase.format(rung=self.voice.rung(answer.escalated_to))}"

    def amount(self, amount: int) -> str:
        """Return an amount of the action in words, with its unit."""
        return amount_text(self.answer, amount, self.voice)


def amount_text(answer: Answer, amount: int, voice: Voice) -> str:
    """Return an amount of an answer's action in words; its unit follows a number."""
    if limited(amount) is None:
        return voice.phrases.without_limit
    if answer.plan.amount_type == MONEY:
        return voice.formats.money(amount)
    unit = humanised(answer.plan.action.unit)
    return f"{voice.formats.number(amount)} {unit}".strip()
