"""What the API tells of itself: its OpenAPI document, the same as a page, and each kind of problem."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import orjson
from flask import Blueprint, Response, current_app, render_template, request

from api.access.problems import NotForYou
from api.openapi.document import document
from api.openapi.models import Json
from api.web.bodies import JSON
from api.web.kinds import KINDS
from api.web.operations import operation
from api.web.service import service

bp: Final = Blueprint("document", __name__, template_folder="templates")
KEPT: Final = "leeway-openapi"
PAGE: Final = "leeway-docs"
"""Under what the application keeps its document, and the page of it."""
ASSETS: Final = {"docs.css": "text/css", "docs.js": "text/javascript"}
HTML: Final = "text/html"
SAFE: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""Nothing comes from elsewhere, nothing runs that stands in the page itself, nobody frames it."""


@bp.get("/openapi.json")
@operation(gives={200: dict[str, object], 304: None})
def described() -> Response:
    """Give what the API takes and gives, as OpenAPI 3.1."""
    answer = Response(orjson.dumps(told()), content_type=JSON)
    answer.add_etag()
    answer.make_conditional(request)
    return answer


@bp.get("/docs")
@operation(gives={200: HTML})
def shown() -> Response:
    """Show the same as a page, from which requests can be tried."""
    kept = current_app.extensions
    if PAGE not in kept:
        kept[PAGE] = _rendered("docs.html", told=told())
    return _page(kept[PAGE])


@bp.get("/docs/<name>")
@operation(gives={200: "text/*"}, problems=(404,))
def part(name: str) -> Response:
    """Give what the page is shown with."""
    if name not in ASSETS:
        raise NotForYou("page")
    found = Path(__file__).with_name("static") / name
    return Response(found.read_bytes(), headers=SAFE, mimetype=ASSETS[name])


@bp.get("/problems/<code>")
@operation(gives={200: HTML}, problems=(404,))
def kind(code: str) -> Response:
    """Say what a kind of problem means, and what to do about it."""
    if code not in KINDS:
        raise NotForYou("kind of problem")
    return _page(_rendered("problem.html", code=code, kind=KINDS[code]))


def _rendered(name: str, **shown: object) -> str:
    return render_template(name, demo=service().settings.insecure_demo, **shown)


def _page(text: str) -> Response:
    return Response(text, headers=SAFE, mimetype=HTML)


def told() -> Json:
    """Return the document of this application, made once."""
    kept = current_app.extensions
    if KEPT not in kept:
        kept[KEPT] = document(current_app)
    found: Json = kept[KEPT]
    return found
