"""How fast a ledger is written and read, beside bare inserts into SQLite in the same run.

`python tests/bench_ledger.py [EVENTS]` prints two tables; EVENTS [1,000,000] are in the ledger that is read.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from itertools import count, islice
from pathlib import Path

from ledgers import BEGINNING, Keys, cluster

from api.ledger.committing import Committer
from api.ledger.connecting import database
from api.ledger.opening import Mode, open_ledger
from api.ledger.queueing import Job
from api.ledger.stored import prepared
from schemas.decision import VerdictWord
from schemas.events import DecisionEvent, Event
from schemas.request import Agent

SECONDS = 3.0
THREADS = (1, 8, 32)
BULK = 5000
OF_ONE = 200
"""Events of each customer."""
READS = 400

numbers = count()


def decision(number: int, customer: str) -> DecisionEvent:
    """Return a decision of usual size."""
    verdict: VerdictWord = "approve" if number % 3 else "decline"
    return DecisionEvent(
        id=f"decision-{number}",
        at=BEGINNING,
        pack="telecom",
        customer=customer,
        agent=Agent(role="agent", id=f"agent-{number % 300}", team=f"team-{number % 20}"),
        channel="phone",
        session=f"session-{number // 3}",
        release="sha256:" + "0" * 64,
        action="goodwill_credit",
        verdict=verdict,
        reasons=("repeated_outage",),
        rules=("goodwill-for-an-outage", "no-more-than-the-bill"),
        amount="12.50",
        company_cost="12.50",
        customer_value="12.50",
        company_gain="4.00",
        mutual=True,
        alternatives=("change_plan",),
        inputs={"reason": "outage", "bill_id": f"bill-{number}"},
        case={"customer": {"tenure_years": 4, "segment": "plus"}, "bill": {"total": "48.90", "due": "2026-05-20"}},
        digest="sha256:" + "1" * 64,
    )


def made(customers: int = 50) -> Event:
    """Return an event that there was not before."""
    number = next(numbers)
    return decision(number, f"customer-{number % customers}")


def timed(append: Callable[[], object], threads: int) -> tuple[float, list[float]]:
    """Return how many appends a second so many threads make, and how long each took."""
    taken: list[list[float]] = [[] for _ in range(threads)]
    ends = time.perf_counter() + SECONDS

    def run(mine: list[float]) -> None:
        while (began := time.perf_counter()) < ends:
            append()
            mine.append(time.perf_counter() - began)

    began = time.perf_counter()
    workers = [threading.Thread(target=run, args=(mine,)) for mine in taken]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    times = sorted(one for mine in taken for one in mine)
    return len(times) / (time.perf_counter() - began), times


def line(name: str, threads: int, rate: float, times: Sequence[float]) -> str:
    p50, p99 = times[len(times) // 2], times[int(len(times) * 0.99)]
    return f"{name:34} {threads:7} {rate:12,.0f} {p50 * 1000:10.2f} {p99 * 1000:10.2f}"


def bare(folder: Path) -> None:
    """Print how fast rows of a ledger's size are inserted and committed one by one, with nothing around it."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE events (id TEXT PRIMARY KEY, body BLOB)")
    body = bytes(prepared(made(), Keys()).values["body"] or b"")  # type: ignore[arg-type]
    rate, times = timed(
        lambda: connection.execute("INSERT INTO events VALUES (?, ?)", (f"bare-{next(numbers)}", body)), 1
    )
    connection.close()
    print(line("bare sqlite3, a commit each", 1, rate, times))


def appending(name: str, url: str, folder: Path, mode: Mode) -> None:
    """Print how fast events are appended durably, one at a time by each thread."""
    with open_ledger(url, Keys(), mode=mode, spill=folder) as ledger:
        for threads in THREADS:
            rate, times = timed(lambda: ledger.append([made()]), threads)
            print(line(f"{name}, {mode}", threads, rate, times))
        began = time.perf_counter()
        ledger.append([made() for _ in range(BULK)])
        print(f"{f'{name}, {mode}, {BULK:,} at once':34} {1:7} {BULK / (time.perf_counter() - began):12,.0f}")


def spilling(url: str, folder: Path) -> None:
    """Print how fast events are set aside while somebody else holds the database."""
    with open_ledger(url, Keys(), mode="relaxed", spill=folder, clock=lambda: 0.0) as ledger:
        other = sqlite3.connect(url.removeprefix("sqlite:///").partition("?")[0], isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        ledger.append([made()])
        for threads in THREADS:
            rate, times = timed(lambda: ledger.append([made()]), threads)
            print(line("SQLite locked, relaxed: set aside", threads, rate, times))
        other.execute("ROLLBACK")
        other.close()


def filled(url: str, keys: Keys, size: int) -> None:
    """Fill a ledger with events, chained as ever, those of each customer spread over all of it."""
    writing = Committer(database(url), keys)
    customers = max(1, size // OF_ONE)
    rows = (prepared(decision(number, f"customer-{number * 7919 % customers}"), keys) for number in range(size))
    while batch := list(islice(rows, BULK)):
        writing.commit([Job(rows=batch)])
    writing.disconnect()


def reading(name: str, url: str, size: int) -> None:
    """Print how long the newest events of a customer take to be read, a different customer each time."""
    keys = Keys()
    began = time.perf_counter()
    filled(url, keys, size)
    built = time.perf_counter() - began
    times: list[float] = []
    found = 0
    with open_ledger(url, keys) as ledger:
        for number in range(min(READS, size // OF_ONE)):
            began = time.perf_counter()
            found += len(ledger.about(f"customer-{number}", most=OF_ONE))
            times.append(time.perf_counter() - began)
    times.sort()
    p50, p95 = times[len(times) // 2], times[int(len(times) * 0.95)]
    each = found / len(times)
    print(f"{name:12} {size:12,} {built:9.0f} {each:8.0f} {p50 * 1000:10.2f} {p95 * 1000:10.2f}")


def main() -> None:
    """Print the tables."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = cluster()
        print(f"{'durable appends':34} {'threads':>7} {'events/s':>12} {'p50 ms':>10} {'p99 ms':>10}")
        bare(folder)
        for mode in ("strict", "relaxed"):
            appending("SQLite", f"sqlite:///{folder}/{mode}.db", folder, mode)  # type: ignore[arg-type]
        spilling(f"sqlite:///{folder}/spill.db?timeout=0.01", folder)
        if server is not None:
            appending("PostgreSQL", server.make(), folder, "strict")
        print(f"\n{'a context':12} {'events':>12} {'built s':>9} {'read':>8} {'p50 ms':>10} {'p95 ms':>10}")
        reading("SQLite", f"sqlite:///{folder}/large.db", size)
        if server is not None:
            reading("PostgreSQL", server.make(), size)


if __name__ == "__main__":
    main()
