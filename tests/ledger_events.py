"""Events as a ledger keeps them, short to write; every field can be given by its name."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import Any

from schemas.events import (
    EVENT,
    ApprovalEvent,
    ApprovalRequestEvent,
    ContactEvent,
    CustomerEvent,
    DecisionEvent,
    ErasureEvent,
    Event,
    FeedbackEvent,
    GrantEvent,
    Happened,
    InsightEvent,
    OutcomeEvent,
    OutreachEvent,
    PromiseBrokenEvent,
    PromiseKeptEvent,
    PromiseMadeEvent,
    ReleaseEvent,
    WalkthroughEvent,
    personal_fields,
)
from schemas.request import Agent

RELEASE = "sha256:" + "0" * 64
_numbers = count(1)

AGENT = Agent(role="agent", id="a-1")
BOSS = Agent(role="boss", id="b-1")


def moment(text: str) -> datetime:
    """Return a moment from a day, or a day and a time, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def decision(at: str, verdict: str = "approve", customer: str | None = "ann", **more: Any) -> DecisionEvent:
    """Return a decision by an agent of the pack `tiny`, on a credit unless another action is given."""
    given = {"release": RELEASE, "action": "credit", "verdict": verdict, "digest": RELEASE, "agent": AGENT}
    return _made(DecisionEvent, at, customer, {"pack": "tiny", **given, **more})


def outcome(at: str, of: str, word: str = "accepted", customer: str | None = "ann", **more: Any) -> OutcomeEvent:
    """Return what became of a decision."""
    return _made(OutcomeEvent, at, customer, {"decision": of, "outcome": word, **more})


def grant(at: str, of: str = "d", customer: str | None = "ann", **more: Any) -> GrantEvent:
    """Return a grant, by an agent, of what a decision offered."""
    given = {"pack": "tiny", "decision": of, "release": RELEASE, "action": "credit", "agent": AGENT}
    return _made(GrantEvent, at, customer, {**given, **more})


def request(at: str, of: str, customer: str | None = "ann", **more: Any) -> ApprovalRequestEvent:
    """Return a request to somebody higher up."""
    given = {"decision": of, "action": "credit", "rung": "boss", "expires": moment("2030-01-01")}
    return _made(ApprovalRequestEvent, at, customer, {**given, **more})


def approval(at: str, of: str, approved: bool = True, customer: str | None = "ann", **more: Any) -> ApprovalEvent:
    """Return the answer of somebody higher up."""
    given = {"request": f"request-{of}", "decision": of, "rung": "boss", "approved": approved, "agent": BOSS}
    return _made(ApprovalEvent, at, customer, {**given, **more})


def contact(at: str, topic: str = "router", customer: str | None = "ann", **more: Any) -> ContactEvent:
    """Return a contact about a topic."""
    return _made(ContactEvent, at, customer, {"topic": topic, **more})


def outreach(at: str, reason: str | None, customer: str | None = "ann", **more: Any) -> OutreachEvent:
    """Return an outreach that a signal or rule led to."""
    return _made(OutreachEvent, at, customer, {"about": "how we are doing", "reason": reason, **more})


def promise(at: str, id_: str, due: str, customer: str | None = "ann", **more: Any) -> PromiseMadeEvent:
    """Return a promise that is due on a day."""
    given = {"promise": "sent", "action": "credit", "decision": "d", "release": RELEASE, "as_of": at[:10], "due": due}
    return _made(PromiseMadeEvent, at, customer, {"id": id_, "pack": "tiny", **given, **more})


def kept(at: str, id_: str, customer: str | None = "ann", **more: Any) -> PromiseKeptEvent:
    """Return that a promise was kept."""
    return _made(PromiseKeptEvent, at, customer, {"promise": id_, **more})


def broken(at: str, id_: str, customer: str | None = "ann", **more: Any) -> PromiseBrokenEvent:
    """Return that a promise was not kept."""
    return _made(PromiseBrokenEvent, at, customer, {"promise": id_, **more})


def happened(at: str, name: str, customer: str | None = "ann", **more: Any) -> CustomerEvent:
    """Return an event that a pack declares."""
    return _made(CustomerEvent, at, customer, {"name": name, **more})


def feedback(at: str, rule: str, helps: bool | None, **more: Any) -> FeedbackEvent:
    """Return what an employee thinks of a rule."""
    return _made(FeedbackEvent, at, None, {"rule": rule, "helps": helps, **more})


def insight(at: str, id_: str, **more: Any) -> InsightEvent:
    """Return an insight from customers."""
    return _made(InsightEvent, at, None, {"insight": id_, "title": f"What {id_} says", **more})


def walkthrough(at: str, process: str, **more: Any) -> WalkthroughEvent:
    """Return that a leader went through a process."""
    return _made(WalkthroughEvent, at, None, {"process": process, **more})


def activated(at: str, release: str = RELEASE, **more: Any) -> ReleaseEvent:
    """Return that a release went live."""
    return _made(ReleaseEvent, at, None, {"release": release, "pack": "tiny", **more})


def erasure(at: str, events: int, **more: Any) -> ErasureEvent:
    """Return that a customer's key was destroyed."""
    return _made(ErasureEvent, at, None, {"events": events, **more})


def erased(event: Event) -> Event:
    """Return an event as it is read once its customer's key is gone, and nobody is named."""
    left = event.model_dump(mode="json", exclude={*personal_fields(type(event)), "customer"})
    return EVENT.validate_python(left, strict=False)


def _made(of: type[Happened], at: str, customer: str | None, given: dict[str, Any]) -> Any:
    kind = of.model_fields["kind"].default
    return of(**{"id": f"{kind}-{next(_numbers)}", "at": moment(at), "customer": customer, **given})
