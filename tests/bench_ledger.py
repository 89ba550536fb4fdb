"""How fast a ledger is written, beside bare inserts into SQLite in the same run, and how fast a context is made of it.

`python tests/bench_ledger.py [EVENTS]` prints two tables; EVENTS [1,000,000] are in the ledger that is read. There
`remembered` is what every decision begins with, by the telecom pack: a customer's history, promises and signals, and
what their agent granted; `about` is the same customer's events in full. Each time it is another customer, whose key is
read from the key store too.
"""

from __future__ import annotations

import random
import secrets
import sqlite3
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import count, islice
from pathlib import Path

from ledgers import BEGINNING, Keys, cluster
from lives import END, LENGTH, LIVES, PACK, agent_of, lives, of_another, request_of
from sqlalchemy import insert, text

from api.ledger.chain import content
from api.ledger.committing import Committer
from api.ledger.connecting import database
from api.ledger.keys_tables import customers as keys
from api.ledger.keys_tables import writing
from api.ledger.opening import Mode, open_ledger
from api.ledger.queueing import Job
from api.ledger.stored import Prepared, prepared
from api.ledger.vault import NONCE, Vault, open_vault
from api.serving.remembering import remembered
from engine.release import load_release
from schemas.decision import VerdictWord
from schemas.events import DecisionEvent, Event
from schemas.request import Agent

SECONDS = 3.0
THREADS = (1, 8, 32)
BULK = 5000
READ_EVERY = 12
"""Of so many customers, one is read."""
READS = 200
MANY = 40
"""Decisions, at least, in what is known of a customer."""
AFTER = END + timedelta(days=20)

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


def keyed(vault: Vault, customers: int) -> None:
    """Give so many customers their keys, all at once: one by one each would be synced."""
    made = ((f"C-{number}", f"c-{secrets.token_hex(16)}", secrets.token_bytes(NONCE)) for number in range(customers))
    rows = [
        {
            "lookup": vault._lookup(customer),
            "reference": reference,
            "wrapped": nonce + vault._wrapping.encrypt(nonce, secrets.token_bytes(32), reference.encode()),
        }
        for customer, reference, nonce in made
    ]
    with writing(vault._database).begin() as connection:
        connection.execute(insert(keys), rows)


def told_again(vault: Vault, customers: int) -> Iterator[Prepared]:
    """Yield the lives of so many customers, as they are written, those of each spread over all of it.

    Of those who are not read, the sealed parts are other customers': they fill the ledger all the same.
    """
    told = lives()
    for place in range(LENGTH):
        life = [one[place] for one in told]
        like = [prepared(of_another(event, number), vault) for number, event in enumerate(life)]
        for number in range(customers):
            if number < len(life):
                yield like[number]
            elif number % READ_EVERY == 0:
                yield prepared(of_another(life[number % len(life)], number), vault)
            else:
                yield _copied(like[number % len(life)], number, vault)


def _copied(row: Prepared, number: int, vault: Vault) -> Prepared:
    agent, reference = agent_of(number), vault.reference(f"C-{number}")
    whose = {"id": f"{row.id}-{number}", "customer": reference, "agent": agent.id, "team": agent.team}
    values = {**row.values, **whose}
    return Prepared(values, content(values))


def filled(url: str, vault: Vault, size: int) -> None:
    """Fill a ledger with events, chained as ever."""
    found = database(url)
    committer = Committer(found, vault)
    rows = told_again(vault, size // LENGTH)
    while batch := list(islice(rows, BULK)):
        committer.commit([Job(rows=batch)])
    committer.disconnect()
    if found.file is None:
        with found.reading.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            # As the server does by itself sooner or later.
            connection.execute(text("VACUUM ANALYZE events"))
    found.close()


def reading(name: str, url: str, folder: Path, size: int) -> None:
    """Print how long what is known of a customer takes to be read, a different customer each time."""
    where, began = f"sqlite:///{folder}/{name}-keys.db", time.perf_counter()
    with open_vault(where, {}, clock=lambda: 0.0) as vault:
        keyed(vault, size // LENGTH)
        filled(url, vault, size)
    built = time.perf_counter() - began
    release = load_release(PACK)
    whom = random.Random(1).sample(range(0, size // LENGTH, READ_EVERY), min(2 * READS, size // LENGTH // READ_EVERY))
    half = len(whom) // 2
    with open_vault(where, {}) as vault, open_ledger(url, vault) as ledger:

        def remember(number: int) -> int:
            known = remembered(ledger, release, request_of(f"C-{number}", AFTER)).case.inputs["history"]
            assert isinstance(known, tuple)
            return len(known)

        for what, read, numbers in (
            ("remembered", remember, whom[:half]),
            ("about", lambda number: len(ledger.about(f"C-{number}", most=LENGTH)), whom[half:]),
        ):
            times = sorted(_timed(read, numbers))
            p50, p95 = times[len(times) // 2], times[int(len(times) * 0.95)]
            print(f"{name:12} {what:12} {size:12,} {built:9.0f} {p50 * 1000:10.2f} {p95 * 1000:10.2f}")


def _timed(read: Callable[[int], int], numbers: Sequence[int]) -> Iterator[float]:
    """Yield how long each customer takes, once everything is loaded that is loaded once."""
    read(numbers[0])
    for number in numbers[1:]:
        began = time.perf_counter()
        assert read(number) > MANY
        yield time.perf_counter() - began


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
        mixed = Counter(event.kind for life in lives() for event in life)
        print(f"\nof {LENGTH} events: " + ", ".join(f"{n // LIVES} {kind}" for kind, n in mixed.most_common()))
        print(f"{'a context':12} {'':12} {'events':>12} {'built s':>9} {'p50 ms':>10} {'p95 ms':>10}")
        reading("SQLite", f"sqlite:///{folder}/large.db", folder, size)
        if server is not None:
            reading("PostgreSQL", server.make(), folder, size)


if __name__ == "__main__":
    main()
