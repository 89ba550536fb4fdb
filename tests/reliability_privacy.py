"""Erasures that are cut short, and personal values that must be nowhere in the clear; for tests/reliability.py."""

from __future__ import annotations

import io
import logging
import os
import signal
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from pkgutil import resolve_name
from typing import Any
from unittest.mock import patch

from ledgers import BEGINNING, Place, contact, elsewhere, secret_of
from reliability_checks import either, in_file, several, several_rounds, unless, wrong_with
from serving_desk import AGENT, NOON, asked, pack, taken
from test_ledger_faults import Clock, locked
from test_ledger_vault import wrapped

from api.ledger.erasing import Erasure, erase, finish
from api.ledger.exporting import ALL, export
from api.ledger.opening import Ledger, open_ledger
from api.ledger.problems import LedgerUnavailable
from api.ledger.reading import Query
from api.ledger.releases import activate, kept_release
from api.ledger.spilling import ENDING
from api.ledger.vault import Vault, open_vault
from api.serving.deciding import decided
from api.serving.desk import Desk
from api.serving.outcomes import settled
from api.web.logs import Lines
from schemas.events import CustomerEvent, OutcomeEvent
from schemas.request import Agent

MASTER = {"LEEWAY_MASTER_KEY": b64encode(bytes(range(32))).decode()}
BEFORE, AFTER = "before", "after"
POINTS = (
    (BEFORE, "api.ledger.erasing:finish"),
    (AFTER, "api.ledger.erasing:_count"),
    (BEFORE, "api.ledger.vault:Vault.destroy"),
    (BEFORE, "api.ledger.vault:insert"),
    (BEFORE, "api.ledger.keyring:Keyring.forget"),
    (BEFORE, "api.ledger.vault:scrubbed"),
    (AFTER, "api.ledger.vault:scrubbed"),
    (BEFORE, "api.ledger.opening:Ledger.append"),
    (AFTER, "api.ledger.committing:Batch.take"),
    (AFTER, "api.ledger.opening:Ledger.append"),
    (BEFORE, "api.ledger.vault:Vault.told"),
    (AFTER, "api.ledger.vault:Vault.told"),
)
"""Each step of an erasure, in order."""
GONE = 4
"""The place of the first of them at which the key is destroyed for good."""
OF_ONE = 4
"""Values of each customer: their id, their name, and what two events say."""


@contextmanager
def opened_at(place: Place) -> Iterator[tuple[Ledger, Vault]]:
    with open_vault(f"sqlite:///{place.folder}/keys.db", MASTER) as vault, open_ledger(place.url, vault) as ledger:
        yield ledger, vault


def erasures(folder: Path, times: int, seed: int) -> Iterator[str]:
    """Kill processes at each step of an erasure, and have the next finish it."""
    erased: list[str] = []
    for number, begins in several_rounds(times):
        if begins:
            place, erased = in_file(folder, number), []
        customer, said = secret_of(seed + 2 * number), secret_of(seed + 2 * number + 1)
        with opened_at(place) as (ledger, vault):
            ledger.append(
                [contact(f"bob-{number}", "bob"), *(contact(f"{number}-{n}", customer, note=said) for n in range(3))]
            )
            key = wrapped(vault, vault.reference(customer))
        child = elsewhere(erase_and_die, place.url, place.folder, customer, number % len(POINTS))
        child.join()
        erased += [customer, said]
        yield either(
            unless(child.exitcode == -signal.SIGKILL, "it was not killed"),
            _finished(place, customer, number % len(POINTS), [*erased, key]),
        )


def erase_and_die(url: str, folder: Path, customer: str, point: int) -> None:
    """Erase a customer, and be killed before or after one of the steps."""
    when, step = POINTS[point]
    with (
        opened_at(Place(url, folder)) as (ledger, vault),
        patch(step.replace(":", "."), _dying(when, resolve_name(step))),
    ):
        erase(ledger, vault, _wanted(customer))


def _dying(when: str, original: Callable[..., Any]) -> Callable[..., Any]:
    def step(*given: Any, **named: Any) -> Any:
        result = original(*given, **named) if when == AFTER else None
        os.kill(os.getpid(), signal.SIGKILL)
        return result

    return step


def _wanted(customer: str) -> Erasure:
    return Erasure(customer, "they asked for it", BEGINNING + timedelta(days=3), Agent(id="kim"))


