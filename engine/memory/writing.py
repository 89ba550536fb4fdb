"""What a decision leaves behind: its event, with its case as far as the policy read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import TypeAdapter

from engine.case import Asked, Case, asked_of, case_of, text_of
from engine.memory.honouring import inputs_json
from engine.memory.keeping import kept_case
from engine.memory.moments import datetime_of
from engine.memory.replaying import digest
from engine.offer import UNKNOWN, amount_text
from engine.release import Release
from schemas.decision import Decision, Economics, PromiseMade
from schemas.events import VERSION, DecisionEvent, Id
from schemas.frozen import made
from schemas.request import DecisionRequest

ID: Final[TypeAdapter[str]] = TypeAdapter(Id)
"""Reads ids: of all that an event says, theirs alone may be too long, where a request's own has a number behind it."""


def decision_event(
    release: Release,
    request: DecisionRequest,
    decision: Decision,
    honoured: DecisionEvent | None = None,
    case: Case | None = None,
) -> DecisionEvent:
    """Return the event of a decision on a request, or on one of its asks.

    `release` is the one that the request was decided under, `case` its case, where that was made before. Where the
    decision keeps the promise of an earlier one, `honoured` is that one's event: the case and the release are its.
    """
    case = case or case_of(release, request, decision.id)
    asked = _asked(release, request, case, decision)
    header, offer = release.policy.pack.header, decision.offer
    return made(
        DecisionEvent,
        id=ID.validate_python(decision.id),
        at=datetime_of(case.now),
        pack=header.name,
        customer=text_of(release.policy.customer_id, case),
        agent=request.agent,
        channel=request.channel,
        session=request.session,
        version=VERSION,
        kind="decision",
        **_ruled(decision),
        amount=None if offer is None else offer.amount,
        asked=amount_text(asked.plan, asked.amount, release.policy.conventions.digits) if asked.amount else None,
        currency=decision.currency,
        **worth(decision.economics or UNKNOWN),
        **_offered(decision),
        segment=text_of(release.policy.segment, case),
        signals=tuple(_active(case)),
        honours=decision.honours,
        inputs=inputs_json(release, asked),
        case=kept_case(release, request, case, decision) if honoured is None else honoured.case,
        digest=digest(decision),
    )


def _ruled(decision: Decision) -> dict[str, Any]:
    """Return what an event has of what its decision decides."""
    return {
        "release": decision.release,
        "action": decision.action,
        "verdict": decision.verdict,
        "final": decision.final,
        "undecided": decision.undecided,
        "reasons": decision.reasons,
        "rules": tuple(one.id for one in decision.rules),
        "rung": decision.rung,
        "desk": decision.desk,
    }


def _offered(decision: Decision) -> dict[str, Any]:
    """Return what an event has of what comes with its decision."""
    return {
        "alternatives": tuple(one.action for one in decision.alternatives),
        "follow_ups": tuple(one.rule for one in decision.follow_ups),
        "promises": tuple(made(PromiseMade, id=one.id, due=one.due, say="") for one in decision.promises),
    }


def worth(economics: Economics) -> dict[str, Any]:
    """Return what an event has of economics."""
    return {
        "company_cost": economics.company_cost,
        "customer_value": economics.customer_value,
        "company_gain": economics.company_gain,
        "mutual": economics.mutual,
    }


def _asked(release: Release, request: DecisionRequest, case: Case, decision: Decision) -> Asked:
    """Return the ask that a decision answers."""
    if request.asks is None:
        assert request.ask is not None
        return asked_of(release, case, request.ask)
    return asked_of(release, case, request.asks[int(decision.id.rpartition(".")[2]) - 1])


def _active(case: Case) -> Iterator[str]:
    """Yield the names of the signals that are seen."""
    signals = case.inputs.get("signals")
    for name, seen in signals.items() if isinstance(signals, Mapping) else ():
        if seen.get("active") is True:
            yield name
