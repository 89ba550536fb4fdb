"""One endpoint as an operation of the document: what it takes, what it answers, who may call."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from inspect import isclass
from typing import Any, Final, get_args

from pydantic import BaseModel

from api.openapi.endpoints import Endpoint
from api.openapi.examples import BODIES
from api.openapi.links import links_of
from api.openapi.models import Json, Schemas, Way
from api.openapi.responses import name_of, problems_of
from api.web.bodies import JSON
from api.web.idempotency import FORM
from api.web.operations import KEY, Parameter
from api.web.packs import PACK
from schemas.questions import ADDRESSABLE

BEARER: Final = "bearer"
ID: Final = {"type": "string", "pattern": f"^{ADDRESSABLE.pattern}$"}
IN_ADDRESS: Final = {
    "customer": {"type": "string", "minLength": 1},
    "pack": {"type": "string", "pattern": f"^{PACK.pattern}$"},
}
"""By its kind or its name: what else than an id a part of an address can be."""
KEY_PARAMETER: Final = {
    "name": KEY,
    "in": "header",
    "description": "Sent again with the same key and body, it is done once, and answered the same.",
    "schema": {"type": "string", "pattern": f"^{FORM.pattern}$"},
}


def operation_of(endpoint: Endpoint, schemas: Schemas) -> Json:
    """Return an endpoint as operation."""
    parameters, body = list(_parameters(endpoint)), _body(endpoint, schemas)
    return {
        "operationId": endpoint.id,
        "tags": [endpoint.group],
        "summary": endpoint.summary,
        **({"description": endpoint.more} if endpoint.more else {}),
        "security": [{BEARER: [scope]} for scope in endpoint.told.scopes],
        **({"parameters": parameters} if parameters else {}),
        **({"requestBody": body} if body else {}),
        "responses": dict(sorted(_responses(endpoint, schemas))),
    }


def _parameters(endpoint: Endpoint) -> Iterator[Json]:
    for one in endpoint.variables:
        yield {"name": one.name, "in": "path", "required": True, "schema": IN_ADDRESS.get(one.kind or one.name, ID)}
    yield from map(_in_query, endpoint.told.query)
    if endpoint.told.writes:
        yield {"$ref": f"#/components/parameters/{KEY}"}


def _in_query(told: Parameter) -> Json:
    named = {"name": told.name, "in": "query", "description": told.means, "schema": dict(told.schema)}
    return {**named, "required": True} if told.required else named


def _body(endpoint: Endpoint, schemas: Schemas) -> Json:
    if endpoint.told.takes is None:
        return {}
    content: Json = {"schema": schemas.of(endpoint.told.takes, "validation")}
    if endpoint.id in BODIES:
        content["examples"] = {name: {"value": value} for name, value in BODIES[endpoint.id].items()}
    return {"required": True, "content": {JSON: content}}


def _responses(endpoint: Endpoint, schemas: Schemas) -> Iterator[tuple[str, Json]]:
    for status, model in endpoint.told.gives.items():
        said = {"description": HTTPStatus(status).phrase} if model is None else _answer(model, schemas)
        yield str(status), {**said, **links_of(endpoint.id, status)}
    for status in problems_of(endpoint):
        yield str(status), {"$ref": f"#/components/responses/{name_of(status)}"}


def _answer(model: Any, schemas: Schemas) -> Json:
    """Return what is answered: a model, else text of a media type."""
    if isinstance(model, str):
        schema = {"type": "object" if model.endswith("json") else "string"}
        return {"description": f"As `{model}`.", "content": {model: {"schema": schema}}}
    said = " Or: ".join(filter(None, map(_first, get_args(model) or (model,)))) or "A JSON object."
    return {"description": said, "content": {JSON: {"schema": schemas.of(model, "serialization")}}}


def _first(model: Any) -> str:
    """Return the first line of what is said of a model."""
    return (model.__doc__ or "").partition("\n")[0] if isclass(model) and issubclass(model, BaseModel) else ""


def models_of(endpoint: Endpoint) -> Iterator[tuple[Any, Way]]:
    """Yield the models that an endpoint takes and gives."""
    if endpoint.told.takes is not None:
        yield endpoint.told.takes, "validation"
    for model in endpoint.told.gives.values():
        if model is not None and not isinstance(model, str):
            yield model, "serialization"
