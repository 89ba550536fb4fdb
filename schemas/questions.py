"""What callers send to the decision API beside requests for decisions."""

from __future__ import annotations

import re
from datetime import date
from functools import reduce
from operator import or_
from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Discriminator, Field, create_model

from schemas.decision import Amount
from schemas.events import (
    ContactEvent,
    CustomerEvent,
    FeedbackEvent,
    Happened,
    InsightEvent,
    OutcomeWord,
    OutreachEvent,
    PromiseBrokenEvent,
    PromiseKeptEvent,
    WalkthroughEvent,
)
from schemas.events import Id as EventId
from schemas.request import Agent

ADDRESSABLE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,199}")
"""Ids that can stand in an address."""
GIVEN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,99}")
"""Ids that callers give: shorter, for what follows from it is called after it."""
Text = Annotated[str, Field(max_length=4000)]
Id = Annotated[str, Field(pattern=f"^{GIVEN.pattern}$")]


class Sent(BaseModel):
    """A body: unknown fields and wrong types are refused."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class BatchRequest(Sent):
    """Several requests, each decided by itself, in order."""

    requests: list[Any] = Field(min_length=1, max_length=100, description="Each as for `POST /v1/decisions`.")


class OutcomeRequest(Sent):
    """What became of an offer."""

    id: Id | None = Field(None, description="The outcome's own; sent again with the same, it is kept once.")
    outcome: OutcomeWord
    amount: Amount | None = Field(None, description="How much was taken, where it is not what was offered.")
    reason: Text = Field("", description="Why; an override needs it.")
    stands_until: date | None = Field(
        None, strict=False, description="With `postponed`: the last day on which the offer stays good."
    )
    at: AwareDatetime | None = Field(None, strict=False, description="When it was; else now.")
    agent: Agent = Field(default_factory=Agent, description="Who says so; else who asked.")
    channel: str | None = None
    session: str | None = None


class ApprovalAsked(Sent):
    """An escalation that is filed."""

    token: str = Field(max_length=2000, description="From the decision's `approval`.")
    note: Text = Field("", description="What the agent adds.")
    agent: Agent = Field(default_factory=Agent, description="Who asks.")


class ApprovalGiven(Sent):
    """An answer to an approval that was asked for."""

    reason: Annotated[str, Field(min_length=1, max_length=4000)] = Field(description="Why.")
    agent: Agent = Field(default_factory=Agent, description="Who answers.")


TOLD: Final[tuple[type[Happened], ...]] = (
    ContactEvent,
    OutreachEvent,
    PromiseKeptEvent,
    PromiseBrokenEvent,
    CustomerEvent,
    FeedbackEvent,
    InsightEvent,
    WalkthroughEvent,
)
"""The kinds of events that callers tell; what is decided, granted and promised writes its events itself."""


NotEmpty = Annotated[str, Field(min_length=1)]


def _told(event: type[Happened]) -> type[Happened]:
    """Return a kind of event as callers tell it: without an id it gets one, without a moment the present one."""
    fields: dict[str, Any] = {
        "kind": (Literal[event.model_fields["kind"].default], ...),
        "id": (EventId | None, Field(None, description="Sent again with the same, it is kept once; else it gets one.")),
        "at": (AwareDatetime | None, Field(None, description="When it happened; else now.")),
        "customer": (NotEmpty | None, Field(None, description=event.model_fields["customer"].description)),
    }
    return create_model(f"Told{event.__name__}", __base__=event, __doc__=event.__doc__, **fields)


ToldEvent: Any = Annotated[reduce(or_, map(_told, TOLD)), Discriminator("kind")]
"""An event as callers tell it."""


class EventsTold(Sent):
    """Several events, kept all or none."""

    events: list[ToldEvent] = Field(min_length=1, max_length=100)
