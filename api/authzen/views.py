"""OpenID AuthZEN Authorization API 1.0: yes or no, for policy enforcement points that know no packs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeVar

from flask import Blueprint, Response, request

from api.authzen.answering import evaluated
from api.authzen.batches import asked_of, evaluated_each
from api.authzen.paging import Search, page_of
from api.authzen.problems import names_nobody, plainly
from api.authzen.searching import actions_of, can_search, resources_of, subjects_of
from api.web.bodies import body_of
from api.web.operations import answered, operation
from api.web.service import service
from engine.problems import RequestError
from schemas.authzen import (
    ActionSearch,
    Configuration,
    Evaluated,
    EvaluatedEach,
    EvaluationRequest,
    EvaluationsRequest,
    FoundActions,
    FoundEntities,
    NextPage,
    ResourceSearch,
    SubjectSearch,
)

bp: Final = Blueprint("authzen", __name__)
Item = TypeVar("Item")
ACCESS: Final = "/access/v1"
REQUEST: Final = "X-Request-ID"
FRESH: Final = "public, max-age=300"


@bp.get("/.well-known/authzen-configuration")
@operation(gives={200: Configuration})
def configuration() -> Response:
    """Say where the endpoints of the Authorization API are."""
    base = (service().settings.public_url or request.url_root).rstrip("/")
    releases = [desk.release for desk in service().packs.desks.values()]
    search = f"{base}{ACCESS}/search"
    found = Configuration(
        policy_decision_point=base,
        access_evaluation_endpoint=f"{base}{ACCESS}/evaluation",
        access_evaluations_endpoint=f"{base}{ACCESS}/evaluations",
        search_subject_endpoint=f"{search}/subject" if any(can_search(one, "subject") for one in releases) else None,
        search_resource_endpoint=f"{search}/resource" if any(can_search(one, "resource") for one in releases) else None,
        search_action_endpoint=f"{search}/action",
    )
    return answered(found, headers={"Cache-Control": FRESH})


@bp.post(f"{ACCESS}/evaluation")
@operation("decide", takes=EvaluationRequest, gives={200: Evaluated}, writes=True)
@plainly
def evaluate() -> Response:
    """Decide whether a subject may do an action with a resource, and keep the decision."""
    return answered(evaluated(asked_of(body_of(EvaluationRequest))))


@bp.post(f"{ACCESS}/evaluations")
@operation("decide", takes=EvaluationsRequest, gives={200: EvaluatedEach | Evaluated}, writes=True)
@plainly
def evaluate_each() -> Response:
    """Decide several evaluations in order, and keep the decisions; without any, the one that the defaults are."""
    given = body_of(EvaluationsRequest)
    if not given.evaluations:
        return answered(evaluated(asked_of(body_of(EvaluationRequest))))
    return answered(EvaluatedEach(evaluations=evaluated_each(given)))


@bp.post(f"{ACCESS}/search/subject")
@operation("decide", takes=SubjectSearch, gives={200: FoundEntities})
@plainly
def search_subject() -> Response:
    """Find the subjects that would get a yes: those that the pack knows by name, else an agent of each rung."""
    search = body_of(SubjectSearch)
    page, results = _found(search, subjects_of(search))
    return answered(FoundEntities(page=page, results=results))


@bp.post(f"{ACCESS}/search/resource")
@operation("decide", takes=ResourceSearch, gives={200: FoundEntities})
@plainly
def search_resource() -> Response:
    """Find the resources for which it would be a yes, where the pack knows them by name."""
    search = body_of(ResourceSearch)
    page, results = _found(search, resources_of(search))
    return answered(FoundEntities(page=page, results=results))


@bp.post(f"{ACCESS}/search/action")
@operation("decide", takes=ActionSearch, gives={200: FoundActions})
@plainly
def search_action() -> Response:
    """Find the actions that would be a yes, of those that may be offered unasked."""
    search = body_of(ActionSearch)
    page, results = _found(search, actions_of(search))
    return answered(FoundActions(page=page, results=results))


def _found(search: Search, found: Iterator[Item]) -> tuple[NextPage | None, tuple[Item, ...]]:
    """Return a page of what is found; nothing where the pack knows no such subject, resource or action."""
    try:
        return page_of(search, found)
    except RequestError as problem:
        if not names_nobody(problem):
            raise
        return (None if search.page is None else NextPage(next_token="", count=0)), ()


@bp.after_app_request
def named(response: Response) -> Response:
    """Give an answer the id that its request has."""
    if REQUEST in request.headers and request.path.startswith(f"{ACCESS}/"):
        response.headers[REQUEST] = request.headers[REQUEST]
    return response
