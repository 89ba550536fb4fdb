"""What happens to customers, and at the desk, as the ledger keeps it: one event a fact, typed, never changed.

Fields marked personal are sealed under the customer's own key before they are written, and are gone once that key is.
Moments are ISO 8601 with an offset; money is a decimal string in the currency of the pack.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import AwareDatetime, ConfigDict, Field, JsonValue, TypeAdapter

from schemas.decision import Amount, PromiseMade, VerdictWord
from schemas.frozen import Frozen
from schemas.request import Agent

VERSION: Final = 1
"""Of the form of all events; an older form is still read."""
PERSONAL: Final = "personal"
"""Marks a field, in its `json_schema_extra`, whose whole value is sealed."""

OutcomeWord = Literal["accepted", "declined", "postponed", "overridden"]
Id = Annotated[str, Field(min_length=1, max_length=200)]


def personal(default: Any = ..., description: str = "") -> Any:
    """Return a field whose value is sealed under the customer's key."""
    return Field(default, description=description, json_schema_extra={PERSONAL: True})


class Happened(Frozen):
    """What all events have."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    id: Id = Field(description="Unique in a ledger; the same event sent twice is kept once.")
    at: AwareDatetime = Field(strict=False, description="When it happened, not when it was written.")
    pack: str | None = Field(None, description="The pack that it concerns.")
    customer: str | None = Field(None, description="Who it is about, as the pack's `customer_id` calls them.")
    agent: Agent = Field(default_factory=Agent, description="Who did it, or whom it happened with.")
    channel: str | None = None
    session: str | None = Field(None, description="The conversation that it belongs to.")
    version: Literal[1] = VERSION


class DecisionEvent(Happened):
    """A decision was given. `id` is the decision's."""

    kind: Literal["decision"] = "decision"
    release: str
    action: str
    verdict: VerdictWord
    final: bool = False
    undecided: bool = False
    reasons: tuple[str, ...] = ()
    rules: tuple[str, ...] = Field((), description="The rules that fired.")
    rung: str | None = None
    desk: str | None = None
    amount: Amount | None = Field(None, description="What was offered: money as a decimal string, or units.")
    asked: Amount | None = Field(None, description="What was asked for.")
    currency: str | None = Field(None, description="Of amounts of money; None: the pack's.")
    company_cost: str | None = None
    customer_value: str | None = None
    company_gain: str | None = None
    mutual: bool | None = None
    alternatives: tuple[str, ...] = Field((), description="The other actions that were offered.")
    follow_ups: tuple[str, ...] = Field((), description="The rules that gave work to others.")
    promises: tuple[PromiseMade, ...] = Field((), description="What granting it promises, or it keeps; without words.")
    segment: str | None = Field(None, description="The customer's, where the pack defines `segment`.")
    signals: tuple[str, ...] = Field((), description="The signals that were active.")
    honours: str | None = Field(None, description="The id of the decision whose promise this one keeps standing.")
    inputs: dict[str, JsonValue] = personal({}, "The ask's own inputs.")
    case: dict[str, JsonValue] = personal({}, "The request as far as the policy read it, to decide it again.")
    digest: str = Field(description="`sha256:...` of the decision's JSON, to compare one decided again with.")


class OutcomeEvent(Happened):
    """What became of an offer."""

    kind: Literal["outcome"] = "outcome"
    decision: Id
    outcome: OutcomeWord
    amount: Amount | None = Field(None, description="What was taken, where it is not what was offered.")
    reason: str = personal("", "Why, in the customer's or the agent's words.")


class GrantEvent(Happened):
    """Something was granted: an offer within authority was taken."""

    kind: Literal["grant"] = "grant"
    decision: Id
    release: str
    action: str
    amount: Amount | None = None
    currency: str | None = Field(None, description="Of an amount of money; None: the pack's.")
    company_cost: str | None = None
    customer_value: str | None = None
    company_gain: str | None = None
    mutual: bool | None = None
    inputs: dict[str, JsonValue] = personal({}, "The ask's own inputs.")


class ApprovalRequestEvent(Happened):
    """Somebody higher up was asked."""

    kind: Literal["approval_request"] = "approval_request"
    decision: Id
    action: str
    rung: str
    amount: Amount | None = None
    currency: str | None = Field(None, description="Of an amount of money; None: the pack's.")
    expires: AwareDatetime = Field(strict=False)
    credentials: tuple[str, ...] = Field((), description="By which it was decided and asked for; neither may answer.")
    note: str = personal("", "What the agent added.")


class ApprovalEvent(Happened):
    """Somebody higher up answered."""

    kind: Literal["approval"] = "approval"
    request: Id
    decision: Id
    rung: str = Field(description="The one that answered, which may be above the one that was asked.")
    approved: bool
    credential: str | None = Field(None, description="By which it was answered.")
    reason: str = personal("", "Why.")
    decided: dict[str, JsonValue] = personal({}, "With a yes: the decision as this rung had it.")


