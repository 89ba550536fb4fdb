"""Many that take the last of a limit at once, for tests/reliability.py."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

from ledgers import Place, server
from reliability_checks import either, in_file, on_server, unless, wrong_with
from reliability_kills import two_at_once
from serving_desk import NOON, asked, opened, pack, taken
from sqlalchemy import make_url

from api.serving.deciding import decided
from api.serving.desk import Desk
from api.serving.outcomes import settled
from api.serving.problems import NoLongerGranted

MANY = 100
GRANTED = 4
"""Of offers of 10 each, up to 40 in all."""


def threads_in_files(folder: Path, times: int, seed: int) -> Iterator[str]:
    return _acceptances(partial(in_file, folder), pack(folder / "tiny"), times, _in_threads)


def threads_on_a_server(folder: Path, times: int, seed: int) -> Iterator[str]:
    return _acceptances(partial(on_server, folder), pack(folder / "tiny"), times, _in_threads)


def processes_in_files(folder: Path, times: int, seed: int) -> Iterator[str]:
    return _acceptances(partial(in_file, folder), pack(folder / "tiny"), times, _in_processes)


def processes_on_a_server(folder: Path, times: int, seed: int) -> Iterator[str]:
    return _acceptances(partial(on_server, folder), pack(folder / "tiny"), times, _in_processes)


def _acceptances(
    place_of: Callable[[int], Place], policy: Path, times: int, accept: Callable[[Place, Path], list[str]]
) -> Iterator[str]:
    """Yield what is wrong each time that so many offers of the same limit are accepted, each in a copy of a ledger."""
    offered = place_of(-1)
    with opened(offered, policy) as desk:
        for offer in range(MANY):
            ask = {"action": "credit", "amount": "10", "about": f"a{offer}"}
            decided(desk, asked(f"d{offer}", at=NOON - timedelta(seconds=offer), ask=ask))
    for number in range(times):
        place = _copied(offered, offered.folder.with_name(str(number)))
        done = accept(place, policy)
        with opened(place, policy) as desk:
            granted = {found.event.id for found in desk.ledger.about("C-1", kinds=("grant",))}
        fits = len(granted) == len(done) == len(set(done)) == GRANTED
        wrong = unless(fits, f"{len(granted)} were granted, {len(done)} were told so, the limit is {GRANTED}")
        yield either(wrong, wrong_with(place, [*done, *granted]))


def _copied(place: Place, folder: Path) -> Place:
    """Return a copy of a ledger and of its keys."""
    shutil.copytree(place.folder, folder)
    if place.in_sqlite:
        return Place(f"sqlite:///{folder}/ledger.db", folder)
    return Place(server().make(template=str(make_url(place.url).database)), folder)


def _in_threads(place: Place, policy: Path) -> list[str]:
    with opened(place, policy) as desk:
        return _accepted(desk, range(MANY))


def _in_processes(place: Place, policy: Path) -> list[str]:
    two_at_once(accept_half, place.url, place.folder, policy)
    return [id_ for number in range(2) for id_ in (place.folder / f"done-{number}").read_text().split()]


def accept_half(number: int, url: str, folder: Path, policy: Path) -> None:
    """Accept every other offer once the other process is there too, and note those that were granted."""
    with opened(Place(url, folder), policy) as desk:
        (folder / f"ready-{number}").touch()
        deadline = time.monotonic() + 60
        while not (folder / f"ready-{1 - number}").exists() and time.monotonic() < deadline:
            time.sleep(0.001)
        done = _accepted(desk, range(number, MANY, 2))
    (folder / f"done-{number}").write_text("\n".join(done))


def _accepted(desk: Desk, offers: range) -> list[str]:
    """Accept offers, each in a thread of its own; return the outcomes that were answered with a grant."""
    done: list[str] = []
    threads = [threading.Thread(target=_accept, args=(desk, offer, done)) for offer in offers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return done


def _accept(desk: Desk, offer: int, done: list[str]) -> None:
    try:
        settled(desk, f"d{offer}", taken(f"o{offer}"))
    except NoLongerGranted:
        return
    done.append(f"o{offer}")
