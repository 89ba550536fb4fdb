"""A demonstration: customers to try, for anybody on this machine, who may do anything; every answer says so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import orjson
from flask import Blueprint, Flask, Response

from api.access.caller import SCOPES
from api.access.problems import NotForYou
from api.demo.customers import Customer, names
from api.demo.seeding import all_prepared, prepared
from api.settings import is_loopback
from api.web.bodies import JSON, asked_for
from api.web.crowding import Application, Start
from api.web.operations import answered, caller, now, operation
from api.web.problems import MEDIA, of_status
from api.web.service import Service, service
from schemas.demonstration import Demonstrated, Demonstration
from schemas.request import DecisionRequest

bp: Final = Blueprint("demonstration", __name__)
HEADER: Final = ("Leeway-Demo", "insecure")


class Marked:
    """A WSGI application around another, which answers this machine alone, and says that it is a demonstration."""

    def __init__(self, application: Application) -> None:
        """Keep the application."""
        self._application = application
        problem = of_status(403, "a demonstration answers this machine alone", kind="demonstration")
        self._refused = problem.model_dump_json().encode()

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        """Answer a request of this machine; refuse any other."""

        def marked(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            return start(status, headers if HEADER in headers else [*headers, HEADER], *rest)

        if is_loopback(environ.get("REMOTE_ADDR", "")):
            return self._application(environ, marked)
        marked("403 FORBIDDEN", [("Content-Type", MEDIA), ("Content-Length", str(len(self._refused)))])
        return [self._refused]


def register(app: Flask) -> None:
    """Have an application tell of demonstration customers, and mark all its answers."""
    app.register_blueprint(bp)
    app.wsgi_app = Marked(app.wsgi_app)  # type: ignore[assignment, method-assign]


def prepare(found: Service) -> list[Customer]:
    """Return the demonstration customers of all desks, once their past is in the ledger."""
    return [one for desk in found.packs.desks.values() for one in all_prepared(desk, found.clock())]


@bp.get("/v1/demo")
@operation(*SCOPES, gives={200: Demonstration})
def customers() -> Response:
    """List the demonstration customers, with the address of what each asks for."""
    asked_for()
    return answered(
        Demonstration(
            customers=tuple(
                Demonstrated(request=f"/v1/demo/{pack}/{one.name}", customer=one.id, about=one.about)
                for pack, desk in sorted(service().packs.desks.items())
                for one in all_prepared(desk, now())
            )
        )
    )


@bp.get("/v1/demo/<pack>/<name>")
@operation(*SCOPES, gives={200: DecisionRequest}, problems=(404,))
def request_of(pack: str, name: str) -> Response:
    """Give what a demonstration customer asks for: a request, to be sent to `POST /v1/decisions`."""
    asked_for()
    desk = service().desk(pack, caller())
    if name not in names(pack):
        raise NotForYou("demonstration customer")
    return Response(orjson.dumps(prepared(desk, name, now()).request), content_type=JSON)
