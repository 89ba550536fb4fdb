"""What programs get back: a decision with its why.

Money is a decimal string in the decision's one `currency`; counts are integers; a term that is unknown is absent and
named.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, JsonValue

from schemas.frozen import Frozen

VerdictWord = Literal["approve", "counter", "escalate", "decline", "ask"]
Amount = str | int
Reader = Literal["customer", "agent", "auditor"]


class Offer(Frozen):
    """What is on the table: an amount where the action has one, and its terms."""

    amount: Amount | None = None
    unit: str = ""
    terms: dict[str, JsonValue] = Field(default_factory=dict)
    unknown_terms: tuple[str, ...] = ()
    stands_until: str | None = Field(
        None,
        description="The last day on which what this agent may grant is good, where it is postponed; none where the "
        "action does not say.",
    )


class Economics(Frozen):
    """What the offer means to both sides, in money; absent where it is unknown."""

    company_cost: str | None = None
    customer_value: str | None = None
    company_gain: str | None = None
    mutual: bool | None = Field(None, description="Both sides gain: the customer's value and the company's surplus.")


class Alternative(Frozen):
    """Another action that this agent may grant now, or could once `needs` are known."""

    action: str
    title: str
    inputs: dict[str, JsonValue] = Field(default_factory=dict, description="Inputs that the policy sets.")
    amount: Amount | None = None
    unit: str = ""
    terms: dict[str, JsonValue] = Field(default_factory=dict)
    unknown_terms: tuple[str, ...] = ()
    needs: tuple[str, ...] = Field((), description="Inputs of the action that must be known first.")
    preferred: bool = Field(False, description="The policy names it as what to offer instead.")
    economics: Economics = Economics()


class Question(Frozen):
    """A fact to ask for."""

    fact: str = Field(description="Dotted path; `ask.x` is an input of the action.", examples=["order.delivered"])
    question: str = Field("", description="How to ask for it.")
    decisive: bool = Field(False, description="One answer to it alone changes the verdict.")


class Condition(Frozen):
    """A condition that stood in the way, in words, with what was seen and what was needed."""

    text: str
    expression: str = ""
    seen: str = ""
    needed: str = ""
    status: Literal["failed", "unknown", "held"] = "failed"


class WhyNot(Frozen):
    """One cause of a no: a rule that forbids, or an allow whose conditions did not hold."""

    rule: str
    title: str
    reason: str
    source: str = ""
    waivable_by: str | None = None
    conditions: tuple[Condition, ...] = ()
    say: str = ""


class RequirementState(Frozen):
    """Something to be done first."""

    rule: str
    kind: Literal["verify", "confirm", "offer"]
    what: str
    met: bool
    offer: Alternative | None = None


class Expectation(Frozen):
    """Something to tell the customer up front."""

    rule: str
    about: Literal["can", "cannot", "by_when", "upgrade"]
    due: str | None = None
    say: str = ""


class FollowUp(Frozen):
    """Work for someone else."""

    rule: str
    to: str
    what: str
    due: str | None = None
    reason: str = ""


class PromiseMade(Frozen):
    """A promise that granting makes."""

    id: str
    due: str | None
    say: str = ""


class FiredRule(Frozen):
    """A rule that applied, and its sources."""

    id: str
    title: str
    effect: str
    source: str = ""
    because: tuple[str, ...] = ()
    owner: str = ""


class Decision(Frozen):
    """The answer to one ask."""

    id: str
    pack: str
    release: str
    action: str
    verdict: VerdictWord
    final: bool = Field(False, description="A no that not even the top rung may turn.")
    undecided: bool = Field(False, description="An operation failed: a person must look at it.")
    reason: str | None = Field(None, description="The first of `reasons`.")
    reasons: tuple[str, ...] = ()
    rung: str | None = Field(None, description="Who can say yes, in escalate.")
    desk: str | None = Field(None, description="The desk that takes over, in escalate.")
    currency: str
    now: str
    as_of: str | None = None
    within_authority: Amount | None = Field(None, description="What this agent may grant now.")
    offer: Offer | None = None
    economics: Economics | None = None
    outputs: dict[str, JsonValue] = Field(default_factory=dict)
    unknown_outputs: tuple[str, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    questions: tuple[Question, ...] = ()
    requirements: tuple[RequirementState, ...] = ()
    ready: bool = True
    tell: tuple[Expectation, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    promises: tuple[PromiseMade, ...] = ()
    waived: tuple[str, ...] = ()
    assumed: tuple[str, ...] = Field((), description="Facts taken from their declared default, as JSON Pointers.")
    rules: tuple[FiredRule, ...] = ()
    why_not: tuple[WhyNot, ...] = ()
    yes_from: str | None = Field(None, description="The moment from which time alone makes it a yes.")
    honours: str | None = Field(None, description="The id of the earlier decision whose promise this one keeps.")
    texts: dict[Reader, str] = Field(default_factory=dict)


class Decisions(Frozen):
    """The answers to several asks, in order; `verdict` is the worst of them where they stand or fall together."""

    id: str
    verdict: VerdictWord | None = None
    decisions: tuple[Decision, ...]


class BudgetLeft(Frozen):
    """What is left of what one agent, or their team, may grant of an action in a day, week or month."""

    whose: Literal["agent", "team"]
    span: Literal["day", "week", "month"]
    budget: Amount | None = Field(None, description="In all; of an action without an amount, how often; null: unknown.")
    granted: Amount | None = Field(None, description="So far; null: unknown.")
    left: Amount | None = Field(None, description="Null: unknown.")
    renews: str = Field(description="When the next day, week or month begins.")


class OfferEntry(Frozen):
    """What may be done of one action: what this agent may grant, and who may go higher."""

    action: str
    title: str
    verdict: VerdictWord
    amount: Amount | None = None
    unit: str = ""
    terms: dict[str, JsonValue] = Field(default_factory=dict)
    ceilings: dict[str, Amount | None] = Field(
        default_factory=dict, description="For each rung that may grant more: how much, null for no limit."
    )
    budgets: tuple[BudgetLeft, ...] = Field((), description="What limits this agent's own grants over time.")
    needs: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    rung: str | None = None
    desk: str | None = None
    economics: Economics = Economics()


class Offers(Frozen):
    """What may be offered to this customer now."""

    id: str
    pack: str
    release: str
    currency: str
    now: str
    offers: tuple[OfferEntry, ...]
    tell: tuple[Expectation, ...] = ()


class Problem(Frozen):
    """Why there is no decision, as RFC 9457 problem details; never echoes what was sent."""

    type: str = Field(description="A stable URI reference that names the kind of problem.")
    title: str
    status: int = 422
    detail: str = ""
    help: str = ""
    instance: str | None = None
    errors: tuple[ProblemError, ...] = ()


class ProblemError(Frozen):
    """One thing that is wrong with a request, by its JSON Pointer."""

    pointer: str
    code: str
    detail: str
    help: str = ""


Problem.model_rebuild()
