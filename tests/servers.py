"""Servers that `leeway serve` runs over the small desk, in processes of their own, and callers who ask them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from web_desk import ask

UP = 90.0
"""Seconds within which what is waited for comes about."""


@dataclass
class Served:
    """A server that runs."""

    address: str
    process: subprocess.Popen[str]

    def signal(self, which: signal.Signals) -> None:
        self.process.send_signal(which)

    def kill(self) -> None:
        """Kill all of its processes."""
        os.killpg(self.process.pid, signal.SIGKILL)

    def ready(self) -> dict[str, Any]:
        found: dict[str, Any] = httpx.get(f"{self.address}/readyz").json()
        return found


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        port: int = tried.getsockname()[1]
        return port


@contextmanager
def serving(folder: Path, *options: str, at_once: bool = False, **environment: str) -> Iterator[Served]:
    """Run `leeway serve` over the packs in a folder, and yield it once it can decide, or has said where it will.

    It is killed at the end, where it was not ended before.
    """
    command = [str(Path(sys.executable).with_name("leeway")), "serve", "--packs", str(folder / "packs"), "--port", "0"]
    command += ["--ledger", str(folder / "ledger.db"), "--json", *options]
    (folder / "tmp").mkdir(exist_ok=True)
    settings = {"LEEWAY_LOG_LEVEL": "warning", "LEEWAY_WATCH": "false", "LEEWAY_RATE_LIMIT": "", **environment}
    settings["TMPDIR"] = str(folder / "tmp")
    with (folder / "log.txt").open("a") as log:
        process = subprocess.Popen(
            command,
            env={**os.environ, **settings},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
    assert process.stdout is not None
    try:
        served = Served(json.loads(process.stdout.readline())["address"], process)
        until(lambda: at_once or _decides(served))
        yield served
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def _decides(served: Served) -> bool:
    try:
        return httpx.get(f"{served.address}/readyz").status_code == 200
    except httpx.TransportError:
        return False


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    ends = time.monotonic() + UP
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.05)


@dataclass
class Load:
    """Callers who ask without a pause, until the server is gone or they are told to stop."""

    address: str
    callers: int = 4
    over: threading.Event = field(default_factory=threading.Event)
    answered: list[dict[str, Any]] = field(default_factory=list)
    cut: list[str] = field(default_factory=list)
    """The ids of requests whose connection ended without an answer."""
    refused: list[str] = field(default_factory=list)
    """What was answered in place of decisions."""

    def __enter__(self) -> Load:
        self.threads = [threading.Thread(target=self.call, args=(number,)) for number in range(self.callers)]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join()

    def call(self, caller: int) -> None:
        """Ask over one connection, or over one for each request."""
        with httpx.Client(base_url=self.address, timeout=60) as client:
            headers = {"Connection": "close"} if caller % 2 else {}
            while not self.over.is_set():
                id_ = uuid4().hex
                try:
                    answer = client.post("/v1/decisions", json=ask("30", customer=id_, id=id_), headers=headers)
                except (httpx.ConnectError, httpx.ConnectTimeout):
                    return
                except httpx.TransportError:
                    self.cut.append(id_)
                    return
                if answer.status_code == 200:
                    self.answered.append(answer.json())
                else:
                    self.refused.append(answer.text)
