"""The decision API over the small desk of `serving_desk`, in SQLite and PostgreSQL, with a clock that tests move."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from ledgers import Place
from serving_desk import NOON, pack
from werkzeug import Request
from werkzeug.test import TestResponse

from api.access.caller import ANYBODY, Caller
from api.access.problems import Unauthenticated
from api.ledger.reading import Query
from api.settings import Settings
from api.web.application import create_app
from api.web.opening import opened
from api.web.service import Service


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Callers:
    """Knows callers by a header of their own, so that tests say who calls without a key."""

    known: dict[str, Caller] = field(default_factory=lambda: {"anybody": ANYBODY})

    def __call__(self, request: Request) -> Caller:
        name = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if name not in self.known:
            raise Unauthenticated
        return self.known[name]


@dataclass
class Web:
    """A running application, called in process."""

    service: Service
    app: Flask
    clock: Clock
    callers: Callers
    packs: Path

    def caller(self, name: str, *scopes: Any, **more: Any) -> str:
        """Make a caller known, and return the name to call by."""
        self.callers.known[name] = Caller(f"test:{name}", frozenset(scopes), **more)
        return name

    def call(
        self, method: str, path: str, body: Any = None, by: str | None = "anybody", **headers: str
    ) -> TestResponse:
        """Return what the application answers; a body that is no bytes is sent as JSON."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if by is not None:
            given["Authorization"] = f"Bearer {by}"
        if body is not None:
            given.setdefault("Content-Type", "application/json")
        data = body if isinstance(body, bytes) or body is None else json.dumps(body)
        return self.app.test_client().open(path, method=method, data=data, headers=given)

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.call("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> TestResponse:
        return self.call("POST", path, body, **more)

    def decide(self, amount: str | None = "20", **more: Any) -> dict[str, Any]:
        """Return the decision on an ask for a credit, as JSON."""
        found = self.post("/v1/decisions", ask(amount, **more)).json
        assert found is not None
        return found


def ask(amount: str | None = "20", **more: Any) -> dict[str, Any]:
    """Return a request for a credit, as JSON; `customer` is the id of who it is for."""
    customer = {"id": more.pop("customer", "C-1"), "name": "Ada", "good": more.pop("good", True)}
    action = {"action": "credit"} if amount is None else {"action": "credit", "amount": amount}
    agent = {"role": "agent", "id": "kim", "team": "blue"}
    return {"pack": "tiny", "agent": agent, "facts": {"customer": customer}, "ask": action, **more}


def served(stack: ExitStack, place: Place, folder: Path, **settings: Any) -> Web:
    """Return the API of the packs in a folder, with the ledger of a place."""
    clock, callers = Clock(), Callers()
    given = {"ledger": place.url, "keys": f"sqlite:///{place.folder}/keys.db", "packs": str(folder), "watch": False}
    service = stack.enter_context(opened(Settings(**{**given, **settings}), clock))
    service = replace(service, caller_of=callers)
    return Web(service, create_app(service), clock, callers, folder)


def written(web: Web) -> int:
    """Return how many events the ledger has."""
    return sum(1 for _ in web.service.memory.ledger.events(Query()))


@pytest.fixture
def web(place: Place, tmp_path: Path) -> Iterator[Web]:
    """Give a test the API of the small desk, in SQLite and in PostgreSQL."""
    with ExitStack() as stack:
        pack(tmp_path / "packs" / "tiny")
        yield served(stack, place, tmp_path / "packs")


@pytest.fixture
def web_in_sqlite(in_sqlite: Place, tmp_path: Path) -> Iterator[Web]:
    """Give a test the API of the small desk, in SQLite alone: for what has nothing to do with the database."""
    with ExitStack() as stack:
        pack(tmp_path / "packs" / "tiny")
        yield served(stack, in_sqlite, tmp_path / "packs")
