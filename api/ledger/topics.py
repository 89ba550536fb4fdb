"""What an event is about, for the columns that it is found by."""

from __future__ import annotations

from typing import NamedTuple, assert_never

from schemas.decision import Amount
from schemas.events import (
    ApprovalEvent,
    ApprovalRequestEvent,
    ContactEvent,
    CustomerEvent,
    DecisionEvent,
    ErasureEvent,
    Event,
    FeedbackEvent,
    GrantEvent,
    InsightEvent,
    OutcomeEvent,
    OutreachEvent,
    PromiseBrokenEvent,
    PromiseKeptEvent,
    PromiseMadeEvent,
    ReleaseEvent,
    WalkthroughEvent,
)


class Topic(NamedTuple):
    """The id or name of what an event is about, its action, and how much."""

    subject: str | None = None
    action: str | None = None
    amount: Amount | None = None


def topic_of(event: Event) -> Topic:
    """Return what an event is about."""
    match event:
        case DecisionEvent(action=action, amount=amount):
            return Topic(None, action, amount)
        case OutcomeEvent(decision=decision, amount=amount):
            return Topic(decision, None, amount)
        case GrantEvent(decision=decision, action=action, amount=amount):
            return Topic(decision, action, amount)
        case (
            ApprovalRequestEvent(decision=decision, action=action) | PromiseMadeEvent(decision=decision, action=action)
        ):
            return Topic(decision, action)
        case ApprovalEvent(decision=decision):
            return Topic(decision)
        case PromiseKeptEvent(promise=promise) | PromiseBrokenEvent(promise=promise):
            return Topic(promise)
        case FeedbackEvent(rule=subject) | InsightEvent(insight=subject) | ReleaseEvent(release=subject):
            return Topic(subject)
        case ContactEvent() | OutreachEvent() | CustomerEvent() | WalkthroughEvent() | ErasureEvent():
            return Topic()
        case _ as never:
            assert_never(never)
