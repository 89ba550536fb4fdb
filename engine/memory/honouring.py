"""What was promised and has not expired is never refused later."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from pydantic import JsonValue

from engine.backends.times import date_of
from engine.case import Asked, Case
from engine.memory.moments import moment_at
from engine.memory.promises import Promise
from engine.offer import amount_text
from engine.release import Release
from engine.values.json import moment_json, to_json
from engine.wording.voice import voice_of
from schemas.decision import Amount, Decision, Offer, PromiseMade, Reader
from schemas.frozen import made

ALREADY_PROMISED: Final = "already_promised"
"""The reason of a yes that keeps a promise where the rules that it was made under had said no."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What is asked now, as events keep it."""

    pack: str
    action: str
    amount: Amount | None
    currency: str
    inputs: Mapping[str, JsonValue]
    declared: frozenset[str]
    """The inputs that the action has under the present release."""
    now: int


def claim_of(release: Release, case: Case, asked: Asked) -> Claim:
    """Return what an ask of a case claims."""
    header, digits = release.policy.pack.header, release.policy.conventions.digits
    return Claim(
        pack=header.name,
        action=asked.plan.action.name,
        amount=amount_text(asked.plan, asked.amount, digits) if asked.amount else None,
        currency=header.currency,
        inputs=inputs_json(release, asked),
        declared=frozenset(member.name for member in asked.plan.action.inputs),
        now=case.now,
    )


def inputs_json(release: Release, asked: Asked) -> dict[str, JsonValue]:
    """Return the action's own inputs of an ask, defaults among them, as JSON."""
    conventions = release.policy.conventions
    ask = asked.inputs["ask"]
    assert isinstance(ask, dict)
    return {
        member.name: to_json(ask[member.name], member.type, conventions.digits, conventions.zone)
        for member in asked.plan.action.inputs
        if member.name in ask
    }


def honoured(
    release: Release,
    decision: Decision,
    claim: Claim,
    promises: Sequence[Promise],
    decide_again: Callable[[str], Decision],
) -> Decision:
    """Return the decision, or where it gives less than an open promise for the same ask, the one that keeps its word.

    `promises` are the customer's at the moment of the claim; `decide_again` gives the decision of an id from its kept
    case, under the release that it names.
    """
    standing = standing_for(claim, promises)
    if standing is None or gives_enough(decision, claim.amount or standing.event.amount):
        return decision
    event = standing.event
    word = Word(decision.id, claim.now, event.amount, _open(promises, event.decision))
    kept = honouring(decide_again(event.decision), word)
    return kept.model_copy(update={"texts": texts(release, kept, standing)})


def _open(promises: Sequence[Promise], decision: str) -> tuple[PromiseMade, ...]:
    """Return the promises of a decision that are still to be kept, with the days that were named then."""
    owed = (one.event for one in promises if one.state == "open" and not one.offer and one.event.decision == decision)
    return tuple(made(PromiseMade, id=event.promise, due=event.due, say="") for event in owed)


def standing_for(claim: Claim, promises: Iterable[Promise]) -> Promise | None:
    """Return the open promise that covers a claim: of several the largest, then the newest."""
    found = [one for one in promises if one.state == "open" and covers(one, claim)]
    return max(found, key=lambda one: (_size(one.event.amount), moment_at(one.event.at), one.event.id), default=None)


def covers(promise: Promise, claim: Claim) -> bool:
    """Return whether a promise is of what is claimed, and of as much.

    Inputs that both know must be equal; one that the release did not have then, or has no more, says nothing.
    """
    event = promise.event
    if event.pack not in (None, claim.pack) or event.action != claim.action:
        return False
    told = {name: value for name, value in event.inputs.items() if name in claim.declared}
    return _same(told, {name: claim.inputs.get(name) for name in told}) and _reaches(promise, claim)


def _same(one: Mapping[str, JsonValue], other: Mapping[str, JsonValue]) -> bool:
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _reaches(promise: Promise, claim: Claim) -> bool:
    """Return whether a promise is of at least the amount that is claimed, in the same currency or unit."""
    promised, claimed = promise.event.amount, claim.amount
    if isinstance(promised, str) and promise.event.currency not in (None, claim.currency):
        return False
    return claimed is None or (type(promised) is type(claimed) and _size(claimed) <= _size(promised))


def _size(amount: Amount | None) -> Decimal:
    return Decimal(0) if amount is None else Decimal(amount)


def gives_enough(decision: Decision, amount: Amount | None) -> bool:
    """Return whether a decision is a yes to at least an amount; to none, whether it is a yes."""
    if decision.verdict != "approve":
        return False
    offered = None if decision.offer is None else decision.offer.amount
    return amount is None or offered is None or _size(offered) >= _size(amount)


@dataclass(frozen=True, slots=True)
class Word:
    """What an answer that keeps a promise says anew: its id, when it was given, how much, and what is still owed."""

    id: str
    now: int
    amount: Amount | None
    promises: tuple[PromiseMade, ...]


def honouring(again: Decision, word: Word) -> Decision:
    """Return the yes that keeps the promise of a decision: `again` is that decision, decided again from its case.

    It has the terms and requirements of then, names the release of then, and promises nothing new. Until when it holds
    is said by the promise, not by the offer. Its `now` is in UTC, whatever the timezone of the pack has become.
    """
    yes = again.verdict == "approve"
    amount, offer = word.amount, (again.offer or Offer()).model_copy(update={"stands_until": None})
    return again.model_copy(
        update={
            "id": word.id,
            "now": moment_json(word.now, "UTC"),
            "verdict": "approve",
            "final": False,
            "undecided": False,
            "reasons": again.reasons if yes else (ALREADY_PROMISED,),
            "reason": again.reason if yes else ALREADY_PROMISED,
            "rung": None,
            "desk": None,
            "within_authority": again.within_authority if amount is None else amount,
            "offer": offer if amount is None else offer.model_copy(update={"amount": amount}),
            "alternatives": (),
            "questions": (),
            "follow_ups": (),
            "promises": word.promises,
            "why_not": (),
            "yes_from": None,
            "honours": again.honours or again.id,
            "texts": {},
        }
    )


def texts(release: Release, kept: Decision, promise: Promise) -> dict[Reader, str]:
    """Return what an answer that keeps a promise tells each reader."""
    voice, event = voice_of(release), promise.event
    said = {
        "id": event.decision,
        "release": event.release,
        "made": voice.formats.day(date_of(moment_at(event.at), release.policy.conventions.zone)),
        "due": voice.formats.day(promise.due),
        "what": _what(release, kept),
    }
    phrases = voice.phrases
    return {
        "customer": phrases.honours_customer.format(**said),
        "agent": "\n".join((phrases.heads_approve.format(**said), phrases.honours_agent.format(**said))),
        "auditor": phrases.honours_auditor.format(**said),
    }


def _what(release: Release, kept: Decision) -> str:
    """Return what is promised in words: the action's title, and how much."""
    formats, plan = voice_of(release).formats, release.policy.plans[kept.action]
    amount = None if kept.offer is None else kept.offer.amount
    match amount:
        case None:
            return plan.action.title
        case int():
            return f"{plan.action.title}, {formats.number(amount)} {plan.action.unit}".rstrip()
        case str():
            return f"{plan.action.title}, {formats.money(int(Decimal(amount).scaleb(formats.digits)))}"
