"""The OpenAPI document of an application."""

from __future__ import annotations

from typing import Final

from flask import Flask

from api.access.caller import MEANING
from api.openapi.endpoints import endpoints_of, groups_of
from api.openapi.models import Json, Schemas
from api.openapi.operations import BEARER, KEY_PARAMETER, models_of, operation_of
from api.openapi.responses import PROBLEMS, problems_of, shared
from api.web.operations import KEY

VERSION: Final = "1"
"""Of the API, as in its addresses."""
ABOUT: Final = """\
What may be done for this customer now, what may not, what to offer instead, and why.

Errors are problems of RFC 9457. Their `type` names what is wrong, `errors` names each value by its JSON Pointer; they
never repeat what was sent. An address that exists answers other methods with 405.

JSON is read strictly: the same key twice, unknown fields, and values of another type are refused.

What is limited says in `RateLimit` what is left, and after one request too many in `Retry-After` when to come back.
"""


def document(app: Flask) -> Json:
    """Return what the application's endpoints take and give, as an OpenAPI 3.1 document."""
    endpoints = endpoints_of(app)
    schemas = Schemas([*(one for endpoint in endpoints for one in models_of(endpoint)), *PROBLEMS])
    paths: dict[str, Json] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method] = operation_of(endpoint, schemas)
    statuses = {status for endpoint in endpoints for status in problems_of(endpoint)}
    return {
        "openapi": "3.1.1",
        "info": {"title": "Leeway", "version": VERSION, "description": ABOUT},
        "tags": [{"name": name, "description": said} for name, said in groups_of(app).items()],
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "responses": shared(statuses, schemas),
            "parameters": {KEY: KEY_PARAMETER},
            "securitySchemes": {BEARER: _bearer()},
        },
    }


def _bearer() -> Json:
    scopes = "\n".join(f"* `{scope}`: {meaning}" for scope, meaning in MEANING.items())
    said = f"A key from `leeway keys create`, or a token of the issuer. Its scopes say what may be done:\n\n{scopes}"
    return {"type": "http", "scheme": "bearer", "description": said}
