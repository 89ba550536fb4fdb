"""The decision API over ledgers that cannot be written for a while, and servers that are killed; for reliability.py."""

from __future__ import annotations

import itertools
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
from bench_api import free_port
from ledgers import Place, server
from reliability_checks import dropped, either, in_file, on_server, several, several_rounds, unless, wrong_with
from reloads import reloaded
from serving_desk import opened, pack
from sqlalchemy import event
from test_ledger_faults import PATIENCE, Clock, full, locked
from web_desk import Web, ask, served

from api.serving.replaying import replayed

MOST = 200
"""Requests after which a ledger must have been full."""
UP = 60.0
"""Seconds in which a server must answer."""
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
    packs = place.folder / "packs"
    pack(packs / "tiny")
    with ExitStack() as stack:
        yield served(stack, place, packs)


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
            place = in_file(folder, number)
            pack(place.folder / "packs" / "tiny")
        with _serving(place) as (address, pid):
            given = _answered_until(address, f"d{number}", lambda: os.killpg(pid, signal.SIGKILL), draw.uniform(0, 0.3))
        with opened(place, place.folder / "packs" / "tiny") as desk:
            desk.ledger.transact(lambda _: ())
            lost = dropped(desk.ledger)
            other = [id_ for id_, verdict in given.items() if replayed(desk, id_).then.verdict != verdict]
        yield either(
            unless(bool(given), "nothing was answered"),
            lost,
            several("other verdicts", other),
            wrong_with(place, given),
        )


def ended(folder: Path, times: int, seed: int) -> Iterator[str]:
    """End a server by SIGTERM while eight callers ask it: whatever it took on, it answers and keeps.

    A connection that was idle, or opened in that instant, may be cut; then nothing was done, and it can be sent again.
    """
    draw = random.Random(seed)
    for number, begins in several_rounds(times):
        if begins:
            place = in_file(folder, number)
            pack(place.folder / "packs" / "tiny")
        broken: list[str] = []
        with _serving(place) as (address, pid):
            given = _answered_until(
                address, f"d{number}", lambda: os.kill(pid, signal.SIGTERM), draw.uniform(0, 0.3), broken
            )
        with opened(place, place.folder / "packs" / "tiny") as desk:
            cut = [id_ for id_ in broken if desk.ledger.one(id_) is not None]
        yield either(
            unless(bool(given), "nothing was answered"),
            several("kept, and not answered", cut),
            wrong_with(place, given),
        )


@contextmanager
def _serving(place: Place) -> Iterator[tuple[str, int]]:
    """Run `leeway serve`; yield its address, and its process, which is ended by whoever uses it."""
    port = free_port()
    command = [str(Path(sys.executable).with_name("leeway")), "--packs", str(place.folder / "packs"), "serve"]
    command += ["--insecure-demo", "--port", str(port), "--ledger", place.url]
    environment = {**os.environ, "LEEWAY_KEYS": f"sqlite:///{place.folder}/keys.db", "LEEWAY_LOG_LEVEL": "error"}
    with (place.folder / "server.log").open("ab") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        yield _up(f"http://127.0.0.1:{port}", server), server.pid
        server.wait(30)
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _up(address: str, server: subprocess.Popen[bytes]) -> str:
    """Return an address once it answers."""
    ends = time.monotonic() + UP
    while time.monotonic() < ends and server.poll() is None:
        try:
            if httpx.get(f"{address}/readyz").status_code == 200:
                return address
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("the server does not start")


def _answered_until(
    address: str, name: str, end: Callable[[], None], after: float, broken: list[str] | None = None
) -> dict[str, str]:
    """Ask from eight threads until a server is ended, so many seconds after the first answer; return the verdicts.

    `broken` gets the ids of requests whose connection was cut after they were sent whole.
    """
    given: dict[str, str] = {}
    first = threading.Event()

    def run(thread: int) -> None:
        with httpx.Client(base_url=address, timeout=20) as client:
            for number in itertools.count():
                id_ = f"{name}-{thread}-{number}"
                try:
                    answer = client.post("/v1/decisions", json={**ask(customer=id_), "id": id_})
                except (httpx.ConnectError, httpx.ConnectTimeout):
                    return
                except httpx.TransportError:
                    if broken is not None:
                        broken.append(id_)
                    return
                if answer.status_code != 200:
                    return
                given[id_] = answer.json()["verdict"]
                first.set()

    with ThreadPoolExecutor(CALLERS) as pool:
        calling = [pool.submit(run, thread) for thread in range(CALLERS)]
        first.wait(UP)
        time.sleep(after)
        end()
        for one in calling:
            one.result()
    return given


def reloading(folder: Path, times: int, seed: int) -> Iterator[str]:
    """Load packs anew under load; each reload after which something did not hold counts."""
    del seed
    place = in_file(folder)
    pack(place.folder / "packs" / "tiny")
    with ExitStack() as stack:
        missed = reloaded(served(stack, place, place.folder / "packs"), times).missed
    yield from (missed + [""] * times)[:times]
