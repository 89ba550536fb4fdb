"""Which subjects, resources or actions would be a yes; nothing of it is written down."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from api.authzen.answering import PERMIT
from api.authzen.declaring import Which, entity_of, names_of
from api.authzen.mapping import AMOUNT, ROLE, Asked, about, desk_for, drafted, request_for
from api.serving.deciding import offered
from api.serving.desk import Desk
from api.serving.remembering import remembered
from api.web.asking import asking
from engine.decide import decide_case
from engine.problems import wrong_at
from engine.release import Release
from schemas.authzen import (
    ActionSearch,
    Context,
    Entity,
    FoundAction,
    FoundEntity,
    Properties,
    ResourceSearch,
    Sought,
    SubjectSearch,
)
from schemas.decision import Decision
from schemas.request import Agent, DecisionRequest

AGENT: Final = "agent"
"""The subjects of a pack that declares no fact `subject`: one of each rung, called by it."""


def subjects_of(search: SubjectSearch) -> Iterator[FoundEntity]:
    """Yield the subjects that would get a yes, of those that there are for the pack."""
    context = search.context or Context()
    desk = desk_for(context)
    for one in _subjects(desk.release, search.subject):
        if _permits(*_for_anybody(desk, Asked(one, search.resource, context, search.action))):
            yield FoundEntity(**one.model_dump())


def resources_of(search: ResourceSearch) -> Iterator[FoundEntity]:
    """Yield the resources for which it would be a yes, of those that the pack knows by name."""
    context = search.context or Context()
    for one in _named(desk_for(context).release, "resource", search.resource):
        if _permits(*request_for(Asked(search.subject, one, context, search.action))):
            yield FoundEntity(**one.model_dump())


def actions_of(search: ActionSearch) -> Iterator[FoundAction]:
    """Yield the actions that would be a yes, each with the most that may be granted."""
    desk, request = request_for(Asked(search.subject, search.resource, search.context or Context()))
    for entry in offered(desk, request).offers:
        if entry.verdict == PERMIT:
            amount: Properties = {} if entry.amount is None else {AMOUNT: entry.amount}
            yield FoundAction(name=entry.action, properties=amount or None)


def can_search(release: Release, which: Which) -> bool:
    """Return whether a pack knows whom or what to look through."""
    if which == "subject" and entity_of(release, which) is None:
        return bool(release.rungs)
    return bool(names_of(release, which))


def _subjects(release: Release, sought: Sought) -> Iterator[Entity]:
    """Yield those who are tried: the subjects that the pack knows by name, else an agent of each rung."""
    if entity_of(release, "subject") is not None:
        yield from _named(release, "subject", sought)
    elif sought.type == AGENT:
        for rung in release.rungs:
            yield Entity(type=AGENT, id=rung, properties={**(sought.properties or {}), ROLE: rung})


def _named(release: Release, which: Which, sought: Sought) -> Iterator[Entity]:
    """Yield the subjects or resources that a pack knows by name; raise `RequestError` where it knows none."""
    names = names_of(release, which)
    if not names:
        message = f"the pack cannot say which {which}s there are"
        raise wrong_at(f"/{which}", "not-listed", message, "ask for an evaluation of each")
    for name in names:
        yield Entity(type=sought.type, id=name, properties=sought.properties)


def _for_anybody(desk: Desk, asked: Asked) -> tuple[Desk, DecisionRequest]:
    """Return a question about a subject whom the caller need not be: it is only told who could get a yes."""
    draft = drafted(desk, asked)
    found, request = asking(draft.model_copy(update={"agent": Agent()}))
    whole = about(found.release, asked.resource, request)
    return found, whole.model_copy(update={"agent": draft.agent})


def _permits(desk: Desk, request: DecisionRequest) -> bool:
    """Return whether a request would be a yes now."""
    known = remembered(desk.ledger, desk.release, request)
    decision = decide_case(desk.release, known.given, known.case)
    return isinstance(decision, Decision) and decision.verdict == PERMIT
