"""Processes that are killed by SIGKILL at random moments while they write, for tests/reliability.py."""

from __future__ import annotations

import itertools
import os
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path

from ledgers import Keys, Place, contact, elsewhere, noted_until_killed, write_for_ever
from reliability_checks import dropped, either, in_file, left, on_server, several, several_rounds, unless, wrong_with
from serving_desk import NOON, asked, one, opened, pack, taken
from test_ledger_faults import leave, locked

from api.ledger.opening import Mode, open_ledger
from api.ledger.spilling import line_of
from api.ledger.stored import prepared
from api.serving.deciding import decided
from api.serving.desk import Desk
from api.serving.outcomes import settled
from api.serving.problems import ServingProblem
from api.serving.replaying import replayed
from engine.memory.problems import OutcomeProblem
from schemas.decision import Decision

SET_ASIDE = 1500
"""Events that are written from a file when a ledger is opened."""


def writers_in_files(folder: Path, times: int, seed: int) -> Iterator[str]:
    return _writers(partial(in_file, folder), times, seed)


def writers_on_a_server(folder: Path, times: int, seed: int) -> Iterator[str]:
    return _writers(partial(on_server, folder), times, seed)


def _writers(place_of: Callable[[int], Place], times: int, seed: int) -> Iterator[str]:
    draw = random.Random(seed)
    for number, begins in several_rounds(times):
        if begins:
            place = place_of(number)
        given = noted_until_killed(place, str(number), draw.uniform(0, 0.1), write_for_ever, "strict")
        yield either(unless(bool(given), "nothing was acknowledged"), _reopened(place), wrong_with(place, given))


def setting_aside(folder: Path, times: int, seed: int) -> Iterator[str]:
    """Kill relaxed writers, every other time while somebody else holds the database, so that they set events aside."""
    draw = random.Random(seed)
    for number, begins in several_rounds(times):
        if begins:
            place = in_file(folder, number, "?timeout=0.02")
            place.open().close()
        with locked(place) if number % 2 else nullcontext():
            given = noted_until_killed(place, str(number), draw.uniform(0, 0.1), write_for_ever, "relaxed")
        yield either(unless(bool(given), "nothing was acknowledged"), _reopened(place), wrong_with(place, given))


def _reopened(place: Place) -> str:
    """Open a ledger as the next process does, which writes what was set aside first; return what was dropped."""
    with open_ledger(place.url, place.keys, spill=place.folder) as ledger:
        ledger.transact(lambda _: ())
        return dropped(ledger)


def replaying(folder: Path, times: int, seed: int) -> Iterator[str]:
    """Kill processes that write what an earlier one set aside, before they answer anything."""
    draw = random.Random(seed)
    for number in range(times):
        place = in_file(folder, number)
        place.open().close()
        rows = [prepared(contact(event), place.keys) for event in range(SET_ASIDE)]
        leave(place, b"".join(map(line_of, rows)))
        noted_until_killed(place, "x", draw.uniform(0, 0.4), open_and_wait, "strict")
        yield either(_reopened(place), wrong_with(place, [row.id for row in rows]), left(place))


def open_and_wait(url: str, mode: Mode, _: str, noted: Path) -> None:
    """Note that it begins, and open a ledger; for a process to be killed."""
    noted.write_text("begun\n")
    with open_ledger(url, Keys(), mode=mode) as ledger:
        ledger.transact(lambda _: ())
        time.sleep(10)


def deciders(folder: Path, times: int, seed: int) -> Iterator[str]:
    """Kill processes that decide, and write down what became of each offer."""
    draw, policy = random.Random(seed), pack(folder / "tiny")
    for number, begins in several_rounds(times):
        if begins:
            place = in_file(folder, number)
        given = noted_until_killed(place, str(number), draw.uniform(0, 0.3), decide_for_ever, policy, number)
        answered = dict(line.split() for line in given)
        with opened(place, policy) as desk:
            desk.ledger.transact(lambda _: ())
            again = several("other bytes", _differing(desk, answered))
            lost = dropped(desk.ledger)
        yield either(unless(bool(given), "nothing was answered"), again, lost, wrong_with(place, answered))


def _differing(desk: Desk, answered: dict[str, str]) -> Iterator[str]:
    """Yield the decisions that do not come out as they were answered, to the byte."""
    for id_, said in answered.items():
        if said != "settled" and desk.ledger.one(id_) is not None:
            found = replayed(desk, id_)
            if not found.same or _fingerprint(found.then) != said:
                yield id_


def _fingerprint(decision: Decision) -> str:
    return sha256(decision.model_dump_json().encode()).hexdigest()


def decide_for_ever(url: str, policy: Path, number: int, name: str, noted: Path) -> None:
    """Decide in four threads, and note what was answered, and each event of an outcome; for a process to be killed."""
    file = os.open(noted, os.O_WRONLY | os.O_APPEND)
    with opened(Place(url, noted.parent), policy) as desk, ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda thread: _decide(desk, file, number * 1000 + thread, f"{name}-{thread}"), range(4)))


def _decide(desk: Desk, noted: int, start: int, name: str) -> None:
    at = NOON + timedelta(seconds=start)
    for count in itertools.count():
        id_, customer = f"d{name}-{count}", f"C-{start}-{count // 3}"
        given = one(decided(desk, asked(id_, "15", at + timedelta(milliseconds=count), customer=customer)))
        os.write(noted, f"{id_} {_fingerprint(given)}\n".encode())
        try:
            events = settled(desk, id_, taken(f"o{id_}", at=at + timedelta(minutes=1)))
        except (OutcomeProblem, ServingProblem):
            continue
        os.write(noted, "".join(f"{event.id} settled\n" for event in events).encode())


def two_at_once(target: Callable[..., None], *given: object) -> None:
    """Have two other processes run a function, each handed its number first, and wait for both."""
    children = [elsewhere(target, number, *given) for number in range(2)]
    for child in children:
        child.join()
