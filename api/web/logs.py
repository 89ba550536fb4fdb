"""One line of JSON in the log for each request: who, what, how long, and never a fact."""

from __future__ import annotations

import logging
import re
import time
from datetime import UTC, datetime
from typing import Any, Final, TextIO

import orjson
from flask import Flask, Response, g, request

from api.web.metrics import REQUESTS
from schemas.decision import Decision

TRACEPARENT: Final = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
"""As W3C Trace Context has it."""
CHATTY: Final = ("alembic", "watchfiles")
"""Who logs each step of what it does; only what is wrong is taken from them."""
MOST_TOLD: Final = 100
"""Decisions of one request that are named in its line."""
LOG: Final = logging.getLogger("leeway.request")
Line = dict[str, Any]


class Answered(logging.LogRecord):
    """The record of a request, with what its line says."""

    def __init__(self, line: Line) -> None:
        # Made here: a logger would first look through the stack for who calls it.
        super().__init__(LOG.name, logging.INFO, __file__, 0, "request", None, None)
        self.line = line


class Lines(logging.Formatter):
    """Writes a record as a line of JSON: what is said of a request, or a message with what was raised."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: Line = {**record.line} if isinstance(record, Answered) else {}
        line["event"] = record.getMessage()
        line["level"] = record.levelname.lower()
        line["timestamp"] = datetime.fromtimestamp(record.created, UTC)
        if record.exc_info is not None:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=repr, option=orjson.OPT_UTC_Z).decode()


def configure(level: str, stream: TextIO | None = None) -> None:
    """Have everything that is logged written to a stream, by default standard error, as lines of JSON."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Lines())
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
    found = TRACEPARENT.fullmatch(request.environ.get("HTTP_TRACEPARENT", ""))
    return None if found is None else found[1]


def _begun() -> None:
    g.begun = time.perf_counter()


def _ended(response: Response) -> Response:
    seconds = time.perf_counter() - g.begun
    rule = request.url_rule
    method, route = ("any", "none") if rule is None else (request.method, rule.rule)
    REQUESTS.labels(method, route, response.status_code).observe(seconds)
    if LOG.isEnabledFor(logging.INFO):
        LOG.handle(Answered(_line(method, route, response.status_code, seconds)))
    return response


def _line(method: str, route: str, status: int, seconds: float) -> Line:
    """Return what is said of a request: who sent it, what came of it, how long it took."""
    line: Line = {
        "method": method,
        "route": route,
        "status": status,
        "ms": round(seconds * 1000, 2),
        "caller": getattr(g.get("caller"), "id", None),
        "trace": trace(),
        "decisions": g.get("told"),
    }
    return {name: value for name, value in line.items() if value is not None}