class ContactEvent(Happened):
    """The customer was in touch with us."""

    kind: Literal["contact"] = "contact"
    topic: str = Field(description="What it was about, by the desk's own list of topics.")
    resolved: bool | None = Field(None, description="Whether it was settled in this conversation.")
    asked_why: bool = Field(False, description="Whether we asked why they chose us, or what matters to them.")
    gathered: str | None = Field(None, description="The process on which the customer's view was asked for.")
    note: str = personal("", "What was said.")


class OutreachEvent(Happened):
    """We were in touch with the customer, unasked."""

    kind: Literal["outreach"] = "outreach"
    about: str
    reason: str | None = Field(None, description="The signal or rule that led to it.")


class PromiseMadeEvent(Happened):
    """A promise was made. `id` is the promise's."""

    kind: Literal["promise_made"] = "promise_made"
    promise: str = Field(description="Which of the action's promises; `offer` for an offer that stands for a while.")
    action: str
    decision: Id
    release: str
    as_of: str = Field(description="The day whose rules it was made under, YYYY-MM-DD.")
    due: str = Field(description="The day by which it is to be kept, YYYY-MM-DD, that day included.")
    amount: Amount | None = None
    currency: str | None = Field(None, description="Of an amount of money; None: the pack's.")
    owner: str = Field("", description="Who answers for it.")
    segment: str | None = None
    inputs: dict[str, JsonValue] = personal({}, "The ask's own inputs.")


class PromiseKeptEvent(Happened):
    """A promise was kept."""

    kind: Literal["promise_kept"] = "promise_kept"
    promise: Id = Field(description="The id of the promise.")


class PromiseBrokenEvent(Happened):
    """A promise was not kept."""

    kind: Literal["promise_broken"] = "promise_broken"
    promise: Id = Field(description="The id of the promise.")
    reason: str = personal("", "Why.")


class CustomerEvent(Happened):
    """Something that a pack declares under `events:` happened to a customer."""

    kind: Literal["customer"] = "customer"
    name: str = Field(description="Which, by the pack's `events:`.")
    data: dict[str, JsonValue] = personal({}, "Its fields, as the pack declares them.")


class FeedbackEvent(Happened):
    """What an employee or a customer thinks of a rule."""

    kind: Literal["feedback"] = "feedback"
    rule: str
    by: Literal["employee", "customer"] = "employee"
    helps: bool | None = Field(None, description="Whether the rule helps; None: neither.")
    text: str = personal("", "What they say.")


class InsightEvent(Happened):
    """Something that was learned from customers or employees, or is no longer so."""

    kind: Literal["insight"] = "insight"
    insight: str = Field(description="Its id, as rules name it under `because:`.", examples=["INS-0142"])
    title: str
    source: Literal["customer", "employee", "analysis"] = "customer"
    active: bool = True


class WalkthroughEvent(Happened):
    """A leader went through a process as a customer does."""

    kind: Literal["walkthrough"] = "walkthrough"
    process: str
    found: str = Field("", description="What they found.")


class ReleaseEvent(Happened):
    """A pack went live."""

    kind: Literal["release_activated"] = "release_activated"
    release: str


class ErasureEvent(Happened):
    """A customer's key was destroyed; `customer` is empty, for it no longer names anybody."""

    kind: Literal["erasure"] = "erasure"
    events: int = Field(description="How many events were about them.")
    reason: str = ""


Event: TypeAlias = Annotated[
    DecisionEvent
    | OutcomeEvent
    | GrantEvent
    | ApprovalRequestEvent
    | ApprovalEvent
    | ContactEvent
    | OutreachEvent
    | PromiseMadeEvent
    | PromiseKeptEvent
    | PromiseBrokenEvent
    | CustomerEvent
    | FeedbackEvent
    | InsightEvent
    | WalkthroughEvent
    | ReleaseEvent
    | ErasureEvent,
    Field(discriminator="kind"),
]
EVENT: Final[TypeAdapter[Event]] = TypeAdapter(Event)
"""Reads events: `EVENT.validate_json(text)`; a JSON array of strings is taken for a tuple."""

KINDS: Final[dict[str, type[Happened]]] = {
    str(event.model_fields["kind"].default): event for event in Happened.__subclasses__()
}
"""Every kind of event by its name."""


@cache
def personal_fields(event: type[Happened]) -> tuple[str, ...]:
    """Return the fields of a kind of event that are sealed."""
    return tuple(
        name
        for name, field in event.model_fields.items()
        if isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get(PERSONAL)
    )
