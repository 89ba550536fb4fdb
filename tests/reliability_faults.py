"""Ledgers that cannot be written for a while: full, read-only, locked, restarted; for tests/reliability.py."""

from __future__ import annotations

import itertools
import random
import resource
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from ledgers import Keys, Place, contact, elsewhere, server
from reliability_checks import dropped, either, in_file, left, on_server, unless, wrong_with
from test_ledger_faults import PATIENCE, Clock, full, locked, read_only

from api.ledger.opening import Ledger, Mode, open_ledger
from api.ledger.problems import LedgerUnavailable

MOST = 500
"""Events after which a ledger must have been full."""


def full_files(folder: Path, times: int, seed: int) -> Iterator[str]:
    """Have SQLite find no room for a further page."""
    draw = random.Random(seed)
    for number in range(times):
        place = in_file(folder, number)
        ledger = place.open()
        yield _unavailable(place, ledger, full(ledger), size=draw.randint(500, 4000))


def no_room(folder: Path, times: int, seed: int) -> Iterator[str]:
    """Have the kernel refuse that a file grows, in the middle of whatever is being written."""
    draw = random.Random(seed)
    for number in range(times):
        mode: Mode = "relaxed" if number % 2 else "strict"
        place = in_file(folder, number)
        place.open().close()
        child = elsewhere(write_without_room, place.url, place.folder, mode, draw.randint(100_000, 400_000))
        child.join()
        given, refused, lost = ((place.folder / name).read_text().split() for name in ("given", "refused", "lost"))
        yield either(
            unless(bool(refused), "nothing was refused"), *lost, wrong_with(place, given, refused), left(place)
        )


def write_without_room(url: str, folder: Path, mode: Mode, room: int) -> None:
    """Append until no file can grow, then once more with room; note what was acknowledged, and what was not."""
    clock = Clock()
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with open_ledger(url, Keys(), mode=mode, clock=clock) as ledger:
        most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, most))
        given, refused = _appended(ledger, size=3000)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        clock.now += 60
        ledger.append([contact("last")])
        (folder / "lost").write_text(dropped(ledger).replace(" ", "_"))
    (folder / "refused").write_text("\n".join(refused))
    (folder / "given").write_text("\n".join([*given, "contact-last"]))


def only_readable(folder: Path, times: int, seed: int) -> Iterator[str]:
    for _ in range(times):
        # Another user has to reach it, who does not reach `folder`.
        with TemporaryDirectory() as reached:
            place = Place(f"{reached}/ledger.db", Path(reached))
            place.open().append([contact("before")])
            place.close()
            with ExitStack() as stack:
                stack.enter_context(read_only(place.folder / "ledger.db"))
                ledger = place.open()
                yield _unavailable(place, ledger, stack, before=("contact-before",))


def locked_files(folder: Path, times: int, seed: int) -> Iterator[str]:
    with patch(PATIENCE, 0.02):
        for number in range(times):
            place = in_file(folder, number)
            yield _held_by_another(place)


def locked_on_a_server(folder: Path, times: int, seed: int) -> Iterator[str]:
    with patch(PATIENCE, 0.1):
        for number in range(times):
            yield _held_by_another(on_server(folder, number))


def _held_by_another(place: Place) -> str:
    ledger = place.open()
    ledger.append([contact("before")])
    return _unavailable(place, ledger, locked(place), before=("contact-before",))


def _unavailable(
    place: Place, ledger: Ledger, fault: AbstractContextManager[object], size: int = 10, before: tuple[str, ...] = ()
) -> str:
    """Return what did not hold of a ledger that refuses what it cannot write, and writes again by itself after it."""
    with fault:
        given, refused = _appended(ledger, size)
        seen = len(ledger.about("ann", most=MOST)) == len(given) + len(before)
    ledger.append([contact("last")])
    lost = dropped(ledger)
    place.close()
    return either(
        unless(bool(refused), "nothing was refused"),
        unless(seen, "it could not be read meanwhile"),
        lost,
        wrong_with(place, [*before, *given, "contact-last"], refused),
    )


def _appended(ledger: Ledger, size: int) -> tuple[list[str], list[str]]:
    """Append until it is refused; return what was acknowledged, and what was refused."""
    given: list[str] = []
    for number in range(MOST):
        event = contact(number, note="x" * size)
        try:
            ledger.append([event])
        except LedgerUnavailable:
            return given, [event.id]
        given.append(event.id)
    return given, []


def restarted(folder: Path, times: int, seed: int) -> Iterator[str]:
    return _restarted(folder, times, seed, signal.SIGINT)


def crashed(folder: Path, times: int, seed: int) -> Iterator[str]:
    return _restarted(folder, times, seed, signal.SIGQUIT)


def _restarted(folder: Path, times: int, seed: int, how: signal.Signals) -> Iterator[str]:
    """Stop a server while four threads append, strict and relaxed by turns, and start it again."""
    draw, place = random.Random(seed), on_server(folder)
    for number in range(times):
        mode: Mode = "relaxed" if number % 2 else "strict"
        clock = Clock()
        ledger = place.open(mode=mode, spill=place.folder, clock=clock)
        appending = Appending(ledger, str(number))
        time.sleep(draw.uniform(0.02, 0.2))
        server().stop(how)
        appending.wait_for_refusals_or(0.1)
        server().start()
        clock.now += 600
        recovered = appending.end()
        clock.now += 600
        ledger.append([contact(f"{number}-last")])
        lost = either(dropped(ledger), left(place))
        place.close()
        yield either(
            unless(recovered, "did not recover"), lost, wrong_with(place, [*appending.given, f"contact-{number}-last"])
        )


class Appending:
    """Four threads that append until they are told to end, and try again what was refused."""

    def __init__(self, ledger: Ledger, name: str) -> None:
        self._ledger = ledger
        self._name = name
        self._ending = threading.Event()
        self._threads = [threading.Thread(target=partial(self._run, thread)) for thread in range(4)]
        self.given: list[str] = []
        self.refused = 0
        for thread in self._threads:
            thread.start()

    def wait_for_refusals_or(self, seconds: float) -> None:
        """Wait until something was refused, but not for long: a relaxed ledger refuses nothing."""
        deadline = time.monotonic() + seconds
        while not self.refused and time.monotonic() < deadline:
            time.sleep(0.005)

    def end(self) -> bool:
        """Return whether each thread had an event acknowledged after now, within a minute."""
        self._ending.set()
        for thread in self._threads:
            thread.join(60)
        return not any(thread.is_alive() for thread in self._threads)

    def _run(self, thread: int) -> None:
        for number in itertools.count():
            last = self._ending.is_set()
            self._append(f"{self._name}-{thread}-{number}")
            if last:
                return

    def _append(self, name: str) -> None:
        while True:
            try:
                self._ledger.append([contact(name)])
            except LedgerUnavailable:
                self.refused += 1
                time.sleep(0.01)
                continue
            self.given.append(f"contact-{name}")
            return
