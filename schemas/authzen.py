"""What the OpenID AuthZEN Authorization API 1.0 takes and gives; fields that it does not know are ignored."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from schemas.answers import ApprovalTemplate
from schemas.decision import (
    Alternative,
    Amount,
    Expectation,
    Offer,
    ProblemError,
    PromiseMade,
    Question,
    RequirementState,
    VerdictWord,
)

MOST: Final = 100
"""Evaluations of one request, and results of one page, at most."""
Semantic = Literal["execute_all", "deny_on_first_deny", "permit_on_first_permit"]
Name = Annotated[str, Field(min_length=1)]
Properties = dict[str, JsonValue]


class Taken(BaseModel):
    """A part of a request: wrong types are refused, unknown fields are ignored."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class Entity(Taken):
    """A subject or a resource."""

    type: Name
    id: Name
    properties: Properties | None = Field(None, description="What else is known of it.")


class Sought(Taken):
    """A subject or a resource that is searched for; an id is ignored."""

    type: Name
    properties: Properties | None = Field(None, description="What is known of each of them.")


class Action(Taken):
    """An action of the pack."""

    name: Name
    properties: Properties | None = Field(None, description="Its `amount`, and its own inputs.")


class EntityDefault(Taken):
    """What evaluations have of a subject or a resource where they do not say it."""

    type: Name | None = None
    id: Name | None = None
    properties: Properties | None = None


class ActionDefault(Taken):
    """What evaluations have of an action where they do not say it."""

    name: Name | None = None
    properties: Properties | None = None


class Context(Taken):
    """Where and when it is asked."""

    pack: str | None = Field(None, description="The pack that decides; where there is one only, it need not be said.")
    channel: str | None = Field(None, description="Where it is asked: phone, chat, shop, ...")
    session: str | None = Field(None, description="The conversation that it belongs to.")
    now: str | None = Field(None, description="The moment of the decision, close to the server's clock.")
    time: JsonValue = Field(None, description="As `now` where the caller may say that moment; else it is ignored.")


class EvaluationRequest(Taken):
    """Whether this subject may do this action with this resource."""

    subject: Entity
    action: Action
    resource: Entity
    context: Context | None = None


class Options(Taken):
    """How evaluations are executed."""

    evaluations_semantic: Semantic = "execute_all"


class EvaluationsRequest(Taken):
    """Several evaluations, with what is the same in them said once; without any, one evaluation."""

    subject: EntityDefault | None = None
    action: ActionDefault | None = None
    resource: EntityDefault | None = None
    context: dict[str, JsonValue] | None = None
    evaluations: list[Any] | None = Field(
        None, max_length=MOST, description="Each as for one evaluation, without what the defaults say."
    )
    options: Options | None = None


class Page(Taken):
    """Which part of the results is wanted."""

    token: str | None = Field(None, max_length=400, description="The `next_token` of the page before.")
    limit: int | None = Field(None, ge=0, description="How many results at most; more than 100 are never given.")


class SubjectSearch(Taken):
    """Which subjects may do this action with this resource."""

    subject: Sought
    action: Action
    resource: Entity
    context: Context | None = None
    page: Page | None = None


class ResourceSearch(Taken):
    """With which resources this subject may do this action."""

    subject: Entity
    action: Action
    resource: Sought
    context: Context | None = None
    page: Page | None = None


class ActionSearch(Taken):
    """Which actions this subject may do with this resource."""

    subject: Entity
    resource: Entity
    context: Context | None = None
    page: Page | None = None


def _named(schema: dict[str, Any], model: type[BaseModel]) -> None:
    """Say of a schema which fields are always given."""
    schema["required"] = [name for name, field in model.model_fields.items() if field.is_required()]


def _absent(value: object) -> bool:
    return value is None


Sometimes: Final = Field(None, exclude_if=_absent)
"""A field that is left out, rather than null, where there is nothing to say."""


class Given(BaseModel):
    """A part of an answer: what there is nothing to say of is left out."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=_named)


class EvaluationError(Given):
    """Why an evaluation among several was not decided, as a problem says it."""

    status: int
    message: str
    help: str
    errors: tuple[ProblemError, ...]


class ErrorContext(Given):
    """Of an evaluation that was not decided."""

    error: EvaluationError


class DecisionContext(Given):
    """What the decision says beyond yes and no; all of it is at `GET /v1/decisions/{id}`."""

    id: str = Field(description="Of the decision, as the ledger has it.")
    pack: str
    release: str
    now: str
    verdict: VerdictWord
    final: bool = Field(description="A no that not even the top rung may turn.")
    ready: bool = Field(description="Whether all obligations are met.")
    reasons: tuple[str, ...] = Field(description="Codes, the first one first.")
    reason_user: dict[str, str] = Field(description="For the subject: by `200` a yes, by `403` a no.")
    reason_admin: dict[str, str] = Field(description="For whoever checks the policy; not for the subject.")
    say: str | None = Field(None, exclude_if=_absent, description="For the customer.")
    offer: Offer | None = Sometimes
    counter_offer: Offer | None = Field(None, exclude_if=_absent, description="What would be a yes, of a counter.")
    within_authority: Amount | None = Field(None, exclude_if=_absent, description="What this subject may grant now.")
    obligations: tuple[RequirementState, ...] | None = Sometimes
    tell: tuple[Expectation, ...] | None = Sometimes
    promises: tuple[PromiseMade, ...] | None = Sometimes
    alternatives: tuple[Alternative, ...] | None = Sometimes
    questions: tuple[Question, ...] | None = Field(None, exclude_if=_absent, description="What to find out first.")
    desk: str | None = Field(None, exclude_if=_absent, description="The desk that takes over.")
    access_request: ApprovalTemplate | None = Field(
        None, exclude_if=_absent, description="How to ask for the approval of somebody higher up."
    )


class Evaluated(Given):
    """Yes or no, and why."""

    decision: bool
    context: DecisionContext | ErrorContext | None = Sometimes


class EvaluatedEach(Given):
    """The evaluations of one request, in order, up to the one that settled it."""

    evaluations: tuple[Evaluated, ...]


class NextPage(Given):
    """Where there is more."""

    next_token: str = Field(description="Empty where there is no more.")
    count: int = Field(description="The results of this page.")


class FoundEntity(Given):
    """A subject or a resource; an evaluation takes it as it is."""

    type: str
    id: str
    properties: Properties | None = Sometimes


class FoundAction(Given):
    """An action, with the highest amount that would be a yes; an evaluation takes it as it is."""

    name: str
    properties: Properties | None = Sometimes


class FoundEntities(Given):
    """Subjects or resources."""

    page: NextPage | None = Sometimes
    results: tuple[FoundEntity, ...]


class FoundActions(Given):
    """Actions, what is best for both sides first."""

    page: NextPage | None = Sometimes
    results: tuple[FoundAction, ...]


class Configuration(Given):
    """Where the endpoints are; one that is missing cannot be answered by any pack here."""

    policy_decision_point: str
    access_evaluation_endpoint: str
    access_evaluations_endpoint: str
    search_subject_endpoint: str | None = Sometimes
    search_resource_endpoint: str | None = Sometimes
    search_action_endpoint: str
