"""What a server process runs: `api.web.server:made`, called once by granian, gunicorn or `flask --app`."""

from __future__ import annotations

import signal
import threading
from contextlib import ExitStack
from multiprocessing.util import Finalize
from typing import Final

from flask import Flask

from api.settings import Settings
from api.web import logs
from api.web.application import create_app
from api.web.crowding import Crowd
from api.web.demonstration import Marked
from api.web.opening import opened
from api.web.service import Service

LAST: Final = 10
"""When a process closes what it opened, among all that is done at its end."""


def made() -> Flask:
    """Return the application as the environment sets it up; it is closed when the process ends."""
    _end_at_once()
    settings = Settings()
    logs.configure(settings.log_level)
    stack = ExitStack()
    # Unlike `atexit`, this is done in processes too that multiprocessing starts, as granian's are.
    Finalize(None, stack.close, exitpriority=LAST)
    service = stack.enter_context(opened(settings))
    _reload_on_hangup(service)
    app = create_app(service)
    crowd = Crowd(app.wsgi_app, settings.threads, settings.queue)
    app.wsgi_app = Marked(crowd) if settings.insecure_demo else crowd  # type: ignore[assignment, method-assign]
    return app


def _end_at_once() -> None:
    """Have signals that `leeway serve` holds back end this process, which answers nobody yet."""
    if signal.SIGTERM in signal.pthread_sigmask(signal.SIG_BLOCK, ()):
        for ends in (signal.SIGTERM, signal.SIGINT):
            signal.signal(ends, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGINT})


def _reload_on_hangup(service: Service) -> None:
    """Have packs loaded anew on SIGHUP, which is held back until now."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGHUP, lambda *_: service.wake())
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})
