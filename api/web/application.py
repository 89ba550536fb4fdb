"""The application: what a service answers over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from flask import Blueprint, Flask
from werkzeug.routing import BaseConverter

from api.authzen import views as authzen
from api.web import (
    approvals,
    customers,
    decisions,
    demonstration,
    events,
    health,
    limits,
    logs,
    metrics,
    offers,
    openapi,
    outcomes,
    packs,
    problems,
    tracing,
)
from api.web.service import NAME, Service

BLUEPRINTS: Final[tuple[Blueprint, ...]] = (
    decisions.bp,
    outcomes.bp,
    events.bp,
    customers.bp,
    approvals.bp,
    offers.bp,
    health.bp,
    metrics.bp,
    packs.bp,
    openapi.bp,
    authzen.bp,
)
"""Every group of endpoints."""


class Name(BaseConverter):
    """A part of an address that names something; what follows a colon is what is done with it."""

    regex = "[^/:]+"
    part_isolating = True


class Application(Flask):
    """A Flask application whose views are plain functions."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function as it is: Flask would look, ten times a request, whether it is a coroutine's."""
        return func


def create_app(service: Service) -> Flask:
    """Return the application that answers with a service."""
    app = endpoints()
    app.config["MAX_CONTENT_LENGTH"] = service.settings.body_limit
    app.extensions[NAME] = service
    problems.register(app)
    limits.register(app, service.settings)
    logs.register(app)
    if service.settings.insecure_demo:
        demonstration.register(app)
    if service.settings.telemetry:
        tracing.register(app, tracing.exporting())
    return app


def endpoints() -> Flask:
    """Return the application without what it answers with: its addresses, for those who tell of them."""
    app = Application("leeway", static_folder=None, template_folder=None)
    app.url_map.strict_slashes = True
    app.url_map.merge_slashes = False
    app.url_map.converters["default"] = Name
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app
