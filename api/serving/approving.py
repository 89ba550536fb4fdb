"""Escalations that are asked for and answered: templates, what was filed, and what somebody higher up said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from itsdangerous import BadData, URLSafeSerializer

from api.access.caller import ANYBODY, Caller
from api.ledger.opening import Ledger
from api.ledger.reading import Reader, Transaction
from api.serving.approval_problems import AlreadyAnswered, ApprovalExpired, ApproverUnknown, OwnApproval, RungTooLow
from api.serving.deciding import decision_in
from api.serving.desk import Desk
from api.serving.outcomes import known_of, present
from api.serving.problems import AlreadyGranted, NoLongerGranted
from engine.backends.times import EPOCH
from engine.memory.problems import CaseGone
from engine.memory.rechecking import still_grantable
from engine.problems import wrong_at
from schemas.answers import ApprovalTemplate
from schemas.decision import Decision
from schemas.events import ApprovalEvent, ApprovalRequestEvent, DecisionEvent, Event, GrantEvent
from schemas.request import Agent

USE: Final = "approvals"
"""What the signing key is derived for."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a token says: which decision may be escalated, until when, and by which credential it was decided."""

    decision: str
    expires: datetime
    credential: str


class Approvals:
    """Signs templates, and tells those that it signed."""

    def __init__(self, key: bytes, life: timedelta) -> None:
        """Keep the key, and how long a template is good."""
        self._signed = URLSafeSerializer(key, salt=USE, signer_kwargs={"digest_method": sha256})
        self._life = life

    def template(self, decision: Decision, credential: str, now: datetime) -> ApprovalTemplate | None:
        """Return how to ask for the approval of a decision; None where nobody on the ladder can give it."""
        if decision.verdict != "escalate" or decision.rung is None:
            return None
        expires = EPOCH + timedelta(seconds=round((now + self._life - EPOCH).total_seconds()))
        token = self._signed.dumps([decision.id, round((expires - EPOCH).total_seconds()), credential])
        assert isinstance(token, str)
        amount = None if decision.offer is None else decision.offer.amount
        return ApprovalTemplate(rung=decision.rung, action=decision.action, amount=amount, expires=expires, token=token)

    def ticket(self, token: str, now: datetime) -> Ticket:
        """Return what a token says; raise `RequestError` where it was not signed here, `ApprovalExpired` where late."""
        try:
            decision, seconds, credential = self._signed.loads(token)
        except (BadData, ValueError):
            help = "send `approval.token` of the decision, as it is"
            what = "this is no token of a decision that was given here"
            raise wrong_at("/token", "wrong-token", what, help) from None
        expires = EPOCH + timedelta(seconds=seconds)
        if now >= expires:
            raise ApprovalExpired
        return Ticket(decision, expires, credential)


@dataclass(frozen=True, slots=True)
class Filing:
    """An escalation that somebody asks to be approved."""

    ticket: Ticket
    by: Agent
    """Where nobody says who: the agent of the decision."""
    credential: str
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody higher up says, and by which rung."""

    approved: bool
    by: Agent
    credential: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked of somebody higher up, and the decision that it is about."""

    request: ApprovalRequestEvent
    event: DecisionEvent


def approval_id(decision: str) -> str:
    """Return the id of the approval of a decision; there is one of each."""
    return f"a-{sha256(decision.encode()).hexdigest()[:32]}"


def question_in(reader: Reader, id_: str) -> Question | None:
    """Return what was asked, by the id of the approval; None where nothing was."""
    found = reader.one(id_)
    if found is None or not isinstance(found.event, ApprovalRequestEvent):
        return None
    return Question(found.event, decision_in(reader, found.event.decision))


def word_in(reader: Reader, id_: str) -> ApprovalEvent | None:
    """Return what was answered, by the id of the approval; None where nobody did."""
    found = reader.one(_word_id(id_))
    return found.event if found is not None and isinstance(found.event, ApprovalEvent) else None


def _word_id(id_: str) -> str:
    return f"{id_}.answer"


def filed(ledger: Ledger, filing: Filing) -> ApprovalRequestEvent:
    """Return the request for the approval of a decision, once it is in the ledger; filed before, the one of then.

    Raises `AlreadyGranted`, `UnknownDecision`, `CaseGone` where the customer was erased, `LedgerProblem`.
    """
    (found,) = ledger.transact(lambda reader: (_filed(reader, filing),))
    assert isinstance(found, ApprovalRequestEvent)
    return found


