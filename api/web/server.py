"""What a server process runs: `api.web.server:made`, called once by granian, gunicorn or `flask --app`."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from multiprocessing.util import Finalize
from typing import Final

from flask import Flask
from pydantic import ValidationError

from api.refusals import REFUSED
from api.settings import SettingProblem, Settings, told
from api.web import logs
from api.web.application import create_app
from api.web.crowding import Crowd
from api.web.demonstration import Marked
from api.web.opening import opened

ENDS: Final = frozenset({signal.SIGTERM, signal.SIGINT})
LAST: Final = 10
"""When a process closes what it opened, among all that is done at its end."""
NEVER: Final = 3
"""The status of a process that cannot start as it is set up: by any other, gunicorn starts it again and again."""
LOG: Final = logging.getLogger(__name__)


def made() -> Flask:
    """Return the application as the environment sets it up; where it is set up wrongly, say so and end the process."""
    held = _held_back()
    if held:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _on(ENDS, _end)
    try:
        return _application(Settings(), held)
    except ValidationError as problem:
        lines = told(problem)
    except (SettingProblem, *REFUSED) as problem:
        lines = [str(problem)]
    sys.stderr.writelines(f"{line}\n" for line in lines)
    sys.exit(NEVER)


def _application(settings: Settings, held: bool) -> Flask:
    """Return the application with these settings; it is closed when the process ends."""
    logs.configure(settings.log_level)
    stack = ExitStack()
    # Unlike `atexit`, this is done in processes too that multiprocessing starts, as granian's are.
    Finalize(None, stack.close, exitpriority=LAST)
    service = stack.enter_context(opened(settings))
    if not service.packs.desks:
        LOG.error("there is no pack to serve; say where packs lie with LEEWAY_PACKS")
    if held:
        _on(frozenset({signal.SIGHUP}), service.wake)
    elif threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGHUP, lambda *_: service.wake())
    app = create_app(service)
    crowd = Crowd(app.wsgi_app, settings.threads, settings.queue)
    app.wsgi_app = Marked(crowd) if settings.insecure_demo else crowd  # type: ignore[assignment, method-assign]
    return app


def _held_back() -> bool:
    """Return whether `leeway serve` started this process, which holds back signals then, in each of its threads.

    So a signal reaches the thread that waits for it. Otherwise any thread may take it, and Python would not wake the
    main thread, in which handlers are called: the server would miss that it is to end.
    """
    if signal.SIGHUP not in signal.pthread_sigmask(signal.SIG_BLOCK, ()):
        return False
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)
    return True


def _on(wanted: frozenset[signal.Signals], do: Callable[[], object]) -> None:
    """Do something whenever one of these signals comes, which are held back."""

    def wait() -> None:
        while True:
            signal.sigwait(wanted)
            do()

    threading.Thread(target=wait, name="signals", daemon=True).start()


def _end() -> None:
    """End as granian does, once it answers; before that, nothing was begun."""
    handler = signal.getsignal(signal.SIGTERM)
    if not callable(handler):
        os._exit(0)
    handler(signal.SIGTERM, None)
