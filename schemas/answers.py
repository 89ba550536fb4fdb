"""What the decision API answers beside what the engine says."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import AwareDatetime, Field, JsonValue

from schemas.decision import Amount, Decision, Decisions, Problem, VerdictWord
from schemas.frozen import Frozen


class ApprovalTemplate(Frozen):
    """How to ask for the approval of what was escalated: send `token` to `POST /v1/approvals`."""

    rung: str = Field(description="Who can say yes.")
    action: str
    amount: Amount | None = Field(None, description="How much of it they can say yes to.")
    expires: AwareDatetime = Field(description="Until when it can be asked for, and answered.")
    token: str = Field(description="Says all this, signed; it is good for this decision only.")


class DecisionAnswer(Decision):
    """The answer to one ask, and how to escalate it."""

    approval: ApprovalTemplate | None = Field(None, description="In escalate to a rung.")


class DecisionAnswers(Decisions):
    """The answers to several asks, in order; `verdict` is the worst of them where they stand or fall together."""

    decisions: tuple[DecisionAnswer, ...]


class BatchAnswer(Frozen):
    """What became of each request of a batch, in order: its decision or decisions, or the problem with it."""

    items: tuple[DecisionAnswer | DecisionAnswers | Problem, ...]


class Explanation(Frozen):
    """A decision in words for one reader."""

    id: str
    verdict: VerdictWord
    reader: Literal["agent", "customer", "auditor"]
    text: str


class Kept(Frozen):
    """An event that is in the ledger."""

    id: str
    kind: str
    at: AwareDatetime
    customer: str | None = None
    data: dict[str, JsonValue] = Field(default_factory=dict, description="Its other fields.")


class EventsKept(Frozen):
    """Events that are in the ledger, in the order in which they were told."""

    events: tuple[Kept, ...]


class Timeline(Frozen):
    """What happened to a customer, newest first."""

    events: tuple[Kept, ...]
    next: str | None = Field(None, description="To be sent as `before`, for what happened earlier; null: nothing did.")


class PromiseState(Frozen):
    """A promise as it is now."""

    id: str
    customer: str | None = Field(description="Whom it was made to; null: nobody is told.")
    pack: str | None
    action: str
    what: str = Field(description="Which of the action's promises; `offer`: that an offer stays good.")
    decision: str = Field(description="The id of the decision that was granted.")
    amount: Amount | None = None
    currency: str | None = None
    owner: str = Field("", description="Who answers for it.")
    made: AwareDatetime
    due: date = Field(description="The day by which it is to be kept, that day included.")
    state: Literal["open", "kept", "broken", "lapsed"] = Field(
        description="An offer that was not taken up lapses: nothing was owed."
    )
    late: bool = Field(description="Whether it was kept after that day.")


class Promises(Frozen):
    """Promises as they are now."""

    promises: tuple[PromiseState, ...]


class Settled(Frozen):
    """What an outcome left behind: what was granted, and what was promised."""

    decision: str
    outcome: Literal["accepted", "declined", "postponed", "overridden"]
    events: tuple[Kept, ...]


class Difference(Frozen):
    """What is another under the present release."""

    what: str
    then: JsonValue
    now: JsonValue


class Replayed(Frozen):
    """A decision decided again from its kept case, by the release of then and by that of now."""

    then: Decision
    same: bool = Field(description="Whether it came out as it was given, to the byte.")
    now: Decision | None = Field(None, description="By the present release; null where that does not read the case.")
    differences: tuple[Difference, ...] = ()


class Approval(Frozen):
    """Something that somebody higher up was asked, and what they said."""

    id: str
    decision: str
    pack: str
    action: str
    rung: str
    amount: Amount | None = None
    currency: str | None = None
    asked_by: str | None = None
    asked: AwareDatetime
    expires: AwareDatetime
    note: str = ""
    state: Literal["open", "approved", "rejected", "expired"]
    answered_by: str | None = None
    answered_rung: str | None = Field(None, description="The rung that answered, which may be above the one asked.")
    answered: AwareDatetime | None = None
    reason: str = ""


class Approvals(Frozen):
    """Approvals that were asked for, newest first."""

    approvals: tuple[Approval, ...]
    next: str | None = Field(None, description="Where there are more: ask again with `after` set to this.")


class ApprovalCase(Frozen):
    """An approval with the decision that it is about."""

    approval: Approval
    asked: Decision = Field(description="What was escalated, in words.")
    decided: Decision | None = Field(
        None,
        description="Where it was approved: the decision as that rung had it. Nothing is granted before the customer "
        "accepts.",
    )


class Alive(Frozen):
    """The process answers."""

    alive: Literal[True] = True


class PackReady(Frozen):
    """What is live of a pack."""

    release: str | None
    since: AwareDatetime | None = Field(description="Since when it is live.")
    wrong: int = Field(0, description="How many things are wrong with its newest files, which are not live then.")


class Ready(Frozen):
    """Whether decisions can be given and kept."""

    ready: bool
    ledger: bool
    packs: dict[str, PackReady]
    insecure_demo: bool = Field(False, description="Whether anybody may do anything, as in a demonstration.")
