"""What is done to ledgers and to the decision API, what must hold, and how often it is tried; for reliability.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import ledgers
import reliability_contract as contract
import reliability_faults as faults
import reliability_http as http
import reliability_kills as kills
import reliability_limits as limits
import reliability_missing as missing
import reliability_privacy as privacy
import test_web_canaries as web_canaries
from ledger_tampering import undetected
from reliability_checks import Trial

IN_ONE = 50
"""Tamperings of the same ledger."""


@dataclass(frozen=True)
class Fault:
    """A row of the table: what is done, what must hold, how often it is tried, and how."""

    name: str
    done: str
    holds: str
    times: int
    trial: Trial


def tampered_files(folder: Path, times: int, seed: int) -> Iterator[str]:
    return _tampered(folder, times, seed)


def tampered_on_a_server(folder: Path, times: int, seed: int) -> Iterator[str]:
    return _tampered(folder, times, seed, ledgers.server().make)


def _tampered(folder: Path, times: int, seed: int, url: Callable[[], str] | None = None) -> Iterator[str]:
    for start in range(0, times, IN_ONE):
        count, own = min(IN_ONE, times - start), folder / str(start)
        own.mkdir()
        missed = undetected(own, count, seed + start, url)
        yield from (missed + [""] * count)[:count]


KEPT = "Every event that was acknowledged is there, the ledger verifies, nothing was dropped"
REFUSES = (
    "What cannot be kept is refused and is not there; reading goes on; once the fault is over it is written again, by "
    "the same process; no acknowledged event is lost"
)
ANSWERS = (
    "Decisions are answered 503 with `Retry-After`, `/readyz` says so, and what was refused is not there; afterwards "
    "the same process decides again by itself; no answer was lost"
)
RECOVERS = (
    "The same process writes again, no acknowledged event is lost, what was set aside is in the ledger, it verifies"
)
LIMIT = "Exactly 4 are granted, and told so: 40 in tens"
FOUND = "`leeway ledger verify` finds it; without it, and once it is put back, it finds nothing"
FAULTS = (
    Fault(
        "kill-strict",
        "`kill -9` of a process that appends from four threads, at a random moment (SQLite, strict)",
        KEPT,
        200,
        kills.writers_in_files,
    ),
    Fault(
        "kill-relaxed",
        "`kill -9` likewise, relaxed; every other time the database is locked, so that events go to the file beside it",
        f"{KEPT}; what was set aside is in the ledger",
        200,
        kills.setting_aside,
    ),
    Fault("kill-postgresql", "`kill -9` likewise (PostgreSQL, strict)", KEPT, 50, kills.writers_on_a_server),
    Fault(
        "kill-replay",
        f"`kill -9` of a process that writes {kills.SET_ASIDE:,} events that were set aside, at a random moment",
        "The next writes what is left: each event is there, once, and no file is left behind",
        50,
        kills.replaying,
    ),
    Fault(
        "kill-decide",
        "`kill -9` of a process that decides and settles from four threads, at a random moment",
        "Every decision that was answered, and every event of an outcome, is there; each decision comes out again as "
        "it was answered, to the byte; the ledger verifies",
        50,
        kills.deciders,
    ),
    Fault("full", "SQLite finds no room for a further page", REFUSES, 20, faults.full_files),
    Fault(
        "no-room",
        "The kernel refuses that a file grows, in the middle of whatever is written (strict and relaxed by turns)",
        "As above; relaxed, events go to the file beside the database until that cannot grow either",
        20,
        faults.no_room,
    ),
    Fault("read-only", "The file may only be read (SQLite)", REFUSES, 20, faults.only_readable),
    Fault("locked", "Another process holds the database (SQLite)", REFUSES, 20, faults.locked_files),
    Fault(
        "restart",
        "PostgreSQL is restarted while four threads append (strict and relaxed by turns)",
        RECOVERS,
        20,
        faults.restarted,
    ),
    Fault("crash", "PostgreSQL ends as in a crash, and is started again, likewise", RECOVERS, 20, faults.crashed),
    Fault(
        "locked-postgresql",
        "Another session holds the turn to write (PostgreSQL)",
        REFUSES,
        20,
        faults.locked_on_a_server,
    ),
    Fault(
        "threads",
        "100 threads accept offers of 10 each at once, of a limit of 40 (SQLite)",
        LIMIT,
        10,
        limits.threads_in_files,
    ),
    Fault("threads-postgresql", "100 threads do so (PostgreSQL)", LIMIT, 10, limits.threads_on_a_server),
    Fault("processes", "Two processes of 50 threads do so (SQLite)", LIMIT, 5, limits.processes_in_files),
    Fault(
        "processes-postgresql", "Two processes of 50 threads do so (PostgreSQL)", LIMIT, 5, limits.processes_on_a_server
    ),
    Fault(
        "tampering",
        "A bit flips, a text is garbled, events are deleted, forged, added, inserted, rewritten, put elsewhere or "
        "exchanged, a writer, a sealed part or a checkpoint is removed, exchanged or edited (SQLite)",
        FOUND,
        2000,
        tampered_files,
    ),
    Fault("tampering-postgresql", "The same is done to a ledger in PostgreSQL", FOUND, 500, tampered_on_a_server),
    Fault(
        "erasure",
        f"`kill -9` of a process that erases a customer, before or after each of {len(privacy.POINTS)} steps",
        "The customer is whole, or erased and the next process writes that down, once; the key and what it sealed is "
        "in no file and no export; nobody else is touched; the ledger verifies",
        50,
        privacy.erasures,
    ),
    Fault(
        "canaries",
        "Values found nowhere by chance, as customers' ids, personal facts, what events say and reasons; half of them "
        "are set aside first",
        "Each is in the export, and in the clear in no file: ledger, its log ahead, the file of what was set aside, "
        "key store, and all that was logged, database statements too",
        500,
        privacy.canaries,
    ),
    Fault(
        "http-kill",
        "`kill -9` of a server and its workers while eight callers ask it, at a random moment (SQLite, strict)",
        "Every decision that was answered is there, with the verdict that was told; the ledger verifies",
        200,
        http.killed,
    ),
    Fault(
        "http-end",
        "`SIGTERM` to a server while eight callers ask it",
        "What is answered is there, what is not answered is not; the server ends by itself",
        50,
        http.ended,
    ),
    Fault("http-full", "SQLite finds no room for a further page, behind the API", ANSWERS, 20, http.full_files),
    Fault("http-read-only", "The database may only be read, behind the API", ANSWERS, 20, http.only_readable),
    Fault("http-locked", "Another process holds the database, behind the API", ANSWERS, 20, http.locked_files),
    Fault(
        "http-locked-postgresql",
        "Another session holds the turn to write, behind the API",
        ANSWERS,
        20,
        http.locked_on_a_server,
    ),
    Fault("http-restart-postgresql", "PostgreSQL is stopped and started, behind the API", ANSWERS, 20, http.restarted),
    Fault(
        "http-reload",
        "The pack's files change under load, right and wrong in turn",
        "A wrong pack never goes live; no decision mixes releases: amount and words are of the release that it names",
        1000,
        http.reloading,
    ),
    Fault(
        "http-canaries",
        "Values found nowhere by chance, as ids, personal facts, inputs and notes, sent right and wrong, twice, then "
        "erased",
        "In the clear in no file, no log and no problem; after the erasure no answer has them",
        500,
        web_canaries.canaries,
    ),
    Fault(
        "http-contract",
        "Requests made from the OpenAPI document, right and wrong, by schemathesis",
        "No server error; every answer is as the document says; what does not fit the document is refused",
        20_000,
        contract.requests,
    ),
    Fault(
        "http-missing",
        "Each fact that a rule reads is left out of a request, null where it may not be, or of another type, in turn",
        "Left out, it never permits more, and the answer is a question or is settled as before; else it is refused "
        "with 422 and the place",
        5_400,
        missing.facts,
    ),
)
