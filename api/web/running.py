"""A server of several processes: started by granian, told to reload by a signal, ended once all is answered."""

from __future__ import annotations

import os
import signal
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.mp import MPServer

from api.settings import SettingProblem, Settings

TARGET: Final = "api.web.server:made"
SHARED: Final = "PROMETHEUS_MULTIPROC_DIR"
"""Where prometheus_client finds the folder in which processes share what they count."""
SPARE: Final = 4
"""Threads beside those whose requests are answered or wait: they tell callers that there is too much to do."""
CONNECTIONS: Final = 4096
"""That a process holds open at most; most of them are idle."""
HEEDED: Final = frozenset({signal.SIGHUP, signal.SIGTERM, signal.SIGINT})
LOGS: Final = {"formatters": {}, "handlers": {}, "loggers": {"_granian": {"handlers": [], "propagate": True}}}
"""What granian has to say is logged as all the rest is."""


def address(host: str, port: int) -> tuple[str, int]:
    """Return where a server can listen: the address of a host, and a port that is free, where 0 stands for any.

    Raises `SettingProblem` where it cannot listen there.
    """
    try:
        family, kind, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as tried:
            # Granian shares a port with whoever shares it too; so it is tried alone first.
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(place)
            found = tried.getsockname()
    except OSError as problem:
        reason = (problem.strerror or str(problem)).lower()
        message = f"nothing can listen at {host}, port {port}: {reason}; choose another with `--port` or `--host`"
        raise SettingProblem(message) from problem
    return str(found[0]), int(found[1])


def hold_signals() -> None:
    """Hold signals back from now on, in this thread and in each process that it starts, until they can be heeded."""
    signal.pthread_sigmask(signal.SIG_BLOCK, HEEDED)


def run(settings: Settings, host: str, port: int) -> None:
    """Answer requests until SIGTERM or SIGINT, which are held back; what was begun is answered, then all processes end.

    Exits with another status than 0 where they ended by themselves.
    """
    server = MPServer(
        TARGET,
        factory=True,
        interface=Interfaces.WSGI,
        address=host,
        port=port,
        workers=settings.workers,
        blocking_threads=settings.threads + settings.queue + SPARE,
        backpressure=CONNECTIONS,
        workers_kill_timeout=max(1, round(settings.drain.total_seconds())),
        respawn_failed_workers=True,
        websockets=False,
        log_level=LogLevels.error,
        log_dictconfig=LOGS,
    )
    _heed(server)
    server.serve()


@contextmanager
def counted(workers: int) -> Iterator[None]:
    """Give several processes a folder in which they count together, unless there is one.

    It must be there before anything is imported that counts.
    """
    if workers == 1 or SHARED in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="leeway-counts-") as folder:
        os.environ[SHARED] = folder
        yield


def _heed(server: MPServer) -> None:
    """Have SIGTERM and SIGINT end a server, and SIGHUP sent on to every process, which loads its packs anew.

    By itself granian would start other processes on SIGHUP, and one that is only starting would miss the end.
    """

    def heed() -> None:
        while signal.sigwait(HEEDED) == signal.SIGHUP:
            for worker in list(server.wrks):
                if worker.inner.pid is not None:
                    with suppress(ProcessLookupError):
                        os.kill(worker.inner.pid, signal.SIGHUP)
        server.signal_handler_interrupt()  # type: ignore[no-untyped-call]  # granian has no types there

    threading.Thread(target=heed, name="signals", daemon=True).start()
