"""Packs taken anew when their files change, or when somebody asks for it, by a thread of their own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Final, Literal, TypeAlias

from api.ledger.problems import LedgerProblem

Outcome: TypeAlias = Literal["taken", "wrong", "failed"]
"""All files were right; some are wrong, and their packs stay as they were; nothing could be taken."""
Wishes: TypeAlias = "SimpleQueue[bool]"
"""True: packs are wanted anew; False: it is over. To put one in is safe even within a signal handler."""

LOG: Final = logging.getLogger(__name__)
QUIET: Final = 200
"""Milliseconds without a change after which changes count as one."""
TOGETHER: Final = 2000
"""Milliseconds after which they do in any case."""
AGAIN: Final = 1.0
"""Seconds after which it is tried again where the ledger could not be written."""


@contextmanager
def watching(
    reload: Callable[[], bool], places: Sequence[Path], told: Callable[[Outcome], None]
) -> Iterator[Callable[[], None]]:
    """Yield what has packs taken anew soon; changes in the folders do so too, until the end.

    `reload` is called in one thread, and never twice at once; `told` hears what came of it.
    """
    wishes: Wishes = SimpleQueue()
    over = threading.Event()
    threads = [threading.Thread(target=_reloading, args=(reload, wishes, told), name="reloading", daemon=True)]
    if places:
        threads.append(threading.Thread(target=_seeing, args=(places, wishes, over), name="watching", daemon=True))
    for thread in threads:
        thread.start()
    try:
        yield lambda: wishes.put(True)
    finally:
        over.set()
        wishes.put(False)
        for thread in threads:
            thread.join()


def _reloading(reload: Callable[[], bool], wishes: Wishes, told: Callable[[Outcome], None]) -> None:
    """Take packs anew whenever it is wished, until it is over."""
    patience = None
    while _wished(wishes, patience):
        try:
            outcome: Outcome = "taken" if reload() else "wrong"
            patience = None
        except LedgerProblem as problem:
            LOG.warning("packs cannot be loaded anew yet: %s", problem)
            outcome, patience = "failed", AGAIN
        except Exception:
            # What is served goes on, and so must this thread, whatever a folder holds.
            LOG.exception("packs cannot be loaded anew")
            outcome, patience = "failed", None
        told(outcome)


def _wished(wishes: Wishes, patience: float | None) -> bool:
    """Return whether packs are wanted anew, once they are; many wishes are one, and patience that ends is one too."""
    try:
        wish = wishes.get(timeout=patience)
        while wish:
            wish = wishes.get_nowait()
    except Empty:
        return True
    return False


def _seeing(places: Sequence[Path], wishes: Wishes, over: threading.Event) -> None:
    """Wish for packs whenever something changes in their folders."""
    from watchfiles import watch  # noqa: PLC0415 - a server that does not watch needs none of it

    try:
        for _ in watch(*places, watch_filter=_matters, debounce=TOGETHER, step=QUIET, stop_event=over):
            wishes.put(True)
    except Exception:
        LOG.exception("changes of packs are not seen any more; SIGHUP has them loaded anew")


def _matters(_: object, path: str) -> bool:
    """Return whether packs may be others once something at a path changed: policy files, folders and links are."""
    changed = Path(path)
    return "scenarios" not in changed.parts and (changed.suffix in ("", ".yaml") or changed.name.startswith(".."))
