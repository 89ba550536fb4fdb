"""What a decision leaves behind: its event, with its case as far as the policy read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.case import Asked, Case, asked_of, case_of, text_of
from engine.memory.honouring import inputs_json
from engine.memory.keeping import kept_case
from engine.memory.moments import datetime_of
from engine.memory.replaying import digest
from engine.offer import amount_text
from engine.release import Release
from schemas.decision import Decision, Economics
from schemas.events import DecisionEvent
from schemas.request import DecisionRequest


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
    return DecisionEvent(
        **_told(decision),
        at=datetime_of(case.now),
        pack=header.name,
        customer=text_of(release.policy.customer_id, case),
        agent=request.agent,
        channel=request.channel,
        session=request.session,
        amount=None if offer is None else offer.amount,
        asked=amount_text(asked.plan, asked.amount, release.policy.conventions.digits) if asked.amount else None,
        currency=decision.currency,
        segment=text_of(release.policy.segment, case),
        signals=tuple(_active(case)),
        inputs=inputs_json(release, asked),
        case=kept_case(release, request, case, decision) if honoured is None else honoured.case,
        digest=digest(decision),
    )


def _told(decision: Decision) -> dict[str, Any]:
    """Return what an event has of its decision as it is."""
    return {
        "id": decision.id,
        "release": decision.release,
        "action": decision.action,
        "verdict": decision.verdict,
        "final": decision.final,
        "undecided": decision.undecided,
        "reasons": decision.reasons,
        "rules": tuple(one.id for one in decision.rules),
        "rung": decision.rung,
        "desk": decision.desk,
        **worth(decision.economics or Economics()),
        "alternatives": tuple(one.action for one in decision.alternatives),
        "follow_ups": tuple(one.rule for one in decision.follow_ups),
        "promises": tuple(one.model_copy(update={"say": ""}) for one in decision.promises),
        "honours": decision.honours,
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
