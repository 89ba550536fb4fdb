"""One line of JSON in the log for each request: who, what, how long, and never a fact."""

from __future__ import annotations

import logging
import re
import time
from typing import Any, Final, TextIO

import orjson
import structlog
from flask import Flask, Response, g, request

from api.web.metrics import REQUESTS
from schemas.decision import Decision

TRACEPARENT: Final = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
"""As W3C Trace Context has it."""
CHATTY: Final = ("alembic", "watchfiles")
"""Who logs each step of what it does; only what is wrong is taken from them."""
MOST_TOLD: Final = 100
"""Decisions of one request that are named in its line."""
Line = dict[str, Any]


def configure(level: str, stream: TextIO | None = None) -> None:
    """Have everything that is logged written to a stream, by default standard error, as lines of JSON."""
    shared: list[Any] = [structlog.stdlib.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True)]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer = structlog.processors.JSONRenderer(serializer=_json)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ],
            foreign_pre_chain=shared,
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in CHATTY:
        logging.getLogger(name).setLevel(max(root.level, logging.WARNING))


def register(app: Flask) -> None:
    """Have an application time and log each request."""
    app.before_request(_begun)
    app.after_request(_ended)


def told(decision: Decision) -> None:
    """Name a decision in the line of the request that it answers."""
    names = g.setdefault("told", [])
    if len(names) < MOST_TOLD:
        names.append({"id": decision.id, "pack": decision.pack, "verdict": decision.verdict})


def trace() -> str | None:
    """Return the id of the trace that the request belongs to, if its caller named one."""
    found = TRACEPARENT.fullmatch(request.headers.get("traceparent", ""))
    return None if found is None else found[1]


def _begun() -> None:
    g.begun = time.perf_counter()


def _ended(response: Response) -> Response:
    seconds = time.perf_counter() - g.begun
    route = "none" if request.url_rule is None else request.url_rule.rule
    method = request.method if request.url_rule is not None else "any"
    REQUESTS.labels(method, route, response.status_code).observe(seconds)
    line: Line = {
        "method": method,
        "route": route,
        "status": response.status_code,
        "ms": round(seconds * 1000, 2),
        "caller": getattr(g.get("caller"), "id", None),
        "trace": trace(),
        "decisions": g.get("told"),
    }
    _log.info("request", **{name: value for name, value in line.items() if value is not None})
    return response


def _json(line: Line, **_: Any) -> str:
    return orjson.dumps(line, default=repr).decode()


_log: Final = structlog.stdlib.get_logger("leeway.request")
