"""A question of the Authorization API as a request for a decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import ValidationError

from api.authzen.declaring import Which, entity_of, known_to, path_of
from api.serving.customers import customer_of
from api.serving.desk import Desk
from api.web.asking import asking, desk_of
from api.web.operations import caller, may_say
from api.web.service import service
from engine.problems import wrong_at
from engine.program.types import Kind, kind_of
from engine.release import Release
from engine.request_json import invalid_model
from engine.values.parse import ValueProblem
from schemas.authzen import Action, Context, Entity
from schemas.request import DecisionRequest

CUSTOMER: Final = "customer"
TYPES: Final = (CUSTOMER, "case")
"""The resources of a pack that declares no fact `resource`."""
UNKNOWN: Final = "unknown-entity"
ROLE, TEAM, AMOUNT = "role", "team", "amount"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: an evaluation, or without an action, what there is to be evaluated."""

    subject: Entity
    resource: Entity
    context: Context
    action: Action | None = None


def desk_for(context: Context) -> Desk:
    """Return the desk of the pack that a question names; raise `RequestError` or `NotForYou` where there is none."""
    return desk_of(service(), caller(), context.pack)


def request_for(asked: Asked, id_: str | None = None) -> tuple[Desk, DecisionRequest]:
    """Return the desk that answers a question, and the question as it decides it, for whom it is asked."""
    desk = desk_for(asked.context)
    found, request = asking(drafted(desk, asked, id_))
    return found, about(found.release, asked.resource, request)


def drafted(desk: Desk, asked: Asked, id_: str | None = None) -> DecisionRequest:
    """Return a question as a request, with nothing yet of what the caller's credential says."""
    release, context = desk.release, asked.context
    given = {
        "id": id_,
        "pack": release.policy.pack.header.name,
        "agent": _agent(release, asked.subject),
        "channel": context.channel,
        "session": context.session,
        "now": _moment(desk, context),
        "facts": _facts(release, asked),
        "ask": None if asked.action is None else _ask(release, asked.action),
    }
    try:
        return DecisionRequest.model_validate(given)
    except ValidationError as problem:
        raise invalid_model(problem) from None


def about(release: Release, resource: Entity, request: DecisionRequest) -> DecisionRequest:
    """Return a request whose facts are about the customer that the resource is; else raise `RequestError`."""
    known = resource.type == CUSTOMER and release.policy.customer_id is not None
    if known and customer_of(release, request) != resource.id:
        message = "the facts are another customer's, or do not say whose they are"
        raise wrong_at("/resource/id", "other-customer", message, "leave the id out of `resource.properties`")
    return request


def _agent(release: Release, subject: Entity) -> Mapping[str, Any]:
    """Return who acts; where the pack decides about subjects, its type is the rung, and the rest are facts."""
    properties = subject.properties or {}
    role, team = properties.get(ROLE), properties.get(TEAM)
    if entity_of(release, "subject") is not None:
        if subject.type not in release.rungs:
            raise wrong_at("/subject/type", UNKNOWN, "the pack's ladder has no rung of this name")
        role = subject.type
    return {"id": subject.id, ROLE: role, TEAM: team}


def _ask(release: Release, action: Action) -> Mapping[str, Any]:
    """Return an ask, with the amount and those of the properties that are inputs of the action."""
    given, plan = action.properties or {}, release.policy.plans.get(action.name)
    inputs = {} if plan is None else known_to(plan.action.inputs, given)
    amount = {AMOUNT: given[AMOUNT]} if AMOUNT in given else {}
    return {**inputs, **amount, "action": action.name}


def _facts(release: Release, asked: Asked) -> Any:
    """Return the facts that a question says: what the pack declares of the resource's properties, and of both."""
    declared = release.policy.pack.facts
    facts = known_to(declared, asked.resource.properties or {})
    assert isinstance(facts, dict)
    entities: tuple[tuple[Which, Entity], ...] = (("subject", asked.subject), ("resource", asked.resource))
    for which, entity in entities:
        record = entity_of(release, which)
        if record is not None:
            facts[which] = known_to(record, {**entity.model_dump(), "properties": entity.properties or {}})
    if asked.resource.type == CUSTOMER:
        return _placed(release, facts, asked.resource.id)
    if asked.resource.type not in TYPES and entity_of(release, "resource") is None:
        raise wrong_at("/resource/type", UNKNOWN, f"the pack decides about {' and '.join(f'`{one}`' for one in TYPES)}")
    return facts


def _placed(release: Release, facts: dict[str, Any], customer: str) -> Any:
    """Return the facts with the customer's id where the pack reads it, unless they say it themselves."""
    node = release.policy.customer_id
    path = () if node is None else path_of(node)
    if node is None or not path:
        return facts
    whole = kind_of(node.type) is Kind.INT and customer.isascii() and customer.isdecimal() and len(customer) < 20
    return _with(facts, path, int(customer) if whole else customer)


def _with(facts: Any, path: tuple[str, ...], value: object) -> Any:
    """Return facts with a value at a path where there is none; what is no object on the way stays as it is."""
    if not isinstance(facts, dict):
        return facts
    name, rest = path[0], path[1:]
    return {**facts, name: _with(facts.get(name, {}), rest, value) if rest else facts.get(name, value)}


def _moment(desk: Desk, context: Context) -> str | None:
    """Return the moment of the decision: `now`, else `time` where it is one that the caller may say."""
    if context.now is not None or not isinstance(context.time, str):
        return context.now
    try:
        time = datetime.fromisoformat(context.time).isoformat()
        said = desk.release.always["now"](time)
    except (ValueError, ValueProblem):
        return None
    assert isinstance(said, int)
    return time if may_say(said) else None
