"""A real Redis server of a test's own, on a free port of this machine: stopped, halted, and started again."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from certificates import Certified
from ledgers import mortal
from servers import free_port

UP = 30.0
"""Seconds within which a server starts or ends."""


class RedisServer:
    """A Redis server that keeps nothing on disk."""

    def __init__(self, folder: Path, *settings: str) -> None:
        """Start it in a folder, with lines of its own in its configuration."""
        self.folder, self.port = folder, free_port()
        self.socket = folder / "redis.sock"
        lines = ["bind 127.0.0.1", f"port {self.port}", f"unixsocket {self.socket}", 'save ""', f"dir {folder}"]
        (folder / "redis.conf").write_text("\n".join([*lines, *settings, ""]))
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def address(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until somebody can connect."""
        self._process = subprocess.Popen(
            ["redis-server", str(self.folder / "redis.conf")],
            stdout=subprocess.DEVNULL,
            preexec_fn=partial(mortal, signal.SIGKILL),  # noqa: PLW1509 - tests start it from one thread
        )
        until = time.monotonic() + UP
        while not self._listens():
            assert time.monotonic() < until, "Redis does not start"
            assert self._process.poll() is None, "Redis ended at once"
            time.sleep(0.01)

    def halt(self) -> None:
        """Have it do nothing, as on a machine that is stuck: connections are taken, and nothing is answered."""
        self._send(signal.SIGSTOP)

    def go_on(self) -> None:
        self._send(signal.SIGCONT)

    def stop(self) -> None:
        self._send(signal.SIGKILL)
        assert self._process is not None
        self._process.wait(UP)

    def _send(self, which: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(which)

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=UP).close()
        except OSError:
            return False
        return True


def secured(port: int, certified: Certified) -> list[str]:
    """Return the lines of a configuration by which a server does TLS at another port."""
    files = {"cert": certified.certificate, "key": certified.key, "ca-cert": certified.authority}
    lines = [f"tls-{name}-file {path}" for name, path in files.items()]
    return [f"tls-port {port}", "tls-auth-clients no", *lines]


@contextmanager
def redis_server(folder: Path, *settings: str) -> Iterator[RedisServer]:
    """Yield a server; skip the test where there is no Redis, but not in continuous integration."""
    if shutil.which("redis-server") is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("there is no Redis server here")
    folder.mkdir()
    found = RedisServer(folder, *settings)
    try:
        yield found
    finally:
        found.stop()