def _filed(reader: Transaction, filing: Filing) -> ApprovalRequestEvent:
    event = decision_in(reader, filing.ticket.decision)
    known = _open_to(reader, event)
    before = next((one for one in known if isinstance(one, ApprovalRequestEvent)), None)
    if before is not None:
        return before
    _not_granted(event, known)
    assert event.rung is not None
    return ApprovalRequestEvent(
        id=approval_id(event.id),
        at=filing.at,
        pack=event.pack,
        customer=event.customer,
        agent=event.agent if filing.by.id is None else filing.by,
        channel=event.channel,
        session=event.session,
        decision=event.id,
        action=event.action,
        rung=event.rung,
        amount=event.amount,
        currency=event.currency,
        expires=filing.ticket.expires,
        credentials=tuple(sorted({filing.ticket.credential, filing.credential})),
        note=filing.note,
    )


def _open_to(reader: Transaction, event: DecisionEvent) -> list[Event]:
    """Return what happened on a decision; raise `CaseGone` where its customer was erased."""
    if not event.case:
        raise CaseGone("the case of this decision is gone")
    return known_of(reader, event)


def _not_granted(event: DecisionEvent, known: list[Event]) -> None:
    if any(isinstance(one, GrantEvent) for one in known):
        raise AlreadyGranted(event.id)


def approver(rungs: Mapping[str, int], question: Question, who: Caller, given: Agent) -> Agent:
    """Return who answers, with the rung that they do it by: the one they name, else the lowest of theirs that may.

    `rungs` are the places of the ladder. Raises an `AccessProblem` where the caller does not have a rung at or above
    the one that was asked, where nobody says who they are, and where they are who asked.
    """
    said = who.acting(given)
    enough = sorted((role for role in rungs if rungs[role] >= rungs[question.request.rung]), key=rungs.__getitem__)
    own = [role for role in enough if who.has_rung((role,)) and given.role in (None, role)]
    if not own:
        raise RungTooLow
    if said.id is None:
        raise ApproverUnknown
    # A demonstration knows everybody by one credential; there only what they say of themselves tells them apart.
    same = who.id != ANYBODY.id and who.id in question.request.credentials
    if same or said.id in (question.event.agent.id, question.request.agent.id):
        raise OwnApproval
    return said.model_copy(update={"role": own[0]})


def answered(desk: Desk, id_: str, word: Word) -> ApprovalEvent:
    """Return the answer to an approval, once it is in the ledger; the same answer given before is the one of then.

    A yes is asked of the engine once more, as the rung that gives it may grant by now, and nothing is granted between
    that and the writing. Raises `NoLongerGranted` where the engine does not say yes, `ApprovalExpired`,
    `AlreadyAnswered`, `AlreadyGranted`, `CaseGone` where the customer was erased, `LedgerProblem`.
    """
    (found,) = desk.ledger.transact(lambda reader: (_answered(desk, reader, id_, word),))
    assert isinstance(found, ApprovalEvent)
    return found


def _answered(desk: Desk, reader: Transaction, id_: str, word: Word) -> ApprovalEvent:
    question = question_in(reader, id_)
    assert question is not None
    request, event = question.request, question.event
    known = _open_to(reader, event)
    before = word_in(reader, id_)
    if before is not None:
        if (before.approved, before.agent.id) != (word.approved, word.by.id):
            raise AlreadyAnswered
        return before
    if word.at >= request.expires:
        raise ApprovalExpired
    _not_granted(event, known)
    assert word.by.role is not None
    return ApprovalEvent(
        id=_word_id(id_),
        at=word.at,
        pack=event.pack,
        customer=event.customer,
        agent=word.by,
        request=id_,
        decision=event.id,
        rung=word.by.role,
        approved=word.approved,
        credential=word.credential,
        reason=word.reason,
        decided=_granted(desk, reader, event, word).model_dump(mode="json") if word.approved else {},
    )


def _granted(desk: Desk, reader: Transaction, event: DecisionEvent, word: Word) -> Decision:
    """Return the decision as the rung that approves has it; raise `NoLongerGranted` unless it grants what was asked."""
    release = desk.released(event.release)
    again = still_grantable(release, event, event.amount, present(reader, release, event, word.at, word.by))
    if not again.covered:
        raise NoLongerGranted(again.decision)
    return again.decision
