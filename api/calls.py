"""The calls of the decision API as values, which a client sends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar
from urllib.parse import quote
from uuid import uuid4

from pydantic import BaseModel, TypeAdapter

from schemas.answers import (
    Approval,
    ApprovalCase,
    Approvals,
    BatchAnswer,
    DecisionAnswer,
    DecisionAnswers,
    EventsKept,
    Explanation,
    Promises,
    Replayed,
    Settled,
    Timeline,
)
from schemas.decision import Decision, Offers, Reader
from schemas.packs import Checked, Draft, Packs, PackTold, Rules
from schemas.questions import ApprovalAsked, ApprovalGiven, EventsTold, OutcomeRequest
from schemas.request import DecisionRequest

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Call(Generic[Answer]):
    """One call of the API, not sent yet."""

    method: str
    path: str
    gives: TypeAdapter[Answer]
    body: BaseModel | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    key: str | None = None
    """Of a write: the same call under the same key is done once."""


def decide(request: DecisionRequest, explain: bool = False) -> Call[DecisionAnswer | DecisionAnswers]:
    """Return the call that decides a request; `explain`: with its words."""
    return _write("/v1/decisions", _ONE_OR_SEVERAL, request, _explain(explain))


def decide_each(requests: Iterable[DecisionRequest], explain: bool = False) -> Call[BatchAnswer]:
    """Return the call that decides up to 100 requests, each by itself."""
    return _write("/v1/decisions:batch", _BATCH, Batch(requests=tuple(requests)), _explain(explain))


def offers(request: DecisionRequest) -> Call[Offers]:
    """Return the call that asks what may be offered."""
    return Call("POST", "/v1/offers", TypeAdapter(Offers), request)


def decision(id_: str) -> Call[Decision]:
    """Return the call that reads a decision."""
    return Call("GET", f"/v1/decisions/{_step(id_)}", TypeAdapter(Decision))


def explanation(id_: str, reader: Reader = "agent") -> Call[Explanation]:
    """Return the call that tells a decision in words."""
    return Call("GET", f"/v1/decisions/{_step(id_)}/explanation", TypeAdapter(Explanation), query={"for": reader})


def settle(id_: str, outcome: OutcomeRequest) -> Call[Settled]:
    """Return the call that says what became of an offer."""
    return _write(f"/v1/decisions/{_step(id_)}/outcome", TypeAdapter(Settled), outcome)


def replay(id_: str) -> Call[Replayed]:
    """Return the call that decides a past decision again."""
    return Call("POST", f"/v1/decisions/{_step(id_)}:replay", TypeAdapter(Replayed))


def ask_approval(asked: ApprovalAsked) -> Call[Approval]:
    """Return the call that files an escalation."""
    return _write("/v1/approvals", TypeAdapter(Approval), asked)


def approvals(**chosen: str) -> Call[Approvals]:
    """Return the call that lists approvals, by `rung`, `state` or `pack`."""
    return Call("GET", "/v1/approvals", TypeAdapter(Approvals), query=chosen)


def approval(id_: str) -> Call[ApprovalCase]:
    """Return the call that reads an approval, and what would be granted by it."""
    return Call("GET", f"/v1/approvals/{_step(id_)}", TypeAdapter(ApprovalCase))


def approve(id_: str, given: ApprovalGiven) -> Call[ApprovalCase]:
    """Return the call that approves what was escalated."""
    return _write(f"/v1/approvals/{_step(id_)}:approve", TypeAdapter(ApprovalCase), given)


def reject(id_: str, given: ApprovalGiven) -> Call[ApprovalCase]:
    """Return the call that rejects what was escalated."""
    return _write(f"/v1/approvals/{_step(id_)}:reject", TypeAdapter(ApprovalCase), given)


def record(told: EventsTold) -> Call[EventsKept]:
    """Return the call that tells what happened, up to 100 events, all or none."""
    return _write("/v1/events", TypeAdapter(EventsKept), told)


def promises(customer: str) -> Call[Promises]:
    """Return the call that lists what was promised to a customer."""
    return Call("GET", f"/v1/customers/{_step(customer)}/promises", TypeAdapter(Promises))


def timeline(customer: str, **chosen: str) -> Call[Timeline]:
    """Return the call that lists what happened to a customer, newest first, by `limit`, `before` and `kind`."""
    return Call("GET", f"/v1/customers/{_step(customer)}/timeline", TypeAdapter(Timeline), query=chosen)


def erase(customer: str) -> Call[None]:
    """Return the call that erases a customer."""
    return Call("DELETE", f"/v1/customers/{_step(customer)}", TypeAdapter(None), key=uuid4().hex)


def packs() -> Call[Packs]:
    """Return the call that lists the packs."""
    return Call("GET", "/v1/packs", TypeAdapter(Packs))


def pack(name: str) -> Call[PackTold]:
    """Return the call that tells of a pack."""
    return Call("GET", f"/v1/packs/{_step(name)}", TypeAdapter(PackTold))


def rules(name: str) -> Call[Rules]:
    """Return the call that lists the rules of a pack."""
    return Call("GET", f"/v1/packs/{_step(name)}/rules", TypeAdapter(Rules))


def check(name: str, draft: Draft) -> Call[Checked]:
    """Return the call that says what is wrong with a draft of a pack."""
    return Call("POST", f"/v1/packs/{_step(name)}:check", TypeAdapter(Checked), draft)


class Batch(BaseModel):
    """Several requests."""

    requests: tuple[DecisionRequest, ...]


def _write(
    path: str, gives: TypeAdapter[Answer], body: BaseModel, query: Mapping[str, str] | None = None
) -> Call[Answer]:
    return Call("POST", path, gives, body, query or {}, key=uuid4().hex)


def _explain(wanted: bool) -> dict[str, str]:
    return {"explain": "true"} if wanted else {}


def _step(id_: str) -> str:
    return quote(id_, safe="")


_ONE_OR_SEVERAL: Final[TypeAdapter[DecisionAnswer | DecisionAnswers]] = TypeAdapter(DecisionAnswer | DecisionAnswers)
_BATCH: Final = TypeAdapter(BatchAnswer)
