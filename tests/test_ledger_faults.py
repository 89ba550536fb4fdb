"""A ledger that cannot be written: what was acknowledged is kept, and once, and it recovers by itself."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from ledger_events import decision
from ledgers import (
    Keys,
    Place,
    as_before,
    contact,
    elsewhere,
    faults_of_chains,
    grant,
    in_postgresql,  # noqa: F401 - a fixture
    in_sqlite,  # noqa: F401 - a fixture
    killed,
    place,  # noqa: F401 - a fixture
    secret_of,
    server,
)
from sqlalchemy import create_engine, event, text

from api.ledger.chain import LATER
from api.ledger.opening import Ledger, Mode, open_ledger
from api.ledger.problems import EventConflict, LedgerUnavailable
from api.ledger.reading import Query
from api.ledger.spilling import ENDING, REFUSED, Spill, line_of
from api.ledger.stored import prepared

PATIENCE = "api.ledger.connecting.PATIENCE"


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def ids(ledger: Ledger) -> list[str]:
    return [stored.event.id for stored in ledger.events(Query())]


@contextmanager
def locked(place: Place) -> Iterator[None]:  # noqa: F811
    """Have somebody else hold what a writer needs."""
    engine = create_engine(place.url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        if place.in_sqlite:
            connection.connection.isolation_level = None  # type: ignore[attr-defined]
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql("LOCK TABLE turn IN EXCLUSIVE MODE")
        yield
        connection.exec_driver_sql("ROLLBACK")
    engine.dispose()


@pytest.fixture
def impatient(place: Place, monkeypatch: pytest.MonkeyPatch) -> Place:  # noqa: F811
    """Give a ledger whose writer waits for others a moment only."""
    monkeypatch.setattr(PATIENCE, 0.05 if place.in_sqlite else 1)
    return place


def test_a_locked_ledger_is_unavailable_and_then_is_not(impatient: Place) -> None:
    clock = Clock()
    ledger = impatient.open(clock=clock)
    ledger.append([contact(1)])
    with locked(impatient):
        with pytest.raises(LedgerUnavailable) as refused:
            ledger.append([contact(2)])
        assert not ledger.ready()
        assert [stored.event.id for stored in ledger.about("ann")] == ["contact-1"]
    assert refused.value.retry_after == 2
    clock.now += 60
    assert ledger.ready()
    ledger.append([contact(2)])
    assert ids(ledger) == ["contact-1", "contact-2"]
    assert faults_of_chains(ledger.engine) == []
    assert ledger.counts.dropped == 0


def test_a_write_waits_for_the_turn_of_another(place: Place) -> None:  # noqa: F811
    ledger = place.open()
    ledger.append([contact(1)])
    with ThreadPoolExecutor(1) as pool:
        for number, append in enumerate((ledger.append, lambda made: ledger.transact(lambda _: made)), 2):
            with locked(place):
                waiting = pool.submit(append, [contact(number)])
                with pytest.raises(TimeoutError):
                    waiting.result(timeout=0.1)
            waiting.result()
    assert ids(ledger) == ["contact-1", "contact-2", "contact-3"]
    assert faults_of_chains(ledger.engine) == []


@contextmanager
def full(ledger: Ledger) -> Iterator[None]:
    """Have no room for further pages in a SQLite ledger."""
    limit = [True]

    def settle(connection: Any, _: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages if limit[0] else 1_000_000}")

    event.listen(ledger.database.writing, "connect", settle)
    ledger._writer._committer.disconnect()
    ledger.database.writing.dispose()
    yield
    limit[0] = False


def test_a_full_disk_is_unavailable_loses_nothing_and_recovers(in_sqlite: Place) -> None:  # noqa: F811
    ledger = in_sqlite.open()
    ledger.append([contact(0)])
    acknowledged = ["contact-0"]
    with full(ledger):
        with pytest.raises(LedgerUnavailable, match="full"):
            append_large(ledger, acknowledged)
        assert ids(ledger) == acknowledged
    ledger.append([contact(900)])
    assert ids(ledger) == [*acknowledged, "contact-900"]
    assert faults_of_chains(ledger.engine) == []


def append_large(ledger: Ledger, acknowledged: list[str]) -> None:
    for number in range(1, 500):
        ledger.append([contact(number, note="x" * 2000)])
        acknowledged.append(f"contact-{number}")


@contextmanager
def read_only(file: Path) -> Iterator[None]:
    """Have a file that this user may only read, even where they may do anything else."""
    file.chmod(0o444)
    file.parent.chmod(0o777)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)
        file.chmod(0o666)


def test_a_file_that_may_only_be_read_is_read_and_recovers() -> None:
    with TemporaryDirectory() as folder:
        place = Place(f"{folder}/ledger.db", Path(folder))
        place.open().append([contact(1)])
        place.close()
        with read_only(place.folder / "ledger.db"):
            ledger = place.open()
            assert ids(ledger) == ["contact-1"]
            with pytest.raises(LedgerUnavailable, match="readonly"):
                ledger.append([contact(2)])
        ledger.append([contact(2)])
        assert ids(ledger) == ["contact-1", "contact-2"]
        place.close()


def test_a_key_store_that_fails_is_unavailable(in_sqlite: Place, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    ledger = in_sqlite.open()

    def fail(*_: object) -> str:
        with create_engine("sqlite://").connect() as connection:
            return str(connection.execute(text("SELECT 1 FROM nothing")))

    monkeypatch.setattr(in_sqlite.keys, "reference", fail)
    with pytest.raises(LedgerUnavailable, match="key store"):
        ledger.append([contact(1)])
    assert ids(ledger) == []


def test_a_server_that_restarts_is_unavailable_meanwhile(in_postgresql: Place) -> None:  # noqa: F811
    ledger = in_postgresql.open()
    ledger.append([contact(1)])
    server().stop()
    with pytest.raises(LedgerUnavailable):
        ledger.append([contact(2)])
    with pytest.raises(LedgerUnavailable):
        ledger.about("ann")
    with pytest.raises(LedgerUnavailable):
        in_postgresql.open()
    clock = Clock()
    relaxed = in_postgresql.open(mode="relaxed", spill=in_postgresql.folder, clock=clock)
    relaxed.append([contact(3)])
    server().start()
    ledger.append([contact(2), contact(1)])
    clock.now += 60
    relaxed.append([contact(4)])
    assert ids(ledger) == ["contact-1", "contact-2", "contact-3", "contact-4"]
    assert faults_of_chains(ledger.engine) == []


def test_a_connection_that_was_cut_while_idle_is_not_noticed(in_postgresql: Place) -> None:  # noqa: F811
    ledger = in_postgresql.open()
    ledger.append([contact(1)])
    with ledger.engine.begin() as connection:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        connection.execute(text(f"{others} AND pid <> pg_backend_pid()"))
    ledger.append([contact(2)])
    assert ids(ledger) == ["contact-1", "contact-2"]


def test_connections_that_were_cut_between_two_questions_are_not_noticed(in_postgresql: Place) -> None:  # noqa: F811
    ledger = in_postgresql.open()
    ledger.append([contact(1)])
    with ledger.at_once() as reader, ledger.at_once() as another:
        assert (reader.one("contact-1") is None, another.one("contact-1") is None) == (False, False)
        with ledger.engine.begin() as connection:
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            connection.execute(text(f"{others} AND pid <> pg_backend_pid()"))
        assert (reader.one("contact-1") is None, another.one("contact-2")) == (False, None)
    assert ids(ledger) == ["contact-1"]


def test_relaxed_events_are_set_aside_and_written_in_order_once(impatient: Place) -> None:
    clock = Clock()
    ledger = impatient.open(mode="relaxed", spill=impatient.folder, clock=clock)
    ledger.append([contact(1)])
    with locked(impatient):
        ledger.append([contact(2), contact(3)])
        with ThreadPoolExecutor(20) as pool:
            list(pool.map(lambda number: ledger.append([contact(number)]), range(100, 140)))
        ledger.append([contact(2)])
        with pytest.raises(EventConflict):
            ledger.append([contact(4), contact(3, topic="line")])
        with pytest.raises(LedgerUnavailable):
            ledger.transact(lambda _: [grant(1)])
        assert ledger.ready()
        assert ids(ledger) == ["contact-1"]
        assert ledger.counts.spilled == 42
    clock.now += 60
    ledger.append([contact(5)])
    written = ids(ledger)
    assert written[:3] == ["contact-1", "contact-2", "contact-3"]
    assert sorted(written[3:-1]) == [f"contact-{number}" for number in range(100, 140)]
    assert written[-1] == "contact-5"
    assert spills(impatient) == []
    counts = ledger.counts
    assert (counts.committed, counts.spilled, counts.replayed, counts.dropped) == (44, 42, 42, 0)
    assert faults_of_chains(ledger.engine) == []


def test_what_is_set_aside_is_written_when_nobody_appends(in_sqlite: Place, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setattr("api.ledger.writing.RETRY_AFTER", 0.01)
    monkeypatch.setattr("api.ledger.pacing.RETRY_AFTER", 0.01)
    ledger = in_sqlite.open(mode="relaxed")
    with locked(in_sqlite):
        ledger.append([contact(1)])
    deadline = time.monotonic() + 20
    while ledger.counts.replayed < 1:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert ids(ledger) == ["contact-1"]


def test_the_next_opening_writes_what_was_set_aside(impatient: Place) -> None:
    ledger = impatient.open(mode="relaxed", spill=impatient.folder)
    with locked(impatient):
        ledger.append([contact(number) for number in range(700)])
        impatient.close()
    assert len(spills(impatient)) == 1
    again = impatient.open(spill=impatient.folder)
    again.append([contact(900)])
    assert ids(again) == [f"contact-{number}" for number in (*range(700), 900)]
    assert spills(impatient) == []
    assert again.counts.replayed == 700


def test_a_file_that_another_process_holds_is_left_to_it(in_sqlite: Place) -> None:  # noqa: F811
    ledger = in_sqlite.open(mode="relaxed")
    with locked(in_sqlite):
        ledger.append([contact(1)])
    other = in_sqlite.open()
    other.append([contact(2)])
    assert ids(other) == ["contact-2"]
    assert len(spills(in_sqlite)) == 1


def test_what_was_replayed_before_a_crash_is_not_written_again(in_sqlite: Place) -> None:  # noqa: F811
    in_sqlite.open().append([contact(1)])
    in_sqlite.close()
    leave(in_sqlite, b"".join(line_of(prepared(contact(number), in_sqlite.keys)) for number in (1, 2)))
    ledger = in_sqlite.open()
    ledger.append([contact(3)])
    assert ids(ledger) == ["contact-1", "contact-2", "contact-3"]
    assert ledger.counts.replayed == 1


def spills(place: Place) -> list[Path]:  # noqa: F811
    return sorted(place.folder.glob(f"*{ENDING}*"))


def leave(place: Place, block: bytes) -> Path:  # noqa: F811
    """Leave a file as a process that was killed does."""
    path = place.folder / f"ledger.db.{'0' * 16}{ENDING}"
    path.write_bytes(block)
    return path


def lines_of(place: Place, count: int) -> list[bytes]:  # noqa: F811
    return [line_of(prepared(contact(number), place.keys)) for number in range(count)]


def test_a_line_of_before_and_one_of_today_are_replayed_as_what_they_were(in_sqlite: Place) -> None:  # noqa: F811
    keys, life = in_sqlite.keys, [decision("2026-05-01", case={"age": 5}), decision("2026-05-02", case={"age": 6})]
    rows = [as_before(life[0], keys), prepared(life[1], keys)]
    said = json.loads(line_of(rows[0]))["row"]
    without = json.dumps({name: said[name] for name in said if name not in LATER}, sort_keys=True).encode()
    old = b'{"sum": "%b", "row": %b}\n' % (sha256(without).hexdigest()[:16].encode(), without)
    leave(in_sqlite, old + line_of(rows[1]))
    ledger = in_sqlite.open()
    ledger.transact(lambda _: ())
    assert [stored.event for stored in ledger.about("ann")] == life
    assert faults_of_chains(ledger.engine) == []


@pytest.mark.parametrize("seed", range(4))
def test_a_torn_last_line_is_left_out_and_only_that(in_sqlite: Place, seed: int) -> None:  # noqa: F811
    lines = lines_of(in_sqlite, 5)
    whole = sum(map(len, lines[:4]))
    cut = random.Random(seed).randrange(whole + 1, whole + len(lines[4]))
    leave(in_sqlite, b"".join(lines)[:cut])
    ledger = in_sqlite.open()
    ledger.append([contact(9)])
    assert ids(ledger) == [*(f"contact-{number}" for number in range(4)), "contact-9"]
    assert ledger.counts.dropped == 0
    assert spills(in_sqlite) == []


def test_a_line_that_was_changed_is_kept_beside_and_counted(in_sqlite: Place) -> None:  # noqa: F811
    lines = lines_of(in_sqlite, 4)
    damaged = lines[1].replace(b"contact", b"c0ntact", 1)
    leave(in_sqlite, b"".join([lines[0], damaged, *lines[2:]]))
    ledger = in_sqlite.open()
    ledger.append([contact(9)])
    assert ids(ledger) == ["contact-0", "contact-2", "contact-3", "contact-9"]
    assert ledger.counts.dropped == 1
    assert [path.read_bytes() for path in spills(in_sqlite) if path.name.endswith(REFUSED)] == [damaged]


def test_an_event_set_aside_whose_id_was_taken_meanwhile_is_kept_beside(in_sqlite: Place) -> None:  # noqa: F811
    in_sqlite.open().append([contact(1, topic="line")])
    in_sqlite.close()
    lines = lines_of(in_sqlite, 3)
    leave(in_sqlite, b"".join(lines))
    ledger = in_sqlite.open()
    ledger.append([contact(9)])
    assert ids(ledger) == ["contact-1", "contact-0", "contact-2", "contact-9"]
    assert (ledger.counts.dropped, ledger.counts.replayed) == (1, 2)
    assert [path.read_bytes() for path in spills(in_sqlite)] == [lines[1]]


def test_a_spill_that_cannot_be_written_refuses_and_keeps_what_it_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = Keys()
    spill = Spill(tmp_path / f"x{ENDING}")
    spill.add([prepared(contact(1), keys)])
    with monkeypatch.context() as patch:
        patch.setattr("api.ledger.spilling.os.fsync", broken)
        with pytest.raises(OSError, match="no more"):
            spill.add([prepared(contact(2), keys)])
    spill.add([prepared(contact(3), keys)])
    assert [getattr(row, "id", row) for row in spill.rows()] == ["contact-1", "contact-3"]
    spill.close()


def broken(_: int) -> None:
    raise OSError(28, "no more room")


def test_neither_database_nor_file_makes_a_relaxed_ledger_unavailable(
    in_sqlite: Place,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ledger = in_sqlite.open(mode="relaxed")
    monkeypatch.setattr("api.ledger.spilling.os.fsync", broken)
    with locked(in_sqlite), pytest.raises(LedgerUnavailable, match="no more room"):
        ledger.append([contact(1)])
    assert ledger.counts.spilled == 0


def test_nothing_personal_is_written_in_the_clear(impatient: Place) -> None:
    ledger = impatient.open(mode="relaxed", spill=impatient.folder, clock=Clock())
    secrets = [secret_of(number) for number in range(60)]
    ledger.append([contact(n, secrets[n], note=secrets[n + 20]) for n in range(20)])
    with locked(impatient):
        ledger.append([contact(100 + n, secrets[n], note=secrets[n + 40]) for n in range(20)])
        written = b"".join(path.read_bytes() for path in impatient.folder.iterdir())
    if not impatient.in_sqlite:
        with ledger.engine.connect() as connection:
            written += repr(connection.execute(text("SELECT * FROM events")).all()).encode()
    assert len(written) > 5000
    assert spills(impatient) != []
    assert [secret for secret in secrets if secret.encode() in written] == []
    assert [secret for secret in secrets[20:40] if secret in repr(ledger.about(secrets[0], most=1))] == [secrets[20]]


@pytest.mark.parametrize("mode", ["strict", "relaxed"])
def test_no_acknowledged_event_is_lost_when_a_writer_is_killed(in_sqlite: Place, mode: Mode) -> None:  # noqa: F811
    found = killed(in_sqlite, 2, seed=random.randrange(10**6), mode=mode)
    assert [(killing.lost, killing.faults) for killing in found] == [([], [])] * 2
    assert sum(killing.acknowledged for killing in found) > 0


def test_no_acknowledged_event_is_lost_in_postgresql_when_a_writer_is_killed(in_postgresql: Place) -> None:  # noqa: F811
    found = killed(in_postgresql, 1, seed=random.randrange(10**6))
    assert [(killing.lost, killing.faults) for killing in found] == [([], [])]
    assert found[0].acknowledged > 0


def test_what_a_killed_process_set_aside_is_written_by_the_next(in_sqlite: Place) -> None:  # noqa: F811
    in_sqlite.open().append([contact("x")])
    in_sqlite.close()
    with locked(in_sqlite):
        elsewhere(append_and_die, in_sqlite.url).join()
    ledger = in_sqlite.open()
    ledger.append([contact("y")])
    assert ids(ledger) == ["contact-x", *(f"contact-{number}" for number in range(20)), "contact-y"]


def append_and_die(url: str) -> None:
    open_ledger(url, Keys(), mode="relaxed").append([contact(number) for number in range(20)])
    os.kill(os.getpid(), signal.SIGKILL)
