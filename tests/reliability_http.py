"""The decision API over ledgers that cannot be written for a while, and servers that are killed; for reliability.py."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from ledgers import Place, server
from reliability_checks import dropped, either, in_file, on_server, several, several_rounds, unless, wrong_with
from reloads import reloaded
from servers import Load, Served, serving, until
from serving_desk import opened, pack
from sqlalchemy import event
from test_ledger_faults import PATIENCE, Clock, full, locked
from web_desk import Web, ask, served

from api.serving.replaying import replayed

MOST = 200
"""Requests after which a ledger must have been full."""
ENDS = 30.0
"""Seconds in which a server must have ended."""
CALLERS = 8


def full_files(folder: Path, times: int, seed: int) -> Iterator[str]:
    del seed
    for number in range(times):
        place = in_file(folder, number)
        with _api(place) as web:
            yield _unavailable(place, web, full(web.service.memory.ledger))


def only_readable(folder: Path, times: int, seed: int) -> Iterator[str]:
    del seed
    for number in range(times):
        place = in_file(folder, number)
        with _api(place) as web:
            yield _unavailable(place, web, _only_readable(web))


@contextmanager
def _only_readable(web: Web) -> Iterator[None]:
    """Have a ledger whose database may only be read."""
    ledger, only = web.service.memory.ledger, ["ON"]

    def settle(connection: Any, _: object) -> None:
        connection.execute(f"PRAGMA query_only = {only[0]}")

    event.listen(ledger.database.writing, "connect", settle)
    ledger._writer._committer.disconnect()
    ledger.database.writing.dispose()
    yield
    only[0] = "OFF"
    ledger._writer._committer.disconnect()
    ledger.database.writing.dispose()


def locked_files(folder: Path, times: int, seed: int) -> Iterator[str]:
    del seed
    with patch(PATIENCE, 0.02):
        for number in range(times):
            place = in_file(folder, number)
            with _api(place) as web:
                yield _unavailable(place, web, locked(place))


def locked_on_a_server(folder: Path, times: int, seed: int) -> Iterator[str]:
    del seed
    with patch(PATIENCE, 0.1):
        for number in range(times):
            place = on_server(folder, number)
            with _api(place) as web:
                yield _unavailable(place, web, locked(place))


@contextmanager
def _stopped() -> Iterator[None]:
    """Have no PostgreSQL server for a while."""
    server().stop(signal.SIGINT)
    yield
    server().start()


def restarted(folder: Path, times: int, seed: int) -> Iterator[str]:
    del seed
    for number in range(times):
        place = on_server(folder, number)
        with _api(place) as web:
            yield _unavailable(place, web, _stopped())


@contextmanager
def _api(place: Place) -> Iterator[Web]:
    """Yield the API over a ledger."""
    with ExitStack() as stack:
        yield served(stack, _small(place), place.folder / "packs")


def _small(place: Place) -> Place:
    """Return a place, with the pack of the small desk in it."""
    pack(place.folder / "packs" / "tiny")
    return place


def _unavailable(place: Place, web: Web, fault: AbstractContextManager[object]) -> str:
    """Return what did not hold of an API that answers 503 while it cannot write, and decides again by itself."""
    ledger, clock = web.service.memory.ledger, Clock()
    ledger._writer.pace.clock = clock
    before = web.decide(customer="C-before")["id"]
    with fault:
        given, refused = _asked(web)
        ready = web.get("/readyz").status_code
    clock.now += 600
    last = web.post("/v1/decisions", ask(customer="C-last"))
    told = "" if refused is None else unless(refused.status == 503 and bool(refused.retry_after), f"told {refused}")
    if last.status_code != 200:
        return either(told, f"afterwards it says {last.status_code}")
    return either(
        unless(refused is not None, "nothing was refused"),
        told,
        unless(ready == 503, f"it says it is ready: {ready}"),
        dropped(ledger),
        wrong_with(place, [before, *given, last.json["id"]], [refused.id] if refused else [], web.service.memory.vault),
    )


@dataclass(frozen=True)
class Refused:
    """How the API refused a decision."""

    id: str
    status: int
    retry_after: str | None


def _asked(web: Web) -> tuple[list[str], Refused | None]:
    """Ask until it is refused; return the ids of what was decided, and how the last was refused."""
    given: list[str] = []
    for number in range(MOST):
        id_, customer = f"d-{number}", {"id": f"C-{number}", "name": "x" * 3000, "good": True}
        answer = web.post("/v1/decisions", {**ask(), "id": id_, "facts": {"customer": customer}})
        if answer.status_code != 200:
            return given, Refused(id_, answer.status_code, answer.headers.get("Retry-After"))
        given.append(id_)
    return given, None


def killed(folder: Path, times: int, seed: int) -> Iterator[str]:
    """Kill a server's processes at random moments while eight callers ask it, and start it again."""
    draw = random.Random(seed)
    for number, begins in several_rounds(times):
        if begins:
            place = _small(in_file(folder, number))
        with _asked_for(place, draw.uniform(0, 0.3)) as (served, load):
            served.kill()
            served.process.wait(ENDS)
        with opened(place, place.folder / "packs" / "tiny") as desk:
            desk.ledger.transact(lambda _: ())
            lost = dropped(desk.ledger)
            other = [one["id"] for one in load.answered if replayed(desk, one["id"]).then.verdict != one["verdict"]]
        yield either(lost, several("other verdicts", other), wrong_with(place, _given(load)))


def ended(folder: Path, times: int, seed: int) -> Iterator[str]:
    """End a server by SIGTERM while eight callers ask it: whatever it took on, it answers and keeps.

    A connection that was idle, or opened in that instant, may be cut; then nothing was done, and it can be sent again.
    """
    draw = random.Random(seed)
    for number, begins in several_rounds(times):
        if begins:
            place = _small(in_file(folder, number))
        with _asked_for(place, draw.uniform(0, 0.3)) as (served, load):
            served.signal(signal.SIGTERM)
            status = served.process.wait(ENDS)
        with opened(place, place.folder / "packs" / "tiny") as desk:
            kept = [id_ for id_ in load.cut if desk.ledger.one(id_) is not None]
        yield either(
            unless(status == 0, f"it ended with {status}"),
            several("refused", load.refused),
            several("kept, and not answered", kept),
            wrong_with(place, _given(load)),
        )


@contextmanager
def _asked_for(place: Place, after: float) -> Iterator[tuple[Served, Load]]:
    """Run a server that eight callers ask, and yield both so many seconds after the first answer."""
    keys = f"sqlite:///{place.folder}/keys.db"
    running = serving(place.folder, "--insecure-demo", LEEWAY_KEYS=keys)
    with running as served, Load(served.address, callers=CALLERS) as load:
        until(lambda: bool(load.answered))
        time.sleep(after)
        yield served, load


def _given(load: Load) -> list[str]:
    return [one["id"] for one in load.answered]


def reloading(folder: Path, times: int, seed: int) -> Iterator[str]:
    """Load packs anew under load; each reload after which something did not hold counts."""
    del seed
    with _api(in_file(folder)) as web:
        missed = reloaded(web, times).missed
    yield from (missed + [""] * times)[:times]