def _finished(place: Place, customer: str, point: int, gone: list[str | bytes]) -> str:
    """Return what is wrong with an erasure that was cut short, before and after the next process goes on with it."""
    erased = len(gone) // 2
    with opened_at(place) as (ledger, vault):
        finish(ledger, vault)
        whole = len([stored for stored in ledger.about(customer) if not stored.erased]) == 3
        if point >= GONE:
            whole = vault.known(customer) is None and _erasures(ledger) == erased
        erase(ledger, vault, _wanted(customer))
        contacts = list(ledger.events(Query(kinds=("contact",))))
        readable = {stored.event.customer for stored in contacts if not stored.erased}
        return either(
            _found_again(ledger, place, gone),
            unless(whole, f"neither erased nor whole when it was killed at step {point}"),
            unless(_erasures(ledger) == erased, f"{_erasures(ledger)} of {erased} erasures are written down"),
            unless(readable == {"bob"}, "somebody else is gone, or the erased are not"),
            wrong_with(place, [stored.event.id for stored in contacts], vault=vault),
        )


def _erasures(ledger: Ledger) -> int:
    return len(list(ledger.events(Query(kinds=("erasure",)))))


def _found_again(ledger: Ledger, place: Place, gone: list[str | bytes]) -> str:
    """Return how many values are in the files beside a ledger that is open, or in its export."""
    held = b"".join(_files(place).values()) + _exported(ledger)
    values = [value.encode() if isinstance(value, str) else value for value in gone]
    found = sum(value in held for value in values)
    return f"{found} values that are gone were found" if found else ""


def _exported(ledger: Ledger) -> bytes:
    sink = io.BytesIO()
    export(ledger, ALL, sink)
    return sink.getvalue()


def canaries(folder: Path, times: int, seed: int) -> Iterator[str]:
    """Decide and record with values found nowhere by chance, half of them set aside, all logged; look for each."""
    place, clock, policy = in_file(folder, settings="?timeout=0.02"), Clock(), pack(folder / "tiny")
    values = [secret_of(seed + number) for number in range(-(-times // OF_ONE) * OF_ONE)]
    customers = [values[start : start + OF_ONE] for start in range(0, len(values), OF_ONE)]
    half = len(customers) // 2
    with (
        logged(place.folder / "everything.log") as log,
        open_vault(f"sqlite:///{place.folder}/keys.db", {}) as vault,
        open_ledger(place.url, vault, mode="relaxed", clock=clock) as ledger,
    ):
        desk = Desk(ledger, activate(ledger, policy, NOON, AGENT), partial(kept_release, ledger))
        _told(desk, customers[:half], log)
        with locked(place):
            _told(desk, customers[half:], log)
            held = _files(place)
        clock.now += 60
        ledger.append([contact("last", None)])
        held |= {f"{name}, later": content for name, content in _files(place).items()}
        readable = _exported(ledger)
    held |= {f"{name}, at last": content for name, content in _files(place).items()}
    aside = any(name.endswith(ENDING) and content for name, content in held.items())
    for value in values[:times]:
        yield either(
            several("in the clear in", (name for name, content in held.items() if value.encode() in content)),
            unless(value.encode() in readable, "it was not kept at all"),
            unless(aside, "nothing was set aside"),
            unless(len(held["everything.log"]) > 1000, "nothing was logged"),
        )


def _files(place: Place) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(place.folder.rglob("*")) if path.is_file()}


def _told(desk: Desk, customers: list[list[str]], log: logging.Logger) -> None:
    """Decide a case of each customer, and record what they said."""
    for customer, name, moved_to, why in customers:
        id_ = f"d{desk.ledger.counts.committed + desk.ledger.counts.spilled}"
        facts = {"customer": {"id": customer, "name": name, "good": True}}
        decided(desk, asked(id_).model_copy(update={"facts": facts}))
        moved = {"name": "moved", "data": {"to": moved_to}, "pack": "tiny"}
        desk.ledger.append([CustomerEvent(id=f"m{id_}", at=NOON, customer=customer, **moved)])
        said = {"decision": id_, "outcome": "declined", "reason": why}
        desk.ledger.append([OutcomeEvent(id=f"o{id_}", at=NOON, customer=customer, **said)])
        try:
            settled(desk, id_, taken(f"a{id_}", "declined", reason=why))
        except LedgerUnavailable as refused:
            log.warning("%s", refused)


@contextmanager
def logged(file: Path) -> Iterator[logging.Logger]:
    """Write down all that any part logs, what is sent to databases too."""
    root, handler = logging.getLogger(), logging.FileHandler(file)
    levels = {logger: logger.level for logger in (root, logging.getLogger("sqlalchemy"))}
    handler.setFormatter(Lines())
    root.addHandler(handler)
    for logger in levels:
        logger.setLevel(logging.DEBUG)
    try:
        yield root
    finally:
        for logger, level in levels.items():
            logger.setLevel(level)
        root.removeHandler(handler)
        handler.close()
