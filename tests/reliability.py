"""What is done to ledgers, how often, and how often what must hold held.

`python tests/reliability.py [--rounds N] [--only PATTERN] [--write]` says what came of each row, and exits with 1 where
anything did not hold. `--rounds N`: each row N times at most; `--only PATTERN`: the rows whose name it is found in;
`--write`: each row into the table of docs/reliability.md.
"""

from __future__ import annotations

import argparse
import logging
import re
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import ledgers
import reliability_faults as faults
import reliability_kills as kills
import reliability_limits as limits
import reliability_privacy as privacy
from ledger_tampering import undetected
from reliability_checks import Trial

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reliability.md"
BEGIN, END = "<!-- reliability: begin -->", "<!-- reliability: end -->"
SEED = 20260501
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


@dataclass(frozen=True)
class Seen:
    """What came of trying a fault so often."""

    fault: Fault
    times: int
    wrong: tuple[str, ...]
    """What did not hold, each time that something did not."""
    seconds: float

    @property
    def held(self) -> int:
        return self.times - len(self.wrong)


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
)
NAMES = tuple(fault.name for fault in FAULTS)


def tried(fault: Fault, folder: Path, times: int) -> Seen:
    """Return what came of trying a fault so often; what could not be tried did not hold."""
    seed, began = SEED + 100_000 * NAMES.index(fault.name), time.monotonic()
    found: list[str] = []
    try:
        found.extend(islice(fault.trial(folder, times, seed), times))
        missing = "it was not tried"
    except Exception:  # noqa: BLE001 - it is a row of the table
        missing = traceback.format_exc()
    found += [missing] * (times - len(found))
    return Seen(fault, times, tuple(filter(None, found)), time.monotonic() - began)


def _reported(fault: Fault, most: int | None, write: bool) -> Seen:
    """Try a fault, and say at once what came of it."""
    times = fault.times if most is None else min(most, fault.times)
    with tempfile.TemporaryDirectory() as folder:
        seen = tried(fault, Path(folder), times)
    sys.stdout.write(f"{fault.name:22} {times:>5} {seen.held:>5} held {seen.seconds:>7.1f} s\n")
    for wrong in dict.fromkeys(seen.wrong):
        sys.stdout.write(f"    {wrong}\n")
    sys.stdout.flush()
    if write:
        _write(seen)
    return seen


def row(seen: Seen) -> str:
    """Return what came of a fault as a row of the table."""
    return f"{_begins(seen.fault)}{seen.fault.holds} | {seen.times:,} | {seen.held:,} |"


def _begins(fault: Fault) -> str:
    return f"| {fault.done} | "


def table(seen: Sequence[Seen], before: str = "") -> str:
    """Return the table of the page: rows as they were seen, and as they were before where they were not."""
    rows = {one.fault.name: row(one) for one in seen}
    for fault in FAULTS:
        found = (line for line in before.splitlines() if line.startswith(_begins(fault)))
        rows.setdefault(fault.name, next(found, ""))
    lines = [rows[fault.name] for fault in FAULTS if rows[fault.name]]
    return "\n".join(["| what is done | what must hold | times | held |", "|---|---|---:|---:|", *lines])


def _write(seen: Seen) -> None:
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    old, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{table([seen], old)}\n{END}{after}", encoding="utf-8")


def main() -> int:
    """Try what is asked for; return the exit status."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    asked.add_argument("--rounds", type=int, metavar="N", help="each row N times at most")
    asked.add_argument("--only", default="", metavar="PATTERN", help="the rows whose name it is found in")
    asked.add_argument("--write", action="store_true", help="write each row into docs/reliability.md")
    given = asked.parse_args()
    if ledgers.cluster() is None:
        asked.error("there is no PostgreSQL server on this machine; install one")
    ledgers.PRELOADED += ["reliability_privacy", "reliability_limits", "reliability_faults"]
    logging.getLogger().addHandler(logging.NullHandler())
    sys.stdout.write(f"seed {SEED}\n")
    chosen = [fault for fault in FAULTS if re.search(given.only, fault.name)]
    seen = [_reported(fault, given.rounds, given.write) for fault in chosen]
    return int(any(one.wrong for one in seen))


if __name__ == "__main__":
    sys.exit(main())
