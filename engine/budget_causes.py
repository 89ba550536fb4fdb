"""Why an answer is not a yes where what was granted lately is in the way: which budget, and how much is left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from engine.answer import Answer
from engine.backends.reference import Reference
from engine.budgets import Standing, standings
from engine.program.plan import OWNER, BudgetPlan
from engine.program.types import NULL
from engine.wording.nouns import span_words
from engine.wording.voice import Voice
from schemas.decision import Condition, WhyNot
from schemas.frozen import made

BUDGET = "budget"
"""What stands for a rule where what was granted lately is the limit."""


@dataclass(frozen=True, slots=True)
class BudgetCauses:
    """Finds what an answer's budgets have to do with it; `amount` puts an amount into words."""

    answer: Answer
    values: Reference
    voice: Voice
    amount: Callable[[int], str]

    def cutting(self, below: Callable[[int], bool]) -> Iterator[WhyNot]:
        """Yield that budgets leave too little, where they do; `below` says whether an amount is too little."""
        if not self.answer.above_budget:
            return
        limiting = [one for one in standings(self.answer) if one.left is not None and one.left < one.each]
        short = [one for one in limiting if below(one.left or 0)] or limiting
        yield self._cause(tuple(self._condition(one) for one in short))

    def unsettled(self) -> Iterator[WhyNot]:
        """Yield that it is not known what is left of a budget, where it is not."""
        unknown = [one.plan for one in standings(self.answer) if one.left is None]
        nodes = [node for plan in unknown for node in (plan.amount, plan.granted)]
        gaps = [gap for node in nodes for gap in self.voice.findings.gaps(node, self.values)]
        yield from (self._cause(tuple(gaps)) for _ in gaps[:1])

    def _cause(self, conditions: tuple[Condition, ...]) -> WhyNot:
        title = self.voice.phrases.budget_title
        return limit_of(self.answer, BUDGET, title, "above_budget", tuple(dict.fromkeys(conditions)))

    def _condition(self, standing: Standing) -> Condition:
        """Return what is left of a budget."""
        left = standing.left or 0
        return made(
            Condition,
            text=self._text(standing.plan, standing, left),
            expression="",
            seen="" if standing.granted is None else self.amount(standing.granted),
            needed=self.voice.phrases.at_most.format(limit=self.amount(left)),
            status="failed",
        )

    def _text(self, plan: BudgetPlan, standing: Standing, left: int) -> str:
        """Return whose budget it is, what is left of it, and when it begins anew; or that nobody knows whose it is."""
        phrases = self.voice.phrases
        span = span_words(plan.span, phrases)
        if self._nobody(plan):
            phrase = phrases.budget_nobody if plan.whose == "agent" else phrases.budget_no_team
            return phrase.format(span=span)
        phrase = phrases.budget_agent if plan.whose == "agent" else phrases.budget_team
        whole, granted = standing.budget or 0, standing.granted or 0
        said = (phrases.budget_left if left else phrases.budget_used).format(
            budget=phrase.format(span=span),
            left=self.amount(left),
            whole=self.amount(whole),
            granted=self.amount(granted),
        )
        anew = phrases.budget_anew.format(day=self.voice.formats.moment(standing.renews))
        return f"{said}; {anew}"

    def _nobody(self, plan: BudgetPlan) -> bool:
        """Return whether the request does not say whose budget it is."""
        agent = self.answer.asked.inputs.get("agent")
        owner = agent.get(OWNER[plan.whose]) if isinstance(agent, dict) else None
        return owner is NULL


def limit_of(answer: Answer, rule: str, title: str, reason: str, conditions: tuple[Condition, ...]) -> WhyNot:
    """Return that what the asking agent may grant is the limit, which whoever is asked in their place may lift."""
    return made(
        WhyNot,
        rule=rule,
        title=title,
        reason=reason,
        source="",
        waivable_by=answer.escalated_to,
        conditions=conditions,
        say="",
    )
